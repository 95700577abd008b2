// The matching engine: price-time priority over one book per market, with mint and merge between the outcomes.
// An order is planned without touching anything, judged by the venue's rules, and only then applied: a refusal changes nothing.

import {
  addShares,
  averagePrice,
  newTransactionHash,
  recordActivity,
  removeShares,
  sharesOf,
  stockUp,
} from './accounts.ts';
import { floorTo, formatMicros, mulDivFloor, mulDivNearest, ONE, smaller } from './decimal.ts';
import {
  type Account,
  type ActivityRow,
  accountOf,
  type Book,
  type Market,
  nextSequence,
  type Order,
  type OrderType,
  type Outcome,
  type Side,
  tokenOf,
  touchAccount,
  touchBook,
  touchMarket,
  type World,
} from './model.ts';

/** Sizes have two decimals. */
export const SIZE_STEP = 10_000n;
const MARKETABLE_MIN = 1_000_000n;
/** Fees are rounded to five decimals; anything below is free. */
const FEE_STEP = 10n;
const GTD_LEAD_MS = 60_000;
const GTD_LIFE_MS_MIN = 180_000;

export interface OrderRequest {
  account: string;
  tokenId: string;
  side: Side;
  type: OrderType;
  /** The limit, in terms of the token itself. */
  price: bigint;
  /** What is fixed: shares, or (FAK and FOK BUY only) the collateral to spend. */
  amount: { shares: bigint } | { spend: bigint };
  postOnly?: boolean;
  expiresAtMs?: number;
}

export interface Fill {
  maker: Order;
  size: bigint;
  bookPrice: bigint;
}

export type OrderOutcome =
  | {
      kind: 'accepted';
      sequence: number;
      status: 'live' | 'matched';
      shares: bigint;
      cash: bigint;
      fee: bigint;
      transactionHash: string | null;
      takerRow: ActivityRow | null;
    }
  | { kind: 'refused'; error: string };

/** Places an order for an account. Refusals carry the venue's own words. */
export function placeOrder(world: World, request: OrderRequest): OrderOutcome {
  const { market, book, outcome } = tokenOf(world, request.tokenId);
  const account = accountOf(world, request.account);
  const malformed = refuseForm(world, market, request);
  if (malformed !== null) return { kind: 'refused', error: malformed };
  const plan = planFills(book, { outcome, request, nowMs: world.nowMs });
  const matched = sumOf(plan, outcome);
  const fee = feeOf(market, plan);
  const unfit = refusePlan({ world, market, account, outcome, request, plan, matched, fee });
  if (unfit !== null) return { kind: 'refused', error: unfit };

  const sequence = nextSequence(world);
  let transactionHash: string | null = null;
  let takerRow: ActivityRow | null = null;
  if (plan.length > 0) {
    transactionHash = newTransactionHash(world);
    takerRow = settle(world, {
      market,
      account,
      outcome,
      side: request.side,
      plan,
      matched,
      fee,
      transactionHash,
    });
  }
  const rest = restOf(request, matched.shares);
  if (rest > 0n) insertOrder(book, newOrder({ sequence, account, outcome, request, rest }));
  touchBook(world, market.conditionId);
  return {
    kind: 'accepted',
    sequence,
    status: plan.length > 0 ? 'matched' : 'live',
    shares: matched.shares,
    cash: matched.cash,
    fee,
    transactionHash,
    takerRow,
  };
}

/** Takes an account's resting orders (all, or those the test picks) off a market's book; returns how many. */
export function cancelOrders(
  world: World,
  conditionId: string,
  account: string,
  pick: (order: Order) => boolean = () => true,
): number {
  const book = world.books.get(conditionId)!;
  const stays = (order: Order): boolean => order.account !== account || !pick(order);
  const before = book.bids.length + book.asks.length;
  book.bids = book.bids.filter(stays);
  book.asks = book.asks.filter(stays);
  const canceled = before - book.bids.length - book.asks.length;
  if (canceled > 0) touchBook(world, conditionId);
  return canceled;
}

