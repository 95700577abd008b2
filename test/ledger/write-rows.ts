import type { OutboxRecord } from '../../domain/records/records.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';

/** What one delivery of an outbox holds at most in these tests. */
const DELIVERY_ROWS = 40;

/** Writes any number of records to D1 the way the outboxes do: in deliveries, in order. */
export async function writeRows(d1: D1Database, rows: readonly OutboxRecord[]): Promise<void> {
  for (let at = 0; at < rows.length; at += DELIVERY_ROWS)
    await writeOutbox(d1, rows.slice(at, at + DELIVERY_ROWS));
}

/**
 * Writes the same rows to one database after another. They become statements only once, as the outboxes make them; that
 * costs more than the statements do.
 */
export function writerOf(rows: () => readonly OutboxRecord[]): (d1: D1Database) => Promise<void> {
  let deliveries: Promise<readonly Delivery[]> | undefined;
  return async (d1) => {
    deliveries ??= deliveriesOf(rows());
    for (const delivery of await deliveries)
      await d1.batch(delivery.map(({ query, values }) => d1.prepare(query).bind(...values)));
  };
}

/** The statements of one batch. */
type Delivery = readonly { readonly query: string; readonly values: readonly unknown[] }[];

async function deliveriesOf(rows: readonly OutboxRecord[]): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  const recorder = {
    prepare: (query: string) => ({ bind: (...values: readonly unknown[]) => ({ query, values }) }),
    batch: async (delivery: Delivery) => {
      deliveries.push(delivery);
      return delivery.map(() => ({ results: [] }));
    },
  };
  await writeRows(recorder as never, rows); // what the writer uses of D1
  return deliveries;
}
