/** Forgets what the venue cannot report any more. */

import type { AttemptLog } from '../attempt-log.ts';
import type { AccountState } from './account/account-state.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { FlowBooking } from './reconcile/flow-booking.ts';

export class LivePruning {
  constructor(
    private readonly orders: OrderStore,
    private readonly account: AccountState,
    private readonly attempts: AttemptLog,
    private readonly flows: FlowBooking,
  ) {}

  /** Orders are kept until a week before the last whole reading, however long ago that is. */
  prune(nowMs: number): void {
    this.orders.prune(Math.min(nowMs, this.account.readThroughMs() ?? nowMs));
    this.attempts.prune(nowMs);
    this.flows.prune(nowMs);
  }
}
