/**
 * The one decision engine, shared by paper and live: a pure function of the intent, the market, the book, the portfolio,
 * the settings in force and the time. It ends in EXECUTE with a plan, or SKIP with at least one reason (design.md 2).
 */
import { type Book, bestPrices, isCrossed, levelsWithin, midPrice, notionalOf, walk } from './book.ts';
import { buyGuardrails } from './guardrails.ts';
import type { ConditionId, GroupKey, IdempotencyKey, LeaderAddress, Side, TokenId } from './ids.ts';
import type { MarketFacts } from './market.ts';
import {
  type Bps,
  bps,
  type CashMicros,
  cash,
  min,
  notionalCeil,
  type PriceMicros,
  type ShareMicros,
  shares,
  sharesForCashFloor,
  sub,
} from './money.ts';
import {
  buyShares,
  canRaise,
  depthLimited,
  meetsVenueMinimum,
  type Priced,
  raiseReasons,
  sellShares,
  venueMinimumShares,
} from './order-size.ts';
import { priceBounds, priceReasons, toleranceOf } from './price-bounds.ts';
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
  /** How long our own Wallet has kept it waiting for shares to become final: that does not make the leader's act older. */
  readonly waitedMs: number;
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
  const tooOld = nowMs - intent.leaderEventAtMs - intent.waitedMs > settings.copyAgeMsMax;
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

function size(facts: DecisionFacts, settings: ModeSettings, priced: Priced, sized: Sized): Decision {
  const { intent } = facts;
  let target = sized.targetNotionalMicros;
  const first =
    intent.side === 'BUY' ? buyShares(target, facts, priced) : sellShares(target, facts, settings);
  const clamps = [...sized.clamps, ...first.clamps];
  const depth = depthLimited(first.size, priced, settings);
  if (depth.trimmed) clamps.push('DEPTH');
  let wanted = depth.size;
  const reasons: ReasonCode[] = [];
  if (!meetsVenueMinimum(priced.market, wanted, priced.limit) && canRaise(facts, settings)) {
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
    else if (reasons.length === 0) reasons.push(belowMinimum(wanted, settings));
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

/** What to call a size below the venue's minimum; an act that was skipped for another reason is never carried. */
function belowMinimum(wanted: ShareMicros, settings: ModeSettings): ReasonCode {
  return settings.belowMinPolicy === 'CARRY' && wanted > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE';
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
  if (ask - bid > toleranceOf(intent.side, settings).spread) reasons.push('SPREAD_TOO_WIDE');
  const bounds = priceBounds(intent, { mid, tick: market.tickPriceMicros, settings });
  reasons.push(...priceReasons(intent.side, book, bounds));
  if (reasons.length > 0) return skip(sized, reasons);

  const availableMicros = notionalOf(levelsWithin(book, intent.side, bounds.limit));
  return size(facts, settings, { book, market, limit: bounds.limit, availableMicros }, sized);
}
