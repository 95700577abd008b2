/** The row of an attempt, from the facts and the decision that it records. */
import { expect, it } from 'vitest';
import { cash, shares } from '../../../domain/money.ts';
import { attemptRecord } from '../../../durable-objects/wallet/attempt-record.ts';
import {
  at,
  type Change,
  decideExample,
  exampleFacts,
  LEADER,
  NOW,
  sh,
  TOKEN,
  usd,
} from '../../domain/decide/example-facts.ts';

const NOTHING = { shareMicros: sh('0'), notionalMicros: usd('0'), feeMicros: usd('0') };

function recordOf(change: Change, part: Partial<Parameters<typeof attemptRecord>[0]> = {}) {
  const decision = decideExample(change);
  return attemptRecord({
    mode: 'PAPER',
    facts: exampleFacts(change),
    decision,
    word: decision.kind,
    reasons: decision.kind === 'SKIP' ? decision.reasons : [],
    filled: NOTHING,
    dueAtMs: null,
    settingsVersion: 7,
    revision: 1,
    ...part,
  });
}

it('of a copy has its limit, its fill and the average price, rounded down', () => {
  const filled = { shareMicros: sh('30'), notionalMicros: usd('10'), feeMicros: usd('0.1') };
  const { intent } = exampleFacts();
  expect(recordOf({}, { filled, mode: 'LIVE', revision: 2 })).toMatchObject({
    kind: 'attempt',
    mode: 'LIVE',
    portfolioScope: 'EXEC_GLOBAL',
    leaderAddress: LEADER,
    groupKey: intent.groupKey,
    idempotencyKey: intent.idempotencyKey,
    revision: 2,
    tokenId: TOKEN,
    side: 'BUY',
    sourceType: 'IMMEDIATE',
    fillCount: 1,
    decision: 'EXECUTE',
    reasons: [],
    leaderNotionalMicros: usd('200'),
    targetNotionalMicros: usd('20'),
    effectiveRateBps: 1_000n,
    referencePriceMicros: at('0.50'),
    midPriceMicros: at('0.495'),
    filledShareMicros: sh('30'),
    filledNotionalMicros: usd('10'),
    feeMicros: usd('0.1'),
    vwapPriceMicros: 333_333n,
    settingsVersion: 7,
    leaderEventAtMs: NOW - 500,
    detectedAtMs: NOW - 100,
    decidedAtMs: NOW,
  });
  expect(recordOf({}).limitPriceMicros).not.toBeNull();
  expect(JSON.parse(recordOf({}).facts)).toBeTypeOf('object');
});

it('has the newest fill of the group, and what waited by our own rules before the Wallet and in it (A57)', () => {
  const newest = { eventAtMs: NOW - 400, detectedAtMs: NOW - 90, ownWaitMs: 25 };
  expect(recordOf({ intent: { newest, waitedMs: 60 } })).toMatchObject({
    leaderEventAtMs: NOW - 500,
    detectedAtMs: NOW - 100,
    newestEventAtMs: NOW - 400,
    newestDetectedAtMs: NOW - 90,
    ownWaitMs: 85,
  });
  expect(recordOf({ intent: { newest: null, waitedMs: 60 } })).toMatchObject({
    newestEventAtMs: null,
    newestDetectedAtMs: null,
    ownWaitMs: null,
  });
});

it('of a copy that filled a single millionth of a share has a price too', () => {
  const filled = { shareMicros: shares(1n), notionalMicros: cash(1n), feeMicros: cash(0n) };
  expect(recordOf({}, { filled }).vwapPriceMicros).toBe(1_000_000n);
});

it('of a copy without a fill has no average price', () => {
  expect(recordOf({})).toMatchObject({ filledShareMicros: 0n, vwapPriceMicros: null });
});

it('of a skip has its reasons and no limit', () => {
  const record = recordOf({ portfolio: { paused: true } });
  expect(record).toMatchObject({ decision: 'SKIP', limitPriceMicros: null });
  expect(record.reasons).toContain('ENGINE_PAUSED');
});

it('has the clamps of the decision by name', () => {
  const change = { portfolio: { cashMicros: usd('5') } };
  const decision = decideExample(change);
  expect(decision.clamps.length).toBeGreaterThan(0);
  expect(recordOf(change).clamps).toEqual(decision.clamps.map((step) => step.clamp));
});
