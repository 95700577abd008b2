/**
 * Sales that wait until the shares to be sold are final: durable, and decided again by the Wallet itself (design.md 5). Each
 * knows which purchases of the same were decided after it: it sells nothing of them, and does not wait for them (A44).
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { IdempotencyKey } from '../../../domain/ids.ts';
import { fromJson, toJson } from '../../../domain/json.ts';
import { add, type ShareMicros, shares } from '../../../domain/money.ts';
import { addColumn } from '../../platform/add-column.ts';
import { integer, micros, microsColumn, type ObjectStorage, text } from '../../platform/ports.ts';

/** Purchases by key, with the shares that paper copies have bought; live counts those of its orders. */
export type LaterPurchases = ReadonlyMap<IdempotencyKey, ShareMicros>;

export interface ExitWait {
  readonly intent: CopyIntent;
  readonly sinceMs: number;
  readonly later: LaterPurchases;
  /** Its shares are there: it waits until an order may leave. */
  readonly forCall: boolean;
}

type Slice = Pick<CopyIntent, 'leaderAddress' | 'tokenId'>;

const NONE: LaterPurchases = new Map();

export class ExitWaits {
  /** The rows by key; undefined until they are first read, and after a transaction that was rolled back. */
  private memory: Map<string, ExitWait> | undefined;

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS exit_wait (
         idempotency_key TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, intent TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
    storage.rows(
      `CREATE TABLE IF NOT EXISTS exit_wait_later (
         idempotency_key TEXT NOT NULL, purchase_key TEXT NOT NULL, shares INTEGER NOT NULL,
         PRIMARY KEY (idempotency_key, purchase_key)) STRICT, WITHOUT ROWID`,
    );
    addColumn(storage, 'exit_wait', 'for_call INTEGER NOT NULL DEFAULT 0');
    storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  /** Adds a sale that waits since the time; one that waits already keeps its time. */
  add(intent: CopyIntent, sinceMs: number, forCall = false): void {
    const waits = this.read();
    if (waits.has(intent.idempotencyKey)) return;
    this.storage.rows(
      'INSERT INTO exit_wait (idempotency_key, since_ms, intent, for_call) VALUES (?, ?, ?, ?)',
      intent.idempotencyKey,
      sinceMs,
      toJson(intent),
      forCall ? 1 : 0,
    );
    waits.set(intent.idempotencyKey, { intent, sinceMs, later: NONE, forCall });
  }

  /** The sale waits for nothing but a call from now on. */
  setForCall(key: string): void {
    const wait = this.read().get(key);
    if (wait === undefined || wait.forCall) return;
    this.storage.rows('UPDATE exit_wait SET for_call = 1 WHERE idempotency_key = ?', key);
    this.read().set(key, { ...wait, forCall: true });
  }

  /** Those that wait for nothing but a call. */
  forCall(): readonly ExitWait[] {
    return this.list().filter((wait) => wait.forCall);
  }

  /** A purchase was decided: it comes after the sales of the same that wait. `bought`: what it has bought already. */
  purchased(intent: CopyIntent, bought: ShareMicros): void {
    for (const wait of this.of(intent)) this.putLater(wait, intent.idempotencyKey, bought);
  }

  /** More was bought for a purchase that was decided before. */
  bought({ leaderAddress, tokenId, idempotencyKey }: CopyIntent, more: ShareMicros): void {
    for (const wait of this.of({ leaderAddress, tokenId })) {
      const known = wait.later.get(idempotencyKey);
      if (known !== undefined) this.putLater(wait, idempotencyKey, add(known, more));
    }
  }

  /** The purchases that were decided after this sale began to wait; none of one that does not wait. */
  later(key: string): LaterPurchases {
    return this.read().get(key)?.later ?? NONE;
  }

  /**
   * Whether it is an exit, and another of the same waits: its part is one of what that leaves. A sale by hand and a try of an owed
   * exit sell so many shares, whatever waits.
   */
  isAfterOther(
    { leaderAddress, tokenId, side, sourceType, idempotencyKey }: CopyIntent,
    isMeant: (other: ExitWait) => boolean = () => true,
  ): boolean {
    if (side !== 'SELL' || sourceType === 'CLOSE' || sourceType === 'EXIT') return false;
    return this.of({ leaderAddress, tokenId }).some(
      (other) => other.intent.idempotencyKey !== idempotencyKey && isMeant(other),
    );
  }

  /** All of them, oldest first. */
  list(): readonly ExitWait[] {
    return [...this.read().values()].sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** The sale with this key has been decided. */
  done(key: string): void {
    if (!this.read().has(key)) return;
    this.storage.rows('DELETE FROM exit_wait WHERE idempotency_key = ?', key);
    this.storage.rows('DELETE FROM exit_wait_later WHERE idempotency_key = ?', key);
    this.read().delete(key);
  }

  private of({ leaderAddress, tokenId }: Slice): readonly ExitWait[] {
    return [...this.read().values()].filter(
      ({ intent }) => intent.leaderAddress === leaderAddress && intent.tokenId === tokenId,
    );
  }

  private putLater(wait: ExitWait, purchase: IdempotencyKey, bought: ShareMicros): void {
    const { idempotencyKey } = wait.intent;
    this.storage.rows(
      `INSERT INTO exit_wait_later (idempotency_key, purchase_key, shares) VALUES (?, ?, ?)
       ON CONFLICT (idempotency_key, purchase_key) DO UPDATE SET shares = excluded.shares`,
      idempotencyKey,
      purchase,
      microsColumn(bought),
    );
    this.read().set(idempotencyKey, { ...wait, later: new Map([...wait.later, [purchase, bought]]) });
  }

  private read(): Map<string, ExitWait> {
    this.memory ??= new Map(
      this.storage
        .rows('SELECT since_ms, intent, for_call FROM exit_wait ORDER BY since_ms')
        .map((row) => ({
          intent: fromJson<CopyIntent>(text(row, 'intent')),
          sinceMs: integer(row, 'since_ms'),
          forCall: integer(row, 'for_call') === 1,
        }))
        .map((wait) => [
          wait.intent.idempotencyKey,
          { ...wait, later: this.readLater(wait.intent.idempotencyKey) },
        ]),
    );
    return this.memory;
  }

  private readLater(key: IdempotencyKey): LaterPurchases {
    const rows = this.storage.rows(
      'SELECT purchase_key, shares FROM exit_wait_later WHERE idempotency_key = ?',
      key,
    );
    // The cast is true: only keys of decided intents are written here.
    return new Map(
      rows.map((row) => [text(row, 'purchase_key') as IdempotencyKey, shares(micros(row, 'shares'))]),
    );
  }
}
