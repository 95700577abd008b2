/** The pages with forms: Users, Paper Portfolio, Paper Config. A form that is wrong comes back 422 as it was typed. */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Control } from '../../domain/control.ts';
import { reasonOf } from '../../durable-objects/ports.ts';
import { log } from '../../durable-objects/worker-ports.ts';
import {
  listOpenPositions,
  POSITIONS_MAX,
  readCurve,
  readLatestSlices,
  readLatestSnapshot,
} from '../../ledger/read-portfolio.ts';
import { EMPTY_FORM, type FormState } from '../../views/forms.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { PaperConfigPage, type PaperConfigView } from '../../views/pages/paper-config.tsx';
import { PaperPortfolioLive, PaperPortfolioPage } from '../../views/pages/paper-portfolio.tsx';
import { UsersPage } from '../../views/pages/users.tsx';
import { FIELD_NAMES, type FieldSpec, formatSetting, SETTING_FIELDS } from '../../views/settings-fields.ts';
import type { CommandResult } from '../commands/change-control.ts';
import { addLeader, changeLeader } from '../commands/follow-leaders.ts';
import { moveCash } from '../commands/move-cash.ts';
import { setPaperTrading } from '../commands/paper-switch.ts';
import { saveGrouping, saveSettings } from '../commands/save-settings.ts';
import type { Env } from '../env.ts';
import { currentControl } from '../first-control.ts';
import { frameOf, leaderNames, namesFor } from '../page-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

type Texts = Readonly<Record<string, string>>;

const HOUR_MS = 3_600_000;
const CURVE_HOURS = 6;
const COMMAND_ID = /^[\w:.-]{8,200}$/;
const changes = { pause: 'pause', resume: 'resume', remove: 'remove' } as const;
const cashKind = z.enum(['DEPOSIT', 'WITHDRAWAL']);
const switchState = z.enum(['ON', 'OFF']);

/** The routes of the pages with forms. */
export function formRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const control = (env: Env) => currentControl(env, ports.nowMs());
  usersRoutes(app, ports, control);
  portfolioRoutes(app, ports, control);
  configRoutes(app, ports, control);
  return app;
}

type ReadControl = (env: Env) => Promise<Control>;

/** The texts of a form; files and unknown shapes are left out. The command id is the form's, else a new one. */
async function readForm(
  context: Context<AppEnv>,
  ports: AppPorts,
): Promise<{ texts: Texts; commandId: string }> {
  const body = await context.req.parseBody();
  const texts = Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const given = texts.commandId ?? '';
  return { texts, commandId: COMMAND_ID.test(given) ? given : ports.newId() };
}

function stateOf(result: CommandResult, values: Texts): FormState {
  return { values, errors: result.kind === 'invalid' ? result.errors : {} };
}

function usersRoutes(app: Hono<AppEnv>, ports: AppPorts, control: ReadControl): void {
  const page = async (context: Context<AppEnv>, form: FormState) => {
    const document = await control(context.env);
    const addresses = document.followedUsers.map((user) => user.leaderAddress);
    const slices = await readLatestSlices(context.env.DB, 'PAPER', addresses);
    const users = document.followedUsers.map((user) => ({ user, slice: slices.get(user.leaderAddress) }));
    return (
      <UsersPage view={{ frame: frameOf(document, ports.nowMs()), users, form, commandId: ports.newId() }} />
    );
  };
  app.get('/users', async (c) => c.html(await page(c, EMPTY_FORM)));
  app.post('/users/add', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const request = { commandId, reference: texts.reference ?? '', label: texts.label ?? '' };
    const result = await addLeader(c.env, ports, request);
    return result.kind === 'done'
      ? c.redirect('/users', 303)
      : c.html(await page(c, stateOf(result, texts)), 422);
  });
  for (const action of Object.values(changes)) {
    app.post(`/users/${action}`, async (c) => {
      const { texts, commandId } = await readForm(c, ports);
      const result = await changeLeader(c.env, ports, {
        commandId,
        leaderAddress: texts.leaderAddress ?? '',
        action,
      });
      return result.kind === 'done'
        ? c.redirect('/users', 303)
        : c.html(await page(c, stateOf(result, {})), 422);
    });
  }
}

