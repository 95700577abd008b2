/**
 * The one place where a stored order changes: by the table of domain/order-state, with its attempt refreshed and its row told
 * to D1 when something that people see has moved.
 */
import { InvariantError } from '../../../domain/assert.ts';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import {
  endedByAbsenceAfter,
  eventsFrom,
  isFinal,
  nextState,
  type OrderEvent,
  provesArrival,
} from '../../../domain/orders/order-state.ts';
import type { OrderId } from '../../../domain/orders/orders.ts';
import type { LiveOrderRecord } from '../../../domain/records/live-records.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { AttemptLog } from './attempt-log.ts';
import { averageOf } from './order-record.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

export interface OrderChangesParts {
  readonly ports: ObjectPorts;
  readonly orders: OrderStore;
  readonly attempts: AttemptLog;
  /** An order has ended or a fill has become final: waiting sales may go on. */
  readonly settled: () => void;
  /** An order that had ended is open after all. */
  readonly reopened: () => void;
  /** The Wallet's words for what happened last. */
  readonly noteError: (message: string) => void;
}

export class OrderChanges {
  constructor(private readonly parts: OrderChangesParts) {}

  /** Moves the order through the events and stores it; an event that its state does not know is shown, and changes nothing. */
  change(
    orderId: OrderId,
    events: readonly OrderEvent[],
    record: Partial<LiveOrderRecord>,
    more: Partial<StoredOrder> = {},
  ): StoredOrder | undefined {
    const { orders, ports } = this.parts;
    const order = orders.byId(orderId);
    if (order === undefined) return undefined;
    let { state } = order.record;
    let { endedByAbsence, absentSinceMs } = order;
    try {
      for (const told of events) {
        for (const event of eventsFrom({ state, endedByAbsence }, told)) {
          state = nextState(state, event);
          endedByAbsence = endedByAbsenceAfter(endedByAbsence, event);
          if (event === 'POST_STARTED' || provesArrival(event)) absentSinceMs = null;
        }
      }
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      ports.log('error', 'an order was told something impossible', { orderId, reason: reasonOf(error) });
      this.parts.noteError(`order ${orderId.slice(0, 10)}…: ${reasonOf(error)}`);
    }
    const ended = isFinal(state);
    const reopened = isFinal(order.record.state) && !ended;
    const finalAtMs = ended ? (order.record.finalAtMs ?? ports.nowMs()) : null;
    const again = reopened ? { asks: 0, nextAskAtMs: ports.nowMs() } : {};
    const next: StoredOrder = {
      ...order,
      endedByAbsence,
      absentSinceMs,
      ...more,
      ...again,
      record: { ...order.record, ...record, state, finalAtMs },
    };
    const told = changed(order.record, next.record);
    const stored = orders.put(next, told);
    if (told) this.refreshAttempt(stored);
    if (ended && !isFinal(order.record.state)) this.parts.settled();
    if (reopened) this.parts.reopened();
    return stored;
  }

  /** The totals of an order are a fold over its fills that have not FAILED. */
  fold(orderId: OrderId): void {
    const total = this.parts.orders
      .fillsOf(orderId)
      .filter(({ record }) => record.state !== 'FAILED')
      .reduce(
        (sum, { record }) => ({
          filledShareMicros: sum.filledShareMicros + record.shareMicros,
          filledNotionalMicros: sum.filledNotionalMicros + record.notionalMicros,
          feeMicros: sum.feeMicros + record.feeMicros,
        }),
        { filledShareMicros: 0n, filledNotionalMicros: 0n, feeMicros: 0n },
      );
    this.change(orderId, [], total, { seenAtVenue: true });
  }

  private refreshAttempt({ record }: StoredOrder): void {
    this.parts.attempts.refresh(record.idempotencyKey, {
      reasons: reasonsOf(record),
      filledShareMicros: record.filledShareMicros,
      filledNotionalMicros: record.filledNotionalMicros,
      feeMicros: record.feeMicros,
      vwapPriceMicros: averageOf(record.filledShareMicros, record.filledNotionalMicros),
    });
  }
}

/** How an order that did not end in a fill ended, as its attempt tells it. */
function reasonsOf(record: LiveOrderRecord): readonly ReasonCode[] {
  if (record.filledShareMicros > 0n) return [];
  if (record.state === 'UNKNOWN') return ['LIVE_ORDER_UNKNOWN'];
  if (record.state === 'CANCELED') return ['LIVE_NO_FILL'];
  if (record.state !== 'REJECTED') return [];
  return [
    record.answeredAtMs !== null && record.lastError !== NEVER_ARRIVED
      ? 'LIVE_ORDER_REJECTED'
      : 'LIVE_NEVER_ARRIVED',
  ];
}

/** What is written on an order whose absence is proven. */
export const NEVER_ARRIVED = 'the venue never had it';

function changed(before: LiveOrderRecord, after: LiveOrderRecord): boolean {
  return (Object.keys(after) as (keyof LiveOrderRecord)[]).some((field) => before[field] !== after[field]);
}
