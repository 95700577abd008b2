/**
 * Random inputs of the domain for the property tests. Runs are the same each time; PROPERTY_SEED and PROPERTY_RUNS in the
 * environment look elsewhere and longer.
 */
import fc from 'fast-check';
import type { Book, Level } from '../../domain/market/book.ts';
import { cash, type PriceMicros, price, shares } from '../../domain/money.ts';
import { NOW, TOKEN } from './decide/example-facts.ts';

const { PROPERTY_SEED, PROPERTY_RUNS } = process.env;
export const RUNS = PROPERTY_RUNS === undefined ? 300 : Number(PROPERTY_RUNS);
fc.configureGlobal({
  seed: PROPERTY_SEED === undefined ? 20_261_123 : Number(PROPERTY_SEED),
  numRuns: RUNS,
});

/** Every tick size of the venue (A10), in micros of price. */
export const TICKS = [100_000n, 10_000n, 5_000n, 2_500n, 1_000n, 100n] as const;

export const anyTick = fc.constantFrom(...TICKS).map(price);

export function cashUpTo(max: bigint): fc.Arbitrary<ReturnType<typeof cash>> {
  return fc.bigInt({ min: 0n, max }).map(cash);
}

/** Shares from a hair to a hundred thousand, small ones as likely as large. */
export const someShares = fc
  .oneof(
    fc.bigInt({ min: 1n, max: 1_000_000n }),
    fc.bigInt({ min: 1n, max: 100n }).map((whole) => whole * 1_000_000n),
    fc.bigInt({ min: 1n, max: 100_000_000_000n }),
  )
  .map(shares);

/** A price strictly between 0 and $1, on the grid of the tick. */
export function priceOnGrid(tick: PriceMicros): fc.Arbitrary<PriceMicros> {
  const steps = 1_000_000n / tick;
  return fc.bigInt({ min: 1n, max: steps - 1n }).map((step) => price(step * tick));
}

/** Levels at different prices, best first for a taker of the side. */
export function levelsOf(tick: PriceMicros, side: 'BUY' | 'SELL'): fc.Arbitrary<readonly Level[]> {
  const level = fc.record({ priceMicros: priceOnGrid(tick), shareMicros: someShares });
  return fc
    .uniqueArray(level, { maxLength: 20, selector: (one) => one.priceMicros })
    .map((some) =>
      some.sort((a, b) =>
        Number(side === 'BUY' ? a.priceMicros - b.priceMicros : b.priceMicros - a.priceMicros),
      ),
    );
}

/** A book on the grid whose bids stay below its asks; either side may be empty. */
export function bookOf(tick: PriceMicros): fc.Arbitrary<Book> {
  const level = fc.record({ priceMicros: priceOnGrid(tick), shareMicros: someShares });
  const levels = fc.uniqueArray(level, { maxLength: 30, selector: (one) => one.priceMicros });
  return fc.tuple(levels, priceOnGrid(tick)).map(([some, middle]) => ({
    tokenId: TOKEN,
    bids: some
      .filter((one) => one.priceMicros < middle)
      .sort((a, b) => Number(b.priceMicros - a.priceMicros))
      .slice(0, 20),
    asks: some
      .filter((one) => one.priceMicros >= middle)
      .sort((a, b) => Number(a.priceMicros - b.priceMicros))
      .slice(0, 20),
    asOfMs: NOW,
    hash: 'f'.repeat(40),
  }));
}

/** A book as markets show it: both sides a few ticks from one middle, the best of them close to each other. */
export function marketBookOf(tick: PriceMicros): fc.Arbitrary<Book> {
  const steps = Number(1_000_000n / tick);
  const sizes = fc.oneof(
    someShares,
    fc.bigInt({ min: 10n, max: 20_000n }).map((whole) => shares(whole * 1_000_000n)),
  );
  const side = fc.uniqueArray(fc.tuple(fc.nat(15), sizes), {
    maxLength: 20,
    minLength: 1,
    selector: ([off]) => off,
  });
  return fc.tuple(fc.integer({ min: 1, max: steps - 1 }), side, side).map(([middle, below, above]) => {
    const levels = (some: typeof below, of: (off: number) => number): Level[] =>
      some
        .sort(([a], [b]) => a - b)
        .map(([off, shareMicros]) => ({ priceMicros: price(BigInt(of(off)) * tick), shareMicros }))
        .filter(({ priceMicros }) => priceMicros > 0n && priceMicros < 1_000_000n);
    return {
      tokenId: TOKEN,
      bids: levels(below, (off) => middle - 1 - off),
      asks: levels(above, (off) => middle + off),
      asOfMs: NOW,
      hash: 'f'.repeat(40),
    };
  });
}
