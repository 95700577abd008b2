/** A small record of ours to which the actions of reconcile are applied, as the Wallet does; and builders of what the venue says. */
import type { IdempotencyKey } from '../../../domain/ids.ts';
import { add, cash, price, type ShareMicros, shares, sub } from '../../../domain/money.ts';
import { fillCash } from '../../../domain/orders/live-fees.ts';
import { absentSinceAfter } from '../../../domain/orders/order-course.ts';
import { endedByAbsenceAfter, nextState, provesArrival } from '../../../domain/orders/order-state.ts';
import {
  type FillReport,
  type FillState,
  type OrderId,
  type OrderReport,
  type OrderState,
  parseOrderId,
  type ReportStatus,
} from '../../../domain/orders/orders.ts';
import { fillKey, type OurFill, type OurOrder } from '../../../domain/orders/our-order.ts';
import { type ReconcileAction, reconcile, type VenueView } from '../../../domain/orders/reconcile.ts';
import { CONDITION, exampleFacts, NOW, TOKEN } from '../decide/example-facts.ts';

export const GRACE_MS = 30_000;
export const SENT_AT_MS = NOW - 100_000;
/** The account was first read a little before the example's orders. */
export const OPENED_AT_MS = NOW - 200_000;

export function orderId(digit: string): OrderId {
  return parseOrderId(`0x${digit.repeat(64)}`)!;
}

export interface OurRecord {
  readonly orders: readonly OurOrder[];
  readonly fills: readonly OurFill[];
  /** Cash and shares that bookings and reversals have moved. */
  readonly cashMicros: bigint;
  readonly shareMicros: bigint;
}

/** A FAK BUY of $20 for 40 shares that was sent 100 s ago; no answer came. */
export function ourOrder(change: Partial<OurOrder> = {}): OurOrder {
  return {
    orderId: orderId('a'),
    idempotencyKey: exampleFacts().intent.idempotencyKey satisfies IdempotencyKey,
    state: 'UNKNOWN',
    side: 'BUY',
    tokenId: TOKEN,
    orderType: 'FAK',
    makerMicros: 20_000_000n,
    takerMicros: 40_000_000n,
    filledShareMicros: shares(0n),
    filledNotionalMicros: cash(0n),
    lastSentAtMs: SENT_AT_MS,
    seenAtVenue: false,
    absentSinceMs: null,
    endedByAbsence: false,
    tradeIdsExpected: [],
    tradeIdsBooked: [],
    ...change,
  };
}

export function record(...orders: readonly OurOrder[]): OurRecord {
  return { orders, fills: [], cashMicros: 0n, shareMicros: 0n };
}

/** A fill at 0.50, of the example's order as a taker. */
export function fill(tradeId: string, wholeShares: number, change: Partial<FillReport> = {}): FillReport {
  const shareMicros = shares(BigInt(wholeShares) * 1_000_000n);
  const priceMicros = change.priceMicros ?? price(500_000n);
  return {
    tradeId,
    orderId: orderId('a'),
    role: 'TAKER',
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    shareMicros,
    priceMicros,
    legs: [{ shareMicros, priceMicros }],
    atAverage: false,
    state: 'MATCHED' satisfies FillState,
    txHash: '',
    matchedAtMs: SENT_AT_MS + 100,
    ...change,
  };
}

export function report(status: ReportStatus, change: Partial<OrderReport> = {}): OrderReport {
  return {
    orderId: orderId('a'),
    tokenId: TOKEN,
    side: 'BUY',
    status,
    rawStatus: status,
    matchedShareMicros: shares(0n),
    tradeIds: [],
    ...change,
  };
}

export interface Said extends Partial<Omit<VenueView, 'orders'>> {
  /** Of the example's order. */
  readonly order?: OrderReport | 'ABSENT';
  readonly orders?: readonly (readonly [OrderId, OrderReport | 'ABSENT'])[];
}

/** What the venue says; nothing where nothing is named, and no difference. */
export function view(said: Said = {}): VenueView {
  const { order, orders = [], ...rest } = said;
  return {
    nowMs: NOW,
    orders: new Map([...(order === undefined ? [] : [[orderId('a'), order] as const]), ...orders]),
    fills: [],
    collateralMicros: null,
    positions: null,
    ledgerCashMicros: cash(0n),
    ledgerShares: new Map(),
    settling: false,
    ...rest,
  };
}

export function actionsFor({ orders, fills }: OurRecord, seen: VenueView): readonly ReconcileAction[] {
  return reconcile({ orders, fills, openedAtMs: OPENED_AT_MS, graceMs: GRACE_MS, view: seen });
}

function signed(side: 'BUY' | 'SELL', size: ShareMicros): bigint {
  return side === 'BUY' ? size : -size;
}

