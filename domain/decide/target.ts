/** The target of a BUY in cash: sized from the leader's act, clamped, and cut to what a hard budget leaves. */

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
import { cashMeasure, type Guards } from './guards.ts';
import { type ClampStep, canRaise, clampTarget, hasHardBudget, rawTarget } from './sizing.ts';

/** The amounts of a decision: the target, the clamps that changed it, and the mid price it was made at. */
export interface Sized {
  /** In the order applied. */
  readonly clamps: readonly ClampStep[];
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

/** The target of a BUY in cash after sizing, clamps and the hard budget; its shares are still zero. Null when a guard stopped. */
export function targetFor(guards: Guards, facts: DecisionFacts, settings: ModeSettings): Sized | null {
  const { portfolio } = facts;
  const raw = rawTargetOf(facts, settings);
  guards.mustBe('leaderExposureKnown', true, !('reason' in raw), 'LEADER_EXPOSURE_UNKNOWN');
  if ('reason' in raw) return null;
  const { equityMicros } = portfolio;
  guards.mustBe('equityKnown', true, equityMicros !== null, 'EQUITY_UNKNOWN');
  if (equityMicros === null) return null;
  const clamped = clampTarget(settings, {
    targetNotionalMicros: raw.targetNotionalMicros,
    equityMicros,
    raise: canRaise(facts, settings),
  });
  const target: Sized = {
    ...NOTHING,
    targetNotionalMicros: clamped.targetNotionalMicros,
    effectiveRateBps: raw.effectiveRateBps,
    clamps: [...raw.clamps, ...clamped.clamps],
  };
  return hasHardBudget(settings) ? withinBudget(guards, target, facts, settings) : target;
}

function rawTargetOf({ intent }: DecisionFacts, settings: ModeSettings): ReturnType<typeof rawTarget> {
  const sizedBefore = intent.ourNotionalMicros;
  if (sizedBefore !== null) {
    return {
      targetNotionalMicros: sizedBefore,
      effectiveRateBps: bps(0n),
      clamps: [],
    };
  }
  return rawTarget(settings, {
    notionalMicros: intent.leaderNotionalMicros,
    exposureMicros: intent.leaderExposureMicros,
  });
}

/** Cuts a buy to what the leader's budget leaves; null if that is less than the smallest trade. */
function withinBudget(
  guards: Guards,
  target: Sized,
  { portfolio }: DecisionFacts,
  settings: ModeSettings,
): Sized | null {
  const left = sub(cash(BigInt(settings.budgetNotionalMicros)), portfolio.leaderExposureMicros);
  const wanted = target.targetNotionalMicros;
  const fits = wanted <= left;
  const usedUp = left <= 0n || (!fits && left < BigInt(settings.minTradeNotionalMicros));
  const otherwise = usedUp ? 'BUDGET_HARD_CAP_EXCEEDED' : 'trimmed';
  guards.judge('budget', fits && !usedUp, otherwise, () => cashMeasure(wanted, 'atMost', left));
  if (usedUp) return null;
  if (fits) return target;
  const step: ClampStep = { clamp: 'BUDGET_HEADROOM', unit: 'cash', before: wanted, after: left };
  return { ...target, targetNotionalMicros: left, clamps: [...target.clamps, step] };
}
