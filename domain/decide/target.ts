/** The target of a copy in cash: sized from the leader's act, clamped, and cut to what a hard budget leaves. */

import {
  type Bps,
  bps,
  type CashMicros,
  cash,
  type PriceMicros,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { Clamp, ReasonCode } from './reasons.ts';
import { clampTarget, hasHardBudget, rawTarget } from './sizing.ts';

/** What a decision has come to on its way: the target, what changed it, and the mid that it was made at. */
export interface Sized {
  readonly clamps: readonly Clamp[];
  readonly targetNotionalMicros: CashMicros;
  readonly targetShareMicros: ShareMicros;
  readonly effectiveRateBps: Bps;
  readonly midPriceMicros: PriceMicros | null;
}

export const NOTHING: Sized = {
  clamps: [],
  targetNotionalMicros: cash(0n),
  targetShareMicros: shares(0n),
  effectiveRateBps: bps(0n),
  midPriceMicros: null,
};

/** The target after sizing and clamps, before any budget; or the reason there is none. */
export function clampedTarget(
  { intent, portfolio }: DecisionFacts,
  settings: ModeSettings,
): Sized | { readonly reason: ReasonCode } {
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
  return {
    ...NOTHING,
    targetNotionalMicros: clamped.targetNotionalMicros,
    effectiveRateBps: raw.effectiveRateBps,
    clamps: [...raw.clamps, ...clamped.clamps],
  };
}

/** What a hard budget leaves for the leader of this buy; null where none is in force. May be below zero. */
export function budgetHeadroom(
  { intent, portfolio }: DecisionFacts,
  settings: ModeSettings,
): CashMicros | null {
  if (intent.side !== 'BUY' || !hasHardBudget(settings)) return null;
  return sub(cash(BigInt(settings.budgetNotionalMicros)), portfolio.leaderExposureMicros);
}

/** The target in cash after sizing, clamps and the hard budget; or the reason there is none. */
export function targetFor(
  facts: DecisionFacts,
  settings: ModeSettings,
): Sized | { readonly reason: ReasonCode } {
  const target = clampedTarget(facts, settings);
  if ('reason' in target) return target;
  const headroom = budgetHeadroom(facts, settings);
  if (headroom === null) return target;
  if (headroom <= 0n) return { reason: 'BUDGET_HARD_CAP_EXCEEDED' };
  if (target.targetNotionalMicros <= headroom) return target;
  if (headroom < BigInt(settings.minTradeNotionalMicros)) return { reason: 'BUDGET_HARD_CAP_EXCEEDED' };
  return { ...target, targetNotionalMicros: headroom, clamps: [...target.clamps, 'BUDGET_HEADROOM'] };
}
