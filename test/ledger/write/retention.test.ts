import { describe, expect, it } from 'vitest';
import { parseLeaderAddress } from '../../../domain/ids.ts';
import { DEFAULT_SYSTEM_SETTINGS, type SystemSettings } from '../../../domain/settings/system-settings.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { RETENTION_EVERY_MS, type Retained, retain } from '../../../ledger/write/retention.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import {
  AT,
  attempt,
  copyFill,
  groupMember,
  LEADER,
  leaderFill,
  ledgerEntry,
  market,
  OTHER_LEADER,
  position,
  snapshot,
} from '../records.ts';
import { writeRows } from '../write-rows.ts';

const KEPT_DAYS = DEFAULT_SYSTEM_SETTINGS.tradeDaysMax;
const LATER_MS = AT + (KEPT_DAYS + 1) * DAY_MS;

/** So many calls, as cron makes them. */
async function calls(
  fake: FakeD1,
  count: number,
  { nowMs = LATER_MS, ...settings }: Partial<SystemSettings> & { nowMs?: number } = {},
): Promise<readonly Retained[]> {
  const done: Retained[] = [];
  for (let call = 0; call < count; call += 1)
    done.push(
      await retain(fake.d1, {
        settings: { ...DEFAULT_SYSTEM_SETTINGS, ...settings },
        leaders: [LEADER, OTHER_LEADER].flatMap((address) => parseLeaderAddress(address) ?? []),
        nowMs: nowMs + call * RETENTION_EVERY_MS,
      }),
    );
  return done;
}

function all(fake: FakeD1, query: string): unknown[] {
  return fake.sqlite.prepare(query).all();
}

function count(fake: FakeD1, table: string): unknown {
  return fake.sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
}

/** A copy of the leader with all the rows that it leaves. */
function trade(id: string, tokenId: string, at: number) {
  const own = { tokenId, groupKey: id };
  return [
    leaderFill({ ...own, fillId: id, eventAtMs: at }),
    attempt({
      ...own,
      decidedAtMs: at,
      idempotencyKey: id,
      filledNotionalMicros: 5_000_000n,
      feeMicros: 10n,
    }),
    groupMember({ memberId: id, groupKey: id }),
    copyFill({ ...own, fillKey: `${id}:0`, filledAtMs: at }),
    ledgerEntry({ tokenId, refId: `copy:${id}`, bookedAtMs: at }),
  ];
}

