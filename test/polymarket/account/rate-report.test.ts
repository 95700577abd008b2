/** The venue's rate headers: counts, reset times in three units, and texts. */
import { describe, expect, it } from 'vitest';
import { rateReportOf, UNKNOWN_RATE } from '../../../polymarket/account/rate-report.ts';

const NOW_MS = 1_795_334_400_250;
const reportOf = (headers: Record<string, string>) => rateReportOf(new Headers(headers), NOW_MS);
const rate = (name: string, value: string) => reportOf({ [`poly-ratelimit-${name}`]: value });

describe('the rate headers', () => {
  it('are all read', () => {
    const headers = {
      'poly-ratelimit-remaining': ' 599 ',
      'poly-ratelimit-reset': '10',
      'poly-ratelimit-tier': 'standard',
      'poly-ratelimit-warning': 'slow down',
    };
    expect(reportOf(headers)).toEqual({
      remaining: 599,
      resetAtMs: NOW_MS + 10_000,
      tier: 'standard',
      warning: 'slow down',
    });
  });

  it('give no report when the response has none of them', () => {
    expect(reportOf({ 'content-type': 'application/json' })).toBeUndefined();
  });

  it.each(['remaining', 'reset', 'tier', 'warning'])('give a report when there is only %s', (name) => {
    expect(rate(name, '5')).toBeDefined();
  });

  it('leave absent values unknown', () => {
    expect(rate('tier', 'standard')).toEqual({ ...UNKNOWN_RATE, tier: 'standard' });
    expect(UNKNOWN_RATE).toEqual({ remaining: null, resetAtMs: null, tier: '', warning: '' });
  });

  it.each([
    ['12.9', 12],
    ['0', 0],
    ['many', null],
    ['-1', null],
    ['1234567890123456', null],
  ])('read a remaining count of "%s" as %s', (text, expected) => {
    expect(rate('remaining', text)?.remaining).toBe(expected);
  });

  it.each([
    ['seconds from now', '1.0001', NOW_MS + 1_001],
    ['the largest number of seconds from now', '999999999', NOW_MS + 999_999_999_000],
    ['the smallest time in seconds', '1000000000', 1_000_000_000_000],
    ['a time in seconds', '1795334410', 1_795_334_410_000],
    ['the largest time in seconds', '99999999999', 99_999_999_999_000],
    ['the smallest time in milliseconds', '100000000000', 100_000_000_000],
    ['a time in milliseconds, rounded up', '1795334410000.5', 1_795_334_410_001],
    ['a text', 'soon', null],
  ])('read a reset given as %s', (_what, text, expected) => {
    expect(rate('reset', text)?.resetAtMs).toBe(expected);
  });

  it('are cut at 80 characters', () => {
    expect(rate('tier', 'x'.repeat(81))?.tier).toBe('x'.repeat(80));
    expect(rate('warning', 'y'.repeat(81))?.warning).toBe('y'.repeat(80));
  });
});
