/** A49: what a held share is worth, which rule says so, and whether that is good enough to judge profit by. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookTop, bidOf, marked, markOf, topOf } from '../../../domain/market/mark.ts';
import { price } from '../../../domain/money.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { anyTick, bookOf } from '../arbitraries.ts';
import { at, levels, NOW, TOKEN } from '../decide/example-facts.ts';

const AS_OF = NOW - 1_000;
const LONG_AGO = NOW - 30 * 24 * 60 * MINUTE_MS;

/** The top of a book of these best prices; '' for a side without levels. */
function top(bid: string, ask: string): BookTop {
  const side = (text: string) => (text === '' ? null : at(text));
  return { bidPriceMicros: side(bid), askPriceMicros: side(ask), asOfMs: AS_OF };
}

/** The mark of a book with a trade of this age at the price, and a good mark of half a dollar long ago. */
function markOfTop(
  book: BookTop,
  trade?: readonly [string, number],
  lastGood: string | null = '0.5',
): unknown[] {
  const { priceMicros, rule, good, atMs } = markOf({
    top: book,
    lastTrade: trade === undefined ? null : { priceMicros: at(trade[0]), atMs: NOW - trade[1] },
    lastGood: lastGood === null ? null : { priceMicros: at(lastGood), atMs: LONG_AGO },
    nowMs: NOW,
  });
  return [priceMicros, rule, good, atMs];
}

const TEN_MINUTES = 10 * MINUTE_MS;

describe('the mark of a long position', () => {
  it.each([
    ['a narrow book', top('0.48', '0.52'), at('0.5')],
    ['a spread of exactly ten cents', top('0.45', '0.55'), at('0.5')],
    ['an ask of exactly twice the bid', top('0.05', '0.1'), at('0.075')],
    ['a book at the bottom', top('0.001', '0.002'), at('0.0015')],
    ['a book at the top', top('0.998', '0.999'), at('0.9985')],
    ['half a micro between', top('0.5', '0.500001'), price(500_001n)],
  ])('is the mid, and good, of %s', (_what, book, mid) => {
    expect(markOfTop(book)).toEqual([mid, 'MID', true, AS_OF]);
  });

  it.each([
    ['a spread of more than ten cents', top('0.45', '0.550001'), at('0.45'), false],
    ['an ask above twice the bid', top('0.05', '0.100001'), at('0.05'), false],
    ['a wide ghost book', top('0.01', '0.99'), at('0.01'), false],
    ['a book at 0.001 and 0.999', top('0.001', '0.999'), at('0.001'), false],
    ['bids alone below 90 cents', top('0.899999', ''), at('0.899999'), false],
    ['bids alone of 90 cents', top('0.9', ''), at('0.9'), true],
    ['bids alone of 99.9 cents', top('0.999', ''), at('0.999'), true],
  ])('is the bid of %s', (_what, book, bid, good) => {
    expect(markOfTop(book)).toEqual([bid, 'BID', good, AS_OF]);
  });

  it.each([
    ['at the bid', '0.3', '0.3', TEN_MINUTES - 1],
    ['at the ask', '0.7', '0.7', 0],
    ['between', '0.45', '0.45', MINUTE_MS],
  ])('is a young last trade %s of a wide book', (_what, traded, expected, ageMs) => {
    expect(markOfTop(top('0.3', '0.7'), [traded, ageMs])).toEqual([at(expected), 'LAST_TRADE', true, AS_OF]);
  });

  it.each([
    ['ten minutes old', '0.5', TEN_MINUTES],
    ['below the bid', '0.299999', MINUTE_MS],
    ['above the ask', '0.700001', MINUTE_MS],
  ])('is the bid of a wide book when the last trade is %s', (_what, traded, ageMs) => {
    expect(markOfTop(top('0.3', '0.7'), [traded, ageMs])).toEqual([at('0.3'), 'BID', false, AS_OF]);
  });

  it('is a last trade above the bid where nothing is asked', () => {
    expect(markOfTop(top('0.3', ''), ['0.97', MINUTE_MS])).toEqual([at('0.97'), 'LAST_TRADE', true, AS_OF]);
  });

  it('is the mid of a narrow book, whatever was traded', () => {
    expect(markOfTop(top('0.48', '0.52'), ['0.52', MINUTE_MS])).toEqual([at('0.5'), 'MID', true, AS_OF]);
  });

  it.each([
    ['a lone ask of 99 cents', top('', '0.99')],
    ['an empty book', top('', '')],
    ['an ask of nothing alone', top('', '0.000001')],
    ['a crossed book', top('0.53', '0.52')],
    ['a locked book', top('0.52', '0.52')],
  ])('is the last good one, stale with its own time, for %s', (_what, book) => {
    expect(markOfTop(book, ['0.52', MINUTE_MS])).toEqual([at('0.5'), 'STALE', false, LONG_AGO]);
    expect(bidOf(book)).toBe(0n);
  });

  it('is nothing, and not good, where nobody bids and there was never a good one', () => {
    expect(markOfTop(top('', '0.99'), undefined, null)).toEqual([0n, 'NO_BID', false, AS_OF]);
  });

  it('lies within the book that has a bid, and is good only by mid, trade or a bid of 90 cents', () => {
    fc.assert(
      fc.property(anyTick.chain(bookOf), fc.integer({ min: 0, max: 999_999 }), (shown, traded) => {
        const best = topOf(shown);
        const mark = markOf({
          top: best,
          lastTrade: { priceMicros: price(BigInt(traded)), atMs: NOW },
          lastGood: null,
          nowMs: NOW,
        });
        if (bidOf(best) === 0n) {
          expect(mark.rule).toBe('NO_BID');
          return;
        }
        expect(mark.priceMicros >= bidOf(best)).toBe(true);
        expect(mark.priceMicros <= (best.askPriceMicros ?? 1_000_000n)).toBe(true);
        expect(mark.good).toBe(mark.rule !== 'BID' || mark.priceMicros >= 900_000n);
      }),
    );
  });

  it('takes its best prices from the first levels', () => {
    const shown = {
      tokenId: TOKEN,
      bids: levels('0.4x1 0.3x9'),
      asks: levels('0.6x1 0.7x9'),
      asOfMs: 7,
      hash: '',
    };
    expect(topOf(shown)).toEqual({ bidPriceMicros: at('0.4'), askPriceMicros: at('0.6'), asOfMs: 7 });
    expect(bidOf(topOf(shown))).toBe(at('0.4'));
  });
});

it.each([
  ['MID', '0.01', true],
  ['LAST_TRADE', '0.01', true],
  ['PAYOUT', '0', true],
  ['BID', '0.9', true],
  ['BID', '0.899999', false],
  ['STALE', '0.99', false],
  ['NO_BID', '0', false],
] as const)('a mark by the rule %s at $%s is good: %s', (rule, priceText, good) => {
  expect(marked(at(priceText), rule, 7)).toEqual({ priceMicros: at(priceText), rule, good, atMs: 7 });
});
