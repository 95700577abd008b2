/** Leader fills with what became of each of them, newest first, paged by key over the whole table. Bounded reads only. */
import { and, eq, inArray, ne } from 'drizzle-orm';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import type { TradingMode } from '../../domain/ids.ts';
import { isText } from '../schema/columns.ts';
import { groupMembers, leaderFills } from '../schema/schema.ts';
import { type AttemptRow, readAttempts } from './attempts.ts';
import {
  type Cursor,
  mergeWindows,
  newestFirst,
  newestFirstBy,
  PAGE_ROWS,
  windowConditions,
  windowRowsOf,
} from './keyset.ts';

export interface FillFilter {
  readonly leaderAddress?: string | undefined;
  /** From a search of market text, at most 10; an empty list matches nothing. */
  readonly conditionIds?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
}

export type FillRow = typeof leaderFills.$inferSelect & {
  /** The attempt that its group ended in; undefined while it waits, or when it was only recorded. */
  readonly attempt: AttemptRow | undefined;
};

export interface FillPage {
  readonly rows: readonly FillRow[];
  readonly next: Cursor | undefined;
  readonly lookedBackToMs: number | undefined;
}

/**
 * One page of fills before the cursor, by the time the leader traded. What only differs between two sources, by less than the
 * tolerance, is no fill of the leader: it stays in the record and its export.
 */
export async function listFills(
  d1: D1Database,
  filter: FillFilter,
  before: Cursor | undefined,
  pageRows = PAGE_ROWS,
): Promise<FillPage> {
  const lists = filter.conditionIds ?? [undefined];
  // With both filters the market's index leads and the leader is looked for in a bounded window of it.
  const both = filter.conditionIds !== undefined && filter.leaderAddress !== undefined;
  const windowRows = windowRowsOf({ isScan: both, windows: lists.length, pageRows });
  const db = drizzle(d1);
  const statements = lists.map((condition) => windowStatement(db, { filter, condition, before, windowRows }));
  const [first, ...rest] = statements;
  const found = first === undefined ? [] : await db.batch([first, ...rest]);
  const place = (row: { eventAtMs: number; fillId: string }): Cursor => ({
    atMs: row.eventAtMs,
    key: row.fillId,
  });
  const windows = found.map((rows) =>
    rows.map(({ leaderAddress, ...row }) => ({
      ...place(row),
      hit: !both || leaderAddress === filter.leaderAddress,
      leaderAddress,
    })),
  );
  const page = mergeWindows(windows, { windowRows, pageRows });
  const shown = new Set(page.rows.map((row) => row.key));
  const rows = found
    .flat()
    .filter((row) => shown.has(row.fillId))
    .sort((left, right) => newestFirst(place(left), place(right)));
  const outcomes = await readOutcomes(d1, 'PAPER', rows);
  return {
    rows: rows.map((row) => ({ ...row, attempt: outcomes.get(row.groupKey) })),
    next: page.next,
    lookedBackToMs: page.lookedBackToMs,
  };
}

interface Window {
  readonly filter: FillFilter;
  readonly condition: string | undefined;
  readonly before: Cursor | undefined;
  readonly windowRows: number;
}

function windowStatement(db: DrizzleD1Database, { filter, condition, before, windowRows }: Window) {
  const { eventAtMs, fillId, leaderAddress, conditionId } = leaderFills;
  const order = [eventAtMs, fillId] as const;
  const led =
    condition !== undefined
      ? isText(conditionId, condition)
      : filter.leaderAddress === undefined
        ? undefined
        : isText(leaderAddress, filter.leaderAddress);
  return db
    .select()
    .from(leaderFills)
    .where(
      and(led, ne(leaderFills.disposition, 'DIFFERENCE'), ...windowConditions(order, { ...filter, before })),
    )
    .orderBy(...newestFirstBy(order))
    .limit(windowRows);
}

/** The attempts in which these fills' groups ended, by the group key of the fill. */
async function readOutcomes(
  d1: D1Database,
  mode: TradingMode,
  fills: readonly { readonly groupKey: string; readonly leaderAddress: string }[],
): Promise<ReadonlyMap<string, AttemptRow>> {
  const groups = new Map(fills.flatMap((fill) => (fill.groupKey === '' ? [] : [[fill.groupKey, fill]])));
  if (groups.size === 0) return new Map();
  const members = await drizzle(d1)
    .select()
    .from(groupMembers)
    .where(and(eq(groupMembers.mode, mode), inArray(groupMembers.memberId, [...groups.keys()])));
  const endedIn = new Map(members.map((member) => [member.memberId, member.groupKey]));
  const names = [...groups].map(([key, fill]) => ({
    mode,
    leaderAddress: fill.leaderAddress,
    groupKey: endedIn.get(key) ?? key,
  }));
  const attempts = new Map<string, AttemptRow>(
    (await readAttempts(d1, names)).map((row) => [row.groupKey, row]),
  );
  const outcomes = new Map<string, AttemptRow>();
  for (const key of groups.keys()) {
    const attempt = attempts.get(endedIn.get(key) ?? key);
    if (attempt !== undefined) outcomes.set(key, attempt);
  }
  return outcomes;
}
