/** The worst price that a copy may pay or accept, and the guards on the spread and the best price. */

import type { Side } from '../ids.ts';
import { type Book, bestPrices, ONE_DOLLAR } from '../market/book.ts';
import {
  add,
  BPS,
  bps,
  bpsOfFloor,
  ceilToStep,
  floorToStep,
  max,
  min,
  mulDivCeil,
  mulDivFloor,
  type PriceMicros,
  price,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { Guards } from './guards.ts';
import { isBoundedAsUsual, isOverdueTry } from './sizing.ts';

/** The limit of the order, on the tick grid, and the bounds that it keeps; null where there is no such bound. */
interface Bounds {
  readonly limit: PriceMicros;
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros | null;
}

/** How far prices may be off, in the direction that is worse for us. */
interface Tolerance {
  /** Beyond the leader's price. */
  readonly worsening: PriceMicros;
  /** Beyond the mid. */
  readonly overMid: PriceMicros;
  readonly spread: PriceMicros;
  /** Beyond the best price. */
  readonly slippageBps: bigint;
}

interface Pricing {
  readonly book: Book;
  /** Null where a side of the book is missing. */
  readonly mid: PriceMicros | null;
  readonly tick: PriceMicros;
  readonly settings: ModeSettings;
}

/** By side: settings can give exits more room than entries (R51). */
function toleranceOf({ intent, nowMs }: DecisionFacts, settings: ModeSettings): Tolerance {
  const { side, referencePriceMicros } = intent;
  const forSide = (ofSell: number | null, ofBuy: number): PriceMicros =>
    price(BigInt(side === 'SELL' ? (ofSell ?? ofBuy) : ofBuy));
  const worsening = forSide(settings.sellMaxWorseningPriceMicros, settings.maxWorseningPriceMicros);
  return {
    worsening: isOverdueTry(intent, nowMs, settings)
      ? max(worsening, patientWorsening(referencePriceMicros, settings))
      : worsening,
    overMid: forSide(settings.sellOverMidPriceMicrosMax, settings.overMidPriceMicrosMax),
    spread: forSide(settings.sellSpreadPriceMicrosMax, settings.spreadPriceMicrosMax),
    slippageBps: BigInt(side === 'SELL' ? settings.slippageBpsSell : settings.slippageBpsBuy),
  };
}

/** An exit that is owed for long may go further below the leader's price, but not to any price (A45). */
function patientWorsening(reference: PriceMicros, settings: ModeSettings): PriceMicros {
  return min(
    price(BigInt(settings.exitWorseningPriceMicrosMax)),
    bpsOfFloor(reference, bps(BigInt(settings.exitWorseningBpsMax))),
  );
}

/**
 * What a book must show for an owed exit to be worth a look: the lowest bid, and the widest spread where there is an ask. The
 * widest bounds that any try of it may have; the try itself may still be decided otherwise.
 */
export function exitBookBounds(
  reference: PriceMicros,
  settings: ModeSettings,
): { readonly bidPriceMicrosMin: PriceMicros; readonly spreadPriceMicrosMax: PriceMicros } {
  const usual = settings.sellMaxWorseningPriceMicros ?? settings.maxWorseningPriceMicros;
  const worsening = max(price(BigInt(usual)), patientWorsening(reference, settings));
  const spread = settings.sellSpreadPriceMicrosMax ?? settings.spreadPriceMicrosMax;
  return {
    bidPriceMicrosMin: max(sub(reference, worsening), price(0n)),
    spreadPriceMicrosMax: price(BigInt(spread)),
  };
}

/**
 * The bounds around the leader's price, the mid and the best price, and the worst price on the tick grid that is within all of
 * them: the limit of the order that is sent (A51). `best` null or off the grid gives no bound of its own.
 */
function priceBounds(
  side: Side,
  given: Pick<Pricing, 'mid' | 'tick'> & {
    readonly reference: PriceMicros;
    readonly best: PriceMicros | null;
    readonly tolerance: Tolerance;
  },
): Bounds {
  const { reference, best, mid, tick, tolerance } = given;
  if (side === 'BUY') {
    const worsening = add(reference, tolerance.worsening);
    const overMid = mid === null ? null : add(mid, tolerance.overMid);
    const highest = sub(ONE_DOLLAR, tick);
    const limit = min(floorToStep(min(worsening, overMid ?? worsening), tick), highest);
    if (best === null) return { worsening, overMid, limit };
    const capped = floorToStep(price(mulDivFloor(best, BPS + tolerance.slippageBps, BPS)), tick);
    return { worsening, overMid, limit: capped < best ? limit : min(limit, capped) };
  }
  const worsening = sub(reference, tolerance.worsening);
  const overMid = mid === null ? null : sub(mid, tolerance.overMid);
  const limit = max(ceilToStep(max(worsening, overMid ?? worsening), tick), tick);
  if (best === null) return { worsening, overMid, limit };
  const capped = ceilToStep(price(mulDivCeil(best, BPS - tolerance.slippageBps, BPS)), tick);
  return { worsening, overMid, limit: capped > best ? limit : max(limit, capped) };
}

/**
 * Judges spread and best price, and returns the limit of the order. A best price beyond one of the two bounds is beyond the
 * limit too, which gives no second reason.
 */
export function limitFor(guards: Guards, facts: DecisionFacts, given: Pricing): PriceMicros {
  const { side, referencePriceMicros: reference } = facts.intent;
  const { book, mid, tick, settings } = given;
  const usual = side === 'BUY' || isBoundedAsUsual(facts, settings);
  const tolerance = toleranceOf(facts, settings);
  const { bid, ask } = bestPrices(book);
  // Without a mid a side is missing: a BUY has no spread to judge then, and does not pass (A46).
  guards.price('spread', mid === null ? null : sub(ask, bid), 'atMost', tolerance.spread, 'SPREAD_TOO_WIDE');
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros ?? null;
  const bounds = priceBounds(side, { reference, best, mid: usual ? mid : null, tick, tolerance });
  const bound = side === 'BUY' ? 'atMost' : 'atLeast';
  if (best !== null) {
    const nearLeader = guards.price(
      'priceAgainstLeader',
      best,
      bound,
      bounds.worsening,
      'PRICE_WORSE_THAN_THEIR_FILL',
    );
    const nearMid =
      bounds.overMid === null ||
      guards.price('priceAgainstMid', best, bound, bounds.overMid, 'PRICE_TOO_FAR_OVER_MID');
    if (!nearLeader || !nearMid) return bounds.limit;
  }
  guards.price('liquidity', best, bound, bounds.limit, 'NO_LIQUIDITY_WITHIN_BOUNDS');
  return bounds.limit;
}
