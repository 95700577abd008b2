/**
 * The law of exits (A43, A44): whatever is bought, sold, kept from being sold, tried again and bought back, our shares less what
 * is owed stay within 0.01 share per exit of an exact mirror of what the leader did.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shares } from '../../../../domain/money.ts';
import { exitRoom } from './exit-room.ts';

type Step =
  | { readonly kind: 'buy' }
  | { readonly kind: 'exit'; readonly sold: number; readonly of: number }
  | { readonly kind: 'bids'; readonly shares: number }
  | { readonly kind: 'wait'; readonly seconds: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('buy' as const) }),
  fc
    .tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_000 }))
    .map(([a, b]) => ({ kind: 'exit' as const, sold: Math.min(a, b), of: Math.max(a, b) })),
  fc.record({ kind: fc.constant('bids' as const), shares: fc.constantFrom(0, 3, 8, 40, 100_000) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
);

const MICROS = 1_000_000;
/** Share micros per exit that rounding down to the share step may leave, and the noise of comparing in floats. */
const STEP_MICROS = 10_000;
const NOISE_MICROS = 2;
/** What the example’s purchase buys: $20 at its limit of 51 cents. */
const BOUGHT_MICROS = 39_210_000;

describe('our shares less what is owed', () => {
  it('stay within a share step per exit of the exact mirror', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), async (steps) => {
        const room = exitRoom('PAPER', {
          exitWorseningBpsMax: 10_000,
          exitWorseningPriceMicrosMax: 1_000_000,
        });
        const owed = (): number => Number(room.row()?.shareMicros ?? 0n);
        const netMicros = (): number => Number(room.shares() ?? 0n) - owed();
        let mirrorMicros = netMicros();
        let exits = 0;
        for (const [number, step] of steps.entries()) {
          if (step.kind === 'buy') {
            const before = netMicros();
            const answer = await room.buy(`buy-${number}`);
            const more = netMicros() - before;
            mirrorMicros += more;
            // What it cancelled of the exits and what it bought are together one purchase.
            if (answer.kind === 'decided' && answer.decision === 'EXECUTE')
              expect(Math.abs(more - BOUGHT_MICROS)).toBeLessThanOrEqual(2 * STEP_MICROS);
          } else if (step.kind === 'exit') {
            const exit = {
              kind: 'FRACTION',
              soldShareMicros: shares(BigInt(step.sold * MICROS)),
              heldShareMicros: shares(BigInt(step.of * MICROS)),
            } as const;
            await room.exit(`exit-${number}`, { exit, leaderExited: step.sold === step.of });
            mirrorMicros *= 1 - step.sold / step.of;
            exits += 1;
          } else if (step.kind === 'bids') room.world.bids = step.shares === 0 ? '' : `0.49x${step.shares}`;
          else {
            room.ports.atMs += step.seconds * 1_000;
            await room.tries.run();
          }
          const off = Math.abs(netMicros() - mirrorMicros);
          expect(off, JSON.stringify(steps.slice(0, number + 1))).toBeLessThanOrEqual(
            exits * STEP_MICROS + NOISE_MICROS * (number + 1),
          );
          expect(room.shares() ?? 0n).toBeGreaterThanOrEqual(0n);
          expect(owed()).toBeLessThanOrEqual(Number(room.shares() ?? 0n));
        }
      }),
      { numRuns: 150 },
    );
  });
});