/** One action applied, as the Wallet would. `reports` has the amounts of a fill that is reversed. */
function applied(before: OurRecord, action: ReconcileAction, reports: readonly FillReport[]): OurRecord {
  switch (action.kind) {
    case 'difference':
      return before;
    case 'orderEvent': {
      const orders = before.orders.map((order) => {
        if (order.orderId !== action.orderId) return order;
        const state: OrderState = nextState(order.state, action.event);
        return {
          ...order,
          state,
          seenAtVenue: order.seenAtVenue || provesArrival(action.event),
          endedByAbsence: endedByAbsenceAfter(order.endedByAbsence, action.event),
        };
      });
      return { ...before, orders };
    }
    case 'bookFill': {
      const { tradeId, orderId: of, state, shareMicros, atAverage } = action.report;
      const { notionalMicros } = fillCash(action.report, null);
      const average = atAverage ? { average: { shareMicros, notionalMicros } } : {};
      const fills = [...before.fills, { tradeId, orderId: of, state, ...average }];
      return moved({ ...before, fills }, action.report, 1n);
    }
    case 'correctFill':
      return correctedBy(before, action.report);
    case 'moveFill':
    case 'reverseFill': {
      const fills = before.fills.map((one) =>
        one.tradeId === action.tradeId && one.orderId === action.orderId
          ? { ...one, state: action.state }
          : one,
      );
      const amounts = reports.find((one) => one.tradeId === action.tradeId && one.orderId === action.orderId);
      const after = { ...before, fills };
      return action.kind === 'reverseFill' && amounts !== undefined ? moved(after, amounts, -1n) : after;
    }
  }
}

/** The fill of the report has the cash of its legs. */
function correctedBy(before: OurRecord, one: FillReport): OurRecord {
  const known = before.fills.find((fill) => fillKey(fill) === fillKey(one))!;
  const change = sub(fillCash(one, null).notionalMicros, known.average!.notionalMicros);
  const { tradeId, orderId: of, state } = known;
  return {
    ...before,
    cashMicros: before.cashMicros - signed(one.side, shares(change)),
    fills: before.fills.map((fill) => (fill === known ? { tradeId, orderId: of, state } : fill)),
    orders: before.orders.map((order) =>
      order.orderId === of
        ? { ...order, filledNotionalMicros: add(order.filledNotionalMicros, change) }
        : order,
    ),
  };
}

/** The amounts of a fill booked or undone: in the totals, and in the order that it is of. */
function moved(before: OurRecord, one: FillReport, sign: 1n | -1n): OurRecord {
  const { notionalMicros, cashDeltaMicros } = fillCash(one, null);
  const into = sign === 1n ? add : sub;
  return {
    ...before,
    cashMicros: before.cashMicros + sign * cashDeltaMicros,
    shareMicros: before.shareMicros + sign * signed(one.side, one.shareMicros),
    orders: before.orders.map((order) =>
      order.orderId !== one.orderId
        ? order
        : {
            ...order,
            filledShareMicros: into(order.filledShareMicros, one.shareMicros),
            filledNotionalMicros: into(order.filledNotionalMicros, notionalMicros),
            tradeIdsBooked: [...new Set([...order.tradeIdsBooked, one.tradeId])],
          },
    ),
  };
}

/** The record after one round: its actions, and then since when each order is absent. */
export function roundOf(before: OurRecord, seen: VenueView): OurRecord {
  const actions = actionsFor(before, seen);
  const after = actions.reduce((now, action) => applied(now, action, seen.fills ?? []), before);
  const news = new Set(
    actions.flatMap((action) => (action.kind === 'bookFill' ? [action.report.orderId] : [])),
  );
  const orders = after.orders.map((order) => {
    const seenNow = {
      report: seen.orders.get(order.orderId),
      isNews: news.has(order.orderId),
      nowMs: seen.nowMs,
    };
    return { ...order, absentSinceMs: absentSinceAfter(order, seenNow) };
  });
  return { ...after, orders };
}

/** Actions as lines: 'book t1 40 APP', 'FILLED_WHOLE', 'CASH 1 → 2'. */
export function words(actions: readonly ReconcileAction[]): string {
  return actions
    .map((action) => {
      switch (action.kind) {
        case 'bookFill':
          return `book ${action.report.tradeId} ${action.report.state} ${action.origin}`;
        case 'correctFill':
          return `correct ${action.report.tradeId}`;
        case 'moveFill':
          return `move ${action.tradeId} ${action.state}`;
        case 'reverseFill':
          return `reverse ${action.tradeId}`;
        case 'orderEvent':
          return action.event;
        case 'difference':
          return `${action.subject} ${action.ledgerMicros} → ${action.venueMicros}`;
      }
    })
    .join(', ');
}
