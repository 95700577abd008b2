/**
 * Counts of what became of a leader's trades, so that pages show rates and histograms without counting rows. An attempt or a
 * ledger entry contributes counts that add up in any order, and that are taken out again when it is recorded anew.
 */

import type { ReasonCode } from '../decide/reasons.ts';
import { BPS } from '../money.ts';
import type { Position } from '../portfolio/portfolio.ts';
import type { CopyStats, ReasonCounts } from './copy-stats-record.ts';
import { type AttemptTimes, copyLagMs, detectionLagMs } from './lags.ts';
import type { CopyAttemptRecord, LedgerRecord } from './records.ts';

/** Where each bucket but the first begins, that price included: our average against the leader's, signed against us. */
export const SLIPPAGE_FROM_MICROS = [-20_000n, -10_000n, -5_000n, 0n, 5_000n, 10_000n, 20_000n] as const;
/**
 * Where each bucket but the first begins, that time included. Nothing below a second: the venue gives the time of a trade in
 * whole seconds of its block, so that finer buckets would show where in its second a block fell.
 */
export const LAG_FROM_MS = [1_000, 3_000, 5_000, 10_000, 20_000] as const;
/** What rounding an order to the venue's precision may take off its size (order-plan.ts): less than that is no part missing. */
const WHOLE_BPS_MIN = 9_900n;

export const EMPTY_STATS: CopyStats = {
  attempts: 0,
  executed: 0,
  skipped: 0,
  partial: 0,
  unfilled: 0,
  leaderFills: 0,
  wins: 0,
  losses: 0,
  slippage: counts(SLIPPAGE_FROM_MICROS),
  detectionLag: counts(LAG_FROM_MS),
  copyLag: counts(LAG_FROM_MS),
  reasons: {},
};

export type CountedAttempt = AttemptTimes &
  Pick<
    CopyAttemptRecord,
    | 'side'
    | 'sourceType'
    | 'fillCount'
    | 'decision'
    | 'reasons'
    | 'targetShareMicros'
    | 'filledShareMicros'
    | 'referencePriceMicros'
    | 'vwapPriceMicros'
  >;

/** The counts of one attempt. A later revision of it counts in its place. */
export function contributionOf(attempt: CountedAttempt): CopyStats {
  const { filledShareMicros: filled, targetShareMicros: target } = attempt;
  const executed = attempt.decision === 'EXECUTE';
  const partial = executed && filled > 0n && filled * BPS < target * WHOLE_BPS_MIN;
  // The operator's own sale copies no leader, so there is no price or time to measure from.
  const copies = attempt.sourceType !== 'CLOSE';
  // A try or a correction of an exit follows no new trade: the lags of the trade are those of the exit's first attempt.
  const follows = copies && attempt.sourceType !== 'EXIT' && attempt.sourceType !== 'CORRECTION';
  const { detectionLag, copyLag } = EMPTY_STATS;
  return {
    ...EMPTY_STATS,
    attempts: 1,
    executed: executed ? 1 : 0,
    skipped: attempt.decision === 'SKIP' ? 1 : 0,
    partial: partial ? 1 : 0,
    unfilled: executed && filled === 0n ? 1 : 0,
    leaderFills: attempt.fillCount,
    slippage: copies && executed ? slippageOf(attempt) : EMPTY_STATS.slippage,
    detectionLag: follows ? counts(LAG_FROM_MS, detectionLagMs(attempt)) : detectionLag,
    copyLag: follows && executed ? counts(LAG_FROM_MS, copyLagMs(attempt)) : copyLag,
    reasons: Object.fromEntries(attempt.reasons.map((reason) => [reason, 1])),
  };
}

function slippageOf({
  side,
  filledShareMicros,
  vwapPriceMicros: ours,
  referencePriceMicros: theirs,
}: CountedAttempt): readonly number[] {
  if (ours === null || filledShareMicros === 0n) return EMPTY_STATS.slippage;
  return counts(SLIPPAGE_FROM_MICROS, side === 'BUY' ? ours - theirs : theirs - ours);
}

