/**
 * Paging by key over any size of table: windows of bounded length, newest first, merged into one page. A page never
 * misses a row and never repeats one; where a filter is rare, the page says how far back it looked.
 */
import { desc, gte, lt, type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/** A place in a list that is ordered by time and key, newest first. */
export interface Cursor {
  readonly atMs: number;
  readonly key: string;
}

/** One row of a window: its place, and whether it passes the filters that no index serves. */
export interface WindowRow extends Cursor {
  readonly hit: boolean;
  /** What else is needed to find the row again. */
  readonly leaderAddress: string;
}

export interface KeyPage {
  readonly rows: readonly WindowRow[];
  /** Where to go on; undefined at the end of the table. */
  readonly next: Cursor | undefined;
  /** Set when the page is short although older rows exist: everything back to this time has been looked at. */
  readonly lookedBackToMs: number | undefined;
}

export const PAGE_ROWS = 40;
/** Rows looked at per request when a filter has no index: with what each costs, a request stays under 1,000 rows read. */
export const SCAN_ROWS = 400;

/** Between the parts of a key; no id of ours or of the venue has it. */
export const KEY_SEPARATOR = '~';

const CURSOR = /^(\d{1,15})~([0-9A-Za-z:._~-]{1,200})$/;

/** `time~key`, as it is in a URL. */
export function formatCursor(cursor: Cursor): string {
  return `${cursor.atMs}~${cursor.key}`;
}

/** The inverse of `formatCursor`; undefined for anything else. */
export function parseCursor(text: string | undefined): Cursor | undefined {
  const match = CURSOR.exec(text ?? '');
  return match === null ? undefined : { atMs: Number(match[1]), key: match[2]! };
}

/** The parts of a cursor's key; undefined for the cursor of another list, whose key has another number of parts. */
export function keyPartsOf(cursor: Cursor, parts: number): readonly string[] | undefined {
  const texts = cursor.key.split(KEY_SEPARATOR);
  return texts.length === parts ? texts : undefined;
}

/** The columns by which a list is ordered; the last ones make each place unique. */
export type Order = readonly SQLWrapper[];
/** A row's values in the columns of an order. */
export type Place = readonly (string | number)[];

/** The condition that a row is before, up to or after this place: a row value, which SQLite seeks in an index of that order. */
export function placed(order: Order, comparison: '<' | '<=' | '>', place: Place): SQL {
  const values = place.map((value) => sql`${value}`);
  return sql`(${sql.join([...order], sql`, `)}) ${sql.raw(comparison)} (${sql.join(values, sql`, `)})`;
}

/** The columns of an order, newest first. */
export function newestFirstBy(order: Order): SQL[] {
  return order.map((column) => desc(column));
}

/**
 * Of a date and a cursor the one where the list begins, the other undefined, since it follows. With both as conditions SQLite seeks
 * the one and reads everything down to the other: 6,317 rows for the middle of a busy leader's month.
 */
export function upperEnd(
  beforeMs: number | undefined,
  before: Cursor | undefined,
): { readonly beforeMs: number | undefined; readonly before: Cursor | undefined } {
  if (beforeMs === undefined || before === undefined) return { beforeMs, before };
  return before.atMs < beforeMs ? { beforeMs: undefined, before } : { beforeMs, before: undefined };
}

/** From when to when a window reaches; what is undefined narrows nothing. */
export interface WindowEnds {
  /** Included. */
  readonly sinceMs?: number | undefined;
  /** Not included. */
  readonly beforeMs?: number | undefined;
  /** Where the last page ended. */
  readonly before: Cursor | undefined;
}

/** The conditions on the place of a window's rows, in a list ordered newest first by a time and one or more keys. */
export function windowConditions(
  [time, ...keys]: readonly [SQLWrapper, ...SQLWrapper[]],
  ends: WindowEnds,
): readonly SQL[] {
  const { beforeMs, before } = upperEnd(ends.beforeMs, ends.before);
  const conditions: SQL[] = [];
  if (ends.sinceMs !== undefined) conditions.push(gte(time, ends.sinceMs));
  if (beforeMs !== undefined) conditions.push(lt(time, beforeMs));
  if (before !== undefined) {
    const texts = keys.length === 1 ? [before.key] : before.key.split(KEY_SEPARATOR);
    conditions.push(placed([time, ...keys], '<', [before.atMs, ...texts]));
  }
  return conditions;
}

/**
 * The rows of each window: one more than the page, which says whether there are further rows; where a filter has no index, the rows
 * that a request may look at, shared between its windows.
 */
export function windowRowsOf(request: {
  readonly isScan: boolean;
  readonly windows: number;
  readonly pageRows: number;
}): number {
  const { isScan, windows, pageRows } = request;
  return isScan ? Math.floor(SCAN_ROWS / Math.max(1, windows)) : pageRows + 1;
}

/** Newest first: negative when the left comes first. */
export function newestFirst(left: Cursor, right: Cursor): number {
  if (left.atMs !== right.atMs) return right.atMs - left.atMs;
  return left.key < right.key ? 1 : left.key > right.key ? -1 : 0;
}

/**
 * One page of several windows, each newest first and at most `windowRows` long. A full window may hide older rows of its
 * own, so nothing older than the newest end of a full window is shown yet.
 */
export function mergeWindows(
  windows: readonly (readonly WindowRow[])[],
  { windowRows, pageRows }: { readonly windowRows: number; readonly pageRows: number },
): KeyPage {
  const ends = windows.flatMap((rows) => (rows.length < windowRows ? [] : (rows.at(-1) ?? [])));
  const edge = [...ends].sort(newestFirst)[0];
  const hits = windows
    .flat()
    .filter((row) => row.hit && (edge === undefined || newestFirst(row, edge) <= 0))
    .sort(newestFirst);
  const rows = hits.slice(0, pageRows);
  const last = rows.at(-1);
  if (hits.length > pageRows && last !== undefined) return { rows, next: last, lookedBackToMs: undefined };
  const short = edge !== undefined && rows.length < pageRows;
  return { rows, next: edge, lookedBackToMs: short ? edge.atMs : undefined };
}
