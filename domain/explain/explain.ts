/** A decision with its explanation for people: every guard with the value it saw, its limit and its verdict. */
import { type Decision, decide } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import { appliesTo, calm, GUARDRAILS, type GuardrailRow } from '../decide/guards.ts';
import type { ModeSettings } from '../settings/settings.ts';

export interface Explained {
  readonly decision: Decision;
  /** One row for every guard, in the order of GUARDRAILS. Guards that were not judged have no measure. */
  readonly guardrails: readonly GuardrailRow[];
}

/** Decides on the facts, and gives a row for every guard: its verdict, or that it was not reached or does not apply. */
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
