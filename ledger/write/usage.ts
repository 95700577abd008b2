/**
 * Adds what the Worker and its objects have used of the plan's daily meters to the sums of the day in D1: one row that is
 * written. What an instance has counted and not yet sent is lost with it, so the sums are at least, not exactly.
 */
import { DAY_MS } from '../../domain/time.ts';

/** Who used it. */
export type UsageSource = 'feed' | 'users' | 'wallets' | 'pages';

export interface Usage {
  readonly workerRequests: number;
  /** Calls that arrived at an object, alarms and sockets of pages included. */
  readonly objectRequests: number;
  readonly awakeMs: number;
  readonly objectRowsRead: number;
  readonly objectRowsWritten: number;
  readonly d1RowsRead: number;
  readonly d1RowsWritten: number;
}

export const NO_USAGE: Usage = {
  workerRequests: 0,
  objectRequests: 0,
  awakeMs: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
  d1RowsRead: 0,
  d1RowsWritten: 0,
};

const COLUMNS = {
  workerRequests: 'worker_requests',
  objectRequests: 'object_requests',
  awakeMs: 'awake_ms',
  objectRowsRead: 'object_rows_read',
  objectRowsWritten: 'object_rows_written',
  d1RowsRead: 'd1_rows_read',
  d1RowsWritten: 'd1_rows_written',
} as const satisfies Record<keyof Usage, string>;
const FIELDS = Object.keys(COLUMNS) as (keyof Usage)[]; // the keys of the record above

const NAMES = Object.values(COLUMNS);
const ADD = `INSERT INTO usage_days (day_at_ms, source, ${NAMES.join(', ')}) VALUES (?, ?, ${NAMES.map(() => '?').join(', ')})
  ON CONFLICT (day_at_ms, source) DO UPDATE SET ${NAMES.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`;

/** The statement that adds it to the sums of today. */
export function usageStatement(
  d1: D1Database,
  { source, usage, nowMs }: { readonly source: UsageSource; readonly usage: Usage; readonly nowMs: number },
): D1PreparedStatement {
  return d1
    .prepare(ADD)
    .bind(nowMs - (nowMs % DAY_MS), source, ...FIELDS.map((field) => Math.round(usage[field])));
}

export function addedUsage(one: Usage, other: Partial<Usage>): Usage {
  const sums = FIELDS.map((field) => [field, one[field] + (other[field] ?? 0)] as const);
  return Object.fromEntries(sums) as Record<keyof Usage, number>; // one entry for each field
}
