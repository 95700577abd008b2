/** The worst price that a copy may pay or take, and why the best price on offer may be out of its reach. */

import type { Side } from '../ids.ts';
import { type Book, ONE_DOLLAR } from '../market/book.ts';
import { add, ceilToStep, floorToStep, max, min, type PriceMicros, price, sub } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { CopyIntent } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';

/** The limit of the order, on the tick grid, and the two bounds that it is within. */
export interface Bounds {
  readonly limit: PriceMicros;
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros;
}

/** What the settings allow for a side: exits may be given more room than entries (R51). */
export function toleranceOf(
  side: Side,
  settings: ModeSettings,
): {
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros;
  readonly spread: PriceMicros;
} {
  const forSide = (ofSell: number | null, ofBuy: number): PriceMicros =>
    price(BigInt(side === 'SELL' ? (ofSell ?? ofBuy) : ofBuy));
  return {
    worsening: forSide(settings.sellMaxWorseningPriceMicros, settings.maxWorseningPriceMicros),
    overMid: forSide(settings.sellOverMidPriceMicrosMax, settings.overMidPriceMicrosMax),
    spread: forSide(settings.sellSpreadPriceMicrosMax, settings.spreadPriceMicrosMax),
  };
}

/** The worst price that we accept: the leader's plus the tolerance, and the mid plus its own, on the tick grid inside both. */
export function priceBounds(
  intent: CopyIntent,
  given: { readonly mid: PriceMicros; readonly tick: PriceMicros; readonly settings: ModeSettings },
): Bounds {
  const { mid, tick, settings } = given;
  const tolerance = toleranceOf(intent.side, settings);
  const highest = sub(ONE_DOLLAR, tick);
  if (intent.side === 'BUY') {
    const worsening = add(intent.referencePriceMicros, tolerance.worsening);
    const overMid = add(mid, tolerance.overMid);
    const limit = min(floorToStep(min(worsening, overMid), tick), highest);
    return { limit, worsening, overMid };
  }
  const worsening = sub(intent.referencePriceMicros, tolerance.worsening);
  const overMid = sub(mid, tolerance.overMid);
  const limit = max(ceilToStep(max(worsening, overMid), tick), tick);
  return { limit, worsening, overMid };
}

/** Why the best price is out of reach; empty when it is within the limit. */
export function priceReasons(side: Side, book: Book, bounds: Bounds): ReasonCode[] {
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros;
  if (best === undefined) return ['NO_LIQUIDITY_WITHIN_BOUNDS'];
  const beyond = (bound: PriceMicros): boolean => (side === 'BUY' ? best > bound : best < bound);
  if (!beyond(bounds.limit)) return [];
  const reasons: ReasonCode[] = [];
  if (beyond(bounds.worsening)) reasons.push('PRICE_WORSE_THAN_THEIR_FILL');
  if (beyond(bounds.overMid)) reasons.push('PRICE_TOO_FAR_OVER_MID');
  return reasons.length === 0 ? ['NO_LIQUIDITY_WITHIN_BOUNDS'] : reasons;
}
