/**
 * Evidence about our orders, from the user channel and from reads: fills are booked, orders move, all in one transaction. What
 * follows from what is domain/reconcile's to say; here it is gathered and done.
 */
import type { TokenId } from '../../../domain/ids.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { cash, shares } from '../../../domain/money.ts';
import { absentSinceAfter } from '../../../domain/orders/order-course.ts';
import { provesArrival } from '../../../domain/orders/order-state.ts';
import type { FillReport, OrderId, OrderReport } from '../../../domain/orders/orders.ts';
import { fillKey, type OurFill, type OurOrder } from '../../../domain/orders/our-order.ts';
import { type Difference, reconcile, type VenueView } from '../../../domain/orders/reconcile.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { LiveAccount } from './account.ts';
import type { FillBooking } from './fill-booking.ts';
import type { OrderChanges } from './order-changes.ts';
import { type OrderStore, type StoredOrder, union } from './order-store.ts';

/** What one frame or one round of reads told. A read that failed is missing or null, never empty. */
export interface Told extends Omit<VenueView, 'nowMs' | 'orders'> {
  readonly orders: ReadonlyMap<OrderId, OrderReport | 'ABSENT'>;
  /** Fees of tokens in which something external was told. */
  readonly fees?: ReadonlyMap<TokenId, FeeSchedule | null>;
}

export interface EvidenceParts {
  readonly kv: WalletKeyValue;
  readonly ports: ObjectPorts;
  readonly orders: OrderStore;
  readonly fills: FillBooking;
  readonly changes: OrderChanges;
  readonly account: LiveAccount;
  /** How long an order must have been unseen before its absence is a fact. */
  readonly graceMs: () => number;
  /** Fills have changed: waiting sales may go on. */
  readonly settled: () => void;
}

/** An order that the venue said "not now" to is absent when it has not been seen for this long. */
const WAIT_CLASS_GRACE_MS = 2_000;

export class LiveEvidence {
  constructor(private readonly parts: EvidenceParts) {}

  /**
   * Takes what the venue told: fills are booked, orders move, all in one transaction. Returns the orders that are proven
   * absent, which `absent` then ends or sends again, and how the ledger differs from the account where that was read.
   */
  take(heard: Told): { readonly absent: readonly OrderId[]; readonly differences: readonly Difference[] } {
    const told = { ...heard, fills: this.sinceOpening(heard.fills) };
    const { ports, orders, fills, account } = this.parts;
    const absent: OrderId[] = [];
    const differences: Difference[] = [];
    ports.storage.transaction(() => {
      this.noteTrades(told.orders);
      const view = { ...told, nowMs: ports.nowMs() };
      const actions = reconcile({
        orders: this.concerned(told).map((order) => this.ourOrder(order)),
        fills: this.concernedFills(told.fills ?? []),
        openedAtMs: account.openedAtMs() ?? Number.POSITIVE_INFINITY,
        graceMs: this.parts.graceMs(),
        view,
      });
      const folded = new Set<OrderId>();
      for (const action of actions) {
        if (action.kind === 'difference') differences.push(action);
        else if (action.kind === 'orderEvent') {
          if (action.event === 'PROVEN_ABSENT') absent.push(action.orderId);
        } else if (action.kind === 'bookFill') {
          const { report } = action;
          const order = orders.byId(report.orderId);
          fills.take(report, order, order?.fee ?? told.fees?.get(report.tokenId) ?? null);
          folded.add(report.orderId);
        } else {
          const fill = orders.fill(action.tradeId, action.orderId);
          if (fill !== undefined) fills.move(fill, action.state, action.txHash);
          if (action.kind === 'reverseFill' || action.state === 'CONFIRMED') folded.add(action.orderId);
        }
      }
      for (const orderId of folded) this.parts.changes.fold(orderId);
      for (const action of actions) {
        if (action.kind !== 'orderEvent' || action.event === 'PROVEN_ABSENT') continue;
        const more = provesArrival(action.event) ? { seenAtVenue: true } : {};
        this.parts.changes.change(
          action.orderId,
          [action.event],
          action.reason === '' ? {} : { lastError: action.reason },
          more,
        );
      }
      this.noteAbsence(told, { booked: folded, nowMs: view.nowMs });
      if (folded.size > 0) this.parts.settled();
    });
    return { absent, differences };
  }

