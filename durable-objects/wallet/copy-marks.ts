/** Marks by the book that a copy was decided or filled with, until the minute's next mark. */
import type { Book } from '../../domain/market/book.ts';
import { bidOf, markOf, topOf } from '../../domain/market/mark.ts';
import type { PortfolioStore } from './portfolio-store.ts';

/** What is held of the book's token is worth what this book says (A49). Call it inside a transaction. */
export function markBy(store: PortfolioStore, book: Book | null, nowMs: number): void {
  if (book === null) return;
  const { tokenId, lastTrade = null } = book;
  const top = topOf(book);
  const mark = markOf({ top, lastTrade, lastGood: store.lastGoodMark(tokenId), nowMs });
  store.mark(tokenId, { mark, bidPriceMicros: bidOf(top), ended: false });
}
