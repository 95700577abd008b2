/** What a leader holds: seeded, moved by fills and by splits, merges and redemptions, each change sent to D1. */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import { LeaderPositions } from '../../../durable-objects/follower/leader-positions.ts';
import type { SeedPosition } from '../../../durable-objects/rpc.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import {
  CONDITION,
  LEADER,
  leaderRow,
  OTHER_CONDITION,
  OTHER_TOKEN,
  outboxOver,
  TOKEN,
} from './leader-data.ts';

function setUp(ports = new MemoryPorts()) {
  const positions = new LeaderPositions(ports.storage, outboxOver(ports), LEADER);
  const trade = (side: 'BUY' | 'SELL', size: bigint, at = 500_000n, tokenId = TOKEN) =>
    positions.trade(leaderRow({ side, shareMicros: shares(size), priceMicros: price(at), tokenId }));
  const held = (token = TOKEN) => {
    const position = positions.get(token);
    return position && [Number(position.shareMicros), Number(position.costMicros)];
  };
  return { ports, positions, trade, held };
}

const seeded = (size: bigint, part: Partial<SeedPosition> = {}): SeedPosition => ({
  tokenId: TOKEN,
  conditionId: CONDITION,
  shareMicros: shares(size),
  avgPriceMicros: price(400_000n),
  eventSlug: '',
  ...part,
});

describe('a leader’s fills', () => {
  it('add shares at their cost, and take them out at the average cost, rounded down', () => {
    const { trade, held } = setUp();
    trade('BUY', 10_000_000n, 500_000n);
    trade('BUY', 20_000_001n, 200_000n);
    expect(held()).toEqual([30_000_001, 9_000_000]);
    trade('SELL', 10_000_000n, 900_000n);
    // 9.0 × 10 / 30.000001 = 2.999999 (rounded down) leaves the rest.
    expect(held()).toEqual([20_000_001, 6_000_001]);
  });

  it('leave nothing, never less, when more is sold than is known', () => {
    const { trade, held, positions } = setUp();
    trade('BUY', 10_000_000n);
    trade('SELL', 25_000_000n);
    expect(held()).toBeUndefined();
    expect([positions.list(), positions.cost(), positions.exposure()]).toEqual([[], 0n, 0n]);
  });

  it('may sell what was never seen to be bought', () => {
    const { trade, held, ports } = setUp();
    trade('SELL', 25_000_000n);
    expect(held()).toBeUndefined();
    expect(ports.outboxedOf('leaderPosition')).toMatchObject([{ shareMicros: 0n, costMicros: 0n }]);
  });

  it('move their own token only', () => {
    const { trade, held, positions } = setUp();
    trade('BUY', 10_000_000n);
    trade('BUY', 4_000_000n, 250_000n, OTHER_TOKEN);
    expect([held(), held(OTHER_TOKEN)]).toEqual([
      [10_000_000, 5_000_000],
      [4_000_000, 1_000_000],
    ]);
    expect(positions.list()).toHaveLength(2);
    expect(positions.cost()).toBe(6_000_000n);
  });

  it('are sent to D1 as they leave the position, each with the next revision', () => {
    const { trade, ports } = setUp();
    trade('BUY', 10_000_000n);
    trade('SELL', 4_000_000n);
    expect(ports.outboxedOf('leaderPosition')).toEqual([
      {
        kind: 'leaderPosition',
        leaderAddress: LEADER,
        tokenId: TOKEN,
        conditionId: CONDITION,
        shareMicros: 10_000_000n,
        costMicros: 5_000_000n,
        revision: 1,
      },
      {
        kind: 'leaderPosition',
        leaderAddress: LEADER,
        tokenId: TOKEN,
        conditionId: CONDITION,
        shareMicros: 6_000_000n,
        costMicros: 3_000_000n,
        revision: 2,
      },
    ]);
  });
});

describe('exposure', () => {
  it('values each token at the last price seen of it, bought or sold, rounded down', () => {
    const { trade, positions } = setUp();
    trade('BUY', 10_000_000n, 500_000n);
    trade('SELL', 3_000_001n, 333_333n);
    trade('BUY', 2_000_000n, 100_000n, OTHER_TOKEN);
    // 6.999999 × 0.333333 = 2.333330 (rounded down), and 0.2.
    expect(positions.exposure()).toBe(2_533_330n);
  });
});

describe('whether nothing is left', () => {
  it('is so below a tenth of a share, which cannot be sold', () => {
    const { trade, positions } = setUp();
    expect(positions.hasLeft(TOKEN)).toBe(true);
    trade('BUY', 100_000n);
    expect(positions.hasLeft(TOKEN)).toBe(false);
    trade('SELL', 1n);
    expect(positions.hasLeft(TOKEN)).toBe(true);
  });
});

