/** How much of a leader's act we want: the raw target and the clamps of paper-behaviour.md 4, in their exact order. */
import { BPS, type Bps, bps, bpsOfFloor, type CashMicros, cash, mulDivFloor } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { Clamp, ReasonCode } from './reasons.ts';

export interface RawTarget {
  readonly targetNotionalMicros: CashMicros;
  readonly effectiveRateBps: Bps;
  readonly clamps: readonly Clamp[];
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
  const low = bpsOfFloor(notional, bps(BigInt(settings.budgetRateBpsMin)));
  const high = bpsOfFloor(notional, bps(BigInt(settings.budgetRateBpsMax)));
  if (leader.exposureMicros <= 0n) {
    return { targetNotionalMicros: high, effectiveRateBps: rate(high), clamps: ['RATE_MAX'] };
  }
  const raw = cash(mulDivFloor(notional, BigInt(settings.budgetNotionalMicros), leader.exposureMicros));
  if (raw < low) return { targetNotionalMicros: low, effectiveRateBps: rate(low), clamps: ['RATE_MIN'] };
  if (raw > high) return { targetNotionalMicros: high, effectiveRateBps: rate(high), clamps: ['RATE_MAX'] };
  return { targetNotionalMicros: raw, effectiveRateBps: rate(raw), clamps: [] };
}

export interface Clamped {
  readonly targetNotionalMicros: CashMicros;
  readonly clamps: readonly Clamp[];
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
  const clamps: Clamp[] = [];
  let target = raw.targetNotionalMicros;
  if (raw.raise && target < smallest) {
    target = smallest;
    clamps.push('RAISED_TO_MIN_TRADE');
  }
  if (target > largest) {
    target = largest;
    clamps.push('MAX_TRADE');
  }
  const bank = bpsOfFloor(raw.equityMicros, bps(BigInt(settings.maxTradeBankrollBps)));
  if (bank > 0n && target > bank) {
    if (raw.raise && bank < smallest) {
      target = smallest;
      if (!clamps.includes('RAISED_TO_MIN_TRADE')) clamps.push('RAISED_TO_MIN_TRADE');
    } else {
      target = bank;
      clamps.push('BANKROLL');
    }
  }
  return { targetNotionalMicros: target, clamps };
}

/** Whether the hard budget of a leader is in force (paper-behaviour.md 4.3). */
export function hasHardBudget(settings: ModeSettings): boolean {
  return isBudgeted(settings) && settings.budgetEnforcement === 'hard';
}

/** Whether copies are sized by what the leader holds in all. */
export function isBudgeted(settings: ModeSettings): boolean {
  return settings.budgetedDynamicEnabled && settings.sizingMode === 'budgetedDynamic';
}
