import type { OutboxRecord } from '../../domain/records/records.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';

/** What one delivery of an outbox holds at most in these tests. */
const DELIVERY_ROWS = 40;

/** Writes any number of records to D1 the way the outboxes do: in deliveries, in order. */
export async function writeRows(d1: D1Database, rows: readonly OutboxRecord[]): Promise<void> {
  for (let at = 0; at < rows.length; at += DELIVERY_ROWS)
    await writeOutbox(d1, rows.slice(at, at + DELIVERY_ROWS));
}
