/** What a fill moves: collateral leg by leg in the exchange's integers, and the taker's fee. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { formatMicros, shares } from '../../../domain/money.ts';
import { fillCash } from '../../../domain/orders/live-fees.ts';
import { reservationOf } from '../../../domain/orders/order-amounts.ts';
import { anyTick, priceOnGrid } from '../arbitraries.ts';
import { at, sh, usd } from '../decide/example-facts.ts';

const CRYPTO: FeeSchedule = { ratePpm: 70_000n, exponent: 1 };

interface Legs {
  readonly side: 'BUY' | 'SELL';
  readonly role: 'TAKER' | 'MAKER';
  /** 'shares@price' of each leg. */
  readonly legs: string;
}

function words({ side, role, legs }: Legs, fee: FeeSchedule | null): string {
  const { notionalMicros, feeMicros, cashDeltaMicros } = fillCash(
    {
      side,
      role,
      legs: legs.split(' ').map((leg) => {
        const [size = '', price = ''] = leg.split('@');
        return { shareMicros: sh(size), priceMicros: at(price) };
      }),
    },
    fee,
  );
  return [notionalMicros, feeMicros, cashDeltaMicros].map(formatMicros).join(' ');
}

describe('the cash of a fill', () => {
  it.each([
    // Seen on the chain (polymarket-api.md 4).
    [
      'pays the fee of a taker on top',
      { side: 'BUY', role: 'TAKER', legs: '25@0.64' },
      CRYPTO,
      '16 0.4032 -16.4032',
    ],
    [
      'takes it out of what a sale brings',
      { side: 'SELL', role: 'TAKER', legs: '25@0.64' },
      CRYPTO,
      '16 0.4032 15.5968',
    ],
    ['takes none of a maker', { side: 'BUY', role: 'MAKER', legs: '25@0.64' }, CRYPTO, '16 0 -16'],
    ['takes none where trading is free', { side: 'SELL', role: 'TAKER', legs: '25@0.64' }, null, '16 0 16'],
    [
      'adds up legs, each rounded by itself',
      { side: 'BUY', role: 'TAKER', legs: '10@0.5 10@0.51' },
      CRYPTO,
      '10.1 0.34993 -10.44993',
    ],
    [
      'rounds collateral down to the micro',
      { side: 'BUY', role: 'MAKER', legs: '0.000003@0.5' },
      null,
      '0.000001 0 -0.000001',
    ],
    [
      'rounds a fee to five decimals',
      { side: 'SELL', role: 'TAKER', legs: '0.01@0.5' },
      CRYPTO,
      '0.005 0.00018 0.00482',
    ],
  ] as const)('%s', (_sentence, legs, fee, expected) => {
    expect(words(legs, fee)).toBe(expected);
  });
});

describe('the reservation of an order', () => {
  it('holds the shares of a sale, and no cash', () => {
    const sale = { side: 'SELL', makerMicros: sh('40'), takerMicros: usd('20') } as const;
    expect(reservationOf(sale, CRYPTO)).toEqual({ cashMicros: 0n, shareMicros: sh('40') });
  });

  it('holds just the spend of a purchase where trading is free', () => {
    const purchase = { side: 'BUY', makerMicros: usd('20'), takerMicros: sh('40') } as const;
    expect(reservationOf(purchase, null)).toEqual({ cashMicros: usd('20'), shareMicros: 0n });
  });

  it.each([
    [
      'the rate on all of the spend, and what rounding leg by leg may add',
      { ratePpm: 70_000n, exponent: 1 },
      '21.4005',
    ],
    [
      'the rate on the shares where the fee does not depend on the price',
      { ratePpm: 70_000n, exponent: 0 },
      '22.8005',
    ],
  ])('holds for the fee of a purchase %s', (_sentence, fee, expected) => {
    const purchase = { side: 'BUY', makerMicros: usd('20'), takerMicros: sh('40') } as const;
    expect(formatMicros(reservationOf(purchase, fee).cashMicros)).toBe(expected);
  });

  it('is never less than a purchase costs with its fee, however it is filled', () => {
    const anyFills = anyTick.chain((tick) =>
      fc.array(fc.tuple(priceOnGrid(tick), fc.bigInt({ min: 1n, max: 1_000_000n })), {
        minLength: 1,
        maxLength: 20,
      }),
    );
    fc.assert(
      fc.property(
        anyFills,
        fc.constantFrom(1, 2),
        fc.bigInt({ min: 1n, max: 250_000n }),
        (fills, exponent, ratePpm) => {
          const fee = { ratePpm, exponent };
          const legs = fills.map(([priceMicros, hundredths]) => ({
            priceMicros,
            shareMicros: shares(hundredths * 10_000n),
          }));
          const { notionalMicros, cashDeltaMicros } = fillCash({ side: 'BUY', role: 'TAKER', legs }, fee);
          const order = { side: 'BUY', makerMicros: notionalMicros, takerMicros: 1n } as const;
          expect(reservationOf(order, fee).cashMicros >= -cashDeltaMicros).toBe(true);
        },
      ),
    );
  });
});
