/**
 * The copies of both Wallets side by side: each executed attempt of paper and of live with what the other mode made of the same
 * trades. Joined by key, else by the leader's fills behind both: carried and buffered copies have keys of their own (A55).
 */
import { inArray, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { IdempotencyKey, TradingMode } from '../../domain/ids.ts';
import { liveOrders } from '../schema/live-schema.ts';
import type { AttemptRow } from './attempts.ts';
import { type Cursor, placed } from './keyset.ts';
import type { LiveOrderRow } from './live.ts';
import { attemptsOf, isGathered, linkedTo, nameOf, otherMode, slices } from './pair-links.ts';
import { statementOf } from './raw-sql.ts';

export interface PairFilter {
  readonly leaderAddress?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
}

export interface PairPage {
  readonly rows: readonly CopyPair[];
  /** Where to go on; undefined at the end. */
  readonly next: Cursor | undefined;
  /** Set when the page is short although there are further rows: up to this time everything has been looked at. */
  readonly lookedToMs: number | undefined;
}

/** One row. Of several attempts on one side the copy of the other side gathered them. */
export interface CopyPair {
  /** The attempt that the row belongs to: the one that gathered, else live's where live executed. */
  readonly anchor: AttemptRow;
  readonly paper: readonly AttemptRow[];
  readonly live: readonly { readonly attempt: AttemptRow; readonly order: LiveOrderRow | undefined }[];
  /**
   * KEY: the other mode executed the same intent. FILLS: it executed the same trades of the leader under another key. PART:
   * those are part of a row in which the other mode gathered several. NONE: the other mode did not execute them.
   */
  readonly joined: 'KEY' | 'FILLS' | 'PART' | 'NONE';
}

export interface PairRequest {
  readonly filter: PairFilter;
  /** The last place of the page before. */
  readonly from: Cursor | undefined;
  /** The last place that belongs to the answer. */
  readonly until?: Cursor | undefined;
  readonly direction: 'newest' | 'oldest';
  /** At most 200. */
  readonly pageRows: number;
  /** Attempts of each mode that are looked at. */
  readonly windowRows: number;
}

/** D1 takes 100 bound values per statement. */
const KEYS_MAX = 90;

/** One page. */
export async function listPairs(d1: D1Database, request: PairRequest): Promise<PairPage> {
  const windows = await d1.batch<PlaceRow>(
    // Live first: of two at one place the row belongs to live's.
    (['LIVE', 'PAPER'] as const).map((mode) => windowOf(d1, mode, request)),
  );
  const { places, next, lookedToMs } = cut(
    windows.map(({ results }) => results),
    request,
  );
  const anchors = await attemptsOf(
    d1,
    places.map(({ mode, key, leader }) => ({ mode, leaderAddress: leader, groupKey: key })),
  );
  const sign = request.direction === 'newest' ? -1 : 1;
  const sorted = [...anchors].sort((left, right) => sign * compare(placeOf(left), placeOf(right)));
  return { rows: await pairsOf(d1, sorted), next, lookedToMs };
}

interface PlaceRow {
  readonly mode: TradingMode;
  readonly at: number;
  readonly key: string;
  readonly leader: string;
  readonly hit: number;
}

function placeOf(row: AttemptRow): Cursor {
  return { atMs: row.decidedAtMs, key: row.groupKey };
}

function compare(left: Cursor, right: Cursor): number {
  if (left.atMs !== right.atMs) return left.atMs - right.atMs;
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}

const ORDER = [sql.raw('a.decided_at_ms'), sql.raw('a.group_key')] as const;

/** Executed attempts, paper's only where live did not execute the same intent. The index is named, as in attempts.ts. */
function windowOf(d1: D1Database, mode: TradingMode, request: PairRequest): D1PreparedStatement {
  const { filter, from, until, direction, windowRows } = request;
  const newest = direction === 'newest';
  const where: SQL[] = [sql`a.mode = ${mode}`];
  const { leaderAddress, sinceMs, beforeMs } = filter;
  if (leaderAddress !== undefined) where.push(sql`a.leader_address = ${leaderAddress}`);
  // Of a day and a place that both end the list on one side only the narrower is a condition: SQLite seeks one.
  const startsLater = from !== undefined && (sinceMs === undefined || from.atMs >= sinceMs);
  const endsEarlier = from !== undefined && (beforeMs === undefined || from.atMs < beforeMs);
  if (sinceMs !== undefined && (newest || !startsLater)) where.push(sql`a.decided_at_ms >= ${sinceMs}`);
  if (beforeMs !== undefined && (!newest || !endsEarlier)) where.push(sql`a.decided_at_ms < ${beforeMs}`);
  if (from !== undefined && (newest ? endsEarlier : startsLater)) {
    where.push(placed(ORDER, newest ? '<' : '>', [from.atMs, from.key]));
  }
  if (until !== undefined) where.push(placed(ORDER, '<=', [until.atMs, until.key]));
  const alsoLive = sql`EXISTS (SELECT 1 FROM copy_attempts l WHERE l.mode = 'LIVE' AND l.portfolio_scope = 'EXEC_GLOBAL'
    AND l.leader_address = a.leader_address AND l.group_key = a.group_key
    AND l.idempotency_key = a.idempotency_key AND l.decision = 'EXECUTE')`;
  const hit = mode === 'LIVE' ? sql`a.decision = 'EXECUTE'` : sql`a.decision = 'EXECUTE' AND NOT ${alsoLive}`;
  const index = leaderAddress === undefined ? 'copy_attempts_time' : 'copy_attempts_leader';
  const way = sql.raw(newest ? 'DESC' : 'ASC');
  return statementOf(
    d1,
    sql`SELECT a.mode AS mode, a.decided_at_ms AS at, a.group_key AS key, a.leader_address AS leader, (${hit}) AS hit
       FROM copy_attempts a INDEXED BY ${sql.raw(index)} WHERE ${sql.join(where, sql` AND `)}
       ORDER BY a.decided_at_ms ${way}, a.group_key ${way} LIMIT ${windowRows}`,
  );
}

/** The hits of one page; nothing beyond the end of a full window, which may hide rows of its own. */
function cut(
  windows: readonly (readonly PlaceRow[])[],
  { windowRows, pageRows, direction }: PairRequest,
): {
  readonly places: readonly PlaceRow[];
  readonly next: Cursor | undefined;
  readonly lookedToMs: number | undefined;
} {
  const sign = direction === 'newest' ? -1 : 1;
  const order = (left: Cursor, right: Cursor): number => sign * compare(left, right);
  const place = ({ at, key }: PlaceRow): Cursor => ({ atMs: at, key });
  const ends = windows.flatMap((rows) => (rows.length < windowRows ? [] : rows.slice(-1).map(place)));
  const edge = ends.sort(order)[0];
  const hits = windows
    .flat()
    .filter((row) => row.hit === 1 && (edge === undefined || order(place(row), edge) <= 0))
    .sort((left, right) => order(place(left), place(right)));
  const places = hits.slice(0, pageRows);
  const last = places.at(-1);
  if (hits.length > pageRows && last !== undefined)
    return { places, next: place(last), lookedToMs: undefined };
  return {
    places,
    next: edge,
    lookedToMs: edge === undefined || places.length === pageRows ? undefined : edge.atMs,
  };
}

async function pairsOf(d1: D1Database, anchors: readonly AttemptRow[]): Promise<readonly CopyPair[]> {
  const partners = await attemptsOf(
    d1,
    anchors.map((one) => ({ ...one, mode: otherMode(one.mode) })),
  );
  const byKey = new Map(partners.map((one) => [nameOf(one.mode, one.leaderAddress, one.groupKey), one]));
  const partnerOf = (one: AttemptRow): AttemptRow | undefined => {
    const found = byKey.get(nameOf(otherMode(one.mode), one.leaderAddress, one.groupKey));
    return found?.idempotencyKey === one.idempotencyKey ? found : undefined;
  };
  const open = anchors.filter((one) => {
    const partner = partnerOf(one);
    return partner === undefined || partner.reasons.includes('CARRIED');
  });
  const linked = await linkedTo(d1, open);
  const rows = anchors.map((anchor) => rowOf(anchor, partnerOf(anchor), linked.get(anchor) ?? []));
  const orders = await ordersOf(
    d1,
    rows.flatMap((row) => row.live.map(({ idempotencyKey }) => idempotencyKey)),
  );
  return rows.map((row) => ({
    ...row,
    live: row.live.map((attempt) => ({ attempt, order: orders.get(attempt.idempotencyKey) })),
  }));
}

type Joined = Omit<CopyPair, 'live'> & { readonly live: readonly AttemptRow[] };

function rowOf(anchor: AttemptRow, partner: AttemptRow | undefined, linked: readonly AttemptRow[]): Joined {
  const row = (others: readonly AttemptRow[], joined: CopyPair['joined']): Joined =>
    anchor.mode === 'PAPER'
      ? { anchor, paper: [anchor], live: others, joined }
      : { anchor, paper: others, live: [anchor], joined };
  if (partner?.decision === 'EXECUTE') return row([partner], 'KEY');
  if (linked.length === 0) return row(partner === undefined ? [] : [partner], 'NONE');
  const owns = isGathered(anchor) || (anchor.mode === 'LIVE' && !linked.some(isGathered));
  // Where both gathered, live's row has paper's.
  const isOther = anchor.mode === 'PAPER' && linked.some(isGathered);
  return owns && !isOther ? row(linked, 'FILLS') : row(partner === undefined ? [] : [partner], 'PART');
}

/** The order of each intent, the real one where there are two. */
async function ordersOf(
  d1: D1Database,
  keys: readonly IdempotencyKey[],
): Promise<ReadonlyMap<IdempotencyKey, LiveOrderRow>> {
  const parts = slices([...new Set(keys)], KEYS_MAX).map((part) =>
    drizzle(d1)
      .select()
      .from(liveOrders)
      .where(inArray(liveOrders.idempotencyKey, [...part])),
  );
  const orders = (await Promise.all(parts)).flat();
  const shadowFirst = [...orders].sort((left, right) => Number(right.shadow) - Number(left.shadow));
  return new Map(shadowFirst.map((order) => [order.idempotencyKey, order]));
}
