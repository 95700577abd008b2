/**
 * Purchases that wait for a call to the venue, in the order in which they came; durable, and in memory since each decision looks.
 * An exit of the same that comes meanwhile lowers them by its fraction (A44).
 */
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import { fromJson, toJson } from '../../../../domain/json.ts';
import { cash, mulDivFloor, shares } from '../../../../domain/money.ts';
import { integer, type ObjectStorage, text } from '../../../platform/ports.ts';

export interface QueuedPurchase {
  readonly intent: CopyIntent;
  readonly sinceMs: number;
}

type Slice = Pick<CopyIntent, 'leaderAddress' | 'tokenId'>;

export class QueuedPurchases {
  /** By key, oldest first; undefined until they are first read, and after a transaction that was rolled back. */
  private memory: Map<string, QueuedPurchase> | undefined;

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS queued_purchase (
         number INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, since_ms INTEGER NOT NULL,
         intent TEXT NOT NULL) STRICT`,
    );
    storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  list(): readonly QueuedPurchase[] {
    return [...this.read().values()];
  }

  isEmpty(): boolean {
    return this.read().size === 0;
  }

  of({ leaderAddress, tokenId }: Slice): readonly QueuedPurchase[] {
    return this.list().filter(
      ({ intent }) => intent.leaderAddress === leaderAddress && intent.tokenId === tokenId,
    );
  }

  /** One that waits already keeps its place. */
  add(intent: CopyIntent, sinceMs: number): void {
    const queued = this.read();
    if (queued.has(intent.idempotencyKey)) return;
    this.storage.rows(
      'INSERT INTO queued_purchase (idempotency_key, since_ms, intent) VALUES (?, ?, ?)',
      intent.idempotencyKey,
      sinceMs,
      toJson(intent),
    );
    queued.set(intent.idempotencyKey, { intent, sinceMs });
  }

  /** The purchase with this key has been decided. */
  done(key: string): void {
    const queued = this.read();
    if (!queued.has(key)) return;
    this.storage.rows('DELETE FROM queued_purchase WHERE idempotency_key = ?', key);
    queued.delete(key);
  }

  /** The leader has sold a fraction of the same: what waits is lowered by it; all of it is not bought any more. */
  lower({ leaderAddress, tokenId, exit }: CopyIntent): void {
    if (exit?.kind !== 'FRACTION') return;
    const { soldShareMicros: sold, heldShareMicros: held } = exit;
    for (const { intent, sinceMs } of this.of({ leaderAddress, tokenId })) {
      if (intent.presetReason !== null) continue;
      const left = (value: bigint): bigint => mulDivFloor(value, held - sold, held);
      const { ourNotionalMicros } = intent;
      const lowered: CopyIntent =
        sold >= held
          ? { ...intent, presetReason: 'LIVE_SOLD_BEFORE_PLACED' }
          : {
              ...intent,
              leaderNotionalMicros: cash(left(intent.leaderNotionalMicros)),
              leaderShareMicros: shares(left(intent.leaderShareMicros)),
              ourNotionalMicros: ourNotionalMicros === null ? null : cash(left(ourNotionalMicros)),
            };
      this.storage.rows(
        'UPDATE queued_purchase SET intent = ? WHERE idempotency_key = ?',
        toJson(lowered),
        intent.idempotencyKey,
      );
      this.read().set(intent.idempotencyKey, { intent: lowered, sinceMs });
    }
  }

  private read(): Map<string, QueuedPurchase> {
    this.memory ??= new Map(
      this.storage.rows('SELECT since_ms, intent FROM queued_purchase ORDER BY number').map((row) => {
        const intent = fromJson<CopyIntent>(text(row, 'intent'));
        return [intent.idempotencyKey, { intent, sinceMs: integer(row, 'since_ms') }];
      }),
    );
    return this.memory;
  }
}
