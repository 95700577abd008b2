/** The outbox on its own: order, batches, pauses after a failure, and records whose content D1 refuses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { toJson } from '../../../domain/json.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { OUTBOX_JOB, Outbox } from '../../../durable-objects/platform/outbox.ts';
import { Scheduler } from '../../../durable-objects/platform/scheduler.ts';
import { attempt, quarantined } from '../../ledger/records.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

let ports: MemoryPorts;
let landed: unknown[];

beforeEach(() => {
  ports = new MemoryPorts();
  landed = [];
});

function outbox(write: (records: readonly OutboxRecord[]) => Promise<void>): Outbox {
  const made = new Outbox(ports, write, (topics) => void landed.push(topics));
  const scheduler = new Scheduler(ports, { [OUTBOX_JOB]: () => made.drain() }, [OUTBOX_JOB]);
  ports.onAlarm = () => scheduler.alarmFired();
  made.attach(scheduler);
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
      ports = new MemoryPorts();
      const box = outbox(async () => {
        throw new Error('Failed query: a title with constraint failed in it', { cause: new Error(message) });
      });
      box.add(record('a'));
      for (let run = 0; run < 3; run += 1) await box.drain();
      expect(box.status()).toMatchObject({ depth: 1, parked: 0 });
      expect(box.status().error).not.toBeNull();
    }
  });

  it('sends what is added within forty milliseconds as one batch, and reports its topics once stored', async () => {
    const batches: string[][] = [];
    const box = outbox(async (records) => void batches.push(idsOf(records)));
    box.add(record('a'));
    ports.atMs += 39;
    box.add(attempt());
    box.add(attempt());
    expect(box.status()).toEqual({ depth: 3, oldestAtMs: START_MS, error: null, parked: 0 });
    await ports.advance(0);
    expect(batches).toEqual([]);
    await ports.advance(1);
    expect(batches).toEqual([['a', '?', '?']]);
    expect(landed).toHaveLength(1);
    expect(landed[0]).toContain('paper');
    expect(box.status()).toEqual({ depth: 0, oldestAtMs: null, error: null, parked: 0 });
    expect(ports.timersDueMs).toEqual([]);
  });

  it('sends at most four hundred records at a time, in order, until nothing is left', async () => {
    const batches: string[][] = [];
    const box = outbox(async (records) => void batches.push(idsOf(records)));
    for (let at = 0; at < 801; at += 1) box.add(record(String(at)));
    await ports.advance(1_000);
    expect(batches.map((batch) => batch.length)).toEqual([400, 400, 1]);
    expect(batches.flat()).toEqual(Array.from({ length: 801 }, (_one, at) => String(at)));
  });

  it('sends fewer of large records, and one that is too large alone', async () => {
    const batches: string[][] = [];
    const box = outbox(async (records) => void batches.push(idsOf(records)));
    const large = (id: string, excerpt: number): OutboxRecord =>
      quarantined({ quarantineId: id, excerpt: 'x'.repeat(excerpt) });
    for (const [id, size] of [
      ['a', 400_000],
      ['b', 400_000],
      ['c', 400_000],
      ['d', 1_200_000],
      ['e', 1],
    ] as const)
      box.add(large(id, size));
    await ports.advance(1_000);
    expect(batches).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('halves a batch that D1 refuses until the records at fault are alone, and sends the others by many', async () => {
    const taken: string[] = [];
    let calls = 0;
    const box = outbox(async (records) => {
      calls += 1;
      const ids = idsOf(records);
      if (ids.includes('77') || ids.includes('300')) throw new Error('CHECK constraint failed');
      taken.push(...ids);
    });
    for (let at = 0; at < 400; at += 1) box.add(record(String(at)));
    await ports.advance(10_000);
    const others = Array.from({ length: 400 }, (_one, at) => String(at)).filter(
      (id) => id !== '77' && id !== '300',
    );
    expect(taken).toEqual(others);
    expect(box.status()).toMatchObject({ depth: 0, parked: 2 });
    expect(calls).toBeLessThan(80);
  });

  it('forgets how much there is with a transaction that is rolled back', async () => {
    const batches: string[][] = [];
    const box = outbox(async (records) => void batches.push(idsOf(records)));
    const broken = (): void =>
      ports.storage.transaction(() => {
        box.add(record('never'));
        throw new Error('broken');
      });
    expect(broken).toThrow('broken');
    box.add(record('a'));
    await ports.advance(1_000);
    expect(batches).toEqual([['a']]);
    expect(box.status().depth).toBe(0);
  });

  it('pauses twice as long after each failure, up to a minute, and starts short again after a success', async () => {
    const tries: number[] = [];
    let fails = true;
    const box = outbox(async () => {
      tries.push(ports.atMs - START_MS);
      if (fails) throw new Error('Network connection lost.');
    });
    box.add(record('a'));
    await ports.advance(200_000);
    const pauses = tries.slice(1).map((atMs, index) => (atMs - tries[index]!) / 1_000);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(box.status()).toMatchObject({ depth: 1, error: 'Error: Network connection lost.' });
    expect(landed).toEqual([]);
    box.add(record('b'));
    expect([ports.timersDueMs, ports.alarmAtMs! > ports.atMs + 1_000]).toEqual([[], true]);
    fails = false;
    await ports.advance(60_000);
    expect(box.status()).toEqual({ depth: 0, oldestAtMs: null, error: null, parked: 0 });
    fails = true;
    tries.length = 0;
    box.add(record('c'));
    await ports.advance(1_500);
    expect(tries).toHaveLength(2);
  });

  it('sends a batch that has no answer in thirty seconds again', async () => {
    const batches: string[][] = [];
    const box = outbox((records) => {
      batches.push(idsOf(records));
      return batches.length === 1 ? new Promise<void>(() => {}) : Promise.resolve();
    });
    box.add(record('a'));
    await ports.advance(40 + 29_999);
    expect(batches).toHaveLength(1);
    await ports.advance(1);
    expect(box.status().error).toContain('D1: no answer');
    await ports.advance(1_000);
    expect(batches).toEqual([['a'], ['a']]);
    expect(box.status().depth).toBe(0);
  });

  it('sends what an earlier instance left', async () => {
    outbox(async () => {}).add(record('a'));
    ports = ports.restarted();
    const batches: string[][] = [];
    outbox(async (records) => void batches.push(idsOf(records)));
    await ports.advance(40);
    expect(batches).toEqual([['a']]);
  });

  it.each([
    ['a constraint', new Error('D1_ERROR: UNIQUE constraint failed')],
    ['a type', new Error('D1_TYPE_ERROR: Type bigint not supported')],
    ['a size', new Error('string or blob too big: SQLITE_TOOBIG')],
    ['a mismatch', new Error('datatype mismatch: SQLITE_MISMATCH')],
    ['our own check', new InvariantError('micros beyond what D1 keeps')],
    ['a range', new RangeError('The number cannot be converted')],
  ])('parks a record that D1 refuses for %s, with the deepest reason', async (_what, cause) => {
    const box = outbox(async () => {
      throw new Error('Failed query', { cause: new Error('batch', { cause }) });
    });
    box.add(record('a'));
    await ports.advance(1_000);
    expect(box.status()).toMatchObject({ depth: 0, parked: 1, error: null });
    const [parked] = ports.storage.rows('SELECT record, reason FROM outbox_parked');
    expect(parked?.reason).toBe(`${cause.name}: ${cause.message}`);
    expect(String(parked?.record)).toContain('"a"');
    expect(ports.logs.map((line) => line.level)).toEqual(['error']);
  });

  it('finds the reason under five others', async () => {
    let error: Error = new RangeError('the reason');
    for (let above = 0; above < 5; above += 1) error = new Error('failed', { cause: error });
    const box = outbox(async () => {
      throw error;
    });
    box.add(record('a'));
    await ports.advance(1_000);
    expect(box.status().parked).toBe(1);
  });

  it('numbers anew in an empty table, and parks each record that is refused', async () => {
    const box = outbox(async () => {
      throw new RangeError('no');
    });
    for (const id of ['a', 'b']) {
      box.add(record(id));
      await ports.advance(1_000);
    }
    expect(box.status()).toMatchObject({ depth: 0, parked: 2 });
  });

  it('writes no row but the record’s own, and keeps what a table of an earlier release holds', async () => {
    ports.storage.rows(
      'CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, record TEXT NOT NULL) STRICT',
    );
    const earlier = toJson(record('earlier'));
    ports.storage.rows('INSERT INTO outbox (at_ms, record) VALUES (?, ?)', START_MS, earlier);
    const sent: string[] = [];
    const box = outbox(async (records) => void sent.push(...idsOf(records)));
    box.add(record('later'));
    await ports.advance(1_000);
    expect(sent).toEqual(['earlier', 'later']);
    expect(ports.storage.rows("SELECT sql FROM sqlite_master WHERE name = 'outbox'")[0]?.sql).not.toContain(
      'AUTOINCREMENT',
    );
    expect(ports.storage.rows('SELECT * FROM due')).toEqual([]);
  });

  it('halves a refused batch down to the record at fault, and sends later ones together again', async () => {
    const sizes: number[] = [];
    const box = outbox(async (records) => {
      sizes.push(records.length);
      if (idsOf(records).includes('bad')) throw new RangeError('no');
    });
    for (const id of ['a', 'bad', 'b']) box.add(record(id));
    await ports.advance(1_000);
    for (const id of ['c', 'd']) box.add(record(id));
    await ports.advance(1_000);
    expect(sizes).toEqual([3, 2, 1, 1, 1, 2]);
    expect(box.status()).toMatchObject({ depth: 0, parked: 1 });
  });
});
