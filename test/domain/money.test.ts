/** Money is exact: text and micros are the same number, and every rounding goes the way its name says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../domain/assert.ts';
import {
  abs,
  BPS,
  bps,
  bpsOfFloor,
  cash,
  ceilToStep,
  floorToStep,
  formatMicros,
  MICROS,
  max,
  min,
  mulDivCeil,
  mulDivFloor,
  mulDivRound,
  negate,
  notionalCeil,
  notionalFloor,
  parseMicros,
  price,
  priceOfFloor,
  SAFE_MICROS_MAX,
  shares,
  sharesForCashFloor,
  sub,
} from '../../domain/money.ts';
import './arbitraries.ts';

const anyMicros = fc.bigInt({ min: -SAFE_MICROS_MAX, max: SAFE_MICROS_MAX });
const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
const positive = fc.bigInt({ min: 1n, max: 10n ** 15n });
const anyPrice = fc.bigInt({ min: 1n, max: MICROS }).map(price);

describe('decimal text', () => {
  it('comes back as the same micros after printing', () => {
    fc.assert(
      fc.property(anyMicros, (micros) => {
        expect(parseMicros(formatMicros(micros))).toBe(micros);
      }),
    );
  });

  it('is read digit by digit: what no float holds is still exact', () => {
    expect(parseMicros('0.1')! + parseMicros('0.2')!).toBe(parseMicros('0.3'));
    expect(parseMicros('9007199254.740991')).toBe(SAFE_MICROS_MAX);
    expect(parseMicros('2.01')).toBe(2_010_000n);
  });

  it('loses digits past the sixth place towards zero', () => {
    fc.assert(
      fc.property(amount, fc.stringMatching(/^\d{0,12}$/), fc.boolean(), (micros, noise, negative) => {
        const text = `${micros / MICROS}.${(micros % MICROS).toString().padStart(6, '0')}${noise}`;
        const value = micros > SAFE_MICROS_MAX ? undefined : micros;
        expect(parseMicros(negative ? `-${text}` : text)).toBe(
          value === undefined ? undefined : negative ? -value : value,
        );
      }),
    );
  });

  it.each([
    '',
    ' ',
    '1e-7',
    '1,5',
    '.5',
    '0x10',
    'NaN',
    'Infinity',
    '--1',
    '1.2.3',
    ' 1',
    '1 ',
    '９',
    '9007199254.740992',
  ])('refuses %j', (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });

  it('either refuses any text or reads a plain decimal, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const micros = parseMicros(text);
        if (micros !== undefined) expect(text).toMatch(/^[+-]?\d+(\.\d*)?$/);
      }),
    );
  });
});

describe('amounts of one unit', () => {
  it.each([
    ['a difference', sub(cash(5n), cash(7n)), -2n],
    ['the opposite of a loss', negate(cash(-5n)), 5n],
    ['the opposite of a gain', negate(cash(5n)), -5n],
    ['the size of a loss', abs(cash(-1n)), 1n],
    ['the size of a gain', abs(cash(1n)), 1n],
    ['the lower of two', min(cash(5n), cash(-7n)), -7n],
    ['the higher of two', max(cash(5n), cash(-7n)), 5n],
  ])('have %s', (_what, value, expected) => {
    expect(value).toBe(expected);
  });

  it.each([
    [0n, '0'],
    [1n, '0.000001'],
    [-1n, '-0.000001'],
    [1_000_000n, '1'],
    [-2_500_000n, '-2.5'],
  ])('print %s as %s', (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });
});

describe('division', () => {
  it('rounds down, up and to the nearest as named, for negative amounts too', () => {
    fc.assert(
      fc.property(anyMicros, amount, positive, (value, numerator, denominator) => {
        const product = value * numerator;
        const down = mulDivFloor(value, numerator, denominator);
        const up = mulDivCeil(value, numerator, denominator);
        const near = mulDivRound(value, numerator, denominator);
        expect(down * denominator <= product && product < (down + 1n) * denominator).toBe(true);
        expect(up * denominator >= product && product > (up - 1n) * denominator).toBe(true);
        const miss = near * denominator - product;
        expect(2n * (miss < 0n ? -miss : miss) <= denominator).toBe(true);
      }),
    );
  });

  it('rounds halves away from zero', () => {
    expect(mulDivRound(5n, 1n, 10n)).toBe(1n);
    expect(mulDivRound(-5n, 1n, 10n)).toBe(-1n);
  });

  it.each([0n, -1n])('by %s is our own bug', (denominator) => {
    expect(() => mulDivFloor(1n, 1n, denominator)).toThrow(InvariantError);
    expect(() => mulDivRound(1n, 1n, denominator)).toThrow(InvariantError);
  });

  it('keeps to the step grid, on the side that its name says', () => {
    fc.assert(
      fc.property(anyMicros, positive, (value, step) => {
        const low = floorToStep(cash(value), step);
        const high = ceilToStep(cash(value), step);
        expect([low % step, high % step]).toEqual([0n, 0n]);
        expect(low <= value && value - low < step && high >= value && high - value < step).toBe(true);
      }),
    );
  });
});

describe('cash, shares and price', () => {
  it('never buys shares that cost more than the cash', () => {
    fc.assert(
      fc.property(amount, anyPrice, (spend, at) => {
        const size = sharesForCashFloor(cash(spend), at);
        expect(notionalCeil(size, at) <= spend).toBe(true);
        expect(notionalFloor(shares(size + 1n), at) >= spend - 1n).toBe(true);
      }),
    );
  });

  it('differs by at most one micro between rounding up and down', () => {
    fc.assert(
      fc.property(amount, anyPrice, (size, at) => {
        const spread = notionalCeil(shares(size), at) - notionalFloor(shares(size), at);
        expect(spread === 0n || spread === 1n).toBe(true);
      }),
    );
  });

  it('never averages to more than was paid', () => {
    fc.assert(
      fc.property(amount, positive, (paid, size) => {
        expect(notionalFloor(shares(size), priceOfFloor(cash(paid), shares(size))) <= paid).toBe(true);
      }),
    );
  });

  it('has no price without shares and no shares without a price', () => {
    expect(priceOfFloor(cash(5n), shares(0n))).toBe(0n);
    expect(priceOfFloor(cash(5n), shares(1n))).toBe(5_000_000n);
    expect(sharesForCashFloor(cash(5n), price(0n))).toBe(0n);
  });

  it('takes parts in basis points that never sum above the whole', () => {
    fc.assert(
      fc.property(amount, fc.bigInt({ min: 0n, max: BPS }), (value, part) => {
        const first = bpsOfFloor(cash(value), bps(part));
        const second = bpsOfFloor(cash(value), bps(BPS - part));
        expect(first + second <= value && first + second >= value - 1n).toBe(true);
      }),
    );
  });
});
