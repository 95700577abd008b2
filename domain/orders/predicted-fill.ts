/**
 * What the paper walker predicts for a live order, on the book of its decision: what shows afterwards how far paper and live
 * are apart (A55). The order's own size and bound, and that book without it.
 */
import { type Book, levelsWithin, walk } from '../market/book.ts';
import { type FeeSchedule, takerFee } from '../market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  floorToStep,
  min,
  notionalFloor,
  type ShareMicros,
  shares,
  sharesForCashFloor,
  sub,
} from '../money.ts';
import { sharesOf } from './order-amounts.ts';
import { isResting } from './order-state.ts';
import type { PlannedOrder } from './orders.ts';

/** The sums of a fill: shares, notional without fee, and the taker's fee. */
export interface FillSums {
  readonly shareMicros: ShareMicros;
  readonly notionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
}

/** The venue gives a market-type BUY shares of four decimals at most (polymarket-api.md 3.2). */
const BOUGHT_STEP_MICROS = 100n;

/** Of a FOK order that the book cannot fill whole: nothing. Of a resting order: only what it takes on arrival. */
export function predictedFill(order: PlannedOrder, book: Book, fee: FeeSchedule | null): FillSums {
  const levels = levelsWithin(book, order.side, order.limitPriceMicros);
  const { parts, whole } = spends(order)
    ? spent(levels, cash(order.makerMicros))
    : given(levels, sharesOf(order));
  return sumOf(order.orderType === 'FOK' && !whole ? [] : parts, fee);
}

type Levels = Book['asks'];
interface Walked {
  readonly parts: Levels;
  /** Whether the levels were enough for the whole order. */
  readonly whole: boolean;
}

/** The venue reads a market-type BUY as "spend this cash"; its shares only imply the limit price (A41). */
function spends({ side, orderType }: PlannedOrder): boolean {
  return side === 'BUY' && !isResting(orderType);
}

function given(levels: Levels, size: ShareMicros): Walked {
  const parts = walk(levels, size);
  return { parts, whole: parts.reduce((sum, part) => add(sum, part.shareMicros), shares(0n)) === size };
}

function spent(levels: Levels, spend: CashMicros): Walked {
  const parts: Levels[number][] = [];
  let left = spend;
  for (const { priceMicros, shareMicros } of levels) {
    const wanted = floorToStep(sharesForCashFloor(left, priceMicros), BOUGHT_STEP_MICROS);
    const size = min(wanted, shareMicros);
    if (size > 0n) parts.push({ priceMicros, shareMicros: size });
    if (size === wanted) return { parts, whole: true };
    left = sub(left, notionalFloor(size, priceMicros));
  }
  return { parts, whole: false };
}

/** The venue rounds the cash of each level down, for buyer and seller alike. */
function sumOf(parts: Levels, fee: FeeSchedule | null): FillSums {
  return parts.reduce<FillSums>(
    (sum, { priceMicros, shareMicros }) => ({
      shareMicros: add(sum.shareMicros, shareMicros),
      notionalMicros: add(sum.notionalMicros, notionalFloor(shareMicros, priceMicros)),
      feeMicros: add(sum.feeMicros, takerFee(fee, shareMicros, priceMicros)),
    }),
    { shareMicros: shares(0n), notionalMicros: cash(0n), feeMicros: cash(0n) },
  );
}
