/**
 * The exports: whole tables, oldest first, paged by key. Money leaves as exact decimal text, times as ISO 8601 in UTC.
 * A page is stable: rows are only ever added, and each carries the key from which the next page goes on.
 */

import { formatMicros } from '../../domain/money.ts';
import { type Cursor, KEY_SEPARATOR } from '../read/keyset.ts';
import { readControl } from '../write/control-store.ts';
import { divergenceEnd, divergencePage } from './divergence-export.ts';
import type { ExportPage, ExportRequest, ExportRow, ExportValue } from './export-page.ts';
import { columnsOf, type ExportQuery, exportStatement, MARKET_COLUMNS } from './export-query.ts';
import { type Source, sourceOf } from './export-sources.ts';

type Cells = Readonly<Record<string, unknown>>;

/** One page of an export, oldest first: one query. */
export async function readExport(d1: D1Database, request: ExportRequest): Promise<ExportPage> {
  const { name, limit, until, filter = {} } = request;
  if (name === 'users') return usersPage(d1, request);
  if (name === 'divergence') return divergencePage(d1, request);
  const source = sourceOf(name, filter);
  const query = queryOf(request, { limit, skip: 0, what: 'rows' });
  const results = await rowsOf(d1, source, query);
  const last = results.at(-1);
  const end = last === undefined ? undefined : cursorOf(source, last);
  const whole = end === undefined || results.length < limit || (until !== undefined && isSame(end, until));
  const cells = cellsOf(source);
  return {
    columns: cells.map((cell) => cell.title),
    rows: results.map((row) => exportedRow(cells, row)),
    next: whole ? undefined : end,
  };
}

/**
 * Where a file must end that may go on for this many rows after a place: the place of its last row, or undefined when no
 * there are no further rows. Looks at no more than these rows of the index.
 */
export async function findExportEnd(
  d1: D1Database,
  request: ExportRequest,
  rowsMax: number,
): Promise<Cursor | undefined> {
  const { name, filter = {} } = request;
  if (name === 'users') return undefined;
  if (name === 'divergence') return divergenceEnd(d1, request);
  const source = sourceOf(name, filter);
  const query = queryOf(request, { limit: 2, skip: rowsMax - 1, what: 'places' });
  const [last, beyond] = await rowsOf(d1, source, query);
  return last === undefined || beyond === undefined ? undefined : cursorOf(source, last);
}

/** No query where the text means no market. */
async function rowsOf(d1: D1Database, source: Source, query: ExportQuery): Promise<readonly Cells[]> {
  if (query.filter.conditionIds?.length === 0) return [];
  return (await exportStatement(d1, source, query).all<Cells>()).results;
}

function queryOf(
  { mode, after, until, filter = {} }: ExportRequest,
  part: Pick<ExportQuery, 'limit' | 'skip' | 'what'>,
): ExportQuery {
  return { mode, filter, after, until, ...part };
}

/** The followed users, removed ones too, as the control document has them; settings of their own only as a number. */
async function usersPage(d1: D1Database, { after, limit }: ExportRequest): Promise<ExportPage> {
  const users = [...((await readControl(d1))?.followedUsers ?? [])]
    .sort((left, right) => (left.leaderAddress < right.leaderAddress ? -1 : 1))
    .filter((user) => after === undefined || user.leaderAddress > after.key);
  const shown = users.slice(0, limit);
  const last = shown.at(-1);
  return {
    columns: [
      'leaderAddress',
      'label',
      'paperEnabled',
      'liveOverride',
      'liveEntries',
      'followFrom',
      'removed',
      'paperSettings',
      'liveSettings',
    ],
    rows: shown.map((user) => ({
      leaderAddress: user.leaderAddress,
      label: user.label,
      paperEnabled: user.paperEnabled,
      liveOverride: user.liveOverride,
      liveEntries: user.liveEntries,
      followFrom: new Date(user.followFromMs).toISOString(),
      removed: user.removed,
      paperSettings: Object.keys(user.overrides.PAPER).length,
      liveSettings: Object.keys(user.overrides.LIVE).length,
    })),
    next: last === undefined || users.length <= limit ? undefined : { atMs: 0, key: last.leaderAddress },
  };
}

function cursorOf({ time, keys }: Source, row: Cells): Cursor {
  return {
    atMs: time === undefined ? 0 : Number(row[time.name]),
    key: keys.map((key) => String(row[key.name])).join(KEY_SEPARATOR),
  };
}

function isSame(left: Cursor, right: Cursor): boolean {
  return left.atMs === right.atMs && left.key === right.key;
}

interface Cell {
  /** As D1 names it. */
  readonly name: string;
  readonly field: string;
  readonly title: string;
  /** Reads what D1 holds by its column, so that an inexact number throws. */
  readonly read: (stored: unknown) => unknown;
}

function cellsOf(source: Source): readonly Cell[] {
  const own = columnsOf(source).map(([field, column]) => ({
    name: column.name,
    field,
    title: columnTitle(field),
    read: (stored: unknown) => column.mapFromDriverValue(stored),
  }));
  const names = source.named ? MARKET_COLUMNS : [];
  return [
    ...own,
    ...names.map((name) => ({ name, field: name, title: name, read: (stored: unknown) => stored })),
  ];
}

function exportedRow(cells: readonly Cell[], row: Cells): ExportRow {
  const exportedCells: Record<string, ExportValue> = {};
  for (const { name, field, title, read } of cells) {
    const stored = row[name] ?? null;
    exportedCells[title] = stored === null ? null : exported(field, read(stored));
  }
  return exportedCells;
}

/** Amounts, also with a limit after the unit: "orderShareMicrosMin". */
const MICROS_FIELD = /Micros(Min|Max)?$/;
const TIME_FIELD = /(^a|A)tMs$/;
/** A UTC day, or 0 for all of them. */
const DAY_FIELD = 'dayAtMs';

/** Units are in the value, not in the name: "priceMicros" → "price", "decidedAtMs" → "decidedAt". */
function columnTitle(field: string): string {
  if (field === DAY_FIELD) return 'day';
  return field.replace(MICROS_FIELD, '$1').replace(TIME_FIELD, '$1t');
}

function exported(field: string, value: unknown): ExportValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return MICROS_FIELD.test(field) ? formatMicros(value) : value.toString();
  if (typeof value === 'number') return exportedNumber(field, value);
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
  }
  return String(value);
}

function exportedNumber(field: string, value: number): ExportValue {
  if (field === DAY_FIELD) return value === 0 ? 'ALL' : new Date(value).toISOString().slice(0, 10);
  return TIME_FIELD.test(field) ? new Date(value).toISOString() : value;
}
