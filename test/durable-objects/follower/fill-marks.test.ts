/** The high-water marks on their own: what is a new fill, what only a difference between two sources. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { parseConditionId, parseLeaderAddress, parseTokenId } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { FillMarks } from '../../../durable-objects/follower/fill-marks.ts';
import type { SqlRow } from '../../../durable-objects/platform/ports.ts';
import type { LeaderRow } from '../../../polymarket/public/leader-row.ts';

function marks(): FillMarks {
  const database = new DatabaseSync(':memory:');
  return new FillMarks({
    rows: (query, ...bindings) => database.prepare(query).all(...bindings) as SqlRow[],
    transaction: (work) => work(),
  });
}

function row(size: bigint): LeaderRow {
  return {
    txHash: `0x${'1'.repeat(64)}`,
    leaderAddress: parseLeaderAddress(`0x${'a'.repeat(40)}`)!,
    tokenId: parseTokenId('7')!,
    conditionId: parseConditionId(`0x${'b'.repeat(64)}`)!,
    side: 'BUY',
    shareMicros: shares(size),
    priceMicros: price(500_000n),
    notionalMicros: cash(size / 2n),
    eventAtMs: 1_000,
    title: '',
    slug: '',
    outcome: '',
  };
}

describe('the marks of fills', () => {
  it('record what another source says within the tolerance as a difference, once, and copy none of it', () => {
    const known = marks();
    expect(known.observeStream('RTDS_TRADES', [row(100_000_000n)]).fresh).toMatchObject([
      { difference: false },
    ]);
    const swept = known.observeSweep('DATA_API', [row(101_000_000n)]).fresh;
    expect(swept).toMatchObject([{ difference: true, shareMicros: 1_000_000n }]);
    expect(known.observeSweep('DATA_API', [row(101_000_000n)]).fresh[0]?.fillId).toBe(swept[0]?.fillId);
  });

  it('take what exceeds the tolerance as a fill under an id that no difference has', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(100_000_000n)]);
    const [difference] = known.observeSweep('DATA_API', [row(101_000_000n)]).fresh;
    const [fill] = known.observeSweep('DATA_API', [row(110_000_000n)]).fresh;
    expect(fill).toMatchObject({ difference: false, shareMicros: 10_000_000n });
    expect(fill?.fillId).not.toBe(difference?.fillId);
  });
});
