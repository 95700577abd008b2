import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import {
  ACTIVITY_TYPES,
  DECISIONS,
  FILL_DISPOSITIONS,
  LEADER_FILL_SOURCES,
  LEDGER_ENTRY_TYPES,
  SOURCE_TYPES,
} from '../../../domain/decide/reasons.ts';
import { FILL_STATES, ORDER_STATES } from '../../../domain/orders/orders.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { auditLog, controlVersions, maintenance } from '../../../ledger/schema/control-schema.ts';
import * as live from '../../../ledger/schema/live-schema.ts';
import * as schema from '../../../ledger/schema/schema.ts';
import * as stats from '../../../ledger/schema/stats-schema.ts';
import { BATCH_RECORDS_MAX, writeOutbox } from '../../../ledger/write/outbox-writer.ts';
import { type FakeD1, migrationFiles, openD1 } from '../d1-over-sqlite.ts';
import {
  activity,
  attempt,
  copyFill,
  copyStats,
  difference,
  groupMember,
  leaderFill,
  leaderPosition,
  ledgerEntry,
  liveFill,
  liveOrder,
  market,
  ORDER_ID,
  position,
  quarantined,
  shadowOrder,
  snapshot,
  venuePosition,
} from '../records.ts';

const TABLES = {
  leaderFill: schema.leaderFills,
  leaderActivity: schema.leaderActivities,
  groupMember: schema.groupMembers,
  attempt: schema.copyAttempts,
  copyFill: schema.copyFills,
  ledger: schema.ledgerEntries,
  position: schema.positions,
  snapshot: schema.portfolioSnapshots,
  copyStats: stats.copyStats,
  leaderPosition: schema.leaderPositions,
  market: schema.markets,
  quarantine: schema.quarantine,
  liveOrder: live.liveOrders,
  liveFill: live.liveFills,
  venuePosition: live.venuePositions,
  difference: live.differences,
} satisfies Record<OutboxRecord['kind'], unknown>;

const ONE_OF_EACH: readonly OutboxRecord[] = [
  leaderFill(),
  activity(),
  groupMember(),
  attempt(),
  copyFill(),
  ledgerEntry(),
  position(),
  snapshot(),
  copyStats(),
  leaderPosition(),
  market(),
  quarantined(),
  liveOrder(),
  liveFill(),
  venuePosition(),
  difference(),
];

function dump({ sqlite }: FakeD1): unknown {
  return Object.values(TABLES).map((table) =>
    sqlite.prepare(`SELECT * FROM ${getTableConfig(table).name}`).all(),
  );
}

/** What D1 bills for one new row: the row, and an entry for every index that is not the table itself. */
function rowsWritten({ sqlite }: FakeD1, records: readonly OutboxRecord[]): number {
  let rows = 0;
  for (const { kind } of records) {
    const { name } = getTableConfig(TABLES[kind]);
    const clustered = sqlite
      .prepare("SELECT wr FROM pragma_table_list WHERE name = ? AND schema = 'main'")
      .get(name)?.wr;
    const indexes = sqlite.prepare('SELECT name, origin FROM pragma_index_list(?)').all(name);
    rows += 1 + indexes.filter((index) => !(clustered === 1 && index.origin === 'pk')).length;
  }
  return rows;
}

