/** The paper executor fills only what the book shows, within the plan, against us in every rounding, and never twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../domain/decide/decision-facts.ts';
import type { Book } from '../../../domain/market/book.ts';
import { SHARE_STEP_MICROS, takerFee } from '../../../domain/market/market.ts';
import { cash, shares } from '../../../domain/money.ts';
import {
  mostPaid,
  paperFills,
  payableFills,
  totalOf,
  withoutTaken,
} from '../../../domain/portfolio/paper-fills.ts';
import { anyTick, bookOf, priceOnGrid } from '../arbitraries.ts';
import { at, levels, NOW, sh, TOKEN, usd } from '../decide/example-facts.ts';

const FEE = { ratePpm: 70_000n, exponent: 1 };

const anyPlan = anyTick.chain((tick) =>
  fc.tuple(
    bookOf(tick),
    fc.record({
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      limitPriceMicros: priceOnGrid(tick),
      shareMicros: fc.bigInt({ min: 1n, max: 1_000_000n }).map((steps) => shares(steps * SHARE_STEP_MICROS)),
    }),
  ),
);

function book(bids: string, asks: string): Book {
  return { tokenId: TOKEN, bids: levels(bids), asks: levels(asks), asOfMs: NOW, hash: '' };
}

describe('paper fills', () => {
  it('are one per level, with the fee of that level, and the rest is killed', () => {
    const plan: Plan = { side: 'BUY', limitPriceMicros: at('0.51'), shareMicros: sh('40') };
    const fills = paperFills(plan, book('', '0.50x10 0.51x20 0.52x99'), FEE);
    expect(fills).toEqual([
      { priceMicros: at('0.50'), shareMicros: sh('10'), notionalMicros: usd('5'), feeMicros: usd('0.175') },
      {
        priceMicros: at('0.51'),
        shareMicros: sh('20'),
        notionalMicros: usd('10.2'),
        feeMicros: usd('0.34986'),
      },
    ]);
    expect(totalOf(fills)).toEqual({
      shareMicros: sh('30'),
      notionalMicros: usd('15.2'),
      feeMicros: usd('0.52486'),
    });
  });

  it('never go beyond the limit, the plan or the book, and a level is never filled twice', () => {
    fc.assert(
      fc.property(anyPlan, ([shown, plan]) => {
        const fills = paperFills(plan, shown, FEE);
        expect(totalOf(fills).shareMicros <= plan.shareMicros).toBe(true);
        expect(new Set(fills.map((fill) => fill.priceMicros)).size).toBe(fills.length);
        for (const fill of fills) {
          const level = (plan.side === 'BUY' ? shown.asks : shown.bids).find(
            (one) => one.priceMicros === fill.priceMicros,
          );
          expect(fill.shareMicros <= level!.shareMicros).toBe(true);
          const within =
            plan.side === 'BUY'
              ? fill.priceMicros <= plan.limitPriceMicros
              : fill.priceMicros >= plan.limitPriceMicros;
          expect(within).toBe(true);
        }
      }),
    );
  });

  it('are rounded against us: a buy pays at least the exact price, a sale receives at most', () => {
    fc.assert(
      fc.property(anyPlan, ([shown, plan]) => {
        for (const fill of paperFills(plan, shown, null)) {
          const exact = fill.shareMicros * fill.priceMicros;
          const paid = fill.notionalMicros * 1_000_000n;
          expect(plan.side === 'BUY' ? paid >= exact : paid <= exact).toBe(true);
          expect(fill.feeMicros).toBe(0n);
        }
      }),
    );
  });
});

describe('the cash that a pending purchase reserves', () => {
  it('pays for its fills on whatever book, at most its own shares within its bound (A55)', () => {
    fc.assert(
      fc.property(anyPlan, ([onBook, plan]) => {
        const buy = { ...plan, side: 'BUY' as const };
        const total = totalOf(paperFills(buy, onBook, FEE));
        expect(total.notionalMicros + total.feeMicros <= mostPaid(buy, FEE)).toBe(true);
      }),
    );
    const sale = { side: 'SELL', limitPriceMicros: at('0.5'), shareMicros: sh('10') } as const;
    expect(mostPaid(sale, FEE)).toBe(0n);
  });
});

describe('fills that are paid from the cash there is', () => {
  it('are all of them where it suffices, else as many shares as it pays for, and never cost more', () => {
    fc.assert(
      fc.property(anyPlan, fc.bigInt({ min: 0n, max: 2_000_000_000n }), ([onBook, plan], micros) => {
        const free = cash(micros);
        const all = totalOf(paperFills(plan, onBook, FEE));
        const paid = totalOf(payableFills(plan, { book: onBook, fee: FEE, free }));
        if (plan.side === 'SELL' || all.notionalMicros + all.feeMicros <= free) expect(paid).toEqual(all);
        else expect(paid.notionalMicros + paid.feeMicros <= free).toBe(true);
      }),
    );
  });

  it('lose little to rounding', () => {
    const plan = { side: 'BUY', limitPriceMicros: at('0.52'), shareMicros: sh('40') } as const;
    const given = { book: book('0.49x10', '0.50x10 0.52x30'), fee: null, free: usd('10.2') };
    expect(totalOf(payableFills(plan, given)).shareMicros).toBeGreaterThanOrEqual(sh('19.7'));
  });
});

describe('liquidity that an earlier copy took', () => {
  it('is not shown again: copies of one book together never take more than it has', () => {
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 5 }), ([shown, plan], copies) => {
        const taken = new Map<bigint, bigint>();
        for (let copy = 0; copy < copies; copy += 1) {
          const rest = withoutTaken(
            shown,
            plan.side,
            [...taken].map(([priceMicros, size]) => ({
              priceMicros: priceMicros as Plan['limitPriceMicros'],
              shareMicros: shares(size),
            })),
          );
          for (const fill of paperFills(plan, rest, null)) {
            taken.set(fill.priceMicros, (taken.get(fill.priceMicros) ?? 0n) + fill.shareMicros);
          }
        }
        for (const level of plan.side === 'BUY' ? shown.asks : shown.bids) {
          expect((taken.get(level.priceMicros) ?? 0n) <= level.shareMicros).toBe(true);
        }
      }),
    );
  });

  it('is summed when a level was taken in several parts', () => {
    const parts = [
      { priceMicros: at('0.5'), shareMicros: sh('4') },
      { priceMicros: at('0.5'), shareMicros: sh('5') },
    ];
    expect(withoutTaken(book('', '0.50x10'), 'BUY', parts).asks).toEqual(levels('0.50x1'));
    expect(withoutTaken(book('', '0.50x9.000001'), 'BUY', parts).asks).toEqual(levels('0.50x0.000001'));
  });

  it('leaves the other side and other levels alone, and never shows less than nothing', () => {
    const taken = [{ priceMicros: at('0.5'), shareMicros: sh('12') }];
    const rest = withoutTaken(book('0.48x7', '0.49x2 0.50x10 0.51x3'), 'BUY', taken);
    expect([rest.bids, rest.asks]).toEqual([levels('0.48x7'), levels('0.49x2 0.51x3')]);
    expect(withoutTaken(book('0.50x20', '0.51x3'), 'SELL', taken).bids).toEqual(levels('0.50x8'));
  });
});

describe('the fee of the venue', () => {
  it.each([
    ['0.50', '100', '1.75'],
    ['0.30', '100', '1.47'],
    ['0.70', '100', '1.47'],
    ['0.99', '5', '0.00347'],
    ['0.5', '0.0001', '0'],
  ])('at %s on %s shares is %s', (priceText, size, fee) => {
    expect(takerFee(FEE, sh(size), at(priceText))).toBe(usd(fee));
  });

  it('is nothing where the market has none, and follows the exponent', () => {
    expect(takerFee(null, sh('100'), at('0.5'))).toBe(usd('0'));
    expect(takerFee({ ratePpm: 250_000n, exponent: 2 }, sh('100'), at('0.5'))).toBe(usd('1.5625'));
    expect(takerFee({ ratePpm: 20_000n, exponent: 0 }, sh('100'), at('0.5'))).toBe(usd('2'));
  });

  it('is never below zero and never above its rate', () => {
    fc.assert(
      fc.property(anyPlan, ([, plan]) => {
        const fee = takerFee(FEE, plan.shareMicros, plan.limitPriceMicros);
        expect(fee >= 0n && fee * 1_000_000n <= plan.shareMicros * FEE.ratePpm + 5_000_000n).toBe(true);
      }),
    );
  });
});