describe('old rows', () => {
  it('go once their sums are kept, with everything that belongs to them', async () => {
    const fake = openD1();
    await writeRows(fake.d1, [...trade('one', '111', AT), ...trade('two', '222', AT + 1)]);
    await calls(fake, 12);
    for (const table of ['leader_fills', 'copy_attempts', 'group_members', 'copy_fills', 'ledger_entries'])
      expect(count(fake, table), table).toBe(0);
    expect(
      all(fake, "SELECT row_count, notional_micros, fee_micros FROM day_sums WHERE kind = 'attempts'"),
    ).toEqual([{ row_count: 2, notional_micros: 10_000_000, fee_micros: 20 }]);
    expect(
      all(fake, 'SELECT kind FROM day_sums GROUP BY kind ORDER BY kind').map(
        (row) => (row as { kind: string }).kind,
      ),
    ).toEqual(['attempts', 'fills', 'leader-fills', 'ledger']);
  });

  it('stay while a position of their leader and token is open, and go after it is closed', async () => {
    const fake = openD1();
    await writeRows(fake.d1, [
      ...trade('held', '111', AT),
      ...trade('sold', '222', AT + 1),
      position({ tokenId: '111', shareMicros: 1n }),
    ]);
    await calls(fake, 12);
    expect(all(fake, 'SELECT group_key FROM copy_attempts')).toEqual([{ group_key: 'held' }]);
    expect(all(fake, 'SELECT fill_id FROM leader_fills')).toEqual([{ fill_id: 'held' }]);
    fake.sqlite.exec('UPDATE positions SET share_micros = 0');
    await calls(fake, 12, { nowMs: LATER_MS + 31 * DAY_MS });
    expect(count(fake, 'copy_attempts')).toBe(0);
    expect(count(fake, 'leader_fills')).toBe(0);
  });

  it('are left with no sums when a call is cut off, and go with the next', async () => {
    const fake = openD1();
    await writeRows(fake.d1, trade('one', '111', AT));
    const { d1 } = fake;
    const batch = d1.batch.bind(d1);
    // Every step that would remove something fails half-way.
    const cut = {
      ...d1,
      batch: async (statements: D1PreparedStatement[]) => {
        const isRemoval = fake.queries.at(-1)?.startsWith('INSERT INTO maintenance') === true;
        return batch(isRemoval ? [...statements, d1.prepare('SELECT * FROM no_such_table')] : statements);
      },
    } as D1Database; // what the clean-up uses of D1
    await expect(calls({ ...fake, d1: cut }, 2)).rejects.toThrow('no_such_table');
    expect(count(fake, 'leader_fills')).toBe(1);
    expect(count(fake, 'day_sums')).toBe(0);
    await calls(fake, 12);
    expect(count(fake, 'leader_fills')).toBe(0);
    expect(all(fake, "SELECT row_count FROM day_sums WHERE kind = 'leader-fills'")).toEqual([
      { row_count: 1 },
    ]);
  });

  it('go a few in one call: never more rows written than a fifth of a day of the Free plan', async () => {
    const fake = openD1();
    const rows = Array.from({ length: 300 }, (_, index) =>
      leaderFill({ fillId: `fill-${index}`, eventAtMs: AT + index }),
    );
    await writeRows(fake.d1, rows);
    const removed = (await calls(fake, 10)).map((one) => one.removedRows);
    expect(Math.max(...removed)).toBeGreaterThan(10);
    expect(Math.max(...removed) * 7 * 144).toBeLessThanOrEqual(22_000);
  });

  it('lose their facts first, each once', async () => {
    const fake = openD1();
    const old = Array.from({ length: 250 }, (_, i) => attempt({ groupKey: `old-${i}`, decidedAtMs: AT - i }));
    await writeRows(fake.d1, [...old, attempt({ groupKey: 'young', decidedAtMs: AT + 50 * DAY_MS })]);
    const done = await calls(fake, 8, { nowMs: AT + 91 * DAY_MS });
    expect(done.reduce((sum, one) => sum + one.removedRows, 0)).toBe(250);
    expect(all(fake, "SELECT group_key FROM copy_attempts WHERE facts <> ''")).toEqual([
      { group_key: 'young' },
    ]);
    expect(count(fake, 'copy_attempts')).toBe(251);
  });
});

describe('a database that is too large', () => {
  it('gives up rows that are not old yet, but none of the last two weeks', async () => {
    const fake = openD1();
    const young = AT + 40 * DAY_MS;
    await writeRows(fake.d1, [...trade('month', '111', AT), ...trade('week', '222', young)]);
    const nowMs = AT + 47 * DAY_MS;
    fake.reporting(297_000_000);
    await calls(fake, 40, { nowMs });
    expect(count(fake, 'copy_attempts')).toBe(2);
    fake.reporting(298_000_000);
    await calls(fake, 40, { nowMs });
    expect(all(fake, 'SELECT group_key FROM copy_attempts')).toEqual([{ group_key: 'week' }]);
    expect(all(fake, 'SELECT fill_id FROM leader_fills')).toEqual([{ fill_id: 'week' }]);
    expect(all(fake, "SELECT group_key FROM copy_attempts WHERE facts <> ''")).toEqual([
      { group_key: 'week' },
    ]);
  });

  it('is noted each day, with what was removed', async () => {
    const fake = openD1();
    fake.reporting(123);
    await writeRows(fake.d1, trade('one', '111', AT));
    await calls(fake, 4);
    const [day] = all(fake, 'SELECT bytes, removed_rows FROM storage_days') as Record<string, number>[];
    expect(day?.bytes).toBe(123);
    expect(day?.removed_rows).toBeGreaterThan(0);
  });
});

