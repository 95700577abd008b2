/**
 * The size of an order: the shares that the target buys or the exit sells, cut to cash, holding and depth, or raised to
 * the venue's minimum. Sizes are on the share grid and rounded down, so that no spend exceeds its target or the cash.
 */
import { BOOK_LEVELS_MAX, type Book, levelsWithin, walk } from '../market/book.ts';
import { MARKETABLE_NOTIONAL_MIN, type MarketFacts, SHARE_STEP_MICROS, takerFee } from '../market/market.ts';
import {
  add,
  BPS,
  type CashMicros,
  cash,
  ceilToStep,
  floorToStep,
  MICROS,
  max,
  min,
  mulDivCeil,
  mulDivFloor,
  notionalCeil,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
  shares,
  sharesForCashFloor,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import { cashMeasure, type Guardrail, type Guards, type Otherwise, shareMeasure } from './guards.ts';
import { type ClampStep, canRaise, isSizedHere, largestTrade } from './sizing.ts';
import type { Sized } from './target.ts';

/** The book and the limit price of an order, and what the levels within the limit are worth. */
export interface Priced {
  readonly book: Book;
  readonly market: MarketFacts;
  readonly limit: PriceMicros;
  readonly availableMicros: CashMicros;
}

/** A size in shares, with the clamp that cut it, if any. */
interface Cut {
  readonly size: ShareMicros;
  readonly clamp: ClampStep | null;
}

/** Rounding adds at most 1 micro of cash and 5 of fee (half a step of ten) per level, and once more when a size is scaled. */
const ROUNDING_CASH_MICROS_MAX = cash(BigInt(BOOK_LEVELS_MAX + 1) * 6n);

const RAISE_GUARDS: readonly Guardrail[] = ['raiseTrade', 'raiseBudget', 'raiseCash', 'raiseDepth'];

/**
 * The order's size, with every clamp and the target as raised, and whether it meets the venue's minimum. The guards on depth
 * and minimum judge the size before it is raised; raising has its own guards.
 */
export function sizeOrder(
  guards: Guards,
  { priced, target }: { readonly priced: Priced; readonly target: Sized },
  facts: DecisionFacts,
  settings: ModeSettings,
): { readonly sized: Sized; readonly meetsMinimum: boolean } {
  const { market, limit, availableMicros } = priced;
  const first =
    facts.intent.side === 'BUY'
      ? buyShares(guards, target.targetNotionalMicros, facts, priced)
      : sellShares(guards, target.targetShareMicros, facts);
  const required = requiredDepth(first.size, priced, settings);
  // A sale takes what the book has within its limit; what is left is owed (A44).
  const deep = facts.intent.side === 'SELL' || availableMicros >= required;
  const trims = !deep && settings.depthPolicy === 'TRIM';
  const unraised = trims ? depthLimited(first.size, priced, settings) : first.size;
  const clamps = [...target.clamps];
  if (first.clamp !== null) clamps.push(first.clamp);
  if (trims) clamps.push({ clamp: 'DEPTH', unit: 'shares', before: first.size, after: unraised });

  let shareMicros = unraised;
  let spend = target.targetNotionalMicros;
  const small = !meetsVenueMinimum(market, unraised, limit);
  if (!small) guards.doNotApply(RAISE_GUARDS);
  else if (canRaise(facts, settings)) {
    const raised = venueMinimumShares(market, limit);
    if (mayRaise(guards, raised, { facts, settings, priced })) {
      clamps.push({ clamp: 'RAISED_TO_VENUE_MIN', unit: 'shares', before: unraised, after: raised });
      shareMicros = raised;
      spend = notionalCeil(raised, limit);
    }
  }
  // Only the guards on raising can have given a reason by now.
  const [obstacle] = guards.reasons;
  // Judged after the raise: attempts record their reasons in this order, and a replay compares them.
  guards.judge('depth', deep, trims ? 'trimmed' : 'INSUFFICIENT_DEPTH', () =>
    cashMeasure(availableMicros, 'atLeast', required),
  );
  const meetsMinimum = meetsVenueMinimum(market, shareMicros, limit);
  // What a buffer or a carry has gathered is carried on, whatever the policy for single trades (A57).
  const carries = facts.intent.side === 'BUY' && (settings.belowMinPolicy === 'CARRY' || !isSizedHere(facts));
  const tooSmall = (): Otherwise => {
    if (first.clamp?.clamp === 'CASH') return 'INSUFFICIENT_CASH';
    if (trims) return 'INSUFFICIENT_DEPTH';
    if (obstacle !== undefined) return obstacle;
    // The guard on depth has stopped this copy: the minimum adds no second reason.
    if (!deep) return 'notReached';
    return carries && shareMicros > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE';
  };
  guards.judge('venueMinimum', !small, meetsMinimum ? 'raised' : tooSmall(), () =>
    shareMeasure(unraised, 'atLeast', venueMinimumShares(market, limit)),
  );
  if (meetsMinimum) {
    const smallest = cash(BigInt(settings.minTradeNotionalMicros));
    guards.cash('smallestTrade', target.targetNotionalMicros, 'atLeast', smallest, 'BELOW_MIN_ORDER_SIZE');
  }
  return {
    sized: { ...target, clamps, targetNotionalMicros: spend, targetShareMicros: shareMicros },
    meetsMinimum,
  };
}

/** Shares of a BUY: as many as target and cash pay for at the price of the order, so that neither is exceeded (A51). */
function buyShares(guards: Guards, target: CashMicros, { portfolio }: DecisionFacts, priced: Priced): Cut {
  const whole = (spend: CashMicros): ShareMicros =>
    floorToStep(sharesForCashFloor(spend, priced.limit), SHARE_STEP_MICROS);
  let size = whole(target);
  if (filledFor(size, priced).spend > target)
    size = whole(max(sub(target, ROUNDING_CASH_MICROS_MAX), cash(0n)));
  const cost = mostCost(size, priced);
  if (guards.cash('cash', cost, 'atMost', portfolio.cashMicros, 'trimmed')) return { size, clamp: null };
  // The fee grows with the size, so the size scaled by cash ÷ cost costs no more than the cash, but for rounding.
  const payable = max(sub(portfolio.cashMicros, ROUNDING_CASH_MICROS_MAX), cash(0n));
  let affordable = floorToStep(shares(mulDivFloor(size, payable, cost)), SHARE_STEP_MICROS);
  if (mostCost(affordable, priced) > portfolio.cashMicros) affordable = shares(0n);
  return { size: affordable, clamp: { clamp: 'CASH', unit: 'shares', before: size, after: affordable } };
}

/** Cash and fee if the size fills on this book; each level is rounded up. */
function filledFor(
  size: ShareMicros,
  { book, market, limit }: Priced,
): { readonly spend: CashMicros; readonly fee: CashMicros } {
  return walk(levelsWithin(book, 'BUY', limit), size).reduce(
    (sum, { shareMicros, priceMicros }) => ({
      spend: add(sum.spend, notionalCeil(shareMicros, priceMicros)),
      fee: add(sum.fee, takerFee(market.fee, shareMicros, priceMicros)),
    }),
    { spend: cash(0n), fee: cash(0n) },
  );
}

/** The most that a buy of the size can cost with its fee: all of it at the limit price, or as this book fills it. */
function mostCost(size: ShareMicros, priced: Priced): CashMicros {
  const atLimit = add(notionalCeil(size, priced.limit), takerFee(priced.market.fee, size, priced.limit));
  const filled = filledFor(size, priced);
  return max(atLimit, add(filled.spend, filled.fee));
}

/** Shares of a SELL: what the exit wants sold, at most what can be sold for this leader now (A13, A47). */
function sellShares(guards: Guards, wanted: ShareMicros, { portfolio }: DecisionFacts): Cut {
  const holding = portfolio.holdingShareMicros;
  if (guards.shares('saleWithinHolding', wanted, 'atMost', holding, 'trimmed'))
    return { size: wanted, clamp: null };
  const after = floorToStep(holding, SHARE_STEP_MICROS);
  return { size: after, clamp: { clamp: 'HOLDING', unit: 'shares', before: wanted, after } };
}

/** What the levels within the limit must be worth for an order of the size: its notional times the multiplier, rounded down. */
function requiredDepth(size: ShareMicros, { limit }: Priced, settings: ModeSettings): CashMicros {
  return cash(mulDivFloor(notionalFloor(size, limit), BigInt(settings.depthMultiplierBps), BPS));
}

/** The largest size, up to the given one, for which the book has the required depth (W43). Assumes a multiplier above zero. */
function depthLimited(size: ShareMicros, priced: Priced, settings: ModeSettings): ShareMicros {
  const usable = cash(mulDivFloor(priced.availableMicros, BPS, BigInt(settings.depthMultiplierBps)));
  return min(size, floorToStep(sharesForCashFloor(usable, priced.limit), SHARE_STEP_MICROS));
}

/** Whether an order of the size meets the venue's minimums at the limit price. */
export function meetsVenueMinimum(market: MarketFacts, size: ShareMicros, limit: PriceMicros): boolean {
  return size >= market.orderShareMicrosMin && notionalFloor(size, limit) >= MARKETABLE_NOTIONAL_MIN;
}

/** The smallest size on the share grid that the venue takes at the limit price. */
export function venueMinimumShares(market: MarketFacts, limit: PriceMicros): ShareMicros {
  const forOneDollar =
    limit <= 0n ? 0n : ceilToStep(mulDivCeil(MARKETABLE_NOTIONAL_MIN, MICROS, limit), SHARE_STEP_MICROS);
  return max(ceilToStep(market.orderShareMicrosMin, SHARE_STEP_MICROS), shares(forOneDollar));
}

/** Whether a buy may be raised to this size: the limits are those of any other size. */
function mayRaise(
  guards: Guards,
  raised: ShareMicros,
  given: { readonly facts: DecisionFacts; readonly settings: ModeSettings; readonly priced: Priced },
): boolean {
  const { settings, priced } = given;
  const { portfolio } = given.facts;
  const spend = notionalCeil(raised, priced.limit);
  const largest = largestTrade(settings, portfolio.equityMicros ?? cash(0n));
  const budget = cash(BigInt(settings.budgetNotionalMicros));
  const withSpend = add(portfolio.leaderExposureMicros, spend);
  const cost = mostCost(raised, priced);
  const required = requiredDepth(raised, priced, settings);
  guards.cash('raiseTrade', spend, 'atMost', largest, 'BELOW_MIN_ORDER_SIZE');
  guards.cash('raiseBudget', withSpend, 'atMost', budget, 'BUDGET_HARD_CAP_EXCEEDED');
  guards.cash('raiseCash', cost, 'atMost', portfolio.cashMicros, 'INSUFFICIENT_CASH');
  guards.cash('raiseDepth', priced.availableMicros, 'atLeast', required, 'INSUFFICIENT_DEPTH');
  return !guards.stopped;
}
