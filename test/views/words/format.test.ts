import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMicros, parseMicros } from '../../../domain/money.ts';
import {
  formatCents,
  formatCountdown,
  formatDuration,
  formatPercent,
  formatShareOf,
  formatShares,
  formatTime,
  formatUsd,
  formatUsdChange,
  toneOf,
} from '../../../views/words/format.ts';

describe('money as text', () => {
  it.each([
    [0n, '$0.00'],
    [1n, '$0.00'],
    [-1n, '$0.00'],
    [5_000n, '$0.01'],
    [4_999n, '$0.00'],
    [-5_000n, '-$0.01'],
    [1_234_567_890n, '$1,234.57'],
    [-999_995_000n, '-$1,000.00'],
    [9_007_199_254_740_991n, '$9,007,199,254.74'],
    [null, '–'],
    [undefined, '–'],
  ])('%s micros are %s', (micros, text) => {
    expect(formatUsd(micros)).toBe(text);
  });

  it('gives gains a plus sign, and nothing a sign that is not there', () => {
    expect([1_500_000n, -1_500_000n, 0n, 1n].map(formatUsdChange)).toEqual([
      '+$1.50',
      '-$1.50',
      '$0.00',
      '$0.00',
    ]);
    expect([1n, -1n, 0n, null].map(toneOf)).toEqual(['gain', 'loss', '', '']);
  });

  it('is never off by more than half a cent', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -9_000_000_000_000_000n, max: 9_000_000_000_000_000n }), (micros) => {
        const shown = parseMicros(formatUsd(micros).replace(/[$,]/g, '')) ?? 0n;
        const off = shown - micros;
        expect(off <= 5_000n && off >= -5_000n, formatMicros(micros)).toBe(true);
      }),
    );
  });
});

describe('shares, prices and rates as text', () => {
  it.each([
    [1_250_000_000n, '1,250.00'],
    [812n, '0.000812'],
    [500_000n, '0.50'],
    [-11_900_000n, '-11.90'],
    [0n, '0.00'],
  ])('%s micros of shares are %s', (micros, text) => {
    expect(formatShares(micros)).toBe(text);
  });

  it.each([
    [420_000n, '42¢'],
    [7_000n, '0.7¢'],
    [1n, '0.0001¢'],
    [1_000_000n, '100¢'],
    [-3_000n, '-0.3¢'],
    [0n, '0¢'],
    [100_000n, '10¢'],
  ])('a price of %s micros is %s', (micros, text) => {
    expect(formatCents(micros)).toBe(text);
  });

  it.each([
    [250n, '2.5%'],
    [10_000n, '100%'],
    [1n, '0.01%'],
    [0n, '0%'],
  ])('%s basis points are %s', (bps, text) => {
    expect(formatPercent(bps)).toBe(text);
  });

  it('has no share of nothing', () => {
    expect([
      formatShareOf(1n, 3n),
      formatShareOf(1n, 0n),
      formatShareOf(null, 1n),
      formatShareOf(3n, 3n),
    ]).toEqual(['33.3%', '–', '–', '100.0%']);
  });
});

describe('times as text', () => {
  it('are UTC to the second, and a dash when there is none', () => {
    expect([formatTime(Date.UTC(2026, 10, 20, 12, 0, 5)), formatTime(0), formatTime(null)]).toEqual([
      '2026-11-20 12:00:05',
      '–',
      '–',
    ]);
  });

  it('pass as durations, never negative when clocks differ', () => {
    const hourMs = 3_600_000;
    expect([-50, 340, 4_200, 180_000, 5 * hourMs, 72 * hourMs].map(formatDuration)).toEqual([
      '0 ms',
      '340 ms',
      '4.2 s',
      '3 min',
      '5 h',
      '3 days',
    ]);
  });

  it('count down in two units, and to zero only when it is over', () => {
    const hourMs = 3_600_000;
    const times = [-5, 0, 1, 9_000, 60_000, 2_832_000, hourMs, 26 * hourMs - 1, 30 * 24 * hourMs];
    expect(times.map(formatCountdown)).toEqual([
      ...['0 s', '0 s', '1 s', '9 s', '1 min', '47 min 12 s', '1 h', '1 d 2 h', '30 d'],
    ]);
  });
});
