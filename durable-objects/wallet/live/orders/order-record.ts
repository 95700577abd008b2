/** The document of an order when it is made, for a real order and for one in SHADOW. Pure. */
import { assert } from '../../../../domain/assert.ts';
import type { DecisionFacts } from '../../../../domain/decide/decision-facts.ts';
import type { planOrder } from '../../../../domain/decide/order-plan.ts';
import type { Book } from '../../../../domain/market/book.ts';
import { cash, priceOfFloor, shares } from '../../../../domain/money.ts';
import type { reservationOf } from '../../../../domain/orders/order-amounts.ts';
import type { PlannedOrder } from '../../../../domain/orders/orders.ts';
import { paperFills, totalOf } from '../../../../domain/portfolio/paper-fills.ts';
import type { LiveOrderRecord } from '../../../../domain/records/live-records.ts';
import type { ModeSettings } from '../../../../domain/settings/settings.ts';
import type { PreparedOrder } from '../../executor.ts';
import type { StoredOrder } from './order-store.ts';

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

/** The record of an order before anything has left; `shadow` makes one that never leaves. */
export function recordOf(given: {
  readonly facts: DecisionFacts;
  readonly planned: Extract<ReturnType<typeof planOrder>, { kind: 'order' }>;
  readonly prepared: PreparedOrder;
  readonly shadow: boolean;
}): LiveOrderRecord {
  const { facts, planned, prepared, shadow } = given;
  const { intent, market, book, nowMs } = facts;
  assert(market !== null && book !== null, 'an order without a market or a book');
  const { order } = planned;
  const { orderId } = prepared.signed;
  return {
    kind: 'liveOrder',
    orderKey: shadow ? `shadow:${intent.idempotencyKey}` : orderId,
    shadow,
    orderId: shadow ? '' : orderId,
    idempotencyKey: intent.idempotencyKey,
    leaderAddress: intent.leaderAddress,
    groupKey: intent.groupKey,
    tokenId: order.tokenId,
    conditionId: intent.conditionId,
    side: order.side,
    orderType: order.orderType,
    state: shadow ? 'SHADOW_ONLY' : 'PREPARED',
    limitPriceMicros: order.limitPriceMicros,
    shareMicros: order.side === 'BUY' ? order.takerMicros : order.makerMicros,
    makerMicros: order.makerMicros,
    takerMicros: order.takerMicros,
    tickPriceMicros: market.tickPriceMicros,
    orderShareMicrosMin: market.orderShareMicrosMin,
    protocolVersion: order.protocolVersion,
    negRisk: order.negRisk,
    bestPriceMicros: planned.bestPriceMicros,
    bookAgeMs: Math.max(0, nowMs - book.asOfMs),
    publicBody: prepared.signed.publicBody,
    filledShareMicros: 0n,
    filledNotionalMicros: 0n,
    feeMicros: 0n,
    predictedShareMicros: null,
    predictedNotionalMicros: null,
    predictedFeeMicros: null,
    submits: shadow ? 0 : 1,
    lastError: '',
    createdAtMs: nowMs,
    submittedAtMs: shadow ? null : nowMs,
    answeredAtMs: null,
    finalAtMs: shadow ? nowMs : null,
    revision: 1,
  };
}

/** The order as it is stored before its POST: nothing is known of it at the venue yet. */
export function realOrder(
  record: LiveOrderRecord,
  body: string,
  given: {
    readonly facts: DecisionFacts;
    readonly reservation: Reservation;
    readonly settings: ModeSettings;
  },
): StoredOrder {
  const { facts, reservation, settings } = given;
  const timeoutMs = settings.submitTimeoutMs + (facts.market?.takerDelayMs ?? 0);
  return {
    ...NOTHING_KNOWN,
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

/** The order as it would have been, with the fill that the paper walker predicts for it (A39). */
export function shadowOrder(
  record: LiveOrderRecord,
  facts: DecisionFacts,
  given: { readonly planned: PlannedOrder; readonly book: Book },
): StoredOrder {
  const size = shares(record.shareMicros);
  const { side, limitPriceMicros } = given.planned;
  const predicted = totalOf(
    paperFills({ side, limitPriceMicros, shareMicros: size }, given.book, facts.market?.fee ?? null),
  );
  return {
    ...NOTHING_KNOWN,
    record: {
      ...record,
      predictedShareMicros: predicted.shareMicros,
      predictedNotionalMicros: predicted.notionalMicros,
      predictedFeeMicros: predicted.feeMicros,
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
export function averageOf(shareMicros: bigint, notionalMicros: bigint): bigint | null {
  return shareMicros > 0n ? priceOfFloor(cash(notionalMicros), shares(shareMicros)) : null;
}
