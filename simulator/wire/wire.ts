// The venue's shapes of a book and its levels, used by the REST routes and the market channel.
// Bids ascend and asks descend, so the best level of each side is last. Numbers are decimal text.

import { formatMicros, ONE } from '../model/decimal.ts';
import { type Book, type Market, type Order, tokenOf, type World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import type { Outcome } from '../model/sides.ts';

export interface Level {
  price: bigint;
  size: bigint;
}

/** Levels of one token, best first. */
export interface Levels {
  bids: Level[];
  asks: Level[];
}

export interface WireLevel {
  price: string;
  size: string;
}

export interface WireBook {
  market: string;
  asset_id: string;
  timestamp: string;
  hash: string;
  bids: WireLevel[];
  asks: WireLevel[];
  min_order_size: string;
  tick_size: string;
  neg_risk: boolean;
  last_trade_price: string;
  version?: 'v2';
}

/** A market's levels in terms of one token: the two tokens' books are mirror images. */
export function levelsOf(book: Book, outcome: Outcome): Levels {
  const bids = sumLevels(book.bids);
  const asks = sumLevels(book.asks);
  if (outcome === 0) return { bids, asks };
  const mirror = (level: Level): Level => ({ price: ONE - level.price, size: level.size });
  return { bids: asks.map(mirror), asks: bids.map(mirror) };
}

/** A book as `GET /book` sends it. */
export function wireBook(world: World, tokenId: string): WireBook {
  const { market, book, outcome } = tokenOf(world, tokenId);
  const levels = levelsOf(book, outcome);
  return {
    market: market.conditionId,
    asset_id: tokenId,
    timestamp: String(world.nowMs),
    hash: bookHash(tokenId, levels),
    bids: levels.bids.map(wireLevel).reverse(),
    asks: levels.asks.map(wireLevel).reverse(),
    min_order_size: formatMicros(market.minSize),
    tick_size: formatMicros(market.tick),
    neg_risk: market.negRisk,
    last_trade_price: lastTradePrice(market),
    ...(market.version === 'v2' ? { version: 'v2' as const } : {}),
  };
}

/** Forty hex digits that change when any level of the book does. */
export function bookHash(tokenId: string, levels: Levels): string {
  const text = [...levels.bids, ...levels.asks].map((level) => `${level.price}:${level.size}`).join(',');
  return scatterHex(`${tokenId}|${levels.bids.length}|${text}`, 40);
}

/** For an empty side the venue sends best bid "0" and best ask "1". */
export function bestText(levels: Levels): { best_bid: string; best_ask: string } {
  return {
    best_bid: levels.bids[0] === undefined ? '0' : formatMicros(levels.bids[0].price),
    best_ask: levels.asks[0] === undefined ? '1' : formatMicros(levels.asks[0].price),
  };
}

/** The last trade in terms of outcome 0 on both books, with three decimals; empty before the first one. */
export function lastTradePrice(market: Market): string {
  if (market.lastTradePrice === null) return '';
  const [whole, fraction = ''] = formatMicros(market.lastTradePrice).split('.');
  return `${whole}.${fraction.padEnd(3, '0')}`;
}

function wireLevel(level: Level): WireLevel {
  return { price: formatMicros(level.price), size: formatMicros(level.size) };
}

function sumLevels(queue: readonly Order[]): Level[] {
  const levels: Level[] = [];
  for (const order of queue) {
    const last = levels.at(-1);
    if (last !== undefined && last.price === order.bookPrice) last.size += order.remaining;
    else levels.push({ price: order.bookPrice, size: order.remaining });
  }
  return levels;
}
