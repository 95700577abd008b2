/**
 * Writes the objects' outboxes to D1: one statement for all records of a kind, upserts on natural keys. Applying a batch twice,
 * or late, changes nothing: what is immutable is never touched again, what changes is taken only with a higher revision.
 */
import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, type SQLiteColumn, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { assert } from '../../domain/assert.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import { differences, liveFills, liveOrders, venuePositions } from '../schema/live-schema.ts';
import {
  copyAttempts,
  copyFills,
  groupMembers,
  leaderActivities,
  leaderFills,
  leaderPositions,
  ledgerEntries,
  markets,
  portfolioSnapshots,
  positions,
  quarantine,
} from '../schema/schema.ts';
import { copyStats } from '../schema/stats-schema.ts';

/** One batch is one transaction, and everyone waits for it (design.md 3). */
export const BATCH_RECORDS_MAX = 400;
/** Characters of a batch. D1 takes a value of 2 MB, and a kind may have the whole batch. */
export const BATCH_CHARACTERS_MAX = 1_000_000;

type Kind = OutboxRecord['kind'];

/** How records of one kind become rows. */
interface Kept {
  readonly table: SQLiteTable;
  /** The natural key of a row that changes with a higher revision; null where a row never changes. */
  readonly key: readonly string[] | null;
  /** Fields that a higher revision does not change. */
  readonly fixed?: readonly string[];
}

const KEPT: Readonly<Record<Kind, Kept>> = {
  leaderFill: { table: leaderFills, key: null },
  leaderActivity: { table: leaderActivities, key: null },
  groupMember: { table: groupMembers, key: null },
  copyFill: { table: copyFills, key: null },
  ledger: { table: ledgerEntries, key: null },
  quarantine: { table: quarantine, key: null },
  attempt: { table: copyAttempts, key: ['mode', 'portfolioScope', 'leaderAddress', 'groupKey'] },
  position: { table: positions, key: ['mode', 'leaderAddress', 'tokenId'] },
  snapshot: {
    table: portfolioSnapshots,
    key: ['mode', 'portfolioScope', 'leaderAddress', 'bucket', 'bucketAtMs'],
  },
  copyStats: { table: copyStats, key: ['mode', 'leaderAddress', 'dayAtMs'] },
  leaderPosition: { table: leaderPositions, key: ['leaderAddress', 'tokenId'] },
  market: { table: markets, key: ['tokenId'], fixed: ['marketNo'] },
  liveOrder: { table: liveOrders, key: ['orderKey'] },
  liveFill: { table: liveFills, key: ['orderId', 'tradeId'] },
  venuePosition: { table: venuePositions, key: ['tokenId'] },
  difference: { table: differences, key: ['subject', 'tokenId', 'firstSeenAtMs'] },
};

/**
 * Applies the records as one transaction: all or nothing. Throws what D1 throws; the caller keeps the batch and tries
 * again, which is harmless even if this attempt did land.
 */
export async function writeOutbox(
  d1: D1Database,
  records: readonly OutboxRecord[],
  /** Goes with them. */
  alongside: readonly D1PreparedStatement[] = [],
): Promise<void> {
  assert(records.length <= BATCH_RECORDS_MAX, 'a batch is too long', { records: records.length });
  const statements = statementsFor(d1, records);
  if (statements.length > 0) await d1.batch([...statements, ...alongside]);
}

/** Rows that D1 writes for the records, entries of indices included, if each is new: a change costs at most as many. */
export function rowsWrittenBy(records: readonly OutboxRecord[]): number {
  return records.reduce((sum, { kind }) => sum + 1 + getTableConfig(KEPT[kind].table).indexes.length, 0);
}

/** One statement for each kind among the records, with all of them as the JSON of one parameter. */
export function statementsFor(d1: D1Database, records: readonly OutboxRecord[]): D1PreparedStatement[] {
  return [...Map.groupBy(records, ({ kind }) => kind)].map(([kind, ofKind]) => {
    const { query, columns } = writerOf(kind);
    const rows = newestOf(kind, ofKind).map((record) => rowOf(record, columns));
    return d1.prepare(query).bind(JSON.stringify(rows));
  });
}

interface Writer {
  readonly query: string;
  readonly columns: readonly (readonly [field: string, column: SQLiteColumn])[];
}

const writers = new Map<Kind, Writer>();

/** Made once: to build the text of a statement took longer than to run it. */
function writerOf(kind: Kind): Writer {
  const known = writers.get(kind);
  if (known !== undefined) return known;
  const { table, key, fixed = [] } = KEPT[kind];
  const columns = Object.entries<SQLiteColumn>(getTableColumns(table));
  // Names of our own schema, never input.
  const names = columns.map(([, { name }]) => `"${name}"`);
  const values = columns.map(([, { hasDefault, primary }], at) =>
    // A record of an earlier release lacks a column with a default: each is zero. A key has none that is ours to give.
    hasDefault && !primary ? `ifnull(value ->> ${at}, 0)` : `value ->> ${at}`,
  );
  const into = `INSERT INTO "${getTableConfig(table).name}" (${names.join(', ')})`;
  // "WHERE true": without it SQLite takes ON CONFLICT for a part of the FROM.
  const from = `SELECT ${values.join(', ')} FROM json_each(?) WHERE true`;
  const writer = { columns, query: `${into} ${from} ${onConflict(columns, key, fixed)}` };
  writers.set(kind, writer);
  return writer;
}

/** "Take every other column from the new row, if its revision is higher." */
function onConflict(columns: Writer['columns'], key: Kept['key'], fixed: readonly string[]): string {
  if (key === null) return 'ON CONFLICT DO NOTHING';
  const target = columns.filter(([field]) => key.includes(field)).map(([, { name }]) => `"${name}"`);
  const set = columns
    .filter(([field]) => !key.includes(field) && !fixed.includes(field))
    .map(([, { name }]) => `"${name}" = excluded."${name}"`);
  return `ON CONFLICT (${target.join(', ')}) DO UPDATE SET ${set.join(', ')} WHERE excluded.revision > revision`;
}

/** Of records of one row the newest alone: the others would be written over at once, and each row that is written is billed. */
function newestOf(kind: Kind, records: readonly OutboxRecord[]): readonly OutboxRecord[] {
  const { key, fixed } = KEPT[kind];
  // What a higher revision does not change comes from the first.
  if (key === null || fixed !== undefined || records.length === 1) return records;
  const newest = new Map<string, OutboxRecord>();
  for (const record of records) {
    const name = JSON.stringify(key.map((field) => fieldOf(record, field)));
    const known = newest.get(name);
    if (known === undefined || revisionOf(record) > revisionOf(known)) newest.set(name, record);
  }
  return [...newest.values()];
}

function rowOf(record: OutboxRecord, columns: Writer['columns']): readonly unknown[] {
  return columns.map(([field, column]) => {
    const value = fieldOf(record, field);
    if (value === undefined || value === null) return null;
    const stored = column.mapToDriverValue(value);
    // What is no text in UTF-8 would be no JSON that SQLite reads.
    return typeof stored === 'string' ? stored.toWellFormed() : stored;
  });
}

function fieldOf(record: OutboxRecord, field: string): unknown {
  // The fields of a record are named as those of its table; it has others besides, such as its kind.
  return (record as unknown as Readonly<Record<string, unknown>>)[field];
}

function revisionOf(record: OutboxRecord): number {
  return 'revision' in record ? record.revision : 0;
}
