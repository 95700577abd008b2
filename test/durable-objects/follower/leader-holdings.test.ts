/** What moves a leader's holdings, and what of it is known at all. */
import { describe, expect, it } from 'vitest';
import { cash, price, shares } from '../../../domain/money.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { PendingFill } from '../../../durable-objects/follower/groups.ts';
import type { SeedPosition } from '../../../durable-objects/rpc.ts';
import { START_MS } from '../memory-ports.ts';
import { followerParts } from './follower-parts.ts';
import { CONDITION, OTHER_TOKEN, pendingFill, settingsWith, TOKEN } from './leader-data.ts';

const TEN: SeedPosition = {
  tokenId: TOKEN,
  conditionId: CONDITION,
  shareMicros: shares(10_000_000n),
  avgPriceMicros: price(400_000n),
  eventSlug: '',
};
const BUDGETED = settingsWith({
  budgetedDynamicEnabled: true,
  sizingMode: 'budgetedDynamic',
  budgetNotionalMicros: 1_000_000,
});
const READ = { complete: true, asOfMs: START_MS };

describe('a fill of the leader', () => {
  it('moves positions and curve, and a point of the curve follows in a minute', () => {
    const { holdings, positions, kv, dueMs } = followerParts();
    holdings.traded(pendingFill('a'));
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
    expect(kv.get('shadowCash')).toBe(-50_000_000n);
    expect(dueMs('shadow')).toBe(START_MS + 60_000);
  });

  it('counts whenever it happened while the positions were never read', () => {
    const { holdings, positions } = followerParts();
    holdings.traded(pendingFill('a', { eventAtMs: 0 }));
    expect(positions.get(TOKEN)?.shareMicros).toBe(100_000_000n);
  });

  it('moves nothing when the reading of the positions has it already; in the second of the reading it counts', () => {
    const { holdings, positions, kv, dueMs, ports } = followerParts();
    holdings.seed([TEN], { complete: true, asOfMs: START_MS + 999 });
    expect(kv.get('seededAt')).toBe(START_MS);
    ports.clearDue();
    holdings.traded(pendingFill('before', { eventAtMs: START_MS - 1 }));
    expect([positions.get(TOKEN)?.shareMicros, dueMs('shadow')]).toEqual([10_000_000n, undefined]);
    expect(kv.get('shadowCash')).toBeUndefined();
    holdings.traded(pendingFill('in that second', { eventAtMs: START_MS }));
    expect(positions.get(TOKEN)?.shareMicros).toBe(110_000_000n);
  });
});

describe('what they held before a fill', () => {
  const sale = (part: Partial<PendingFill> = {}) =>
    pendingFill('sale', { side: 'SELL', shareMicros: shares(4_000_000n), eventAtMs: START_MS, ...part });

  it('is unknown until their positions were wholly read', () => {
    const { holdings } = followerParts();
    expect(holdings.traded(sale()).heldBeforeMicros).toBeNull();
    holdings.seed([TEN], { ...READ, complete: false });
    expect(holdings.traded(sale()).heldBeforeMicros).toBeNull();
  });

  it('stays as it was, and is unknown, of a token whose row could not be read, while all else is known', () => {
    const { holdings, positions } = followerParts();
    holdings.seed([TEN], READ);
    holdings.seed([], { ...READ, unreadTokenIds: [TOKEN] });
    expect(positions.get(TOKEN)?.shareMicros).toBe(10_000_000n);
    expect(holdings.changes([], { ...READ, unreadTokenIds: [TOKEN], swept: true })).toEqual([]);
    expect([holdings.hasExited(TOKEN), holdings.hasExited(OTHER_TOKEN)]).toEqual([false, true]);
    expect(holdings.traded(sale()).heldBeforeMicros).toBeNull();
    expect(holdings.traded(sale({ tokenId: OTHER_TOKEN })).heldBeforeMicros).toBe(0n);
    holdings.seed([], READ);
    expect(holdings.hasExited(TOKEN)).toBe(true);
  });

  it('is what the reading says, moved by what they did since, and nothing where it names no such token', () => {
    const { holdings } = followerParts();
    holdings.seed([TEN], READ);
    expect(holdings.traded(sale()).heldBeforeMicros).toBe(10_000_000n);
    expect(holdings.traded(sale()).heldBeforeMicros).toBe(6_000_000n);
    expect(holdings.traded(sale({ tokenId: OTHER_TOKEN })).heldBeforeMicros).toBe(0n);
  });

  it('is of no concern to a purchase', () => {
    const { holdings } = followerParts();
    holdings.seed([TEN], READ);
    expect(holdings.traded(sale({ side: 'BUY' })).heldBeforeMicros).toBeNull();
  });

  it('is with the shares of a sale that the reading has already', () => {
    const { holdings } = followerParts();
    holdings.seed([TEN], READ);
    expect(holdings.traded(sale({ eventAtMs: START_MS - 1 }))).toEqual({
      heldBeforeMicros: 14_000_000n,
      inReading: true,
    });
  });
});

