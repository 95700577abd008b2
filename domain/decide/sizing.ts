/** How much of a leader's act we want: the raw target and the clamps of paper-behaviour.md 4, in their exact order. */
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
import type { DecisionFacts } from './decision-facts.ts';
import type { Clamp, ReasonCode } from './reasons.ts';

/** From what to what a clamp changed the size. */
export type ClampStep = { readonly clamp: Clamp } & (
  | {
      readonly unit: 'cash';
      /** Null where the rate was clamped, before there was an amount. */
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

/** What our share of the leader's notional is, and the rate it amounts to, rounded down (paper-behaviour.md 4.1). */
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
  // Fails closed: without the leader's exposure there is no rate (W8, W28).
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
 * Smallest trade (only under RAISE, only for a BUY: raising an exit would change the ratio, W42), largest trade, part of
 * the bankroll; the smallest trade beats the bankroll (paper-behaviour.md 4.2). Equity of zero or less has no bankroll.
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

/** The most that one buy may spend: the largest trade, and the part of the bankroll where there is one. */
export function largestTrade(settings: ModeSettings, equityMicros: CashMicros): CashMicros {
  const largest = cash(BigInt(settings.maxTradeNotionalMicros));
  const bank = partOf(equityMicros, settings.maxTradeBankrollBps);
  return bank > 0n ? min(largest, bank) : largest;
}

/** Part of the equity, in basis points as the settings hold it, rounded down. */
export function partOf(equity: CashMicros, part: number): CashMicros {
  return bpsOfFloor(equity, bps(BigInt(part)));
}

/** Whether the hard budget of a leader is in force (paper-behaviour.md 4.3). */
export function hasHardBudget(settings: ModeSettings): boolean {
  return isBudgeted(settings) && settings.budgetEnforcement === 'hard';
}

/** Whether copies are sized by what the leader holds in all. */
export function isBudgeted(settings: ModeSettings): boolean {
  return settings.budgetedDynamicEnabled && settings.sizingMode === 'budgetedDynamic';
}

/** Whether this decision sizes the copy; a flushed buffer and a released carry were sized when they were kept. */
export function isSizedHere({ intent }: DecisionFacts): boolean {
  return intent.ourNotionalMicros === null;
}

/**
 * Whether a small buy may be raised, to the smallest trade and to the venue's minimum. A sale never: that would change the
 * ratio (W42). What was sized before never: that would defeat buffer and carry (W39).
 */
export function canRaise(facts: DecisionFacts, settings: ModeSettings): boolean {
  return facts.intent.side === 'BUY' && settings.belowMinPolicy === 'RAISE' && isSizedHere(facts);
}

/** Whether a sale only lowers what is carried of buys: nothing is held yet. */
export function isNetted({ intent, portfolio }: DecisionFacts): boolean {
  return intent.side === 'SELL' && portfolio.holdingShareMicros <= 0n && intent.carriedShareMicros > 0n;
}

/** Whether a sale takes all that is held, whatever our part would be: the leader is out, or the operator closes. */
export function sellsAll({ intent }: DecisionFacts, settings: ModeSettings): boolean {
  const all = settings.fullExitPolicy === 'SELL_ALL' || intent.sourceType === 'CLOSE';
  return intent.leaderExited && all;
}
