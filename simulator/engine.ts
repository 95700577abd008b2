// The matching engine: price-time priority over one book per market, with mint and merge between the outcomes.
// An order is planned without touching anything, judged by the venue's rules, and only then applied: a refusal changes nothing.

import {
  addShares,
  averagePrice,
  newTransactionHash,
  recordActivity,
  removeShares,
  stockUp,
} from './accounts.ts';
import { floorTo, formatMicros, mulDivFloor, ONE, smaller } from './decimal.ts';
import {
  type Account,
  type ActivityRow,
  accountOf,
  type Book,
  type Market,
  nextSequence,
  type Order,
  type Outcome,
  type Side,
  tokenOf,
  touchAccount,
  touchBook,
  touchMarket,
  type World,
} from './model.ts';
import {
  type Fill,
  feeOf,
  type OrderRequest,
  refuseForm,
  refusePlan,
  restOf,
  SIZE_STEP,
} from './order-rules.ts';

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
