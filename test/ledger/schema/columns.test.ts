/** Words that D1 holds are checked when they are read: an unknown one throws, it is never defaulted (style.md 4.2). */
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { readExport } from '../../../ledger/export/read-export.ts';
import { listAttempts } from '../../../ledger/read/attempts.ts';
import { listFills } from '../../../ledger/read/leader-fills.ts';
import { listOrders } from '../../../ledger/read/live.ts';
import * as controlSchema from '../../../ledger/schema/control-schema.ts';
import * as liveSchema from '../../../ledger/schema/live-schema.ts';
import * as schema from '../../../ledger/schema/schema.ts';
import * as statsSchema from '../../../ledger/schema/stats-schema.ts';
import { openD1 } from '../d1-over-sqlite.ts';
import { attempt, leaderFill, liveOrder } from '../records.ts';
import { writeRows } from '../write-rows.ts';

const tables = [schema, liveSchema, statsSchema, controlSchema]
  .flatMap((module): unknown[] => Object.values(module))
  .filter((value) => is(value, SQLiteTable));

/** One row, its column then set past the CHECKs to a word that no list has. */
async function withUnknownWord(table: string, column: string): Promise<D1Database> {
  const { d1, sqlite } = openD1();
  await writeRows(d1, [attempt(), leaderFill(), liveOrder()]);
  sqlite.exec('PRAGMA ignore_check_constraints = ON');
  expect(sqlite.prepare(`UPDATE ${table} SET ${column} = 'MAYBE'`).run().changes).toBe(1);
  return d1;
}

describe('a column of words', () => {
  const exported = { mode: 'PAPER', after: undefined, limit: 10 } as const;

  it.each([
    ['leader_fills', 'disposition', (d1: D1Database) => listFills(d1, {}, undefined)],
    ['copy_attempts', 'decision', (d1: D1Database) => listAttempts(d1, { mode: 'PAPER' }, undefined)],
    ['live_orders', 'order_type', (d1: D1Database) => listOrders(d1, {}, undefined)],
    ['live_orders', 'state', (d1: D1Database) => readExport(d1, { name: 'live-orders', ...exported })],
  ] as const)('of %s throws on an unknown %s when a row is read', async (table, column, read) => {
    const d1 = await withUnknownWord(table, column);
    await expect(read(d1)).rejects.toThrow(`${column} holds an unknown word: MAYBE`);
  });

  it('is checked in every table: none is typed by drizzle alone', () => {
    const unchecked = tables.flatMap((table) =>
      Object.values(getTableColumns(table))
        .filter((column) => column.enumValues !== undefined)
        .map((column) => `${getTableName(table)}.${column.name}`),
    );
    expect(tables).toHaveLength(19);
    expect(unchecked).toEqual([]);
  });

  it('shows the beginning of a long text only', () => {
    const read = () => schema.leaderFills.side.mapFromDriverValue('x'.repeat(10_000));
    expect(read).toThrow(new RangeError(`side holds an unknown word: ${'x'.repeat(100)}`));
  });
});
