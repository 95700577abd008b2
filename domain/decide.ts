/**
 * The one decision engine, shared by paper and live: a pure function of the intent, the market, the book, the portfolio,
 * the settings in force and the time. It ends in EXECUTE with a plan, or SKIP with at least one reason (design.md 2).
 */
import {
  BOOK_LEVELS_MAX,
  type Book,
  bestPrices,
  isCrossed,
  levelsWithin,
  midPrice,
  notionalOf,
  ONE_DOLLAR,
  walk,
} from './book.ts';
import { buyGuardrails } from './guardrails.ts';
import type { ConditionId, GroupKey, IdempotencyKey, LeaderAddress, Side, TokenId } from './ids.ts';
import { MARKETABLE_NOTIONAL_MIN, type MarketFacts, SHARE_STEP_MICROS, takerFee } from './market.ts';
import {
  add,
  BPS,
  type Bps,
  bps,
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
  price,
  type ShareMicros,
  shares,
  sharesForCashFloor,
  sub,
} from './money.ts';
import type { Clamp, ReasonCode, SourceType } from './reasons.ts';
import type { ModeSettings } from './settings.ts';
import { clampTarget, hasHardBudget, rawTarget } from './sizing.ts';

export interface CopyIntent {
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly sourceType: SourceType;
  readonly groupKey: GroupKey;
  readonly idempotencyKey: IdempotencyKey;
  /** Leader fills behind the group. */
  readonly fillCount: number;
  readonly leaderNotionalMicros: CashMicros;
  readonly leaderShareMicros: ShareMicros;
  /** The leader's volume-weighted price, rounded down. */
  readonly referencePriceMicros: PriceMicros;
  /** The oldest leader fill of the group. */
  readonly leaderEventAtMs: number;
  readonly detectedAtMs: number;
  /** Our own target when it was sized before (buffer, carry); null when it is still to be sized from the leader's. */
  readonly ourNotionalMicros: CashMicros | null;
  /** What the leader holds in all; null when unknown. Only budgeted sizing needs it. */
  readonly leaderExposureMicros: CashMicros | null;
  /** Shares of the token that are carried for this leader (netted, signed), too small to place so far. */
  readonly carriedShareMicros: ShareMicros;
  /** The leader has none of the token left after this act. */
  readonly leaderExited: boolean;
  /** Paused or removed: only exits are copied. */
  readonly exitOnly: boolean;
  /** A reason found before the Wallet was asked (a flushed buffer below its minimum); the attempt is then only recorded. */
  readonly presetReason: ReasonCode | null;
}

export interface PortfolioFacts {
  readonly paused: boolean;
  /** Cash that no reservation holds. */
  readonly cashMicros: CashMicros;
  /** Null while a held position has no mark. */
  readonly equityMicros: CashMicros | null;
  readonly totalExposureMicros: CashMicros;
  readonly marketExposureMicros: CashMicros;
  readonly leaderExposureMicros: CashMicros;
  /** Shares of the token attributed to this leader and not reserved. */
  readonly holdingShareMicros: ShareMicros;
  /** PnL since UTC midnight and over the last 7 days, without deposits and withdrawals (A23). */
  readonly dayPnlMicros: CashMicros;
  readonly weekPnlMicros: CashMicros;
  /** PnL now and at its highest, without flows; and the flows that are in. */
  readonly pnlMicros: CashMicros;
  readonly peakPnlMicros: CashMicros;
  readonly flowMicros: CashMicros;
}

export interface DecisionFacts {
  readonly intent: CopyIntent;
  readonly market: MarketFacts | null;
  readonly book: Book | null;
  readonly portfolio: PortfolioFacts;
  readonly nowMs: number;
}

export interface Plan {
  readonly side: Side;
  readonly limitPriceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
}

interface Sized {
  readonly clamps: readonly Clamp[];
  readonly targetNotionalMicros: CashMicros;
  readonly targetShareMicros: ShareMicros;
  readonly effectiveRateBps: Bps;
  readonly midPriceMicros: PriceMicros | null;
}

export type Decision =
  | (Sized & { readonly kind: 'EXECUTE'; readonly plan: Plan })
  | (Sized & { readonly kind: 'SKIP'; readonly reasons: readonly [ReasonCode, ...ReasonCode[]] });

