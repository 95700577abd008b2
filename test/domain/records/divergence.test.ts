/** The difference between a real fill and paper's, and its six parts (A55): what each is, its sign, and that they add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cash, price, shares } from '../../../domain/money.ts';
import type { FillSums } from '../../../domain/orders/predicted-fill.ts';
import {
  type ComparedCopy,
  type Divergence,
  divergenceOf,
  missingBy,
  sizedBy,
} from '../../../domain/records/divergence.ts';
import { at, sh, usd } from '../decide/example-facts.ts';

function fill(size: string, notional: string, fee = '0'): FillSums {
  return { shareMicros: sh(size), notionalMicros: usd(notional), feeMicros: usd(fee) };
}

const TEN_AT_HALF = fill('10', '5');
/** Ten shares at $0.50 in both, as predicted. */
const SAME: ComparedCopy = {
  side: 'BUY',
  leaderPriceMicros: at('0.48'),
  paper: { targetShareMicros: sh('10'), fill: TEN_AT_HALF },
  live: {
    targetShareMicros: sh('10'),
    orderShareMicros: sh('10'),
    predicted: TEN_AT_HALF,
    fill: TEN_AT_HALF,
  },
  sizedBy: 'cap',
};

type Change = Partial<Omit<ComparedCopy, 'paper' | 'live'>> & {
  readonly paper?: Partial<ComparedCopy['paper']>;
  readonly live?: Partial<ComparedCopy['live']>;
};

function changed({ paper, live, ...rest }: Change): ComparedCopy {
  return { ...SAME, ...rest, paper: { ...SAME.paper, ...paper }, live: { ...SAME.live, ...live } };
}

/** The parts that are not zero, as decimal text. */
function partsOf(copy: ComparedCopy): Record<string, string> {
  const parts = Object.entries(divergenceOf(copy)).map(([name, micros]) => [
    name.replace('Micros', ''),
    (Number(micros) / 1e6).toString(),
  ]);
  return Object.fromEntries(parts.filter(([, text]) => text !== '0'));
}

function sumOf({ wholeMicros: _whole, ...parts }: Divergence): bigint {
  return Object.values(parts).reduce((sum: bigint, part) => sum + part, 0n);
}

