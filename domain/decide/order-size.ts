/**
 * The size of an order: what the target buys or our part sells, cut to cash, holding and depth, or raised to the venue's
 * minimum. Sizes are on the share grid and rounded down, so that no spend exceeds its target or the cash.
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
import type { Clamp, ReasonCode } from './reasons.ts';
import { clampTarget, hasHardBudget } from './sizing.ts';

/** The book that an order may take from, up to its limit price, and what that is worth. */
export interface Priced {
  readonly book: Book;
  readonly market: MarketFacts;
  readonly limit: PriceMicros;
  readonly availableMicros: CashMicros;
}

/** A size in shares, and what changed it on the way. */
export interface OrderSize {
  readonly size: ShareMicros;
  readonly clamps: readonly Clamp[];
  /** The size before any cut, and the most that a buy of it may cost with its fee; null for a sale. */
  readonly uncut: { readonly shareMicros: ShareMicros; readonly costMicros: CashMicros | null };
}

/** A fill on one level rounds its cash up by a micro at most and its fee by half a step of ten; once more for the scaling. */
const ROUNDING_CASH_MICROS_MAX = cash(BigInt(BOOK_LEVELS_MAX + 1) * 6n);

/** Shares of a BUY: what the target buys at the limit price, so that the spend never exceeds it (A11), and what cash pays. */
export function buyShares(target: CashMicros, facts: DecisionFacts, priced: Priced): OrderSize {
  const clamps: Clamp[] = [];
  const whole = (spend: CashMicros): ShareMicros =>
    floorToStep(sharesForCashFloor(spend, priced.limit), SHARE_STEP_MICROS);
  let size = whole(target);
  if (filledFor(size, priced).spend > target)
    size = whole(max(sub(target, ROUNDING_CASH_MICROS_MAX), cash(0n)));
  const cost = mostCost(size, priced);
  const uncut = { shareMicros: size, costMicros: cost };
  if (cost > facts.portfolio.cashMicros) {
    // The fee grows with the size: scaling by cash over cost, rounded down, keeps both within the cash.
    const affordable = max(sub(facts.portfolio.cashMicros, ROUNDING_CASH_MICROS_MAX), cash(0n));
    size = floorToStep(shares(mulDivFloor(size, affordable, cost)), SHARE_STEP_MICROS);
    if (mostCost(size, priced) > facts.portfolio.cashMicros) size = shares(0n);
    clamps.push('CASH');
  }
  return { size, clamps, uncut };
}

/** What this book takes for the size, and the fee: every level rounds up by itself. */
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

/** The most that a buy of the size may cost with its fee: all of it at the limit, or as this book fills it. */
export function mostCost(size: ShareMicros, priced: Priced): CashMicros {
  const atLimit = add(notionalCeil(size, priced.limit), takerFee(priced.market.fee, size, priced.limit));
  const filled = filledFor(size, priced);
  return max(atLimit, add(filled.spend, filled.fee));
}

/** Shares of a SELL: our part at the leader's price, at most what we hold of his (A11, A13); all when he is out. */
export function sellShares(target: CashMicros, facts: DecisionFacts, settings: ModeSettings): OrderSize {
  const clamps: Clamp[] = [];
  const holding = facts.portfolio.holdingShareMicros;
  const part = sharesForCashFloor(target, facts.intent.referencePriceMicros);
  let size = part;
  const all = settings.fullExitPolicy === 'SELL_ALL' || facts.intent.sourceType === 'CLOSE';
  if (facts.intent.leaderExited && all) {
    if (size !== holding) clamps.push('LEADER_EXITED');
    size = holding;
  } else if (size > holding) {
    size = holding;
    clamps.push('HOLDING');
  }
  return {
    size: floorToStep(size, SHARE_STEP_MICROS),
    clamps,
    uncut: { shareMicros: part, costMicros: null },
  };
}

/** What must be on offer within the bounds for an order of the size: the multiple of its worth, rounded down. */
export function requiredDepth(size: ShareMicros, { limit }: Priced, settings: ModeSettings): CashMicros {
  return cash(mulDivFloor(notionalFloor(size, limit), BigInt(settings.depthMultiplierBps), BPS));
}

/** The size that the depth within the bounds allows, leaving the multiple of it untouched (W43). */
export function depthLimited(
  size: ShareMicros,
  priced: Priced,
  settings: ModeSettings,
): { size: ShareMicros; trimmed: boolean; enough: boolean } {
  const multiplier = BigInt(settings.depthMultiplierBps);
  const enough = priced.availableMicros >= requiredDepth(size, priced, settings);
  if (enough || settings.depthPolicy === 'SKIP' || multiplier === 0n) return { size, trimmed: false, enough };
  const usable = cash(mulDivFloor(priced.availableMicros, BPS, multiplier));
  const trimmed = min(size, floorToStep(sharesForCashFloor(usable, priced.limit), SHARE_STEP_MICROS));
  return { size: trimmed, trimmed: true, enough: true };
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

/** Raising to the venue's minimum is for buys under RAISE that were not sized before (W39, W42). */
export function canRaise({ intent }: DecisionFacts, settings: ModeSettings): boolean {
  return intent.side === 'BUY' && settings.belowMinPolicy === 'RAISE' && intent.ourNotionalMicros === null;
}

/** What stands against raising a buy to the venue's minimum: the same limits as for any other size. */
export function raiseReasons(
  raised: ShareMicros,
  {
    facts,
    settings,
    priced,
  }: { readonly facts: DecisionFacts; readonly settings: ModeSettings; readonly priced: Priced },
): ReasonCode[] {
  const { portfolio } = facts;
  const spend = notionalCeil(raised, priced.limit);
  const reasons: ReasonCode[] = [];
  const allowed = clampTarget(settings, {
    targetNotionalMicros: spend,
    equityMicros: portfolio.equityMicros ?? cash(0n),
    raise: false,
  });
  if (allowed.clamps.length > 0) reasons.push('BELOW_MIN_ORDER_SIZE');
  const budget = cash(BigInt(settings.budgetNotionalMicros));
  if (hasHardBudget(settings) && add(portfolio.leaderExposureMicros, spend) > budget) {
    reasons.push('BUDGET_HARD_CAP_EXCEEDED');
  }
  if (mostCost(raised, priced) > portfolio.cashMicros) reasons.push('INSUFFICIENT_CASH');
  const depth = depthLimited(raised, priced, settings);
  if (depth.trimmed || !depth.enough) reasons.push('INSUFFICIENT_DEPTH');
  return reasons;
}