const NOTHING: Sized = {
  clamps: [],
  targetNotionalMicros: cash(0n),
  targetShareMicros: shares(0n),
  effectiveRateBps: bps(0n),
  midPriceMicros: null,
};

function skip(sized: Sized, reasons: readonly ReasonCode[]): Decision {
  const [first, ...rest] = new Set(reasons);
  return { ...sized, kind: 'SKIP', reasons: [first ?? 'ENGINE_PAUSED', ...rest] };
}

/** Reasons that need neither a size nor a price. */
function gateReasons({ intent, portfolio, nowMs }: DecisionFacts, settings: ModeSettings): ReasonCode[] {
  const reasons: ReasonCode[] = [];
  if (intent.presetReason !== null) return [intent.presetReason];
  if (portfolio.paused) reasons.push('ENGINE_PAUSED');
  if (intent.exitOnly && intent.side === 'BUY') reasons.push('USER_DISABLED');
  // A carry is old by nature: its own age limit holds it, and it is decided on a fresh book.
  const tooOld = nowMs - intent.leaderEventAtMs > settings.copyAgeMsMax;
  if (tooOld && intent.sourceType !== 'CARRY') reasons.push('EVENT_TOO_OLD');
  const smallest = BigInt(settings.leaderTradeNotionalMicrosMin);
  // What was sized before holds our own amounts; the leader's were measured when they were buffered or carried.
  if (intent.leaderNotionalMicros < smallest && intent.ourNotionalMicros === null) {
    reasons.push('LEADER_TRADE_BELOW_MIN_NOTIONAL');
  }
  const nothingToSell = portfolio.holdingShareMicros <= 0n && intent.carriedShareMicros <= 0n;
  if (intent.side === 'SELL' && nothingToSell) reasons.push('NOT_ENOUGH_POSITION_TO_SELL');
  return reasons;
}

/** Reasons why this market or its book may not be decided on: fails closed (design.md 9). */
function marketReasons({ intent, market, book, nowMs }: DecisionFacts, settings: ModeSettings): ReasonCode[] {
  const reasons: ReasonCode[] = [];
  if (market === null) reasons.push('MARKET_UNKNOWN');
  else if (!market.acceptingOrders) reasons.push('MARKET_NOT_ACCEPTING');
  if (book === null) reasons.push('BOOK_UNAVAILABLE');
  else if (nowMs - book.asOfMs > settings.bookAgeMsMax) reasons.push('BOOK_STALE');
  else if (isCrossed(book)) reasons.push('BOOK_CROSSED');
  if (intent.side === 'BUY' && market !== null) {
    if (settings.marketBlacklist.includes(market.conditionId)) reasons.push('MARKET_BLACKLISTED');
    if (settings.noOpensBeforeCloseMinutes > 0) {
      const opensUntilMs = (market.closeAtMs ?? 0) - settings.noOpensBeforeCloseMinutes * 60_000;
      if (market.closeAtMs === null) reasons.push('CLOSE_TIME_UNKNOWN');
      else if (nowMs >= opensUntilMs) reasons.push('MARKET_TOO_CLOSE_TO_CLOSE');
    }
  }
  return reasons;
}

interface Bounds {
  readonly limit: PriceMicros;
  readonly worsening: PriceMicros;
  readonly overMid: PriceMicros;
}

/** The worst price that we accept: the leader's plus the tolerance, and the mid plus its own, on the tick grid inside both. */
function priceBounds(
  intent: CopyIntent,
  given: { readonly mid: PriceMicros; readonly tick: PriceMicros; readonly settings: ModeSettings },
): Bounds {
  const { mid, tick, settings } = given;
  const tolerance = price(BigInt(settings.maxWorseningPriceMicros));
  const distance = price(BigInt(settings.overMidPriceMicrosMax));
  const highest = sub(ONE_DOLLAR, tick);
  if (intent.side === 'BUY') {
    const worsening = add(intent.referencePriceMicros, tolerance);
    const overMid = add(mid, distance);
    const limit = min(floorToStep(min(worsening, overMid), tick), highest);
    return { limit, worsening, overMid };
  }
  const worsening = sub(intent.referencePriceMicros, tolerance);
  const overMid = sub(mid, distance);
  const limit = max(ceilToStep(max(worsening, overMid), tick), tick);
  return { limit, worsening, overMid };
}

