/** A decision with the reasons behind it: every guard with the value it saw, its limit and its verdict. For people. */
import { type Decision, decide } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import { appliesTo, calm, GUARDRAILS, type GuardrailRow } from '../decide/guards.ts';
import type { ModeSettings } from '../settings/settings.ts';

export interface Explained {
  readonly decision: Decision;
  /** One row for every guard there is, in the order of the list; those that were not judged have no measure. */
  readonly guardrails: readonly GuardrailRow[];
}

/** Decides on the facts, and says of every guard what it did, or why it was not judged. */
export function explain(facts: DecisionFacts, settings: ModeSettings): Explained {
  const trace: GuardrailRow[] = [];
  const decision = decide(facts, settings, trace);
  const judged = new Map(trace.map((row) => [row.guardrail, row]));
  const guardrails = GUARDRAILS.map(
    (guardrail) =>
      judged.get(guardrail) ??
      calm(guardrail, null, appliesTo(guardrail, facts, settings) ? 'notReached' : 'doesNotApply'),
  );
  return { decision, guardrails };
}
