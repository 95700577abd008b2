/** Order books as decisions see them: at most 20 levels a side, best first, with the age of the whole. */
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
  /** When the venue last vouched for this book: a frame of the token, or a REST answer. */
  readonly asOfMs: number;
  readonly hash: string;
}

/** All that a decision may look at, so that its stored facts can replay it exactly. */
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

/** Half of bid + ask, half a micro rounded up. A missing side counts as 0 or $1. */
export function midPrice(book: Book): PriceMicros {
  const { bid, ask } = bestPrices(book);
  return price(mulDivFloor(bid + ask + 1n, 1n, 2n));
}

/** Whether the bids reach the asks: such a book is never decided on. */
export function isCrossed(book: Pick<Book, 'bids' | 'asks'>): boolean {
  const bid = book.bids[0];
  const ask = book.asks[0];
  return bid !== undefined && ask !== undefined && bid.priceMicros >= ask.priceMicros;
}

/** A mark for valuing a position: the mid with both sides, else the one side, else none (never a plausible default, W28). */
export function markFromBook(book: Book): PriceMicros | undefined {
  const bid = book.bids[0]?.priceMicros;
  const ask = book.asks[0]?.priceMicros;
  if (bid !== undefined && ask !== undefined) return isCrossed(book) ? undefined : midPrice(book);
  return bid ?? ask;
}

/** The levels that a taker of the side may take without going beyond the limit price. */
export function levelsWithin(book: Book, side: 'BUY' | 'SELL', limit: PriceMicros): readonly Level[] {
  return side === 'BUY'
    ? book.asks.filter((level) => level.priceMicros <= limit)
    : book.bids.filter((level) => level.priceMicros >= limit);
}

/** What the levels are worth together, each rounded down. */
export function notionalOf(levels: readonly Level[]): CashMicros {
  return levels.reduce(
    (total, level) => add(total, notionalFloor(level.shareMicros, level.priceMicros)),
    cash(0n),
  );
}

/** Takes shares from the levels in order, at most as many as they hold. Each part is on one level. */
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
