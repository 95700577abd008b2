/**
 * Attempts that end later than they are decided (A37, A55): kept so that fills and outcomes can refresh their row in D1, each
 * time with a higher revision.
 */
import { fromJson, toJson } from '../../domain/json.ts';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Outbox } from '../platform/outbox.ts';
import { type ObjectStorage, text } from '../platform/ports.ts';
import type { AttemptStats } from './attempt-stats.ts';

const KEPT_MS = 7 * DAY_MS;

export class AttemptLog {
  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
    private readonly stats: AttemptStats,
    /** Whether the attempt may still change: every one of the live Wallet, until a late trade cannot arrive any more. */
    private readonly mayChange: (record: CopyAttemptRecord) => boolean = () => true,
  ) {
    // Both Wallets have a storage of their own; the table has its name from when only the live one had it.
    storage.rows(
      `CREATE TABLE IF NOT EXISTS live_attempt (
         idempotency_key TEXT PRIMARY KEY, decided_at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
    storage.rows('CREATE INDEX IF NOT EXISTS live_attempt_decided ON live_attempt (decided_at)');
  }

  get(key: string): CopyAttemptRecord | undefined {
    const row = this.storage.rows('SELECT doc FROM live_attempt WHERE idempotency_key = ?', key)[0];
    return row === undefined ? undefined : fromJson<CopyAttemptRecord>(text(row, 'doc'));
  }

  /**
   * Stores the attempt while it may still change; one that is `known` is forgotten when it may not any more. The caller has sent it
   * to D1 and counted it.
   */
  keep(record: CopyAttemptRecord, known = false): void {
    if (!this.mayChange(record)) {
      if (known)
        this.storage.rows('DELETE FROM live_attempt WHERE idempotency_key = ?', record.idempotencyKey);
      return;
    }
    this.storage.rows(
      `INSERT INTO live_attempt (idempotency_key, decided_at, doc) VALUES (?, ?, ?)
       ON CONFLICT (idempotency_key) DO UPDATE SET decided_at = excluded.decided_at, doc = excluded.doc`,
      record.idempotencyKey,
      record.decidedAtMs,
      toJson(record),
    );
  }

  /** Changes the attempt, sends it to D1 and counts it anew; nothing when nothing changed or the attempt is not known. */
  refresh(key: string, part: Partial<CopyAttemptRecord>): void {
    const known = this.get(key);
    if (known === undefined) return;
    const next = { ...known, ...part };
    if (toJson(next) === toJson(known)) return;
    const changed = { ...next, revision: known.revision + 1 };
    this.keep(changed, true);
    this.outbox.add(changed);
    this.stats.attempted(changed, known);
  }

  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM live_attempt WHERE decided_at < ?', nowMs - KEPT_MS);
  }
}
