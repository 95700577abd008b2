/**
 * The ports of an object: storage, clock, timers, alarm, log. Its logic gets them as parameters, so that the same code runs
 * in workerd and in a test on a virtual clock (design.md 10).
 */

import { assert } from '../../domain/assert.ts';
import { SAFE_MICROS_MAX } from '../../domain/money.ts';
import type { LimitReached } from '../../domain/records/platform-limits.ts';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface ObjectStorage {
  /** Runs one statement and returns its rows. Synchronous; integers up to 2^53. */
  rows(query: string, ...bindings: readonly SqlValue[]): readonly SqlRow[];
  /** All statements inside become durable together, or none: a throw rolls them back and is thrown on. May nest. */
  transaction<T>(work: () => T): T;
  /**
   * For whoever keeps stored values in memory: `forget` runs after each transaction that was rolled back, and what is kept must
   * then be read again. It must not read anything itself.
   */
  onRollback(forget: () => void): void;
  /** Makes every part read again what it keeps in memory. */
  forget(): void;
  /**
   * Runs `write` in a transaction of its own so much later, or before the next read or write of the storage if that comes first; the
   * promise then resolves. For outside of transactions. Lost in a crash.
   */
  later(write: () => void, afterMs?: number): Promise<void>;
}

/** Adds `onRollback` and `forget` to storage that has no such notice of its own; `forgets` collects what is to run. */
export function withRollbacks(
  storage: Pick<ObjectStorage, 'rows' | 'transaction'>,
  forgets: (() => void)[] = [],
): Omit<ObjectStorage, 'later'> {
  const forget = (): void => {
    for (const one of forgets) one();
  };
  return {
    rows: storage.rows,
    transaction: (work) => {
      try {
        return storage.transaction(work);
      } catch (error) {
        forget();
        throw error;
      }
    },
    forget,
    onRollback: (one) => void forgets.push(one),
  };
}

export interface Timers {
  /** Calls the task once after the time; the returned function cancels it. Lost in a crash. */
  after(ms: number, task: () => void): () => void;
}

export interface AlarmPort {
  /** Sets the object's one alarm in place of the one before. It survives a crash. */
  set(atMs: number): void;
}

export type LogFields = Readonly<Record<string, unknown>>;
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: LogFields) => void;

export interface ObjectPorts {
  readonly storage: ObjectStorage;
  /** What the platform refuses to store, and since when. */
  readonly limits: { reached(): LimitReached | null; refuses(): boolean };
  readonly timers: Timers;
  readonly alarm: AlarmPort;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** The text in a column. Throws on another type: a bug of ours. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} holds ${typeof value}, not text`);
  return value;
}

/** The integer in a column. Throws on another type. */
export function integer(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} holds ${typeof value}, not a number`);
  return value;
}

/** Micros as SQLite stores them. Throws beyond ±SAFE_MICROS_MAX: a larger integer would come back rounded. */
export function microsColumn(value: bigint): number {
  assert(value <= SAFE_MICROS_MAX && value >= -SAFE_MICROS_MAX, 'micros beyond what SQLite keeps exactly', {
    value,
  });
  return Number(value);
}

/** The micros in a column, as a bigint. */
export function micros(row: SqlRow, column: string): bigint {
  return BigInt(integer(row, column));
}

/** Name and message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
