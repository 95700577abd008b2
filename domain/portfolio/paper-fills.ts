/**
 * The paper executor: fills a plan by walking the book as a FAK taker would, with the venue's fee on each level.
 * What an earlier copy of ours took from a level is not available again (W45).
 */

import type { Plan } from '../decide/decision-facts.ts';
import type { Side } from '../ids.ts';
import { BOOK_LEVELS_MAX, type Book, type Level, levelsWithin, walk } from '../market/book.ts';
import { type FeeSchedule, SHARE_STEP_MICROS, takerFee } from '../market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  floorToStep,
  max,
  mulDivFloor,
  notionalCeil,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';

export interface PaperFill {
  readonly priceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
  /** Rounded against us: up for a buy, down for a sell. */
  readonly notionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
}

/** Fills of the plan, one per level, never beyond its limit and never more than its shares. The rest is killed. */
export function paperFills(plan: Plan, book: Book, fee: FeeSchedule | null): readonly PaperFill[] {
  return walk(levelsWithin(book, plan.side, plan.limitPriceMicros), plan.shareMicros).map((level) => ({
    priceMicros: level.priceMicros,
    shareMicros: level.shareMicros,
    notionalMicros:
      plan.side === 'BUY'
        ? notionalCeil(level.shareMicros, level.priceMicros)
        : notionalFloor(level.shareMicros, level.priceMicros),
    feeMicros: takerFee(fee, level.shareMicros, level.priceMicros),
  }));
}

/** Rounding adds at most 1 micro of cash and 5 of fee per level. */
const ROUNDING_CASH_MICROS_MAX = BigInt(BOOK_LEVELS_MAX) * 6n;

/** The most that fills of the plan can take from the cash, with their fee: price and fee together rise with the price. Zero for a SELL. */
export function mostPaid({ side, shareMicros, limitPriceMicros }: Plan, fee: FeeSchedule | null): CashMicros {
  if (side === 'SELL') return cash(0n);
  const atLimit = add(
    notionalCeil(shareMicros, limitPriceMicros),
    takerFee(fee, shareMicros, limitPriceMicros),
  );
  return add(atLimit, cash(ROUNDING_CASH_MICROS_MAX));
}

/** Fills of the plan on the book that `free` cash pays for: fewer shares where it does not pay for all. A SELL needs none. */
export function payableFills(
  plan: Plan,
  given: { readonly book: Book; readonly fee: FeeSchedule | null; readonly free: CashMicros },
): readonly PaperFill[] {
  const { book, fee, free } = given;
  const all = paperFills(plan, book, fee);
  const cost = costOf(all);
  if (plan.side === 'SELL' || cost <= free) return all;
  const payable = max(sub(free, cash(ROUNDING_CASH_MICROS_MAX)), cash(0n));
  // The best levels come first, so a part of the shares costs no more than that part of the cost, but for rounding.
  const part = mulDivFloor(totalOf(all).shareMicros, payable, cost);
  const fewer = paperFills({ ...plan, shareMicros: floorToStep(shares(part), SHARE_STEP_MICROS) }, book, fee);
  return costOf(fewer) <= free ? fewer : [];
}

function costOf(fills: readonly PaperFill[]): CashMicros {
  const { notionalMicros, feeMicros } = totalOf(fills);
  return add(notionalMicros, feeMicros);
}

/** Shares that our copies have taken from one level of a side. */
export interface TakenLevel {
  readonly priceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
}

/** The book less what we have already taken from it. `side` is the taker's: a BUY takes asks. */
export function withoutTaken(book: Book, side: Side, taken: readonly TakenLevel[]): Book {
  if (taken.length === 0) return book;
  const left = (level: Level): Level => {
    const mine = taken
      .filter((one) => one.priceMicros === level.priceMicros)
      .reduce((sum, one) => add(sum, one.shareMicros), shares(0n));
    return { ...level, shareMicros: max(sub(level.shareMicros, mine), shares(0n)) };
  };
  const rest = (levels: readonly Level[]): readonly Level[] =>
    levels.map(left).filter((level) => level.shareMicros > 0n);
  return side === 'BUY' ? { ...book, asks: rest(book.asks) } : { ...book, bids: rest(book.bids) };
}

/** The sum of fills. */
export interface FilledTotals {
  readonly shareMicros: ShareMicros;
  readonly notionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
}

export const NO_FILL: FilledTotals = {
  shareMicros: shares(0n),
  notionalMicros: cash(0n),
  feeMicros: cash(0n),
};

export function totalOf(fills: readonly PaperFill[]): FilledTotals {
  return fills.reduce(
    (sum, fill) => ({
      shareMicros: add(sum.shareMicros, fill.shareMicros),
      notionalMicros: add(sum.notionalMicros, fill.notionalMicros),
      feeMicros: add(sum.feeMicros, fill.feeMicros),
    }),
    NO_FILL,
  );
}
