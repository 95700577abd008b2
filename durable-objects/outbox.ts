/**
 * The outbox: rows for D1 are written in the same transaction as the fact, and leave in order, one batch in flight.
 * D1 may be down for any time: nothing is lost, and trading does not wait for it (design.md 3).
 */
import { fromJson, toJson } from '../domain/json.ts';
import type { OutboxRecord } from '../domain/records.ts';
import { integer, type ObjectPorts, reasonOf, text } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import { withinTime } from './time-limit.ts';

/** At most 40 statements a batch (design.md 3). */
const BATCH_RECORDS_MAX = 40;
/** Rows written close together leave together: fewer batches, and a page two hundredths of a second later. */
const GATHER_MS = 40;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;
/** A batch that has no answer by then is sent again; should both land, the second changes nothing. */
const WRITE_MS_MAX = 30_000;

export const OUTBOX_JOB = 'outbox';

export class Outbox {
  private failures = 0;
  private lastError: string | null = null;
  private scheduler: Scheduler | undefined;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly write: (records: readonly OutboxRecord[]) => Promise<void>,
  ) {
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, record TEXT NOT NULL) STRICT',
    );
  }

  /** The scheduler needs its jobs first and the outbox is one of them, so it is handed in afterwards. */
  attach(scheduler: Scheduler): void {
    this.scheduler = scheduler;
    if (this.status().depth > 0) scheduler.at(OUTBOX_JOB, this.ports.nowMs() + GATHER_MS);
  }

  /** Adds a row for D1; call it inside the transaction that makes the fact. */
  add(record: OutboxRecord): void {
    const nowMs = this.ports.nowMs();
    this.ports.storage.rows('INSERT INTO outbox (at_ms, record) VALUES (?, ?)', nowMs, toJson(record));
    if (this.failures === 0) this.scheduler?.at(OUTBOX_JOB, nowMs + GATHER_MS);
  }

  /** Sends one batch; what is left is sent by the next run. Never throws: a failure backs off and is counted. */
  async drain(): Promise<void> {
    const { storage, timers, nowMs, log } = this.ports;
    const batch = storage.rows('SELECT seq, record FROM outbox ORDER BY seq LIMIT ?', BATCH_RECORDS_MAX);
    const last = batch.at(-1);
    if (last === undefined) return;
    try {
      await withinTime(
        timers,
        { ms: WRITE_MS_MAX, what: 'D1' },
        this.write(batch.map((row) => fromJson<OutboxRecord>(text(row, 'record')))),
      );
      storage.rows('DELETE FROM outbox WHERE seq <= ?', integer(last, 'seq'));
      this.failures = 0;
      this.lastError = null;
      if (storage.rows('SELECT 1 AS more FROM outbox LIMIT 1').length > 0)
        this.scheduler?.at(OUTBOX_JOB, nowMs());
    } catch (error) {
      this.failures += 1;
      this.lastError = reasonOf(error);
      const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(this.failures - 1, 10));
      log('warn', 'D1 did not take a batch; it stays in the outbox', { reason: this.lastError, backoffMs });
      this.scheduler?.at(OUTBOX_JOB, nowMs() + backoffMs);
    }
  }

  status(): { readonly depth: number; readonly oldestAtMs: number | null; readonly error: string | null } {
    const row = this.ports.storage.rows('SELECT count(*) AS depth, min(at_ms) AS oldest FROM outbox')[0];
    return {
      depth: row === undefined ? 0 : integer(row, 'depth'),
      oldestAtMs: typeof row?.oldest === 'number' ? row.oldest : null,
      error: this.lastError,
    };
  }
}
