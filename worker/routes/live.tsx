/** Live Trades and Real Portfolio with their commands. OFF answers from the Wallet alone, whatever else is down. */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { ENTRY_STATES, LIVE_OVERRIDES } from '../../domain/settings/control.ts';
import type { LiveState } from '../../domain/settings/switches.ts';
import * as z from '../../domain/zod.ts';
import { reasonOf } from '../../durable-objects/platform/ports.ts';
import { log } from '../../durable-objects/platform/workerd.ts';
import { EMPTY_FORM, type FormState } from '../../views/frame/forms.tsx';
import { StateBadges } from '../../views/frame/layout.tsx';
import { LiveSteps, SwitchOn } from '../../views/live/live-switches.tsx';
import { Orphans } from '../../views/live/orphans.tsx';
import { AcknowledgementPage } from '../../views/pages/acknowledgement.tsx';
import { LiveStatus, LiveTradesList, LiveTradesPage } from '../../views/pages/live-trades.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import { OrphansPage, RealPortfolioLive, RealPortfolioPage } from '../../views/pages/real-portfolio.tsx';
import { setLiveEntries } from '../commands/live-entries.ts';
import { setLiveTrading } from '../commands/live-switch.ts';
import { resetPeak } from '../commands/reset-peak.ts';
import { setUserLive } from '../commands/set-user-live.ts';
import type { SwitchResult } from '../commands/switch-with-wallet.ts';
import { currentControl } from '../control/first-control.ts';
import { type LiveCheckAnswer, runLiveCheck } from '../control/live-check.ts';
import { followUp } from '../control/live-wallet-client.ts';
import { readForm, stateOf } from '../form-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { liveList, liveStatus, liveSwitch, realPortfolio } from '../read/live-data.ts';
import { frameOf } from '../read/page-data.ts';
import { orphans } from '../read/real-positions.ts';
import {
  entriesOf,
  liveWalletStatus,
  paperStateOf,
  paperWalletStatus,
  stateOf as walletState,
} from '../read/status/object-status.ts';

const raisedState = z.enum(['SHADOW', 'ON']);
const overrideSchema = z.enum(LIVE_OVERRIDES);
const entriesSchema = z.enum(ENTRY_STATES);
const fromSchema = z.orElse(z.enum(['users', 'live-trades']), 'users');
/** What must be typed to trade with real money. */
const CONFIRMATION = 'ON';

/** The routes of live trading. */
export function liveRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  listRoutes(app, ports);
  switchRoutes(app, ports);
  entryRoutes(app, ports);
  portfolioRoutes(app, ports);
  return app;
}

async function liveTradesPage(
  c: Context<AppEnv>,
  ports: AppPorts,
  form: FormState,
  checks?: LiveCheckAnswer,
) {
  const nowMs = ports.nowMs();
  const control = await currentControl(c.env, nowMs);
  const [status, data] = await Promise.all([
    liveStatus(c.env, control, nowMs),
    liveList(c.env, control, c.req.method === 'GET' ? c.req.query() : {}, nowMs),
  ]);
  const users = control.followedUsers.filter((user) => !user.removed);
  const frame = frameOf(control, nowMs);
  const live = liveSwitch(control, status.wallet, nowMs);
  const commandId = ports.newId();
  return <LiveTradesPage view={{ ...data, frame, status, live, users, form, checks, commandId }} />;
}

function listRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const control = (c: Context<AppEnv>) => currentControl(c.env, ports.nowMs());
  app.get('/live-trades', async (c) => c.html(await liveTradesPage(c, ports, EMPTY_FORM)));
  app.get('/part/live-trades', async (c) =>
    c.html(<LiveTradesList view={await liveList(c.env, await control(c), c.req.query(), ports.nowMs())} />),
  );
  app.get('/part/live-status', async (c) =>
    c.html(<LiveStatus view={await liveStatus(c.env, await control(c), ports.nowMs())} />),
  );
  const switchView = async (c: Context<AppEnv>) =>
    liveSwitch(await control(c), await liveWalletStatus(c.env), ports.nowMs());
  app.get('/part/live-switch', async (c) => c.html(<LiveSteps view={await switchView(c)} />));
  app.get('/part/switch-on', async (c) => {
    const given = { form: EMPTY_FORM, checks: undefined, commandId: ports.newId() };
    return c.html(<SwitchOn view={await switchView(c)} {...given} />);
  });
  app.get('/part/state', async (c) => {
    // Asked from the Wallets alone: the badges are right also while D1 is down.
    const [paper, live] = await Promise.all([paperWalletStatus(c.env), liveWalletStatus(c.env)]);
    const frame = {
      paperTrading: paperStateOf(paper),
      liveTrading: walletState(live),
      liveEntries: entriesOf(live),
    };
    return c.html(<StateBadges frame={frame} />);
  });
}

function switchRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  app.post('/live-trades/off', async (c) => {
    const { pressed } = await readForm(c, ports);
    const request = { ...pressed, state: 'OFF' } as const;
    const result = await acknowledgedOff(() => setLiveTrading(c.env, request));
    if (result === undefined) return c.html(<NotAcknowledged />, 503);
    return acknowledged(c, ports, { result, sentence: 'Live trading is OFF' });
  });
  app.post('/live-trades/switch', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const state = raisedState.safeParse(texts.state);
    const wrong = (errors: FormState['errors'], checks?: LiveCheckAnswer) =>
      liveTradesPage(c, ports, { values: texts, errors }, checks);
    if (!state.success) return c.html(await wrong({ form: 'choose SHADOW or ON' }), 422);
    if (state.data === 'ON' && texts.confirmation?.trim() !== CONFIRMATION) {
      return c.html(await wrong({ confirmation: `type ${CONFIRMATION}, in capitals` }), 422);
    }
    const request = { ...pressed, state: state.data satisfies LiveState };
    const result = await setLiveTrading(c.env, request);
    if (result.kind === 'done') return c.redirect('/live-trades', 303);
    return c.html(await wrong(result.errors, result.checks), 422);
  });
  app.post('/live-trades/check', async (c) => {
    const checks = await runLiveCheck(c.env);
    return c.html(await liveTradesPage(c, ports, EMPTY_FORM, checks));
  });
  app.post('/users/live', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const override = overrideSchema.safeParse(texts.override);
    if (!override.success) {
      const errors = { form: 'choose one of the list' };
      return c.html(await liveTradesPage(c, ports, { values: {}, errors }), 422);
    }
    const leaderAddress = texts.leaderAddress ?? '';
    const request = { ...pressed, leaderAddress, override: override.data };
    const set = () => setUserLive(c.env, request);
    const result = override.data === 'FORCE_OFF' ? await acknowledgedOff(set) : await set();
    if (result === undefined) return c.html(<NotAcknowledged />, 503);
    if (result.kind === 'done' && override.data !== 'FORCE_OFF') {
      return c.redirect(`/${fromSchema.parse(texts.from)}`, 303);
    }
    // When D1 could not be written, it is not read for the leader's name either.
    const named = result.kind === 'done' && result.warning === undefined;
    const name = named ? await labelOf(c, ports, leaderAddress) : leaderAddress;
    return acknowledged(c, ports, { result, sentence: `Live is OFF for ${name}` });
  });
}

/** Entries: stopped at once, allowed again once it is confirmed (A61). */
function entryRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  app.post('/live-trades/entries', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const state = entriesSchema.safeParse(texts.state);
    const wrong = async (errors: FormState['errors']) =>
      c.html(await liveTradesPage(c, ports, { values: {}, errors }), 422);
    if (!state.success) return wrong({ form: 'choose one of the list' });
    const leaderAddress = (texts.leaderAddress ?? '') === '' ? null : (texts.leaderAddress ?? null);
    const request = { ...pressed, leaderAddress, state: state.data };
    if (state.data === 'ON') {
      if (texts.confirmed !== 'yes') {
        const sentence = 'confirm that purchases may leave again';
        return wrong(leaderAddress === null ? { confirmed: sentence } : { form: sentence });
      }
      const result = await setLiveEntries(c.env, request);
      return result.kind === 'done' ? c.redirect('/live-trades', 303) : wrong(result.errors);
    }
    const result = await acknowledgedOff(() => setLiveEntries(c.env, request));
    if (result === undefined) return c.html(<NotAcknowledged />, 503);
    const isNamed = leaderAddress !== null && result.kind === 'done' && result.warning === undefined;
    const name = isNamed ? await labelOf(c, ports, leaderAddress) : (leaderAddress ?? 'all leaders');
    return acknowledged(c, ports, {
      ...{ result, title: 'Entries are stopped', what: 'purchase' },
      sentence: `Entries are stopped for ${name}; exits go on`,
    });
  });
}

