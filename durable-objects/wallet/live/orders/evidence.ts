/**
 * Evidence about our orders, from the user channel and from reads: fills are booked and orders move, all in one transaction.
 * What follows from a report is decided in domain/orders/reconcile; here it is carried out.
 */
import type { TokenId } from '../../../../domain/ids.ts';
import type { FeeSchedule } from '../../../../domain/market/market.ts';
import { cash } from '../../../../domain/money.ts';
import { absentSinceAfter } from '../../../../domain/orders/order-course.ts';
import { provesArrival } from '../../../../domain/orders/order-state.ts';
import type { OrderId, OrderReport } from '../../../../domain/orders/orders.ts';
import { fillKey } from '../../../../domain/orders/our-order.ts';
import { type Difference, reconcile, type VenueView } from '../../../../domain/orders/reconcile.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { AccountState } from '../account/account-state.ts';
import type { FillBooking } from './fill-booking.ts';
import type { OrderChanges } from './order-changes.ts';
import { union } from './order-record.ts';
import type { OrderStore } from './order-store.ts';
import type { OurRecords } from './our-records.ts';

/** What one frame or one round of reads reported. A read that failed is missing or null, never empty. */
export interface VenueReports extends Omit<VenueView, 'nowMs' | 'orders'> {
  readonly orders: ReadonlyMap<OrderId, OrderReport | 'ABSENT'>;
  /** Fees of tokens in which external fills were reported. */
  readonly fees?: ReadonlyMap<TokenId, FeeSchedule | null>;
}

type Action = ReturnType<typeof reconcile>[number];

export interface Taken {
  /** Orders that are proven absent; the caller ends them or sends them again. */
  readonly absent: readonly OrderId[];
  /** How the ledger differs from the account, where that was read. */
  readonly differences: readonly Difference[];
}

export class LiveEvidence {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly orders: OrderStore,
    private readonly ours: OurRecords,
    private readonly fills: FillBooking,
    private readonly changes: OrderChanges,
    private readonly account: AccountState,
  ) {}

  /** Reports of nothing at all, to be filled with what was read. */
  nothing(): VenueReports {
    return {
      orders: new Map(),
      fills: [],
      collateralMicros: null,
      positions: null,
      ledgerCashMicros: cash(0n),
      ledgerShares: new Map(),
      settling: this.orders.open().length > 0 || this.orders.provisional().length > 0,
    };
  }

  /** Books what was reported and moves orders, in one transaction. */
  take(received: VenueReports): Taken {
    const reports = { ...received, fills: this.sinceOpening(received.fills) };
    return this.ports.storage.transaction(() => {
      this.noteTrades(reports.orders);
      const nowMs = this.ports.nowMs();
      const named = [...reports.orders.keys(), ...(reports.fills ?? []).map((fill) => fill.orderId)];
      const actions = reconcile({
        orders: this.ours.ordersFor(named),
        fills: this.ours.fillsFor(reports.fills ?? []),
        openedAtMs: this.account.openedAtMs() ?? Number.POSITIVE_INFINITY,
        graceMs: this.ours.graceMs(),
        view: { ...reports, nowMs },
      });
      const booked = this.bookFills(actions, reports);
      for (const orderId of booked) this.changes.fold(orderId);
      for (const action of actions) this.moveOrder(action);
      this.noteAbsence(reports, { booked, nowMs });
      return {
        absent: actions.flatMap((one) =>
          one.kind === 'orderEvent' && one.event === 'PROVEN_ABSENT' ? [one.orderId] : [],
        ),
        differences: actions.filter((one) => one.kind === 'difference'),
      };
    });
  }

  /** Without the trades that the opening balance already contains: the venue keeps reporting their settlement. */
  private sinceOpening(fills: VenueReports['fills']): VenueReports['fills'] {
    const known = new Set(this.account.openingTrades());
    return known.size === 0 || fills === null ? fills : fills.filter((fill) => !known.has(fillKey(fill)));
  }

  /** Trades that reports name must be booked before their order may end. */
  private noteTrades(reports: VenueReports['orders']): void {
    for (const [orderId, report] of reports) {
      const order = this.orders.byId(orderId);
      if (report === 'ABSENT' || order === undefined) continue;
      const tradeIds = union(order.tradeIds, report.tradeIds);
      if (tradeIds.length > order.tradeIds.length || !order.seenAtVenue)
        this.orders.put({ ...order, tradeIds, seenAtVenue: true }, false);
    }
  }

  /** Returns the orders whose totals have changed. */
  private bookFills(actions: readonly Action[], reports: VenueReports): ReadonlySet<OrderId> {
    const booked = new Set<OrderId>();
    for (const action of actions) {
      if (action.kind === 'bookFill') {
        const { report } = action;
        const order = this.orders.byId(report.orderId);
        this.fills.take(report, order, order?.fee ?? reports.fees?.get(report.tokenId) ?? null);
        booked.add(report.orderId);
      } else if (action.kind === 'correctFill') {
        const { report } = action;
        const order = this.orders.byId(report.orderId);
        // Without the fee schedule of a market that is not ours the fee stays as it was booked.
        this.fills.correct(report, order === undefined ? reports.fees?.get(report.tokenId) : order.fee);
        booked.add(report.orderId);
      } else if (action.kind === 'moveFill' || action.kind === 'reverseFill') {
        const fill = this.orders.fill(action.tradeId, action.orderId);
        if (fill !== undefined) this.fills.move(fill, action.state, action.txHash);
        if (action.kind === 'reverseFill' || action.state === 'CONFIRMED') booked.add(action.orderId);
      }
    }
    return booked;
  }

  /** An order that is proven absent is left to the caller, who may send it again. */
  private moveOrder(action: Action): void {
    if (action.kind !== 'orderEvent' || action.event === 'PROVEN_ABSENT') return;
    const { orderId, event, reason } = action;
    const more = provesArrival(event) ? { seenAtVenue: true } : {};
    this.changes.change(orderId, [event], reason === '' ? {} : { lastError: reason }, more);
  }

  /** Since when the venue has not known an order that it had: one empty read does not end it. */
  private noteAbsence(
    reports: VenueReports,
    { booked, nowMs }: { readonly booked: ReadonlySet<OrderId>; readonly nowMs: number },
  ): void {
    for (const orderId of new Set([...reports.orders.keys(), ...booked])) {
      const order = this.orders.byId(orderId);
      if (order === undefined) continue;
      const { absentSinceMs } = order;
      const round = { report: reports.orders.get(orderId), isNews: booked.has(orderId), nowMs };
      const next = absentSinceAfter({ state: order.record.state, absentSinceMs }, round);
      if (next !== absentSinceMs) this.orders.put({ ...order, absentSinceMs: next }, false);
    }
  }
}
