// The types of the practice exchange: markets with one book each, accounts, activity rows, and the people's habits.
// A market's book is kept in terms of outcome 0; an order for outcome 1 is mirrored (BUY at p is SELL at 1 - p).

import type { Random } from './random.ts';
import type { Outcome, Side } from './sides.ts';
import type { TapeRow } from './tape-csv.ts';
import type { Trading } from './trading-model.ts';

/** A resting order. `bookPrice` is its price in terms of outcome 0; `sequence` is its time priority. */
export interface Order {
  sequence: number;
  account: string;
  outcome: Outcome;
  side: Side;
  price: bigint;
  bookPrice: bigint;
  original: bigint;
  remaining: bigint;
  expiresAtMs: number | null;
}

/** Both sides of a market in terms of outcome 0, best order first. */
export interface Book {
  bids: Order[];
  asks: Order[];
}

export interface MarketEvent {
  id: string;
  slug: string;
  title: string;
}

/** The source of the book: our makers, makers around a recorded leader's prices, or a recording of the market channel. */
export type MarketSource = 'seeded' | 'activity-tape' | 'book-tape';

export interface Market {
  id: string;
  conditionId: string;
  version: 'v1' | 'v2';
  tokens: [string, string];
  outcomes: [string, string];
  question: string;
  slug: string;
  event: MarketEvent;
  icon: string;
  negRisk: boolean;
  tick: bigint;
  minSize: bigint;
  /** Taker fee in ten-thousandths: 700 is the rate 0.07. */
  feeRate: bigint;
  category: string;
  createdAtMs: number;
  /** When trading stops. */
  closeAtMs: number;
  /** When it is resolved. */
  resolveAtMs: number;
  status: 'open' | 'closed' | 'resolved';
  resolvedAtMs: number | null;
  /** Says after its end that it takes orders, as a recorded market of the venue did for months. */
  saysOpen?: true;
  /** Micros of collateral per share of each outcome, once resolved. */
  payouts: [bigint, bigint] | null;
  /** How it resolves by itself: by its price, or half to each side. */
  resolution: 'by-price' | 'half-half' | 'never';
  series: string | null;
  source: MarketSource;
  /** The makers' estimate of the price of outcome 0, in micros. */
  fair: bigint;
  /** Seconds that a marketable order waits before it takes effect. */
  delayS?: number;
  /** Largest move of `fair` in one requote, in micros. */
  swing: number;
  depthDollars: number;
  quoteAtMs: number;
  lastTradePrice: bigint | null;
  volume: bigint;
  /** Collateral behind the outstanding complete sets. */
  escrow: bigint;
}

export interface Holding {
  shares: bigint;
  /** The cost of the held shares, for avg_price. */
  cost: bigint;
  bought: bigint;
  realized: bigint;
}

export interface Account {
  address: string;
  /** In which order accounts were opened. */
  place: number;
  role: 'leader' | 'maker' | 'crowd' | 'tape' | 'recorded' | 'trader' | 'guest';
  name: string;
  pseudonym: string;
  bio: string;
  cash: bigint;
  /** For makers and the counterparty of recordings: cash may go below zero, and sets are split as needed. */
  unlimited: boolean;
  holdings: Map<string, Holding>;
}

export type ActivityKind =
  | 'TRADE'
  | 'SPLIT'
  | 'MERGE'
  | 'REDEEM'
  | 'CONVERSION'
  | 'REWARD'
  | 'DEPOSIT'
  | 'WITHDRAWAL';

/** One public row. Amounts are text, so that a recorded row is sent exactly as recorded. */
export interface ActivityRow {
  sequence: number;
  kind: ActivityKind;
  wallet: string;
  conditionId: string;
  tokenId: string;
  side: Side | '';
  size: string;
  price: string;
  usdcSize: string;
  role: 'taker' | 'maker' | '';
  transactionHash: string;
  matchedAtMs: number;
  /** Block time, unix seconds. */
  timestamp: number;
  /** When the Data API begins to show it. */
  visibleAtMs: number;
  /** The tokens of a conversion, which its row does not show. */
  converted?: { burnt: string[]; received: string[] };
  /** Its transaction failed: the row must not be sent any more. */
  withdrawn?: true;
}

/** A simulated leader with a habit; `plan` is the habit's memory between steps. */
export interface Leader {
  address: string;
  /** In which order leaders arrived. */
  place: number;
  habit: string;
  nextAtMs: number;
  plan: Record<string, string | number | boolean | null>;
}

/** The trade of one taker order, for the market channel. */
export interface Print {
  conditionId: string;
  outcome: Outcome;
  side: Side;
  price: bigint;
  size: bigint;
  transactionHash: string;
}

export interface Meta {
  seed: string;
  startedAtMs: number;
  tickAtMs: number;
  steps: number;
  sequence: number;
  marketCounter: number;
  fees: bigint;
  /** Cash that came from outside, so that a test can check that no value appears or disappears. */
  deposits: bigint;
  crowdAtMs: number;
  random: [number, number, number, number];
}

/** A recording and how far it has been played. */
export interface Tape {
  number: number;
  name: string;
  kind: 'activity' | 'books';
  speed: number;
  startAtMs: number;
  firstAtMs: number;
  lastAtMs: number;
  rows: number;
  position: number;
  lines: number;
  refused: number;
  reasons: string[];
  wallets: string[];
  conditions: string[];
}

/** The whole state. Changed rows are named in `dirty` and saved before any frame is sent. */
export interface World {
  meta: Meta;
  nowMs: number;
  random: Random;
  markets: Map<string, Market>;
  books: Map<string, Book>;
  tokens: Map<string, { conditionId: string; outcome: Outcome }>;
  accounts: Map<string, Account>;
  leaders: Map<string, Leader>;
  activity: ActivityRow[];
  activityByWallet: Map<string, ActivityRow[]>;
  tapes: Map<string, Tape>;
  /** Rows of the recordings in chunks, by `number/chunk`. */
  tapeRows: Map<string, TapeRow[]>;
  trading: Trading;
  prints: Print[];
  notices: MarketNotice[];
  dirty: Set<string>;
}

export type MarketNotice =
  | { kind: 'tick'; conditionId: string; from: bigint; to: bigint }
  | { kind: 'resolved'; conditionId: string }
  | { kind: 'new'; conditionId: string };

export function otherOutcome(outcome: Outcome): Outcome {
  return outcome === 0 ? 1 : 0;
}

/** The market and outcome of a token; throws when the token is unknown. */
export function tokenOf(world: World, tokenId: string): { market: Market; book: Book; outcome: Outcome } {
  const place = world.tokens.get(tokenId);
  if (place === undefined) throw new Error(`no market has the token ${tokenId}`);
  return {
    market: world.markets.get(place.conditionId)!,
    book: world.books.get(place.conditionId)!,
    outcome: place.outcome,
  };
}

/** The account of an address; throws when there is none. */
export function accountOf(world: World, address: string): Account {
  const account = world.accounts.get(address.toLowerCase());
  if (account === undefined) throw new Error(`no account ${address}`);
  return account;
}

export function nextSequence(world: World): number {
  world.meta.sequence += 1;
  world.dirty.add('meta');
  return world.meta.sequence;
}

export function touchMarket(world: World, conditionId: string): void {
  world.dirty.add(`market/${conditionId}`);
}

export function touchBook(world: World, conditionId: string): void {
  world.dirty.add(`book/${conditionId}`);
}

export function touchAccount(world: World, account: Account): void {
  world.dirty.add(`account/${account.address}`);
}
