/** Sales that wait until the shares to be sold are final: durable, and decided again by the Wallet itself (design.md 5). */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { fromJson, toJson } from '../../../domain/json.ts';
import { integer, type ObjectStorage, text } from '../../platform/ports.ts';

export interface ExitWait {
  readonly intent: CopyIntent;
  readonly sinceMs: number;
}

export class ExitWaits {
  /** The rows by key; undefined until they are first read, and after a transaction that was rolled back. */
  private memory: Map<string, ExitWait> | undefined;

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS exit_wait (
         idempotency_key TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, intent TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
    storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  /** Adds a sale that waits since the time; one that waits already keeps its time. */
  add(intent: CopyIntent, sinceMs: number): void {
    const waits = this.read();
    if (waits.has(intent.idempotencyKey)) return;
    this.storage.rows(
      'INSERT INTO exit_wait (idempotency_key, since_ms, intent) VALUES (?, ?, ?)',
      intent.idempotencyKey,
      sinceMs,
      toJson(intent),
    );
    waits.set(intent.idempotencyKey, { intent, sinceMs });
  }

  /** All of them, oldest first. */
  list(): readonly ExitWait[] {
    return [...this.read().values()].sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** The sale with this key has been decided. */
  done(key: string): void {
    if (!this.read().has(key)) return;
    this.storage.rows('DELETE FROM exit_wait WHERE idempotency_key = ?', key);
    this.read().delete(key);
  }

  private read(): Map<string, ExitWait> {
    this.memory ??= new Map(
      this.storage
        .rows('SELECT since_ms, intent FROM exit_wait ORDER BY since_ms')
        .map((row) => ({
          intent: fromJson<CopyIntent>(text(row, 'intent')),
          sinceMs: integer(row, 'since_ms'),
        }))
        .map((wait) => [wait.intent.idempotencyKey, wait]),
    );
    return this.memory;
  }
}
