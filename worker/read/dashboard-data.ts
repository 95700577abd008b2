/** What the Dashboard shows. Bounded reads only: a thousand rows at most, whatever the range. */

import type { TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { listAttempts } from '../../ledger/read/attempts.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import { listOpenPositions, listQuarantine, readLatestSlices } from '../../ledger/read/portfolio.ts';
import { type DashboardView, type LeaderResult, slicePnl } from '../../views/pages/dashboard.tsx';
import { exposureOf, unrealisedOf } from '../../views/portfolio/positions.tsx';
import type { Env } from '../env.ts';
import { attention } from './attention.ts';
import { type HeldNow, sliceNow, withMarks } from './marks-now.ts';
import { frameOf, namesFor } from './page-data.ts';
import { walletTiles, withDrawdown } from './portfolio-data.ts';
import { limitsStatus } from './status/limits-status.ts';
import { objectStatuses } from './status/object-status.ts';
import { rangeOf } from './wallet-figures.ts';

const ROWS = 8;
const TOP_ROWS = 5;
/** One row is read for each leader and Wallet. */
const LEADERS_COMPARED_MAX = 40;

export async function dashboard(
  env: Env,
  control: Control,
  given: { readonly range: string | undefined; readonly nowMs: number },
): Promise<DashboardView> {
  const { nowMs } = given;
  const range = rangeOf(given.range);
  const tiles = (mode: TradingMode) => walletTiles(env, { mode, range, nowMs });
  const [paper, live, paperOpen, liveOpen, fills, attempts, objects, refused, limits] = await Promise.all([
    tiles('PAPER'),
    tiles('LIVE'),
    listOpenPositions(env.DB, 'PAPER'),
    listOpenPositions(env.DB, 'LIVE'),
    listFills(env.DB, {}, undefined, ROWS),
    listAttempts(env.DB, { mode: 'PAPER' }, undefined, ROWS),
    // No leader's object is woken: LeaderFeed knows which of them need attention.
    objectStatuses(env, []),
    listQuarantine(env.DB, 1),
    limitsStatus(env, control.system.plan, nowMs),
  ]);
  const heldBy = {
    PAPER: { positions: withMarks(paperOpen, paper.now, nowMs), now: paper.now },
    LIVE: { positions: withMarks(liveOpen, live.now, nowMs), now: live.now },
  };
  const held = [...heldBy.PAPER.positions, ...heldBy.LIVE.positions];
  const topPositions = topOf(held, (one) => unrealisedOf(one) ?? 0n);
  const [topLeaders, names] = await Promise.all([
    leadersByResult(env, control, heldBy),
    namesFor(env, control, [...fills.rows, ...attempts.rows, ...topPositions]),
  ]);
  return {
    frame: frameOf(control, nowMs),
    range,
    paper: withDrawdown(paper, objects.paper),
    live: withDrawdown(live, objects.live),
    topPositions,
    topLeaders,
    fills: fills.rows,
    attempts: attempts.rows,
    attention: attention({
      control,
      objects,
      snapshots: { PAPER: paper.figures.snapshot, LIVE: live.figures.snapshot },
      worth: { PAPER: paper.now, LIVE: live.now },
      refused: refused[0],
      limits,
      nowMs,
    }),
    names,
  };
}

function topOf<T>(rows: readonly T[], measure: (row: T) => bigint): readonly T[] {
  const sorted = [...rows].sort((left, right) => compare(measure(right), measure(left)));
  return sorted.slice(0, TOP_ROWS);
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The leaders whose copies have gained most. At most LEADERS_COMPARED_MAX are compared, those whose shares are held first. */
async function leadersByResult(
  env: Env,
  control: Control,
  heldBy: Readonly<Record<TradingMode, HeldNow>>,
): Promise<readonly LeaderResult[]> {
  const held = [...heldBy.PAPER.positions, ...heldBy.LIVE.positions];
  const byExposure = [...held].sort((left, right) => compare(exposureOf(right), exposureOf(left)));
  const followed = control.followedUsers.map((user) => user.leaderAddress as string);
  const known = new Set(followed);
  const addresses = [...new Set([...byExposure.map((one) => one.leaderAddress), ...followed])]
    .filter((address) => known.has(address))
    .slice(0, LEADERS_COMPARED_MAX);
  const [paper, live] = await Promise.all([
    readLatestSlices(env.DB, 'PAPER', addresses),
    readLatestSlices(env.DB, 'LIVE', addresses),
  ]);
  const results = addresses
    .map((leaderAddress) => ({
      leaderAddress,
      paper: sliceNow(paper.get(leaderAddress), leaderAddress, heldBy.PAPER),
      live: sliceNow(live.get(leaderAddress), leaderAddress, heldBy.LIVE),
    }))
    .filter((one) => one.paper !== undefined || one.live !== undefined);
  return topOf(results, (one) => (slicePnl(one.paper) ?? 0n) + (slicePnl(one.live) ?? 0n));
}
