/**
 * Copy attempts as people read them: newest first, filtered, paged by key over the whole table, at most 1,000 rows read
 * per request. Words and lists that D1 holds are parsed; an unknown one throws, it is never defaulted.
 */
import { and, getTableColumns, or, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import {
  CLAMPS,
  type Clamp,
  type DecisionWord,
  REASON_CODES,
  type ReasonCode,
  type SourceType,
} from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import * as z from '../../domain/zod.ts';
import { isText } from '../schema/columns.ts';
import { copyAttempts } from '../schema/schema.ts';
import {
  type Cursor,
  type KeyPage,
  mergeWindows,
  newestFirst,
  newestFirstBy,
  PAGE_ROWS,
  type WindowRow,
  windowConditions,
  windowRowsOf,
} from './keyset.ts';
import { statementOf } from './raw-sql.ts';

export interface AttemptFilter {
  readonly mode: TradingMode;
  readonly leaderAddress?: string | undefined;
  readonly decision?: DecisionWord | undefined;
  readonly reason?: ReasonCode | undefined;
  readonly sourceType?: SourceType | undefined;
  /** From a search of market text, at most 10; an empty list matches nothing. */
  readonly conditionIds?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
}

export type AttemptRow = Omit<typeof copyAttempts.$inferSelect, 'reasons' | 'clamps' | 'facts'> & {
  readonly reasons: readonly ReasonCode[];
  readonly clamps: readonly Clamp[];
};

export interface AttemptPage extends Pick<KeyPage, 'next' | 'lookedBackToMs'> {
  readonly rows: readonly AttemptRow[];
}

export interface AttemptName {
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly groupKey: string;
}

const reasonsSchema = z.array(z.enum(REASON_CODES));
const clampsSchema = z.array(z.enum(CLAMPS));
const { facts: _factsStayInD1, ...listColumns } = getTableColumns(copyAttempts);
const order = [sql.raw('decided_at_ms'), sql.raw('group_key')] as const;

/** One page of attempts before the cursor. */
export async function listAttempts(
  d1: D1Database,
  filter: AttemptFilter,
  before: Cursor | undefined,
  pageRows = PAGE_ROWS,
): Promise<AttemptPage> {
  const lists = filter.conditionIds ?? [undefined];
  if (lists.length === 0) return { rows: [], next: undefined, lookedBackToMs: undefined };
  const windowRows = windowRowsOf({ isScan: hasResidual(filter), windows: lists.length, pageRows });
  const statements = lists.map((conditionId) =>
    windowStatement(d1, { filter, conditionId, before, windowRows }),
  );
  const results = await d1.batch<{ at: number; key: string; leader: string; hit: number }>(statements);
  const windows = results.map(({ results: rows }) =>
    rows.map(
      (row): WindowRow => ({ atMs: row.at, key: row.key, leaderAddress: row.leader, hit: row.hit === 1 }),
    ),
  );
  const page = mergeWindows(windows, { windowRows, pageRows });
  const names = page.rows.map((row) => ({
    mode: filter.mode,
    leaderAddress: row.leaderAddress,
    groupKey: row.key,
  }));
  const rows = await readAttempts(d1, names);
  const byTime = (row: AttemptRow): Cursor => ({ atMs: row.decidedAtMs, key: row.groupKey });
  return {
    rows: [...rows].sort((left, right) => newestFirst(byTime(left), byTime(right))),
    next: page.next,
    lookedBackToMs: page.lookedBackToMs,
  };
}

/** The one index that leads: market, else leader, else decision, else time. What it does not cover is residual. */
function hasResidual(filter: AttemptFilter): boolean {
  const { conditionIds, leaderAddress, decision, reason, sourceType } = filter;
  const indexed = [conditionIds, leaderAddress, decision].filter((part) => part !== undefined).length;
  return indexed > 1 || reason !== undefined || sourceType !== undefined;
}

interface Window {
  readonly filter: AttemptFilter;
  readonly conditionId: string | undefined;
  readonly before: Cursor | undefined;
  readonly windowRows: number;
}

function windowStatement(
  d1: D1Database,
  { filter, conditionId, before, windowRows }: Window,
): D1PreparedStatement {
  const { mode, leaderAddress, decision, reason, sourceType } = filter;
  const lead = leadOf(conditionId, filter);
  const where = [sql`mode = ${mode}`];
  const hit = [sql`1`];
  if (conditionId !== undefined) where.push(sql`condition_id = ${conditionId}`);
  if (leaderAddress !== undefined) {
    (lead === 'leader' ? where : hit).push(sql`leader_address = ${leaderAddress}`);
  }
  if (decision !== undefined) (lead === 'decision' ? where : hit).push(sql`decision = ${decision}`);
  if (sourceType !== undefined) hit.push(sql`source_type = ${sourceType}`);
  if (reason !== undefined) hit.push(sql`instr(reasons, ${`"${reason}"`}) > 0`);
  where.push(...windowConditions(order, { ...filter, before }));
  return statementOf(
    d1,
    sql`SELECT decided_at_ms AS at, group_key AS key, leader_address AS leader, (${sql.join(hit, sql` AND `)}) AS hit
       FROM copy_attempts INDEXED BY ${sql.raw(`copy_attempts_${lead}`)} WHERE ${sql.join(where, sql` AND `)}
       ORDER BY ${sql.join(newestFirstBy(order), sql`, `)} LIMIT ${windowRows}`,
  );
}

/**
 * The index that serves a window. It is named in the statement: without statistics the planner takes a range of times for
 * narrower than one market or leader, and read every attempt of a month (80,000 rows) for a leader's second page of it.
 */
function leadOf(
  conditionId: string | undefined,
  { leaderAddress, decision }: AttemptFilter,
): 'market' | 'leader' | 'decision' | 'time' {
  if (conditionId !== undefined) return 'market';
  if (leaderAddress !== undefined) return 'leader';
  return decision !== undefined ? 'decision' : 'time';
}

/** The attempts of these names, in no order; one that is not there (yet) is absent. At most 49 names. */
export async function readAttempts(
  d1: D1Database,
  names: readonly AttemptName[],
): Promise<readonly AttemptRow[]> {
  if (names.length === 0) return [];
  const rows = await drizzle(d1)
    .select(listColumns)
    .from(copyAttempts)
    .where(anyOf(names))
    .limit(names.length);
  return rows.map(({ reasons, clamps, ...row }) => ({
    ...row,
    reasons: reasonsSchema.parse(reasons),
    clamps: clampsSchema.parse(clamps),
  }));
}

/** The facts that one decision saw, as stored; '' once they are older than 90 days, undefined without such an attempt. */
export async function readFacts(d1: D1Database, name: AttemptName): Promise<string | undefined> {
  const { facts } = copyAttempts;
  const rows = await drizzle(d1)
    .select({ facts })
    .from(copyAttempts)
    .where(anyOf([name]))
    .limit(1);
  return rows[0]?.facts;
}

/**
 * Each name as all four parts of the primary key. Grouped by leader it read a leader's every row: without statistics the
 * planner takes two equal columns of another index over a list of group keys (119,758 rows measured at 200,000).
 */
function anyOf(names: readonly AttemptName[]): SQL | undefined {
  const parts = names.map(({ mode, leaderAddress, groupKey }) => {
    // The mode is one of our own two words; bound values are scarce.
    const head = sql.raw(`mode = '${mode}' AND portfolio_scope = 'EXEC_GLOBAL'`);
    return and(
      head,
      isText(copyAttempts.leaderAddress, leaderAddress),
      isText(copyAttempts.groupKey, groupKey),
    );
  });
  return or(...parts);
}
