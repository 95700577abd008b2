/** D1's tables about its own size: what was added up of rows before they were removed, and how large it was on each day. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { SliceOwner } from '../../domain/ids.ts';
import type { NO_LEADER } from '../../domain/records/sentinels.ts';
import { cashColumn } from './columns.ts';

/** Sums of removed rows, by table, mode, leader and UTC day, apart by a word of the rows such as their side. */
export const daySums = sqliteTable(
  'day_sums',
  {
    kind: text('kind').notNull(),
    /** '' for rows that belong to no mode. */
    mode: text('mode').notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner | typeof NO_LEADER>().notNull(),
    dayAtMs: integer('day_at_ms').notNull(),
    word: text('word').notNull(),
    rowCount: integer('row_count').notNull(),
    notionalMicros: cashColumn('notional_micros').notNull(),
    feeMicros: cashColumn('fee_micros').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.mode, t.leaderAddress, t.dayAtMs, t.word] })],
);

/** The database at the end of each UTC day, or now. */
export const storageDays = sqliteTable('storage_days', {
  dayAtMs: integer('day_at_ms').primaryKey().notNull(),
  bytes: integer('bytes').notNull(),
  /** Rows that were removed, or lost their facts, on that day. */
  removedRows: integer('removed_rows').notNull(),
});

/** What was used of the plan's daily meters, as far as we count it: by UTC day, and by who reported it. */
export const usageDays = sqliteTable(
  'usage_days',
  {
    dayAtMs: integer('day_at_ms').notNull(),
    source: text('source').notNull(),
    workerRequests: integer('worker_requests').notNull(),
    objectRequests: integer('object_requests').notNull(),
    awakeMs: integer('awake_ms').notNull(),
    objectRowsRead: integer('object_rows_read').notNull(),
    objectRowsWritten: integer('object_rows_written').notNull(),
    d1RowsRead: integer('d1_rows_read').notNull(),
    d1RowsWritten: integer('d1_rows_written').notNull(),
  },
  (t) => [primaryKey({ columns: [t.dayAtMs, t.source] })],
);