function portfolioRoutes(app: Hono<AppEnv>, ports: AppPorts, control: ReadControl): void {
  const read = async (env: Env, document: Control) => {
    const sinceMs = ports.nowMs() - CURVE_HOURS * HOUR_MS;
    const [snapshot, curve, positions] = await Promise.all([
      readLatestSnapshot(env.DB, 'PAPER'),
      readCurve(env.DB, { mode: 'PAPER', bucket: 'MINUTE', sinceMs }),
      listOpenPositions(env.DB, 'PAPER'),
    ]);
    const names = await namesFor(env, document, positions);
    return { snapshot, curve, positions, positionsCut: positions.length >= POSITIONS_MAX, names };
  };
  const page = async (context: Context<AppEnv>, form: FormState) => {
    const document = await control(context.env);
    const data = await read(context.env, document);
    const frame = frameOf(document, ports.nowMs());
    return <PaperPortfolioPage view={{ ...data, frame, form, commandId: ports.newId() }} />;
  };
  app.get('/paper-portfolio', async (c) => c.html(await page(c, EMPTY_FORM)));
  app.get('/live/paper-portfolio', async (c) =>
    c.html(<PaperPortfolioLive view={await read(c.env, await control(c.env))} />),
  );
  app.post('/paper-portfolio/cash', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const kind = cashKind.safeParse(texts.kind);
    const result: CommandResult = kind.success
      ? await moveCash(c.env, {
          commandId,
          kind: kind.data,
          amount: texts.amount ?? '',
          nowMs: ports.nowMs(),
        })
      : { kind: 'invalid', errors: { form: 'choose deposit or withdraw' } };
    if (result.kind === 'done') return c.redirect('/paper-portfolio', 303);
    return c.html(await page(c, stateOf(result, texts)), 422);
  });
}

function configRoutes(app: Hono<AppEnv>, ports: AppPorts, control: ReadControl): void {
  type Forms = { readonly form?: FormState; readonly groupForm?: FormState };
  const page = async (context: Context<AppEnv>, leaderAddress: string, forms: Forms) => {
    const view = configView(await control(context.env), leaderAddress, ports);
    return <PaperConfigPage view={{ ...view, ...forms }} />;
  };
  app.get('/paper-config', async (c) => c.html(await page(c, c.req.query('leader') ?? '', {})));
  app.post('/paper-config/settings', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const leaderAddress = texts.leaderAddress ?? '';
    const previousVersion = versionOf(texts);
    const request = { commandId, previousVersion, leaderAddress, texts, nowMs: ports.nowMs() };
    const result = await saveSettings(c.env, request);
    if (result.kind === 'invalid')
      return c.html(await page(c, leaderAddress, { form: stateOf(result, texts) }), 422);
    return c.redirect(
      leaderAddress === '' ? '/paper-config' : `/paper-config?leader=${encodeURIComponent(leaderAddress)}`,
      303,
    );
  });
  app.post('/paper-config/groups', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const request = { commandId, previousVersion: versionOf(texts), texts, nowMs: ports.nowMs() };
    const result = await saveGrouping(c.env, request);
    if (result.kind === 'invalid')
      return c.html(await page(c, '', { groupForm: stateOf(result, texts) }), 422);
    return c.redirect('/paper-config', 303);
  });
  app.post('/paper-config/trading', async (c) => {
    const { texts, commandId } = await readForm(c, ports);
    const state = switchState.safeParse(texts.state);
    const result: CommandResult = state.success
      ? await setPaperTrading(c.env, { commandId, state: state.data, nowMs: ports.nowMs() })
      : { kind: 'invalid', errors: { form: 'choose on or off' } };
    if (result.kind === 'done') return c.redirect('/paper-config', 303);
    try {
      const form = { ...configView(await control(c.env), '', ports).form, errors: result.errors };
      return c.html(await page(c, '', { form }), 422);
    } catch (error) {
      // D1 is down, so the page cannot be made; what the Wallet did must be said all the same.
      log('error', 'the settings page failed after the switch', { reason: reasonOf(error) });
      return c.html(
        <MessagePage title="Paper trading" text={result.errors.form ?? 'Nothing was changed.'} />,
        503,
      );
    }
  });
}

/** The version that a form was made from; 0, which no document has, when it does not say. */
function versionOf(texts: Texts): number {
  return /^\d{1,9}$/.test(texts.previousVersion ?? '') ? Number(texts.previousVersion) : 0;
}

function configView(control: Control, leaderAddress: string, ports: AppPorts): PaperConfigView {
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress.toLowerCase());
  const shown: Readonly<Record<string, unknown>> =
    user === undefined ? control.settings.PAPER : user.overrides.PAPER;
  const values: Record<string, string> = {};
  for (const field of FIELD_NAMES) {
    const spec: FieldSpec = SETTING_FIELDS[field];
    // The value of this very field, or nothing where the leader inherits.
    const value = shown[field] as Parameters<typeof formatSetting>[1] | undefined;
    if (value !== undefined) values[field] = textOf(spec, value, user !== undefined);
  }
  const { groupQuietMs, groupAgeMsMax } = control.system;
  return {
    frame: frameOf(control, ports.nowMs()),
    version: control.version,
    paperTrading: control.paperTrading,
    global: control.settings.PAPER,
    leader: user === undefined ? undefined : { address: user.leaderAddress, label: user.label },
    leaders: leaderNames(control),
    form: { values, errors: {} },
    groupForm: {
      values: { groupQuietMs: String(groupQuietMs), groupAgeMsMax: String(groupAgeMsMax) },
      errors: {},
    },
    commandId: ports.newId(),
  };
}

/** An override's empty list is the word "none": blank means "as for all". */
function textOf(spec: FieldSpec, value: Parameters<typeof formatSetting>[1], override: boolean): string {
  const text = formatSetting(spec, value);
  return override && text === '' ? 'none' : text;
}
