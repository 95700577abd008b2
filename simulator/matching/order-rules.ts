// The venue's rules for orders: grid, sizes, minimums, funds, with the texts of its refusals; and the taker's fee.
// Changes nothing.

import { sharesOf } from '../model/accounts.ts';
import { formatMicros, mulDivFloor, mulDivNearest, ONE } from '../model/decimal.ts';
import type { Account, Book, Market, Order, World } from '../model/model.ts';
import type { OrderType, Outcome, Side } from '../model/sides.ts';

/** Sizes have two decimals. */
export const SIZE_STEP = 10_000n;

/** A FAK or FOK BUY fixes cash, so it may receive shares of four decimals. */
const FINE_SIZE_STEP = 100n;

/** The finest sizes that trade in a market: shares × price is then whole micros. */
export function shareStep(market: Market): bigint {
  const exact = ONE / market.tick;
  return exact > FINE_SIZE_STEP ? exact : FINE_SIZE_STEP;
}

/** Short price markets delay a taking order, and its answer, by 150 ms (since 2026-09-04). */
export const HOLD_MS = 150;

/** Whether a market delays taking orders; `itode` of the compact market. */
export function holdsTakers(market: Market): boolean {
  return market.series !== null && market.resolution === 'by-price';
}

/** Orders that take must be worth at least a dollar. */
const MARKETABLE_MIN = 1_000_000n;
/** Fees are rounded to five decimals; anything below is free. */
const FEE_STEP = 10n;

/** The venue refuses a GTD expiration sooner than this. */
const GTD_LIFE_MS_MIN = 180_000;

/** An order as an account requests it. */
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

/** What an order would take from one resting order. */
export interface Fill {
  maker: Order;
  size: bigint;
  bookPrice: bigint;
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

/** Cash and shares that an account's resting orders in one market need. */
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

/** The refusal of an order on its own, or null. */
export function refuseForm(world: World, market: Market, request: OrderRequest): string | null {
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

/** The refusal of an order given what it would take, or null. */
export function refusePlan(judged: Judged): string | null {
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

/** A spend is complete when the rest cannot buy even the smallest size. */
function wholly(request: OrderRequest, judged: Judged): boolean {
  if ('shares' in request.amount) return judged.matched.shares === request.amount.shares;
  const left = request.amount.spend - judged.matched.cash;
  return left < mulDivFloor(shareStep(judged.market), request.price, ONE) + 1n;
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

/** Shares that would rest on the book after `filled`. */
export function restOf(request: OrderRequest, filled: bigint): bigint {
  if (request.type === 'FAK' || request.type === 'FOK' || 'spend' in request.amount) return 0n;
  return request.amount.shares - filled;
}
