/** Profit, windows and falls of a line of snapshots. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fallsOf,
  profitSince,
  returnOnPeakExposure,
  type Worth,
} from '../../../domain/portfolio/performance.ts';

const worth = (bucketAtMs: number, equityMicros: bigint, flowMicros = 0n): Worth => ({
  bucketAtMs,
  equityMicros,
  flowMicros,
});

describe('profit since a moment', () => {
  const line = [worth(10, 100n, 100n), worth(20, 130n, 100n), worth(30, 620n, 600n)];
  const now = line[2]!;

  it.each([
    ['of the last snapshot before it', 25, -10n],
    ['of the very snapshot', 20, -10n],
    ['of the whole, when the wallet is younger', 5, 20n],
    ['as unknown, when it is later than the last valuation', 30, null],
  ])('is counted from the profit %s', (_what, sinceMs, change) => {
    expect(profitSince(now, line, sinceMs)).toBe(change);
  });
});

describe('a fall', () => {
  it('is measured from the highest profit before it, and a withdrawal is none (W47)', () => {
    const line = [
      worth(1, 100n, 100n),
      worth(2, 150n, 100n),
      worth(3, 70n, 20n),
      worth(4, 40n, 20n),
      worth(5, 60n, 20n),
    ];
    expect(fallsOf(line)).toEqual([0n, 0n, 0n, -30n, -10n]);
  });

  it('is never above zero, and is zero wherever profit is the highest so far', () => {
    const lines = fc.array(fc.tuple(fc.bigInt(-1_000n, 1_000n), fc.bigInt(0n, 500n)), { minLength: 1 });
    fc.assert(
      fc.property(lines, (points) => {
        const falls = fallsOf(points.map(([equity, flow], at) => worth(at, equity, flow)));
        expect(falls.every((fall) => fall <= 0n)).toBe(true);
        expect(falls[0]).toBe(0n);
      }),
    );
  });
});

describe('the return on the most that was ever invested', () => {
  it.each([
    ['a leader’s', 500n, 10_000n, 500n],
    ['that of copies a tenth of the leader’s size', 50n, 1_000n, 500n],
    ['a loss, rounded down', -1n, 3_000n, -4n],
    ['nothing, before anything was invested', 5n, 0n, null],
    ['a whole number of times the least investment', 2n, 1n, 20_000n],
  ])('is %s on the same line (W47)', (_what, profit, peak, bps) => {
    expect(returnOnPeakExposure(profit, peak)).toBe(bps);
  });
});
