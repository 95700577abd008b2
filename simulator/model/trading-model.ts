// The state of trading on the practice exchange: traders, API keys, orders by their hash, and trades.
// Every row has its own key in the store. Amounts are micros; addresses and ids are lower case.

import type { OrderType, Outcome, Side } from './sides.ts';

/** 0 EOA · 1 proxy · 2 Safe · 3 deposit wallet. */
export type SignatureType = 0 | 1 | 2 | 3;

/** One funder wallet; its cash and shares are in the account of the same address. */
export interface Trader {
  funder: string;
  /** The key holder; API keys belong to this address. */
  owner: string;
  place: number;
  signatureType: SignatureType;
  /** The collateral that each exchange contract may move, by lower-case address. */
  allowances: Record<string, bigint>;
  /** Contracts that may move outcome tokens. */
  approvals: string[];
  closedOnly: boolean;
  banned: boolean;
  /** The wallet's balances in the order book's cache. */
  seen: { cash: bigint; shares: Record<string, bigint> };
}

export interface ApiKey {
  key: string;
  owner: string;
  nonce: string;
  secret: string;
  passphrase: string;
  createdAtMs: number;
  heartbeat: { id: string; atMs: number } | null;
}

export type PlacedStatus = 'DELAYED' | 'LIVE' | 'MATCHED' | 'CANCELED' | 'CANCELED_MARKET_RESOLVED';

/** An order that the exchange took, killed ones too. Kept after its end, so that its hash is refused if sent again. */
export interface PlacedOrder {
  orderId: string;
  /** In which order they arrived. */
  number: number;
  origin: 'api' | 'web';
  funder: string;
  /** The API key that posted it. */
  owner: string;
  metadata: string;
  conditionId: string;
  tokenId: string;
  outcome: Outcome;
  side: Side;
  type: OrderType;
  price: bigint;
  makerAmount: bigint;
  takerAmount: bigint;
  /** Size in shares, as signed. */
  original: bigint;
  matched: bigint;
  matchedCash: bigint;
  fee: bigint;
  status: PlacedStatus;
  /** Why it ended, in the venue's text; '' before that. */
  reason: string;
  tradeIds: string[];
  /** Unix seconds; 0 unless GTD. */
  expiration: number;
  postOnly: boolean;
  createdAtMs: number;
  /** Its place in the book's time priority, once it reached the engine. */
  sequence: number | null;
  /** When a delayed order takes effect. */
  dueAtMs: number | null;
}

export type TradeStatus = 'MATCHED' | 'MINED' | 'CONFIRMED' | 'RETRYING' | 'FAILED';

/** One order's part of a trade. */
export interface TradePart {
  orderId: string;
  account: string;
  owner: string;
  tokenId: string;
  outcome: Outcome;
  side: Side;
  shares: bigint;
  price: bigint;
  cash: bigint;
}

export interface VenueTrade {
  tradeId: string;
  number: number;
  conditionId: string;
  taker: TradePart & { fee: bigint };
  makers: TradePart[];
  status: TradeStatus;
  transactionHash: string;
  bucket: number;
  matchedAtMs: number;
  updatedAtMs: number;
  /** The statuses still to come. */
  ahead: { status: TradeStatus; atMs: number }[];
  error: string;
}

/** An order on its way to the engine, not visible yet. */
export interface Arrival {
  number: number;
  dueAtMs: number;
  /** API key under which it was posted. */
  key: string;
  body: string;
}

/** A match as the engine reports it, before trades are made of it. */
export interface Match {
  conditionId: string;
  taker: { sequence: number; account: string; outcome: Outcome; side: Side };
  legs: {
    sequence: number;
    account: string;
    outcome: Outcome;
    side: Side;
    shares: bigint;
    price: bigint;
    cash: bigint;
    takerPrice: bigint;
    takerCash: bigint;
    fee: bigint;
  }[];
  transactionHash: string;
}

/** A message for the user channel and the owner addresses that get it. */
export interface UserNotice {
  owners: string[];
  conditionId: string;
  /** Built for one owner, because each sees their own side. */
  message: (owner: string) => unknown;
}

export interface Trading {
  traders: Map<string, Trader>;
  keys: Map<string, ApiKey>;
  orders: Map<string, PlacedOrder>;
  trades: Map<string, VenueTrade>;
  arrivals: Map<number, Arrival>;
  /** Not saved: rebuilt from the rows after a load. */
  bySequence: Map<number, string>;
  open: Set<string>;
  unsettled: Set<string>;
  matches: Match[];
  notices: UserNotice[];
  /**
   * What each order met, by its id, as it was just before matching: the resting orders of the other side, best first, in the
   * terms of the order's token. Not saved. Null: not recorded.
   */
  metBooks: Map<string, { price: bigint; size: bigint }[]> | null;
}

export function emptyTrading(): Trading {
  return {
    traders: new Map(),
    keys: new Map(),
    orders: new Map(),
    trades: new Map(),
    arrivals: new Map(),
    bySequence: new Map(),
    open: new Set(),
    unsettled: new Set(),
    matches: [],
    notices: [],
    metBooks: null,
  };
}

/** Puts a loaded row into the state; false when its key is of no kind known here. */
export function placeTradingRow(trading: Trading, kind: string, row: unknown): boolean {
  // Safe cast: this program wrote the row, and its key gives the type.
  if (kind === 'trader') trading.traders.set((row as Trader).funder, row as Trader);
  else if (kind === 'api-key') trading.keys.set((row as ApiKey).key, row as ApiKey);
  else if (kind === 'order') trading.orders.set((row as PlacedOrder).orderId, row as PlacedOrder);
  else if (kind === 'trade') trading.trades.set((row as VenueTrade).tradeId, row as VenueTrade);
  else if (kind === 'arrival') trading.arrivals.set((row as Arrival).number, row as Arrival);
  else return false;
  return true;
}

/** Sorts the loaded rows by creation and rebuilds the list of open orders. */
export function indexTrading(trading: Trading): void {
  trading.traders = new Map([...trading.traders].sort((a, b) => a[1].place - b[1].place));
  trading.orders = new Map([...trading.orders].sort((a, b) => a[1].number - b[1].number));
  trading.trades = new Map([...trading.trades].sort((a, b) => a[1].number - b[1].number));
  trading.arrivals = new Map([...trading.arrivals].sort((a, b) => a[0] - b[0]));
  for (const order of trading.orders.values()) {
    if (order.sequence !== null) trading.bySequence.set(order.sequence, order.orderId);
    if (order.status === 'LIVE' || order.status === 'DELAYED') trading.open.add(order.orderId);
  }
  for (const trade of trading.trades.values())
    if (trade.ahead.length > 0) trading.unsettled.add(trade.tradeId);
}

/** The row under a key such as `order/0x…`; undefined when it is gone, null when the key is not of the trading side. */
export function tradingRow(trading: Trading, key: string): unknown {
  const [kind = '', name = ''] = key.split('/');
  switch (kind) {
    case 'trader':
      return trading.traders.get(name);
    case 'api-key':
      return trading.keys.get(name);
    case 'order':
      return trading.orders.get(name);
    case 'trade':
      return trading.trades.get(name);
    case 'arrival':
      return trading.arrivals.get(Number(name));
    default:
      return null;
  }
}
