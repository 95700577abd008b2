/**
 * The rows of the live Wallet for D1: its orders and fills, the venue's positions, and how the two differ. The rules are those
 * of records.ts: a natural key each, and a revision where a row changes.
 */

import type {
  ConditionId,
  GroupKey,
  IdempotencyKey,
  LeaderAddress,
  Side,
  SliceOwner,
  TokenId,
} from '../ids.ts';
import type { ProtocolVersion } from '../market/market.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../money.ts';
import type { FillState, OrderId, OrderState, OrderType } from '../orders/orders.ts';
import type { NO_INTENT, NO_ORDER, NO_TOKEN } from './sentinels.ts';

/**
 * Key orderKey: the order id, or `shadow:` and the idempotency key. An order of ours on the live Wallet, real or shadow;
 * (idempotencyKey, shadow) is unique too (A16). Shadow rows are written once and never changed (R69).
 */
export interface LiveOrderRecord {
  readonly kind: 'liveOrder';
  readonly orderKey: string;
  readonly shadow: boolean;
  /** NO_ORDER for a shadow order. */
  readonly orderId: OrderId | typeof NO_ORDER;
  readonly idempotencyKey: IdempotencyKey;
  readonly leaderAddress: LeaderAddress;
  readonly groupKey: GroupKey;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly state: OrderState;
  readonly limitPriceMicros: PriceMicros;
  /** The shares asked for (BUY) or given (SELL). */
  readonly shareMicros: ShareMicros;
  readonly makerMicros: bigint;
  readonly takerMicros: bigint;
  readonly tickPriceMicros: PriceMicros;
  readonly orderShareMicrosMin: ShareMicros;
  readonly protocolVersion: ProtocolVersion;
  readonly negRisk: boolean;
  readonly bestPriceMicros: PriceMicros;
  readonly bookAgeMs: number;
  /** The order as JSON without signature and owner. */
  readonly publicBody: string;
  readonly filledShareMicros: ShareMicros;
  readonly filledNotionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
  /** What the paper walker predicts for it on the book of its decision; null in rows of real orders from before it was kept. */
  readonly predictedShareMicros: ShareMicros | null;
  readonly predictedNotionalMicros: CashMicros | null;
  readonly predictedFeeMicros: CashMicros | null;
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

/** An order that was signed for the venue. */
export interface PlacedOrderRecord extends LiveOrderRecord {
  readonly shadow: false;
  readonly orderId: OrderId;
}

/** Key (tradeId, orderId). Origin EXTERNAL: no order of ours explains it (R77). */
export interface LiveFillRecord {
  readonly kind: 'liveFill';
  readonly tradeId: string;
  readonly orderId: OrderId;
  readonly origin: 'APP' | 'EXTERNAL';
  /** EXTERNAL_LEADER for external fills, whose key below is NO_INTENT. */
  readonly leaderAddress: SliceOwner;
  readonly idempotencyKey: IdempotencyKey | typeof NO_INTENT;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly role: 'TAKER' | 'MAKER';
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  readonly notionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
  readonly state: FillState;
  readonly txHash: string;
  readonly matchedAtMs: number;
  readonly seenAtMs: number;
  readonly revision: number;
}

/** Key tokenId: a position as the venue reports it, which the Real Portfolio shows (R61, R75). */
export interface VenuePositionRecord {
  readonly kind: 'venuePosition';
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly avgPriceMicros: PriceMicros | null;
  readonly markPriceMicros: PriceMicros | null;
  readonly redeemable: boolean;
  readonly readAtMs: number;
  readonly revision: number;
}

/** Key (subject, tokenId, firstSeenAtMs): a difference between the ledger and the venue, with its age (R76, A40). */
export interface DifferenceRecord {
  readonly kind: 'difference';
  readonly subject: 'CASH' | 'POSITION';
  /** NO_TOKEN for cash. */
  readonly tokenId: TokenId | typeof NO_TOKEN;
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