/** Why the best price is out of reach; empty when it is within the limit. */
function priceReasons(side: Side, book: Book, bounds: Bounds): ReasonCode[] {
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros;
  if (best === undefined) return ['NO_LIQUIDITY_WITHIN_BOUNDS'];
  const beyond = (bound: PriceMicros): boolean => (side === 'BUY' ? best > bound : best < bound);
  if (!beyond(bounds.limit)) return [];
  const reasons: ReasonCode[] = [];
  if (beyond(bounds.worsening)) reasons.push('PRICE_WORSE_THAN_THEIR_FILL');
  if (beyond(bounds.overMid)) reasons.push('PRICE_TOO_FAR_OVER_MID');
  return reasons.length === 0 ? ['NO_LIQUIDITY_WITHIN_BOUNDS'] : reasons;
}

interface Priced {
  readonly book: Book;
  readonly market: MarketFacts;
  readonly limit: PriceMicros;
  readonly availableMicros: CashMicros;
}

/** The target in cash after sizing, clamps and the hard budget; or the reason there is none. */
function targetFor(facts: DecisionFacts, settings: ModeSettings): Sized | { readonly reason: ReasonCode } {
  const { intent, portfolio } = facts;
  const raw =
    intent.ourNotionalMicros === null
      ? rawTarget(settings, {
          notionalMicros: intent.leaderNotionalMicros,
          exposureMicros: intent.leaderExposureMicros,
        })
      : { targetNotionalMicros: intent.ourNotionalMicros, effectiveRateBps: bps(0n), clamps: [] };
  if ('reason' in raw) return raw;
  if (intent.side === 'BUY' && portfolio.equityMicros === null) return { reason: 'EQUITY_UNKNOWN' };
  // What was sized before (buffer, carry) is never raised: that would defeat both (W39).
  const raise =
    intent.side === 'BUY' && settings.belowMinPolicy === 'RAISE' && intent.ourNotionalMicros === null;
  const clamped = clampTarget(settings, {
    targetNotionalMicros: raw.targetNotionalMicros,
    equityMicros: intent.side === 'BUY' ? (portfolio.equityMicros ?? cash(0n)) : cash(0n),
    raise,
  });
  const clamps: Clamp[] = [...raw.clamps, ...clamped.clamps];
  let target = clamped.targetNotionalMicros;
  if (intent.side === 'BUY' && hasHardBudget(settings)) {
    const headroom = sub(cash(BigInt(settings.budgetNotionalMicros)), portfolio.leaderExposureMicros);
    if (headroom <= 0n) return { reason: 'BUDGET_HARD_CAP_EXCEEDED' };
    if (target > headroom) {
      if (headroom < BigInt(settings.minTradeNotionalMicros)) return { reason: 'BUDGET_HARD_CAP_EXCEEDED' };
      target = headroom;
      clamps.push('BUDGET_HEADROOM');
    }
  }
  return { ...NOTHING, targetNotionalMicros: target, effectiveRateBps: raw.effectiveRateBps, clamps };
}

/** A fill on one level rounds its cash up by a micro at most and its fee by half a step of ten; once more for the scaling. */
const ROUNDING_CASH_MICROS_MAX = cash(BigInt(BOOK_LEVELS_MAX + 1) * 6n);

