/**
 * Which attempts of the two modes were made from the same fills of the leader, where their keys differ: what one mode buffered or
 * carried ends in an attempt of another key. Bounded reads by index only.
 */
import { sql } from 'drizzle-orm';
import { carryId, type GroupKey, type TradingMode } from '../../domain/ids.ts';
import { NO_GROUP } from '../../domain/records/sentinels.ts';
import { type AttemptName, type AttemptRow, readAttempts } from './attempts.ts';
import type { Cursor } from './keyset.ts';
import { statementOf } from './raw-sql.ts';

/**
 * Fills that are looked through for those behind the copies of one page that gathered several. Each copy's own market is walked back
 * from its own time, so that what came after it costs nothing: for all copies a few fills first, then all that is left for those that
 * lack some.
 */
const FILLS_MAX = 300;
const FIRST_FILLS = 12;
/** A share of the budget that is smaller finds too little for a call to D1. */
const SHARE_FILLS_MIN = 10;
/** A group is closed within ten seconds; a sweep may bring together what the leader did over a longer time. */
const GROUP_SPREAD_MS = 60_000;
/** `readAttempts` takes 49 names. */
const NAMES_MAX = 49;
export function otherMode(mode: TradingMode): TradingMode {
  return mode === 'PAPER' ? 'LIVE' : 'PAPER';
}

/** Whether a mode made one copy of several acts of the leader. */
export function isGathered({ sourceType }: AttemptRow): boolean {
  return sourceType === 'BUFFER' || sourceType === 'CARRY';
}

/**
 * The executed attempts of the other mode that share a fill of the leader with these, for each of these. A group leads to the attempts
 * that it ended in by key, however old it is; only the groups behind a copy that gathered several are looked for among fills.
 */
export async function linkedTo(
  d1: D1Database,
  open: readonly AttemptRow[],
): Promise<ReadonlyMap<AttemptRow, readonly AttemptRow[]>> {
  if (open.length === 0) return new Map();
  const ends = new GroupEnds(d1);
  const gathered = await groupsBehind(d1, open.filter(isGathered), ends);
  const behind = new Map(open.map((one) => [one, gathered.get(one) ?? [one.groupKey]]));
  await ends.read(
    [...behind].flatMap(([{ mode }, groups]) => groups.map((group) => ({ mode: otherMode(mode), group }))),
  );
  const others = new Map(
    [...behind].map(([one, groups]) => {
      const keys = groups.flatMap((key) => [...ends.of(otherMode(one.mode), key)]);
      return [one, new Set(keys.filter((key) => key !== one.groupKey))];
    }),
  );
  const names = [...others].flatMap(([{ mode, leaderAddress }, keys]) =>
    [...keys].map((groupKey) => ({ mode: otherMode(mode), leaderAddress, groupKey })),
  );
  const distinct = new Map(names.map((name) => [nameOf(name.mode, name.leaderAddress, name.groupKey), name]));
  const attempts = await attemptsOf(d1, [...distinct.values()]);
  return new Map(
    [...others].map(([one, keys]) => [
      one,
      attempts.filter(
        (other) =>
          other.mode !== one.mode &&
          // A group key is made of one leader's fills.
          keys.has(other.groupKey) &&
          other.decision === 'EXECUTE' &&
          other.tokenId === one.tokenId &&
          other.side === one.side,
      ),
    ]),
  );
}

/** How far the fills behind a copy have been looked for. */
interface Search {
  readonly copy: AttemptRow;
  /** The last place that was looked at. */
  readonly from: Cursor;
  /** Fills of its leader and token so far, by group. */
  readonly fills: ReadonlyMap<GroupKey, number>;
  /** All fills behind it were found, or there are no further ones. */
  readonly isDone: boolean;
}

/** The groups behind each copy that gathered several, from the youngest back. */
async function groupsBehind(
  d1: D1Database,
  copies: readonly AttemptRow[],
  ends: GroupEnds,
): Promise<ReadonlyMap<AttemptRow, readonly GroupKey[]>> {
  let searches = copies.map(begun);
  let left = Math.max(FILLS_MAX, FIRST_FILLS * copies.length);
  for (const most of [FIRST_FILLS, FILLS_MAX]) {
    const pending = searches.filter(({ isDone }) => !isDone);
    const size = Math.min(most, Math.floor(left / pending.length));
    // Without pending ones there is no share either.
    if (pending.length === 0 || size < SHARE_FILLS_MIN) break;
    left -= size * pending.length;
    const windows = await windowsOf(d1, pending, size);
    const read = pending.map((search, at) => extended(search, windows[at] ?? [], size));
    await ends.read(
      read.flatMap(({ copy, fills }) => [...fills.keys()].map((group) => ({ mode: copy.mode, group }))),
    );
    const next = new Map(read.map((search) => [search.copy, { ...search, isDone: isFound(search, ends) }]));
    searches = searches.map((search) => next.get(search.copy) ?? search);
  }
  return new Map(searches.map(({ copy, fills }) => [copy, groupsOf(copy, fills, ends)]));
}

