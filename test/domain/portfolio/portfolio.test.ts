/** A portfolio is a fold: order between tokens does not matter, nothing appears or vanishes, and nothing goes short. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../domain/assert.ts';
import { type CashMicros, cash, min, price, shares } from '../../../domain/money.ts';
import {
  bought,
  EMPTY_POSITION,
  type Position,
  settlementPayout,
  sold,
  valuate,
} from '../../../domain/portfolio/portfolio.ts';
import { cashUpTo, someShares } from '../arbitraries.ts';
import { at, sh, usd } from '../decide/example-facts.ts';

interface Act {
  readonly token: number;
  readonly kind: 'BUY' | 'SELL' | 'SETTLE';
  readonly size: bigint;
  readonly money: CashMicros;
  readonly payout: bigint;
}
const anyAct: fc.Arbitrary<Act> = fc.record({
  token: fc.nat(3),
  kind: fc.constantFrom('BUY' as const, 'BUY' as const, 'SELL' as const, 'SETTLE' as const),
  size: someShares,
  money: cashUpTo(10n ** 10n),
  payout: fc.constantFrom(0n, 333_333n, 500_000n, 1_000_000n),
});

interface Books {
  readonly cash: bigint;
  readonly positions: ReadonlyMap<number, Position>;
}

/** Applies one act as a Wallet does; a sale takes at most what is held. */
function apply(books: Books, act: Act): Books {
  const before = books.positions.get(act.token) ?? EMPTY_POSITION;
  const put = (after: Position, delta: bigint): Books => ({
    cash: books.cash + delta,
    positions: new Map([...books.positions, [act.token, after]]),
  });
  if (act.kind === 'BUY') {
    return put(bought(before, { size: shares(act.size), paid: act.money }), -act.money);
  }
  if (act.kind === 'SELL') {
    const size = min(before.shareMicros, shares(act.size));
    return size === 0n ? books : put(sold(before, { size, received: act.money }), act.money);
  }
  const received = settlementPayout(before.shareMicros, price(act.payout));
  return put(sold(before, { size: before.shareMicros, received }), received);
}

function fold(acts: readonly Act[]): Books {
  return acts.reduce(apply, { cash: 0n, positions: new Map() });
}

function sum(books: Books, field: keyof Position): bigint {
  return [...books.positions.values()].reduce((total, one) => total + one[field], 0n);
}

const acts = fc.array(anyAct, { maxLength: 30 });

