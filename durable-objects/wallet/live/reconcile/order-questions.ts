/** Questions about single orders and trades: the ones that are due, and the trades that a sale waits for. */
import type { FillReport, OrderId, OrderReport } from '../../../../domain/orders/orders.ts';
import { MINUTE_MS, SECOND_MS } from '../../../../domain/time.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { VenueReports } from '../orders/evidence.ts';
import { isPosted, union } from '../orders/order-record.ts';
import type { OrderStore, StoredOrder } from '../orders/order-store.ts';
import type { Submission } from '../orders/submission.ts';
import type { ExternalFees } from './external-fees.ts';
import { ASKED_MAX, type Readings } from './readings.ts';

/** A market's trades are read from this long before the order was made, since clocks differ. */
const OVERLAP_MS = MINUTE_MS;

export class OrderQuestions {
  constructor(
    private readonly orders: OrderStore,
    private readonly calls: VenueCalls,
    private readonly submission: Submission,
    private readonly readings: Readings,
    private readonly fees: ExternalFees,
  ) {}

  /** Asks about every order whose question is due. Never throws. */
  async askDue(): Promise<void> {
    for (const order of this.submission.due().slice(0, ASKED_MAX)) {
      const orderId = order.record.orderId;
      if (isPosted(order)) this.submission.lost(order, 'the venue did not answer in time');
      // Before the read, so that whatever follows from the answer may set another time.
      this.submission.asked(orderId);
      try {
        await this.readings.apply(await this.askOrder(order));
      } catch (error) {
        this.readings.failed('an order could not be asked for', error);
      }
    }
  }

  /** Reads the trades whose settlement is open, matched before the time; the user channel may be silent. Never throws. */
  async askProvisional(beforeMs = Number.POSITIVE_INFINITY): Promise<void> {
    const asked = this.orders.provisional().filter(({ record }) => record.matchedAtMs < beforeMs);
    const tradeIds = new Set(asked.map(({ record }) => record.tradeId));
    for (const tradeId of [...tradeIds].slice(0, ASKED_MAX)) {
      try {
        const fills = await this.calls.read((api) => api.fetchTrade(tradeId));
        await this.readings.apply({ fills, fees: this.fees.all() });
      } catch (error) {
        this.readings.failed('a trade could not be asked for', error);
      }
    }
  }

  /** The order as the venue has it now, with the trades that it names or, where that is not enough, those of its market. */
  private async askOrder(order: StoredOrder): Promise<Partial<VenueReports>> {
    const orderId = order.record.orderId;
    const report = await this.calls.read((api) => api.fetchOrder(orderId));
    const orders = new Map<OrderId, OrderReport | 'ABSENT'>([[orderId, report ?? 'ABSENT']]);
    const unreadBefore = this.readings.unread();
    const missing = this.missingTrades(order, report?.tradeIds ?? []);
    if (missing.length > 0) {
      const fills: FillReport[] = [];
      for (const tradeId of missing.slice(0, ASKED_MAX))
        fills.push(...(await this.calls.read((api) => api.fetchTrade(tradeId))));
      return { orders, fills };
    }
    if (report !== undefined && order.record.state !== 'UNKNOWN') return { orders };
    const afterS = Math.floor((order.record.createdAtMs - OVERLAP_MS) / SECOND_MS);
    const { conditionId } = order.intent;
    const fills = await this.calls.read((api) => api.listMarketTrades({ conditionId, afterS }));
    if (report === undefined && !this.readings.isWholeSince(unreadBefore)) orders.delete(orderId);
    return { orders, fills: fills.filter((fill) => fill.orderId === orderId) };
  }

  /** Trades that the venue has named for the order and that are not booked yet. */
  private missingTrades(order: StoredOrder, named: readonly string[]): readonly string[] {
    return union(order.tradeIds, named).filter(
      (tradeId) => this.orders.fill(tradeId, order.record.orderId) === undefined,
    );
  }
}