describe('a full database', () => {
  it('takes no sums, but gives up facts, which makes the room for them', async () => {
    const fake = openD1();
    await writeRows(fake.d1, trade('one', '111', AT));
    // No room for a new row.
    fake.sqlite.exec(
      "CREATE TRIGGER full BEFORE INSERT ON day_sums BEGIN SELECT raise(ABORT, 'Exceeded maximum DB size'); END",
    );
    const failures: string[] = [];
    for (let call = 0; call < 8; call += 1)
      await calls(fake, 1, { nowMs: LATER_MS + call * RETENTION_EVERY_MS }).catch((error: unknown) =>
        failures.push(String(error)),
      );
    expect(failures.join()).toContain('Exceeded maximum DB size');
    expect(all(fake, 'SELECT facts FROM copy_attempts')).toEqual([{ facts: '' }]);
    fake.sqlite.exec('DROP TRIGGER full');
    await calls(fake, 12, { nowMs: LATER_MS + DAY_MS });
    expect(count(fake, 'copy_attempts')).toBe(0);
  });
});

describe('snapshots', () => {
  it('keep the last of each hour, and after longer the last of each day', async () => {
    const fake = openD1();
    const midnight = AT - (AT % DAY_MS);
    const rows = Array.from({ length: 120 }, (_, minute) =>
      snapshot({ bucket: 'MINUTE', bucketAtMs: midnight + minute * MINUTE_MS }),
    );
    await writeRows(fake.d1, rows);
    await calls(fake, 12, { nowMs: midnight + 32 * DAY_MS });
    const left = () => all(fake, 'SELECT bucket_at_ms AS at FROM portfolio_snapshots ORDER BY 1');
    expect(left()).toEqual([
      { at: midnight + HOUR_MS - MINUTE_MS },
      { at: midnight + 2 * HOUR_MS - MINUTE_MS },
    ]);
    await calls(fake, 12, { nowMs: midnight + 402 * DAY_MS });
    expect(left()).toEqual([{ at: midnight + 2 * HOUR_MS - MINUTE_MS }]);
  });
});

describe('markets', () => {
  it('go once they closed long ago and no row names them, also from the search', async () => {
    const fake = openD1();
    const named = `0x${'1'.repeat(64)}`;
    await writeRows(fake.d1, [
      market({ tokenId: '111', conditionId: `0x${'0'.repeat(64)}`, title: 'forgotten', closeAtMs: AT }),
      market({ tokenId: '222', conditionId: named, title: 'remembered', closeAtMs: AT }),
      market({ tokenId: '333', conditionId: `0x${'2'.repeat(64)}`, title: 'open', closeAtMs: null }),
      leaderFill({ conditionId: named, eventAtMs: AT + 100 * DAY_MS }),
    ]);
    await calls(fake, 4, { nowMs: AT + 130 * DAY_MS });
    expect(all(fake, 'SELECT title FROM markets ORDER BY market_no')).toEqual([
      { title: 'remembered' },
      { title: 'open' },
    ]);
    expect(all(fake, "SELECT rowid FROM market_search WHERE market_search MATCH 'forgotten'")).toEqual([]);
  });
});

it('finds every row by an index', async () => {
  const fake = openD1();
  const old = [...trade('one', '111', AT), market({ closeAtMs: AT }), snapshot({ bucketAtMs: AT })];
  await writeRows(fake.d1, old);
  const from = fake.queries.length;
  await calls(fake, 4);
  const scans = [...new Set(fake.queries.slice(from))].flatMap((query) =>
    fake.sqlite
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((detail) => /^SCAN (?!maintenance|CONSTANT|json_each|\w+ VIRTUAL)/.test(detail))
      .map((detail) => `${detail}: ${query}`),
  );
  expect(scans).toEqual([]);
});
