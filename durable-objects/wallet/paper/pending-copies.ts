/**
 * Paper copies that are decided and not filled yet (A55), each with what it reserves, in the Wallet's own SQLite. Call the methods
 * that write inside the transaction of the decision or of the end.
 */
import type { CopyIntent, Plan } from '../../../domain/decide/decision-facts.ts';
import type { IdempotencyKey, LeaderAddress, TokenId } from '../../../domain/ids.ts';
import { fromJson, toJson } from '../../../domain/json.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { add, type CashMicros, cash, type ShareMicros, shares } from '../../../domain/money.ts';
import { mostPaid } from '../../../domain/portfolio/paper-fills.ts';
import { type ObjectStorage, text } from '../../platform/ports.ts';

export interface PendingCopy {
  readonly intent: CopyIntent;
  /** What it may take, and its price bound. */
  readonly plan: Plan;
  /** As at the decision. */
  readonly fee: FeeSchedule | null;
  readonly decidedAtMs: number;
  /** It fills on the book of this moment. */
  readonly dueAtMs: number;
}

type Slice = Pick<CopyIntent, 'leaderAddress' | 'tokenId'>;

export class PendingCopies {
  /**
   * The copies by key, in the order of their decisions; undefined until they are first read, and after a transaction that was
   * rolled back.
   */
  private memory: Map<string, PendingCopy> | undefined;

  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS pending_copy (
         seq INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, doc TEXT NOT NULL) STRICT`,
    );
    storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  /** Throws when the intent has a pending copy already. */
  add(copy: PendingCopy): void {
    const { idempotencyKey } = copy.intent;
    const copies = this.read();
    this.storage.rows(
      'INSERT INTO pending_copy (idempotency_key, doc) VALUES (?, ?)',
      idempotencyKey,
      toJson(copy),
    );
    copies.set(idempotencyKey, copy);
  }

  /** Whether the copy is still pending. */
  has(key: string): boolean {
    return this.read().has(key);
  }

  /** It is filled or canceled. */
  end(key: string): void {
    this.storage.rows('DELETE FROM pending_copy WHERE idempotency_key = ?', key);
    this.read().delete(key);
  }

  /** All of them, in the order in which they were decided. */
  list(): readonly PendingCopy[] {
    return [...this.read().values()];
  }

  /** Those that are due by then, in the order in which they were decided. */
  due(nowMs: number): readonly PendingCopy[] {
    return this.list().filter((copy) => copy.dueAtMs <= nowMs);
  }

  /** When the next one after this time is due; undefined when none is. */
  nextDueAtMs(afterMs: number): number | undefined {
    const later = this.list().filter((copy) => copy.dueAtMs > afterMs);
    return later.length === 0 ? undefined : Math.min(...later.map((copy) => copy.dueAtMs));
  }

  /** Whether one of the leader's copies in the token is pending. */
  hasOf({ leaderAddress, tokenId }: Slice): boolean {
    return this.list().some(
      ({ intent }) => intent.leaderAddress === leaderAddress && intent.tokenId === tokenId,
    );
  }

  /** Whether a purchase of the same, of those that `isMeant` names, is pending: how many shares there are to sell is not known yet. */
  hasPurchase(
    { leaderAddress, tokenId }: Slice,
    isMeant: (purchase: IdempotencyKey) => boolean = () => true,
  ): boolean {
    return this.list().some(
      ({ intent }) =>
        intent.side === 'BUY' &&
        intent.leaderAddress === leaderAddress &&
        intent.tokenId === tokenId &&
        isMeant(intent.idempotencyKey),
    );
  }

  /** Cash that pending purchases may still spend, of those that `isMeant` names. */
  reservedCash(isMeant: (intent: CopyIntent) => boolean = () => true): CashMicros {
    return this.list()
      .filter(({ intent }) => isMeant(intent))
      .reduce((sum, { plan, fee }) => add(sum, mostPaid(plan, fee)), cash(0n));
  }

  /** Shares that the leader's pending sales of the token may still sell. */
  reservedShares(leader: LeaderAddress, token: TokenId): ShareMicros {
    return this.list()
      .filter(({ intent }) => intent.side === 'SELL')
      .filter(({ intent }) => intent.leaderAddress === leader && intent.tokenId === token)
      .reduce((sum, { plan }) => add(sum, plan.shareMicros), shares(0n));
  }

  private read(): Map<string, PendingCopy> {
    this.memory ??= new Map(
      this.storage
        .rows('SELECT doc FROM pending_copy ORDER BY seq')
        .map((row) => fromJson<PendingCopy>(text(row, 'doc')))
        .map((copy) => [copy.intent.idempotencyKey, copy]),
    );
    return this.memory;
  }
}
