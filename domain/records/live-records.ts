/**
 * The rows of the live Wallet for D1: its orders and fills, the venue's positions, and how the two differ. The rules are those
 * of records.ts: a natural key each, and a revision where a row changes.
 */
import type { Side } from '../ids.ts';
import type { ProtocolVersion } from '../market/market.ts';
import type { FillState, OrderState, OrderType } from '../orders/orders.ts';

/**
 * Key orderKey: the order id, or `shadow:` and the idempotency key. An order of ours on the live Wallet, real or shadow;
 * (idempotencyKey, shadow) is unique too (A16). Shadow rows are written once and never changed (R69).
 */
export interface LiveOrderRecord {
  readonly kind: 'liveOrder';
  readonly orderKey: string;
  readonly shadow: boolean;
  /** '' for a shadow order. */
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly leaderAddress: string;
  readonly groupKey: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly state: OrderState;
  readonly limitPriceMicros: bigint;
  /** The shares asked for (BUY) or given (SELL). */
  readonly shareMicros: bigint;
  readonly makerMicros: bigint;
  readonly takerMicros: bigint;
  readonly tickPriceMicros: bigint;
  readonly orderShareMicrosMin: bigint;
  readonly protocolVersion: ProtocolVersion;
  readonly negRisk: boolean;
  readonly bestPriceMicros: bigint;
  readonly bookAgeMs: number;
  /** The order as JSON without signature and owner. */
  readonly publicBody: string;
  readonly filledShareMicros: bigint;
  readonly filledNotionalMicros: bigint;
  readonly feeMicros: bigint;
  /** What the paper walker predicts for it; null for real orders. */
  readonly predictedShareMicros: bigint | null;
  readonly predictedNotionalMicros: bigint | null;
  readonly predictedFeeMicros: bigint | null;
  /** How often its bytes were sent. */
  readonly submits: number;
  /** Why the venue refused it, or why its outcome is unknown; '' otherwise. Hostile text. */
  readonly lastError: string;
  readonly createdAtMs: number;
  readonly submittedAtMs: number | null;
  readonly answeredAtMs: number | null;
  readonly finalAtMs: number | null;
  readonly revision: number;
}

/** Key (tradeId, orderId). Origin EXTERNAL: no order of ours explains it (R77). */
export interface LiveFillRecord {
  readonly kind: 'liveFill';
  readonly tradeId: string;
  readonly orderId: string;
  readonly origin: 'APP' | 'EXTERNAL';
  /** EXTERNAL_LEADER for external fills, whose key below is ''. */
  readonly leaderAddress: string;
  readonly idempotencyKey: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly role: 'TAKER' | 'MAKER';
  readonly shareMicros: bigint;
  readonly priceMicros: bigint;
  readonly notionalMicros: bigint;
  readonly feeMicros: bigint;
  readonly state: FillState;
  readonly txHash: string;
  readonly matchedAtMs: number;
  readonly seenAtMs: number;
  readonly revision: number;
}

/** Key tokenId: a position as the venue tells it, the authority of the Real Portfolio (R61, R75). */
export interface VenuePositionRecord {
  readonly kind: 'venuePosition';
  readonly tokenId: string;
  readonly conditionId: string;
  readonly shareMicros: bigint;
  readonly avgPriceMicros: bigint | null;
  readonly markPriceMicros: bigint | null;
  readonly redeemable: boolean;
  readonly readAtMs: number;
  readonly revision: number;
}

/** Key (subject, tokenId, firstSeenAtMs): a difference between the ledger and the venue, with its age (R76, A40). */
export interface DifferenceRecord {
  readonly kind: 'difference';
  readonly subject: 'CASH' | 'POSITION';
  /** '' for cash. */
  readonly tokenId: string;
  readonly firstSeenAtMs: number;
  readonly ledgerMicros: bigint;
  readonly venueMicros: bigint;
  /** Readings in a row in which it was there. */
  readonly readings: number;
  readonly lastSeenAtMs: number;
  /** When the two agreed again. */
  readonly endedAtMs: number | null;
  readonly revision: number;
}
