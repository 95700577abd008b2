/**
 * The one place where a stored order changes: by the table of domain/orders/order-state, with its attempt refreshed and its
 * row sent to D1 when something that pages show has changed.
 */

import { InvariantError } from '../../../../domain/assert.ts';
import type { ReasonCode } from '../../../../domain/decide/reasons.ts';
import { SHARE_STEP_MICROS } from '../../../../domain/market/market.ts';
import { add, cash, floorToStep, max, type ShareMicros, shares, sub } from '../../../../domain/money.ts';
import {
  endedByAbsenceAfter,
  eventsFrom,
  isFinal,
  nextState,
  type OrderEvent,
  provesArrival,
} from '../../../../domain/orders/order-state.ts';
import { LASTING_CAUSES, type OrderId } from '../../../../domain/orders/orders.ts';
import type { PlacedOrderRecord } from '../../../../domain/records/live-records.ts';
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { AttemptLog } from '../../attempt-log.ts';
import type { OwedExits } from '../../exits/owed-exits.ts';
import type { WalletKeyValue } from '../../keys.ts';
import type { OffOrders } from '../off-orders.ts';
import type { LiveSchedule } from '../schedule.ts';
import { noteAnswerTime } from './answer-times.ts';
import { averageOf } from './order-record.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

/** A longer message is cut. */
const ERROR_LENGTH_MAX = 200;

export class OrderChanges {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly orders: OrderStore,
    private readonly attempts: AttemptLog,
    private readonly off: OffOrders,
    private readonly schedule: LiveSchedule,
    private readonly owed: OwedExits,
  ) {}

  /** What the Status page shows as the last thing that went wrong with an order. */
  noteError(message: string): void {
    this.kv.put('lastError', { message: message.slice(0, ERROR_LENGTH_MAX), atMs: this.ports.nowMs() });
  }

  /**
   * Moves the order through the events and stores it; `record` and `more` are stored with it. An event that is impossible in
   * the order's state changes no state; it is logged and shown as the last error. Undefined for an order that is not ours.
   */
  change(
    orderId: OrderId,
    events: readonly OrderEvent[],
    record: Partial<PlacedOrderRecord>,
    more: Partial<StoredOrder> = {},
  ): StoredOrder | undefined {
    const { orders, ports } = this;
    const order = orders.byId(orderId);
    if (order === undefined) return undefined;
    let { state } = order.record;
    let { endedByAbsence, absentSinceMs } = order;
    try {
      for (const reported of events) {
        for (const event of eventsFrom({ state, endedByAbsence }, reported)) {
          state = nextState(state, event);
          endedByAbsence = endedByAbsenceAfter(endedByAbsence, event);
          if (event === 'POST_STARTED' || provesArrival(event)) absentSinceMs = null;
        }
      }
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      ports.log('error', 'an event is impossible in the state of its order', {
        orderId,
        reason: reasonOf(error),
      });
      this.noteError(`order ${orderId.slice(0, 10)}…: ${reasonOf(error)}`);
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
    const isVisible = changed(order.record, next.record);
    const stored = orders.put(next, isVisible);
    if (isVisible) this.refreshAttempt(stored);
    noteAnswerTime(this.kv, order, stored);
    this.moveOwed(order, stored);
    if (ended && !isFinal(order.record.state)) this.schedule.settled();
    if (reopened) {
      this.off.cancelSoon();
      this.schedule.watch(ports.nowMs());
    }
    return stored;
  }

  /** Sets the totals of an order to the sum of its fills that have not FAILED; with none left it is not FILLED (A58). Waiting sales may go on. */
  fold(orderId: OrderId): void {
    const fills = this.orders.fillsOf(orderId);
    const allFailed = fills.length > 0 && fills.every(({ record }) => record.state === 'FAILED');
    const wasFilled = this.orders.byId(orderId)?.record.state === 'FILLED';
    const total = fills
      .filter(({ record }) => record.state !== 'FAILED')
      .reduce(
        (sum, { record }) => ({
          filledShareMicros: add(sum.filledShareMicros, record.shareMicros),
          filledNotionalMicros: add(sum.filledNotionalMicros, record.notionalMicros),
          feeMicros: add(sum.feeMicros, record.feeMicros),
        }),
        { filledShareMicros: shares(0n), filledNotionalMicros: cash(0n), feeMicros: cash(0n) },
      );
    const events: readonly OrderEvent[] = allFailed && wasFilled ? ['TRADES_FAILED'] : [];
    this.change(orderId, events, total, { seenAtVenue: true, allFailed });
    this.schedule.settled();
  }

  /** What of a sale is proven unsold is owed; a late fill lowers that, and a FAILED trade raises it again (A44). */
  private moveOwed(before: StoredOrder, after: StoredOrder): void {
    if (after.record.side !== 'SELL') return;
    const unsold = sub(unsoldShares(after), unsoldShares(before));
    const sold = sub(after.record.filledShareMicros, before.record.filledShareMicros);
    if (unsold === 0n && sold === 0n) return;
    const held = after.record.createdAtMs <= this.off.loweredAtMs(after.intent.leaderAddress);
    this.owed.orderMoved(after.intent, { unsold, sold, cause: exitCause(after), held });
  }

  private refreshAttempt(order: StoredOrder): void {
    const { record } = order;
    this.attempts.refresh(record.idempotencyKey, {
      reasons: reasonsOf(order),
      filledShareMicros: record.filledShareMicros,
      filledNotionalMicros: record.filledNotionalMicros,
      feeMicros: record.feeMicros,
      vwapPriceMicros: averageOf(record.filledShareMicros, record.filledNotionalMicros),
    });
  }
}