/** Drops orders whose time is up: the venue cancels 60 s before the stated expiration. */
export function expireOrders(world: World, conditionId: string): void {
  const book = world.books.get(conditionId)!;
  const alive = (order: Order): boolean =>
    order.expiresAtMs === null || order.expiresAtMs - GTD_LEAD_MS > world.nowMs;
  if (book.bids.every(alive) && book.asks.every(alive)) return;
  book.bids = book.bids.filter(alive);
  book.asks = book.asks.filter(alive);
  touchBook(world, conditionId);
}

/** Price of a token when outcome 0 stands at `bookPrice`. */
export function tokenPrice(outcome: Outcome, bookPrice: bigint): bigint {
  return outcome === 0 ? bookPrice : ONE - bookPrice;
}

/** True when an order stands among the bids of the outcome-0 book. */
export function bidsInBook(outcome: Outcome, side: Side): boolean {
  return (outcome === 0) === (side === 'BUY');
}

/** Puts a resting order at its place: better price first, then who came first. */
export function insertOrder(book: Book, order: Order): void {
  const bids = bidsInBook(order.outcome, order.side);
  const queue = bids ? book.bids : book.asks;
  let at = queue.length;
  while (at > 0 && comesBefore(bids, order, queue[at - 1]!)) at -= 1;
  queue.splice(at, 0, order);
}

/** The fee a taker pays, rounded to five decimals: shares × rate × p × (1 - p) for each fill. */
export function feeOf(market: Market, plan: readonly Fill[]): bigint {
  let fee = 0n;
  for (const fill of plan) {
    const weight = fill.bookPrice * (ONE - fill.bookPrice);
    fee += mulDivNearest(fill.size * market.feeRate, weight, 10_000n * ONE * ONE * FEE_STEP) * FEE_STEP;
  }
  return fee;
}

/** Cash and shares an account has promised to its resting orders in one market. */
export function reservedIn(book: Book, account: string): { cash: bigint; shares: [bigint, bigint] } {
  const reserved = { cash: 0n, shares: [0n, 0n] as [bigint, bigint] };
  for (const queue of [book.bids, book.asks]) {
    for (const order of queue) {
      if (order.account !== account) continue;
      if (order.side === 'BUY') reserved.cash += mulDivFloor(order.remaining, order.price, ONE);
      else reserved.shares[order.outcome] += order.remaining;
    }
  }
  return reserved;
}

function refuseForm(world: World, market: Market, request: OrderRequest): string | null {
  if (market.status !== 'open') return 'the market is not yet ready to process new orders';
  if (
    request.price < market.tick ||
    request.price > ONE - market.tick ||
    request.price % market.tick !== 0n
  ) {
    return `order ${formatMicros(request.price)} breaks minimum tick size rule: ${formatMicros(market.tick)}`;
  }
  const immediate = request.type === 'FAK' || request.type === 'FOK';
  if ('spend' in request.amount) {
    if (!immediate || request.side !== 'BUY') return 'Invalid order payload';
    if (request.amount.spend <= 0n || request.amount.spend % SIZE_STEP !== 0n) return 'invalid amounts';
  } else {
    const { shares } = request.amount;
    if (shares <= 0n || shares % SIZE_STEP !== 0n) return 'invalid amounts, sizes have at most 2 decimals';
    if (!immediate && shares < market.minSize) {
      return `Size (${formatMicros(shares)}) lower than the minimum: ${formatMicros(market.minSize)}`;
    }
  }
  if (request.postOnly === true && immediate) return 'invalid post-only order: order type';
  if (request.type === 'GTD' && (request.expiresAtMs ?? 0) < world.nowMs + GTD_LIFE_MS_MIN)
    return 'invalid expiration';
  return null;
}

