/** The two integers of an order: within the exchange's decimals, at exactly the price or no better for us than it allows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from '../../../domain/ids.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import {
  cashOf,
  exactAmounts,
  type Giving,
  impliedWithin,
  reservationOf,
  restingAmounts,
  roundedAmounts,
  sharesOf,
} from '../../../domain/orders/order-amounts.ts';
import { anyTick, priceOnGrid } from '../arbitraries.ts';
import { at, sh } from '../decide/example-facts.ts';

const CENT = 10_000n;
const MICROS = 1_000_000n;

/** Four decimals, or three on the coarsest tick (polymarket-api.md 3.2). */
function askedStep(tick: bigint): bigint {
  return tick === 100_000n ? 1_000n : 100n;
}

const anySide = fc.constantFrom<Side>('BUY', 'SELL');
const anyGiving = anyTick.chain((tick) =>
  fc
    .tuple(priceOnGrid(tick), fc.bigInt({ min: 0n, max: 200_000_000n }))
    .map(([at_, given]): Giving => ({ given, at: at_, tick: price(tick) })),
);

/** Whether a pair is at exactly the price. */
function isExact(side: Side, pair: { makerMicros: bigint; takerMicros: bigint }, at_: bigint): boolean {
  const [money, size] =
    side === 'BUY' ? [pair.makerMicros, pair.takerMicros] : [pair.takerMicros, pair.makerMicros];
  return money * MICROS === size * at_;
}

describe('an exact pair', () => {
  it.each<[string, Side, Giving, bigint, bigint]>([
    [
      'spends cents for shares',
      'BUY',
      { given: 10_000_000n, at: at('0.42'), tick: at('0.01') },
      9_870_000n,
      23_500_000n,
    ],
    [
      'sells hundredths for cash',
      'SELL',
      { given: 10_009_999n, at: at('0.42'), tick: at('0.01') },
      10_000_000n,
      4_200_000n,
    ],
    [
      'asks for three decimals on the coarsest tick',
      'BUY',
      { given: 1_000_000n, at: at('0.3'), tick: at('0.1') },
      990_000n,
      3_300_000n,
    ],
    [
      'is nothing where the price allows only larger ones',
      'BUY',
      { given: 9_999n, at: at('0.5'), tick: at('0.01') },
      0n,
      0n,
    ],
    [
      'finds the one pair of an odd price',
      'BUY',
      { given: 4_000_000_000n, at: price(333_333n), tick: at('0.01') },
      3_333_330_000n,
      10_000_000_000n,
    ],
  ])('%s', (_what, side, giving, makerMicros, takerMicros) => {
    expect(exactAmounts(side, giving)).toEqual({ makerMicros, takerMicros });
  });

  it('is at the price, within the decimals, and the largest such', () => {
    fc.assert(
      fc.property(anySide, anyGiving, (side, giving) => {
        const step = askedStep(giving.tick);
        const pair = exactAmounts(side, giving);
        expect(pair.makerMicros <= giving.given).toBe(true);
        expect([pair.makerMicros % CENT, pair.takerMicros % step]).toEqual([0n, 0n]);
        expect(isExact(side, pair, giving.at)).toBe(true);
        for (
          let maker = pair.makerMicros + CENT;
          maker <= giving.given && maker < pair.makerMicros + 50n * CENT;
          maker += CENT
        ) {
          const scaled = side === 'BUY' ? maker * MICROS : maker * giving.at;
          const divisor = side === 'BUY' ? giving.at : MICROS;
          const isWhole = scaled % divisor === 0n && (scaled / divisor) % step === 0n;
          expect(isWhole).toBe(false);
        }
      }),
    );
  });
});

describe('a rounded pair', () => {
  it('gives all but a part of a cent and asks for all but a part of the step', () => {
    fc.assert(
      fc.property(anySide, anyGiving, (side, giving) => {
        const step = askedStep(giving.tick);
        const { makerMicros, takerMicros } = roundedAmounts(side, giving);
        expect(makerMicros % CENT).toBe(0n);
        expect(makerMicros <= giving.given && giving.given - makerMicros < CENT).toBe(true);
        const worth =
          side === 'BUY' ? (makerMicros * MICROS) / giving.at : (makerMicros * giving.at) / MICROS;
        expect(takerMicros % step).toBe(0n);
        expect(takerMicros <= worth && worth - takerMicros < step).toBe(true);
      }),
    );
  });
});

describe('a resting pair', () => {
  it.each<[Side, string, string, bigint, bigint]>([
    ['BUY', '12.349', '0.25', 3_085_000n, 12_340_000n],
    ['SELL', '12.349', '0.25', 12_340_000n, 3_085_000n],
  ])(
    'of a %s of %s shares at %s is whole hundredths at the price',
    (side, size, text, makerMicros, takerMicros) => {
      const pair = restingAmounts(side, sh(size), at(text));
      expect(pair).toEqual({ makerMicros, takerMicros });
      expect([sharesOf({ side, ...pair }), cashOf({ side, ...pair })]).toEqual([sh('12.34'), 3_085_000n]);
    },
  );
});

describe('the price that a pair implies', () => {
  it.each<[string, Side, bigint, bigint, boolean]>([
    ['a purchase at the bound is within it', 'BUY', 5_000_000n, 10_000_000n, true],
    ['a purchase one micro above is not', 'BUY', 5_000_001n, 10_000_000n, false],
    ['a purchase below is', 'BUY', 4_000_000n, 10_000_000n, true],
    ['a sale at the bound is within it', 'SELL', 10_000_000n, 5_000_000n, true],
    ['a sale one micro below is not', 'SELL', 10_000_000n, 4_999_999n, false],
    ['a sale above is', 'SELL', 10_000_000n, 6_000_000n, true],
  ])('%s', (_what, side, makerMicros, takerMicros, isWithin) => {
    expect(impliedWithin({ side, makerMicros, takerMicros }, at('0.50'))).toBe(isWithin);
  });
});

describe('what an order holds until it has ended', () => {
  const buy = { side: 'BUY', makerMicros: 5_000_000n, takerMicros: 10_000_000n } as const;
  const sell = { side: 'SELL', makerMicros: 10_000_000n, takerMicros: 5_000_000n } as const;
  it.each([
    ['of a purchase is its cash', buy, null, 5_000_000n, 0n],
    [
      'with a fee is the rate on its cash too, with slack for rounding',
      buy,
      { ratePpm: 70_000n, exponent: 1 },
      5_350_500n,
      0n,
    ],
    ['rounds that fee up', { ...buy, makerMicros: 1n }, { ratePpm: 70_000n, exponent: 1 }, 502n, 0n],
    ['with a flat fee is the rate on its shares', buy, { ratePpm: 20_000n, exponent: 0 }, 5_200_500n, 0n],
    ['of a sale is its shares alone', sell, { ratePpm: 70_000n, exponent: 1 }, 0n, 10_000_000n],
  ])('%s', (_what, order, fee, cashMicros, shareMicros) => {
    expect(reservationOf(order, fee)).toEqual({
      cashMicros: cash(cashMicros),
      shareMicros: shares(shareMicros),
    });
  });
});
