/**
 * An object's ports in memory, for small tests of its parts: a real SQLite, and a clock, timers and an alarm that only move
 * when the test moves them. The log is recorded. `restarted` is what a crash or a deploy leaves: storage and alarm, no timers.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fromJson } from '../../domain/json.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import { withLateWrites } from '../../durable-objects/platform/late-writes.ts';
import {
  type Log,
  type LogFields,
  type ObjectPorts,
  type ObjectStorage,
  type SqlRow,
  withRollbacks,
} from '../../durable-objects/platform/ports.ts';
import { StorageLimits } from '../../durable-objects/platform/storage-limits.ts';

/** A Monday morning, UTC. */
export const START_MS = Date.UTC(2026, 10, 23, 10);

interface Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

export class MemoryPorts implements ObjectPorts {
  /** The clock. A test may set it; `advance` also fires what is due on the way. */
  atMs: number;
  readonly nowMs = (): number => this.atMs;
  readonly logs: {
    readonly level: Parameters<Log>[0];
    readonly message: string;
    readonly fields: LogFields;
  }[] = [];
  readonly log: Log = (level, message, fields = {}) => void this.logs.push({ level, message, fields });
  /** Statements for which this is true throw: how a test breaks a transaction half-way. */
  refusesStatement: ((query: string) => boolean) | undefined;
  /** How the error begins. */
  refusal = 'refused';
  readonly limits = new StorageLimits(this.nowMs);
  readonly storage: ObjectStorage;
  private readonly forgets: (() => void)[] = [];
  private readonly due = new Set<Timer>();
  readonly timers = {
    after: (ms: number, task: () => void): (() => void) => {
      // The clock has whole milliseconds, as Date.now() has.
      const timer = { dueMs: this.atMs + Math.ceil(ms), task };
      this.due.add(timer);
      return () => void this.due.delete(timer);
    },
  };
  /** Undefined while no alarm is set. */
  alarmAtMs: number | undefined;
  /** How often the alarm was set. */
  alarmsSet = 0;
  /** What the alarm does when it fires; without it the alarm is the test's to fire. */
  onAlarm: (() => Promise<void>) | undefined;
  readonly alarm = {
    set: (atMs: number): void => {
      this.alarmsSet += 1;
      this.alarmAtMs = atMs;
    },
  };

  constructor(
    atMs = START_MS,
    private readonly database = new DatabaseSync(':memory:'),
  ) {
    this.atMs = atMs;
    this.storage = this.storageOf(database);
  }

  /** When each waiting timer is due, earliest first. */
  get timersDueMs(): readonly number[] {
    return [...this.due].map((timer) => timer.dueMs).sort((left, right) => left - right);
  }

  /** Moves the clock, firing each timer, and the alarm with `onAlarm`, at its time, in order; promises settle after each one. */
  async advance(ms: number): Promise<void> {
    const endMs = this.atMs + ms;
    for (let next = this.nextTask(endMs); next !== undefined; next = this.nextTask(endMs)) {
      this.atMs = Math.max(this.atMs, next.dueMs);
      next.task();
      await this.settle();
    }
    this.atMs = endMs;
  }

  /** Lets every promise that can go on now go on. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  /** The ports of the next instance over the same storage and alarm, at the same time; the timers are lost. */
  restarted(): MemoryPorts {
    const next = new MemoryPorts(this.atMs, this.database);
    next.alarmAtMs = this.alarmAtMs;
    return next;
  }

  /** What is stored, read behind the back of the object: nothing that is late is written for it. */
  stored(query: string): readonly SqlRow[] {
    // A row of SQLite is an object of its columns.
    return this.database.prepare(query).all() as SqlRow[];
  }

  /** The records in the outbox, in the order in which they were added; none without an outbox. */
  outboxed(): readonly OutboxRecord[] {
    const rows = this.storage.rows('SELECT record FROM outbox ORDER BY seq');
    return rows.map((row) => fromJson<OutboxRecord>(String(row.record)));
  }

  /** The records of one kind in the outbox. */
  outboxedOf<Kind extends OutboxRecord['kind']>(
    kind: Kind,
  ): readonly Extract<OutboxRecord, { kind: Kind }>[] {
    // The kind was compared just before.
    return this.outboxed().filter((record) => record.kind === kind) as Extract<
      OutboxRecord,
      { kind: Kind }
    >[];
  }

  /** Empties the outbox without sending, so that a test sees only what comes next. */
  clearOutbox(): void {
    this.storage.rows('DELETE FROM outbox');
  }

  /** Forgets which jobs are due, so that a test sees only what comes next. */
  clearDue(): void {
    this.storage.rows('DELETE FROM due');
    this.forget();
  }

  /** Makes the parts read their storage again, which the test has changed without them. */
  forget(): void {
    for (const forget of this.forgets) forget();
  }

  /** Takes out what is due first by then; a timer before an alarm of the same moment. */
  private nextTask(endMs: number): Timer | undefined {
    const [timer] = [...this.due].sort((left, right) => left.dueMs - right.dueMs);
    const { onAlarm, alarmAtMs } = this;
    if (onAlarm !== undefined && alarmAtMs !== undefined && alarmAtMs <= endMs) {
      if (timer === undefined || alarmAtMs < timer.dueMs) {
        this.alarmAtMs = undefined;
        return { dueMs: alarmAtMs, task: () => void onAlarm() };
      }
    }
    if (timer === undefined || timer.dueMs > endMs) return undefined;
    this.due.delete(timer);
    return timer;
  }

  private storageOf(database: DatabaseSync): ObjectStorage {
    const prepared = preparedFor(database);
    let depth = 0;
    const rolledBack = withRollbacks(
      {
        rows: (query, ...bindings) => {
          if (this.refusesStatement?.(query) === true) throw new Error(`${this.refusal}: ${query}`);
          // A row of SQLite is an object of its columns.
          return prepared(query).all(...bindings) as SqlRow[];
        },
        transaction: (work) => {
          const savepoint = `level_${depth}`;
          prepared(`SAVEPOINT ${savepoint}`).run();
          depth += 1;
          try {
            const result = work();
            prepared(`RELEASE ${savepoint}`).run();
            return result;
          } catch (error) {
            prepared(`ROLLBACK TO ${savepoint}`).run();
            prepared(`RELEASE ${savepoint}`).run();
            throw error;
          } finally {
            depth -= 1;
          }
        },
      },
      this.forgets,
    );
    return withLateWrites(this.limits.over(rolledBack), this);
  }
}

const preparedStatements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** Prepares each statement once for all instances over the storage: preparing takes longer than most of the statements. */
export function preparedFor(database: DatabaseSync): (query: string) => StatementSync {
  const statements = preparedStatements.get(database) ?? new Map<string, StatementSync>();
  preparedStatements.set(database, statements);
  return (query) => {
    const statement = statements.get(query) ?? database.prepare(query);
    statements.set(query, statement);
    return statement;
  };
}
