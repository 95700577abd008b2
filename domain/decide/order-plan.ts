/**
 * Turns a decision into the exact order to sign: slippage cap, tick, maker and taker amounts, minimums (R42–R52, A9–A12,
 * A41). The order keeps the decision's price bound and target and the venue's grids, or it is refused with a reason.
 */

import type { Side, TokenId } from '../ids.ts';
import { type Book, ONE_DOLLAR } from '../market/book.ts';
import { MARKETABLE_NOTIONAL_MIN, type MarketFacts } from '../market/market.ts';
import {
  add,
  BPS,
  type CashMicros,
  ceilToStep,
  floorToStep,
  max,
  min,
  mulDivCeil,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  sharesForCashFloor,
  sub,
} from '../money.ts';
import {
  type Amounts,
  cashOf,
  exactAmounts,
  impliedWithin,
  restingAmounts,
  roundedAmounts,
  sharesOf,
} from '../orders/order-amounts.ts';
import { isResting } from '../orders/order-state.ts';
import type { PlannedOrder } from '../orders/orders.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { Plan } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';

export type PlanResult =
  | { readonly kind: 'order'; readonly order: PlannedOrder; readonly bestPriceMicros: PriceMicros }
  | { readonly kind: 'refused'; readonly reason: ReasonCode };

export interface OrderFacts {
  /** The decision's plan: its limit price is the bound, its shares are the most that a BUY asks for or a SELL gives. */
  readonly plan: Plan;
  /** The most that a BUY spends. */
  readonly targetNotionalMicros: CashMicros;
  readonly tokenId: TokenId;
  readonly market: MarketFacts;
  readonly book: Book;
  readonly settings: ModeSettings;
  readonly nowMs: number;
}

/** If the exact amounts lose more than this part of the size, amounts of 2 and 4 decimals are tried (design.md 6). */
const EXACT_LOSS_BPS_MAX = 100n;
/** The venue cancels a GTD order this long before its expiry (polymarket-api.md 3.1). */
const GTD_MARGIN_SECONDS = 60;

/** The prices that limit one order. */
interface Caps {
  readonly side: Side;
  readonly tick: PriceMicros;
  readonly best: PriceMicros;
  /** The decision's bound or the slippage cap on the best price, whichever is tighter. Can be off the tick grid. */
  readonly bound: PriceMicros;
  /** The worst price on the tick grid within the bound. */
  readonly limit: PriceMicros;
}

interface Sized {
  readonly amounts: Amounts;
  /** The worst price on the tick grid at which these amounts can fill. */
  readonly limit: PriceMicros;
}

/**
 * The order for the plan, or the reason why there is none. Prices round towards safety (BUY down, SELL up), sizes down; the
 * minimums are checked again on the rounded amounts.
 */
export function planOrder(given: OrderFacts): PlanResult {
  const { plan, tokenId, market, settings } = given;
  const { protocolVersion, negRisk } = market;
  const { orderType } = settings;
  const resting = isResting(orderType);
  if (resting && !settings.restingOrdersEnabled) return refused('LIVE_ORDER_TYPE_DISABLED');
  if (protocolVersion === null || negRisk === null) return refused('LIVE_PROTOCOL_UNKNOWN');
  const caps = capsOf(given);
  if (typeof caps === 'string') return refused(caps);
  const sized = resting ? restingSize(given, caps) : marketSize(given, caps);
  if (typeof sized === 'string') return refused(sized);
  return {
    kind: 'order',
    order: {
      tokenId,
      side: plan.side,
      orderType,
      limitPriceMicros: sized.limit,
      makerMicros: sized.amounts.makerMicros,
      takerMicros: sized.amounts.takerMicros,
      expirationS: orderType === 'GTD' ? expirationSeconds(given) : 0,
      protocolVersion,
      negRisk,
    },
    bestPriceMicros: caps.best,
  };
}

function refused(reason: ReasonCode): PlanResult {
  return { kind: 'refused', reason };
}

/** Whether the first price is worse for us than the second. */
function isWorse(side: Side, one: PriceMicros, other: PriceMicros): boolean {
  return side === 'BUY' ? one > other : one < other;
}

