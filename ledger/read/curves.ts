/** Curves of any length from a fixed number of rows: the snapshots that stood at chosen moments, each found by its key. */
import { and, asc, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { TradingMode } from '../../domain/ids.ts';
import type { SnapshotBucket } from '../../domain/records/records.ts';
import { isText } from '../schema/columns.ts';
import { portfolioSnapshots } from '../schema/schema.ts';
import { packed, unpacked, valuesOf } from './packed-rows.ts';
import type { Snapshot } from './portfolio.ts';

/** One line of snapshots. */
export interface Series {
  readonly mode: TradingMode;
  /** SHADOW_USER rows are a leader's own; they are under PAPER (A35). */
  readonly scope: 'EXEC_GLOBAL' | 'SHADOW_USER';
  readonly leaderAddress: string;
  readonly bucket: SnapshotBucket;
}

/** Moments of one statement; one row is read for each. */
export const MOMENTS_MAX = 120;

/** The last snapshot at or before each moment, oldest first, each once. Moments are whole milliseconds; those before the first snapshot have none. */
export async function readAsOf(
  d1: D1Database,
  series: Series,
  momentsMs: readonly number[],
): Promise<readonly Snapshot[]> {
  const moments = [...new Set(momentsMs)].slice(0, MOMENTS_MAX);
  if (moments.length === 0) return [];
  const { mode, scope, leaderAddress, bucket } = series;
  const { results } = await d1
    .prepare(
      `WITH moment(at_ms) AS ${valuesOf(moments.map((moment) => [moment]))}
       SELECT (SELECT ${packed(portfolioSnapshots)} FROM portfolio_snapshots
         WHERE mode = ? AND portfolio_scope = ? AND leader_address = ? AND bucket = ? AND bucket_at_ms <= moment.at_ms
         ORDER BY bucket_at_ms DESC LIMIT 1) AS snapshot FROM moment`,
    )
    .bind(mode, scope, leaderAddress, bucket)
    .all<{ snapshot: string | null }>();
  const found = results.flatMap(({ snapshot }) =>
    snapshot === null ? [] : [unpacked(portfolioSnapshots, snapshot)],
  );
  const once = new Map(found.map((snapshot) => [snapshot.bucketAtMs, snapshot]));
  return [...once.values()].sort((left, right) => left.bucketAtMs - right.bucketAtMs);
}

/** The first and the last snapshot of a line; undefined when it has none. */
export async function readEnds(
  d1: D1Database,
  series: Series,
): Promise<{ readonly first: Snapshot; readonly last: Snapshot } | undefined> {
  const db = drizzle(d1);
  const ordered = (order: typeof asc) =>
    db
      .select()
      .from(portfolioSnapshots)
      .where(of(series))
      .orderBy(order(portfolioSnapshots.bucketAtMs))
      .limit(1);
  const [[first], [last]] = await db.batch([ordered(asc), ordered(desc)]);
  return first === undefined || last === undefined ? undefined : { first, last };
}

function of({ mode, scope, leaderAddress, bucket }: Series) {
  return and(
    eq(portfolioSnapshots.mode, mode),
    eq(portfolioSnapshots.portfolioScope, scope),
    isText(portfolioSnapshots.leaderAddress, leaderAddress),
    eq(portfolioSnapshots.bucket, bucket),
  );
}
