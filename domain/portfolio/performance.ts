/**
 * Figures of a line of snapshots: profit without deposits and withdrawals, profit over a window, and its falls. All in cash
 * micros; where there is no snapshot, nothing is estimated.
 */
import { BPS, max, mulDivFloor } from '../money.ts';
import { DAY_MS } from '../time.ts';

export interface Worth {
  readonly bucketAtMs: number;
  readonly equityMicros: bigint;
  readonly flowMicros: bigint;
}

/** Equity less what was paid in, so that a deposit is no gain and a withdrawal no loss (A21). */
export function profitOf({ equityMicros, flowMicros }: Pick<Worth, 'equityMicros' | 'flowMicros'>): bigint {
  return equityMicros - flowMicros;
}

/**
 * The change of profit since a moment. `line` is in order of time; the last snapshot at or before the moment counts. A wallet
 * that is younger than the moment began with no profit, so its whole profit is the change. Null when the last valuation is
 * older than the moment: the change since is not known.
 */
export function profitSince(now: Worth, line: readonly Worth[], sinceMs: number): bigint | null {
  if (now.bucketAtMs <= sinceMs) return null;
  const then = line.findLast((worth) => worth.bucketAtMs <= sinceMs);
  return profitOf(now) - (then === undefined ? 0n : profitOf(then));
}

/** The UTC midnight at or before the moment: the day's loss counts from the last valuation at or before it (A50). */
export function utcMidnight(atMs: number): number {
  return atMs - (atMs % DAY_MS);
}

export interface Drawdown {
  /** The fall of profit from the highest seen before it, zero or more. */
  readonly fallMicros: bigint;
  /** The flow-adjusted equity at that height, which the limit is a part of (A23). */
  readonly peakEquityMicros: bigint;
}

/** Profit less its highest value so far, at each snapshot of the line: zero or less. Oldest first. */
export function fallsOf(line: readonly Worth[]): readonly bigint[] {
  let peak: bigint | undefined;
  return line.map((worth) => {
    const profit = profitOf(worth);
    peak = peak === undefined ? profit : max(peak, profit);
    return profit - peak;
  });
}

/**
 * Profit in basis points of the most that was ever invested up to then, rounded down: the base on which a leader and our
 * copies, which trade at very different sizes, can be shown on one chart (W47). Null before anything was invested.
 */
export function returnOnPeakExposure(profitMicros: bigint, peakExposureMicros: bigint): bigint | null {
  return peakExposureMicros <= 0n ? null : mulDivFloor(profitMicros, BPS, peakExposureMicros);
}
