/** A portfolio as people read it: the newest slices and the open positions; curves are in read-curves.ts. Bounded reads only. */
import { and, asc, desc, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { TradingMode } from '../../domain/ids.ts';
import { isText } from '../schema/columns.ts';
import { leaderPositions, portfolioSnapshots, positions, quarantine } from '../schema/schema.ts';
import { isWord, packed, unpacked, valuesOf } from './packed-rows.ts';

export type Snapshot = typeof portfolioSnapshots.$inferSelect;
export type OpenPosition = typeof positions.$inferSelect;
export type LeaderHolding = typeof leaderPositions.$inferSelect;
export type QuarantineRow = typeof quarantine.$inferSelect;

/** More open positions than this are not listed; the page says so. */
export const POSITIONS_MAX = 300;

/**
 * The newest slice of each leader that has one, by address: one row read for each, however many there are. At most
 * 1,000 leaders; what cannot be an address has no slice.
 */
export async function readLatestSlices(
  d1: D1Database,
  mode: TradingMode,
  leaders: readonly string[],
): Promise<ReadonlyMap<string, Snapshot>> {
  const named = leaders.filter(isWord).map((leader) => [leader]);
  if (named.length === 0) return new Map();
  const { results } = await d1
    .prepare(
      `WITH leader(address) AS ${valuesOf(named)}
       SELECT (SELECT ${packed(portfolioSnapshots)} FROM portfolio_snapshots
         WHERE mode = ? AND portfolio_scope = 'EXEC_GLOBAL' AND leader_address = leader.address AND bucket = 'MINUTE'
         ORDER BY bucket_at_ms DESC LIMIT 1) AS slice FROM leader`,
    )
    .bind(mode)
    .all<{ slice: string | null }>();
  const slices = results.flatMap(({ slice }) =>
    slice === null ? [] : [unpacked(portfolioSnapshots, slice)],
  );
  return new Map(slices.map((slice) => [slice.leaderAddress, slice]));
}

/** Open positions, per leader and token, at most 300. */
export async function listOpenPositions(d1: D1Database, mode: TradingMode): Promise<readonly OpenPosition[]> {
  return (
    drizzle(d1)
      .select()
      .from(positions)
      // The mode and the sign are literals, so that the partial index of open positions serves.
      .where(sql.raw(`mode = '${mode}' AND share_micros > 0`))
      .orderBy(asc(positions.tokenId), asc(positions.leaderAddress))
      .limit(POSITIONS_MAX)
  );
}

/** The positions of one leader in these tokens, each found by its key; those that D1 does not have yet are left out. At most 300. */
export async function readPositions(
  d1: D1Database,
  { mode, leaderAddress }: Pick<OpenPosition, 'mode' | 'leaderAddress'>,
  tokens: readonly string[],
): Promise<readonly OpenPosition[]> {
  const named = tokens
    .filter(isWord)
    .slice(0, POSITIONS_MAX)
    .map((token) => [token]);
  if (named.length === 0) return [];
  const { results } = await d1
    .prepare(
      `WITH held(token) AS ${valuesOf(named)}
       SELECT (SELECT ${packed(positions)} FROM positions
         WHERE mode = ? AND leader_address = ? AND token_id = held.token) AS position FROM held`,
    )
    .bind(mode, leaderAddress)
    .all<{ position: string | null }>();
  return results.flatMap(({ position }) => (position === null ? [] : [unpacked(positions, position)]));
}

/** Slices below zero: a purchase that FAILED after its shares were sold again. Rare, and never hidden. At most 300. */
export async function listShortPositions(
  d1: D1Database,
  mode: TradingMode,
): Promise<readonly OpenPosition[]> {
  return drizzle(d1)
    .select()
    .from(positions)
    .where(sql.raw(`mode = '${mode}' AND share_micros < 0`))
    .orderBy(asc(positions.tokenId), asc(positions.leaderAddress))
    .limit(POSITIONS_MAX);
}

/** A leader's open positions that are read at most; the page shows the dearest of them. */
export const HOLDINGS_READ_MAX = 100;

/** What a leader holds, in no order that matters, at most 100. */
export async function listLeaderHoldings(
  d1: D1Database,
  leaderAddress: string,
): Promise<readonly LeaderHolding[]> {
  return (
    drizzle(d1)
      .select()
      .from(leaderPositions)
      // A literal, so that the partial index of open positions serves.
      .where(and(isText(leaderPositions.leaderAddress, leaderAddress), sql.raw('share_micros > 0')))
      .orderBy(asc(leaderPositions.tokenId))
      .limit(HOLDINGS_READ_MAX)
  );
}

/** Refused input, newest first. Hostile text inside. */
export async function listQuarantine(d1: D1Database, limit: number): Promise<readonly QuarantineRow[]> {
  const { seenAtMs, quarantineId } = quarantine;
  return drizzle(d1).select().from(quarantine).orderBy(desc(seenAtMs), desc(quarantineId)).limit(limit);
}