  /** Without the trades that the opening balance already holds: the venue goes on telling how they settle. */
  private sinceOpening(fills: Told['fills']): Told['fills'] {
    const known = new Set(this.parts.kv.get('openingTrades') ?? []);
    return known.size === 0 || fills === null ? fills : fills.filter((fill) => !known.has(fillKey(fill)));
  }

  /** Since when the venue has not known an order that it had: one empty read is no end. */
  private noteAbsence(
    told: Told,
    { booked, nowMs }: { readonly booked: ReadonlySet<OrderId>; readonly nowMs: number },
  ): void {
    const { orders } = this.parts;
    for (const orderId of new Set([...told.orders.keys(), ...booked])) {
      const order = orders.byId(orderId);
      if (order === undefined) continue;
      const { absentSinceMs } = order;
      const round = { report: told.orders.get(orderId), isNews: booked.has(orderId), nowMs };
      const next = absentSinceAfter({ state: order.record.state, absentSinceMs }, round);
      if (next !== absentSinceMs) orders.put({ ...order, absentSinceMs: next }, false);
    }
  }

  /** Trades that reports name are to be booked before their order may end. */
  private noteTrades(reports: Told['orders']): void {
    for (const [orderId, report] of reports) {
      const order = this.parts.orders.byId(orderId);
      if (report === 'ABSENT' || order === undefined) continue;
      const tradeIds = union(order.tradeIds, report.tradeIds);
      if (tradeIds.length > order.tradeIds.length || !order.seenAtVenue)
        this.parts.orders.put({ ...order, tradeIds, seenAtVenue: true }, false);
    }
  }

  /** Open orders, and ended ones that the told fills or reports name. */
  private concerned(told: Told): readonly StoredOrder[] {
    const { orders } = this.parts;
    const named = [...told.orders.keys(), ...(told.fills ?? []).map((fill) => fill.orderId)];
    const found = new Map(orders.open().map((order) => [order.record.orderId, order]));
    for (const orderId of named) {
      if (found.has(orderId)) continue;
      const order = orders.byId(orderId);
      if (order !== undefined) found.set(orderId, order);
    }
    return [...found.values()];
  }

  private concernedFills(reports: readonly FillReport[]): readonly OurFill[] {
    const { orders } = this.parts;
    const keys = new Map(reports.map((report) => [fillKey(report), report]));
    const stored = [...keys.values()].map((report) => orders.fill(report.tradeId, report.orderId));
    const provisional = orders.provisional();
    const all = [...stored.filter((fill) => fill !== undefined), ...provisional];
    const unique = new Map(all.map((fill) => [fillKey(fill.record), fill.record]));
    return [...unique.values()].map(({ tradeId, orderId, state }) => ({
      tradeId,
      orderId: orderId as OrderId,
      state,
    }));
  }

  private ourOrder(order: StoredOrder): OurOrder {
    const { record, intent } = order;
    // "Not now" is an answer: such an order counts as absent sooner than one that nobody answered for.
    const earlierMs = order.waitClass ? Math.max(0, this.parts.graceMs() - WAIT_CLASS_GRACE_MS) : 0;
    return {
      orderId: record.orderId as OrderId,
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
      tradeIdsBooked: this.parts.orders.fillsOf(record.orderId).map((fill) => fill.record.tradeId),
    };
  }

  /** Trades that the venue named for the order and that are not booked yet. */
  missingTrades(order: StoredOrder): readonly string[] {
    return order.tradeIds.filter(
      (tradeId) => this.parts.orders.fill(tradeId, order.record.orderId) === undefined,
    );
  }
}
