/** The high-water marks on their own: what is a new fill, what only a difference between two sources. */
import { describe, expect, it } from 'vitest';
import { fillId } from '../../../domain/ids.ts';
import { price, shares } from '../../../domain/money.ts';
import { FillMarks } from '../../../durable-objects/follower/fill-marks.ts';
import { KEPT_MS } from '../../../durable-objects/follower/retention.ts';
import type { LeaderRow } from '../../../polymarket/public/leader-row.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { hashOf, LEADER, leaderRow, OTHER_TOKEN, TOKEN } from './leader-data.ts';

const marks = (ports = new MemoryPorts()): FillMarks => new FillMarks(ports.storage);
const row = (size: bigint, part: Partial<LeaderRow> & { readonly tx?: string } = {}): LeaderRow =>
  leaderRow({ shareMicros: shares(size), ...part });
/** The shares of each fresh fill. */
const sizes = (outcome: ReturnType<FillMarks['observeStream']>) =>
  outcome.fresh.map((fill) => Number(fill.shareMicros));

const HUNDRED = 100_000_000n;

describe('the marks of fills', () => {
  it('record what another source says within the tolerance as a difference, once, and copy none of it', () => {
    const known = marks();
    expect(known.observeStream('RTDS_TRADES', [row(HUNDRED)]).fresh).toMatchObject([{ difference: false }]);
    const swept = known.observeSweep([row(101_000_000n)]).fresh;
    expect(swept).toMatchObject([{ difference: true, shareMicros: 1_000_000n }]);
    expect(known.observeSweep([row(101_000_000n)]).fresh[0]?.fillId).toBe(swept[0]?.fillId);
  });

  it('take float noise of a millionth of a share, in any part of a transaction, as a difference', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(60_000_000n), row(40_000_000n)]);
    for (const parts of [[100_000_001n], [60_000_001n, 40_000_000n], [60_000_000n, 40_000_001n]]) {
      const { fresh } = known.observeSweep(parts.map((size) => row(size)));
      expect(fresh.map(({ difference, shareMicros }) => [difference, shareMicros])).toEqual([[true, 1n]]);
    }
    expect(known.observeSweep([row(99_999_999n)]).fresh).toEqual([]);
    // The next part is a fill of its own size, noise included, and the stream then adds nothing to it.
    const [next] = known.observeSweep([row(HUNDRED + 1n), row(50_000_000n)]).fresh.slice(-1);
    expect(next).toMatchObject({ difference: false, shareMicros: 50_000_001n });
    expect(known.observeStream('RTDS_TRADES', [row(50_000_000n)]).fresh).toEqual([]);
  });

  it('take what exceeds the tolerance as a fill under an id that no difference has', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(HUNDRED)]);
    const [difference] = known.observeSweep([row(101_000_000n)]).fresh;
    const [fill] = known.observeSweep([row(110_000_000n)]).fresh;
    expect(fill).toMatchObject({ difference: false, shareMicros: 10_000_000n });
    expect(fill?.fillId).not.toBe(difference?.fillId);
  });

  it('draw the line at a hundredth of a share and two percent of the mark', () => {
    const at = (excess: bigint) => {
      const known = marks();
      known.observeStream('RTDS_TRADES', [row(HUNDRED)]);
      return known.observeSweep([row(HUNDRED + excess)]).fresh[0]?.difference;
    };
    expect([at(2_010_000n), at(2_010_001n)]).toEqual([true, false]);
  });

  it('leave the mark where it was after a difference', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(HUNDRED)]);
    known.observeSweep([row(102_000_000n)]);
    // 4 % above the mark of before; only 2 % above the difference.
    expect(known.observeSweep([row(104_000_000n)]).fresh).toMatchObject([
      { difference: false, shareMicros: 4_000_000n },
    ]);
  });

  it('give each part of a transaction an id of its own, from the mark before it', () => {
    const known = marks();
    const first = known.observeStream('RTDS_TRADES', [row(60_000_000n)]).fresh[0];
    const second = known.observeStream('RTDS_TRADES', [row(40_000_000n)]).fresh[0];
    const key = { txHash: hashOf('one'), leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY' } as const;
    expect(first?.fillId).toBe(fillId({ ...key, markBeforeShareMicros: 0n }));
    expect(second?.fillId).toBe(fillId({ ...key, markBeforeShareMicros: 60_000_000n }));
    expect(second?.row).toEqual(row(40_000_000n));
  });

  it('are kept through a restart', () => {
    const ports = new MemoryPorts();
    marks(ports).observeStream('RTDS_TRADES', [row(HUNDRED)]);
    expect(marks(ports.restarted()).observeSweep([row(HUNDRED)]).fresh).toEqual([]);
  });

  it('go after the time for which rows are kept, and the sums of their sources with them', () => {
    const known = marks();
    const old = row(HUNDRED, { eventAtMs: START_MS });
    const young = row(HUNDRED, { tx: 'two', eventAtMs: START_MS + 1 });
    known.observeStream('RTDS_TRADES', [old, young]);
    known.prune(START_MS + KEPT_MS);
    expect(known.observeStream('RTDS_TRADES', [old, young])).toMatchObject({ fresh: [], known: 2 });
    known.prune(START_MS + 1 + KEPT_MS);
    const again = known.observeStream('RTDS_TRADES', [old, young]);
    expect(again.fresh.map((fill) => fill.row)).toEqual([old]);
    expect(again.known).toBe(1);
    // The sum of the source is still there too: another part of the younger transaction adds to it.
    const part = { ...young, shareMicros: shares(50_000_000n) };
    expect(sizes(known.observeStream('RTDS_TRADES', [part]))).toEqual([50_000_000]);
  });
});

