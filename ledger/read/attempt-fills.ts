/** The fills on both ends of one copy attempt: ours, and the leader's that it was made from. Bounded reads by index only. */
import { and, asc, desc, eq, gte, inArray, lt, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { SourceType } from '../../domain/decide/reasons.ts';
import { carryId, type GroupKey, type TradingMode } from '../../domain/ids.ts';
import { BOOK_LEVELS_MAX } from '../../domain/market/book.ts';
import { NO_GROUP } from '../../domain/records/sentinels.ts';
import { isText } from '../schema/columns.ts';
import { copyFills, groupMembers, leaderFills } from '../schema/schema.ts';

export type CopyFillRow = typeof copyFills.$inferSelect;
export type LeaderFillRow = typeof leaderFills.$inferSelect;

/** A leader's fills that are looked through for those of one group. */
const SCAN_FILLS = 150;
/** D1 takes 100 bound values per statement. */
const KEYS_PER_QUERY = 90;
/** A group is closed within ten seconds of our clock; a sweep may bring together what the leader did over a longer time. */
const GROUP_SPREAD_MS_MAX = 60_000;

/** Our fills of one paper attempt, one for each level of the book that it took, in that order. */
export async function listCopyFillsOf(
  d1: D1Database,
  mode: TradingMode,
  idempotencyKey: string,
): Promise<readonly CopyFillRow[]> {
  const { fillKey } = copyFills;
  // The keys are `key:level`: a range of the primary key, and ';' is what follows ':'.
  const rows = await drizzle(d1)
    .select()
    .from(copyFills)
    .where(
      and(eq(copyFills.mode, mode), gte(fillKey, `${idempotencyKey}:`), lt(fillKey, `${idempotencyKey};`)),
    )
    .orderBy(asc(fillKey))
    .limit(BOOK_LEVELS_MAX);
  // As text, level 10 comes before level 2.
  const level = (row: CopyFillRow): number => Number(row.fillKey.slice(idempotencyKey.length + 1));
  return [...rows].sort((left, right) => level(left) - level(right));
}

export interface AttemptGroup {
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly groupKey: string;
  readonly tokenId: string;
  readonly sourceType: SourceType;
  readonly leaderEventAtMs: number;
}

/**
 * The leader's fills behind an attempt, oldest first, out of the 150 nearest to it. What was buffered or
 * carried for long while the leader traded much may be further back, and is then not found.
 */
export async function listLeaderFillsOf(
  d1: D1Database,
  group: AttemptGroup,
): Promise<readonly LeaderFillRow[]> {
  if (group.sourceType === 'CLOSE' || group.sourceType === 'CORRECTION') return [];
  const near = await readNear(d1, group);
  const candidates = near.filter((fill) => fill.tokenId === group.tokenId);
  const keys = [
    ...new Set(candidates.flatMap((fill) => (fill.groupKey === NO_GROUP ? [] : [fill.groupKey]))),
  ];
  const endedIn = await readMembers(d1, group.mode, keys);
  const ends = new Map<string, GroupKey | undefined>(keys.map((key) => [key, endedIn.get(key) ?? key]));
  if (group.sourceType === 'CARRY') {
    // A carry is a member under an id of its own, made from the group that was too small.
    const carries = new Map(
      keys.map((key) => [key, carryId({ mode: group.mode, sourceGroupKey: ends.get(key) ?? key })]),
    );
    const released = await readMembers(d1, group.mode, [...new Set(carries.values())]);
    for (const [key, carry] of carries) ends.set(key, released.get(carry));
  }
  return candidates
    .filter((fill) => ends.get(fill.groupKey) === group.groupKey)
    .sort((left, right) => left.eventAtMs - right.eventAtMs);
}

/** A group's time is that of its oldest fill; what was gathered has the time of its youngest part. */
async function readNear(d1: D1Database, group: AttemptGroup): Promise<readonly LeaderFillRow[]> {
  const { leaderAddress, eventAtMs, fillId } = leaderFills;
  const gathered = group.sourceType === 'BUFFER' || group.sourceType === 'CARRY';
  const ofLeader = isText(leaderAddress, group.leaderAddress);
  const select = drizzle(d1).select().from(leaderFills);
  return gathered
    ? select
        .where(and(ofLeader, lte(eventAtMs, group.leaderEventAtMs + GROUP_SPREAD_MS_MAX)))
        .orderBy(desc(eventAtMs), desc(fillId))
        .limit(SCAN_FILLS)
    : select
        .where(
          and(
            ofLeader,
            gte(eventAtMs, group.leaderEventAtMs),
            lte(eventAtMs, group.leaderEventAtMs + GROUP_SPREAD_MS_MAX),
          ),
        )
        .orderBy(asc(eventAtMs), asc(fillId))
        .limit(SCAN_FILLS);
}

async function readMembers(
  d1: D1Database,
  mode: TradingMode,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, GroupKey>> {
  const members = new Map<string, GroupKey>();
  for (let at = 0; at < memberIds.length; at += KEYS_PER_QUERY) {
    const part = memberIds.slice(at, at + KEYS_PER_QUERY);
    const rows = await drizzle(d1)
      .select()
      .from(groupMembers)
      .where(and(eq(groupMembers.mode, mode), inArray(groupMembers.memberId, part)));
    for (const row of rows) members.set(row.memberId, row.groupKey);
  }
  return members;
}
