/**
 * What a portfolio's marks are good for (A49): how much of its worth rests on marks that are not good, what it would fetch now,
 * and what is at risk by the higher of cost and mark. Amounts are rounded down per position.
 */
import type { Mark } from '../market/mark.ts';
import {
  abs,
  add,
  type CashMicros,
  cash,
  max,
  min,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
} from '../money.ts';
import { MINUTE_MS } from '../time.ts';
import type { MarkedPosition } from './portfolio.ts';

/** A mark that has not been confirmed for this long is no longer good, whatever rule gave it. */
const GOOD_MARK_AGE_MS_MAX = 10 * MINUTE_MS;

/** A held position with all that is known of its price. */
export interface PricedPosition extends MarkedPosition {
  /** Null before the first mark. */
  readonly mark: Mark | null;
  /** The best bid of the book that gave the mark, zero where nobody bids; null if no book gave it. */
  readonly bidPriceMicros: PriceMicros | null;
  /** The market has ended and has no result yet. */
  readonly ended: boolean;
}

/** Up to this part of the equity may rest on marks that are not good before buying stops: 1 %. */
export const UNSURE_BPS_MAX = 100;

export interface Unsure {
  /** The value of positions whose mark is not good; those without any price count at cost. */
  readonly nowMicros: CashMicros;
  /** The same with ended markets that await their result, which no peak may be taken from. */
  readonly forPeakMicros: CashMicros;
}

/** Whether a stored mark may still be judged by: it was good, and is young enough. A payout stays good. */
export function isGoodNow(mark: Mark, nowMs: number): boolean {
  return mark.good && (mark.rule === 'PAYOUT' || nowMs - mark.atMs <= GOOD_MARK_AGE_MS_MAX);
}

/** Whether the market has its result: the shares wait for redemption, and nobody buys them any more. */
export function hasPayout({ mark }: Pick<PricedPosition, 'mark'>): boolean {
  return mark?.rule === 'PAYOUT';
}

/** How much of the portfolio rests on marks that are not good. Short positions count by their size. */
export function unsureOf(positions: readonly PricedPosition[], nowMs: number): Unsure {
  let now = cash(0n);
  let forPeak = cash(0n);
  for (const position of positions) {
    if (position.shareMicros === 0n) continue;
    const { mark, ended } = position;
    const value = weightOf(position);
    const judged = mark !== null && isGoodNow(mark, nowMs);
    if (!judged) now = add(now, value);
    if (!judged || (ended && mark.rule !== 'PAYOUT')) forPeak = add(forPeak, value);
  }
  return { nowMicros: now, forPeakMicros: forPeak };
}

/** Whether the marks are good enough to take a peak from or to let a breaker fire: at most 1 % of the equity is not. */
export function isSure(unsureMicros: CashMicros, equityMicros: CashMicros): boolean {
  return unsureMicros <= unsureLimit(equityMicros);
}

/** The most that may rest on marks that are not good, rounded down. */
export function unsureLimit(equityMicros: CashMicros): CashMicros {
  return cash(mulDivFloor(max(equityMicros, cash(0n)), BigInt(UNSURE_BPS_MAX), 10_000n));
}

/**
 * Cash and what the positions would fetch: each at the lower of its mark and its bid. Copies are sized by this. Where no book
 * was seen since the shares came, the mark alone counts. Null while a position has no mark.
 */
export function sellableEquity(
  cashMicros: CashMicros,
  positions: readonly PricedPosition[],
): CashMicros | null {
  let equity = cashMicros;
  for (const { shareMicros, mark, bidPriceMicros } of positions) {
    if (shareMicros === 0n) continue;
    if (mark === null) return null;
    // A payout needs no bidder, and a short position costs its mark to close.
    const byMark = mark.rule === 'PAYOUT' || shareMicros < 0n || bidPriceMicros === null;
    const at = byMark ? mark.priceMicros : min(mark.priceMicros, bidPriceMicros);
    equity = add(equity, notionalFloor(shareMicros, at));
  }
  return equity;
}

/** What is at risk in the positions: each at the higher of its cost and its mark. Caps compare with this. */
export function riskExposure(positions: readonly MarkedPosition[]): CashMicros {
  return positions.reduce((sum, { shareMicros, costMicros, markPriceMicros }) => {
    if (shareMicros === 0n) return sum;
    const value = markPriceMicros === null ? costMicros : notionalFloor(shareMicros, markPriceMicros);
    return add(sum, max(value, costMicros));
  }, cash(0n));
}

function weightOf({ shareMicros, costMicros, mark }: PricedPosition): CashMicros {
  const unpriced = mark === null || mark.rule === 'NO_BID';
  return abs(unpriced ? costMicros : notionalFloor(shareMicros, mark.priceMicros));
}