/** One in the bucket of the value, or nothing in any. A negative lag (clocks differ) is in the first. */
function counts<T extends bigint | number>(from: readonly T[], value?: T): readonly number[] {
  const at = value === undefined ? -1 : from.filter((start) => start <= value).length;
  return [...from, undefined].map((_start, bucket) => (bucket === at ? 1 : 0));
}

/**
 * The win or loss that a ledger entry makes of a position: a sale, settlement or conversion that takes shares out, by what it
 * realised. A REVERSAL takes back what the entry that it undoes had counted. Undefined when it is neither.
 */
export function outcomeOf(
  entry: Pick<LedgerRecord, 'entryType' | 'shareDeltaMicros'>,
  { before, after }: { readonly before: Position; readonly after: Position },
): CopyStats | undefined {
  const realised = after.realisedMicros - before.realisedMicros;
  if (realised === 0n) return undefined;
  if (entry.entryType === 'REVERSAL') {
    const undone = realised < 0n ? { wins: -1 } : { losses: -1 };
    return { ...EMPTY_STATS, ...undone };
  }
  if (entry.shareDeltaMicros >= 0n) return undefined;
  return { ...EMPTY_STATS, ...(realised > 0n ? { wins: 1 } : { losses: 1 }) };
}

/** Both together. */
export function added(left: CopyStats, right: CopyStats): CopyStats {
  return combined(left, right, 1);
}

/** The first without the second. */
export function removed(left: CopyStats, right: CopyStats): CopyStats {
  return combined(left, right, -1);
}

export function summed(list: readonly CopyStats[]): CopyStats {
  return list.reduce(added, EMPTY_STATS);
}

function combined(left: CopyStats, right: CopyStats, sign: 1 | -1): CopyStats {
  const lists = (one: readonly number[], other: readonly number[]): readonly number[] =>
    one.map((count, bucket) => count + sign * (other[bucket] ?? 0));
  return {
    attempts: left.attempts + sign * right.attempts,
    executed: left.executed + sign * right.executed,
    skipped: left.skipped + sign * right.skipped,
    partial: left.partial + sign * right.partial,
    unfilled: left.unfilled + sign * right.unfilled,
    leaderFills: left.leaderFills + sign * right.leaderFills,
    wins: left.wins + sign * right.wins,
    losses: left.losses + sign * right.losses,
    slippage: lists(left.slippage, right.slippage),
    detectionLag: lists(left.detectionLag, right.detectionLag),
    copyLag: lists(left.copyLag, right.copyLag),
    reasons: combinedReasons(left.reasons, right.reasons, sign),
  };
}

function combinedReasons(left: ReasonCounts, right: ReasonCounts, sign: 1 | -1): ReasonCounts {
  const sums: Partial<Record<ReasonCode, number>> = { ...left };
  // The keys are those of the type: only contributions are ever counted.
  for (const reason of Object.keys(right) as ReasonCode[]) {
    const sum = (sums[reason] ?? 0) + sign * (right[reason] ?? 0);
    if (sum === 0) delete sums[reason];
    else sums[reason] = sum;
  }
  return sums;
}

/** A part of a whole, exactly; the whole is above zero. */
export interface Ratio {
  readonly part: bigint;
  readonly whole: bigint;
}

/** Each null while there is nothing to divide by. */
export interface CopyRates {
  /** Executed of all attempts. */
  readonly execution: Ratio | null;
  /** Filled, whole or in part, of the executed that placed an order: what SHADOW only recorded is left out. */
  readonly fill: Ratio | null;
  /** Filled in part of the same. */
  readonly partial: Ratio | null;
  /** Wins of wins and losses. */
  readonly win: Ratio | null;
}

export function ratesOf(stats: CopyStats): CopyRates {
  const { attempts, executed, unfilled, partial, wins, losses } = stats;
  const shadow = stats.reasons.LIVE_SHADOW_ONLY ?? 0;
  return {
    execution: ratio(executed, attempts),
    fill: ratio(executed - unfilled, executed - shadow),
    partial: ratio(partial, executed - shadow),
    win: ratio(wins, wins + losses),
  };
}

function ratio(part: number, whole: number): Ratio | null {
  return whole > 0 ? { part: BigInt(part), whole: BigInt(whole) } : null;
}
