/**
 * What a line of snapshots says of a wallet: profit without deposits and withdrawals, profit over a window, and how far it
 * has fallen. All in cash micros; nothing is made up where no snapshot stands.
 */
import { BPS, max, mulDivFloor } from './money.ts';

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
 * that is younger than the moment began with no profit, so its whole profit is the change.
 */
export function profitSince(now: Worth, line: readonly Worth[], sinceMs: number): bigint {
  const then = line.findLast((worth) => worth.bucketAtMs <= sinceMs);
  return profitOf(now) - (then === undefined ? 0n : profitOf(then));
}

export interface Drawdown {
  /** The fall of profit from the highest seen before it, zero or more. */
  readonly fallMicros: bigint;
  /** The flow-adjusted equity at that height, which the limit is a part of (A23). */
  readonly peakEquityMicros: bigint;
}

/** The deepest fall on the line, oldest first, and the fall that stands at its end. Empty lines have fallen by nothing. */
export function drawdowns(line: readonly Worth[]): { readonly deepest: Drawdown; readonly now: Drawdown } {
  let peak: bigint | undefined;
  let deepest: Drawdown = { fallMicros: 0n, peakEquityMicros: 0n };
  let now = deepest;
  for (const worth of line) {
    const profit = profitOf(worth);
    peak = peak === undefined ? profit : max(peak, profit);
    now = { fallMicros: peak - profit, peakEquityMicros: peak + worth.flowMicros };
    if (now.fallMicros > deepest.fallMicros || deepest.peakEquityMicros === 0n) deepest = now;
  }
  return { deepest, now };
}

/**
 * Profit in basis points of the most that was ever invested up to then, rounded down: the base on which a leader and our
 * copies of him, who trade at very different sizes, can be laid over one another (W47). Null before anything was invested.
 */
export function returnOnPeakExposure(
  line: readonly { readonly profitMicros: bigint; readonly exposureMicros: bigint }[],
): readonly (bigint | null)[] {
  let peak = 0n;
  return line.map(({ profitMicros, exposureMicros }) => {
    peak = max(peak, exposureMicros);
    return peak === 0n ? null : mulDivFloor(profitMicros, BPS, peak);
  });
}