describe('folding a ledger', () => {
  it('conserves money: cash and cost less what was realised stay what they were', () => {
    fc.assert(
      fc.property(acts, (some) => {
        const books = fold(some);
        expect(books.cash + sum(books, 'costMicros') - sum(books, 'realisedMicros')).toBe(0n);
      }),
    );
  });

  it('never has fewer than no shares, nor cost without shares', () => {
    fc.assert(
      fc.property(acts, (some) => {
        for (const position of fold(some).positions.values()) {
          expect(position.shareMicros >= 0n && position.costMicros >= 0n).toBe(true);
          if (position.shareMicros === 0n) expect(position.costMicros).toBe(0n);
        }
      }),
    );
  });

  it('ends the same when entries of different tokens change places', () => {
    const order = acts.chain((some) =>
      fc.tuple(
        fc.constant(some),
        fc.array(fc.nat(1_000), { minLength: some.length, maxLength: some.length }),
      ),
    );
    fc.assert(
      fc.property(order, ([some, keys]) => {
        // A merge of the tokens' own sequences at random: each token keeps its own order.
        const queues = Map.groupBy(some, (act) => act.token);
        const merged = keys.flatMap((key) => {
          const waiting = [...queues.values()].filter((queue) => queue.length > 0);
          return waiting.length === 0 ? [] : [waiting[key % waiting.length]!.shift()!];
        });
        const [one, other] = [fold(some), fold(merged)];
        expect(other.cash).toBe(one.cash);
        for (const [token, position] of one.positions) expect(other.positions.get(token)).toEqual(position);
      }),
    );
  });

  it('makes equity move by PnL alone: it is the deposits, what was realised, and what is not yet', () => {
    fc.assert(
      fc.property(
        acts,
        fc.bigInt({ min: 0n, max: 1_000_000n }),
        cashUpTo(10n ** 12n),
        (some, mark, deposit) => {
          const books = fold(some);
          const positions = [...books.positions.values()].map((one) => ({
            ...one,
            markPriceMicros: price(mark),
          }));
          const value = valuate(cash(books.cash + deposit), positions);
          expect(value.equityMicros).toBe(deposit + value.realisedMicros + value.unrealisedMicros);
        },
      ),
    );
  });

  it('never leaves the rest with less than its part of the cost', () => {
    fc.assert(
      fc.property(someShares, cashUpTo(10n ** 10n), fc.nat(100), (held, cost, percent) => {
        const before = bought(EMPTY_POSITION, { size: held, paid: cost });
        const size = shares((held * BigInt(percent)) / 100n);
        const after = sold(before, { size, received: cash(0n) });
        expect(after.costMicros * held >= cost * after.shareMicros).toBe(true);
        expect(after.costMicros * held < cost * after.shareMicros + held).toBe(true);
      }),
    );
  });

  it('splits realised and unrealised by average cost after a partial sale', () => {
    const first = bought(EMPTY_POSITION, { size: sh('100'), paid: usd('40') });
    const second = bought(first, { size: sh('100'), paid: usd('60') });
    const after = sold(second, { size: sh('50'), received: usd('35') });
    expect(after).toEqual({ shareMicros: sh('150'), costMicros: usd('75'), realisedMicros: usd('10') });
    expect(valuate(usd('0'), [{ ...after, markPriceMicros: at('0.6') }])).toMatchObject({
      exposureMicros: usd('90'),
      realisedMicros: usd('10'),
      unrealisedMicros: usd('15'),
    });
  });

  it('refuses a sale of more than is held as our own bug', () => {
    const position = bought(EMPTY_POSITION, { size: sh('1'), paid: usd('0.5') });
    expect(() => sold(position, { size: sh('1.000001'), received: usd('0.5') })).toThrow(InvariantError);
    expect(() => sold(EMPTY_POSITION, { size: sh('0.000001'), received: usd('0') })).toThrow(InvariantError);
  });
});

describe('settlement', () => {
  it.each([
    ['a winner', '1', '10', '6'],
    ['a loser', '0', '0', '-4'],
    ['an even split', '0.5', '5', '1'],
    ['a third', '0.333333', '3.33333', '-0.66667'],
  ])('pays %s and closes the position', (_what, payout, paid, realised) => {
    const position = bought(EMPTY_POSITION, { size: sh('10'), paid: usd('4') });
    const received = settlementPayout(position.shareMicros, at(payout));
    expect(received).toBe(usd(paid));
    expect(sold(position, { size: position.shareMicros, received })).toEqual({
      shareMicros: sh('0'),
      costMicros: usd('0'),
      realisedMicros: usd(realised),
    });
  });

  it('never pays both sides of a split more than a dollar a share', () => {
    fc.assert(
      fc.property(someShares, fc.bigInt({ min: 0n, max: 1_000_000n }), (size, payout) => {
        const both =
          settlementPayout(size, price(payout)) + settlementPayout(size, price(1_000_000n - payout));
        expect(both <= size && both >= size - 1n).toBe(true);
      }),
    );
  });

  it('of a position that was closed and opened again pays what is held now', () => {
    const first = bought(EMPTY_POSITION, { size: sh('10'), paid: usd('4') });
    const closed = sold(first, { size: sh('10'), received: usd('10') });
    const again = bought(closed, { size: sh('2'), paid: usd('1') });
    expect(sold(again, { size: sh('2'), received: settlementPayout(sh('2'), at('1')) })).toEqual({
      shareMicros: sh('0'),
      costMicros: usd('0'),
      realisedMicros: usd('7'),
    });
  });
});

describe('valuing', () => {
  const held = { ...bought(EMPTY_POSITION, { size: sh('10'), paid: usd('4') }), markPriceMicros: null };

  it('has no equity while a held position has no mark, and counts it at cost as exposure', () => {
    expect(valuate(usd('100'), [held])).toMatchObject({ equityMicros: null, exposureMicros: usd('4') });
  });

  it('does not ask for the mark of a closed position, and keeps what it realised', () => {
    const closed = { ...EMPTY_POSITION, realisedMicros: usd('3'), markPriceMicros: null };
    expect(valuate(usd('100'), [closed])).toMatchObject({
      equityMicros: usd('100'),
      realisedMicros: usd('3'),
    });
  });
});
