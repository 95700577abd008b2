/** The facts of a decision as compact JSON of at most 2 KB, from which it can be replayed exactly (design.md 2). */
import type { Book, Level } from './book.ts';
import type { DecisionFacts } from './decide.ts';
import { fromJson, toJson } from './json.ts';
import { price, shares } from './money.ts';

/** D1 keeps at most this much per decision; a test holds 20 full levels a side under it. */
export const FACTS_BYTES_MAX = 2_048;

function encodeLevels(levels: readonly Level[]): string {
  return levels.map((level) => `${level.priceMicros}:${level.shareMicros}`).join(' ');
}

function decodeLevels(text: string): Level[] {
  if (text === '') return [];
  return text.split(' ').map((part) => {
    const [at, size] = part.split(':');
    return { priceMicros: price(BigInt(at ?? '0')), shareMicros: shares(BigInt(size ?? '0')) };
  });
}

type Stored = Omit<DecisionFacts, 'book'> & {
  readonly book: (Omit<Book, 'bids' | 'asks'> & { b: string; a: string }) | null;
};

/** Text of the facts; `decodeFacts` is its inverse. */
export function encodeFacts(facts: DecisionFacts): string {
  const { book, ...rest } = facts;
  if (book === null) return toJson({ ...rest, book: null });
  const { bids, asks, ...meta } = book;
  return toJson({ ...rest, book: { ...meta, b: encodeLevels(bids), a: encodeLevels(asks) } });
}

/** The facts that `encodeFacts` was given. */
export function decodeFacts(encoded: string): DecisionFacts {
  const { book, ...rest } = fromJson<Stored>(encoded);
  if (book === null) return { ...rest, book: null };
  const { b, a, ...meta } = book;
  return { ...rest, book: { ...meta, bids: decodeLevels(b), asks: decodeLevels(a) } };
}
