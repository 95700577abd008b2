/**
 * Whether the shares that a sale would sell are final: bought by an unresolved order, or by fills that may still fail. Of a sale
 * that waits, purchases that were decided after it are no part (A44).
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { IdempotencyKey, TokenId } from '../../../domain/ids.ts';
import { add, type ShareMicros, shares } from '../../../domain/money.ts';
import { isResting } from '../../../domain/orders/order-state.ts';
import type { LiveFillRecord } from '../../../domain/records/live-records.ts';
import { NO_INTENT } from '../../../domain/records/sentinels.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { OrderStore } from './orders/order-store.ts';

export class UnsettledShares {
  constructor(
    private readonly orders: OrderStore,
    private readonly waits: ExitWaits,
  ) {}

  /**
   * True while a BUY of this token for this leader is unresolved: the shares to sell are not known yet. A resting BUY that the
   * venue holds does not count, it may stay open for long.
   */
  isPurchaseUnresolved(intent: CopyIntent): boolean {
    const later = this.waits.later(intent.idempotencyKey);
    return (
      intent.side === 'SELL' &&
      this.orders
        .open()
        .some(
          ({ record, intent: of }) =>
            record.side === 'BUY' &&
            record.tokenId === intent.tokenId &&
            of.leaderAddress === intent.leaderAddress &&
            !later.has(of.idempotencyKey) &&
            !(isResting(record.orderType) && record.state === 'OPEN'),
        )
    );
  }

  /** Whether an earlier exit of the same waits: within one leader and token the order is kept (A44). */
  isAfterWaiting(intent: CopyIntent): boolean {
    return this.waits.isAfterOther(intent);
  }

  /** The same, where that one waits for more than a call. */
  isAfterWaitingForShares(intent: CopyIntent): boolean {
    return this.waits.isAfterOther(intent, (other) => !other.forCall);
  }

  /** Whether a try of what is owed of the same waits for a call. */
  hasWaitingTry({ leaderAddress, tokenId }: CopyIntent): boolean {
    return this.waits
      .list()
      .some(
        ({ intent }) =>
          intent.sourceType === 'EXIT' &&
          intent.leaderAddress === leaderAddress &&
          intent.tokenId === tokenId,
      );
  }

  /** Shares of purchases that were decided after this sale began to wait. */
  boughtLater(intent: CopyIntent): ShareMicros {
    return [...this.waits.later(intent.idempotencyKey).keys()]
      .map((key) => this.orders.byKey(key)?.record.filledShareMicros ?? shares(0n))
      .reduce(add, shares(0n));
  }

  /** Whether an order in the token is open, or a fill of it may still fail: how many shares are held is not final. */
  isUnsettled(tokenId: TokenId): boolean {
    return (
      this.orders.open().some(({ record }) => record.tokenId === tokenId) ||
      this.orders.provisional().some(({ record }) => record.tokenId === tokenId)
    );
  }

  /** Whether an order of the same, sale or purchase, has no outcome yet. */
  hasOpen(
    { leaderAddress, tokenId }: CopyIntent,
    isMeant: (order: IdempotencyKey) => boolean = () => true,
  ): boolean {
    return this.orders
      .open()
      .some(
        ({ record }) =>
          record.leaderAddress === leaderAddress &&
          record.tokenId === tokenId &&
          isMeant(record.idempotencyKey),
      );
  }

  /** Whether every trade that the venue named for the intent's order is booked; true without an order. */
  isBooked(key: IdempotencyKey): boolean {
    const order = this.orders.byKey(key);
    if (order === undefined) return true;
    return order.tradeIds.every((trade) => this.orders.fill(trade, order.record.orderId) !== undefined);
  }

  /** Shares of the token that were bought for the leader by fills whose settlement is open. */
  provisional({ leaderAddress, tokenId, idempotencyKey }: CopyIntent): ShareMicros {
    const later = this.waits.later(idempotencyKey);
    const isMeant = (purchase: LiveFillRecord['idempotencyKey']) =>
      purchase === NO_INTENT || !later.has(purchase);
    return this.orders.provisionalShares(leaderAddress, tokenId, isMeant);
  }

  /** Whether no order of the leader in the token is open, and no fill provisional: the sale need not wait any more. */
  isSettled(intent: CopyIntent): boolean {
    const later = this.waits.later(intent.idempotencyKey);
    return !this.hasOpen(intent, (order) => !later.has(order)) && this.provisional(intent) === 0n;
  }
}
