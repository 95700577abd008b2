/**
 * The counts of copies as pages read them: one row for all days, at most 400 for a range of days, one a leader for lists. What
 * D1 holds is parsed; an unknown reason or a list of another length throws, it is never shown as a guess.
 */
import { and, asc, eq, gte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { REASON_CODES } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { EMPTY_STATS, summed } from '../../domain/records/copy-stats.ts';
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import { ALL_DAYS } from '../../domain/records/records.ts';
import * as z from '../../domain/zod.ts';
import { isText } from '../schema/columns.ts';
import { copyStats } from '../schema/stats-schema.ts';

/** Days of one read: more than a year. For a longer range read all days. */
export const STATS_DAYS_MAX = 400;

export interface StatsRequest {
  readonly mode: TradingMode;
  /** NO_LEADER for the whole Wallet. */
  readonly leaderAddress: string;
  /** The first day, by its first moment in UTC. */
  readonly sinceDayMs: number;
}

export interface DayStats {
  readonly dayAtMs: number;
  readonly stats: CopyStats;
}

/** What was recorded before there were counts may be taken out without ever having been put in; less than none is none. */
const count = z.mapped(z.int(), (given) => Math.max(0, given));
/** As long as the list has buckets. */
const listLike = (list: readonly number[]) => z.array(count).check(z.length(list.length));
const statsSchema = z.object({
  attempts: count,
  executed: count,
  skipped: count,
  partial: count,
  unfilled: count,
  leaderFills: count,
  wins: count,
  losses: count,
  slippage: listLike(EMPTY_STATS.slippage),
  detectionLag: listLike(EMPTY_STATS.detectionLag),
  copyLag: listLike(EMPTY_STATS.copyLag),
  reasons: z.partialRecord(z.enum(REASON_CODES), count),
});

/** The row's counts; throws $ZodError on a word or number that is none of ours. */
function statsOf(row: typeof copyStats.$inferSelect): CopyStats {
  return statsSchema.parse(row);
}

/** The counts since a day, or of all days; zeros where nothing was ever counted. Throws RangeError beyond 400 days. */
export async function readStats(
  d1: D1Database,
  request: Omit<StatsRequest, 'sinceDayMs'> & { readonly sinceDayMs: number | 'all' },
): Promise<CopyStats> {
  const { mode, leaderAddress, sinceDayMs } = request;
  if (sinceDayMs === 'all') {
    const all = await readStatsOfLeaders(d1, mode, [leaderAddress]);
    return all.get(leaderAddress) ?? EMPTY_STATS;
  }
  const days = await listDayStats(d1, { mode, leaderAddress, sinceDayMs });
  return summed(days.map((day) => day.stats));
}

/** The counts of each day since one, oldest first; days on which nothing was counted are left out. Throws as `readStats` does. */
export async function listDayStats(d1: D1Database, request: StatsRequest): Promise<readonly DayStats[]> {
  const { mode, leaderAddress, dayAtMs } = copyStats;
  const rows = await drizzle(d1)
    .select()
    .from(copyStats)
    .where(
      and(
        eq(mode, request.mode),
        isText(leaderAddress, request.leaderAddress),
        // The row of all days is no day.
        gte(dayAtMs, Math.max(request.sinceDayMs, ALL_DAYS + 1)),
      ),
    )
    .orderBy(asc(dayAtMs))
    .limit(STATS_DAYS_MAX + 1);
  if (rows.length > STATS_DAYS_MAX) throw new RangeError(`more than ${STATS_DAYS_MAX} days were asked for`);
  return rows.map((row) => ({ dayAtMs: row.dayAtMs, stats: statsOf(row) }));
}

/** The counts of all days of each leader that has any, by address: one statement, one row read for each. At most 1,000. */
export async function readStatsOfLeaders(
  d1: D1Database,
  mode: TradingMode,
  leaders: readonly string[],
): Promise<ReadonlyMap<string, CopyStats>> {
  if (leaders.length === 0) return new Map();
  const { leaderAddress, dayAtMs } = copyStats;
  const rows = await drizzle(d1)
    .select()
    .from(copyStats)
    .where(
      and(
        eq(copyStats.mode, mode),
        sql`${leaderAddress} in (select value from json_each(${JSON.stringify(leaders)}))`,
        eq(dayAtMs, ALL_DAYS),
      ),
    );
  return new Map(rows.map((row) => [row.leaderAddress, statsOf(row)]));
}