/** The best price and how far beyond it the order may go, or the reason why the order cannot reach the best price. */
function capsOf({ plan, market, book, settings }: OrderFacts): Caps | ReasonCode {
  const { side } = plan;
  const tick = market.tickPriceMicros;
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros;
  if (best === undefined) return 'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS';
  const bound =
    side === 'BUY'
      ? min(plan.limitPriceMicros, price(mulDivFloor(best, BPS + BigInt(settings.slippageBpsBuy), BPS)))
      : max(plan.limitPriceMicros, price(mulDivCeil(best, BPS - BigInt(settings.slippageBpsSell), BPS)));
  if (isWorse(side, best, bound)) return 'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS';
  const limit =
    side === 'BUY'
      ? min(floorToStep(bound, tick), sub(ONE_DOLLAR, tick))
      : max(ceilToStep(bound, tick), tick);
  // A best price off the grid means that our tick is out of date (A9). The next intent reads it again.
  if (isWorse(side, best, limit)) return 'LIVE_TICK_ROUNDING_VIOLATES_BOUNDS';
  return { side, tick, best, bound, limit };
}

/**
 * The most to give at a price: for a SELL the planned shares, for a BUY cash. A BUY gives no more than its target, and no more
 * than the planned shares cost, so that it never asks for more of them.
 */
function mostGiven({ plan, targetNotionalMicros }: OrderFacts, at: PriceMicros): bigint {
  return plan.side === 'BUY'
    ? min(targetNotionalMicros, notionalFloor(plan.shareMicros, at))
    : plan.shareMicros;
}

function meetsMinimums(market: MarketFacts, side: Side, { amounts }: Sized): boolean {
  const order = { side, ...amounts };
  return sharesOf(order) >= market.orderShareMicrosMin && cashOf(order) >= MARKETABLE_NOTIONAL_MIN;
}

/**
 * Amounts of a FAK or FOK order: exact ones if they lose little of the size; else ones of 2 and 4 decimals, one tick inside
 * the limit or, if the bound leaves room for the rounding, at the limit; else the exact ones, however much they lose.
 */
function marketSize(given: OrderFacts, { side, tick, best, bound, limit }: Caps): Sized | ReasonCode {
  const meets = (one: Sized): boolean => meetsMinimums(given.market, side, one);
  const wanted = mostGiven(given, limit);
  const exact: Sized = { amounts: exactAmounts(side, { given: wanted, at: limit, tick }), limit };
  const lost = wanted - exact.amounts.makerMicros;
  if (meets(exact) && lost * BPS <= wanted * EXACT_LOSS_BPS_MAX) return exact;
  const inside = side === 'BUY' ? sub(limit, tick) : add(limit, tick);
  const rounded = [inside, limit]
    .filter((at) => !isWorse(side, best, at))
    .map(
      (at): Sized => ({
        amounts: roundedAmounts(side, { given: mostGiven(given, at), at, tick }),
        limit: at,
      }),
    );
  const fitting = rounded.find((one) => meets(one) && impliedWithin({ side, ...one.amounts }, bound));
  if (fitting !== undefined) return fitting;
  if (meets(exact)) return exact;
  return rounded.some(meets) ? 'LIVE_AMOUNTS_IMPOSSIBLE' : 'LIVE_BELOW_MIN_ORDER_SIZE';
}

/** Amounts of a GTC or GTD order: hundredths of a share at exactly the limit. */
function restingSize(given: OrderFacts, { side, limit }: Caps): Sized | ReasonCode {
  const { plan, targetNotionalMicros } = given;
  const size: ShareMicros =
    side === 'BUY'
      ? min(plan.shareMicros, sharesForCashFloor(targetNotionalMicros, limit))
      : plan.shareMicros;
  const sized: Sized = { amounts: restingAmounts(side, size, limit), limit };
  return meetsMinimums(given.market, side, sized) ? sized : 'LIVE_BELOW_MIN_ORDER_SIZE';
}

/** The expiry that keeps the order open for its life, in Unix seconds, rounded up: the venue cancels a minute before it. */
function expirationSeconds({ nowMs, settings }: OrderFacts): number {
  return Math.ceil(nowMs / 1_000) + settings.gtdLifeSeconds + GTD_MARGIN_SECONDS;
}