describe('a reading of the positions', () => {
  it('sets them, and a point of the curve follows at once', () => {
    const { holdings, positions, kv, dueMs } = followerParts();
    expect(holdings.seededAtMs()).toBeUndefined();
    holdings.seed([TEN], READ);
    expect(positions.get(TOKEN)?.shareMicros).toBe(10_000_000n);
    expect([kv.get('seedComplete'), holdings.seededAtMs(), dueMs('shadow')]).toEqual([
      true,
      START_MS,
      START_MS,
    ]);
    expect(kv.get('shadowBase')).toBe(4_000_000n);
  });

  it('leaves on top what they did since it was requested, seen before it came or after (A43)', () => {
    const sale = { side: 'SELL', shareMicros: shares(4_000_000n), eventAtMs: START_MS + 1_000 } as const;
    const before = followerParts();
    before.holdings.seed([TEN], READ);
    before.holdings.traded(pendingFill('sale', sale));
    before.holdings.seed([TEN], { complete: true, asOfMs: START_MS + 999 });
    const after = followerParts();
    after.holdings.seed([TEN], { complete: true, asOfMs: START_MS + 999 });
    after.holdings.traded(pendingFill('sale', sale));
    const held = [before, after].map(({ positions }) => positions.get(TOKEN)?.shareMicros);
    expect(held).toEqual([6_000_000n, 6_000_000n]);
  });

  it('leaves on top of nothing what they bought since of a token that it does not list (A43)', () => {
    for (const complete of [true, false]) {
      const { holdings, positions } = followerParts();
      holdings.traded(pendingFill('long before', { eventAtMs: START_MS - HOUR_MS }));
      holdings.traded(pendingFill('since', { eventAtMs: START_MS }));
      holdings.seed([], { complete, asOfMs: START_MS });
      expect(positions.get(TOKEN)?.shareMicros).toBe(complete ? 100_000_000n : 200_000_000n);
    }
  });

  it('keeps a split that came since it was requested', () => {
    const { holdings, positions } = followerParts();
    const split = { conditionId: CONDITION, tokenIds: [TOKEN], shareMicros: shares(4_000_000n) };
    holdings.moved({ kind: 'SPLIT', ...split, cashMicros: cash(4_000_000n), eventAtMs: START_MS });
    holdings.seed([TEN], READ);
    expect(positions.get(TOKEN)?.shareMicros).toBe(14_000_000n);
  });

  it('is refused when it took too long to know what came since: the next one is taken', () => {
    const { holdings, positions, ports } = followerParts();
    ports.atMs += 120_001;
    expect(() => holdings.seed([TEN], READ)).toThrow('too old');
    expect([positions.list(), holdings.seededAtMs()]).toEqual([[], undefined]);
    holdings.seed([TEN], { ...READ, asOfMs: START_MS + 1 });
    expect(positions.list()).toHaveLength(1);
  });

  it('is kept whole or not at all', () => {
    const { holdings, positions, ports } = followerParts();
    ports.refusesStatement = (query) => query.startsWith('INSERT INTO due');
    expect(() => holdings.seed([TEN], READ)).toThrow('refused');
    expect([positions.list(), holdings.seededAtMs()]).toEqual([[], undefined]);
  });
});

describe('a split, merge or redemption', () => {
  const act = (kind: 'SPLIT' | 'MERGE' | 'REDEEM', eventAtMs = START_MS) => ({
    kind,
    conditionId: CONDITION,
    tokenIds: [TOKEN, OTHER_TOKEN],
    shareMicros: shares(4_000_000n),
    cashMicros: cash(3_000_000n),
    eventAtMs,
  });
  const setUp = () => {
    const parts = followerParts();
    parts.holdings.seed([TEN], READ);
    const state = () => [
      parts.positions.get(TOKEN)?.shareMicros,
      parts.positions.get(OTHER_TOKEN)?.shareMicros,
      parts.kv.get('shadowCash'),
    ];
    return { ...parts, state };
  };

  it('adds shares and takes collateral when it is a split', () => {
    const { holdings, state } = setUp();
    holdings.moved(act('SPLIT'));
    expect(state()).toEqual([14_000_000n, 4_000_000n, -3_000_000n]);
  });

  it('takes shares and gives collateral when it is a merge or a redemption', () => {
    for (const kind of ['MERGE', 'REDEEM'] as const) {
      const { holdings, state } = setUp();
      holdings.moved(act(kind));
      expect(state()).toEqual([6_000_000n, undefined, 3_000_000n]);
    }
  });

  it('moves nothing when the reading of the positions has it already', () => {
    const { holdings, state } = setUp();
    holdings.moved(act('SPLIT', START_MS - 1));
    expect(state()).toEqual([10_000_000n, undefined, undefined]);
  });
});

describe('whether the leader has left a token', () => {
  it('is known only after a complete reading', () => {
    const { holdings } = followerParts();
    expect(holdings.hasExited(TOKEN)).toBe(false);
    holdings.seed([], { ...READ, complete: false });
    expect(holdings.hasExited(TOKEN)).toBe(false);
    holdings.seed([], READ);
    expect(holdings.hasExited(TOKEN)).toBe(true);
    holdings.seed([TEN], READ);
    expect([holdings.hasExited(TOKEN), holdings.hasExited(OTHER_TOKEN)]).toEqual([false, true]);
  });
});

describe('the exposure that sizes depend on', () => {
  it('is null before the first reading, and where no size depends on it', () => {
    const { holdings } = followerParts();
    expect(holdings.exposureFor(BUDGETED)).toBeNull();
    holdings.seed([TEN], { ...READ, complete: false });
    expect(holdings.exposureFor(BUDGETED)).toBe(4_000_000n);
    expect(holdings.exposureFor(settingsWith({}))).toBeNull();
  });
});
