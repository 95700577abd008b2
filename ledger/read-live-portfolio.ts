/**
 * The Real Portfolio as people read it: the venue's positions, who of the leaders explains them, and where ledger and
 * venue differ. Bounded reads only; the venue is the authority, the ledger explains it (R61, R75).
 */
import { asc, desc, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { fromSafeInteger } from './columns.ts';
import { differences, venuePositions } from './live-schema.ts';
import { POSITIONS_MAX } from './read-portfolio.ts';

export type VenuePositionRow = typeof venuePositions.$inferSelect;
export type DifferenceRow = typeof differences.$inferSelect;

const OPEN_DIFFERENCES_MAX = 200;
const ENDED_DIFFERENCES_SHOWN = 20;

/** What the venue says we hold, at most 300. */
export async function listVenuePositions(d1: D1Database): Promise<readonly VenuePositionRow[]> {
  return (
    drizzle(d1)
      .select()
      .from(venuePositions)
      // A literal, so that the partial index of open positions serves.
      .where(sql.raw('share_micros > 0'))
      .orderBy(asc(venuePositions.tokenId))
      .limit(POSITIONS_MAX)
  );
}

/** Differences that stand, oldest first. At most 200. */
export async function listOpenDifferences(d1: D1Database): Promise<readonly DifferenceRow[]> {
  return drizzle(d1)
    .select()
    .from(differences)
    .where(isNull(differences.endedAtMs))
    .orderBy(asc(differences.firstSeenAtMs))
    .limit(OPEN_DIFFERENCES_MAX);
}

/** The latest differences of all, also ended ones, newest first. */
export async function listLatestDifferences(d1: D1Database): Promise<readonly DifferenceRow[]> {
  const { firstSeenAtMs, subject, tokenId } = differences;
  return drizzle(d1)
    .select()
    .from(differences)
    .orderBy(desc(firstSeenAtMs), desc(subject), desc(tokenId))
    .limit(ENDED_DIFFERENCES_SHOWN);
}

export interface LeaderToken {
  readonly leaderAddress: string;
  readonly tokenId: string;
}

/** What the leaders themselves hold of these tokens, by `leader:token`; what was never told is absent. */
export async function readLeaderHoldings(
  d1: D1Database,
  wanted: readonly LeaderToken[],
): Promise<ReadonlyMap<string, bigint>> {
  if (wanted.length === 0) return new Map();
  const names = wanted.map((one) => [one.leaderAddress, one.tokenId]);
  const { results } = await d1
    .prepare(
      `SELECT p.leader_address AS leader, p.token_id AS token, p.share_micros AS shares
       FROM json_each(?) name CROSS JOIN leader_positions p
       ON p.leader_address = json_extract(name.value, '$[0]') AND p.token_id = json_extract(name.value, '$[1]')`,
    )
    .bind(JSON.stringify(names))
    .all<{ leader: string; token: string; shares: number }>();
  return new Map(results.map((row) => [`${row.leader}:${row.token}`, fromSafeInteger(row.shares)]));
}
