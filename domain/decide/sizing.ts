/** How much of a leader's act we copy: the raw target and its clamps, in the order of paper-behaviour.md 4. */
import {
  BPS,
  type Bps,
  bps,
  bpsOfFloor,
  type CashMicros,
  cash,
  min,
  mulDivFloor,
  type ShareMicros,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { CopyIntent, DecisionFacts } from './decision-facts.ts';
import type { Clamp, ReasonCode } from './reasons.ts';

/** One change of the size on its way to the plan: the amount before and after. */
export type ClampStep = { readonly clamp: Clamp } & (
  | {
      readonly unit: 'cash';
      /** Null if the rate was clamped, since there was no amount before. */
      readonly before: CashMicros | null;
      readonly after: CashMicros;
    }
  | { readonly unit: 'shares'; readonly before: ShareMicros; readonly after: ShareMicros }
);

export interface RawTarget {
  readonly targetNotionalMicros: CashMicros;
  readonly effectiveRateBps: Bps;
  readonly clamps: readonly ClampStep[];
}

/**
 * Our part of the leader's notional and the rate that it amounts to, both rounded down (paper-behaviour.md 4.1); or the
 * reason why there is none.
 */
export function rawTarget(
  settings: ModeSettings,
  leader: { readonly notionalMicros: CashMicros; readonly exposureMicros: CashMicros | null },
): RawTarget | { readonly reason: ReasonCode } {
  const notional = leader.notionalMicros;
  const rate = (target: CashMicros): Bps => bps(notional === 0n ? 0n : mulDivFloor(target, BPS, notional));
  if (!isBudgeted(settings)) {
    const target = bpsOfFloor(notional, bps(BigInt(settings.copyRateBps)));
    return { targetNotionalMicros: target, effectiveRateBps: rate(target), clamps: [] };
  }
  // Without the leader's exposure there is no rate. Skip rather than guess (W8, W28).
  if (leader.exposureMicros === null) return { reason: 'LEADER_EXPOSURE_UNKNOWN' };
  const clampedTo = (clamp: Clamp, target: CashMicros): RawTarget => ({
    targetNotionalMicros: target,
    effectiveRateBps: rate(target),
    clamps: [{ clamp, unit: 'cash', before: null, after: target }],
  });
  const low = bpsOfFloor(notional, bps(BigInt(settings.budgetRateBpsMin)));
  const high = bpsOfFloor(notional, bps(BigInt(settings.budgetRateBpsMax)));
  if (leader.exposureMicros <= 0n) return clampedTo('RATE_MAX', high);
  const raw = cash(mulDivFloor(notional, BigInt(settings.budgetNotionalMicros), leader.exposureMicros));
  if (raw < low) return clampedTo('RATE_MIN', low);
  if (raw > high) return clampedTo('RATE_MAX', high);
  return { targetNotionalMicros: raw, effectiveRateBps: rate(raw), clamps: [] };
}

export interface Clamped {
  readonly targetNotionalMicros: CashMicros;
  readonly clamps: readonly ClampStep[];
}

/**
 * The target after the clamps of paper-behaviour.md 4.2: smallest trade (if `raise` allows it), largest trade, part of the
 * bankroll. Where it may raise, the smallest trade wins over the bankroll. Equity of zero or less sets no bankroll limit.
 */
export function clampTarget(
  settings: ModeSettings,
  raw: {
    readonly targetNotionalMicros: CashMicros;
    readonly equityMicros: CashMicros;
    readonly raise: boolean;
  },
): Clamped {
  const smallest = cash(BigInt(settings.minTradeNotionalMicros));
  const largest = cash(BigInt(settings.maxTradeNotionalMicros));
  const bank = partOf(raw.equityMicros, settings.maxTradeBankrollBps);
  const clamps: ClampStep[] = [];
  let target = raw.targetNotionalMicros;
  const clampTo = (clamp: Clamp, after: CashMicros): void => {
    clamps.push({ clamp, unit: 'cash', before: target, after });
    target = after;
  };
  const raised = raw.raise && target < smallest;
  if (raised) clampTo('RAISED_TO_MIN_TRADE', smallest);
  if (target > largest) clampTo('MAX_TRADE', largest);
  if (bank > 0n && target > bank) {
    if (!raw.raise || bank >= smallest) clampTo('BANKROLL', bank);
    else if (!raised) clampTo('RAISED_TO_MIN_TRADE', smallest);
  }
  return { targetNotionalMicros: target, clamps };
}

/** The most that one buy may spend: the largest trade or, if lower, the part of the bankroll. */
export function largestTrade(settings: ModeSettings, equityMicros: CashMicros): CashMicros {
  const largest = cash(BigInt(settings.maxTradeNotionalMicros));
  const bank = partOf(equityMicros, settings.maxTradeBankrollBps);
  return bank > 0n ? min(largest, bank) : largest;
}

/** A part of the equity, given in basis points as settings hold it; rounded down. */
export function partOf(equity: CashMicros, part: number): CashMicros {
  return bpsOfFloor(equity, bps(BigInt(part)));
}

/** Whether a hard budget limits the exposure to each leader (paper-behaviour.md 4.3). */
export function hasHardBudget(settings: ModeSettings): boolean {
  return isBudgeted(settings) && settings.budgetEnforcement === 'hard';
}

/** Whether copies are sized by our budget over the leader's whole exposure. */
export function isBudgeted(settings: ModeSettings): boolean {
  return settings.budgetedDynamicEnabled && settings.sizingMode === 'budgetedDynamic';
}

/** Whether this decision sizes the BUY. A flushed buffer and a released carry were sized when they were stored. */
export function isSizedHere({ intent }: DecisionFacts): boolean {
  return intent.side === 'BUY' && intent.ourNotionalMicros === null;
}

/**
 * Whether a small buy may be raised to the smallest trade and to the venue's minimum. Sales are never raised: that would
 * change the fraction (W42, A43). Flushed buffers and carries neither: raising them would defeat their purpose (W39).
 */
export function canRaise(facts: DecisionFacts, settings: ModeSettings): boolean {
  return settings.belowMinPolicy === 'RAISE' && isSizedHere(facts);
}

/**
 * Whether a sale keeps the ordinary bounds. It does not if it is made by hand, or owed for longer than the patience (A45);
 * with only one side of the book there is no mid and no spread to compare with (A46).
 */
export function isBoundedAsUsual({ intent, book, nowMs }: DecisionFacts, settings: ModeSettings): boolean {
  if (intent.sourceType === 'CLOSE') return false;
  if (isOverdueTry(intent, nowMs, settings)) return false;
  return book === null || (book.asks.length > 0 && book.bids.length > 0);
}

/** Whether this is a try of an exit that has been owed for longer than the patience (A45). */
export function isOverdueTry(intent: CopyIntent, nowMs: number, settings: ModeSettings): boolean {
  return intent.sourceType === 'EXIT' && nowMs - intent.leaderEventAtMs >= settings.exitPatienceMs;
}
