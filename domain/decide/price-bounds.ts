/** The worst price that a copy may pay or accept, and the guards on the spread and the best price. */

import type { Side } from '../ids.ts';
import { type Book, bestPrices, ONE_DOLLAR } from '../market/book.ts';
import { add, ceilToStep, floorToStep, max, min, type PriceMicros, price, sub } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { CopyIntent } from './decision-facts.ts';
import type { Guards } from './guards.ts';

/** The limit of the order, on the tick grid, and the two bounds that it keeps. */
interface Bounds {
  readonly limit: PriceMicros;
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros;
}

interface Tolerance {
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros;
  readonly spread: PriceMicros;
}

/** How far prices may be off, by side: settings can give exits more room than entries (R51). */
function toleranceOf(side: Side, settings: ModeSettings): Tolerance {
  const forSide = (ofSell: number | null, ofBuy: number): PriceMicros =>
    price(BigInt(side === 'SELL' ? (ofSell ?? ofBuy) : ofBuy));
  return {
    worsening: forSide(settings.sellMaxWorseningPriceMicros, settings.maxWorseningPriceMicros),
    overMid: forSide(settings.sellOverMidPriceMicrosMax, settings.overMidPriceMicrosMax),
    spread: forSide(settings.sellSpreadPriceMicrosMax, settings.spreadPriceMicrosMax),
  };
}

/** Bounds around the leader's price and around the mid, and the worst price on the tick grid that is within both. */
function priceBounds(
  side: Side,
  given: {
    readonly reference: PriceMicros;
    readonly mid: PriceMicros;
    readonly tick: PriceMicros;
    readonly tolerance: Tolerance;
  },
): Bounds {
  const { reference, mid, tick, tolerance } = given;
  if (side === 'BUY') {
    const worsening = add(reference, tolerance.worsening);
    const overMid = add(mid, tolerance.overMid);
    const highest = sub(ONE_DOLLAR, tick);
    return { worsening, overMid, limit: min(floorToStep(min(worsening, overMid), tick), highest) };
  }
  const worsening = sub(reference, tolerance.worsening);
  const overMid = sub(mid, tolerance.overMid);
  return { worsening, overMid, limit: max(ceilToStep(max(worsening, overMid), tick), tick) };
}

/**
 * Judges spread and best price, and returns the limit of the order. A best price beyond one of the two bounds is beyond the
 * limit too, which gives no second reason.
 */
export function limitFor(
  guards: Guards,
  { side, referencePriceMicros }: CopyIntent,
  given: {
    readonly book: Book;
    readonly mid: PriceMicros;
    readonly tick: PriceMicros;
    readonly settings: ModeSettings;
  },
): PriceMicros {
  const { book, mid, tick, settings } = given;
  const tolerance = toleranceOf(side, settings);
  const { bid, ask } = bestPrices(book);
  guards.price('spread', sub(ask, bid), 'atMost', tolerance.spread, 'SPREAD_TOO_WIDE');
  const bounds = priceBounds(side, { reference: referencePriceMicros, mid, tick, tolerance });
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros ?? null;
  const bound = side === 'BUY' ? 'atMost' : 'atLeast';
  if (best !== null) {
    const nearLeader = guards.price(
      'priceAgainstLeader',
      best,
      bound,
      bounds.worsening,
      'PRICE_WORSE_THAN_THEIR_FILL',
    );
    const nearMid = guards.price('priceAgainstMid', best, bound, bounds.overMid, 'PRICE_TOO_FAR_OVER_MID');
    if (!nearLeader || !nearMid) return bounds.limit;
  }
  guards.price('liquidity', best, bound, bounds.limit, 'NO_LIQUIDITY_WITHIN_BOUNDS');
  return bounds.limit;
}