describe('the writer of the outbox', () => {
  it('writes one row per record of every kind', async () => {
    const fake = openD1();
    await writeOutbox(fake.d1, ONE_OF_EACH);
    for (const table of Object.values(TABLES)) {
      const { name } = getTableConfig(table);
      expect(fake.sqlite.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.n, name).toBe(1);
    }
  });

  it('changes nothing when a batch lands twice', async () => {
    const fake = openD1();
    await writeOutbox(fake.d1, ONE_OF_EACH);
    const once = dump(fake);
    await writeOutbox(fake.d1, ONE_OF_EACH);
    expect(dump(fake)).toEqual(once);
  });

  it('changes nothing when a batch lands after its successor', async () => {
    const fake = openD1();
    const successor = [
      attempt({ revision: 2, fillCount: 3 }),
      position({ revision: 2, shareMicros: 0n }),
      snapshot({ revision: 2, equityMicros: 1n }),
      copyStats({ revision: 2, attempts: 9, reasons: {} }),
      leaderPosition({ revision: 2, shareMicros: 1n }),
      market({ revision: 2, title: 'A better title' }),
      liveOrder({ revision: 2, state: 'CANCELED' }),
      liveFill({ revision: 2, state: 'FAILED' }),
      venuePosition({ revision: 2, shareMicros: 0n }),
      difference({ revision: 2, endedAtMs: 9 }),
    ];
    await writeOutbox(fake.d1, successor);
    const after = dump(fake);
    await writeOutbox(fake.d1, [attempt(), position(), snapshot(), copyStats(), leaderPosition(), market()]);
    await writeOutbox(fake.d1, [liveOrder(), liveFill(), venuePosition(), difference()]);
    expect(dump(fake)).toEqual(after);
  });

  it('takes a higher revision whole', async () => {
    const fake = openD1();
    await writeOutbox(fake.d1, [attempt(), position()]);
    await writeOutbox(fake.d1, [
      attempt({ revision: 2, fillCount: 3, leaderNotionalMicros: 99_000_000n }),
      position({ revision: 2, shareMicros: 7n, markPriceMicros: null }),
    ]);
    const row = fake.sqlite
      .prepare('SELECT revision, fill_count, leader_notional_micros FROM copy_attempts')
      .get();
    expect(row).toEqual({ revision: 2, fill_count: 3, leader_notional_micros: 99_000_000 });
    expect(fake.sqlite.prepare('SELECT share_micros, mark_price_micros FROM positions').get()).toEqual({
      share_micros: 7,
      mark_price_micros: null,
    });
  });

  it('keeps PAPER and LIVE rows of the same group, fill and entry apart', async () => {
    const fake = openD1();
    const both = ONE_OF_EACH.flatMap((record) =>
      'mode' in record ? [record, { ...record, mode: 'LIVE' }] : [],
    );
    await writeOutbox(fake.d1, both as OutboxRecord[]);
    for (const { name } of Object.values(TABLES).map(getTableConfig)) {
      const modes = fake.sqlite
        .prepare(`SELECT * FROM ${name}`)
        .all()
        .map((row) => row.mode);
      if (modes.length > 0) expect(modes.sort(), name).toEqual(['LIVE', 'PAPER']);
    }
  });

  it('writes all of a batch or nothing of it', async () => {
    const fake = openD1();
    const wrong = { ...copyFill(), side: 'HOLD' } as unknown as OutboxRecord;
    await expect(writeOutbox(fake.d1, [leaderFill(), wrong])).rejects.toThrow();
    expect(fake.sqlite.prepare('SELECT count(*) AS n FROM leader_fills').get()?.n).toBe(0);
  });

  it('refuses money that D1 could not hold exactly', async () => {
    const fake = openD1();
    const tooMuch = leaderFill({ notionalMicros: 9_007_199_254_740_992n });
    await expect(writeOutbox(fake.d1, [tooMuch])).rejects.toThrow(/safe integer/);
  });

  it('refuses a batch above the limit', async () => {
    const fake = openD1();
    const many = Array.from({ length: BATCH_RECORDS_MAX + 1 }, (_, i) => leaderFill({ fillId: `fill-${i}` }));
    await expect(writeOutbox(fake.d1, many)).rejects.toThrow(/too long/);
  });

  it('writes all records of a kind by one statement, however many there are', async () => {
    const fake = openD1();
    const fills = Array.from({ length: 100 }, (_, i) => leaderFill({ fillId: `fill-${i}` }));
    const moves = Array.from({ length: 50 }, (_, i) => position({ revision: i + 1, shareMicros: BigInt(i) }));
    await writeOutbox(fake.d1, [...fills, ...moves]);
    expect(fake.queries).toHaveLength(2);
    expect(fake.sqlite.prepare('SELECT count(*) AS n FROM leader_fills').get()?.n).toBe(100);
    expect(fake.sqlite.prepare('SELECT revision, share_micros FROM positions').all()).toEqual([
      { revision: 50, share_micros: 49 },
    ]);
  });

  it('takes the highest revision of a row, in whichever order they come', async () => {
    const fake = openD1();
    await writeOutbox(fake.d1, [position({ revision: 3, shareMicros: 3n }), position({ revision: 2 })]);
    expect(fake.sqlite.prepare('SELECT revision, share_micros FROM positions').all()).toEqual([
      { revision: 3, share_micros: 3 },
    ]);
  });

  it('stores texts and amounts as they are, whatever stands in them', async () => {
    const fake = openD1();
    const title = `'; DROP TABLE markets; -- "\\u0000" {"$n":"1"} 𝔹ünde\n\t\u2028`;
    const largest = 9_007_199_254_740_991n;
    await writeOutbox(fake.d1, [market({ title }), position({ shareMicros: largest, costMicros: -largest })]);
    expect(fake.sqlite.prepare('SELECT title FROM markets').get()?.title).toBe(title);
    expect(fake.sqlite.prepare('SELECT share_micros, cost_micros FROM positions').get()).toEqual({
      share_micros: Number(largest),
      cost_micros: -Number(largest),
    });
  });

  it('takes a record of an earlier release, which lacks a column with a default', async () => {
    const fake = openD1();
    const { peakExposureMicros: _later, ...earlier } = snapshot();
    await writeOutbox(fake.d1, [earlier as OutboxRecord]);
    expect(fake.sqlite.prepare('SELECT peak_exposure_micros AS n FROM portfolio_snapshots').get()?.n).toBe(0);
  });

  it('keeps the words of a market searchable through every change of its title', async () => {
    const fake = openD1();
    const find = (words: string) =>
      fake.sqlite.prepare('SELECT count(*) AS n FROM market_search WHERE market_search MATCH ?').get(words)
        ?.n;
    await writeOutbox(fake.d1, [market()]);
    expect(find('lisbon')).toBe(1);
    await writeOutbox(fake.d1, [market({ revision: 2, title: 'Will it snow in Oslo?' })]);
    expect([find('lisbon'), find('oslo')]).toEqual([0, 1]);
  });

  it('stays within the rows written that the budget allows', () => {
    const fake = openD1();
    // At the worst an attempt is alone in its minute: then the counts of that minute, four rows, are all its own.
    const counted = [copyStats(), copyStats(), copyStats(), copyStats()];
    const skipped = [leaderFill(), groupMember(), attempt(), ...counted];
    expect(rowsWritten(fake, skipped)).toBeLessThanOrEqual(16);
    const executed = [
      ...skipped,
      copyFill(),
      copyFill(),
      ledgerEntry(),
      ledgerEntry(),
      position(),
      leaderPosition(),
      snapshot(),
    ];
    expect(rowsWritten(fake, executed)).toBeLessThanOrEqual(45);
  });

  it('stays within the budget for an executed live copy, with every change of state on the way', () => {
    const fake = openD1();
    const decided = [leaderFill(), groupMember(), attempt(), liveOrder()];
    const filled = [liveFill(), ledgerEntry(), ledgerEntry(), position(), venuePosition(), leaderPosition()];
    // Alone in its minute, and filled in the next.
    const counted = Array.from({ length: 8 }, () => copyStats());
    // A change of state touches no index, so that it writes the row alone: the order twice (submitted, final), the
    // fill twice (mined, confirmed), the attempt once for its totals; a slice and the whole are snapshotted.
    const changes = 2 + 2 + 1;
    const written = rowsWritten(fake, [...decided, ...filled, ...counted, snapshot(), snapshot()]) + changes;
    expect(written).toBeLessThanOrEqual(45);
  });

  it('lets an intent have one real and one shadow order, and never two of a kind', async () => {
    const fake = openD1();
    await writeOutbox(fake.d1, [shadowOrder(), liveOrder()]);
    const second = liveOrder({ orderKey: 'other', orderId: 'other' });
    await expect(writeOutbox(fake.d1, [second])).rejects.toThrow(/UNIQUE/);
    const rows = fake.sqlite.prepare('SELECT order_key, shadow FROM live_orders ORDER BY shadow').all();
    expect(rows).toEqual([
      { order_key: ORDER_ID, shadow: 0 },
      { order_key: 'shadow:key-1', shadow: 1 },
    ]);
  });

  it('stores every word that an object may write: no check of D1 refuses one', async () => {
    const fake = openD1();
    const words: readonly OutboxRecord[] = [
      ...SOURCE_TYPES.map((sourceType) => attempt({ groupKey: `source:${sourceType}`, sourceType })),
      ...DECISIONS.map((decision) => attempt({ groupKey: `decision:${decision}`, decision })),
      ...ORDER_STATES.map((state) =>
        liveOrder({ orderKey: state, orderId: state, idempotencyKey: state, state }),
      ),
      ...FILL_STATES.map((state) => liveFill({ tradeId: state, state })),
      ...ACTIVITY_TYPES.map((type) => activity({ activityId: type, type })),
      ...LEADER_FILL_SOURCES.map((source) => leaderFill({ fillId: source, source })),
      ...FILL_DISPOSITIONS.map((disposition) => leaderFill({ fillId: disposition, disposition })),
    ];
    for (const record of words) await writeOutbox(fake.d1, [record]);
    const sources = fake.sqlite
      .prepare('SELECT DISTINCT source_type AS word FROM copy_attempts ORDER BY word')
      .all();
    expect(sources.map((row) => row.word)).toEqual([...SOURCE_TYPES].sort());
    await writeOutbox(
      fake.d1,
      LEDGER_ENTRY_TYPES.map((entryType) => ledgerEntry({ mode: 'LIVE', entryType })),
    );
    const entries = fake.sqlite.prepare('SELECT count(*) AS n FROM ledger_entries').get()?.n;
    expect(entries).toBe(LEDGER_ENTRY_TYPES.length);
  });
});

