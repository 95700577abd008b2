/** The row of an attempt: the decision with its facts, and what was filled. Pure, the same for paper and live. */
import type { Decision } from '../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../domain/decide/decision-facts.ts';
import type { DecisionWord, ReasonCode } from '../../domain/decide/reasons.ts';
import { encodeFacts } from '../../domain/explain/facts-codec.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { priceOfFloor } from '../../domain/money.ts';
import type { FilledTotals } from '../../domain/portfolio/paper-fills.ts';
import { timesOf } from '../../domain/records/lags.ts';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';

export function attemptRecord(given: {
  readonly mode: TradingMode;
  readonly facts: DecisionFacts;
  readonly decision: Decision;
  /** WAIT in place of what was decided, while a sale waits for its shares. */
  readonly word: DecisionWord;
  readonly reasons: readonly ReasonCode[];
  readonly filled: FilledTotals;
  readonly dueAtMs: number | null;
  readonly settingsVersion: number;
  readonly revision: number;
}): CopyAttemptRecord {
  const { facts, decision, filled } = given;
  const { intent, nowMs } = facts;
  return {
    kind: 'attempt',
    mode: given.mode,
    portfolioScope: 'EXEC_GLOBAL',
    leaderAddress: intent.leaderAddress,
    groupKey: intent.groupKey,
    idempotencyKey: intent.idempotencyKey,
    revision: given.revision,
    tokenId: intent.tokenId,
    conditionId: intent.conditionId,
    side: intent.side,
    sourceType: intent.sourceType,
    fillCount: intent.fillCount,
    decision: given.word,
    reasons: given.reasons,
    clamps: decision.clamps.map((step) => step.clamp),
    leaderNotionalMicros: intent.leaderNotionalMicros,
    targetNotionalMicros: decision.targetNotionalMicros,
    targetShareMicros: decision.targetShareMicros,
    effectiveRateBps: decision.effectiveRateBps,
    referencePriceMicros: intent.referencePriceMicros,
    midPriceMicros: decision.midPriceMicros,
    limitPriceMicros: decision.kind === 'EXECUTE' ? decision.plan.limitPriceMicros : null,
    filledShareMicros: filled.shareMicros,
    filledNotionalMicros: filled.notionalMicros,
    feeMicros: filled.feeMicros,
    vwapPriceMicros: filled.shareMicros > 0n ? priceOfFloor(filled.notionalMicros, filled.shareMicros) : null,
    settingsVersion: given.settingsVersion,
    ...timesOf(intent, nowMs),
    dueAtMs: given.dueAtMs,
    facts: encodeFacts(facts),
  };
}
