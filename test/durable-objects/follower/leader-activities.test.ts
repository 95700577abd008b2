/** Splits, merges, redemptions and conversions: each recorded once, moving holdings where their outcome is known. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cash, shares } from '../../../domain/money.ts';
import { KEPT_MS } from '../../../durable-objects/follower/retention.ts';
import type { Quote } from '../../../durable-objects/rpc.ts';
import type { ActivityRow } from '../../../polymarket/public/leader-row.ts';
import { START_MS } from '../memory-ports.ts';
import { followerParts, report } from './follower-parts.ts';
import { CONDITION, hashOf, LEADER, OTHER_CONDITION, OTHER_TOKEN, TOKEN } from './leader-data.ts';

function activity(part: Partial<ActivityRow> & { readonly tx?: string } = {}): ActivityRow {
  const { tx = 'split', ...given } = part;
  return {
    type: 'SPLIT',
    txHash: hashOf(tx),
    leaderAddress: LEADER,
    conditionId: CONDITION,
    shareMicros: shares(10_000_000n),
    cashMicros: cash(9_000_000n),
    eventAtMs: START_MS - 1_000,
    eventSlug: '',
    ...given,
  };
}

/** The quote of a token whose market has these tokens. Only these fields are read here. */
const quoteOf = (conditionId: string, outcomeTokenIds: readonly string[]): Quote =>
  ({ book: null, market: { conditionId, outcomeTokenIds } }) as unknown as Quote;
const QUOTES = {
  other: quoteOf(OTHER_CONDITION, ['99']),
  unknown: { book: null, market: null },
  [TOKEN]: quoteOf(CONDITION, [TOKEN, OTHER_TOKEN]),
};

function setUp() {
  const parts = followerParts();
  const take = (rows: readonly ActivityRow[], quotes: Readonly<Record<string, Quote>> = QUOTES) =>
    parts.activities.take(report({ kind: 'sweep', rows: [], activities: rows, quotes }));
  const held = () => [TOKEN, OTHER_TOKEN].map((token) => parts.positions.get(token)?.shareMicros);
  return { ...parts, take, held };
}

describe('an activity of the leader', () => {
  it('is recorded as it was reported', () => {
    const { take, ports } = setUp();
    take([activity()]);
    expect(ports.outboxedOf('leaderActivity')).toEqual([
      {
        kind: 'leaderActivity',
        activityId: expect.stringMatching(/^[0-9a-f]{64}$/),
        leaderAddress: LEADER,
        txHash: hashOf('split'),
        type: 'SPLIT',
        conditionId: CONDITION,
        shareMicros: 10_000_000n,
        cashMicros: 9_000_000n,
        eventAtMs: START_MS - 1_000,
        detectedAtMs: START_MS,
      },
    ]);
  });

  it('counts once, however many sweeps list it', () => {
    const { take, held, ports, kv } = setUp();
    take([activity()]);
    take([activity()]);
    expect(held()).toEqual([10_000_000n, 10_000_000n]);
    expect(kv.get('shadowCash')).toBe(-9_000_000n);
    expect(ports.outboxedOf('leaderActivity')).toHaveLength(1);
  });

  it('is two when one sweep lists it twice, and still two in the next', () => {
    const { take, held, ports } = setUp();
    take([activity(), activity()]);
    take([activity(), activity()]);
    expect(held()).toEqual([20_000_000n, 20_000_000n]);
    expect(new Set(ports.outboxedOf('leaderActivity').map((one) => one.activityId)).size).toBe(2);
  });

  it('has an id that stays: of transaction, type, condition, shares, time, and its number among equal rows', () => {
    const { take, ports } = setUp();
    take([activity(), activity()]);
    const idOf = (ordinal: number) => {
      const row = [hashOf('split'), 'SPLIT', CONDITION, '10000000', START_MS - 1_000, ordinal].join('|');
      return createHash('sha256').update(`activity.v1|${row}`).digest('hex');
    };
    expect(ports.outboxedOf('leaderActivity').map((one) => one.activityId)).toEqual([idOf(0), idOf(1)]);
  });

  it('is another one when transaction, type, condition, shares or time differ', () => {
    const { take, ports } = setUp();
    take([
      activity(),
      activity({ tx: 'other' }),
      activity({ type: 'MERGE' }),
      activity({ conditionId: OTHER_CONDITION }),
      activity({ shareMicros: shares(1n) }),
      activity({ eventAtMs: START_MS }),
    ]);
    expect(new Set(ports.outboxedOf('leaderActivity').map((one) => one.activityId)).size).toBe(6);
  });

  it('gives shares back when it is a merge or a redemption', () => {
    const { take, held, kv } = setUp();
    take([activity(), activity({ type: 'MERGE', shareMicros: shares(4_000_000n) })]);
    expect([held(), kv.get('shadowCash')]).toEqual([[6_000_000n, 6_000_000n], 0n]);
    take([activity({ type: 'REDEEM' })]);
    expect([held(), kv.get('shadowCash')]).toEqual([[undefined, undefined], 9_000_000n]);
  });

  it('moves nothing when it is a conversion, whose outcome only the venue’s list shows', () => {
    const { take, held, ports, kv } = setUp();
    take([activity({ type: 'CONVERSION' })]);
    expect([held(), kv.get('shadowCash')]).toEqual([[undefined, undefined], undefined]);
    expect(ports.outboxedOf('leaderActivity')).toHaveLength(1);
  });

  it('moves the curve alone when the tokens of its condition are unknown', () => {
    const { take, held, kv } = setUp();
    take([activity()], { other: QUOTES.other });
    expect([held(), kv.get('shadowCash')]).toEqual([[undefined, undefined], -9_000_000n]);
  });

  it('moves nothing when it happened before the positions were read, and is recorded', () => {
    const { take, held, holdings, ports } = setUp();
    holdings.seed([], { complete: true, asOfMs: START_MS });
    take([activity()]);
    expect(held()).toEqual([undefined, undefined]);
    expect(ports.outboxedOf('leaderActivity')).toHaveLength(1);
  });

  it('is forgotten only after the time for which rows are kept', () => {
    const { take, activities, ports } = setUp();
    const rows = [activity({ eventAtMs: START_MS - 1 }), activity({ eventAtMs: START_MS })];
    take(rows);
    activities.prune(START_MS + KEPT_MS);
    ports.clearOutbox();
    take(rows);
    expect(ports.outboxedOf('leaderActivity').map((one) => one.eventAtMs)).toEqual([START_MS - 1]);
  });
});
