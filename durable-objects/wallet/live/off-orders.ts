/**
 * Open orders that the switches no longer allow: all of a leader who is not ON, and the purchases of one whose entries are
 * stopped (A61). They are canceled at the venue until they have ended.
 */
import type { LeaderAddress } from '../../../domain/ids.ts';
import type { LiveAcknowledgement } from '../../rpc.ts';
import type { WalletSwitches } from '../switches.ts';
import { isPosted } from './orders/order-record.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';
import type { LiveSchedule } from './schedule.ts';

export class OffOrders {
  constructor(
    private readonly orders: OrderStore,
    private readonly switches: WalletSwitches,
    private readonly schedule: LiveSchedule,
  ) {}

  list(): readonly StoredOrder[] {
    return this.orders.open().filter(({ intent, record }) => {
      const { leaderAddress } = intent;
      if (this.switches.effective(leaderAddress).state !== 'ON') return true;
      return record.side === 'BUY' && this.switches.entries(leaderAddress) === 'OFF';
    });
  }

  /** The answer to a switch command: from it on none of these leaves any more. Some are still on their way or being canceled. */
  acknowledge(): Extract<LiveAcknowledgement, { readonly kind: 'done' }> {
    const off = this.list();
    this.cancelNow();
    // What waits for a call ends now, or is held.
    if (this.schedule.isWaiting()) this.schedule.exitsNow();
    return {
      kind: 'done',
      state: this.switches.state(),
      inFlightOrderIds: off.filter(isPosted).map((order) => order.record.orderId),
      cancelingOrderIds: off.filter((order) => !isPosted(order)).map((order) => order.record.orderId),
    };
  }

  /** When the leader's switch, or the global one, was last lowered; 0 if never. */
  loweredAtMs(leader: LeaderAddress): number {
    return this.switches.loweredAtMs(leader);
  }

  /** The same without a command: cancels as soon as the last cancel has had its time; other orders are left alone. */
  cancelSoon(): void {
    if (this.list().length > 0) this.schedule.cancelSoon();
    if (this.schedule.isWaiting()) this.schedule.exitsNow();
  }

  /** Cancels them at once, for a command that switched off. */
  cancelNow(): void {
    if (this.list().length > 0) this.schedule.cancelNow();
  }
}
