/**
 * One sweep of a leader's past on the Data API: all pages from the stored bound on, oldest first, each transaction whole.
 * The cursor passes only rows that the FollowedUser has acknowledged (W1, W2).
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import type { DataApi, Page } from '../../polymarket/public/data-api.ts';
import type { ActivityRow, LeaderRow } from '../../polymarket/public/leader-row.ts';
import type { Refused } from '../../polymarket/wire/refused.ts';

/** 50,000 rows: a leader who did more since the last sweep is finished by the next, which starts from the same bound. */
const PAGES_MAX = 50;
/** Rows handed over at once, so that one message stays far under the RPC limit. */
const ROWS_PER_CHUNK = 400;
/** The index lags and block times differ by seconds, so each sweep reads this much again; the marks make it harmless. */
export const OVERLAP_MS = 120_000;

export interface SweepChunk {
  readonly rows: readonly LeaderRow[];
  readonly activities: readonly ActivityRow[];
}

export interface SweepRequest {
  readonly user: LeaderAddress;
  readonly boundMs: number;
  /** Leaves out, and quarantines, what cannot be true. */
  readonly believable: <Row extends { readonly eventAtMs: number }>(rows: readonly Row[]) => readonly Row[];
}

export interface Sweep {
  readonly chunks: readonly SweepChunk[];
  readonly refused: readonly Refused[];
  /** The newest event seen; the bound of the next sweep once all chunks are acknowledged. */
  readonly newestAtMs: number;
  /** False when the page limit was reached: then rows older than those read are missing, and the operator is told. */
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
    rows.push(...answer.rows.filter((row) => row.eventAtMs >= startMs - 1_000));
    refused.push(...answer.refused);
    cursor = answer.nextCursor;
    // Newest first: a page that ends before the bound is the last one, even where the server ignores `start`.
    const oldest = answer.rows.at(-1);
    if (cursor === undefined || (oldest !== undefined && oldest.eventAtMs < startMs - 1_000)) {
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

/** Reads everything of the leader since the bound, less the overlap. Throws VenueError when a page cannot be read. */
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
