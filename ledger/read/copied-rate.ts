/** How much of what leaders bought was really copied: the effective rate beside the configured one (A54). */
import { and, desc, eq, gte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { FillDisposition } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { isText } from '../schema/columns.ts';
import { copyAttempts, leaderFills } from '../schema/schema.ts';

/** Leader fills that the rate is of, the newest first. */
export const FILLS_READ_MAX = 200;
/** A fill leads to at most an attempt of its own and one of a buffer or a carry. */
const ATTEMPTS_READ_MAX = 2 * FILLS_READ_MAX;

/** A buy that came too late to be copied lowers the rate; what was before the follow does not. */
const OURS_TO_COPY: readonly FillDisposition[] = ['GROUPED', 'EVENT_TOO_OLD'];

export interface CopiedRate {
  readonly copiedMicros: bigint;
  readonly leaderMicros: bigint;
  /** The time of the oldest fill that is counted. */
  readonly sinceMs: number;
}

/**
 * Of one leader, or of all: cash of our filled buys over cash of the leaders' buys since they are followed, among their last
 * fills. Null where there are none. At most 600 rows are read.
 */
export async function readCopiedRate(
  d1: D1Database,
  { mode, leaderAddress }: { readonly mode: TradingMode; readonly leaderAddress: string | undefined },
): Promise<CopiedRate | null> {
  const db = drizzle(d1);
  const { eventAtMs, fillId, side, disposition, notionalMicros } = leaderFills;
  const fills = await db
    .select({ eventAtMs, side, disposition, notionalMicros })
    .from(leaderFills)
    .where(leaderAddress === undefined ? undefined : isText(leaderFills.leaderAddress, leaderAddress))
    .orderBy(desc(eventAtMs), desc(fillId))
    .limit(FILLS_READ_MAX);
  const bought = fills.filter((fill) => fill.side === 'BUY' && OURS_TO_COPY.includes(fill.disposition));
  const oldest = bought.at(-1);
  if (oldest === undefined) return null;
  const attempts = await db
    .select({ side: copyAttempts.side, filledMicros: copyAttempts.filledNotionalMicros })
    .from(copyAttempts)
    .where(
      and(
        eq(copyAttempts.mode, mode),
        leaderAddress === undefined ? undefined : isText(copyAttempts.leaderAddress, leaderAddress),
        gte(copyAttempts.decidedAtMs, oldest.eventAtMs),
      ),
    )
    .orderBy(desc(copyAttempts.decidedAtMs), desc(copyAttempts.groupKey))
    .limit(ATTEMPTS_READ_MAX);
  return {
    copiedMicros: attempts.reduce((sum, row) => (row.side === 'BUY' ? sum + row.filledMicros : sum), 0n),
    leaderMicros: bought.reduce((sum, fill) => sum + fill.notionalMicros, 0n),
    sinceMs: oldest.eventAtMs,
  };
}
