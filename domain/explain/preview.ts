/**
 * What other settings would have decided: the facts of each attempt are decided again and compared with what was decided
 * then. The sums are a fold, so that a long run can stop and continue between any two attempts.
 */
import { type Decision, decide } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import type { DecisionWord, ReasonCode } from '../decide/reasons.ts';
import type { GroupKey, LeaderAddress, Side, TokenId } from '../ids.ts';
import { add, type CashMicros, cash, type PriceMicros, type ShareMicros, shares } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';

/** The columns of an attempt that say what was decided. */
export interface RecordedDecision {
  readonly decision: DecisionWord;
  readonly reasons: readonly ReasonCode[];
  readonly targetNotionalMicros: CashMicros;
  readonly targetShareMicros: ShareMicros;
  readonly limitPriceMicros: PriceMicros | null;
}

/** RESIZED: copied then and now, but with another target, size or limit price. */
export const EFFECTS = ['SAME', 'NOW_COPIED', 'NOW_SKIPPED', 'RESIZED'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Comparison {
  readonly effect: Effect;
  /** Zero when skipped. */
  readonly thenNotionalMicros: CashMicros;
  readonly nowNotionalMicros: CashMicros;
  /** Reasons to skip that are given only now, and those that were given only then. */
  readonly appearing: readonly ReasonCode[];
  readonly vanishing: readonly ReasonCode[];
}

/** The part of a decision that is compared. Without a plan the amounts are zero. */
interface Result {
  readonly copied: boolean;
  readonly reasons: readonly ReasonCode[];
  readonly notionalMicros: CashMicros;
  readonly shareMicros: ShareMicros;
  readonly limitPriceMicros: PriceMicros | null;
}

function skipped(reasons: readonly ReasonCode[]): Result {
  return {
    copied: false,
    reasons,
    notionalMicros: cash(0n),
    shareMicros: shares(0n),
    limitPriceMicros: null,
  };
}

function resultOf(decision: Decision): Result {
  if (decision.kind === 'SKIP') return skipped(decision.reasons);
  return {
    copied: true,
    reasons: [],
    notionalMicros: decision.targetNotionalMicros,
    shareMicros: decision.targetShareMicros,
    limitPriceMicros: decision.plan.limitPriceMicros,
  };
}

/**
 * Whether the attempt records what `decide` decided. A live attempt can instead record a refusal by the executor's last
 * check, or a wait; these do not depend on the settings of the decision.
 */
export function isDecidersOwn(recorded: RecordedDecision, facts: DecisionFacts): boolean {
  if (recorded.decision === 'WAIT') return false;
  if (recorded.decision === 'EXECUTE') return true;
  const { presetReason } = facts.intent;
  return recorded.reasons.every((reason) => !reason.startsWith('LIVE_') || reason === presetReason);
}

function decidedThen(recorded: RecordedDecision, facts: DecisionFacts, settings: ModeSettings): Result {
  if (!isDecidersOwn(recorded, facts)) return resultOf(decide(facts, settings));
  if (recorded.decision !== 'EXECUTE') return skipped(recorded.reasons);
  return {
    copied: true,
    // The reasons of an executed copy say how its order ended, which no setting of the decision changes.
    reasons: [],
    notionalMicros: recorded.targetNotionalMicros,
    shareMicros: recorded.targetShareMicros,
    limitPriceMicros: recorded.limitPriceMicros,
  };
}

/**
 * Compares what was decided then with what `settingsNow` decide. `settingsThen` were in force then; they are used only if the
 * attempt does not record the decision itself.
 */
export function compareDecision(given: {
  readonly recorded: RecordedDecision;
  readonly facts: DecisionFacts;
  readonly settingsThen: ModeSettings;
  readonly settingsNow: ModeSettings;
}): Comparison {
  const { recorded, facts } = given;
  const before = decidedThen(recorded, facts, given.settingsThen);
  const after = resultOf(decide(facts, given.settingsNow));
  return {
    effect: effectOf(before, after),
    thenNotionalMicros: before.notionalMicros,
    nowNotionalMicros: after.notionalMicros,
    appearing: after.reasons.filter((reason) => !before.reasons.includes(reason)),
    vanishing: before.reasons.filter((reason) => !after.reasons.includes(reason)),
  };
}

function effectOf(before: Result, after: Result): Effect {
  if (before.copied !== after.copied) return after.copied ? 'NOW_COPIED' : 'NOW_SKIPPED';
  const same =
    before.notionalMicros === after.notionalMicros &&
    before.shareMicros === after.shareMicros &&
    before.limitPriceMicros === after.limitPriceMicros;
  return same ? 'SAME' : 'RESIZED';
}

/** A changed decision, to be listed with a link to its attempt. */
export interface ChangedDecision {
  readonly leaderAddress: LeaderAddress;
  readonly groupKey: GroupKey;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly decidedAtMs: number;
  readonly effect: Effect;
  readonly thenNotionalMicros: CashMicros;
  readonly nowNotionalMicros: CashMicros;
}

export interface ReasonChange {
  readonly reason: ReasonCode;
  readonly appears: number;
  readonly vanishes: number;
}

/** The sums of the targets of all copies of one side. */
export interface TargetSums {
  readonly thenMicros: CashMicros;
  readonly nowMicros: CashMicros;
}

export interface PreviewSums {
  readonly effects: Readonly<Record<Effect, number>>;
  /** Attempts whose facts are missing or damaged. */
  readonly unreadable: number;
  readonly targets: Readonly<Record<Side, TargetSums>>;
  /** In the order in which they first occurred. */
  readonly reasons: readonly ReasonChange[];
  /** The first EXAMPLES_MAX changed decisions. */
  readonly examples: readonly ChangedDecision[];
}

export const EXAMPLES_MAX = 10;
const NO_TARGETS: TargetSums = { thenMicros: cash(0n), nowMicros: cash(0n) };

export const EMPTY_SUMS: PreviewSums = {
  effects: { SAME: 0, NOW_COPIED: 0, NOW_SKIPPED: 0, RESIZED: 0 },
  unreadable: 0,
  targets: { BUY: NO_TARGETS, SELL: NO_TARGETS },
  reasons: [],
  examples: [],
};

/** The sums with one more attempt; an undefined comparison counts as unreadable. */
export function addComparison(
  sums: PreviewSums,
  attempt: Pick<ChangedDecision, 'leaderAddress' | 'groupKey' | 'tokenId' | 'side' | 'decidedAtMs'>,
  comparison: Comparison | undefined,
): PreviewSums {
  if (comparison === undefined) return { ...sums, unreadable: sums.unreadable + 1 };
  const { effect, thenNotionalMicros, nowNotionalMicros } = comparison;
  const { side, leaderAddress, groupKey, tokenId, decidedAtMs } = attempt;
  const target = sums.targets[side];
  const moved: TargetSums = {
    thenMicros: add(target.thenMicros, thenNotionalMicros),
    nowMicros: add(target.nowMicros, nowNotionalMicros),
  };
  const changed = {
    ...{ leaderAddress, groupKey, tokenId, side, decidedAtMs },
    ...{ effect, thenNotionalMicros, nowNotionalMicros },
  };
  const listed = effect !== 'SAME' && sums.examples.length < EXAMPLES_MAX;
  return {
    effects: { ...sums.effects, [effect]: sums.effects[effect] + 1 },
    unreadable: sums.unreadable,
    targets: { ...sums.targets, [side]: moved },
    reasons: withReasons(sums.reasons, comparison),
    examples: listed ? [...sums.examples, changed] : sums.examples,
  };
}

function withReasons(known: readonly ReasonChange[], comparison: Comparison): readonly ReasonChange[] {
  const { appearing, vanishing } = comparison;
  if (appearing.length === 0 && vanishing.length === 0) return known;
  const byReason = new Map(known.map((change) => [change.reason, change]));
  for (const reason of new Set([...appearing, ...vanishing])) {
    const { appears, vanishes } = byReason.get(reason) ?? { appears: 0, vanishes: 0 };
    byReason.set(reason, {
      reason,
      appears: appears + (appearing.includes(reason) ? 1 : 0),
      vanishes: vanishes + (vanishing.includes(reason) ? 1 : 0),
    });
  }
  return [...byReason.values()];
}
