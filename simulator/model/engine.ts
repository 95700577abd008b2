// The matching engine: price-time priority over one book per market, with mint and merge between the outcomes.
// An order is planned without changes, checked by the venue's rules, and then applied: a refusal changes nothing.

import {
  type Fill,
  feeOf,
  type OrderRequest,
  refuseForm,
  refusePlan,
  restOf,
  shareStep,
} from '../matching/order-rules.ts';
import { settle } from '../matching/settling.ts';
import { newTransactionHash } from './accounts.ts';
import { floorTo, mulDivFloor, ONE, smaller } from './decimal.ts';
import {
  type Account,
  type ActivityRow,
  accountOf,
  type Book,
  nextSequence,
  type Order,
  tokenOf,
  touchBook,
  type World,
} from './model.ts';
import { bidsInBook, type Outcome, tokenPrice } from './sides.ts';

const GTD_LEAD_MS = 60_000;

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

/** Places an order for an account. Refusals have the venue's texts. */
export function placeOrder(world: World, request: OrderRequest): OrderOutcome {
  const { market, book, outcome } = tokenOf(world, request.tokenId);
  const account = accountOf(world, request.account);
  const malformed = refuseForm(world, market, request);
  if (malformed !== null) return { kind: 'refused', error: malformed };
  const plan = planFills(book, { outcome, request, step: shareStep(market) });
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
      sequence,
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

/** Whether an order would meet a resting one now. */
export function wouldTake(world: World, request: OrderRequest): boolean {
  const { market, book, outcome } = tokenOf(world, request.tokenId);
  return planFills(book, { outcome, request, step: shareStep(market) }).length > 0;
}

/** Removes an account's resting orders (all, or those that `test` picks) from a market's book; returns how many. */
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

/** Whether an order still rests in a market's book. */
export function bookHas(world: World, conditionId: string, sequence: number): boolean {
  const book = world.books.get(conditionId);
  const isIt = (order: Order): boolean => order.sequence === sequence;
  return book !== undefined && (book.bids.some(isIt) || book.asks.some(isIt));
}

/** Removes expired orders: the venue cancels 60 s before the stated expiration. */
export function expireOrders(world: World, conditionId: string): void {
  const book = world.books.get(conditionId)!;
  const alive = (order: Order): boolean =>
    order.expiresAtMs === null || order.expiresAtMs - GTD_LEAD_MS > world.nowMs;
  if (book.bids.every(alive) && book.asks.every(alive)) return;
  book.bids = book.bids.filter(alive);
  book.asks = book.asks.filter(alive);
  touchBook(world, conditionId);
}

/** Inserts a resting order in price-time order. */
export function insertOrder(book: Book, order: Order): void {
  const bids = bidsInBook(order.outcome, order.side);
  const queue = bids ? book.bids : book.asks;
  let at = queue.length;
  while (at > 0 && comesBefore(bids, order, queue[at - 1]!)) at -= 1;
  queue.splice(at, 0, order);
}

/** What the order would take, best price first. Changes nothing. */
function planFills(book: Book, order: { outcome: Outcome; request: OrderRequest; step: bigint }): Fill[] {
  const { outcome, request, step } = order;
  const takesAsks = bidsInBook(outcome, request.side);
  const limit = tokenPrice(outcome, request.price);
  const plan: Fill[] = [];
  let shares = 'shares' in request.amount ? request.amount.shares : null;
  let spend = 'spend' in request.amount ? request.amount.spend : 0n;
  for (const maker of takesAsks ? book.asks : book.bids) {
    if (takesAsks ? maker.bookPrice > limit : maker.bookPrice < limit) break;
    const price = tokenPrice(outcome, maker.bookPrice);
    const wanted = shares ?? floorTo(mulDivFloor(spend, ONE, price), step);
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
