/**
 * Paging by key over any size of table: windows of bounded length, newest first, merged into one page. A page never
 * misses a row and never repeats one; where a filter is rare, the page says how far back it looked.
 */

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
