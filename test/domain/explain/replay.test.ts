/** A recorded attempt against its replay: the same, refused or waiting after the decision, or loudly different. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import { decodeFacts, encodeFacts } from '../../../domain/explain/facts-codec.ts';
import { type RecordedAttempt, replayOf } from '../../../domain/explain/replay.ts';
import { bps, cash, price, shares } from '../../../domain/money.ts';
import { attemptRecord } from '../../../durable-objects/wallet/attempt-record.ts';
import { anyDecision } from '../decide/any-decision.ts';
import { A_SALE, both, type Change, decideExample, exampleFacts, usd } from '../decide/example-facts.ts';
import '../arbitraries.ts';

const NO_FILL = {
  shareMicros: shares(0n),
  notionalMicros: usd('0'),
  feeMicros: usd('0'),
};

/** The attempt that a Wallet would record of the example, with what a test changes. */
function recorded(change: Change, part: Partial<RecordedAttempt> = {}): RecordedAttempt {
  const decision = decideExample(change);
  const reasons = decision.kind === 'SKIP' ? decision.reasons : [];
  const record = attemptRecord({
    mode: 'LIVE',
    facts: exampleFacts(change),
    decision,
    word: decision.kind,
    reasons,
    filled: NO_FILL,
    dueAtMs: null,
    settingsVersion: 3,
    revision: 1,
  });
  return { ...record, ...part };
}

const denied = (reason: ReasonCode) => ({ decision: 'SKIP', reasons: [reason] }) as const;

describe('a replay', () => {
  it('is the same for an executed copy, whatever became of its order', () => {
    for (const reasons of [[], ['LIVE_SHADOW_ONLY'], ['LIVE_NO_FILL'], ['LIVE_ORDER_REJECTED']] as const) {
      expect(replayOf(recorded({}, { reasons }), decideExample())).toEqual({ kind: 'same' });
    }
  });

  it('is the same for a skip with the same reasons', () => {
    const change = { portfolio: { paused: true } };
    expect(replayOf(recorded(change), decideExample(change))).toEqual({ kind: 'same' });
  });

  it('shows a refusal by the last check of the live Wallet as a refusal', () => {
    expect(replayOf(recorded({}, denied('LIVE_INSUFFICIENT_FUNDS')), decideExample())).toEqual({
      kind: 'denied',
      reason: 'LIVE_INSUFFICIENT_FUNDS',
    });
  });

  it('takes no reason of the engine, and none on paper, for such a refusal', () => {
    const differs = { kind: 'differs', fields: ['decision'] };
    expect(replayOf(recorded({}, denied('SPREAD_TOO_WIDE')), decideExample())).toEqual(differs);
    const onPaper = { ...denied('LIVE_INSUFFICIENT_FUNDS'), mode: 'PAPER' } as const;
    expect(replayOf(recorded({}, onPaper), decideExample())).toEqual(differs);
  });

  it('shows that a live sale waits, before and after it has anything to sell', () => {
    const wait = { decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'] } as const;
    expect(replayOf(recorded(A_SALE, wait), decideExample(A_SALE))).toEqual({ kind: 'waits' });
    const nothingYet = { intent: { side: 'SELL' } } as const;
    expect(replayOf(recorded(nothingYet, wait), decideExample(nothingYet))).toEqual({ kind: 'waits' });
    expect(replayOf(recorded({}, wait), decideExample())).toMatchObject({ kind: 'differs' });
  });

  it('shows that a purchase waits for its turn, and only where it would be placed', () => {
    const wait = { decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SLOT'] } as const;
    expect(replayOf(recorded({}, wait), decideExample())).toEqual({ kind: 'waits' });
    const paused = { portfolio: { paused: true } };
    expect(replayOf(recorded(paused, wait), decideExample(paused))).toMatchObject({ kind: 'differs' });
  });

  it('is a wait on paper too, where a sale waits for a pending purchase (A55)', () => {
    const wait = { decision: 'WAIT', reasons: ['PAPER_WAITING_FOR_PURCHASE'], mode: 'PAPER' } as const;
    expect(replayOf(recorded(A_SALE, wait), decideExample(A_SALE))).toEqual({ kind: 'waits' });
    const differs = { kind: 'differs', fields: ['decision'] };
    expect(replayOf(recorded({}, wait), decideExample())).toEqual(differs);
  });

  it('is no wait where another reason than an empty holding skips the sale', () => {
    const wait = { decision: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'] } as const;
    const differs = { kind: 'differs', fields: ['decision'] };
    const paused = both(A_SALE, { portfolio: { paused: true } });
    expect(replayOf(recorded(paused, wait), decideExample(paused))).toEqual(differs);
  });

  it('is no refusal by the last check with two reasons, nor where the record says EXECUTE', () => {
    const differs = { kind: 'differs', fields: ['decision'] };
    const two = { decision: 'SKIP', reasons: ['LIVE_NO_SLOT', 'LIVE_WS_DOWN'] } as const;
    expect(replayOf(recorded({}, two), decideExample())).toEqual(differs);
    const paused = { portfolio: { paused: true } };
    const executed = { decision: 'EXECUTE', reasons: ['LIVE_NO_FILL'] } as const;
    expect(replayOf(recorded(paused, executed), decideExample(paused))).toEqual(differs);
  });

  it.each([
    ['reasons', { reasons: ['BOOK_STALE'] }, { portfolio: { paused: true } }],
    ['decision', { decision: 'EXECUTE', reasons: [] }, { portfolio: { paused: true } }],
    ['clamps', { clamps: ['CASH'] }, {}],
    ['targetNotionalMicros', { targetNotionalMicros: cash(1n) }, {}],
    ['targetShareMicros', { targetShareMicros: shares(1n) }, {}],
    ['effectiveRateBps', { effectiveRateBps: bps(1n) }, {}],
    ['midPriceMicros', { midPriceMicros: null }, {}],
    ['limitPriceMicros', { limitPriceMicros: price(1n) }, {}],
  ] as const)('differs where %s differs, and names it', (field, part, change: Change) => {
    expect(replayOf(recorded(change, part), decideExample(change))).toEqual({
      kind: 'differs',
      fields: [field],
    });
  });

  it('is the same for every decision, from the facts as they are stored', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        const record = attemptRecord({
          mode: 'PAPER',
          facts,
          decision,
          word: decision.kind,
          reasons: decision.kind === 'SKIP' ? decision.reasons : [],
          filled: NO_FILL,
          dueAtMs: null,
          settingsVersion: 1,
          revision: 1,
        });
        const { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey } = facts.intent;
        const ids = { leaderAddress, tokenId, conditionId, groupKey, idempotencyKey };
        const again = decide(decodeFacts(encodeFacts(facts), ids), settings);
        expect(replayOf(record, again)).toEqual({ kind: 'same' });
      }),
    );
  });
});