describe('a reading of the venue’s list', () => {
  it('replaces what is in it, at the average price', () => {
    const { trade, positions, held } = setUp();
    trade('BUY', 10_000_000n);
    positions.seed([seeded(30_000_001n)], { complete: true, asOfMs: START_MS, keepUnsettled: false });
    expect(held()).toEqual([30_000_001, 12_000_000]);
    expect(positions.exposure()).toBe(12_000_000n);
  });

  it('empties what it does not list only when it is complete', () => {
    const { trade, positions, held, ports } = setUp();
    trade('BUY', 10_000_000n);
    trade('BUY', 10_000_000n, 500_000n, OTHER_TOKEN);
    positions.seed([seeded(1_000_000n)], { complete: false, asOfMs: START_MS, keepUnsettled: false });
    expect([held(), held(OTHER_TOKEN)]).toEqual([
      [1_000_000, 400_000],
      [10_000_000, 5_000_000],
    ]);
    ports.clearOutbox();
    positions.seed([seeded(1_000_000n)], { complete: true, asOfMs: START_MS, keepUnsettled: false });
    expect([held(), held(OTHER_TOKEN)]).toEqual([[1_000_000, 400_000], undefined]);
    expect(ports.outboxedOf('leaderPosition')).toMatchObject([
      { tokenId: OTHER_TOKEN, conditionId: CONDITION, shareMicros: 0n, costMicros: 0n, revision: 2 },
    ]);
  });

  it('leaves out a token that was traded within 15 seconds before, which the list may lack', () => {
    for (const [secondsBefore, kept] of [
      [15, 10_000_000],
      [16, 4_000_000],
    ] as const) {
      const { positions, held } = setUp();
      positions.trade(
        leaderRow({ shareMicros: shares(10_000_000n), eventAtMs: START_MS - secondsBefore * 1_000 }),
      );
      positions.seed([seeded(4_000_000n)], { complete: true, asOfMs: START_MS, keepUnsettled: true });
      expect(held()?.[0]).toBe(kept);
      positions.seed([seeded(4_000_000n)], { complete: true, asOfMs: START_MS, keepUnsettled: false });
      expect(held()?.[0]).toBe(4_000_000);
    }
  });

  it('is shown before it is taken: what is held and was traded, and what would be left', () => {
    const { trade, positions } = setUp();
    positions.seed([seeded(9_000_000n, { eventSlug: 'cup' })], {
      complete: true,
      asOfMs: START_MS - 60_000,
      keepUnsettled: false,
    });
    trade('BUY', 2_000_000n);
    trade('SELL', 1_000_000n, 500_000n, OTHER_TOKEN);
    const later = { side: 'SELL' as const, shareMicros: shares(3_000_000n), eventAtMs: START_MS + 20_000 };
    positions.trade(leaderRow(later));
    expect(positions.changes([seeded(7_000_000n)], { asOfMs: START_MS + 20_000 })).toEqual([
      {
        tokenId: TOKEN,
        conditionId: CONDITION,
        eventSlug: 'cup',
        heldShareMicros: 8_000_000n,
        readShareMicros: 4_000_000n,
        tradedShareMicros: 5_000_000n,
        isSettled: true,
        unsettledShareMicros: 0n,
      },
    ]);
    expect(positions.changes([], { asOfMs: START_MS })).toMatchObject([
      { readShareMicros: 0n, isSettled: false, unsettledShareMicros: 0n },
    ]);
    expect(positions.changes([], { asOfMs: START_MS + 21_000 })).toMatchObject([
      { unsettledShareMicros: 3_000_000n },
    ]);
    expect(positions.get(TOKEN)?.shareMicros).toBe(8_000_000n);
  });

  it('does not write again what has long been empty', () => {
    const { trade, positions, ports } = setUp();
    trade('BUY', 10_000_000n);
    trade('SELL', 10_000_000n);
    ports.clearOutbox();
    positions.seed([], { complete: true, asOfMs: START_MS, keepUnsettled: false });
    expect(ports.outboxed()).toEqual([]);
  });
});

describe('splits, merges and redemptions', () => {
  const tokenIds = [TOKEN, OTHER_TOKEN];

  it('move every token of the condition, a split at half a dollar each', () => {
    const { positions, held } = setUp();
    positions.act({
      conditionId: CONDITION,
      tokenIds,
      signedShareMicros: shares(10_000_000n),
      eventAtMs: START_MS,
    });
    expect([held(), held(OTHER_TOKEN)]).toEqual([
      [10_000_000, 5_000_000],
      [10_000_000, 5_000_000],
    ]);
    positions.act({
      conditionId: CONDITION,
      tokenIds,
      signedShareMicros: shares(-4_000_000n),
      eventAtMs: START_MS,
    });
    expect([held(), held(OTHER_TOKEN)]).toEqual([
      [6_000_000, 3_000_000],
      [6_000_000, 3_000_000],
    ]);
  });

  it('leave a token of which nothing was held empty', () => {
    const { trade, positions, held } = setUp();
    trade('BUY', 10_000_000n);
    positions.act({
      conditionId: OTHER_CONDITION,
      tokenIds,
      signedShareMicros: shares(-10_000_000n),
      eventAtMs: START_MS,
    });
    expect([held(), held(OTHER_TOKEN)]).toEqual([undefined, undefined]);
  });
});
