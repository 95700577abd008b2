// Trades as the venue keeps them: made from matches, reported at MATCHED, MINED and CONFIRMED, or undone when they fail; and
// their effect on orders. A transaction fails as a whole, and only if it can be undone.

import type { Faults, TradeFaultKind } from '../faults/faults.ts';
import { averagePrice, SETTLE_MS } from '../model/accounts.ts';
import { bookHas } from '../model/engine.ts';
import { type Market, nextSequence, type World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import type { Match, PlacedOrder, TradePart, TradeStatus, VenueTrade } from '../model/trading-model.ts';
import { orderEvent, tradeEvent } from '../wire/trading-wire.ts';
import { uuidOf } from './auth.ts';
import { isImmediate } from './placed-order.ts';
import { canUndo, undo, withdrawRows } from './trade-failure.ts';

/** A match of more resting orders than this becomes several trades (buckets). */
const LEGS_PER_TRADE = 4;
/** From match to final; about four seconds at the venue. */
const CONFIRM_MS = 4_000;
/** Beyond this many trades the oldest final ones are removed. */
const TRADES_MAX = 20_000;
/** A cash rest smaller than this could not have bought anything. */
const CASH_REST_MAX = 10_000n;

/** Makes trades of the engine's matches since the last call. */
export function absorbMatches(world: World, faults: Faults): void {
  for (const match of world.trading.matches.splice(0)) {
    const fault = faults.trade();
    for (let at = 0; at < match.legs.length; at += LEGS_PER_TRADE) {
      const legs = match.legs.slice(at, at + LEGS_PER_TRADE);
      keepTrade(world, { match, legs, bucket: at / LEGS_PER_TRADE, ahead: pathOf(world, fault) });
    }
  }
}

/** Moves every trade to the status that is due now. */
export function passTrades(world: World): void {
  const { trading } = world;
  for (const tradeId of trading.unsettled) {
    const trade = trading.trades.get(tradeId)!;
    while (trade.ahead[0] !== undefined && trade.ahead[0].atMs <= world.nowMs) {
      const { status } = trade.ahead.shift()!;
      if (status === 'FAILED') failTransaction(world, trade.transactionHash);
      else moveTrade(world, trade, status);
    }
    if (trade.ahead.length === 0) trading.unsettled.delete(tradeId);
  }
}

/** Sets a trade's status now; a final one ends it. */
export function setTradeOutcome(world: World, tradeId: string, status: TradeStatus): void {
  const trade = world.trading.trades.get(tradeId);
  if (trade === undefined) throw new Error(`no trade ${tradeId}`);
  if (trade.status === 'FAILED' || trade.status === 'CONFIRMED') throw new Error(`${tradeId} is final`);
  if (status === 'FAILED' || status === 'CONFIRMED') trade.ahead = [{ status, atMs: world.nowMs }];
  else
    trade.ahead = [
      { status, atMs: world.nowMs },
      { status: 'CONFIRMED', atMs: world.nowMs + CONFIRM_MS },
    ];
  world.trading.unsettled.add(tradeId);
  passTrades(world);
}

/** Finds resting orders that left the book unfilled since the last call, for whatever reason, and ends them. */
export function sweepOrders(world: World): void {
  for (const orderId of world.trading.open) {
    const order = world.trading.orders.get(orderId)!;
    if (order.status !== 'LIVE' || order.sequence === null) continue;
    if (bookHas(world, order.conditionId, order.sequence)) continue;
    const market = world.markets.get(order.conditionId);
    if (market === undefined || market.status !== 'open')
      endOrder(world, order, 'CANCELED_MARKET_RESOLVED', 'the market has closed');
    else endOrder(world, order, 'CANCELED', '');
  }
}

/** Ends an order. The user channel gets an event unless it was filled, which its trades have reported. */
export function endOrder(
  world: World,
  order: PlacedOrder,
  status: 'MATCHED' | 'CANCELED' | 'CANCELED_MARKET_RESOLVED',
  reason: string,
): void {
  order.status = status;
  order.reason = reason;
  order.dueAtMs = null;
  world.trading.open.delete(order.orderId);
  world.dirty.add(`order/${order.orderId}`);
  if (status !== 'MATCHED') noticeOrder(world, order, 'CANCELLATION');
}

/** After matching: an order that may not rest ends, and its remainder is killed. */
export function concludeImmediate(world: World, order: PlacedOrder): void {
  if (order.status !== 'MATCHED') endOrder(world, order, 'CANCELED', 'the remainder was killed');
}

/** A FAK BUY is complete when its cash is spent, any other order when its shares are matched. */
function isWhole(order: PlacedOrder): boolean {
  const spent = order.side === 'BUY' && order.makerAmount - order.matchedCash < CASH_REST_MAX;
  return order.matched >= order.original || (spent && isImmediate(order.type));
}

/** An order event for the user channel. */
export function noticeOrder(
  world: World,
  order: PlacedOrder,
  type: 'PLACEMENT' | 'UPDATE' | 'CANCELLATION',
): void {
  const trader = world.trading.traders.get(order.funder);
  if (trader === undefined) return;
  const message = orderEvent(world, order, type);
  world.trading.notices.push({
    owners: [trader.owner],
    conditionId: order.conditionId,
    message: () => message,
  });
}

function keepTrade(
  world: World,
  given: { match: Match; legs: Match['legs']; bucket: number; ahead: VenueTrade['ahead'] },
): void {
  const { match, legs, bucket, ahead } = given;
  const { trading } = world;
  const number = nextSequence(world);
  const market = world.markets.get(match.conditionId)!;
  const taken = legs.reduce(
    (sum, leg) => ({
      shares: sum.shares + leg.shares,
      cash: sum.cash + leg.takerCash,
      fee: sum.fee + leg.fee,
    }),
    { shares: 0n, cash: 0n, fee: 0n },
  );
  const trade: VenueTrade = {
    tradeId: uuidOf(scatterHex(`trade:${world.meta.seed}:${number}`, 32)),
    number,
    conditionId: match.conditionId,
    taker: {
      ...partOf(world, market, match.taker),
      ...taken,
      price: averagePrice(taken.cash, taken.shares),
    },
    makers: legs.map((leg) => ({
      ...partOf(world, market, leg),
      shares: leg.shares,
      cash: leg.cash,
      price: leg.price,
    })),
    status: 'MATCHED',
    transactionHash: match.transactionHash,
    bucket,
    matchedAtMs: world.nowMs,
    updatedAtMs: world.nowMs,
    ahead,
    error: '',
  };
  trading.trades.set(trade.tradeId, trade);
  trading.unsettled.add(trade.tradeId);
  world.dirty.add(`trade/${trade.tradeId}`);
  for (const part of [trade.taker, ...trade.makers]) countPart(world, trade, part);
  noticeTrade(world, trade);
  forgetOldest(world);
}

function forgetOldest(world: World): void {
  const { trades, unsettled } = world.trading;
  if (trades.size <= TRADES_MAX) return;
  for (const tradeId of trades.keys()) {
    if (unsettled.has(tradeId)) continue;
    trades.delete(tradeId);
    world.dirty.add(`trade/${tradeId}`);
    return;
  }
}

/** Adds a part of a trade to the order it belongs to, if that order is a trader's. */
function countPart(world: World, trade: VenueTrade, part: TradePart): void {
  const order = world.trading.orders.get(part.orderId);
  if (order === undefined) return;
  order.matched += part.shares;
  order.matchedCash += part.cash;
  if (part === trade.taker) order.fee += trade.taker.fee;
  if (!order.tradeIds.includes(trade.tradeId)) order.tradeIds.push(trade.tradeId);
  if (isWhole(order)) endOrder(world, order, 'MATCHED', '');
  world.dirty.add(`order/${order.orderId}`);
  noticeOrder(world, order, 'UPDATE');
}

function partOf(
  world: World,
  market: Market,
  side: Match['taker'],
): Pick<TradePart, 'orderId' | 'account' | 'owner' | 'tokenId' | 'outcome' | 'side'> {
  const known = world.trading.bySequence.get(side.sequence);
  const order = known === undefined ? undefined : world.trading.orders.get(known);
  const orderId = order?.orderId ?? `0x${scatterHex(`order:${world.meta.seed}:${side.sequence}`, 64)}`;
  return {
    orderId,
    account: side.account,
    owner: order?.owner ?? uuidOf(scatterHex(`key:${side.account}`, 32)),
    tokenId: market.tokens[side.outcome],
    outcome: side.outcome,
    side: side.side,
  };
}

function pathOf(world: World, fault: TradeFaultKind | null): VenueTrade['ahead'] {
  // A failure happens before the transaction is mined and its rows become public.
  const early = world.nowMs + SETTLE_MS - 100;
  const mined = world.nowMs + SETTLE_MS;
  const final = world.nowMs + CONFIRM_MS;
  switch (fault) {
    case 'matched-then-failed':
      return [{ status: 'FAILED', atMs: early }];
    case 'retried':
      return [
        { status: 'RETRYING', atMs: early },
        { status: 'MINED', atMs: final },
        { status: 'CONFIRMED', atMs: final + SETTLE_MS },
      ];
    case 'retried-then-failed':
      return [
        { status: 'RETRYING', atMs: early },
        { status: 'FAILED', atMs: final },
      ];
    default:
      return [
        { status: 'MINED', atMs: mined },
        { status: 'CONFIRMED', atMs: final },
      ];
  }
}

function moveTrade(world: World, trade: VenueTrade, status: TradeStatus): void {
  trade.status = status;
  trade.updatedAtMs = world.nowMs;
  world.dirty.add(`trade/${trade.tradeId}`);
  noticeTrade(world, trade);
}

function noticeTrade(world: World, trade: VenueTrade): void {
  const owners = new Set<string>();
  for (const part of [trade.taker, ...trade.makers]) {
    const trader = world.trading.traders.get(part.account);
    if (trader !== undefined) owners.add(trader.owner);
  }
  const messages = new Map([...owners].map((owner) => [owner, tradeEvent(world, trade, owner)]));
  world.trading.notices.push({
    owners: [...owners],
    conditionId: trade.conditionId,
    message: (owner) => messages.get(owner),
  });
}

/** Undoes all trades of a transaction; if an account no longer has what it received, the transaction is mined instead. */
function failTransaction(world: World, transactionHash: string): void {
  const trades = [...world.trading.trades.values()].filter(
    (trade) => trade.transactionHash === transactionHash && trade.status !== 'FAILED',
  );
  const possible = trades.every((trade) => canUndo(world, trade));
  for (const trade of trades) {
    trade.ahead = [];
    if (!possible) {
      moveTrade(world, trade, 'CONFIRMED');
      continue;
    }
    undo(world, trade);
    trade.error = 'the transaction was reverted';
    moveTrade(world, trade, 'FAILED');
  }
  if (possible) withdrawRows(world, transactionHash);
}
