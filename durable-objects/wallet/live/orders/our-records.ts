/** Our side of a comparison with the venue: the orders and fills that its reports concern, as `reconcile` takes them. */
import { cash, shares } from '../../../../domain/money.ts';
import type { FillReport, OrderId } from '../../../../domain/orders/orders.ts';
import { fillKey, type OurFill, type OurOrder } from '../../../../domain/orders/our-order.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import type { WalletSettings } from '../../wallet-settings.ts';
import type { OrderStore, StoredFill, StoredOrder } from './order-store.ts';

/** An order that the venue answered with "not now" is absent when it has not been seen for this long. */
const WAIT_CLASS_GRACE_MS = 2 * SECOND_MS;

export class OurRecords {
  constructor(
    private readonly orders: OrderStore,
    private readonly settings: WalletSettings,
  ) {}

  /** How long an order must have been unseen before its absence is a fact. */
  graceMs(): number {
    return this.settings.global().unresolvedGraceMs;
  }

  /** Open orders, and ended ones that are named here. */
  ordersFor(named: Iterable<OrderId>): readonly OurOrder[] {
    const found = new Map(this.orders.open().map((order) => [order.record.orderId, order]));
    for (const orderId of named) {
      if (found.has(orderId)) continue;
      const order = this.orders.byId(orderId);
      if (order !== undefined) found.set(orderId, order);
    }
    return [...found.values()].map((order) => this.ourOrder(order));
  }

  /** Stored fills of these reports, and every fill whose settlement is open. */
  fillsFor(reports: readonly FillReport[]): readonly OurFill[] {
    const keys = new Map(reports.map((report) => [fillKey(report), report]));
    const stored = [...keys.values()].map(({ tradeId, orderId }) => this.orders.fill(tradeId, orderId));
    const all = [...stored.filter((fill) => fill !== undefined), ...this.orders.provisional()];
    const unique = new Map(all.map((fill) => [fillKey(fill.record), fill]));
    return [...unique.values()].map(ourFill);
  }

  private ourOrder(order: StoredOrder): OurOrder {
    const { record, intent } = order;
    // "Not now" is an answer: such an order counts as absent sooner than one whose POST got no answer.
    const earlierMs = order.waitClass ? Math.max(0, this.graceMs() - WAIT_CLASS_GRACE_MS) : 0;
    return {
      orderId: record.orderId,
      idempotencyKey: intent.idempotencyKey,
      state: record.state,
      side: record.side,
      orderType: record.orderType,
      tokenId: intent.tokenId,
      makerMicros: record.makerMicros,
      takerMicros: record.takerMicros,
      filledShareMicros: shares(record.filledShareMicros),
      filledNotionalMicros: cash(record.filledNotionalMicros),
      // It may arrive for as long as we waited for the answer.
      lastSentAtMs: order.sentAtMs + (order.waitClass ? -earlierMs : order.timeoutMs),
      absentSinceMs: order.absentSinceMs,
      endedByAbsence: order.endedByAbsence,
      seenAtVenue: order.seenAtVenue,
      tradeIdsExpected: order.tradeIds,
      tradeIdsBooked: this.orders.fillsOf(record.orderId).map((fill) => fill.record.tradeId),
    };
  }
}

/** A reversed fill has no parts left, so nothing of it can be corrected. */
function ourFill({ record, parts, atAverage }: StoredFill): OurFill {
  const { tradeId, orderId, state, shareMicros, notionalMicros } = record;
  const isOpen = atAverage === true && parts.length > 0;
  return { tradeId, orderId, state, ...(isOpen ? { average: { shareMicros, notionalMicros } } : {}) };
}
