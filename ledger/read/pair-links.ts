/**
 * Which attempts of the two modes were made from the same fills of the leader, where their keys differ: what one mode buffered or
 * carried ends in an attempt of another key. Bounded reads by index only.
 */
import { desc, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { carryId, type GroupKey, type TradingMode } from '../../domain/ids.ts';
import { isText } from '../schema/columns.ts';
import { groupMembers, leaderFills } from '../schema/schema.ts';
import { type AttemptName, type AttemptRow, readAttempts } from './attempts.ts';

/** Fills of one leader that are looked through for those behind copies without a partner, and how many groups of them. */
const FILLS_MAX = 100;
const GROUPS_MAX = 40;
/** A group is closed within ten seconds; a sweep may bring together what the leader did over a longer time. */
const GROUP_SPREAD_MS = 60_000;
/** `readAttempts` takes 49 names. */
const NAMES_MAX = 49;
export function otherMode(mode: TradingMode): TradingMode {
  return mode === 'PAPER' ? 'LIVE' : 'PAPER';
}

/** The executed attempts of the other mode that share a fill of the leader with these, for each of these. */
export async function linkedTo(
  d1: D1Database,
  open: readonly AttemptRow[],
): Promise<ReadonlyMap<AttemptRow, readonly AttemptRow[]>> {
  const found = new Map<AttemptRow, readonly AttemptRow[]>();
  for (const leader of new Set(open.map((one) => one.leaderAddress))) {
    const own = open.filter((one) => one.leaderAddress === leader);
    const groups = await groupsBehind(d1, leader, own);
    const ends = { PAPER: await endsOf(d1, 'PAPER', groups), LIVE: await endsOf(d1, 'LIVE', groups) };
    const keys = new Map(
      own.map((one) => {
        const behind = groups.filter((key) => ends[one.mode].get(key)?.has(one.groupKey));
        const others = behind.flatMap((key) => [...(ends[otherMode(one.mode)].get(key) ?? [])]);
        return [one, new Set(others.filter((key) => key !== one.groupKey))];
      }),
    );
    const names = [...keys].flatMap(([one, others]) =>
      [...others].map((key) => ({ mode: otherMode(one.mode), leaderAddress: leader, groupKey: key })),
    );
    const distinct = new Map(names.map((name) => [nameOf(name.mode, leader, name.groupKey), name]));
    const attempts = await attemptsOf(d1, [...distinct.values()]);
    for (const [one, others] of keys) {
      found.set(
        one,
        attempts.filter(
          (other) =>
            other.mode !== one.mode &&
            others.has(other.groupKey) &&
            other.decision === 'EXECUTE' &&
            other.tokenId === one.tokenId &&
            other.side === one.side,
        ),
      );
    }
  }
  return found;
}

/** The groups of the leader's fills near these attempts in their tokens. */
async function groupsBehind(
  d1: D1Database,
  leader: string,
  own: readonly AttemptRow[],
): Promise<readonly GroupKey[]> {
  const { leaderAddress, eventAtMs, fillId, tokenId, groupKey } = leaderFills;
  const lastMs = Math.max(...own.map((one) => one.leaderEventAtMs)) + GROUP_SPREAD_MS;
  const fills = await drizzle(d1)
    .select({ tokenId, groupKey, atMs: eventAtMs })
    .from(leaderFills)
    .where(sql`${isText(leaderAddress, leader)} AND ${eventAtMs} <= ${lastMs}`)
    .orderBy(desc(eventAtMs), desc(fillId))
    .limit(FILLS_MAX);
  const tokens = new Set<string>(own.map((one) => one.tokenId));
  const keys = fills.flatMap((fill) =>
    fill.groupKey !== '' && tokens.has(fill.tokenId) ? [fill.groupKey] : [],
  );
  return [...new Set(keys)].slice(0, GROUPS_MAX);
}

/** In which attempts of a mode each group ended: in its own or the one that buffered it, and the one that carried that. */
async function endsOf(
  d1: D1Database,
  mode: TradingMode,
  groups: readonly GroupKey[],
): Promise<ReadonlyMap<GroupKey, ReadonlySet<string>>> {
  const members = await membersOf(d1, mode, groups);
  const first = new Map(groups.map((key) => [key, members.get(key) ?? key]));
  const carries = new Map(
    [...first].map(([key, sourceGroupKey]) => [key, carryId({ mode, sourceGroupKey })]),
  );
  const released = await membersOf(d1, mode, [...carries.values()]);
  return new Map(
    [...first].map(([key, end]) => {
      const carried = released.get(carries.get(key) ?? '');
      return [key, new Set(carried === undefined ? [end] : [end, carried])];
    }),
  );
}

async function membersOf(
  d1: D1Database,
  mode: TradingMode,
  ids: readonly string[],
): Promise<ReadonlyMap<string, GroupKey>> {
  if (ids.length === 0) return new Map();
  const rows = await drizzle(d1)
    .select()
    .from(groupMembers)
    .where(sql`${groupMembers.mode} = ${mode} AND ${inArray(groupMembers.memberId, [...ids])}`);
  return new Map(rows.map((row) => [row.memberId, row.groupKey]));
}

/** The attempts of these names, however many. */
export async function attemptsOf(
  d1: D1Database,
  names: readonly AttemptName[],
): Promise<readonly AttemptRow[]> {
  const parts = slices(names, NAMES_MAX).map((part) => readAttempts(d1, part));
  return (await Promise.all(parts)).flat();
}

/** A list in parts of this size. */
export function slices<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, at) => all.slice(at * size, (at + 1) * size));
}

/** A name as a key of maps. */
export function nameOf(mode: TradingMode, leaderAddress: string, key: string): string {
  return `${mode}~${leaderAddress}~${key}`;
}