/** What the order would take, best price first; nothing is changed. */
function planFills(book: Book, order: { outcome: Outcome; request: OrderRequest; nowMs: number }): Fill[] {
  const { outcome, request } = order;
  const takesAsks = bidsInBook(outcome, request.side);
  const limit = tokenPrice(outcome, request.price);
  const plan: Fill[] = [];
  let shares = 'shares' in request.amount ? request.amount.shares : null;
  let spend = 'spend' in request.amount ? request.amount.spend : 0n;
  for (const maker of takesAsks ? book.asks : book.bids) {
    if (takesAsks ? maker.bookPrice > limit : maker.bookPrice < limit) break;
    const price = tokenPrice(outcome, maker.bookPrice);
    const wanted = shares ?? floorTo(mulDivFloor(spend, ONE, price), SIZE_STEP);
    const size = smaller(wanted, maker.remaining);
    if (size <= 0n) break;
    plan.push({ maker, size, bookPrice: maker.bookPrice });
    if (shares !== null) shares -= size;
    else spend -= mulDivFloor(size, price, ONE);
  }
  return plan;
}

function sumOf(plan: readonly Fill[], outcome: Outcome): { shares: bigint; cash: bigint } {
  let shares = 0n;
  let cash = 0n;
  for (const fill of plan) {
    shares += fill.size;
    cash += mulDivFloor(fill.size, tokenPrice(outcome, fill.bookPrice), ONE);
  }
  return { shares, cash };
}

interface Judged {
  world: World;
  market: Market;
  account: Account;
  outcome: Outcome;
  request: OrderRequest;
  plan: readonly Fill[];
  matched: { shares: bigint; cash: bigint };
  fee: bigint;
}

function refusePlan(judged: Judged): string | null {
  const { request, plan, matched, market } = judged;
  if (plan.length > 0) {
    if (request.postOnly === true) return 'invalid post-only order: order crosses book';
    const asked = 'spend' in request.amount ? request.amount.spend : matched.cash;
    if (request.side === 'BUY' && asked < MARKETABLE_MIN) {
      return `invalid amount for a marketable BUY order ($${formatMicros(asked)}), min size: $1`;
    }
  }
  if (request.type === 'FAK' && plan.length === 0) {
    return 'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.';
  }
  if (request.type === 'FOK' && !wholly(request, judged)) {
    return "order couldn't be fully filled. FOK orders are fully filled or killed.";
  }
  if (judged.account.unlimited) return null;
  return affordable(judged) ? null : `not enough balance / allowance: ${market.slug}`;
}

/** A spend is whole when not even the smallest further size could be bought with what is left. */
function wholly(request: OrderRequest, judged: Judged): boolean {
  if ('shares' in request.amount) return judged.matched.shares === request.amount.shares;
  const left = request.amount.spend - judged.matched.cash;
  return left < mulDivFloor(SIZE_STEP, request.price, ONE) + 1n;
}

function affordable(judged: Judged): boolean {
  const { world, account, request, matched, fee, outcome, market } = judged;
  const rest = restOf(request, matched.shares);
  if (request.side === 'SELL') {
    const reserved = reservedIn(world.books.get(market.conditionId)!, account.address).shares[outcome];
    return sharesOf(account, market.tokens[outcome]) - reserved >= matched.shares + rest;
  }
  let reserved = 0n;
  for (const book of world.books.values()) reserved += reservedIn(book, account.address).cash;
  return account.cash - reserved >= matched.cash + fee + mulDivFloor(rest, request.price, ONE);
}

function restOf(request: OrderRequest, filled: bigint): bigint {
  if (request.type === 'FAK' || request.type === 'FOK' || 'spend' in request.amount) return 0n;
  return request.amount.shares - filled;
}

interface Settlement {
  market: Market;
  account: Account;
  outcome: Outcome;
  side: Side;
  plan: readonly Fill[];
  matched: { shares: bigint; cash: bigint };
  fee: bigint;
  transactionHash: string;
}

