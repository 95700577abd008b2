/** A live position is a fold over fills that may be undone: at average cost, and short where the venue says so. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Side } from '../../../domain/ids.ts';
import { cash, shares } from '../../../domain/money.ts';
import {
  afterFill,
  correctedFill,
  type LiveFillEffect,
  undoneFill,
} from '../../../domain/portfolio/live-position.ts';
import type { Position } from '../../../domain/portfolio/portfolio.ts';
import { sh, usd } from '../decide/example-facts.ts';
import '../arbitraries.ts';

function position(size: string, cost: string, realised = '0'): Position {
  return { shareMicros: sh(size), costMicros: usd(cost), realisedMicros: usd(realised) };
}

function fill(side: Side, size: string, cashDelta: string): LiveFillEffect {
  return { side, shareMicros: sh(size), cashDeltaMicros: usd(cashDelta) };
}

describe('a fill', () => {
  it.each<[string, Position, LiveFillEffect, Position, string]>([
    [
      'a purchase adds its shares and what it cost',
      position('10', '4', '1'),
      fill('BUY', '5', '-3'),
      position('15', '7', '1'),
      '0',
    ],
    [
      'a sale takes its part of the cost and realises the rest',
      position('10', '4', '1'),
      fill('SELL', '4', '2.5'),
      position('6', '2.4', '1.9'),
      '1.6',
    ],
    [
      'a sale of all takes the whole cost',
      position('3', '1.000001'),
      fill('SELL', '3', '2'),
      position('0', '0', '0.999999'),
      '1.000001',
    ],
    [
      'the cost of a part is rounded down',
      position('3', '1'),
      fill('SELL', '1', '1'),
      position('2', '0.666667', '0.666667'),
      '0.333333',
    ],
    [
      'a sale of more than is held takes the whole cost and leaves the position short',
      position('3', '1'),
      fill('SELL', '5', '4'),
      position('-2', '0', '3'),
      '1',
    ],
    [
      'a sale out of nothing realises all that it brought',
      position('0', '0'),
      fill('SELL', '5', '4'),
      position('-5', '0', '4'),
      '0',
    ],
    [
      'a sale of nothing out of nothing changes nothing',
      position('0', '0'),
      fill('SELL', '0', '0'),
      position('0', '0'),
      '0',
    ],
    [
      'a sale out of a short position takes whatever cost is left',
      position('-2', '0.5'),
      fill('SELL', '1', '1'),
      position('-3', '0', '0.5'),
      '0.5',
    ],
    [
      'a sale of one micro of a share has its part of the cost',
      position('0.000001', '0.5'),
      fill('SELL', '0', '0'),
      position('0.000001', '0.5'),
      '0',
    ],
  ])('%s', (_what, before, effect, after, costOut) => {
    expect(afterFill(before, effect)).toEqual({ after, costOutMicros: usd(costOut) });
  });
});

const someMicros = fc.bigInt({ min: 1n, max: 10_000_000_000n });
const somePosition = fc
  .tuple(fc.bigInt({ min: -5_000_000_000n, max: 5_000_000_000n }), someMicros, someMicros)
  .map(
    ([size, cost, realised]): Position => ({
      shareMicros: shares(size),
      costMicros: cash(cost),
      realisedMicros: cash(realised),
    }),
  );
const someFill = fc.tuple(fc.constantFrom('BUY' as const, 'SELL' as const), someMicros, someMicros).map(
  ([side, size, paid]): LiveFillEffect => ({
    side,
    shareMicros: shares(size),
    cashDeltaMicros: cash(side === 'BUY' ? -paid : paid),
  }),
);

describe('a fill that is undone', () => {
  it('leaves the position as it was before, whatever it was', () => {
    fc.assert(
      fc.property(somePosition, someFill, (before, effect) => {
        const { after, costOutMicros } = afterFill(before, effect);
        expect(undoneFill(after, { ...effect, costOutMicros })).toEqual(before);
      }),
    );
  });

  it('takes back what it changed and no more when other fills came in between', () => {
    const sale = fill('SELL', '4', '2.5');
    const { after, costOutMicros } = afterFill(position('10', '4'), sale);
    const between = afterFill(after, fill('BUY', '2', '-1')).after;
    expect(undoneFill(between, { ...sale, costOutMicros })).toEqual(position('12', '5'));
  });

  it('leaves a position short when its purchase FAILED after the shares were sold', () => {
    const purchase = fill('BUY', '10', '-4');
    const held = afterFill(position('0', '0'), purchase).after;
    const sold = afterFill(held, fill('SELL', '10', '6')).after;
    expect(undoneFill(sold, { ...purchase, costOutMicros: usd('0') })).toEqual(position('-10', '-4', '2'));
  });
});

describe('fills of any kind', () => {
  it('neither make nor lose value: cash paid is cost and what was realised', () => {
    fc.assert(
      fc.property(fc.array(someFill, { maxLength: 12 }), (fills) => {
        let held: Position = position('0', '0');
        let cashOut = 0n;
        for (const effect of fills) {
          held = afterFill(held, effect).after;
          cashOut -= effect.cashDeltaMicros;
        }
        expect(held.costMicros - held.realisedMicros).toBe(cashOut);
        const signed = fills.map(({ side, shareMicros }) => (side === 'BUY' ? shareMicros : -shareMicros));
        expect(held.shareMicros).toBe(signed.reduce((sum, one) => sum + one, 0n));
      }),
    );
  });
});

describe('a fill that is corrected (A58)', () => {
  it.each<[string, Position, LiveFillEffect, Position]>([
    [
      'a purchase changes the cost of what is held',
      position('10', '4', '1'),
      fill('BUY', '5', '-0.1'),
      position('10', '4.1', '1'),
    ],
    [
      'a purchase of which a part is sold changes that part’s win',
      position('2', '1', '1'),
      fill('BUY', '8', '-0.4'),
      position('2', '1.1', '0.7'),
    ],
    [
      'a purchase that is sold leaves no cost on nothing',
      position('0', '0', '1'),
      fill('BUY', '8', '0.4'),
      position('0', '0', '1.4'),
    ],
    [
      'a sale changes only what it realised',
      position('3', '1', '2'),
      fill('SELL', '5', '0.2'),
      position('3', '1', '2.2'),
    ],
  ])('%s', (_what, before, change, after) => {
    expect(correctedFill(before, change)).toEqual(after);
  });

  it('moves cost and win by exactly the cash that differs', () => {
    fc.assert(
      fc.property(somePosition, someFill, (before, change) => {
        const after = correctedFill(before, change);
        const moved = after.realisedMicros - before.realisedMicros - (after.costMicros - before.costMicros);
        expect(moved).toBe(change.cashDeltaMicros);
      }),
    );
  });
});
