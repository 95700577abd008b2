/** Stored values, the control document, quarantine, time limits, columns: the small parts of an object. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { SAFE_MICROS_MAX } from '../../../domain/money.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { ControlCache, type ControlKeys } from '../../../durable-objects/platform/control-cache.ts';
import { KeyValue } from '../../../durable-objects/platform/key-value.ts';
import { Outbox } from '../../../durable-objects/platform/outbox.ts';
import { integer, micros, microsColumn, reasonOf, text } from '../../../durable-objects/platform/ports.ts';
import { Quarantine, type QuarantineKeys } from '../../../durable-objects/platform/quarantine.ts';
import { TimeLimitError, withinTime } from '../../../durable-objects/platform/time-limit.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { exampleControl } from '../wallet/stores.ts';

let ports: MemoryPorts;

beforeEach(() => {
  ports = new MemoryPorts();
});

describe('values under a name', () => {
  it('are put, replaced, deleted, and kept over a restart; bigints stay bigints', () => {
    const kv = new KeyValue<{ one: bigint; two: { readonly a: number } }>(ports.storage);
    expect(kv.get('one')).toBeUndefined();
    kv.put('one', 1n);
    kv.put('two', { a: 2 });
    kv.put('one', 3n);
    const next = new KeyValue<{ one: bigint; two: { readonly a: number } }>(ports.restarted().storage);
    expect([next.get('one'), next.get('two')]).toEqual([3n, { a: 2 }]);
    next.delete('one');
    expect([next.get('one'), next.get('two')]).toEqual([undefined, { a: 2 }]);
    const last = new KeyValue<{ one: bigint; two: { readonly a: number } }>(ports.restarted().storage);
    expect([last.get('one'), last.get('two')]).toEqual([undefined, { a: 2 }]);
  });

  it('are written only when they change, also after a restart and after a transaction that was rolled back', () => {
    const kv = new KeyValue<{ one: { readonly a: bigint } }>(ports.storage);
    kv.put('one', { a: 1n });
    const next = new KeyValue<{ one: { readonly a: bigint } }>(ports.restarted().storage);
    const writes: string[] = [];
    ports.refusesStatement = (query) => {
      if (query.startsWith('INSERT')) writes.push(query);
      return false;
    };
    kv.put('one', { a: 1n });
    expect(writes).toHaveLength(0);
    expect(() =>
      ports.storage.transaction(() => {
        kv.put('one', { a: 2n });
        throw new Error('no');
      }),
    ).toThrow('no');
    kv.put('one', { a: 2n });
    expect(writes).toHaveLength(2);
    expect(next.get('one')).toEqual({ a: 2n });
  });

  it('are read from storage once, and again after a transaction that was rolled back', () => {
    const kv = new KeyValue<{ one: number; two: number }>(ports.storage);
    kv.put('one', 1);
    const reads: string[] = [];
    ports.refusesStatement = (query) => {
      if (query.startsWith('SELECT')) reads.push(query);
      return false;
    };
    expect([kv.get('one'), kv.get('two'), kv.get('two')]).toEqual([1, undefined, undefined]);
    expect(reads).toHaveLength(1);
    const failing = () =>
      ports.storage.transaction(() => {
        kv.put('one', 5);
        kv.put('two', 6);
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect([kv.get('one'), kv.get('two'), kv.get('one')]).toEqual([1, undefined, 1]);
    expect(reads).toHaveLength(3);
  });
});

describe('the control document', () => {
  const cache = (): ControlCache => new ControlCache(new KeyValue<ControlKeys>(ports.storage));

  it('is replaced by a higher version alone, and kept over a restart', () => {
    const control = cache();
    expect(control.get()).toBeUndefined();
    expect(control.apply(exampleControl({ version: 5 }))).toBe(true);
    expect(control.apply(exampleControl({ version: 5, paperTrading: 'OFF' }))).toBe(false);
    expect(control.apply(exampleControl({ version: 4 }))).toBe(false);
    expect(cache().get()).toEqual(exampleControl({ version: 5 }));
    expect(control.apply(exampleControl({ version: 6 }))).toBe(true);
    expect(cache().get()?.version).toBe(6);
  });

  it('that an older release stored gets the defaults of the fields that it lacks', () => {
    const { liveEntries: _later, ...older } = exampleControl();
    new KeyValue<ControlKeys>(ports.storage).put('control', older as Control); // as that release had it
    expect(cache().get()).toEqual(exampleControl());
  });

  it('stays as it is when a later one is damaged', () => {
    const control = cache();
    control.apply(exampleControl());
    const damaged = { ...exampleControl({ version: 2 }), paperTrading: 'MAYBE' } as unknown as Control;
    expect(() => control.apply(damaged)).toThrow();
    expect([control.get()?.version, cache().get()?.version]).toEqual([1, 1]);
  });

  it('is read from D1 and handed on, when D1 has one', async () => {
    const taken: Control[] = [];
    const take = (one: Control): void => void taken.push(one);
    await cache().refresh(ports, { read: async () => exampleControl(), take });
    await cache().refresh(ports, { read: async () => undefined, take });
    expect(taken).toEqual([exampleControl()]);
    expect([ports.logs, ports.timersDueMs]).toEqual([[], []]);
  });

  it('stays in force when D1 fails, or does not answer in five seconds', async () => {
    const take = (): void => expect.unreachable();
    await cache().refresh(ports, { read: () => Promise.reject(new Error('down')), take });
    const slow = cache().refresh(ports, { read: () => new Promise(() => {}), take });
    await ports.advance(4_999);
    expect(ports.logs).toHaveLength(1);
    await ports.advance(1);
    await slow;
    expect(ports.logs.map((line) => [line.level, line.fields.reason])).toEqual([
      ['warn', 'Error: down'],
      ['warn', 'TimeLimitError: D1: no answer in 5000 ms'],
    ]);
  });
});

describe('a quarantine', () => {
  const refused = (excerpt: string) => ({ source: 'RTDS', reason: 'price: not a decimal', excerpt });
  const open = (): Quarantine =>
    new Quarantine(
      ports,
      new KeyValue<QuarantineKeys>(ports.storage),
      new Outbox(
        ports,
        async () => {},
        () => {},
      ),
    );

  it('stores what was refused under an id of its content', () => {
    const quarantine = open();
    expect(quarantine.total()).toBe(0);
    quarantine.add([refused('a'), refused('b')]);
    quarantine.add([refused('a')]);
    const rows = ports.outboxedOf('quarantine');
    expect(rows[0]).toEqual({
      ...refused('a'),
      kind: 'quarantine',
      quarantineId: rows[2]?.quarantineId,
      seenAtMs: START_MS,
    });
    expect(new Set(rows.map((row) => row.quarantineId)).size).toBe(2);
    expect(open().total()).toBe(3);
  });

  it('stores twenty rows a minute, and counts the rest', () => {
    const quarantine = open();
    const flood = Array.from({ length: 15 }, (_one, at) => refused(String(at)));
    quarantine.add(flood);
    quarantine.add(flood);
    expect([ports.outboxed().length, quarantine.total()]).toEqual([20, 30]);
    ports.atMs += MINUTE_MS - 1;
    quarantine.add([refused('late')]);
    expect(ports.outboxed()).toHaveLength(20);
    ports.atMs += 1;
    quarantine.add([refused('next')]);
    expect(ports.outboxed()).toHaveLength(21);
  });
});

describe('a time limit', () => {
  const limit = { ms: 100, what: 'the venue' };

  it('gives the answer or the failure that came in time, and leaves no timer', async () => {
    expect(await withinTime(ports.timers, limit, Promise.resolve(7))).toBe(7);
    await expect(withinTime(ports.timers, limit, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await ports.settle();
    expect(ports.timersDueMs).toEqual([]);
  });

  it('is a failure that names what did not answer', async () => {
    const late = withinTime(ports.timers, limit, new Promise(() => {})).catch((error: unknown) => error);
    await ports.advance(100);
    expect(await late).toBeInstanceOf(TimeLimitError);
    expect(reasonOf(await late)).toBe('TimeLimitError: the venue: no answer in 100 ms');
  });
});

describe('a column', () => {
  const row = { text: 'a', number: 5, nothing: null };

  it('holds the type that is read, or throws with its name', () => {
    expect([text(row, 'text'), integer(row, 'number'), micros(row, 'number')]).toEqual(['a', 5, 5n]);
    expect(() => text(row, 'number')).toThrow('column number');
    expect(() => integer(row, 'text')).toThrow('column text');
    expect(() => micros(row, 'nothing')).toThrow('column nothing');
  });

  it('of micros takes what SQLite keeps exactly, and no more', () => {
    for (const edge of [SAFE_MICROS_MAX, -SAFE_MICROS_MAX]) expect(BigInt(microsColumn(edge))).toBe(edge);
    for (const far of [SAFE_MICROS_MAX + 1n, -SAFE_MICROS_MAX - 1n])
      expect(() => microsColumn(far)).toThrow(InvariantError);
  });
});

it('the reason of anything thrown is its name and message, or its text', () => {
  expect([reasonOf(new RangeError('far')), reasonOf('text')]).toEqual(['RangeError: far', 'text']);
});
