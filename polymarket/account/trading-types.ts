/**
 * The interfaces of trading that the Wallet uses: signing, submitting, reading our own orders and trades, the user channel.
 * None of the venue's own shapes appear in them. The private key never leaves the OrderSigner.
 */
import type { ConditionId, TokenId } from '../../domain/ids.ts';
import type {
  BalanceReport,
  FillReport,
  OrderId,
  OrderReport,
  PlannedOrder,
  SubmitAnswer,
} from '../../domain/orders/orders.ts';
import type { SocketStatus } from '../wire/socket.ts';

/** Orders in one `POST /orders` (polymarket-api.md 1.3). */
export const ORDERS_PER_CALL_MAX = 15;

export const SIGNATURE_TYPES = [0, 1, 2, 3] as const;
/** 0 EOA · 1 proxy · 2 Safe · 3 deposit wallet (polymarket-api.md 2.3). */
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** Derived from the key and kept in memory only. */
export interface ApiCredentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
}

export interface OrderToSign extends PlannedOrder {
  readonly salt: bigint;
  readonly timestampMs: number;
  /** The idempotency key, 64 hex digits; null for a field of zeros (a setting, design.md 4). */
  readonly metadataKey: string | null;
}

export interface SignedOrder {
  readonly orderId: OrderId;
  /** The exact bytes of `POST /order`; a retry may send only these. */
  readonly body: string;
  /** Without signature and owner, so that it may be stored in D1 and shown. */
  readonly publicBody: string;
}

/** Signs with the key. Its addresses are in lower case. */
export interface OrderSigner {
  readonly ownerAddress: string;
  readonly funderAddress: string;
  readonly signatureType: SignatureType;
  /** Signs exactly these integers. Throws InvariantError when the official client's order differs from them. */
  sign(order: OrderToSign, credentials: ApiCredentials): SignedOrder;
}

/** Headers of one authenticated request; they contain the second in which they were made. */
export type AuthHeaders = Readonly<Record<string, string>>;

export interface CancelAnswer {
  readonly canceled: readonly OrderId[];
  /** The venue's reason by order id, cut to 200 characters. */
  readonly notCanceled: Readonly<Record<string, string>>;
}

/** The latest values of the venue's rate headers (polymarket-api.md 1.7). */
export interface RateReport {
  readonly remaining: number | null;
  readonly resetAtMs: number | null;
  readonly tier: string;
  readonly warning: string;
}

/** A row of our own trades or orders that cannot be read. All of it is hostile text, without credentials. */
export interface UnreadRow {
  /** Starts with `trade` or `order` and names the field. */
  readonly reason: string;
  /** At most 200 characters. */
  readonly excerpt: string;
  /** '' for an order, and for a trade whose id cannot be read. */
  readonly tradeId: string;
}

/** Reads throw VenueError. `submit` never throws: a failure is an answer of kind unknown. */
export interface TradingApi {
  /** The headers of the order's POST, for the turn that places it. */
  submitHeaders(order: Pick<SignedOrder, 'body'>): AuthHeaders;
  /** Starts the POST in the caller's turn, before it returns. */
  submit(
    order: { readonly orderId: OrderId; readonly body: string },
    headers: AuthHeaders,
    given: { readonly timeoutMs: number },
  ): Promise<SubmitAnswer>;
  /**
   * The same for 2 to ORDERS_PER_CALL_MAX orders in one call, signed in this turn too; each has an answer of its own, in their
   * order. One that the answer says nothing readable about is unknown.
   */
  submitAll(
    orders: readonly { readonly orderId: OrderId; readonly body: string }[],
    given: { readonly timeoutMs: number },
  ): Promise<readonly SubmitAnswer[]>;
  cancel(orderIds: readonly OrderId[]): Promise<CancelAnswer>;
  /** An order in any state; undefined only when the venue has no such order, not when its row cannot be read. */
  fetchOrder(orderId: OrderId): Promise<OrderReport | undefined>;
  /** Rows that cannot be read are left out and reported through `onUnread` first; the same holds for trades. */
  listOpenOrders(): Promise<readonly OrderReport[]>;
  /** Our fills in all trades matched at or after the second, oldest first. */
  listTrades(given: { readonly afterS: number }): Promise<readonly FillReport[]>;
  /** Our fills in one trade; empty when the venue does not have it yet or it was reported through `onUnread`. */
  fetchTrade(tradeId: string): Promise<readonly FillReport[]>;
  /** Our fills in the trades of one market, as `listTrades`. */
  listMarketTrades(given: {
    readonly conditionId: ConditionId;
    readonly afterS: number;
  }): Promise<readonly FillReport[]>;
  fetchCollateral(): Promise<BalanceReport>;
  fetchShares(tokenId: TokenId, version: 'v1' | 'v2'): Promise<BalanceReport>;
  /** Makes the venue read our collateral from the chain again; changes nothing. */
  refreshCollateral(): Promise<void>;
  fetchClosedOnly(): Promise<boolean>;
  /** The venue's clock, to the second. */
  fetchTimeMs(): Promise<number>;
  rate(): RateReport;
}

export interface UserChannelEvents {
  readonly onOrder: (report: OrderReport) => void;
  readonly onFills: (reports: readonly FillReport[]) => void;
  /** Called when the channel connects or disconnects; the Wallet counts how long it is down. */
  readonly onState?: (open: boolean) => void;
  /** Called after connecting. Read open orders and trades again: the channel does not repeat what was missed. */
  readonly onOpen: () => void;
  /** A frame or event that cannot be read: its reason, and an excerpt of at most 200 characters without credentials. */
  readonly onRefused: (refused: { readonly reason: string; readonly excerpt: string }) => void;
}

export interface UserChannel {
  start(): void;
  stop(): void;
  status(): SocketStatus;
}
