/** The time in SHADOW before ON: what is left of it never goes below zero, and its words never read as enough too early. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGreen } from '../../../domain/orders/orders.ts';
import { formatShadowTime, shadowTime } from '../../../domain/settings/shadow-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function words(spentMs: number, wantedMs: number): string {
  return formatShadowTime(shadowTime({ sinceMs: 0, nowMs: spentMs, wantedMs }));
}

describe('the time in SHADOW', () => {
  it.each([
    [12 * MINUTE_MS + 59_999, HOUR_MS, 'in SHADOW for 12 min of 60 min'],
    [HOUR_MS - 1, HOUR_MS, 'in SHADOW for 59 min of 60 min'],
    [30_500, MINUTE_MS, 'in SHADOW for 30 s of 60 s'],
    [30_000, 90_500, 'in SHADOW for 30 s of 90.5 s'],
    [5 * HOUR_MS + 1, 24 * HOUR_MS, 'in SHADOW for 5 h of 24 h'],
    [0, 0, 'in SHADOW for 0 s of 0 s'],
    [MINUTE_MS, 2 * MINUTE_MS, 'in SHADOW for 1 min of 2 min'],
    [MINUTE_MS, 2 * MINUTE_MS + 30_000, 'in SHADOW for 60 s of 150 s'],
    [HOUR_MS, 2 * HOUR_MS, 'in SHADOW for 60 min of 120 min'],
    [HOUR_MS, 3 * HOUR_MS, 'in SHADOW for 1 h of 3 h'],
    [HOUR_MS, 3 * HOUR_MS + MINUTE_MS, 'in SHADOW for 60 min of 181 min'],
  ])('of %d ms of %d reads "%s"', (spentMs, wantedMs, text) => {
    expect(words(spentMs, wantedMs)).toBe(text);
  });

  it('has nothing left exactly when it is over', () => {
    const ms = fc.nat({ max: 30 * 24 * HOUR_MS });
    fc.assert(
      fc.property(ms, ms, (spentMs, wantedMs) => {
        const time = shadowTime({ sinceMs: 1_000, nowMs: 1_000 + spentMs, wantedMs });
        expect(time.leftMs === 0).toBe(spentMs >= wantedMs);
        expect(time.leftMs).toBe(Math.max(0, wantedMs - time.spentMs));
      }),
    );
  });

  it('counts nothing while the clock is before its beginning', () => {
    expect(shadowTime({ sinceMs: 5_000, nowMs: 1_000, wantedMs: 60_000 })).toEqual({
      spentMs: 0,
      wantedMs: 60_000,
      leftMs: 60_000,
    });
  });
});

describe('live:check', () => {
  const item = (state: 'READY' | 'NOT_READY' | 'UNKNOWN') => ({ name: 'key', state, sentence: '' }) as const;
  it.each([
    [[item('READY'), item('READY')], true],
    [[item('READY'), item('NOT_READY')], false],
    [[item('READY'), item('UNKNOWN')], false],
    [[], false],
  ])('of %j is green: %s', (items, green) => {
    expect(isGreen(items)).toBe(green);
  });
});
