/** What the page of one leader shows. Bounded reads only: a fixed number of points and rows, whatever the time followed. */

import { isBudgeted, rawTarget } from '../../domain/decide/sizing.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { cash } from '../../domain/money.ts';
import { returnOnPeakExposure } from '../../domain/portfolio/performance.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import { settingsFor } from '../../domain/settings/settings.ts';
import { listAttempts } from '../../ledger/read/attempts.ts';
import { readCopiedRate } from '../../ledger/read/copied-rate.ts';
import { readAsOf, readEnds, type Series } from '../../ledger/read/curves.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import {
  HOLDINGS_READ_MAX,
  listLeaderHoldings,
  readLatestSlices,
  type Snapshot,
} from '../../ledger/read/portfolio.ts';
import type { BudgetView, ComparisonView, UserDetailView } from '../../views/pages/user.tsx';
import type { Env } from '../env.ts';
import { copyQuality } from './copy-quality.ts';
import { heldOf, sliceNow } from './marks-now.ts';
import { frameOf, namesFor } from './page-data.ts';
import { momentsBetween } from './wallet-figures.ts';

const ROWS = 10;
const HOLDINGS_SHOWN = 15;
/** Points of each of three lines; one row is read for each. */
const POINTS = 36;

export async function userDetail(
  env: Env,
  control: Control,
  given: { readonly user: FollowedUserControl; readonly mode: TradingMode; readonly nowMs: number },
): Promise<Omit<UserDetailView, 'form' | 'commandId'>> {
  const { user, mode, nowMs } = given;
  const leaderAddress = user.leaderAddress;
  const shadowSeries: Series = { mode: 'PAPER', scope: 'SHADOW_USER', leaderAddress, bucket: 'HOUR' };
  const [paper, live, shadow, paperNow, liveNow, holdings, fills, attempts, quality, compared, copied] =
    await Promise.all([
      readLatestSlices(env.DB, 'PAPER', [leaderAddress]),
      readLatestSlices(env.DB, 'LIVE', [leaderAddress]),
      readEnds(env.DB, shadowSeries),
      heldOf(env, { mode: 'PAPER', leaderAddress, nowMs }),
      heldOf(env, { mode: 'LIVE', leaderAddress, nowMs }),
      listLeaderHoldings(env.DB, leaderAddress),
      listFills(env.DB, { leaderAddress }, undefined, ROWS),
      listAttempts(env.DB, { mode, leaderAddress }, undefined, ROWS),
      copyQuality(env, { mode, leaderAddress, nowMs }),
      comparison(env, { leaderAddress, fromMs: user.followFromMs, nowMs }),
      readCopiedRate(env.DB, { mode, leaderAddress }),
    ]);
  const open = mode === 'PAPER' ? paperNow : liveNow;
  const positions = open.positions.filter((one) => one.leaderAddress === leaderAddress);
  const dearest = [...holdings].sort((left, right) => (left.costMicros < right.costMicros ? 1 : -1));
  const slices = {
    PAPER: sliceNow(paper.get(leaderAddress), leaderAddress, paperNow),
    LIVE: sliceNow(live.get(leaderAddress), leaderAddress, liveNow),
  };
  const shown = dearest.slice(0, HOLDINGS_SHOWN);
  return {
    frame: frameOf(control, nowMs),
    user,
    mode,
    shadow: shadow?.last,
    slices,
    comparison: compared,
    quality,
    budget: budgetOf(control, given, { leader: shadow?.last, ours: slices[mode], copied }),
    positions,
    holdings: shown,
    holdingsCut: shown.length < dearest.length || holdings.length >= HOLDINGS_READ_MAX,
    fills: fills.rows,
    attempts: attempts.rows,
    overrides: Object.keys(user.overrides[mode]).length,
    names: await namesFor(env, control, [...positions, ...shown, ...fills.rows, ...attempts.rows]),
  };
}

/** The leader, paper and live at the same moments, each as a part of the most that it had invested. */
async function comparison(
  env: Env,
  given: { readonly leaderAddress: string; readonly fromMs: number; readonly nowMs: number },
): Promise<ComparisonView> {
  const { leaderAddress, fromMs, nowMs } = given;
  const moments = momentsBetween(Math.min(fromMs, nowMs), nowMs, POINTS);
  const line = (series: Omit<Series, 'leaderAddress' | 'bucket'>) =>
    readAsOf(env.DB, { ...series, leaderAddress, bucket: 'HOUR' }, moments);
  const [leader, paper, live] = await Promise.all([
    line({ mode: 'PAPER', scope: 'SHADOW_USER' }),
    line({ mode: 'PAPER', scope: 'EXEC_GLOBAL' }),
    line({ mode: 'LIVE', scope: 'EXEC_GLOBAL' }),
  ]);
  // The hours that any of the three lines has a value for; nothing is drawn between them.
  const hours = new Set([...leader, ...paper, ...live].map((one) => one.bucketAtMs));
  const timesMs = [...hours].sort((left, right) => left - right);
  return {
    timesMs,
    leader: returnsAt(timesMs, leader, (one) => one.equityMicros),
    paper: returnsAt(timesMs, paper, (one) => one.realisedMicros + one.unrealisedMicros),
    live: returnsAt(timesMs, live, (one) => one.realisedMicros + one.unrealisedMicros),
  };
}

function returnsAt(
  timesMs: readonly number[],
  line: readonly Snapshot[],
  profitMicros: (one: Snapshot) => bigint,
): readonly (bigint | null)[] {
  return timesMs.map((ms) => {
    const one = line.findLast(({ bucketAtMs }) => bucketAtMs <= ms);
    return one === undefined ? null : returnOnPeakExposure(profitMicros(one), one.peakExposureMicros);
  });
}

/** A trade of this size serves only to read the copy rate from the sizing. */
const PROBE_MICROS = 1_000_000_000n;

function budgetOf(
  control: Control,
  { user, mode }: { readonly user: FollowedUserControl; readonly mode: TradingMode },
  exposure: {
    readonly leader: Snapshot | undefined;
    readonly ours: Snapshot | undefined;
    readonly copied: BudgetView['copied'];
  },
): BudgetView | undefined {
  const settings = settingsFor(control.settings[mode], user.overrides[mode]);
  if (!isBudgeted(settings)) return undefined;
  const leaderExposureMicros = exposure.leader?.exposureMicros ?? null;
  const sized = rawTarget(settings, {
    notionalMicros: cash(PROBE_MICROS),
    exposureMicros: leaderExposureMicros === null ? null : cash(leaderExposureMicros),
  });
  return {
    budgetMicros: BigInt(settings.budgetNotionalMicros),
    leaderExposureMicros,
    ourExposureMicros: exposure.ours?.exposureMicros ?? null,
    rateBps: 'reason' in sized ? null : sized.effectiveRateBps,
    copied: exposure.copied,
  };
}
