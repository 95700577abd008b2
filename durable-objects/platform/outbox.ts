/**
 * The outbox: records for D1 are stored in the same transaction as the fact and sent in order, one batch at a time. D1 may be
 * down for any length of time: nothing is lost, and trading does not wait for it (design.md 3).
 */
import { InvariantError } from '../../domain/assert.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import type { OutboxStatus } from '../../domain/records/status.ts';
import { type Topic, topicOf } from '../../domain/records/topics.ts';
import { growingPauseMs, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { BATCH_CHARACTERS_MAX, BATCH_RECORDS_MAX } from '../../ledger/write/outbox-writer.ts';
import { integer, type ObjectPorts, type ObjectStorage, reasonOf, type SqlRow, text } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import { withinTime } from './time-limit.ts';

/** After a record at fault was found, the rest of the refused batch goes on by so many. */
const HALVED_RECORDS = 40;
/** Records added within this time are sent together: fewer batches, and pages are at most this much later. */
const GATHER_MS = 40;
const BACKOFF_MS = { leastMs: SECOND_MS, mostMs: MINUTE_MS };
/** A batch without an answer by then is sent again. If D1 stored both, the second changes nothing: every row has a natural key. */
const WRITE_MS_MAX = 30 * SECOND_MS;

export const OUTBOX_JOB = 'outbox';

const OUTBOX_TABLE = (name: string): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, record TEXT NOT NULL) STRICT`;

/** Makes the table of an earlier release anew: AUTOINCREMENT writes a second row for each that is added. */
function withoutAutoincrement(storage: ObjectStorage): void {
  const made = storage.rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'outbox'")[0];
  if (made === undefined || !text(made, 'sql').includes('AUTOINCREMENT')) return;
  storage.transaction(() => {
    storage.rows(OUTBOX_TABLE('outbox_next'));
    storage.rows('INSERT INTO outbox_next SELECT seq, at_ms, record FROM outbox');
    storage.rows('DROP TABLE outbox');
    storage.rows('ALTER TABLE outbox_next RENAME TO outbox');
  });
}

export class Outbox {
  private failures = 0;
  private lastError: string | null = null;
  private scheduler: Scheduler | undefined;
  /** How many rows there are; undefined until they are first counted, and after a transaction that was rolled back. */
  private rowCount: number | undefined;
  /** A batch up to this row was refused for its content. It is halved until the record at fault is alone. */
  private refusedUntilSeq = 0;
  private recordsMax = BATCH_RECORDS_MAX;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly write: (records: readonly OutboxRecord[]) => Promise<void>,
    /** Called with the topics that a batch changes, once D1 has stored it. */
    private readonly landed: (topics: readonly Topic[]) => void,
  ) {
    ports.storage.rows(OUTBOX_TABLE('outbox'));
    withoutAutoincrement(ports.storage);
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS outbox_parked (seq INTEGER PRIMARY KEY, record TEXT NOT NULL, reason TEXT NOT NULL) STRICT',
    );
    ports.storage.onRollback(() => {
      this.rowCount = undefined;
    });
  }

  /** Set after construction: the scheduler is built from its jobs, and the outbox is one of them. */
  attach(scheduler: Scheduler): void {
    this.scheduler = scheduler;
    if (this.count() > 0) scheduler.at(OUTBOX_JOB, this.ports.nowMs() + GATHER_MS);
  }

  private count(): number {
    this.rowCount ??= integer(this.ports.storage.rows('SELECT count(*) AS n FROM outbox')[0]!, 'n');
    return this.rowCount;
  }

  /** Adds a record for D1. Call it inside the transaction that makes the fact. */
  add(record: OutboxRecord): void {
    const nowMs = this.ports.nowMs();
    const before = this.count();
    this.ports.storage.rows('INSERT INTO outbox (at_ms, record) VALUES (?, ?)', nowMs, toJson(record));
    this.rowCount = before + 1;
    if (this.failures === 0) this.scheduler?.at(OUTBOX_JOB, nowMs + GATHER_MS);
  }

  /** Sends one batch; the next run sends the rest. Never throws: after a failure the pause doubles, up to a minute. */
  async drain(): Promise<void> {
    const { storage, timers, nowMs, log } = this.ports;
    const batch = this.nextBatch();
    const last = batch.at(-1);
    if (last === undefined) return;
    try {
      const records = batch.map((row) => fromJson<OutboxRecord>(text(row, 'record')));
      await withinTime(timers, { ms: WRITE_MS_MAX, what: 'D1' }, this.write(records));
      storage.rows('DELETE FROM outbox WHERE seq <= ?', integer(last, 'seq'));
      if (this.rowCount !== undefined) this.rowCount -= batch.length;
      this.landed([...new Set(records.flatMap((record) => topicOf(record) ?? []))]);
      this.failures = 0;
      this.lastError = null;
      if (integer(last, 'seq') >= this.refusedUntilSeq) this.recordsMax = BATCH_RECORDS_MAX;
      if (this.count() > 0) this.scheduler?.at(OUTBOX_JOB, nowMs());
      // In an empty table the numbers begin again.
      else this.refusedUntilSeq = 0;
    } catch (error) {
      if (isRefusal(error)) {
        this.refused(batch, error);
        return;
      }
      this.failures += 1;
      this.lastError = reasonOf(error);
      const backoffMs = growingPauseMs(this.failures - 1, BACKOFF_MS);
      log('warn', 'D1 did not store a batch; it stays in the outbox', { reason: this.lastError, backoffMs });
      this.scheduler?.at(OUTBOX_JOB, nowMs() + backoffMs);
    }
  }

  /** The first rows, as many as one batch may hold. */
  private nextBatch(): readonly SqlRow[] {
    const rows = this.ports.storage.rows(
      'SELECT seq, record FROM outbox ORDER BY seq LIMIT ?',
      this.recordsMax,
    );
    let characters = 0;
    const end = rows.findIndex((row) => {
      characters += text(row, 'record').length;
      return characters > BATCH_CHARACTERS_MAX;
    });
    return end === -1 ? rows : rows.slice(0, Math.max(1, end));
  }

  /**
   * D1 refuses this content however often it is sent. The record at fault is parked: stored with its reason for the operator,
   * so that the records behind it can leave.
   */
  private refused(batch: readonly SqlRow[], error: unknown): void {
    const { storage, nowMs, log } = this.ports;
    const [only, ...others] = batch;
    if (only === undefined) return;
    if (others.length > 0) {
      this.refusedUntilSeq = Math.max(this.refusedUntilSeq, integer(others.at(-1)!, 'seq'));
      this.recordsMax = Math.ceil(batch.length / 2);
    } else {
      const reason = reasonOf(deepestCause(error));
      log('error', 'D1 refuses a record for its content; it is parked', { reason });
      storage.transaction(() => {
        storage.rows(
          'INSERT INTO outbox_parked (record, reason) VALUES (?, ?)',
          text(only, 'record'),
          reason,
        );
        storage.rows('DELETE FROM outbox WHERE seq = ?', integer(only, 'seq'));
      });
      if (this.rowCount !== undefined) this.rowCount -= 1;
      // Others may be at fault too: the rest of what was refused is halved from here.
      if (integer(only, 'seq') >= this.refusedUntilSeq) this.recordsMax = BATCH_RECORDS_MAX;
      else this.recordsMax = HALVED_RECORDS;
    }
    this.scheduler?.at(OUTBOX_JOB, nowMs());
  }

  status(): OutboxStatus {
    // The oldest has the lowest number. Each sweep asks, also while a hundred thousand rows wait.
    const [oldest] = this.ports.storage.rows('SELECT at_ms FROM outbox ORDER BY seq LIMIT 1');
    return {
      depth: this.count(),
      oldestAtMs: oldest === undefined ? null : integer(oldest, 'at_ms'),
      error: this.lastError,
      parked: integer(this.ports.storage.rows('SELECT count(*) AS n FROM outbox_parked')[0]!, 'n'),
    };
  }
}

function deepestCause(error: unknown): unknown {
  let deepest = error;
  for (let depth = 0; depth < 5 && deepest instanceof Error && deepest.cause !== undefined; depth += 1) {
    deepest = deepest.cause;
  }
  return deepest;
}

/**
 * Whether D1, or our own check of what it can hold, refused the content itself. A missing table or column is no refusal: a
 * migration may still add it.
 */
function isRefusal(error: unknown): boolean {
  const cause = deepestCause(error);
  if (cause instanceof RangeError || cause instanceof InvariantError) return true;
  return (
    cause instanceof Error &&
    /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)|D1_TYPE_ERROR|constraint failed/.test(cause.message)
  );
}