/** The time of a copy that gathered several is that of its youngest part, and that of a group is its oldest fill's. */
function begun(copy: AttemptRow): Search {
  const from = { atMs: copy.leaderEventAtMs + GROUP_SPREAD_MS + 1, key: '' };
  return { copy, from, fills: new Map(), isDone: false };
}

interface FillPlace extends Cursor {
  readonly leader: string;
  readonly token: string;
  readonly group: GroupKey | typeof NO_GROUP;
}

/**
 * The next fills of each copy's market, newest first, in one statement: an export may make fifty for a whole file. The index is named,
 * as in attempts.ts.
 */
async function windowsOf(
  d1: D1Database,
  searches: readonly Search[],
  size: number,
): Promise<readonly (readonly FillPlace[])[]> {
  const places = searches.map(({ copy, from }) => [copy.conditionId, from.atMs, from.key]);
  const { results } = await statementOf(
    d1,
    sql`SELECT s.key AS search, (
         SELECT json_group_array(json_object('atMs', event_at_ms, 'key', fill_id, 'leader', leader_address, 'token', token_id,
           'group', group_key))
         FROM (SELECT event_at_ms, fill_id, leader_address, token_id, group_key
           FROM leader_fills INDEXED BY leader_fills_market
           WHERE condition_id = s.value ->> 0 AND (event_at_ms, fill_id) < (s.value ->> 1, s.value ->> 2)
           ORDER BY event_at_ms DESC, fill_id DESC LIMIT ${size})) AS fills
       FROM json_each(${JSON.stringify(places)}) s`,
  ).all<{ readonly search: number; readonly fills: string }>();
  // The objects are those that the statement makes.
  const fills = new Map(results.map((row) => [row.search, JSON.parse(row.fills) as readonly FillPlace[]]));
  return searches.map((_search, at) => fills.get(at) ?? []);
}

/** The search with a window; at the end of the market's fills it is done. */
function extended(search: Search, window: readonly FillPlace[], size: number): Search {
  const { leaderAddress, tokenId } = search.copy;
  const fills = new Map(search.fills);
  for (const { leader, token, group } of window)
    if (leader === leaderAddress && token === tokenId && group !== NO_GROUP)
      fills.set(group, (fills.get(group) ?? 0) + 1);
  return { ...search, fills, from: window.at(-1) ?? search.from, isDone: window.length < size };
}

function isFound({ copy, fills, isDone }: Search, ends: GroupEnds): boolean {
  const behind = groupsOf(copy, fills, ends).reduce((sum, key) => sum + (fills.get(key) ?? 0), 0);
  return isDone || behind >= copy.fillCount;
}

/** Of the groups those that ended in the copy. */
function groupsOf(
  copy: AttemptRow,
  fills: ReadonlyMap<GroupKey, number>,
  ends: GroupEnds,
): readonly GroupKey[] {
  return [...fills.keys()].filter((key) => ends.of(copy.mode, key).has(copy.groupKey));
}

/** An id of a mode: a group of fills, or a carry. */
interface Member {
  readonly mode: TradingMode;
  readonly id: string;
}

const NONE: ReadonlySet<string> = new Set();

/** In which attempts of a mode each group ended: in its own or the one that buffered it, and the one that carried that. */
class GroupEnds {
  private readonly known = new Map<string, ReadonlySet<string>>();

  constructor(private readonly d1: D1Database) {}

  async read(groups: readonly { readonly mode: TradingMode; readonly group: GroupKey }[]): Promise<void> {
    const distinct = new Map(
      groups.map(({ mode, group }) => [memberName({ mode, id: group }), { mode, id: group }]),
    );
    const fresh = [...distinct.values()].filter((one) => !this.known.has(memberName(one)));
    const buffered = await membersOf(this.d1, fresh);
    const first = fresh.map((one) => ({ ...one, end: buffered.get(memberName(one)) ?? one.id }));
    const carryOf = ({ mode, end }: (typeof first)[number]): Member => ({
      mode,
      id: carryId({ mode, sourceGroupKey: end }),
    });
    const released = await membersOf(this.d1, first.map(carryOf));
    for (const one of first) {
      const carried = released.get(memberName(carryOf(one)));
      this.known.set(memberName(one), new Set(carried === undefined ? [one.end] : [one.end, carried]));
    }
  }

  /** Of a group that was read. */
  of(mode: TradingMode, group: GroupKey): ReadonlySet<string> {
    return this.known.get(memberName({ mode, id: group })) ?? NONE;
  }
}

function memberName({ mode, id }: Member): string {
  return `${mode}~${id}`;
}

/** The groups that these are members of, by name, in one statement, however many. */
async function membersOf(d1: D1Database, members: readonly Member[]): Promise<ReadonlyMap<string, GroupKey>> {
  if (members.length === 0) return new Map();
  const names = members.map(({ mode, id }) => [mode, id]);
  const { results } = await statementOf(
    d1,
    sql`SELECT g.mode AS mode, g.member_id AS id, g.group_key AS ended
       FROM json_each(${JSON.stringify(names)}) n
       CROSS JOIN group_members g ON g.mode = n.value ->> 0 AND g.member_id = n.value ->> 1`,
  ).all<Member & { readonly ended: GroupKey }>();
  return new Map(results.map((row) => [memberName(row), row.ended]));
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
