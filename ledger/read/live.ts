/**
 * The live Wallet's orders and fills as people read them: newest first, filtered, paged by key over the whole table, at
 * most 1,000 rows read per request. No filter but time has an index, since each would cost a written row per order.
 */
import { and, asc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { OrderState } from '../../domain/orders/orders.ts';
import { isText } from '../schema/columns.ts';
import { type FILL_ORIGINS, liveFills, liveOrders } from '../schema/live-schema.ts';
import {
  type Cursor,
  KEY_SEPARATOR,
  type KeyPage,
  keyPartsOf,
  mergeWindows,
  newestFirst,
  newestFirstBy,
  PAGE_ROWS,
  type WindowRow,
  windowConditions,
  windowRowsOf,
} from './keyset.ts';
import { statementOf } from './raw-sql.ts';

export type LiveOrderRow = typeof liveOrders.$inferSelect;
export type LiveFillRow = typeof liveFills.$inferSelect;

interface CommonFilter {
  readonly leaderAddress?: string | undefined;
  /** From a search of market text, at most 10; an empty list matches nothing. */
  readonly conditionIds?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
}
export interface OrderFilter extends CommonFilter {
  readonly state?: OrderState | undefined;
  readonly shadow?: boolean | undefined;
}
export interface LiveFillFilter extends CommonFilter {
  readonly origin?: (typeof FILL_ORIGINS)[number] | undefined;
}

export interface LivePage<Row> extends Pick<KeyPage, 'next' | 'lookedBackToMs'> {
  readonly rows: readonly Row[];
}

/** An order is matched by far fewer makers at a time; more would not be read by a person. */
const FILLS_OF_ORDER_MAX = 200;

/** One page of orders before the cursor, real and shadow, by the time they were made. */
export async function listOrders(
  d1: D1Database,
  filter: OrderFilter,
  before: Cursor | undefined,
  pageRows = PAGE_ROWS,
): Promise<LivePage<LiveOrderRow>> {
  const page = await readWindow(d1, {
    table: 'live_orders',
    time: 'created_at_ms',
    keys: ['order_key'],
    checks: [
      ...commonChecks(filter),
      ...(filter.state === undefined ? [] : [sql`state = ${filter.state}`]),
      ...(filter.shadow === undefined ? [] : [sql`shadow = ${filter.shadow ? 1 : 0}`]),
    ],
    filter,
    before,
    pageRows,
  });
  if (page.rows.length === 0) return { ...page, rows: [] };
  const keys = page.rows.map((row) => row.key);
  const rows = await drizzle(d1).select().from(liveOrders).where(inArray(liveOrders.orderKey, keys));
  const place = (row: LiveOrderRow): Cursor => ({ atMs: row.createdAtMs, key: row.orderKey });
  return { ...page, rows: sorted(rows, place) };
}

/** One page of fills before the cursor, ours and external ones, by the time they were matched. */
export async function listLiveFills(
  d1: D1Database,
  filter: LiveFillFilter,
  before: Cursor | undefined,
  pageRows = PAGE_ROWS,
): Promise<LivePage<LiveFillRow>> {
  const page = await readWindow(d1, {
    table: 'live_fills',
    time: 'matched_at_ms',
    keys: ['order_id', 'trade_id'],
    checks: [
      ...commonChecks(filter),
      ...(filter.origin === undefined ? [] : [sql`origin = ${filter.origin}`]),
    ],
    filter,
    before,
    pageRows,
  });
  if (page.rows.length === 0) return { ...page, rows: [] };
  const names = page.rows.map((row) => {
    const [orderId = '', tradeId = ''] = row.key.split(KEY_SEPARATOR);
    return and(isText(liveFills.orderId, orderId), eq(liveFills.tradeId, tradeId));
  });
  const rows = await drizzle(d1)
    .select()
    .from(liveFills)
    .where(or(...names));
  const place = (row: LiveFillRow): Cursor => ({
    atMs: row.matchedAtMs,
    key: `${row.orderId}${KEY_SEPARATOR}${row.tradeId}`,
  });
  return { ...page, rows: sorted(rows, place) };
}

/** The orders of one intent, the real one and the shadow one, older first; with the fills of the real one. */
export async function readOrdersOf(
  d1: D1Database,
  idempotencyKey: string,
): Promise<{ readonly orders: readonly LiveOrderRow[]; readonly fills: readonly LiveFillRow[] }> {
  const db = drizzle(d1);
  const orders = await db
    .select()
    .from(liveOrders)
    .where(isText(liveOrders.idempotencyKey, idempotencyKey))
    .limit(2);
  const real = orders.find((order) => !order.shadow);
  if (real === undefined) return { orders, fills: [] };
  const fills = await db
    .select()
    .from(liveFills)
    .where(isText(liveFills.orderId, real.orderId))
    .orderBy(asc(liveFills.tradeId))
    .limit(FILLS_OF_ORDER_MAX);
  const byTime = (left: { createdAtMs: number }, right: { createdAtMs: number }) =>
    left.createdAtMs - right.createdAtMs;
  return { orders: [...orders].sort(byTime), fills };
}

interface WindowRequest {
  readonly table: 'live_orders' | 'live_fills';
  readonly time: string;
  readonly keys: readonly string[];
  /** Looked at row by row, since no index serves them. */
  readonly checks: readonly SQL[];
  readonly filter: CommonFilter;
  readonly before: Cursor | undefined;
  readonly pageRows: number;
}

function commonChecks({ leaderAddress, conditionIds }: CommonFilter): SQL[] {
  const checks: SQL[] = [];
  if (leaderAddress !== undefined) checks.push(sql`leader_address = ${leaderAddress}`);
  if (conditionIds !== undefined) checks.push(sql`condition_id in ${[...conditionIds]}`);
  return checks;
}

/** The names of table and columns are our own literals; every value is bound. */
async function readWindow(d1: D1Database, request: WindowRequest): Promise<KeyPage> {
  const { table, time, keys, checks, filter, pageRows } = request;
  if (filter.conditionIds?.length === 0) return { rows: [], next: undefined, lookedBackToMs: undefined };
  // A cursor of another list is none of this one.
  const isOfList = request.before !== undefined && keyPartsOf(request.before, keys.length) !== undefined;
  const before = isOfList ? request.before : undefined;
  // A window of rows and the row of each: both are read, so that a request stays under 1,000.
  const windowRows = windowRowsOf({ isScan: checks.length > 0, windows: 1, pageRows });
  const key = sql.raw(keys.join(` || '${KEY_SEPARATOR}' || `));
  const order = [sql.raw(time), ...keys.map((column) => sql.raw(column))] as const;
  const hit = checks.length === 0 ? [sql`1`] : [...checks];
  const where = [sql`1`, ...windowConditions(order, { ...filter, before })];
  const { results } = await statementOf(
    d1,
    sql`SELECT ${sql.raw(time)} AS at, ${key} AS key, (${sql.join(hit, sql` AND `)}) AS hit
       FROM ${sql.raw(table)} WHERE ${sql.join(where, sql` AND `)}
       ORDER BY ${sql.join(newestFirstBy(order), sql`, `)} LIMIT ${windowRows}`,
  ).all<{ at: number; key: string; hit: number }>();
  const window = results.map(
    (row): WindowRow => ({ atMs: row.at, key: row.key, leaderAddress: '', hit: row.hit === 1 }),
  );
  return mergeWindows([window], { windowRows, pageRows });
}

function sorted<Row>(rows: readonly Row[], place: (row: Row) => Cursor): readonly Row[] {
  return [...rows].sort((left, right) => newestFirst(place(left), place(right)));
}
