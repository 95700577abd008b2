/**
 * Reads one sweep of a leader from the Data API: every page since the stored bound, in chunks, oldest first. A chunk holds
 * transactions as a whole, as the marks of fills require (W1, W2).
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { DataApi, Page } from '../../polymarket/public/data-api.ts';
import type { ActivityRow, LeaderRow } from '../../polymarket/public/leader-row.ts';
import type { Refused } from '../../polymarket/wire/refused.ts';

/** 50,000 rows. When a leader did more since the last sweep, the older rows are missing and a gap is reported. */
const PAGES_MAX = 50;
/** Rows in one message, so that it stays far below the RPC limit. A larger transaction is still one chunk. */
const ROWS_PER_CHUNK = 400;
/** Each sweep reads this much again, since the index lags and block times differ by seconds. Known rows are harmless. */
export const OVERLAP_MS = 2 * MINUTE_MS;

export interface SweepChunk {
  readonly rows: readonly LeaderRow[];
  readonly activities: readonly ActivityRow[];
}

export interface SweepRequest {
  readonly user: LeaderAddress;
  readonly boundMs: number;
  /** Quarantines rows that cannot be true, and returns the others. */
  readonly believable: <Row extends { readonly eventAtMs: number }>(rows: readonly Row[]) => readonly Row[];
}

export interface Sweep {
  readonly chunks: readonly SweepChunk[];
  readonly refused: readonly Refused[];
  /** The newest event: the bound of the next sweep once every chunk is acknowledged. */
  readonly newestAtMs: number;
  /** False when the page limit was reached: rows older than those read are missing. */
  readonly complete: boolean;
}

async function allPages<Row extends { readonly eventAtMs: number }>(
  list: (cursor: string | undefined) => Promise<Page<Row>>,
  startMs: number,
): Promise<{ rows: Row[]; refused: Refused[]; complete: boolean }> {
  const rows: Row[] = [];
  const refused: Refused[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await list(cursor);
    rows.push(...answer.rows.filter((row) => row.eventAtMs >= startMs - SECOND_MS));
    refused.push(...answer.refused);
    cursor = answer.nextCursor;
    // Pages are newest first: one that ends before the bound is the last, even where the server ignores `start`.
    const oldest = answer.rows.at(-1);
    if (cursor === undefined || (oldest !== undefined && oldest.eventAtMs < startMs - SECOND_MS)) {
      return { rows, refused, complete: true };
    }
  }
  return { rows, refused, complete: false };
}

/** Oldest first, in chunks that never split a transaction. */
function chunked(rows: readonly LeaderRow[]): LeaderRow[][] {
  const byTx = [...Map.groupBy(rows, (row) => row.txHash).values()].sort(
    (left, right) => left[0]!.eventAtMs - right[0]!.eventAtMs,
  );
  const chunks: LeaderRow[][] = [];
  for (const transaction of byTx) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + transaction.length <= ROWS_PER_CHUNK) last.push(...transaction);
    else chunks.push([...transaction]);
  }
  return chunks;
}

/** Reads everything of the leader since the bound less the overlap. Throws VenueError when a page cannot be read. */
export async function readSweep(data: DataApi, { user, boundMs, believable }: SweepRequest): Promise<Sweep> {
  const startMs = Math.max(0, boundMs - OVERLAP_MS);
  const [trades, activity] = await Promise.all([
    allPages((cursor) => data.listTrades({ user, startMs, cursor }), startMs),
    allPages((cursor) => data.listActivity({ user, startMs, cursor }), startMs),
  ]);
  const fills = believable(trades.rows);
  const acts = believable(activity.rows);
  const chunks: SweepChunk[] = chunked(fills).map((rows) => ({ rows, activities: [] }));
  const activities = [...acts].sort((left, right) => left.eventAtMs - right.eventAtMs);
  if (activities.length > 0) chunks.push({ rows: [], activities });
  return {
    chunks,
    refused: [...trades.refused, ...activity.refused],
    newestAtMs: Math.max(
      boundMs,
      ...fills.map((row) => row.eventAtMs),
      ...activities.map((row) => row.eventAtMs),
    ),
    complete: trades.complete && activity.complete,
  };
}
