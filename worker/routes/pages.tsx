/** The pages that only show: Dashboard, Trades, Paper Trades, one attempt; each with the part that is polled. */
import { type Context, Hono } from 'hono';
import type { Control } from '../../domain/control.ts';
import { parseLeaderAddress } from '../../domain/ids.ts';
import { NO_LEADER, type SnapshotBucket } from '../../domain/records.ts';
import type { ObjectStatus } from '../../domain/status.ts';
import { type AttemptFilter, listAttempts, readAttempts, readFacts } from '../../ledger/read-attempts.ts';
import { listFills } from '../../ledger/read-fills.ts';
import { listQuarantine, readCurve, readLatestSnapshot, type Snapshot } from '../../ledger/read-portfolio.ts';
import { formatTime } from '../../views/format.ts';
import {
  CURVE_RANGES,
  type CurveRange,
  DashboardLive,
  DashboardPage,
  type DashboardView,
} from '../../views/pages/dashboard.tsx';
import { MessagePage } from '../../views/pages/message.tsx';
import {
  AttemptPage,
  PaperTradesLive,
  PaperTradesPage,
  type PaperTradesView,
} from '../../views/pages/paper-trades.tsx';
import { TradesLive, TradesPage, type TradesView } from '../../views/pages/trades.tsx';
import type { Env } from '../env.ts';
import { currentControl } from '../first-control.ts';
import {
  frameOf,
  LIVE_TITLE,
  type ListRequest,
  leaderNames,
  listRequest,
  namesFor,
  objectStatuses,
  pagingOf,
} from '../page-data.ts';
import type { AppEnv, AppPorts } from '../ports.ts';

const DASHBOARD_ROWS = 8;
const CURVE_POINTS_MIN = 12;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The Wallet values itself every minute; after this it is said to be late. */
const SNAPSHOT_LATE_MS = 5 * MINUTE_MS;

const RANGES = {
  '1H': { bucket: 'MINUTE', spanMs: HOUR_MS },
  '6H': { bucket: 'MINUTE', spanMs: 6 * HOUR_MS },
  '1D': { bucket: 'HOUR', spanMs: DAY_MS },
  '1W': { bucket: 'HOUR', spanMs: 7 * DAY_MS },
  '1M': { bucket: 'DAY', spanMs: 31 * DAY_MS },
  ALL: { bucket: 'DAY', spanMs: 36_500 * DAY_MS },
} as const satisfies Record<CurveRange, { bucket: SnapshotBucket; spanMs: number }>;

/** The routes of the pages that only show. */
export function pageRoutes(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const control = (context: Context<AppEnv>) => currentControl(context.env, ports.nowMs());

  app.get('/', async (c) => {
    const view = await dashboard(c.env, await control(c), c.req.query('range'), ports.nowMs());
    return c.html(<DashboardPage view={view} />);
  });
  app.get('/live/dashboard', async (c) => {
    const view = await dashboard(c.env, await control(c), c.req.query('range'), ports.nowMs());
    return c.html(<DashboardLive view={view} />);
  });
  app.get('/trades', async (c) =>
    c.html(<TradesPage view={await trades(c.env, await control(c), c.req.query(), ports.nowMs())} />),
  );
  app.get('/live/trades', async (c) =>
    c.html(<TradesLive view={await trades(c.env, await control(c), c.req.query(), ports.nowMs())} />),
  );
  app.get('/paper-trades', async (c) =>
    c.html(
      <PaperTradesPage view={await paperTrades(c.env, await control(c), c.req.query(), ports.nowMs())} />,
    ),
  );
  app.get('/live/paper-trades', async (c) =>
    c.html(
      <PaperTradesLive view={await paperTrades(c.env, await control(c), c.req.query(), ports.nowMs())} />,
    ),
  );
  app.get('/paper-trades/:leader/:group', async (c) => {
    const leaderAddress = parseLeaderAddress(c.req.param('leader')) ?? NO_LEADER;
    const name = { mode: 'PAPER', leaderAddress, groupKey: c.req.param('group') } as const;
    const [attempt] = await readAttempts(c.env.DB, [name]);
    if (attempt === undefined) {
      return c.html(
        <MessagePage title="Not found" text="There is no such copy attempt (yet)." withOff />,
        404,
      );
    }
    const document = await control(c);
    const names = await namesFor(c.env, document, [attempt]);
    const facts = (await readFacts(c.env.DB, name)) ?? '';
    return c.html(<AttemptPage view={{ frame: frameOf(document, ports.nowMs()), attempt, names, facts }} />);
  });
  app.get('/copy-attempts', (c) => c.redirect('/paper-trades', 301));
  app.get('/portfolio', (c) => c.redirect('/paper-portfolio', 301));
  return app;
}

