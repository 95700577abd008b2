/** Decided attempts with their facts, in bounded windows newest first: what a preview of other settings decides again. */
import { and, eq, gte, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { REASON_CODES } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import * as z from '../../domain/zod.ts';
import { isText } from '../schema/columns.ts';
import { copyAttempts } from '../schema/schema.ts';
import { type Cursor, newestFirstBy, windowConditions } from './keyset.ts';

export interface DecidedWindow {
  readonly mode: TradingMode;
  /** Only this leader's; undefined for all. */
  readonly leaderAddress: string | undefined;
  /** Decided from and until, both included. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Where the last window ended. */
  readonly before: Cursor | undefined;
  readonly rows: number;
}

const reasonsSchema = z.array(z.enum(REASON_CODES));
const { leaderAddress, groupKey, idempotencyKey, tokenId, conditionId, side } = copyAttempts;
const { decision, reasons, targetNotionalMicros, targetShareMicros, limitPriceMicros } = copyAttempts;
const { settingsVersion, decidedAtMs, facts } = copyAttempts;
const columns = {
  ...{ leaderAddress, groupKey, idempotencyKey, tokenId, conditionId, side },
  ...{ decision, reasons, targetNotionalMicros, targetShareMicros, limitPriceMicros },
  ...{ settingsVersion, decidedAtMs, facts },
};

const order = [decidedAtMs, groupKey] as const;

/** At most `rows` attempts. Two rows read for each: the index's and the table's. */
export async function listDecided(d1: D1Database, window: DecidedWindow) {
  const rows = await drizzle(d1)
    .select(columns)
    .from(copyAttempts)
    .where(
      and(
        eq(copyAttempts.mode, window.mode),
        window.leaderAddress === undefined ? undefined : isText(leaderAddress, window.leaderAddress),
        gte(decidedAtMs, window.sinceMs),
        lte(decidedAtMs, window.untilMs),
        ...windowConditions(order, { before: window.before }),
      ),
    )
    .orderBy(...newestFirstBy(order))
    .limit(window.rows);
  return rows.map((row) => ({ ...row, reasons: reasonsSchema.parse(row.reasons) }));
}

export type DecidedRow = Awaited<ReturnType<typeof listDecided>>[number];
