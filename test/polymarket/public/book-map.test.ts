/** The live book of a token: snapshots replace, changes are absolute, a new tick or damage empties it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from '../../../domain/ids.ts';
import { isCrossed } from '../../../domain/market/book.ts';
import { price, shares } from '../../../domain/money.ts';
import { BookMap, type BookSnapshot } from '../../../polymarket/public/book-map.ts';
import { CONDITION, TOKEN_1 } from '../fixture.ts';

function snapshot(change: Partial<BookSnapshot> = {}): BookSnapshot {
  return {
    tokenId: TOKEN_1,
    conditionId: CONDITION,
    bids: [{ priceMicros: price(400_000n), shareMicros: shares(10n) }],
    asks: [{ priceMicros: price(420_000n), shareMicros: shares(5n) }],
    tickPriceMicros: price(10_000n),
    orderShareMicrosMin: shares(5_000_000n),
    hash: 'h1',
    venueAtMs: 1_000,
    ...change,
  };
}

function change(side: Side, at: bigint, size: bigint, venueAtMs = 2_000) {
  return { side, priceMicros: price(at), shareMicros: shares(size), hash: 'h2', venueAtMs };
}

function bookMap(): BookMap {
  const book = new BookMap(TOKEN_1);
  book.applyBook(snapshot());
  return book;
}

describe('a book map', () => {
  it('has no book before the first snapshot, whatever changes come', () => {
    const book = new BookMap(TOKEN_1);
    expect(book.applyPriceChange(change('BUY', 400_000n, 1n))).toBe(false);
    expect(book.toSnapshot()).toBeUndefined();
    expect(book.crossed).toBe(false);
  });

  it('takes a change as the new total of its level, and zero as its end', () => {
    const book = bookMap();
    book.applyPriceChange(change('BUY', 410_000n, 7n));
    book.applyPriceChange(change('BUY', 410_000n, 6n));
    book.applyPriceChange(change('SELL', 420_000n, 0n));
    expect(book.toSnapshot()).toEqual(
      snapshot({
        bids: [
          { priceMicros: price(410_000n), shareMicros: shares(6n) },
          { priceMicros: price(400_000n), shareMicros: shares(10n) },
        ],
        asks: [],
        hash: 'h2',
        venueAtMs: 2_000,
      }),
    );
  });

  it('replaces the whole book by a snapshot: no level of before is left (W32)', () => {
    const book = bookMap();
    book.applyPriceChange(change('BUY', 410_000n, 7n));
    book.applyBook(snapshot({ venueAtMs: 3_000 }));
    expect(book.toSnapshot()).toEqual(snapshot({ venueAtMs: 3_000 }));
  });

  it('is as new as the newest thing in it, though times come out of order', () => {
    const book = bookMap();
    book.applyPriceChange(change('BUY', 410_000n, 7n, 5_000));
    book.applyPriceChange(change('BUY', 405_000n, 7n, 4_999));
    expect(book.toSnapshot()?.venueAtMs).toBe(5_000);
  });

  it('keeps tick and minimum when a later snapshot lacks them', () => {
    const book = bookMap();
    book.applyBook(snapshot({ tickPriceMicros: undefined, orderShareMicrosMin: undefined }));
    expect(book.toSnapshot()).toMatchObject({ tickPriceMicros: 10_000n, orderShareMicrosMin: 5_000_000n });
  });

  it('drops its levels on a new tick and waits for a snapshot; the same tick again drops nothing', () => {
    const book = bookMap();
    expect(book.applyTickSize(price(1_000n))).toBe(true);
    expect(book.toSnapshot()).toBeUndefined();
    book.applyBook(snapshot({ tickPriceMicros: undefined }));
    expect(book.applyTickSize(price(1_000n))).toBe(false);
    expect(book.toSnapshot()?.tickPriceMicros).toBe(1_000n);
  });

  it('says when it is crossed or locked', () => {
    const book = bookMap();
    expect(book.crossed).toBe(false);
    book.applyPriceChange(change('BUY', 420_000n, 1n));
    expect(book.crossed).toBe(true);
    expect(isCrossed({ bids: [], asks: [] })).toBe(false);
  });

  it('gives a snapshot that later changes do not touch', () => {
    const book = bookMap();
    const before = book.toSnapshot();
    book.applyPriceChange(change('BUY', 410_000n, 7n));
    expect(before).toEqual(snapshot());
  });

  it('ends, after any changes, with the last total of each level, best first', () => {
    const step = fc.tuple(fc.constantFrom<Side>('BUY', 'SELL'), fc.bigInt(1n, 9n), fc.bigInt(0n, 3n));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const book = bookMap();
        const expected = { BUY: new Map([[400_000n, 10n]]), SELL: new Map([[420_000n, 5n]]) };
        for (const [side, at, size] of steps) {
          book.applyPriceChange(change(side, at, size));
          expected[side].set(at, size);
        }
        const found = book.toSnapshot()!;
        for (const [side, levels] of [['BUY', found.bids] as const, ['SELL', found.asks] as const]) {
          const prices = levels.map((level) => level.priceMicros as bigint);
          const sorted = [...prices].sort((a, b) => (a < b === (side === 'BUY') ? 1 : -1));
          expect(prices).toEqual(sorted);
          const left = new Map([...expected[side]].filter(([, size]) => size > 0n));
          expect(
            new Map(levels.map((level) => [level.priceMicros as bigint, level.shareMicros as bigint])),
          ).toEqual(left);
        }
      }),
    );
  });
});
