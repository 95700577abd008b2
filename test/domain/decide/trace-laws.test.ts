/**
 * Laws of the trace over random decisions: its stopped rows give exactly the reasons of the decision, every value compares with
 * its limit as the verdict says, and the clamps end in the size that was decided.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import type { GuardrailRow } from '../../../domain/decide/guards.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { anyDecision } from './any-decision.ts';
import { holds, reasonsOf, stoppedBy } from './judged.ts';

function guardrailsOf(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const trace: GuardrailRow[] = [];
  decide(facts, settings, trace);
  return trace;
}

describe('the trace of a random decision', () => {
  it('the stopped rows give exactly the reasons of the decision, and none of an executed one', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(stoppedBy(guardrailsOf(facts, settings))).toEqual(reasonsOf(decide(facts, settings)));
      }),
    );
  });

  it('the decision is the same whether a trace is asked for or not', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(decide(facts, settings, [])).toEqual(decide(facts, settings));
      }),
    );
  });

  it('a row that passed has its value within the limit, and one that did not has it beyond', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        for (const { guardrail, measure, verdict } of guardrailsOf(facts, settings)) {
          // A budget that is used up stops even what would fit it.
          if (measure === null || guardrail === 'budget') continue;
          if (verdict === 'notReached') continue;
          expect(holds(measure), `${guardrail} ${verdict}`).toBe(verdict === 'passed');
        }
      }),
    );
  });

  it('each clamp goes on where the one before ended, and the last ends in the size that was decided', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        const steps = decision.clamps;
        // Both change the cash with the size.
        const raised = steps.some(({ clamp }) => clamp === 'RAISED_TO_VENUE_MIN' || clamp === 'OWED_EXIT');
        const spend = steps.filter((step) => step.unit === 'cash').at(-1);
        if (spend !== undefined && !raised) expect(spend.after).toBe(decision.targetNotionalMicros);
        const size = steps.filter((step) => step.unit === 'shares').at(-1);
        if (size !== undefined) expect(size.after).toBe(decision.targetShareMicros);
        for (const unit of ['cash', 'shares'] as const) {
          const chain = steps.filter((step) => step.unit === unit);
          chain.slice(1).forEach((step, index) => {
            expect(step.before).toBe(chain[index]?.after);
          });
        }
      }),
    );
  });
});