describe('the difference between live and paper', () => {
  it.each<[string, Change, Record<string, string>]>([
    ['is nothing where both are the same', {}, {}],
    [
      'is delay where the book moved after the decision',
      { live: { fill: fill('10', '5.2') } },
      { whole: '0.2', delay: '0.2' },
    ],
    ['is delay where shares were gone', { live: { fill: fill('4', '2') } }, { whole: '-3', delay: '-3' }],
    [
      'is spread where the book of live’s decision was another than paper’s',
      { live: { predicted: fill('10', '5.1'), fill: fill('10', '5.1') } },
      { whole: '0.1', spread: '0.1' },
    ],
    [
      'is spread where paper’s book was too thin',
      { paper: { fill: fill('6', '3') } },
      { whole: '2', spread: '2' },
    ],
    [
      'is spread where a BUY spends its cash below its limit',
      { live: { orderShareMicros: sh('9.8'), predicted: TEN_AT_HALF } },
      { whole: '0', rounding: '-0.1', spread: '0.1' },
    ],
    ['is fee', { live: { fill: fill('10', '5', '0.02') } }, { whole: '0.02', fee: '0.02' }],
    [
      'is rounding where the venue’s grids changed the size',
      { live: { orderShareMicros: sh('9.9'), predicted: fill('9.9', '4.95'), fill: fill('9.9', '4.95') } },
      { whole: '-0.05', rounding: '-0.05' },
    ],
    [
      'is a cap where live was to be smaller',
      {
        live: {
          targetShareMicros: sh('6'),
          orderShareMicros: sh('6'),
          predicted: fill('6', '3'),
          fill: fill('6', '3'),
        },
      },
      { whole: '-2', cap: '-2' },
    ],
    [
      'is a minimum where paper was raised to one',
      {
        sizedBy: 'minimum',
        live: {
          targetShareMicros: sh('6'),
          orderShareMicros: sh('6'),
          predicted: fill('6', '3'),
          fill: fill('6', '3'),
        },
      },
      { whole: '-2', minimum: '-2' },
    ],
    [
      'has every part at once',
      {
        paper: { fill: fill('10', '5', '0.01') },
        live: {
          targetShareMicros: sh('8'),
          orderShareMicros: sh('7.9'),
          predicted: fill('7', '3.57'),
          fill: fill('6', '3.12', '0.03'),
        },
      },
      // Size: −1 cap, −0.05 rounding, −0.45 depth, −0.5 gone. Price, on 6 shares: 1¢ spread, 1¢ delay.
      { whole: '-1.86', cap: '-1', rounding: '-0.05', spread: '-0.39', delay: '-0.44', fee: '0.02' },
    ],
    [
      'without a prediction counts the spread as delay',
      { live: { predicted: null, fill: fill('10', '5.3') } },
      { whole: '0.3', delay: '0.3' },
    ],
    [
      'values sizes at the predicted price where paper filled nothing',
      { paper: { fill: fill('0', '0') } },
      { whole: '5', spread: '5' },
    ],
    [
      'values sizes at the leader’s price where nothing else has one',
      {
        paper: { fill: fill('0', '0') },
        live: {
          targetShareMicros: sh('5'),
          orderShareMicros: sh('5'),
          predicted: fill('0', '0'),
          fill: fill('0', '0'),
        },
      },
      { whole: '0', cap: '-2.4', spread: '2.4' },
    ],
  ])('of a BUY %s', (_what, change, parts) => {
    const copy = changed(change);
    const { whole = '0', ...rest } = parts;
    expect(partsOf(copy)).toEqual(whole === '0' ? rest : { whole, ...rest });
    expect(sumOf(divergenceOf(copy))).toBe(divergenceOf(copy).wholeMicros);
  });

  it('of a SELL is what live brought more; its fee counts against it', () => {
    const copy = changed({ side: 'SELL', live: { fill: fill('10', '4.9', '0.02') } });
    expect(partsOf(copy)).toEqual({ whole: '-0.12', delay: '-0.1', fee: '-0.02' });
  });

  it('is exactly the sum of its parts, whatever the fills', () => {
    const size = fc.bigInt({ min: 0n, max: 5_000_000_000n }).map(shares);
    const some = fc
      .record({
        size,
        at: fc.bigInt({ min: 1_000n, max: 999_000n }),
        fee: fc.bigInt({ min: 0n, max: 900_000n }),
      })
      .map((one): FillSums => {
        return {
          shareMicros: one.size,
          notionalMicros: cash((one.size * one.at) / 1_000_000n),
          feeMicros: cash(one.fee),
        };
      });
    const any: fc.Arbitrary<ComparedCopy> = fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      leaderPriceMicros: fc.bigInt({ min: 1_000n, max: 999_000n }).map(price),
      paper: fc.record({ targetShareMicros: size, fill: some }),
      live: fc.record({
        targetShareMicros: size,
        orderShareMicros: size,
        predicted: fc.option(some, { nil: null }),
        fill: some,
      }),
      sizedBy: fc.constantFrom('minimum' as const, 'cap' as const),
    });
    fc.assert(
      fc.property(any, (copy) => {
        const found = divergenceOf(copy);
        expect(sumOf(found)).toBe(found.wholeMicros);
      }),
    );
  });
});

describe('a difference between two targets', () => {
  it('is by a minimum where either decision names one, else by a cap', () => {
    expect(sizedBy(['DEPTH', 'RAISED_TO_MIN_TRADE'])).toBe('minimum');
    expect(sizedBy(['BELOW_MIN_ORDER_SIZE'])).toBe('minimum');
    expect(sizedBy(['MAX_TRADE'])).toBe('cap');
    expect(sizedBy([])).toBe('cap');
  });
});

describe('a copy that one mode did not make', () => {
  it('is by a minimum or a cap where its reasons say so, else by neither', () => {
    expect(missingBy(['LIVE_BELOW_MIN_ORDER_SIZE'])).toBe('minimum');
    for (const cap of ['RISK_CAP_USER', 'RISK_CAP_GLOBAL', 'RISK_CAP_MARKET', 'INSUFFICIENT_CASH'] as const)
      expect(missingBy([cap])).toBe('cap');
    expect(missingBy(['BOOK_STALE'])).toBeNull();
    expect(missingBy([])).toBeNull();
  });
});