describe('rows of a stream', () => {
  it('add up within a transaction, and the same row never adds twice', () => {
    const known = marks();
    const parts = [row(60_000_000n), row(60_000_000n, { priceMicros: price(510_000n) })];
    expect(sizes(known.observeStream('RTDS_TRADES', parts))).toEqual([60_000_000, 60_000_000]);
    expect(known.observeStream('RTDS_TRADES', parts)).toEqual({ fresh: [], known: 2 });
  });

  it('are the same only when size, price and time are', () => {
    const known = marks();
    const given = row(HUNDRED);
    known.observeStream('RTDS_TRADES', [given]);
    const others = [
      { ...given, shareMicros: shares(50_000_000n) },
      { ...given, priceMicros: price(490_000n) },
      { ...given, eventAtMs: given.eventAtMs + 1_000 },
    ];
    expect(known.observeStream('RTDS_TRADES', others).fresh).toHaveLength(3);
    expect(known.observeStream('RTDS_TRADES', [...others, given]).fresh).toEqual([]);
  });

  it('are summed for each transaction, token and side apart', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(HUNDRED)]);
    const others = [
      row(HUNDRED, { tx: 'two' }),
      row(HUNDRED, { tokenId: OTHER_TOKEN }),
      row(HUNDRED, { side: 'SELL' }),
    ];
    const { fresh } = known.observeStream('RTDS_TRADES', others);
    expect(fresh.map((fill) => fill.shareMicros)).toEqual([HUNDRED, HUNDRED, HUNDRED]);
    expect(new Set(fresh.map((fill) => fill.fillId)).size).toBe(3);
    expect(known.observeSweep([row(HUNDRED), ...others]).fresh).toEqual([]);
  });

  it('of a second source are new only beyond what the first has reported', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(60_000_000n)]);
    expect(known.observeStream('RTDS_MATCHED', [row(40_000_000n)])).toEqual({ fresh: [], known: 1 });
    // 40 + 45 against a mark of 60: 25 more.
    expect(sizes(known.observeStream('RTDS_MATCHED', [row(45_000_000n)]))).toEqual([25_000_000]);
    // The first source, at 60 of 85, reports 25 more: known.
    expect(sizes(known.observeStream('RTDS_TRADES', [row(25_000_000n)]))).toEqual([]);
  });

  it('are fills however small beside a large one of the same source', () => {
    const known = marks();
    known.observeStream('RTDS_TRADES', [row(HUNDRED)]);
    expect(known.observeStream('RTDS_TRADES', [row(5_000n)]).fresh).toMatchObject([
      { difference: false, shareMicros: 5_000n },
    ]);
  });
});

describe('rows of a sweep', () => {
  it('count twice when they are twins, since a sweep lists a transaction whole; the next sweep adds nothing', () => {
    const known = marks();
    const twins = [row(HUNDRED), row(HUNDRED)];
    expect(known.observeSweep(twins)).toMatchObject({ fresh: [{}, {}], known: 0 });
    expect(known.observeSweep(twins)).toEqual({ fresh: [], known: 2 });
  });

  it('are counted afresh by each sweep: a row that a later one lists in addition is new', () => {
    const known = marks();
    known.observeSweep([row(HUNDRED)]);
    expect(sizes(known.observeSweep([row(HUNDRED), row(30_000_000n)]))).toEqual([30_000_000]);
  });

  it('keep transactions, tokens and sides apart', () => {
    const known = marks();
    const rows = [
      row(HUNDRED),
      row(HUNDRED, { side: 'SELL' }),
      row(HUNDRED, { tokenId: OTHER_TOKEN }),
      row(HUNDRED, { tx: 'two' }),
    ];
    expect(sizes(known.observeSweep(rows))).toEqual([1e8, 1e8, 1e8, 1e8]);
  });

  it('are fills however small beside a large one of the same sweep', () => {
    expect(sizes(marks().observeSweep([row(HUNDRED), row(5_000n)]))).toEqual([1e8, 5_000]);
  });

  it('make what a stream reports later known', () => {
    const known = marks();
    known.observeSweep([row(HUNDRED)]);
    expect(known.observeStream('RTDS_TRADES', [row(HUNDRED)])).toEqual({ fresh: [], known: 1 });
  });
});
