/** What D1 holds: its size on the last days, and the oldest row of each kind that is removed when it is old. Bounded reads. */
import { desc } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { storageDays } from '../schema/storage-schema.ts';

export type StorageDay = typeof storageDays.$inferSelect;

/** Kinds of rows as the operator sees them. */
export const STORED_KINDS = ['facts', 'minutes', 'skips', 'copies', 'leaderFills'] as const;
export type StoredKind = (typeof STORED_KINDS)[number];

/** Days of which the size is read: the growth is that of a week. */
const DAYS = 8;

/** The oldest row after the place that the clean-up has reached, in each mode; each is found by an index. */
function oldestOf(rows: string, time: string, name: string): string {
  return `SELECT min(at) AS at FROM (SELECT (SELECT ${time} FROM ${rows} AND ${time} > coalesce((SELECT through_ms FROM maintenance
      WHERE name = ${name}), 0) ORDER BY ${time} LIMIT 1) AS at FROM (SELECT 'PAPER' AS mode UNION ALL SELECT 'LIVE') m)`;
}

const ATTEMPTS = 'copy_attempts WHERE mode = m.mode';
const WHOLE_WALLET = "portfolio_scope = 'EXEC_GLOBAL' AND leader_address = ''";
const OLDEST = {
  facts: oldestOf(ATTEMPTS, 'decided_at_ms', "'facts:' || m.mode"),
  minutes: oldestOf(
    `portfolio_snapshots WHERE mode = m.mode AND ${WHOLE_WALLET} AND bucket = 'MINUTE'`,
    'bucket_at_ms',
    "'MINUTE:3600000:' || m.mode || ':EXEC_GLOBAL:'",
  ),
  skips: oldestOf(`${ATTEMPTS} AND decision = 'SKIP'`, 'decided_at_ms', "'skips:' || m.mode"),
  copies: oldestOf(ATTEMPTS, 'decided_at_ms', "'attempts:' || m.mode"),
  leaderFills: oldestOf('leader_fills WHERE 1', 'event_at_ms', "'leader-fills'"),
} as const satisfies Record<StoredKind, string>;

export interface Stored {
  /** The newest first; none before the first call of the clean-up. */
  readonly days: readonly StorageDay[];
  /** The time of the oldest row that the next call would look at; null where there is none. */
  readonly oldestAtMs: Readonly<Record<StoredKind, number | null>>;
}

export async function readStored(d1: D1Database): Promise<Stored> {
  const [days, ...oldest] = await Promise.all([
    drizzle(d1).select().from(storageDays).orderBy(desc(storageDays.dayAtMs)).limit(DAYS),
    ...STORED_KINDS.map((kind) => d1.prepare(OLDEST[kind]).first<{ at: number | null }>()),
  ]);
  const found = STORED_KINDS.map((kind, index) => [kind, oldest[index]?.at ?? null] as const);
  return { days, oldestAtMs: Object.fromEntries(found) as Record<StoredKind, number | null> }; // one entry for each kind
}

/** Bytes of the database as last noted; null before that. */
export async function readDatabaseBytes(d1: D1Database): Promise<number | null> {
  const { bytes, dayAtMs } = storageDays;
  const [row] = await drizzle(d1).select({ bytes }).from(storageDays).orderBy(desc(dayAtMs)).limit(1);
  return row?.bytes ?? null;
}
