/**
 * What exits by the rate lack of the fractions that the leader sold (A43): with it we hold what an exact mirror would, whatever
 * the rate wanted, and whatever was bought in between.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingShares } from '../../../domain/decide/exit-correction.ts';
import { shares } from '../../../domain/money.ts';

const exit = (own: number, wanted: number, sold: number, held: number) => ({
  ownShareMicros: shares(BigInt(own)),
  wantedShareMicros: shares(BigInt(wanted)),
  soldShareMicros: shares(BigInt(sold)),
  heldShareMicros: shares(BigInt(held)),
});

describe('what exits by the rate lack', () => {
  it.each([
    ['a quarter was sold where half was right', [exit(40, 10, 50, 100)], 10n],
    ['as much as was right', [exit(40, 20, 50, 100)], 0n],
    ['more than was right', [exit(40, 30, 50, 100)], -10n],
    ['all was right, and nothing was sold', [exit(40, 0, 7, 7)], 40n],
    // 40: half of it first, then half of the 20 that would have been left.
    ['the second is of what the first would have left', [exit(40, 10, 50, 100), exit(30, 10, 25, 50)], 10n],
    ['nothing', [], 0n],
  ] as const)('%s', (_name, exits, missing) => {
    expect(missingShares(exits)).toBe(missing);
  });

  it('leaves what an exact mirror holds, to a micro for each exit, over purchases in between', () => {
    const step = fc.record({
      wantedPpm: fc.integer({ min: 0, max: 1_000_000 }),
      sold: fc.integer({ min: 1, max: 1_000_000 }),
      rest: fc.integer({ min: 0, max: 1_000_000 }),
      bought: fc.integer({ min: 0, max: 50_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let own = 40_000_000n;
        let mirror = Number(own);
        const exits = steps.map(({ wantedPpm, sold, rest, bought }) => {
          const wanted = (own * BigInt(wantedPpm)) / 1_000_000n;
          const decided = exit(Number(own), Number(wanted), sold, sold + rest);
          mirror = mirror * (1 - sold / (sold + rest)) + bought;
          own = own - wanted + BigInt(bought);
          return decided;
        });
        expect(Math.abs(Number(own - missingShares(exits)) - mirror)).toBeLessThanOrEqual(
          steps.length + 0.01,
        );
      }),
    );
  });
});
