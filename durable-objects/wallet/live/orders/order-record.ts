/** The document of an order when it is made, for a real order and for one in SHADOW. Pure. */

import { assert } from '../../../../domain/assert.ts';
import type { DecisionFacts } from '../../../../domain/decide/decision-facts.ts';
import type { planOrder } from '../../../../domain/decide/order-plan.ts';
import {
  type CashMicros,
  cash,
  type PriceMicros,
  priceOfFloor,
  type ShareMicros,
  shares,
} from '../../../../domain/money.ts';
import type { reservationOf } from '../../../../domain/orders/order-amounts.ts';
import { predictedFill } from '../../../../domain/orders/predicted-fill.ts';
import type { PlacedOrderRecord } from '../../../../domain/records/live-records.ts';
import { NO_ORDER } from '../../../../domain/records/sentinels.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import type { SignedOrder } from '../../../../polymarket/account/trading-types.ts';
import type { ShadowOrder, StoredOrder } from './order-store.ts';

type Reservation = ReturnType<typeof reservationOf>;

/** After the POST's time is over, its outcome is asked for this much later. */
const FIRST_ASK_DELAY_MS = 1_000;

const NOTHING_KNOWN = {
  tradeIds: [],
  seenAtVenue: false,
  absentSinceMs: null,
  endedByAbsence: false,
  waitClass: false,
  asks: 0,
} as const;

/** The record of an order before anything has left, with the fill that the paper walker predicts for it (A39, A55). */
export function recordOf(given: {
  readonly facts: DecisionFacts;
  readonly planned: Extract<ReturnType<typeof planOrder>, { kind: 'order' }>;
  readonly signed: SignedOrder;
}): PlacedOrderRecord {
  const { facts, planned, signed } = given;
  const { intent, market, book, nowMs } = facts;
  assert(market !== null && book !== null, 'an order without a market or a book');
  const { order } = planned;
  const { orderId } = signed;
  const predicted = predictedFill(order, book, market.fee);
  return {
    kind: 'liveOrder',
    orderKey: orderId,
    shadow: false,
    orderId,
    idempotencyKey: intent.idempotencyKey,
    leaderAddress: intent.leaderAddress,
    groupKey: intent.groupKey,
    tokenId: order.tokenId,
    conditionId: intent.conditionId,
    side: order.side,
    orderType: order.orderType,
    state: 'PREPARED',
    limitPriceMicros: order.limitPriceMicros,
    shareMicros: shares(order.side === 'BUY' ? order.takerMicros : order.makerMicros),
    makerMicros: order.makerMicros,
    takerMicros: order.takerMicros,
    tickPriceMicros: market.tickPriceMicros,
    orderShareMicrosMin: market.orderShareMicrosMin,
    protocolVersion: order.protocolVersion,
    negRisk: order.negRisk,
    bestPriceMicros: planned.bestPriceMicros,
    bookAgeMs: Math.max(0, nowMs - book.asOfMs),
    publicBody: signed.publicBody,
    filledShareMicros: shares(0n),
    filledNotionalMicros: cash(0n),
    feeMicros: cash(0n),
    predictedShareMicros: predicted.shareMicros,
    predictedNotionalMicros: predicted.notionalMicros,
    predictedFeeMicros: predicted.feeMicros,
    submits: 1,
    lastError: '',
    createdAtMs: nowMs,
    submittedAtMs: nowMs,
    answeredAtMs: null,
    finalAtMs: null,
    revision: 1,
  };
}

/** The order as it is stored before its POST: nothing is known of it at the venue yet. */
export function realOrder(
  record: PlacedOrderRecord,
  body: string,
  given: {
    readonly facts: DecisionFacts;
    readonly reservation: Reservation;
    readonly settings: ModeSettings;
  },
): StoredOrder {
  const { facts, reservation, settings } = given;
  const takerDelayMs = facts.market?.takerDelayMs ?? 0;
  const timeoutMs = settings.submitTimeoutMs + takerDelayMs;
  return {
    ...NOTHING_KNOWN,
    takerDelayMs,
    record,
    body,
    intent: facts.intent,
    fee: facts.market?.fee ?? null,
    reservedCashMicros: reservation.cashMicros,
    reservedShareMicros: reservation.shareMicros,
    timeoutMs,
    sentAtMs: facts.nowMs,
    nextAskAtMs: facts.nowMs + timeoutMs + FIRST_ASK_DELAY_MS,
  };
}

/** The order as it would have been: it never leaves. */
export function shadowOrder(record: PlacedOrderRecord, facts: DecisionFacts): ShadowOrder {
  return {
    ...NOTHING_KNOWN,
    record: {
      ...record,
      orderKey: `shadow:${record.idempotencyKey}`,
      shadow: true,
      orderId: NO_ORDER,
      state: 'SHADOW_ONLY',
      submits: 0,
      submittedAtMs: null,
      finalAtMs: facts.nowMs,
    },
    body: '',
    intent: facts.intent,
    fee: facts.market?.fee ?? null,
    reservedCashMicros: cash(0n),
    reservedShareMicros: shares(0n),
    timeoutMs: 0,
    sentAtMs: 0,
    nextAskAtMs: 0,
  };
}

/** The average price of a fill's totals, rounded down; null of nothing. */
export function averageOf(shareMicros: ShareMicros, notionalMicros: CashMicros): PriceMicros | null {
  return shareMicros > 0n ? priceOfFloor(notionalMicros, shareMicros) : null;
}

/** Trades named so far and now, each once. */
export function union(known: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...known, ...more])];
}

/** Its POST may be on the way: it is not answered yet. */
export function isPosted({ record }: StoredOrder): boolean {
  return record.state === 'PREPARED' || record.state === 'SUBMITTED';
}
