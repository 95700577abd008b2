/**
 * The venue's trading side as the Wallet sees it: signing, submitting, reading our own orders and trades, the user channel.
 * Interfaces only; nothing venue-shaped is in them. The key lives behind OrderSigner and never leaves it.
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

export const SIGNATURE_TYPES = [0, 1, 2, 3] as const;
/** 0 EOA · 1 proxy · 2 Safe · 3 deposit wallet (polymarket-api.md 2.3). */
export type SignatureType = (typeof SIGNATURE_TYPES)[number];

/** Credentials derived from the key; they are kept in memory only. */
export interface ApiCredentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
}

export interface OrderToSign extends PlannedOrder {
  readonly salt: bigint;
  readonly timestampMs: number;
  /** The idempotency key, 64 hex digits; null leaves the field zero (a setting, design.md 4). */
  readonly metadataKey: string | null;
}

export interface SignedOrder {
  readonly orderId: OrderId;
  /** The exact bytes of `POST /order`; only these may ever be sent again. */
  readonly body: string;
  /** The same with the signature and the owner left out: may be stored in D1 and shown. */
  readonly publicBody: string;
}

/** Holds the key. Its addresses are lower case. */
export interface OrderSigner {
  readonly ownerAddress: string;
  readonly funderAddress: string;
  readonly signatureType: SignatureType;
  /** Signs exactly these integers. Throws InvariantError when the client's own order differs from them. */
  sign(order: OrderToSign, credentials: ApiCredentials): SignedOrder;
}

/** Headers of one authenticated call; they carry the second in which they were made. */
export type AuthHeaders = Readonly<Record<string, string>>;

export interface CancelAnswer {
  readonly canceled: readonly OrderId[];
  /** Order → the venue's reason, cut to 200 characters. */
  readonly notCanceled: Readonly<Record<string, string>>;
}

/** What the venue's rate headers said last (polymarket-api.md 1.7). */
export interface RateReport {
  readonly remaining: number | null;
  readonly resetAtMs: number | null;
  readonly tier: string;
  readonly warning: string;
}

/** A row of our own trades or orders that nobody understands. All of it is hostile text, without credentials. */
export interface UnreadRow {
  /** Starts with `trade` or `order` and names the field. */
  readonly reason: string;
  /** At most 200 characters. */
  readonly excerpt: string;
  /** '' for an order, and where not even the id of the trade is readable. */
  readonly tradeId: string;
}

/** Every read throws VenueError. `submit` never throws: a failure there is an answer of kind unknown. */
export interface TradingApi {
  /** Awaits the HMAC; call it before the placement turn. */
  submitHeaders(order: SignedOrder): Promise<AuthHeaders>;
  /** Starts the POST in the calling turn, before it returns. */
  submit(
    order: { readonly orderId: OrderId; readonly body: string },
    headers: AuthHeaders,
    given: { readonly timeoutMs: number },
  ): Promise<SubmitAnswer>;
  cancel(orderIds: readonly OrderId[]): Promise<CancelAnswer>;
  /** By the order's id, in whatever state; undefined when the venue says that it knows no such order, never for one that is not understood. */
  fetchOrder(orderId: OrderId): Promise<OrderReport | undefined>;
  /** Without the rows that are not understood: they are told by `onUnread` before this returns; so for trades. */
  listOpenOrders(): Promise<readonly OrderReport[]>;
  /** Our parts of all trades of the account matched at or after the second; oldest first. */
  listTrades(given: { readonly afterS: number }): Promise<readonly FillReport[]>;
  /** Our parts of one trade; empty when it is not there yet, or was told by `onUnread`. */
  fetchTrade(tradeId: string): Promise<readonly FillReport[]>;
  /** Our parts of the trades of one market. */
  listMarketTrades(given: {
    readonly conditionId: ConditionId;
    readonly afterS: number;
  }): Promise<readonly FillReport[]>;
  fetchCollateral(): Promise<BalanceReport>;
  fetchShares(tokenId: TokenId, version: 'v1' | 'v2'): Promise<BalanceReport>;
  /** Makes the venue read the chain again; harmless. */
  refreshCollateral(): Promise<void>;
  fetchClosedOnly(): Promise<boolean>;
  /** The venue's clock, to the second. */
  fetchTimeMs(): Promise<number>;
  rate(): RateReport;
}

export interface UserChannelEvents {
  readonly onOrder: (report: OrderReport) => void;
  readonly onFills: (reports: readonly FillReport[]) => void;
  /** Whether the channel is connected, told at each change; the Wallet counts how long it is down. */
  readonly onState?: (open: boolean) => void;
  /** A connection was made: read open orders and trades again, then trust what comes. */
  readonly onOpen: () => void;
  /** A frame that nobody understands: its reason and an excerpt of at most 200 characters without credentials. */
  readonly onRefused: (refused: { readonly reason: string; readonly excerpt: string }) => void;
}

export interface UserChannel {
  start(): void;
  stop(): void;
  status(): SocketStatus;
}
