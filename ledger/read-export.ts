/**
 * The exports: whole tables, oldest first, paged by key. Money leaves as exact decimal text, times as ISO 8601 in UTC.
 * A page is stable: rows are only ever added, and each carries the key from which the next page goes on.
 */
import { and, asc, eq, getTableColumns, gt, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { TradingMode } from '../domain/ids.ts';
import { formatMicros } from '../domain/money.ts';
import { NO_LEADER } from '../domain/records.ts';
import { type Cursor, formatCursor } from './keyset.ts';
import { differences, liveFills, liveOrders, venuePositions } from './live-schema.ts';
import { copyAttempts, copyFills, leaderFills, ledgerEntries, portfolioSnapshots } from './schema.ts';

export const EXPORTS = [
  'leader-trades',
  'attempts',
  'fills',
  'ledger',
  'snapshots',
  'live-orders',
  'live-fills',
  'venue-positions',
  'differences',
] as const;
export type ExportName = (typeof EXPORTS)[number];
export const EXPORT_ROWS_MAX = 1_000;

export type ExportValue = string | number | boolean | null | readonly string[];
export type ExportRow = Readonly<Record<string, ExportValue>>;

export interface ExportPage {
  readonly columns: readonly string[];
  readonly rows: readonly ExportRow[];
  /** The cursor of the next page; undefined when this page is the last for now. */
  readonly next: string | undefined;
}

interface Source {
  readonly table: SQLiteTable;
  /** Undefined for tables of now, which are paged by key alone. */
  readonly time: SQLiteColumn | undefined;
  /** Unique together with the time and the fixed part. */
  readonly keys: readonly SQLiteColumn[];
  /** Leaves out what is large or the same everywhere. */
  readonly without: readonly string[];
  readonly fixed: (mode: TradingMode) => SQL | undefined;
}

const SOURCES = {
  'leader-trades': {
    table: leaderFills,
    time: leaderFills.eventAtMs,
    keys: [leaderFills.fillId],
    without: [],
    fixed: () => undefined,
  },
  attempts: {
    table: copyAttempts,
    time: copyAttempts.decidedAtMs,
    keys: [copyAttempts.groupKey],
    without: ['facts'],
    fixed: (mode) => eq(copyAttempts.mode, mode),
  },
  fills: {
    table: copyFills,
    time: copyFills.filledAtMs,
    keys: [copyFills.fillKey],
    without: [],
    fixed: (mode) => eq(copyFills.mode, mode),
  },
  ledger: {
    table: ledgerEntries,
    time: ledgerEntries.bookedAtMs,
    keys: [ledgerEntries.refId, ledgerEntries.entryType],
    without: [],
    fixed: (mode) => eq(ledgerEntries.mode, mode),
  },
  snapshots: {
    table: portfolioSnapshots,
    time: portfolioSnapshots.bucketAtMs,
    keys: [portfolioSnapshots.bucket],
    without: ['revision'],
    // The whole Wallet by the minute: a range of the primary key.
    fixed: (mode) =>
      and(
        eq(portfolioSnapshots.mode, mode),
        eq(portfolioSnapshots.portfolioScope, 'EXEC_GLOBAL'),
        eq(portfolioSnapshots.leaderAddress, NO_LEADER),
        eq(portfolioSnapshots.bucket, 'MINUTE'),
      ),
  },
  // The live Wallet's own tables: there is no other mode. The body of an order, which never holds the API key or the
  // signature, is long and says nothing that its columns do not.
  'live-orders': {
    table: liveOrders,
    time: liveOrders.createdAtMs,
    keys: [liveOrders.orderKey],
    without: ['publicBody'],
    fixed: () => undefined,
  },
  'live-fills': {
    table: liveFills,
    time: liveFills.matchedAtMs,
    keys: [liveFills.orderId, liveFills.tradeId],
    without: [],
    fixed: () => undefined,
  },
  'venue-positions': {
    table: venuePositions,
    time: undefined,
    keys: [venuePositions.tokenId],
    without: ['revision'],
    fixed: () => undefined,
  },
  differences: {
    table: differences,
    time: differences.firstSeenAtMs,
    keys: [differences.subject, differences.tokenId],
    without: ['revision'],
    fixed: () => undefined,
  },
} as const satisfies Record<ExportName, Source>;

/** Between the parts of a key; no id of ours ends in it. */
const KEY_SEPARATOR = '~';

export interface ExportRequest {
  readonly name: ExportName;
  readonly mode: TradingMode;
  readonly after: Cursor | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** One page of an export, oldest first. */
export async function readExport(
  d1: D1Database,
  { name, mode, after, limit }: ExportRequest,
): Promise<ExportPage> {
  const source: Source = SOURCES[name];
  const columns = Object.entries(getTableColumns(source.table)).filter(
    ([field]) => !source.without.includes(field),
  );
  const rows: readonly Record<string, unknown>[] = await drizzle(d1)
    .select(Object.fromEntries(columns) as Record<string, SQLiteColumn>)
    .from(source.table)
    .where(and(source.fixed(mode), after === undefined ? undefined : beyond(source, after)))
    .orderBy(...orderOf(source).map((column) => asc(column)))
    .limit(limit);
  const last = rows.at(-1);
  const fields = columns.map(([field]) => field);
  return {
    columns: fields.map(columnName),
    rows: rows.map((row) =>
      Object.fromEntries(fields.map((field) => [columnName(field), exported(field, row[field])])),
    ),
    next:
      last === undefined || rows.length < limit ? undefined : formatCursor(cursorOf(source, columns, last)),
  };
}

function orderOf({ time, keys }: Source): readonly SQLiteColumn[] {
  return time === undefined ? keys : [time, ...keys];
}

/** A cursor of another export has other parts: it goes on from its time alone. */
function beyond(source: Source, after: Cursor): SQL | undefined {
  const parts = after.key.split(KEY_SEPARATOR);
  if (parts.length !== source.keys.length) {
    return source.time === undefined ? undefined : gt(source.time, after.atMs);
  }
  const place = source.time === undefined ? parts : [after.atMs, ...parts];
  const names = sql.join([...orderOf(source)], sql`, `);
  const values = sql.join(
    place.map((part) => sql`${part}`),
    sql`, `,
  );
  return sql`(${names}) > (${values})`;
}

function cursorOf(
  source: Source,
  columns: readonly (readonly [string, SQLiteColumn | unknown])[],
  row: Record<string, unknown>,
): Cursor {
  const cell = (wanted: SQLiteColumn) => row[columns.find(([, column]) => column === wanted)?.[0] ?? ''];
  return {
    atMs: source.time === undefined ? 0 : Number(cell(source.time)),
    key: source.keys.map((key) => String(cell(key))).join(KEY_SEPARATOR),
  };
}

/** Amounts, also where a limit stands behind the unit: "orderShareMicrosMin". */
const MICROS_FIELD = /Micros(Min|Max)?$/;

/** Units stand in the value, not in the name: "priceMicros" → "price", "decidedAtMs" → "decidedAt". */
function columnName(field: string): string {
  return field.replace(MICROS_FIELD, '$1').replace(/AtMs$/, 'At');
}

function exported(field: string, value: unknown): ExportValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return MICROS_FIELD.test(field) ? formatMicros(value) : value.toString();
  if (typeof value === 'number') return field.endsWith('AtMs') ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'boolean') return value;
  return String(value);
}
