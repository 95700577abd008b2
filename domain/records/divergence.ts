/**
 * How far the real fill of a copy is from paper's, in dollars, and why: six parts that add up to the whole exactly (A55).
 *
 * The whole is live less paper, of the cash of the copy: what a BUY costs, what a SELL brings, fee included. A positive part
 * of a BUY means that live paid more for that reason; of a SELL that live received more. Sizes are valued at paper's average
 * price; where paper filled nothing, at the predicted one, else at the leader's.
 */

import type { Clamp, ReasonCode } from '../decide/reasons.ts';
import type { Side } from '../ids.ts';
import {
  type CashMicros,
  cash,
  mulDivFloor,
  negate,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
  sub,
} from '../money.ts';
import type { FillSums } from '../orders/predicted-fill.ts';

export interface ComparedCopy {
  readonly side: Side;
  /** What the leader traded at. */
  readonly leaderPriceMicros: PriceMicros;
  readonly paper: { readonly targetShareMicros: ShareMicros; readonly fill: FillSums };
  readonly live: {
    readonly targetShareMicros: ShareMicros;
    /** Shares of the order as signed. */
    readonly orderShareMicros: ShareMicros;
    /** What the paper walker predicted for it; null in rows from before that was kept: the spread is then part of the delay. */
    readonly predicted: FillSums | null;
    /** Of a SHADOW order the prediction itself: its delay is nothing. */
    readonly fill: FillSums;
  };
  /** What to call a difference between the two targets. */
  readonly sizedBy: 'minimum' | 'cap';
}

export interface Divergence {
  readonly wholeMicros: CashMicros;
  /** The book that the order met at the venue, against the book of its decision: price, and shares no longer there. */
  readonly delayMicros: CashMicros;
  /**
   * The book of live's decision, for the order's own size and bound, against what paper's copy met: price, depth, and the
   * shares that a BUY gets more where it spends its cash below its limit.
   */
  readonly spreadMicros: CashMicros;
  /** Live's fee less paper's; of a SELL with the opposite sign, since a fee lowers what it brings. */
  readonly feeMicros: CashMicros;
  /** The order as signed, on the venue's grids of price and amounts, against live's target. */
  readonly roundingMicros: CashMicros;
  /** Live's target less paper's, where the smallest trade of either mode or of the venue made the difference; else nothing. */
  readonly minimumMicros: CashMicros;
  /** The same where caps, rates, cash, depth or holdings made the difference; else nothing. */
  readonly capMicros: CashMicros;
}

/** Several differences as one: each part is the sum of that part. */
export function summedDivergence(list: readonly Divergence[]): Divergence {
  const sum = (part: keyof Divergence): CashMicros =>
    cash(list.reduce((total: bigint, one) => total + one[part], 0n));
  return {
    wholeMicros: sum('wholeMicros'),
    delayMicros: sum('delayMicros'),
    spreadMicros: sum('spreadMicros'),
    feeMicros: sum('feeMicros'),
    roundingMicros: sum('roundingMicros'),
    minimumMicros: sum('minimumMicros'),
    capMicros: sum('capMicros'),
  };
}

/** The difference and its parts. Each value is rounded down once, so that the parts telescope and their sum is exact. */
export function divergenceOf(copy: ComparedCopy): Divergence {
  const { side, paper, live } = copy;
  const predicted = live.predicted ?? { ...live.fill, ...unpredicted(copy) };
  const atPaper = (size: ShareMicros): CashMicros => valueAt(size, [paper.fill, predicted], copy);
  const atPredicted = (size: ShareMicros): CashMicros => valueAt(size, [predicted, paper.fill], copy);
  const { shareMicros: filled, notionalMicros } = live.fill;
  const price = sub(atPredicted(filled), atPaper(filled));
  const depth = sub(atPaper(predicted.shareMicros), atPaper(live.orderShareMicros));
  const paperDepth = sub(atPaper(paper.fill.shareMicros), atPaper(paper.targetShareMicros));
  const moved = sub(notionalMicros, atPredicted(filled));
  const gone = sub(atPaper(filled), atPaper(predicted.shareMicros));
  const fee = sub(live.fill.feeMicros, paper.fill.feeMicros);
  const sized = sub(atPaper(live.targetShareMicros), atPaper(paper.targetShareMicros));
  return {
    wholeMicros: sub(cashOf(side, live.fill), cashOf(side, paper.fill)),
    delayMicros: cash(moved + gone),
    spreadMicros: cash(price + depth - paperDepth),
    feeMicros: side === 'BUY' ? fee : negate(fee),
    roundingMicros: sub(atPaper(live.orderShareMicros), atPaper(live.targetShareMicros)),
    minimumMicros: copy.sizedBy === 'minimum' ? sized : cash(0n),
    capMicros: copy.sizedBy === 'cap' ? sized : cash(0n),
  };
}

/** What a fill costs (BUY) or brings (SELL), fee included. */
export function cashOf(side: Side, { notionalMicros, feeMicros }: FillSums): CashMicros {
  return cash(side === 'BUY' ? notionalMicros + feeMicros : notionalMicros - feeMicros);
}

/** Without a prediction: the whole order at paper's price, so that no part of the difference is put down to the book. */
function unpredicted(copy: ComparedCopy): Pick<FillSums, 'shareMicros' | 'notionalMicros'> {
  const size = copy.live.orderShareMicros;
  return { shareMicros: size, notionalMicros: valueAt(size, [copy.paper.fill], copy) };
}

/** A size at the average price of the first of these fills that is one, rounded down. */
function valueAt(size: ShareMicros, fills: readonly FillSums[], copy: ComparedCopy): CashMicros {
  const fill = fills.find((one) => one.shareMicros > 0n);
  return fill === undefined
    ? notionalFloor(size, copy.leaderPriceMicros)
    : cash(mulDivFloor(size, fill.notionalMicros, fill.shareMicros));
}

const MINIMUM_WORDS: ReadonlySet<Clamp | ReasonCode> = new Set<Clamp | ReasonCode>([
  'RAISED_TO_MIN_TRADE',
  'RAISED_TO_VENUE_MIN',
  'BELOW_MIN_ORDER_SIZE',
  'LIVE_BELOW_MIN_ORDER_SIZE',
  'LEADER_TRADE_BELOW_MIN_NOTIONAL',
  'BUFFER_FLUSH_BELOW_MIN_EXEC',
]);

/** What a difference between two targets is called, from the clamps and reasons of both decisions. */
export function sizedBy(words: readonly (Clamp | ReasonCode)[]): 'minimum' | 'cap' {
  return words.some((word) => MINIMUM_WORDS.has(word)) ? 'minimum' : 'cap';
}

const CAP_WORDS: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'RISK_CAP_GLOBAL',
  'RISK_CAP_MARKET',
  'RISK_CAP_USER',
  'BUDGET_HARD_CAP_EXCEEDED',
  'INSUFFICIENT_CASH',
  'NOT_ENOUGH_POSITION_TO_SELL',
  'LIVE_INSUFFICIENT_FUNDS',
]);

/** Whether a minimum or a cap is why a mode did not execute; null for every other reason, which is no difference of size. */
export function missingBy(reasons: readonly ReasonCode[]): 'minimum' | 'cap' | null {
  if (reasons.some((reason) => MINIMUM_WORDS.has(reason))) return 'minimum';
  return reasons.some((reason) => CAP_WORDS.has(reason)) ? 'cap' : null;
}