/** Shares of a BUY: what the target buys at the limit price, so that the spend never exceeds it (A11), and what cash pays. */
function buyShares(
  sized: Sized,
  facts: DecisionFacts,
  priced: Priced,
): { size: ShareMicros; clamps: Clamp[] } {
  const clamps = [...sized.clamps];
  const whole = (spend: CashMicros): ShareMicros =>
    floorToStep(sharesForCashFloor(spend, priced.limit), SHARE_STEP_MICROS);
  const target = sized.targetNotionalMicros;
  let size = whole(target);
  if (filledFor(size, priced).spend > target)
    size = whole(max(sub(target, ROUNDING_CASH_MICROS_MAX), cash(0n)));
  const cost = mostCost(size, priced);
  if (cost > facts.portfolio.cashMicros) {
    // The fee grows with the size: scaling by cash over cost, rounded down, keeps both within the cash.
    const affordable = max(sub(facts.portfolio.cashMicros, ROUNDING_CASH_MICROS_MAX), cash(0n));
    size = floorToStep(shares(mulDivFloor(size, affordable, cost)), SHARE_STEP_MICROS);
    if (mostCost(size, priced) > facts.portfolio.cashMicros) size = shares(0n);
    clamps.push('CASH');
  }
  return { size, clamps };
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
function mostCost(size: ShareMicros, priced: Priced): CashMicros {
  const atLimit = add(notionalCeil(size, priced.limit), takerFee(priced.market.fee, size, priced.limit));
  const filled = filledFor(size, priced);
  return max(atLimit, add(filled.spend, filled.fee));
}

/** Shares of a SELL: our part at the leader's price, at most what we hold of his (A11, A13); all when he is out. */
function sellShares(
  sized: Sized,
  facts: DecisionFacts,
  settings: ModeSettings,
): { size: ShareMicros; clamps: Clamp[] } {
  const clamps = [...sized.clamps];
  const holding = facts.portfolio.holdingShareMicros;
  let size = sharesForCashFloor(sized.targetNotionalMicros, facts.intent.referencePriceMicros);
  if (facts.intent.leaderExited && settings.fullExitPolicy === 'SELL_ALL') {
    if (size !== holding) clamps.push('LEADER_EXITED');
    size = holding;
  } else if (size > holding) {
    size = holding;
    clamps.push('HOLDING');
  }
  return { size: floorToStep(size, SHARE_STEP_MICROS), clamps };
}

/** The size that the depth within the bounds allows, leaving the multiple of it untouched (W43). */
function depthLimited(
  size: ShareMicros,
  priced: Priced,
  settings: ModeSettings,
): { size: ShareMicros; trimmed: boolean; enough: boolean } {
  const multiplier = BigInt(settings.depthMultiplierBps);
  const wanted = notionalFloor(size, priced.limit);
  const enough = priced.availableMicros >= mulDivFloor(wanted, multiplier, BPS);
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

function size(facts: DecisionFacts, settings: ModeSettings, priced: Priced, sized: Sized): Decision {
  const { intent } = facts;
  const first = intent.side === 'BUY' ? buyShares(sized, facts, priced) : sellShares(sized, facts, settings);
  const clamps = first.clamps;
  const depth = depthLimited(first.size, priced, settings);
  if (depth.trimmed) clamps.push('DEPTH');
  let wanted = depth.size;
  let target = sized.targetNotionalMicros;
  const reasons: ReasonCode[] = [];
  if (!meetsVenueMinimum(priced.market, wanted, priced.limit) && canRaise(facts, settings, clamps)) {
    const raised = venueMinimumShares(priced.market, priced.limit);
    const obstacles = raiseReasons(raised, { facts, settings, priced });
    reasons.push(...obstacles);
    if (obstacles.length === 0) {
      wanted = raised;
      target = notionalCeil(raised, priced.limit);
      clamps.push('RAISED_TO_VENUE_MIN');
    }
  }
  const done: Sized = { ...sized, clamps, targetNotionalMicros: target, targetShareMicros: wanted };
  if (!depth.enough) reasons.push('INSUFFICIENT_DEPTH');
  if (!meetsVenueMinimum(priced.market, wanted, priced.limit)) {
    if (clamps.includes('CASH')) reasons.push('INSUFFICIENT_CASH');
    else if (depth.trimmed) reasons.push('INSUFFICIENT_DEPTH');
    else if (reasons.length === 0) reasons.push(belowMinimum(wanted, intent, settings));
  } else if (intent.side === 'BUY') {
    reasons.push(...belowMinTrade(sized, intent, settings));
    reasons.push(...buyGuardrails(facts, settings, { ...priced, shareMicros: wanted }));
  }
  if (reasons.length > 0) return skip(done, reasons);
  const taken = walk(levelsWithin(priced.book, intent.side, priced.limit), wanted);
  if (taken.length === 0) return skip(done, ['NO_LIQUIDITY_WITHIN_BOUNDS']);
  return {
    ...done,
    kind: 'EXECUTE',
    plan: { side: intent.side, limitPriceMicros: priced.limit, shareMicros: wanted },
  };
}

/** Raising to the venue's minimum is for buys under RAISE that nothing of ours has trimmed. */
function canRaise(facts: DecisionFacts, settings: ModeSettings, clamps: readonly Clamp[]): boolean {
  return (
    facts.intent.side === 'BUY' &&
    settings.belowMinPolicy === 'RAISE' &&
    facts.intent.ourNotionalMicros === null &&
    !clamps.includes('CASH') &&
    !clamps.includes('DEPTH') &&
    !clamps.includes('BUDGET_HEADROOM')
  );
}

/** What stands against raising a buy to the venue's minimum: the same limits as for any other size. */
function raiseReasons(
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

/** What to call a size below the venue's minimum; an act that was skipped for another reason is never carried. */
function belowMinimum(wanted: ShareMicros, intent: CopyIntent, settings: ModeSettings): ReasonCode {
  const allowed = settings.belowMinPolicy === 'CARRY' && (intent.side === 'SELL' || !intent.exitOnly);
  const carries = allowed && wanted > 0n;
  return carries ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE';
}

/** Under SKIP the operator's own smallest trade holds too; CARRY releases at the venue's minimum. */
function belowMinTrade(sized: Sized, intent: CopyIntent, settings: ModeSettings): ReasonCode[] {
  const small = sized.targetNotionalMicros < BigInt(settings.minTradeNotionalMicros);
  return small && settings.belowMinPolicy === 'SKIP' && intent.ourNotionalMicros === null
    ? ['BELOW_MIN_ORDER_SIZE']
    : [];
}

/** A sale against buys that are still carried, with nothing held: it only lowers the carry, so no market or book is asked. */
function netWithCarry(facts: DecisionFacts, settings: ModeSettings): Decision {
  const target = targetFor(facts, settings);
  if ('reason' in target) return skip(NOTHING, [target.reason]);
  const { leaderExited, carriedShareMicros: carried, referencePriceMicros } = facts.intent;
  const all = leaderExited && settings.fullExitPolicy === 'SELL_ALL';
  const part = sharesForCashFloor(target.targetNotionalMicros, referencePriceMicros);
  const netted = all ? carried : min(part, carried);
  const sized: Sized = { ...target, targetShareMicros: netted };
  return skip(sized, [netted > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE']);
}

/**
 * Decides on one intent. Gate reasons are reported alone; then all reasons about the market; then all about price,
 * spread, size and risk together. Nothing here reads a clock or a book deeper than 20 levels.
 */
export function decide(facts: DecisionFacts, settings: ModeSettings): Decision {
  const { intent, market, book, portfolio } = facts;
  const gates = gateReasons(facts, settings);
  if (gates.length > 0) return skip(NOTHING, gates);
  if (intent.side === 'SELL' && portfolio.holdingShareMicros <= 0n) return netWithCarry(facts, settings);
  const unfit = marketReasons(facts, settings);
  if (unfit.length > 0 || market === null || book === null) return skip(NOTHING, unfit);

  const mid = midPrice(book);
  const target = targetFor(facts, settings);
  if ('reason' in target) return skip({ ...NOTHING, midPriceMicros: mid }, [target.reason]);
  const sized: Sized = { ...target, midPriceMicros: mid };

  const reasons: ReasonCode[] = [];
  const { bid, ask } = bestPrices(book);
  if (ask - bid > BigInt(settings.spreadPriceMicrosMax)) reasons.push('SPREAD_TOO_WIDE');
  const bounds = priceBounds(intent, { mid, tick: market.tickPriceMicros, settings });
  reasons.push(...priceReasons(intent.side, book, bounds));
  if (reasons.length > 0) return skip(sized, reasons);

  const availableMicros = notionalOf(levelsWithin(book, intent.side, bounds.limit));
  return size(facts, settings, { book, market, limit: bounds.limit, availableMicros }, sized);
}
