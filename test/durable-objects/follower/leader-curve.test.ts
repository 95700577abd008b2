/** The leader's own curve: what counts as profit, what does not, and the row that it becomes. */
import { describe, expect, it } from 'vitest';
import { cash, price, shares } from '../../../domain/money.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { START_MS } from '../memory-ports.ts';
import { followerParts } from './follower-parts.ts';
import { CONDITION, LEADER, leaderRow, TOKEN } from './leader-data.ts';

function setUp() {
  const { ports, positions, curve } = followerParts();
  const trade = (side: 'BUY' | 'SELL', size: bigint, at: bigint) => {
    const row = leaderRow({ side, shareMicros: shares(size), priceMicros: price(at) });
    positions.trade(row);
    curve.traded(side, row.notionalMicros);
  };
  const seed = (size: bigint, at: bigint) =>
    curve.seed(
      [
        {
          tokenId: TOKEN,
          conditionId: CONDITION,
          shareMicros: shares(size),
          avgPriceMicros: price(at),
          eventSlug: '',
        },
      ],
      { complete: true, asOfMs: START_MS, keepUnsettled: false },
    );
  const snapshot = (atMs = START_MS) => {
    curve.snapshot(atMs);
    return ports.outboxedOf('snapshot').at(-1)!;
  };
  return { curve, trade, seed, snapshot };
}

describe('the leader’s curve', () => {
  it('shows the profit of what was bought and has risen, part of it taken', () => {
    const { trade, snapshot } = setUp();
    trade('BUY', 10_000_000n, 400_000n);
    trade('SELL', 5_000_000n, 600_000n);
    expect(snapshot(START_MS + 1_234)).toEqual({
      kind: 'snapshot',
      mode: 'PAPER',
      portfolioScope: 'SHADOW_USER',
      leaderAddress: LEADER,
      bucket: 'HOUR',
      bucketAtMs: START_MS,
      equityMicros: 2_000_000n,
      cashMicros: -1_000_000n,
      exposureMicros: 3_000_000n,
      realisedMicros: 1_000_000n,
      unrealisedMicros: 1_000_000n,
      flowMicros: 0n,
      peakExposureMicros: 3_000_000n,
      revision: 1,
    });
  });

  it('starts at zero with what the venue lists, and counts only what happens after', () => {
    const { trade, seed, snapshot } = setUp();
    seed(10_000_000n, 400_000n);
    expect(snapshot()).toMatchObject({ equityMicros: 0n, exposureMicros: 4_000_000n, cashMicros: 0n });
    trade('SELL', 10_000_000n, 500_000n);
    expect(snapshot()).toMatchObject({ equityMicros: 1_000_000n, exposureMicros: 0n });
  });

  it('makes no profit of a later reading that lists more or less', () => {
    const { seed, snapshot } = setUp();
    seed(10_000_000n, 400_000n);
    seed(30_000_000n, 400_000n);
    expect(snapshot()).toMatchObject({ equityMicros: 0n, exposureMicros: 12_000_000n });
    seed(5_000_000n, 400_000n);
    expect(snapshot()).toMatchObject({ equityMicros: 0n, exposureMicros: 2_000_000n });
  });

  it('moves by collateral that splits take and merges give back', () => {
    const { curve, snapshot } = setUp();
    curve.moved(cash(-3_000_000n));
    curve.moved(cash(1_000_000n));
    expect(snapshot()).toMatchObject({ cashMicros: -2_000_000n, equityMicros: -2_000_000n });
  });

  it('remembers the largest exposure, and numbers its rows', () => {
    const { trade, snapshot } = setUp();
    trade('BUY', 10_000_000n, 400_000n);
    snapshot();
    trade('SELL', 10_000_000n, 400_000n);
    expect(snapshot(START_MS + HOUR_MS)).toMatchObject({
      bucketAtMs: START_MS + HOUR_MS,
      exposureMicros: 0n,
      peakExposureMicros: 4_000_000n,
      revision: 2,
    });
  });
});