/** The reasons in the attempt of an order that has no fill. */
function reasonsOf(order: StoredOrder): readonly ReasonCode[] {
  const { record } = order;
  if (record.filledShareMicros > 0n) return [];
  if (record.state === 'UNKNOWN') return ['LIVE_ORDER_UNKNOWN'];
  if (record.state === 'CANCELED') return [canceledReason(order)];
  if (record.state !== 'REJECTED') return [];
  return [
    record.answeredAtMs !== null && record.lastError !== NEVER_ARRIVED
      ? 'LIVE_ORDER_REJECTED'
      : 'LIVE_NEVER_ARRIVED',
  ];
}

/** Why an order was cancelled without a fill: its trades FAILED (A58), or it was turned away and nothing else was reported (A59). */
function canceledReason({ endedByAbsence, turnedAway, allFailed }: StoredOrder): ReasonCode {
  if (allFailed === true) return 'LIVE_TRADE_FAILED';
  return endedByAbsence ? (turnedAway ?? 'LIVE_NO_FILL') : 'LIVE_NO_FILL';
}

/** Shares of a sale that has ended without selling them; none while it is open. */
function unsoldShares({ record }: StoredOrder): ShareMicros {
  if (!isFinal(record.state)) return shares(0n);
  return floorToStep(max(sub(record.shareMicros, record.filledShareMicros), shares(0n)), SHARE_STEP_MICROS);
}

/** Why a sale ended unsold: a refusal that the next order would meet again blocks the exit, any other passes (A44). */
function exitCause(order: StoredOrder): ReasonCode {
  const { record, refusal } = order;
  if (record.state !== 'REJECTED') return canceledReason(order);
  if (refusal !== undefined && LASTING_CAUSES.includes(refusal)) return 'LIVE_ORDER_REJECTED';
  if (refusal === 'INSUFFICIENT_FUNDS') return 'LIVE_SHARES_NOT_THERE_YET';
  return refusal === undefined && record.answeredAtMs === null
    ? 'LIVE_NEVER_ARRIVED'
    : 'LIVE_REFUSED_FOR_NOW';
}

/** The error of an order whose absence is proven. */
export const NEVER_ARRIVED = 'the venue never had it';

function changed(before: PlacedOrderRecord, after: PlacedOrderRecord): boolean {
  return (Object.keys(after) as (keyof PlacedOrderRecord)[]).some((field) => before[field] !== after[field]);
}
