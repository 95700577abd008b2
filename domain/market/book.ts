/** Order books as decisions see them: levels best first, at most 20 a side, and the time at which the book was current. */
import type { TokenId } from '../ids.ts';
import {
  add,
  type CashMicros,
  cash,
  min,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
} from '../money.ts';

/** A price at a time: a trade of a token, or a mark. */
export interface PriceAt {
  readonly priceMicros: PriceMicros;
  readonly atMs: number;
}

export interface Level {
  readonly priceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
}

export interface Book {
  readonly tokenId: TokenId;
  /** Best (highest) first. */
  readonly bids: readonly Level[];
  /** Best (lowest) first. */
  readonly asks: readonly Level[];
  /** When the venue last confirmed this book, by a frame of the token or a REST answer. */
  readonly asOfMs: number;
  readonly hash: string;
  /** The token's last trade, where one is known. Marks use it; no decision does. */
  readonly lastTrade?: PriceAt;
}

/** Levels a side that a decision reads: stored facts keep as many, so that a replay is exact. */
export const BOOK_LEVELS_MAX = 20;
export const ONE_DOLLAR: PriceMicros = price(1_000_000n);

/** The book with at most 20 levels a side. */
export function topLevels(book: Book): Book {
  return { ...book, bids: book.bids.slice(0, BOOK_LEVELS_MAX), asks: book.asks.slice(0, BOOK_LEVELS_MAX) };
}

/** Best bid, or 0 without bids; best ask, or $1 without asks. */
export function bestPrices(book: Book): { readonly bid: PriceMicros; readonly ask: PriceMicros } {
  return { bid: book.bids[0]?.priceMicros ?? price(0n), ask: book.asks[0]?.priceMicros ?? ONE_DOLLAR };
}

/** (bid + ask) ÷ 2, half a micro rounded up. A missing bid counts as 0, a missing ask as $1. */
export function midPrice(book: Book): PriceMicros {
  const { bid, ask } = bestPrices(book);
  return price(mulDivFloor(bid + ask + 1n, 1n, 2n));
}

/** Whether the best bid is at or above the best ask: such a book is wrong or out of date, and is never decided on. */
export function isCrossed(book: Pick<Book, 'bids' | 'asks'>): boolean {
  const bid = book.bids[0];
  const ask = book.asks[0];
  return bid !== undefined && ask !== undefined && bid.priceMicros >= ask.priceMicros;
}

/** The levels that a taker of the side can take without going beyond the limit price. */
export function levelsWithin(book: Book, side: 'BUY' | 'SELL', limit: PriceMicros): readonly Level[] {
  return side === 'BUY'
    ? book.asks.filter((level) => level.priceMicros <= limit)
    : book.bids.filter((level) => level.priceMicros >= limit);
}

/** The notional of the levels, each rounded down. */
export function notionalOf(levels: readonly Level[]): CashMicros {
  return levels.reduce(
    (total, level) => add(total, notionalFloor(level.shareMicros, level.priceMicros)),
    cash(0n),
  );
}

/** The parts of the levels, in order, that fill the wanted shares, or as many of them as the levels hold. */
export function walk(levels: readonly Level[], wanted: ShareMicros): readonly Level[] {
  const taken: Level[] = [];
  let left: bigint = wanted;
  for (const level of levels) {
    if (left <= 0n) break;
    const part = min(shares(left), level.shareMicros);
    taken.push({ priceMicros: level.priceMicros, shareMicros: part });
    left -= part;
  }
  return taken;
}