/** Migrations that write a table anew, since a CHECK cannot be changed in place: each with the tables it does that to. */
const REBUILDS: Readonly<Record<string, readonly string[]>> = {
  '0002_live_wallet.sql': ['copy_attempts', 'ledger_entries'],
  '0006_exit_attempts.sql': ['copy_attempts'],
};

function migrationText(file: string): string {
  return readFileSync(new URL(`../../../migrations/${file}`, import.meta.url), 'utf8');
}

describe('the migrations', () => {
  it('only ever add: no table is dropped but in a named rebuild, and nothing cascades', () => {
    for (const file of migrationFiles()) {
      const text = migrationText(file);
      expect(text, file).not.toMatch(/__new_|ON DELETE|CASCADE|REFERENCES|PRAGMA/);
      const dropped = [...text.matchAll(/DROP TABLE `(\w+)`/g)].map(([, name]) => name);
      expect(dropped, file).toEqual(REBUILDS[file] ?? []);
      expect(text.match(/DROP /g)?.length ?? 0, file).toBe(dropped.length);
    }
  });

  it('lose no row, column or index of a table that is written anew', () => {
    const sqlite = new DatabaseSync(':memory:');
    const describeTable = (name: string) => ({
      columns: sqlite.prepare('SELECT * FROM pragma_table_info(?)').all(name),
      indexes: sqlite
        .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql <> ''")
        .all(name)
        .sort((left, right) => String(left.name).localeCompare(String(right.name))),
      rows: sqlite.prepare(`SELECT * FROM ${name}`).all(),
    });
    for (const file of migrationFiles()) {
      const tables = REBUILDS[file] ?? [];
      for (const name of tables) {
        sqlite.exec(`DELETE FROM ${name}`);
        fillWithAnything(sqlite, name);
      }
      const before = tables.map(describeTable);
      sqlite.exec(migrationText(file));
      expect(tables.map(describeTable), file).toEqual(before);
      for (const { rows } of before) expect(rows.length, file).toBe(3);
    }
  });

  it('make the schema that the databases of the tests have, and no rows', () => {
    const migrated = new DatabaseSync(':memory:');
    for (const file of migrationFiles()) migrated.exec(migrationText(file));
    const all = 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name';
    const made = migrated.prepare(all).all();
    expect(openD1().sqlite.prepare(all).all()).toEqual(made);
    // The text search describes itself in rows of its own, and is asked for what it has found.
    const tables = made.filter(({ type, name }) => type === 'table' && !/^market_search_/.test(String(name)));
    expect(tables.length).toBeGreaterThan(15);
    for (const { name } of tables)
      expect(migrated.prepare(`SELECT * FROM "${name}"`).all(), String(name)).toEqual([]);
  });

  it('make the columns that the schema names', () => {
    const { sqlite } = openD1();
    for (const table of [...Object.values(TABLES), ...[controlVersions, auditLog, maintenance]]) {
      const { name, columns } = getTableConfig(table);
      const made = sqlite
        .prepare('SELECT name FROM pragma_table_info(?)')
        .all(name)
        .map((row) => row.name);
      expect(made.sort(), name).toEqual(columns.map((column) => column.name).sort());
    }
  });
});

/** Three rows that the table's CHECKs allow, every other column with a value of its own. */
function fillWithAnything(sqlite: DatabaseSync, table: string): void {
  const words: Readonly<Record<string, string>> = {
    mode: 'PAPER',
    side: 'SELL',
    source_type: 'CARRY',
    decision: 'SKIP',
    entry_type: 'SETTLEMENT',
  };
  const columns = sqlite.prepare('SELECT name, type FROM pragma_table_info(?)').all(table);
  const marks = columns.map(() => '?').join(', ');
  for (let row = 1; row <= 3; row += 1) {
    const values = columns.map(({ name, type }, place) => {
      const value = row * 1_000 + place;
      return words[String(name)] ?? (type === 'INTEGER' ? value : `text ${value}`);
    });
    sqlite.prepare(`INSERT INTO ${table} VALUES (${marks})`).run(...values);
  }
}
