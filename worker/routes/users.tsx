/** The pages of the followed users: the list with its search at the venue, one leader's page, and following them. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { parseLeaderAddress, TRADING_MODES } from '../../domain/ids.ts';
import type { FollowedUserControl } from '../../domain/settings/control.ts';
import * as z from '../../domain/zod.ts';
import { readLatestSlices } from '../../ledger/read/portfolio.ts';
import { EMPTY_FORM, type FormState } from '../../views/frame/forms.tsx';
import { DivergencePage, DivergencePanel } from '../../views/pages/divergence.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { UserLive, UserPage } from '../../views/pages/user.tsx';
import { type FoundProfiles, UsersPage } from '../../views/pages/users.tsx';
import { addLeader, changeLeader } from '../commands/follow-leaders.ts';
import { currentControl } from '../control/first-control.ts';
import { readForm, stateOf } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { divergenceView } from '../read/divergence-view.ts';
import { frameOf } from '../read/page-data.ts';
import { userDetail } from '../read/user-data.ts';

/** Leaders on one page of the list: four rows are read for each. */
const USERS_PER_PAGE = 50;
const changes = ['pause', 'resume', 'remove'] as const;
const querySchema = z.object({
  q: z.orElse(z.string().check(z.maxLength(80)), ''),
  page: z.orElse(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1_000)), 1),
  /** What was typed when "Search by name" was pressed. */
  reference: z.orElse(z.optional(z.string().check(z.maxLength(300))), undefined),
  label: z.orElse(z.string().check(z.maxLength(80)), ''),
});
const modeSchema = z.orElse(z.enum(TRADING_MODES), 'PAPER');
/** Where a form may lead back to: the list or one leader's page. */
const BACK = /^\/users(\/0x[0-9a-f]{40})?$/;

export function userRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/users', async (c) => c.html(await listPage(c, ports, undefined)));
  app.get('/users/:address', async (c) => {
    const view = await detail(c, ports, EMPTY_FORM);
    if (view === undefined) return c.html(<MessagePage title="Not found" text={NOT_FOLLOWED} withOff />, 404);
    return c.html(<UserPage view={view} />);
  });
  app.get('/users/:address/divergence', async (c) => {
    const nowMs = ports.nowMs();
    const view = await divergenceView(c.env, await currentControl(c.env, nowMs), {
      address: c.req.param('address'),
      before: c.req.query('before'),
      nowMs,
    });
    if (view === undefined) return c.html(<MessagePage title="Not found" text={NOT_FOLLOWED} withOff />, 404);
    return c.html(<DivergencePage view={view} />);
  });
  app.get('/part/users/:address', async (c) => {
    const view = await detail(c, ports, EMPTY_FORM);
    return view === undefined ? c.text(NOT_FOLLOWED, 404) : c.html(<UserLive view={view} />);
  });
  app.get('/part/users/:address/divergence', async (c) => {
    const nowMs = ports.nowMs();
    const given = { address: c.req.param('address'), before: undefined, nowMs };
    const view = await divergenceView(c.env, await currentControl(c.env, nowMs), given);
    return view === undefined ? c.text(NOT_FOLLOWED, 404) : c.html(<DivergencePanel view={view} />);
  });
  app.post('/users/add', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const request = { ...pressed, reference: texts.reference ?? '', label: texts.label ?? '' };
    const result = await addLeader(c.env, ports, request);
    if (result.kind === 'done') return c.redirect('/users', 303);
    if (result.kind === 'invalid') return c.html(await listPage(c, ports, stateOf(result, texts)), 422);
    const form = { values: texts, errors: { reference: result.reason } };
    return c.html(await listPage(c, ports, form, result.profiles), 422);
  });
  for (const action of changes) {
    app.post(`/users/${action}`, async (c) => {
      const { texts, pressed } = await readForm(c, ports);
      const { leaderAddress = '', back = '' } = texts;
      const result = await changeLeader(c.env, { ...pressed, leaderAddress, action });
      return result.kind === 'done'
        ? c.redirect(BACK.test(back) ? back : '/users', 303)
        : c.html(await listPage(c, ports, stateOf(result, {})), 422);
    });
  }
  return app;
}

const NOT_FOLLOWED = 'This leader is not followed.';

/** The list; `form` is the form as it came back wrong, `several` whom its name may mean. */
async function listPage(
  c: Context<AppEnv>,
  ports: AppPorts,
  form: FormState | undefined,
  several?: FoundProfiles,
) {
  const query = querySchema.parse(c.req.method === 'GET' ? c.req.query() : {});
  const control = await currentControl(c.env, ports.nowMs());
  const matching = control.followedUsers.filter((user) => hasName(user, query.q));
  const from = (query.page - 1) * USERS_PER_PAGE;
  const shown = matching.slice(from, from + USERS_PER_PAGE);
  const addresses = shown.map((user) => user.leaderAddress);
  const [slices, live, found] = await Promise.all([
    readLatestSlices(c.env.DB, 'PAPER', addresses),
    readLatestSlices(c.env.DB, 'LIVE', addresses),
    query.reference === undefined ? several : search(c, ports, query.reference),
  ]);
  const { reference = '', label } = query;
  return (
    <UsersPage
      view={{
        frame: frameOf(control, ports.nowMs()),
        users: shown.map((user) => ({
          user,
          slice: slices.get(user.leaderAddress),
          liveSlice: live.get(user.leaderAddress),
        })),
        filter: query.q,
        total: control.followedUsers.length,
        page: query.page,
        hasMore: matching.length > from + USERS_PER_PAGE,
        found,
        form: form ?? { values: { reference, label }, errors: {} },
        commandId: ports.newId(),
      }}
    />
  );
}

function hasName({ label, leaderAddress }: FollowedUserControl, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  return label.toLowerCase().includes(text) || leaderAddress.includes(text);
}

async function search(c: Context<AppEnv>, ports: AppPorts, text: string): Promise<FoundProfiles> {
  const answer = await ports.searchProfiles(c.env, text);
  return answer.kind === 'refused' ? answer.reason : answer.profiles;
}

/** One leader's page; undefined when no user with this address is in the document. */
async function detail(c: Context<AppEnv>, ports: AppPorts, form: FormState) {
  const nowMs = ports.nowMs();
  const control = await currentControl(c.env, nowMs);
  const address = parseLeaderAddress(c.req.param('address') ?? '');
  const user = control.followedUsers.find((one) => one.leaderAddress === address);
  if (user === undefined) return undefined;
  const mode = modeSchema.parse(c.req.query('mode'));
  return { ...(await userDetail(c.env, control, { user, mode, nowMs })), form, commandId: ports.newId() };
}
