/** The worst price that a copy may pay or take, and the guards on the prices on offer. */

import type { Side } from '../ids.ts';
import { type Book, bestPrices, ONE_DOLLAR } from '../market/book.ts';
import { add, ceilToStep, floorToStep, max, min, type PriceMicros, price, sub } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { CopyIntent } from './decision-facts.ts';
import type { Guards } from './guards.ts';

/** The limit of the order, on the tick grid, and the two bounds that it is within. */
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

/** What the settings allow for a side: exits may be given more room than entries (R51). */
function toleranceOf(side: Side, settings: ModeSettings): Tolerance {
  const forSide = (ofSell: number | null, ofBuy: number): PriceMicros =>
    price(BigInt(side === 'SELL' ? (ofSell ?? ofBuy) : ofBuy));
  return {
    worsening: forSide(settings.sellMaxWorseningPriceMicros, settings.maxWorseningPriceMicros),
    overMid: forSide(settings.sellOverMidPriceMicrosMax, settings.overMidPriceMicrosMax),
    spread: forSide(settings.sellSpreadPriceMicrosMax, settings.spreadPriceMicrosMax),
  };
}

/** The worst price that we accept: the leader's plus the tolerance, and the mid plus its own, on the tick grid inside both. */
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
 * Judges spread and best price, and returns the limit of the order. Beyond the bound of the leader's price or of the mid
 * the best price is beyond the limit too: that is not said again.
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
