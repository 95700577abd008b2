/** How much of what leaders bought was really copied: the effective rate beside the configured one (A54). */
import { and, desc, eq, gte, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { FillDisposition } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { NO_GROUP } from '../../domain/records/sentinels.ts';
import { isText } from '../schema/columns.ts';
import { copyAttempts, groupMembers, leaderFills } from '../schema/schema.ts';

/** Leader fills that the rate is of, the newest first. */
export const FILLS_READ_MAX = 100;
/** A fill leads to at most an attempt of its own and one of a buffer or a carry. */
const ATTEMPTS_READ_MAX = 2 * FILLS_READ_MAX;

/** D1 takes 100 bound values per statement. */
const KEYS_MAX = 90;

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
 * fills. Live is not always on: of the buys only those count that were handed to its Wallet or wait in its buffer, and of those
 * that came too late the ones after the first of them. Null where there are none. At most 600 rows are read, entries of indices included.
 */
export async function readCopiedRate(
  d1: D1Database,
  { mode, leaderAddress }: { readonly mode: TradingMode; readonly leaderAddress: string | undefined },
): Promise<CopiedRate | null> {
  const db = drizzle(d1);
  const { eventAtMs, fillId, side, disposition, notionalMicros, groupKey } = leaderFills;
  const fills = await db
    .select({ eventAtMs, side, disposition, notionalMicros, groupKey })
    .from(leaderFills)
    .where(leaderAddress === undefined ? undefined : isText(leaderFills.leaderAddress, leaderAddress))
    .orderBy(desc(eventAtMs), desc(fillId))
    .limit(FILLS_READ_MAX);
  const offered = fills.filter((fill) => fill.side === 'BUY' && OURS_TO_COPY.includes(fill.disposition));
  const first = offered.at(-1);
  if (first === undefined) return null;
  const attempts = await db
    .select({
      groupKey: copyAttempts.groupKey,
      side: copyAttempts.side,
      filledMicros: copyAttempts.filledNotionalMicros,
    })
    .from(copyAttempts)
    .where(
      and(
        eq(copyAttempts.mode, mode),
        leaderAddress === undefined ? undefined : isText(copyAttempts.leaderAddress, leaderAddress),
        gte(copyAttempts.decidedAtMs, first.eventAtMs),
      ),
    )
    .orderBy(desc(copyAttempts.decidedAtMs), desc(copyAttempts.groupKey))
    .limit(ATTEMPTS_READ_MAX);
  const bought = mode === 'PAPER' ? offered : await handedOver(d1, mode, offered, attempts);
  const oldest = bought.at(-1);
  if (oldest === undefined) return null;
  return {
    copiedMicros: attempts.reduce((sum, row) => (row.side === 'BUY' ? sum + row.filledMicros : sum), 0n),
    leaderMicros: bought.reduce((sum, fill) => sum + fill.notionalMicros, 0n),
    sinceMs: oldest.eventAtMs,
  };
}

interface Offered {
  readonly groupKey: string;
  readonly eventAtMs: number;
  readonly notionalMicros: bigint;
}

/** Those that the mode was given to decide on; newest first, as they come. */
async function handedOver<Fill extends Offered>(
  d1: D1Database,
  mode: TradingMode,
  fills: readonly Fill[],
  attempts: readonly { readonly groupKey: string }[],
): Promise<readonly Fill[]> {
  const decided = new Set(attempts.map((attempt) => attempt.groupKey));
  const open = [...new Set(fills.map((fill) => fill.groupKey))].filter(
    (key) => key !== NO_GROUP && !decided.has(key),
  );
  const { memberId } = groupMembers;
  for (let at = 0; at < open.length; at += KEYS_MAX) {
    const gathered = await drizzle(d1)
      .select({ memberId })
      .from(groupMembers)
      .where(and(eq(groupMembers.mode, mode), inArray(memberId, open.slice(at, at + KEYS_MAX))));
    for (const member of gathered) decided.add(member.memberId);
  }
  const first = fills.findLastIndex((fill) => decided.has(fill.groupKey));
  // A buy that came too late has no group.
  return fills.slice(0, first + 1).filter((fill) => fill.groupKey === NO_GROUP || decided.has(fill.groupKey));
}