async function dashboard(
  env: Env,
  control: Control,
  wanted: string | undefined,
  nowMs: number,
): Promise<DashboardView> {
  const range = CURVE_RANGES.find((one) => one === wanted) ?? '6H';
  const { bucket, spanMs } = RANGES[range];
  const [snapshot, live, curve, fills, attempts, objects, refused] = await Promise.all([
    readLatestSnapshot(env.DB, 'PAPER'),
    readLatestSnapshot(env.DB, 'LIVE'),
    curveOf(env, bucket, nowMs - spanMs),
    listFills(env.DB, {}, undefined, DASHBOARD_ROWS),
    listAttempts(env.DB, { mode: 'PAPER' }, undefined, DASHBOARD_ROWS),
    objectStatuses(env, control, false),
    listQuarantine(env.DB, 1),
  ]);
  const attention: string[] = [];
  if (control.paperTrading === 'OFF') attention.push('Paper trading is switched off: nothing is copied.');
  attention.push(...liveAttention(control, objects, nowMs));
  if (!control.followedUsers.some((user) => !user.removed))
    attention.push('Nobody is followed yet: add a leader under Users.');
  for (const { title } of objects.filter((one) => !one.healthy))
    attention.push(`${title} needs attention: see Status.`);
  if (snapshot !== undefined && nowMs - snapshot.bucketAtMs > SNAPSHOT_LATE_MS) {
    attention.push(`The wallet was last valued at ${formatTime(snapshot.bucketAtMs)} UTC.`);
  }
  if (refused[0] !== undefined && nowMs - refused[0].seenAtMs < HOUR_MS) {
    attention.push('Input was refused in the last hour: see Status.');
  }
  return {
    frame: frameOf(control, nowMs),
    snapshot,
    live,
    curve,
    range,
    fills: fills.rows,
    attempts: attempts.rows,
    attention,
    names: await namesFor(env, control, [...fills.rows, ...attempts.rows]),
  };
}

/** What the live Wallet itself reports that a person must know of, wherever he looks first. */
function liveAttention(control: Control, objects: readonly ObjectStatus[], nowMs: number): readonly string[] {
  const facts = objects.find((one) => one.title === LIVE_TITLE)?.facts;
  if (facts === undefined) return [];
  const lines: string[] = [];
  const { trading, accountProblem, oldestUnresolvedAtMs } = facts;
  if (typeof trading === 'string' && trading !== control.liveTrading) {
    lines.push(`Live is saved as ${control.liveTrading}, but the Wallet holds ${trading}: see Live Trades.`);
  }
  if (typeof accountProblem === 'string' && accountProblem !== '') {
    lines.push(`The trading account needs you: ${accountProblem}. See Live Trades.`);
  }
  const limitMs = control.settings.LIVE.unresolvedAgeMsMax;
  if (typeof oldestUnresolvedAtMs === 'number' && nowMs - oldestUnresolvedAtMs > limitMs) {
    lines.push(`An order has had no outcome since ${formatTime(oldestUnresolvedAtMs)} UTC: see Live Trades.`);
  }
  return lines;
}

/** A young wallet has too few hours or days for a line: the next finer ones then. */
async function curveOf(env: Env, bucket: SnapshotBucket, sinceMs: number): Promise<readonly Snapshot[]> {
  const curve = await readCurve(env.DB, { mode: 'PAPER', bucket, sinceMs });
  if (curve.length >= CURVE_POINTS_MIN || bucket === 'MINUTE') return curve;
  return curveOf(env, bucket === 'DAY' ? 'HOUR' : 'MINUTE', sinceMs);
}

async function trades(
  env: Env,
  control: Control,
  query: Record<string, string>,
  nowMs: number,
): Promise<TradesView> {
  const request = await listRequest(env, query);
  const { conditionIds, sinceMs, beforeMs, before } = request;
  const filter = { leaderAddress: request.filters.leader, conditionIds, sinceMs, beforeMs };
  const page = await listFills(env.DB, filter, before);
  return {
    frame: frameOf(control, nowMs),
    fills: page.rows,
    names: await namesFor(env, control, page.rows),
    filters: request.values,
    paging: pagingOf('/trades', request, page),
  };
}

async function paperTrades(
  env: Env,
  control: Control,
  query: Record<string, string>,
  nowMs: number,
): Promise<PaperTradesView> {
  const request = await listRequest(env, query);
  const page = await listAttempts(env.DB, attemptFilter(request), request.before);
  const named = await namesFor(env, control, page.rows);
  return {
    frame: frameOf(control, nowMs),
    attempts: page.rows,
    names: { ...named, leaders: leaderNames(control) },
    filters: request.values,
    paging: pagingOf('/paper-trades', request, page),
  };
}

function attemptFilter({ filters, conditionIds, sinceMs, beforeMs }: ListRequest): AttemptFilter {
  return {
    mode: 'PAPER',
    leaderAddress: filters.leader,
    decision: filters.decision,
    reason: filters.reason,
    sourceType: filters.source,
    conditionIds,
    sinceMs,
    beforeMs,
  };
}
