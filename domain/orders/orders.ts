/**
 * An order and what the venue reports about it, in our own terms: states, reports, answers to a POST.
 * Types and closed lists only; the table of transitions is in order-state.ts, the arithmetic in order-plan.ts.
 */
import type { ConditionId, IdempotencyKey, Side, TokenId } from '../ids.ts';
import type { ProtocolVersion } from '../market/market.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../money.ts';

declare const brand: unique symbol;
/** The EIP-712 hash of the signed order: 0x and 64 hex digits, lower case (polymarket-api.md 2.4). */
export type OrderId = string & { readonly [brand]: 'OrderId' };

/** An order id in any letter case, lower-cased; undefined if it is not 0x and 64 hex digits. */
export function parseOrderId(text: string): OrderId | undefined {
  const lower = text.toLowerCase();
  return /^0x[0-9a-f]{64}$/.test(lower) ? (lower as OrderId) : undefined;
}

export const ORDER_TYPES = ['FAK', 'FOK', 'GTC', 'GTD'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** design.md 5. */
export const ORDER_STATES = [
  'SHADOW_ONLY',
  'PREPARED',
  'SUBMITTED',
  'DELAYED',
  'OPEN',
  'PARTIAL',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'UNKNOWN',
] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const FILL_STATES = ['MATCHED', 'MINED', 'CONFIRMED', 'RETRYING', 'FAILED'] as const;
export type FillState = (typeof FILL_STATES)[number];

/** The exact order that would be posted, before it is signed. Amounts are base units of six decimals. */
export interface PlannedOrder {
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly orderType: OrderType;
  /** The worst price that the amounts imply, never beyond the decision's bound. */
  readonly limitPriceMicros: PriceMicros;
  /** BUY: cash given. SELL: shares given. */
  readonly makerMicros: bigint;
  /** BUY: shares asked for. SELL: cash asked for. */
  readonly takerMicros: bigint;
  /** Unix seconds; 0 unless GTD. */
  readonly expirationS: number;
  readonly protocolVersion: ProtocolVersion;
  readonly negRisk: boolean;
}

/** The status that the venue reports for an order, without prefix; one that we do not know is UNKNOWN_STATUS. */
export const REPORT_STATUSES = [
  'LIVE',
  'DELAYED',
  'MATCHED',
  'UNMATCHED',
  'CANCELED',
  'CANCELED_MARKET_RESOLVED',
  'INVALID',
  'UNKNOWN_STATUS',
] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export interface OrderReport {
  readonly orderId: OrderId;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly status: ReportStatus;
  /** The venue's text, cut to 80 characters: hostile. */
  readonly rawStatus: string;
  /** Matched, not settled; null where the venue left it empty. */
  readonly matchedShareMicros: ShareMicros | null;
  readonly tradeIds: readonly string[];
}

/** One maker's part of a trade, in terms of our own token. */
export interface FillLeg {
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
}

/** One order's part of one venue trade; the venue reports the same (tradeId, orderId) again at each settlement state. */
export interface FillReport {
  readonly tradeId: string;
  readonly orderId: OrderId;
  readonly role: 'TAKER' | 'MAKER';
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  /** Average over the legs, as the venue reports it. */
  readonly priceMicros: PriceMicros;
  /** The legs when the venue names them and they add up to the shares; else one leg at the average price. */
  readonly legs: readonly FillLeg[];
  /** The makers' legs are not known: the one leg is at the average price, which the venue rounds. */
  readonly atAverage: boolean;
  readonly state: FillState;
  /** '' until broadcast. */
  readonly txHash: string;
  readonly matchedAtMs: number;
}

/** States of the venue that concern every order: shown to the operator, never treated as a rejection. */
export const VENUE_CONDITIONS = [
  'RESTARTING',
  'POST_ONLY',
  'CANCEL_ONLY',
  'TRADING_DISABLED',
  'RATE_LIMITED',
] as const;
export type VenueCondition = (typeof VENUE_CONDITIONS)[number];

/** Faults of the account or of where we call from: nothing is placed until a person has fixed them. */
export const ACCOUNT_PROBLEMS = [
  'API_KEY_REFUSED',
  'OWNER_MISMATCH',
  'SIGNER_MISMATCH',
  'MAKER_NOT_ALLOWED',
  'BANNED',
  'CLOSED_ONLY',
  'REGION_BLOCKED',
  'EGRESS_BLOCKED',
  'CLOCK_SKEW',
  /** The venue reports our trades in a form that we cannot read, so our holdings are not known. */
  'UNREADABLE_RECORDS',
] as const;
export type AccountProblem = (typeof ACCOUNT_PROBLEMS)[number];

export const REJECT_CAUSES = [
  'INVALID_PAYLOAD',
  'TICK',
  'MIN_SIZE',
  'MIN_NOTIONAL',
  'AMOUNTS',
  'POST_ONLY_CROSSES',
  'CROSSES_BOOK',
  'INSUFFICIENT_FUNDS',
  'MATCHED_COUNTER',
  'EXPIRATION',
  'CANCELED_ON_CHAIN',
  'MARKET_NOT_READY',
  /** The market has no order book any more, or is closed. */
  'MARKET_ENDED',
  'PRICE',
  'NONCE',
  'VERSION_MISMATCH',
  'SIGNATURE',
  'OTHER',
] as const;
export type RejectCause = (typeof REJECT_CAUSES)[number];

/** Causes that the next order of the same kind would meet again: no exit is tried again by itself after them (R49, A44). */
export const LASTING_CAUSES: readonly RejectCause[] = [
  'INVALID_PAYLOAD',
  'TICK',
  'MIN_SIZE',
  'MIN_NOTIONAL',
  'AMOUNTS',
  'PRICE',
  'NONCE',
  'VERSION_MISMATCH',
  'SIGNATURE',
];

export const UNKNOWN_CAUSES = [
  'TIMEOUT',
  'NETWORK',
  'SERVER_ERROR',
  'HTML',
  'UNREADABLE',
  'NO_ORDER_ID',
  'OTHER_ORDER_ID',
  'UNKNOWN_STATUS',
  'DUPLICATE',
  'MATCH_DELAYED',
  'UNDOCUMENTED',
] as const;
export type UnknownCause = (typeof UNKNOWN_CAUSES)[number];

/** How a POST ended (polymarket-api.md 3.6). `message` is the venue's text, cut to 200 characters: hostile. */
export type SubmitAnswer =
  | {
      readonly kind: 'accepted';
      readonly status: 'LIVE' | 'MATCHED' | 'DELAYED' | 'UNMATCHED';
      readonly tradeIds: readonly string[];
    }
  /** A FAK or FOK that met no liquidity: it arrived, and ended without a fill. */
  | { readonly kind: 'killed'; readonly message: string }
  /** Proven not taken. */
  | { readonly kind: 'rejected'; readonly cause: RejectCause; readonly message: string }
  /** Proven not taken, and no other order will be until a person has acted. */
  | { readonly kind: 'account'; readonly problem: AccountProblem; readonly message: string }
  /** Not now. Before it may be sent again, query whether it was taken. */
  | {
      readonly kind: 'wait';
      readonly condition: VenueCondition;
      readonly retryAfterMs: number | null;
      readonly message: string;
    }
  | { readonly kind: 'unknown'; readonly cause: UnknownCause; readonly message: string };

/** The free part of the collateral and what each exchange contract may move of it. */
export interface BalanceReport {
  readonly balanceMicros: CashMicros;
  /** By lower-case contract address. */
  readonly allowanceMicros: Readonly<Record<string, bigint>>;
}

/** One line of `live:check`. */
export interface CheckItem {
  readonly name:
    | 'key'
    | 'funder'
    | 'signatureType'
    | 'credentials'
    | 'balance'
    | 'allowances'
    | 'region'
    | 'clock'
    | 'userChannel'
    | 'account';
  readonly state: 'READY' | 'NOT_READY' | 'UNKNOWN';
  /** What was found and what to do about it, without any secret. */
  readonly sentence: string;
}

/** Whether live may go ON by this check: there are items, and every one is READY. */
export function isGreen(items: readonly CheckItem[]): boolean {
  return items.length > 0 && items.every((item) => item.state === 'READY');
}

/**
 * The salt of the one order that an intent may ever have: 53 bits of its key (JSON numbers hold no more), so that the
 * same order is signed to the same id, even across a crash (polymarket-api.md 3.5).
 */
export function orderSalt(key: IdempotencyKey): bigint {
  return BigInt(`0x${key.slice(0, 14)}`) & ((1n << 53n) - 1n);
}
