/** The counts as pages read them: summed over days, bounded, by the primary key, and never a guess. */
import { describe, expect, it } from 'vitest';
import { EMPTY_STATS } from '../../../domain/records/copy-stats.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { listDayStats, readStats, readStatsOfLeaders } from '../../../ledger/read/stats.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import { copyStats, LEADER, OTHER_LEADER } from '../records.ts';
import { writeRows } from '../write-rows.ts';

const DAY_MS = 86_400_000;
const MONDAY = Date.UTC(2026, 10, 23);
const WHOLE = { mode: 'PAPER', leaderAddress: '' } as const;

async function filled(records: readonly OutboxRecord[]): Promise<FakeD1> {
  const fake = openD1();
  await writeRows(fake.d1, records);
  fake.queries.length = 0;
  return fake;
}

/** So many days from Monday on, each with one attempt more than the day before, and the row of all days. */
function days(length: number): readonly OutboxRecord[] {
  const each = Array.from({ length }, (_, day) =>
    copyStats({ leaderAddress: '', dayAtMs: MONDAY + day * DAY_MS, attempts: day + 1 }),
  );
  return [...each, copyStats({ leaderAddress: '', dayAtMs: 0, attempts: 9_999 })];
}

describe('the counts', () => {
  it('are summed from a day on, without the row of all days', async () => {
    const { d1 } = await filled(days(5));
    const stats = await readStats(d1, { ...WHOLE, sinceDayMs: MONDAY + 3 * DAY_MS });
    expect(stats).toMatchObject({
      attempts: 4 + 5,
      executed: 2,
      slippage: [0, 0, 0, 0, 2, 0, 0, 0],
      detectionLag: [2, 4, 0, 0, 0, 0],
      reasons: { SPREAD_TOO_WIDE: 4, BOOK_STALE: 2 },
    });
    expect(await readStats(d1, { ...WHOLE, sinceDayMs: 0 })).toMatchObject({ attempts: 15 });
  });

  it('of all days are one row', async () => {
    const { d1, queries } = await filled(days(5));
    expect(await readStats(d1, { ...WHOLE, sinceDayMs: 'all' })).toMatchObject({ attempts: 9_999 });
    expect(queries).toHaveLength(1);
  });

  it('are zeros where nothing was ever counted, and never those of the other mode or another leader', async () => {
    const { d1 } = await filled([copyStats({ dayAtMs: 0 }), copyStats()]);
    for (const sinceDayMs of ['all', 0] as const) {
      const live = { mode: 'LIVE', leaderAddress: LEADER, sinceDayMs } as const;
      expect(await readStats(d1, live)).toEqual(EMPTY_STATS);
      expect(await readStats(d1, { ...live, mode: 'PAPER', leaderAddress: OTHER_LEADER })).toEqual(
        EMPTY_STATS,
      );
    }
  });

  it('of each day are listed oldest first', async () => {
    const { d1 } = await filled(days(3));
    const list = await listDayStats(d1, { ...WHOLE, sinceDayMs: MONDAY + DAY_MS });
    expect(list.map((day) => [day.dayAtMs, day.stats.attempts])).toEqual([
      [MONDAY + DAY_MS, 2],
      [MONDAY + 2 * DAY_MS, 3],
    ]);
  });

  it('of more than 400 days are refused, rather than cut in silence', async () => {
    const { d1 } = await filled(days(401));
    await expect(readStats(d1, { ...WHOLE, sinceDayMs: MONDAY })).rejects.toThrow(RangeError);
    expect(await listDayStats(d1, { ...WHOLE, sinceDayMs: MONDAY + DAY_MS })).toHaveLength(400);
  });

  it('of many leaders take one statement', async () => {
    const { d1, queries } = await filled([
      copyStats({ dayAtMs: 0, attempts: 7 }),
      copyStats({ attempts: 1 }),
      copyStats({ dayAtMs: 0, leaderAddress: OTHER_LEADER, attempts: 8 }),
      copyStats({ dayAtMs: 0, leaderAddress: '', attempts: 15 }),
    ]);
    const stats = await readStatsOfLeaders(d1, 'PAPER', [LEADER, OTHER_LEADER, `0x${'9'.repeat(40)}`]);
    expect([...stats].map(([leader, one]) => [leader, one.attempts])).toEqual([
      [LEADER, 7],
      [OTHER_LEADER, 8],
    ]);
    expect(queries).toHaveLength(1);
    expect(await readStatsOfLeaders(d1, 'PAPER', [])).toEqual(new Map());
  });

  it.each([
    ['a reason that is none of ours', 'reasons', '{"MADE_UP":1}'],
    ['a histogram of other buckets', 'slippage', '[1,2,3]'],
    ['half an attempt', 'copy_lag', '[0.5,0,0,0,0,0]'],
    ['no list at all', 'copy_lag', 'null'],
  ])('throw on %s, rather than show a guess', async (_what, column, text) => {
    const { d1, sqlite } = await filled([copyStats({ dayAtMs: 0 }), copyStats()]);
    sqlite.prepare(`UPDATE copy_stats SET ${column} = ?`).run(text);
    const leader = { mode: 'PAPER', leaderAddress: LEADER } as const;
    await expect(readStats(d1, { ...leader, sinceDayMs: 'all' })).rejects.toThrow();
    await expect(readStats(d1, { ...leader, sinceDayMs: 1 })).rejects.toThrow();
  });

  it('below zero, of what was taken out without ever having been put in, are none', async () => {
    const { d1, sqlite } = await filled([copyStats({ dayAtMs: 0 })]);
    sqlite.prepare("UPDATE copy_stats SET unfilled = -1, detection_lag = '[-1,2,0,0,0,0]'").run();
    const stats = await readStats(d1, { mode: 'PAPER', leaderAddress: LEADER, sinceDayMs: 'all' });
    expect([stats.unfilled, stats.detectionLag]).toEqual([0, [0, 2, 0, 0, 0, 0]]);
  });

  it('are found by the whole primary key, or by its beginning for a range of days', async () => {
    const { d1, sqlite, queries } = await filled(days(3));
    await readStatsOfLeaders(d1, 'PAPER', [LEADER, OTHER_LEADER]);
    await listDayStats(d1, { ...WHOLE, sinceDayMs: MONDAY });
    const steps = queries.map((query) =>
      sqlite
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map((row) => String(row.detail)),
    );
    expect(steps[0]).toContain(
      'SEARCH copy_stats USING PRIMARY KEY (mode=? AND leader_address=? AND day_at_ms=?)',
    );
    expect(steps[1]).toEqual([
      'SEARCH copy_stats USING PRIMARY KEY (mode=? AND leader_address=? AND day_at_ms>?)',
    ]);
  });
});
