/** What was used of the plan's daily meters on one UTC day, added up over who reported it. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { type Metered, OBJECT_GIGABYTES } from '../../domain/settings/plans.ts';
import { DAY_MS } from '../../domain/time.ts';
import { usageDays } from '../schema/storage-schema.ts';

type Row = typeof usageDays.$inferSelect;

/** At most one row a source is read. */
export async function readUsage(d1: D1Database, nowMs: number): Promise<Metered> {
  const rows = await drizzle(d1)
    .select()
    .from(usageDays)
    .where(eq(usageDays.dayAtMs, nowMs - (nowMs % DAY_MS)));
  const sum = (field: Exclude<keyof Row, 'source' | 'dayAtMs'>) =>
    rows.reduce((all, row) => all + row[field], 0);
  return {
    workerRequests: sum('workerRequests'),
    objectRequests: sum('objectRequests'),
    objectGbSeconds: (sum('awakeMs') / 1_000) * OBJECT_GIGABYTES,
    objectRowsRead: sum('objectRowsRead'),
    objectRowsWritten: sum('objectRowsWritten'),
    d1RowsRead: sum('d1RowsRead'),
    d1RowsWritten: sum('d1RowsWritten'),
  };
}
