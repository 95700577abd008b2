/** Reads all open orders and the account's trades, and takes them as evidence. */
import type { FillReport, OrderId, OrderReport } from '../../../../domain/orders/orders.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { ExternalFees } from './external-fees.ts';
import type { ReadWindow } from './read-window.ts';
import { ASKED_MAX, type Readings } from './readings.ts';

export interface TradesRead {
  /** No row was left out of these reads. */
  readonly isWhole: boolean;
  /** Older trades were not in the list. */
  readonly fromMs: number;
}

export class TradeReading {
  constructor(
    private readonly orders: OrderStore,
    private readonly calls: VenueCalls,
    private readonly readings: Readings,
    private readonly fees: ExternalFees,
    private readonly window: ReadWindow,
  ) {}

  /** Orders first: a trade that is in no list yet must not end an order that was read later. Throws VenueError. */
  async run(nowMs: number): Promise<TradesRead> {
    const unreadBefore = this.readings.unread();
    const orders = await this.openOrders();
    for (const report of await this.listedOrders()) orders.set(report.orderId, report);
    const afterS = this.window.startS(nowMs);
    const listed = await this.calls.read((api) => api.listTrades({ afterS }));
    const isWhole = this.readings.isWholeSince(unreadBefore);
    if (!isWhole) for (const [orderId, report] of orders) if (report === 'ABSENT') orders.delete(orderId);
    const fees = await this.feesOf(listed);
    const fills = listed.filter((fill) => this.fees.isExact(fill));
    await this.readings.apply({ orders, fills, fees });
    return { isWhole, fromMs: afterS * SECOND_MS };
  }

  /** Our open orders by id. One that cannot be read is left out; it is asked for again by itself. */
  private async openOrders(): Promise<Map<OrderId, OrderReport | 'ABSENT'>> {
    const reports = new Map<OrderId, OrderReport | 'ABSENT'>();
    for (const order of this.orders.open().slice(0, ASKED_MAX)) {
      const orderId = order.record.orderId;
      try {
        reports.set(orderId, (await this.calls.read((api) => api.fetchOrder(orderId))) ?? 'ABSENT');
      } catch (error) {
        this.readings.failed('an order could not be asked for', error);
      }
    }
    return reports;
  }

  /** Orders of ours in the venue's list of open ones: one that we took for ended may still rest there. */
  private async listedOrders(): Promise<readonly OrderReport[]> {
    try {
      const listed = await this.calls.read((api) => api.listOpenOrders());
      return listed.filter(({ orderId }) => this.orders.byId(orderId) !== undefined);
    } catch (error) {
      // Not being in the list proves nothing, so a list that was not read changes nothing.
      this.readings.failed('the open orders could not be listed', error);
      return [];
    }
  }

  private async feesOf(fills: readonly FillReport[]): ReturnType<ExternalFees['learn']> {
    try {
      return await this.fees.learn(fills);
    } catch (error) {
      this.readings.failed('the fees of external fills are not known yet', error);
      return this.fees.all();
    }
  }
}
