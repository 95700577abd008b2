/** Walking a book never takes more than there is nor beyond the limit, and a price that is not known is never made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BOOK_LEVELS_MAX,
  type Book,
  bestPrices,
  isCrossed,
  type Level,
  levelsWithin,
  midPrice,
  notionalOf,
  topLevels,
  walk,
} from '../../../domain/market/book.ts';
import { min, price, shares } from '../../../domain/money.ts';
import { anyTick, bookOf, levelsOf, priceOnGrid, someShares } from '../arbitraries.ts';
import { at, levels, NOW, sh, TOKEN, usd } from '../decide/example-facts.ts';

const anySide = fc.constantFrom('BUY' as const, 'SELL' as const);

function sizeOf(some: readonly Level[]): bigint {
  return some.reduce((sum, level) => sum + level.shareMicros, 0n);
}

function book(bids: string, asks: string): Book {
  return { tokenId: TOKEN, bids: levels(bids), asks: levels(asks), asOfMs: NOW, hash: '' };
}

describe('walking a book', () => {
  it('takes what is wanted or all there is, best first, and never more of a level than it shows', () => {
    const input = anyTick.chain((tick) => fc.tuple(levelsOf(tick, 'BUY'), someShares));
    fc.assert(
      fc.property(input, ([shown, wanted]) => {
        const taken = walk(shown, wanted);
        const total = sizeOf(shown);
        expect(sizeOf(taken)).toBe(min(total, wanted));
        taken.forEach((part, index) => {
          const level = shown[index]!;
          expect(part.priceMicros).toBe(level.priceMicros);
          expect(part.shareMicros > 0n && part.shareMicros <= level.shareMicros).toBe(true);
          if (index < taken.length - 1) expect(part.shareMicros).toBe(level.shareMicros);
        });
      }),
    );
  });

  it('never goes beyond the limit price, and leaves out no level that is within', () => {
    const input = anyTick.chain((tick) => fc.tuple(bookOf(tick), priceOnGrid(tick), anySide));
    fc.assert(
      fc.property(input, ([shown, limit, side]) => {
        const within = levelsWithin(shown, side, limit);
        const all = side === 'BUY' ? shown.asks : shown.bids;
        const beyond = all.filter((level) => !within.includes(level));
        const reachable = (level: Level): boolean =>
          side === 'BUY' ? level.priceMicros <= limit : level.priceMicros >= limit;
        expect(within.every(reachable)).toBe(true);
        expect(beyond.some(reachable)).toBe(false);
      }),
    );
  });

  it('takes nothing when nothing is wanted', () => {
    expect(walk(levels('0.5x1'), shares(0n))).toEqual([]);
  });

  it('counts what is there in cash, each level rounded down', () => {
    expect(notionalOf(levels('0.50x10 0.333333x0.000001'))).toBe(usd('5'));
  });
});

describe('prices of a book', () => {
  it('is in the middle of $0.48 and nothing at $0.74, with a spread of 52 cents', () => {
    const lonely = book('0.48x1', '');
    const { bid, ask } = bestPrices(lonely);
    expect(midPrice(lonely)).toBe(at('0.74'));
    expect(ask - bid).toBe(at('0.52'));
  });

  it('rounds half a micro of the mid up', () => {
    expect(midPrice(book('0.500000x1', '0.500001x1'))).toBe(price(500_001n));
  });

  it('counts a missing bid as nothing and a missing ask as a dollar', () => {
    expect(bestPrices(book('', ''))).toEqual({ bid: 0n, ask: 1_000_000n });
  });

  it.each([
    ['a bid below the ask', book('0.51x1', '0.52x1'), false],
    ['a bid at the ask', book('0.52x1', '0.52x1'), true],
    ['bids alone', book('0.52x1', ''), false],
    ['asks alone', book('', '0.52x1'), false],
    ['neither side', book('', ''), false],
  ])('is crossed or not with %s', (_what, shown, crossed) => {
    expect(isCrossed(shown)).toBe(crossed);
  });

  it('shows a decision at most twenty levels a side', () => {
    const deep = Array.from({ length: 30 }, (_, index) => ({
      priceMicros: price(BigInt(500_000 + index)),
      shareMicros: sh('1'),
    }));
    const top = topLevels({ ...book('', ''), asks: deep, bids: deep });
    expect(BOOK_LEVELS_MAX).toBe(20);
    expect([top.asks, top.bids]).toEqual([deep.slice(0, 20), deep.slice(0, 20)]);
  });
});
