/**
 * The Real Portfolio as people read it: the venue's positions, who of the leaders explains them, and where ledger and
 * venue differ. Bounded reads only; the venue is the authority, the ledger explains it (R61, R75).
 */
import { asc, desc, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import { fromSafeInteger } from '../schema/columns.ts';
import { differences, venuePositions } from '../schema/live-schema.ts';
import { isWord, valuesOf } from './packed-rows.ts';
import { POSITIONS_MAX } from './portfolio.ts';

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

/** Differences that have not ended, oldest first. At most 200. */
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

/** What the leaders hold of these tokens, by `leader:token`; what was never recorded is absent. */
export async function readLeaderHoldings(
  d1: D1Database,
  wanted: readonly LeaderToken[],
): Promise<ReadonlyMap<string, bigint>> {
  const names = wanted
    .filter((one) => isWord(one.leaderAddress) && isWord(one.tokenId))
    .map((one) => [one.leaderAddress, one.tokenId]);
  if (names.length === 0) return new Map();
  const { results } = await d1
    .prepare(
      `WITH held(leader, token) AS ${valuesOf(names)}
       SELECT leader, token, (SELECT share_micros FROM leader_positions
         WHERE leader_address = held.leader AND token_id = held.token) AS shares FROM held`,
    )
    .all<{ leader: string; token: string; shares: number | null }>();
  return new Map(
    results.flatMap(({ leader, token, shares }) =>
      shares === null ? [] : [[sliceKey({ leaderAddress: leader, tokenId: token }), fromSafeInteger(shares)]],
    ),
  );
}
