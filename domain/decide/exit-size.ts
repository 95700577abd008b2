/**
 * How much of our shares an exit sells (A43). An exit mirrors the fraction that the leader sold;
 * no rule on opening (rate, smallest and largest trade, equity, budgets, buffer, carry) touches it.
 */
import { SHARE_STEP_MICROS } from '../market/market.ts';
import {
  BPS,
  bps,
  bpsOfFloor,
  floorToStep,
  max,
  min,
  mulDivFloor,
  notionalFloor,
  type ShareMicros,
  shares,
  sharesForCashFloor,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import { rawTarget } from './sizing.ts';
import { NOTHING, type Sized } from './target.ts';

/**
 * The shares that this SELL should sell, on the share grid, rounded down: what is missing of them afterwards is owed (A44).
 * Depends on no book and no guard, so it is known even where the sale is skipped.
 */
export function wantedShares(facts: DecisionFacts, settings: ModeSettings): ShareMicros {
  const { exit } = facts.intent;
  if (exit?.kind === 'SHARES') return floorToStep(exit.shareMicros, SHARE_STEP_MICROS);
  const { ownShareMicros, owedShareMicros } = facts.portfolio;
  // Shares that earlier exits owe are sold by their own tries.
  const ours = max(sub(ownShareMicros, owedShareMicros), shares(0n));
  if (exit?.kind === 'CORRECTION')
    return floorToStep(max(min(exit.shareMicros, ours), shares(0n)), SHARE_STEP_MICROS);
  const byFraction = settings.exitSizing === 'MIRROR_FRACTION' && exit !== null;
  const wanted = byFraction
    ? min(shares(mulDivFloor(ours, exit.soldShareMicros, exit.heldShareMicros)), ours)
    : sharesByRate(facts, settings, ours);
  return floorToStep(wanted, SHARE_STEP_MICROS);
}

/** The old rule: our rate of the leader's dollars at their price, at most `ours`; or all of it when the leader is out. */
function sharesByRate({ intent }: DecisionFacts, settings: ModeSettings, ours: ShareMicros): ShareMicros {
  if (intent.leaderExited && settings.fullExitPolicy === 'SELL_ALL') return ours;
  const leader = { notionalMicros: intent.leaderNotionalMicros, exposureMicros: intent.leaderExposureMicros };
  const target = rawTarget(settings, leader);
  // Without the leader's exposure the highest rate of the budget applies: an exit sells rather too much than too little.
  const notional =
    'reason' in target
      ? bpsOfFloor(intent.leaderNotionalMicros, bps(BigInt(settings.budgetRateBpsMax)))
      : target.targetNotionalMicros;
  return min(sharesForCashFloor(notional, intent.referencePriceMicros), ours);
}

/** The amounts of a sale: what it should sell at the leader's price, and the rate that this is of the leader's notional. */
export function exitTarget(facts: DecisionFacts, settings: ModeSettings): Sized {
  const { intent } = facts;
  const wanted = wantedShares(facts, settings);
  const notional = notionalFloor(wanted, intent.referencePriceMicros);
  const leader = intent.leaderNotionalMicros;
  return {
    ...NOTHING,
    targetNotionalMicros: notional,
    targetShareMicros: wanted,
    effectiveRateBps: bps(leader === 0n ? 0n : mulDivFloor(notional, BPS, leader)),
  };
}