function settle(world: World, deal: Settlement): ActivityRow {
  const { market, account, outcome, side, plan, matched, fee, transactionHash } = deal;
  const book = world.books.get(market.conditionId)!;
  for (const fill of plan) {
    const maker = accountOf(world, fill.maker.account);
    const makerPrice = tokenPrice(fill.maker.outcome, fill.bookPrice);
    if (fill.maker.side === 'SELL') stockUp(world, maker, market, fill.maker.outcome, fill.size);
    if (side === 'SELL') stockUp(world, account, market, outcome, fill.size);
    exchangeShares(world, {
      market,
      account: maker,
      outcome: fill.maker.outcome,
      side: fill.maker.side,
      size: fill.size,
      price: makerPrice,
    });
    exchangeShares(world, {
      market,
      account,
      outcome,
      side,
      size: fill.size,
      price: tokenPrice(outcome, fill.bookPrice),
    });
    // Two buyers of opposite outcomes mint a set out of their collateral; two sellers give one back.
    if (fill.maker.outcome !== outcome) market.escrow += side === 'BUY' ? fill.size : -fill.size;
    fill.maker.remaining -= fill.size;
    recordFill(world, {
      wallet: maker.address,
      market,
      outcome: fill.maker.outcome,
      side: fill.maker.side,
      shares: fill.size,
      cash: mulDivFloor(fill.size, makerPrice, ONE),
      role: 'maker',
      transactionHash,
    });
  }
  book.bids = book.bids.filter((order) => order.remaining > 0n);
  book.asks = book.asks.filter((order) => order.remaining > 0n);
  account.cash -= fee;
  world.meta.fees += fee;
  market.lastTradePrice = plan.at(-1)!.bookPrice;
  market.volume += matched.shares;
  touchMarket(world, market.conditionId);
  touchAccount(world, account);
  world.prints.push({
    conditionId: market.conditionId,
    outcome,
    side,
    price: averagePrice(matched.cash, matched.shares),
    size: matched.shares,
    transactionHash,
  });
  return recordFill(world, {
    wallet: account.address,
    market,
    outcome,
    side,
    shares: matched.shares,
    cash: matched.cash,
    role: 'taker',
    transactionHash,
  });
}

function exchangeShares(
  world: World,
  part: { market: Market; account: Account; outcome: Outcome; side: Side; size: bigint; price: bigint },
): void {
  const cash = mulDivFloor(part.size, part.price, ONE);
  const tokenId = part.market.tokens[part.outcome];
  if (part.side === 'BUY') {
    part.account.cash -= cash;
    addShares(world, part.account, tokenId, part.size, cash);
  } else {
    removeShares(world, part.account, tokenId, part.size, cash);
    part.account.cash += cash;
  }
}

function recordFill(
  world: World,
  fill: {
    wallet: string;
    market: Market;
    outcome: Outcome;
    side: Side;
    shares: bigint;
    cash: bigint;
    role: 'taker' | 'maker';
    transactionHash: string;
  },
): ActivityRow {
  return recordActivity(world, {
    kind: 'TRADE',
    wallet: fill.wallet,
    conditionId: fill.market.conditionId,
    tokenId: fill.market.tokens[fill.outcome],
    side: fill.side,
    size: formatMicros(fill.shares),
    price: formatMicros(averagePrice(fill.cash, fill.shares)),
    usdcSize: formatMicros(fill.cash),
    role: fill.role,
    transactionHash: fill.transactionHash,
  });
}

function newOrder(parts: {
  sequence: number;
  account: Account;
  outcome: Outcome;
  request: OrderRequest;
  rest: bigint;
}): Order {
  const { sequence, account, outcome, request, rest } = parts;
  return {
    sequence,
    account: account.address,
    outcome,
    side: request.side,
    price: request.price,
    bookPrice: tokenPrice(outcome, request.price),
    original: 'shares' in request.amount ? request.amount.shares : rest,
    remaining: rest,
    expiresAtMs: request.expiresAtMs ?? null,
  };
}

function comesBefore(bids: boolean, order: Order, other: Order): boolean {
  if (order.bookPrice !== other.bookPrice)
    return bids ? order.bookPrice > other.bookPrice : order.bookPrice < other.bookPrice;
  return order.sequence < other.sequence;
}
