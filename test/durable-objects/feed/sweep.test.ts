/** Reading one sweep: every page since the bound, whole transactions, oldest first. */
import { describe, expect, it } from 'vitest';
import { OVERLAP_MS, readSweep } from '../../../durable-objects/feed/sweep.ts';
import type { ActivityRow, LeaderRow } from '../../../polymarket/public/leader-row.ts';
import { hashOf, LEADER, leaderRow } from '../follower/leader-data.ts';
import { START_MS } from '../memory-ports.ts';
import { page, ScriptedData } from './feed-parts.ts';

const BOUND_MS = START_MS;
const all = <Row>(rows: readonly Row[]): readonly Row[] => rows;
const row = (tx: string, eventAtMs = START_MS + 1_000): LeaderRow => leaderRow({ tx, eventAtMs });
const activity = (eventAtMs: number): ActivityRow => ({
  type: 'SPLIT',
  txHash: hashOf(`split ${eventAtMs}`),
  leaderAddress: LEADER,
  conditionId: leaderRow().conditionId,
  shareMicros: leaderRow().shareMicros,
  cashMicros: leaderRow().notionalMicros,
  eventAtMs,
  eventSlug: '',
});

async function sweep(given: Partial<ScriptedData>, believable: typeof all = all, boundMs = BOUND_MS) {
  const data = Object.assign(new ScriptedData(), given);
  const read = await readSweep(data, { user: LEADER, boundMs, believable });
  const asked = (list: 'trades' | 'activity') => data.asked.filter((one) => one.list === list);
  return { ...read, asked };
}

describe('a sweep', () => {
  it('reads trades and activity from the bound on, less the overlap', async () => {
    const { asked } = await sweep({});
    for (const list of ['trades', 'activity'] as const) {
      expect(asked(list)).toEqual([
        { user: LEADER, startMs: BOUND_MS - OVERLAP_MS, cursor: undefined, list },
      ]);
    }
    const early = await sweep({}, all, 5_000);
    expect(early.asked('trades')[0]?.startMs).toBe(0);
  });

  it('follows the cursor to the last page', async () => {
    const pages: Record<string, ReturnType<ScriptedData['trades']>> = {
      '': page([row('three')], 'second'),
      second: page([row('two')], 'third'),
      third: page([row('one')]),
    };
    const { chunks, complete, asked } = await sweep({ trades: ({ cursor }) => pages[cursor ?? '']! });
    expect(asked('trades').map((one) => one.cursor)).toEqual([undefined, 'second', 'third']);
    expect(chunks[0]?.rows).toHaveLength(3);
    expect(complete).toBe(true);
  });

  it('goes on after a page without rows', async () => {
    const { chunks } = await sweep({
      trades: ({ cursor }) => (cursor === undefined ? page([], 'more') : page([row('one')])),
    });
    expect(chunks[0]?.rows).toHaveLength(1);
  });

  it('ends at a page that ends before the start, where the server ignores it, and leaves its old rows out', async () => {
    const startMs = BOUND_MS - OVERLAP_MS;
    const rows = [
      row('new'),
      row('in the second of the start', startMs - 1_000),
      row('old', startMs - 1_001),
    ];
    const { chunks, complete, asked } = await sweep({ trades: () => page([...rows], 'more') });
    expect(asked('trades')).toHaveLength(1);
    expect(chunks.flatMap((chunk) => chunk.rows.map((one) => one.txHash)).sort()).toEqual(
      [hashOf('new'), hashOf('in the second of the start')].sort(),
    );
    expect(complete).toBe(true);
    const within = await sweep({
      trades: ({ cursor }) => (cursor === undefined ? page([row('a', startMs - 1_000)], 'more') : page([])),
    });
    expect(within.asked('trades')).toHaveLength(2);
  });

  it('is incomplete when there are more than fifty pages, of either list', async () => {
    const endless = () => page([row('one')], 'more');
    const trades = await sweep({ trades: endless });
    expect([trades.complete, trades.asked('trades').length]).toEqual([false, 50]);
    const { complete } = await sweep({ activity: () => page([activity(START_MS)], 'more') });
    expect(complete).toBe(false);
  });

  it('hands on what the parser refused, of both lists', async () => {
    const refused = (source: string) => [{ source, reason: 'bad', excerpt: '' }];
    const read = await sweep({
      trades: () => ({ ...page<LeaderRow>([]), refused: refused('trades') }),
      activity: () => ({ ...page<ActivityRow>([]), refused: refused('activity') }),
    });
    expect(read.refused.map((one) => one.source)).toEqual(['trades', 'activity']);
  });

  it('leaves out what is not believed, also from the next bound', async () => {
    const believable: typeof all = (rows) =>
      (rows as readonly { eventAtMs: number }[]).filter((one) => one.eventAtMs < START_MS + 60_000) as never;
    const read = await sweep(
      {
        trades: () => page([row('future', START_MS + 90_000), row('now', START_MS + 2_000)]),
        activity: () => page([activity(START_MS + 80_000)]),
      },
      believable,
    );
    expect(read.chunks.map((chunk) => [chunk.rows.length, chunk.activities.length])).toEqual([[1, 0]]);
    expect(read.newestAtMs).toBe(START_MS + 2_000);
  });

  it('has the newest event of both lists as its bound, and never an older one than before', async () => {
    const newest = async (trade: number, act: number) =>
      (
        await sweep({
          trades: () => page([row('one', START_MS + trade), row('two', START_MS - 5)]),
          activity: () => page([activity(START_MS + act)]),
        })
      ).newestAtMs - START_MS;
    expect([await newest(7, 3), await newest(3, 9), await newest(-4, -6)]).toEqual([7, 9, 0]);
  });

  it('rejects when a page cannot be read', async () => {
    const failing = () => {
      throw new Error('503');
    };
    await expect(sweep({ trades: failing })).rejects.toThrow('503');
  });
});

describe('the chunks of a sweep', () => {
  it('are oldest first, activities last and in order', async () => {
    const { chunks } = await sweep({
      trades: () => page([row('late', START_MS + 3), row('early', START_MS + 1)]),
      activity: () => page([activity(START_MS + 5), activity(START_MS + 2)]),
    });
    expect(
      chunks.map(({ rows, activities }) => [...rows, ...activities].map((one) => one.eventAtMs - START_MS)),
    ).toEqual([
      [1, 3],
      [2, 5],
    ]);
    expect(chunks.map(({ rows, activities }) => [rows.length, activities.length])).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });

  it('are none without rows', async () => {
    expect((await sweep({})).chunks).toEqual([]);
  });

  it('hold up to four hundred rows and never split a transaction', async () => {
    const of = (tx: string, count: number, atMs: number) =>
      Array.from({ length: count }, () => row(tx, START_MS + atMs));
    const sizes = async (...rows: LeaderRow[][]) =>
      (await sweep({ trades: () => page(rows.flat()) })).chunks.map((chunk) => chunk.rows.length);
    expect(await sizes(of('a', 300, 1), of('b', 100, 2))).toEqual([400]);
    expect(await sizes(of('a', 300, 1), of('b', 101, 2))).toEqual([300, 101]);
    expect(await sizes(of('a', 900, 1), of('b', 1, 2))).toEqual([900, 1]);
    expect(await sizes(of('a', 1, 1), of('b', 450, 2), of('a', 1, 3))).toEqual([2, 450]);
  });
});