/** What the Wallet answered; undefined when it did not, and then nothing may be claimed. */
async function acknowledgedOff(ask: () => Promise<SwitchResult>): Promise<SwitchResult | undefined> {
  try {
    return await ask();
  } catch (error) {
    log('error', 'a live switch got no answer', { reason: reasonOf(error) });
    return undefined;
  }
}

const NOT_ACKNOWLEDGED =
  'The live Wallet did not answer, so it is NOT known to be off: orders may still leave. Press again at once. ' +
  'If it stays silent, remove the trading key from the Worker’s secrets.';

function NotAcknowledged() {
  return <MessagePage title="Not acknowledged" text={NOT_ACKNOWLEDGED} withOff />;
}

/** The leader's label; the address while D1 does not answer. */
async function labelOf(c: Context<AppEnv>, ports: AppPorts, address: string): Promise<string> {
  try {
    const { followedUsers } = await followUp(() => currentControl(c.env, ports.nowMs()));
    return followedUsers.find((user) => user.leaderAddress === address.toLowerCase())?.label ?? address;
  } catch (error) {
    log('warn', 'a leader is named by address', { reason: reasonOf(error) });
    return address;
  }
}

/** The Wallet's answer to an OFF; where it refused, the page with the reason. */
async function acknowledged(
  c: Context<AppEnv>,
  ports: AppPorts,
  given: {
    readonly result: SwitchResult;
    readonly sentence: string;
    readonly title?: string;
    readonly what?: 'order' | 'purchase';
  },
): Promise<Response> {
  const { result, sentence, title = 'Live is off', what = 'order' } = given;
  if (result.kind === 'invalid') {
    return c.html(await liveTradesPage(c, ports, { values: {}, errors: result.errors }), 422);
  }
  const view = { title, what, sentence, acknowledged: result.acknowledged, warning: result.warning };
  return c.html(<AcknowledgementPage view={view} />);
}

function portfolioRoutes(app: Hono<AppEnv>, ports: AppPorts): void {
  const view = async (c: Context<AppEnv>, form: FormState) => {
    const nowMs = ports.nowMs();
    const control = await currentControl(c.env, nowMs);
    const request = { range: c.req.query('range'), page: c.req.query('page'), nowMs };
    return { ...(await realPortfolio(c.env, control, request)), form, commandId: ports.newId() };
  };
  app.get('/real-portfolio', async (c) => c.html(<RealPortfolioPage view={await view(c, EMPTY_FORM)} />));
  app.get('/part/real-portfolio', async (c) =>
    c.html(<RealPortfolioLive view={await view(c, EMPTY_FORM)} />),
  );
  app.get('/real-portfolio/orphans', async (c) => {
    const control = await currentControl(c.env, ports.nowMs());
    const view = await orphans(c.env, control);
    return c.html(<OrphansPage frame={frameOf(control, ports.nowMs())} view={view} />);
  });
  app.get('/part/orphans', async (c) => {
    const view = await orphans(c.env, await currentControl(c.env, ports.nowMs()));
    return c.html(<Orphans view={view} />);
  });
  app.post('/real-portfolio/reset-peak', async (c) => {
    const { texts, pressed } = await readForm(c, ports);
    const { confirmation = '' } = texts;
    const result = await resetPeak(c.env, { ...pressed, mode: 'LIVE', confirmation });
    if (result.kind === 'done') return c.redirect('/real-portfolio', 303);
    return c.html(<RealPortfolioPage view={await view(c, stateOf(result, { confirmation }))} />, 422);
  });
}
