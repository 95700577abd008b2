/** The explanation of a decision: one row for every guard, those that were not judged among them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import { GUARDRAILS } from '../../../domain/decide/guards.ts';
import { explain } from '../../../domain/explain/explain.ts';
import { anyDecision } from '../decide/any-decision.ts';
import { exampleFacts, exampleSettings } from '../decide/example-facts.ts';

describe('the explanation of a decision', () => {
  it('has guards that were not reached, and guards that do not apply', () => {
    const facts = exampleFacts({ portfolio: { paused: true } });
    const { guardrails } = explain(facts, exampleSettings());
    const verdicts = Object.fromEntries(guardrails.map((row) => [row.guardrail, row.verdict]));
    expect(verdicts).toMatchObject({ paused: 'stopped', spread: 'notReached', holding: 'doesNotApply' });
  });

  it('is of the decision itself', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(explain(facts, settings).decision).toEqual(decide(facts, settings));
      }),
    );
  });

  it('every guard has one row, in the order of the list', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(explain(facts, settings).guardrails.map((one) => one.guardrail)).toEqual([...GUARDRAILS]);
      }),
    );
  });

  it('an executed copy has looked at every guard that applies', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        if (decide(facts, settings).kind === 'SKIP') return;
        const missed = explain(facts, settings).guardrails.filter((one) => one.verdict === 'notReached');
        expect(missed.map((one) => one.guardrail)).toEqual([]);
      }),
    );
  });
});
