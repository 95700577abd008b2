/** The outbox on its own: what happens to the rows behind one that D1 will never take. */
import { describe, expect, it } from 'vitest';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { OUTBOX_JOB, Outbox } from '../../../durable-objects/platform/outbox.ts';
import { Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import { quarantined } from '../../ledger/records.ts';
import { MemoryPorts } from '../memory-ports.ts';

function outbox(write: (records: readonly OutboxRecord[]) => Promise<void>): Outbox {
  const ports = new MemoryPorts();
  const made = new Outbox(ports, write, () => {});
  made.attach(new Scheduler(ports, { [OUTBOX_JOB]: () => made.drain() }));
  return made;
}

const record = (id: string): OutboxRecord => quarantined({ quarantineId: id });

function idsOf(records: readonly OutboxRecord[]): string[] {
  return records.map((one) => (one.kind === 'quarantine' ? one.quarantineId : '?'));
}

describe('the outbox', () => {
  it('parks the one record whose content D1 refuses, and sends every other in order', async () => {
    const taken: string[] = [];
    const box = outbox(async (records) => {
      if (idsOf(records).includes('bad')) {
        throw new Error('Failed query', {
          cause: new Error('D1_ERROR: CHECK constraint failed: SQLITE_CONSTRAINT'),
        });
      }
      taken.push(...idsOf(records));
    });
    for (const id of ['a', 'bad', 'b', 'c']) box.add(record(id));
    for (let run = 0; run < 6; run += 1) await box.drain();
    expect(taken).toEqual(['a', 'b', 'c']);
    expect(box.status()).toMatchObject({ depth: 0, parked: 1, error: null });
  });

  it('parks nothing while D1 is only away, or its tables are not there yet', async () => {
    for (const message of [
      'Network connection lost.',
      'D1_ERROR: no such table: leader_fills: SQLITE_ERROR',
    ]) {
      const box = outbox(async () => {
        throw new Error('Failed query: a title with constraint failed in it', { cause: new Error(message) });
      });
      box.add(record('a'));
      for (let run = 0; run < 3; run += 1) await box.drain();
      expect(box.status()).toMatchObject({ depth: 1, parked: 0 });
      expect(box.status().error).not.toBeNull();
    }
  });
});
