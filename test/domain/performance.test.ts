/** Profit, windows and falls of a line of snapshots. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawdowns, profitSince, returnOnPeakExposure, type Worth } from '../../domain/performance.ts';

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
    ['of nothing, from now on', 30, 0n],
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
    const { deepest, now } = drawdowns(line);
    expect(deepest).toEqual({ fallMicros: 30n, peakEquityMicros: 70n });
    expect(now).toEqual({ fallMicros: 10n, peakEquityMicros: 70n });
  });

  it('is nothing on a line that only rises, and on none', () => {
    expect(drawdowns([worth(1, 1n), worth(2, 2n)]).deepest.fallMicros).toBe(0n);
    expect(drawdowns([]).now.fallMicros).toBe(0n);
  });

  it('is never below zero, and the one now is never deeper than the deepest', () => {
    const lines = fc.array(fc.tuple(fc.bigInt(-1_000n, 1_000n), fc.bigInt(0n, 500n)));
    fc.assert(
      fc.property(lines, (points) => {
        const { deepest, now } = drawdowns(points.map(([equity, flow], at) => worth(at, equity, flow)));
        expect(now.fallMicros >= 0n && now.fallMicros <= deepest.fallMicros).toBe(true);
      }),
    );
  });
});

describe('the return on the most that was ever invested', () => {
  it('lays a leader and copies a hundredth of his size on the same line (W47)', () => {
    const leader = [
      { profitMicros: 0n, exposureMicros: 0n },
      { profitMicros: 500n, exposureMicros: 10_000n },
      { profitMicros: -250n, exposureMicros: 4_000n },
    ];
    const ours = leader.map(({ profitMicros, exposureMicros }) => ({
      profitMicros: profitMicros / 10n,
      exposureMicros: exposureMicros / 10n,
    }));
    expect(returnOnPeakExposure(leader)).toEqual([null, 500n, -250n]);
    expect(returnOnPeakExposure(ours)).toEqual([null, 500n, -250n]);
  });
});
