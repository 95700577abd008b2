/** Which fill of a group lags count from, and how its wait adds up. */
import { describe, expect, it } from 'vitest';
import { keptLonger, type NewestFill, newestOf } from '../../../domain/decide/newest-fill.ts';

const fill = (eventAtMs: number, detectedAtMs: number, ownWaitMs = 0): NewestFill => ({
  eventAtMs,
  detectedAtMs,
  ownWaitMs,
});

describe('the newest fill', () => {
  it.each<[string, readonly (NewestFill | null)[], NewestFill | null]>([
    ['is that of the latest event, wherever it stands', [fill(1, 9), fill(3, 4), fill(2, 8)], fill(3, 4)],
    ['is of one second the one seen last', [fill(3, 4), fill(3, 6), fill(3, 5)], fill(3, 6)],
    ['does not count one that an earlier release stored', [null, fill(1, 2), null], fill(1, 2)],
    ['is not known of those alone', [null, null], null],
  ])('%s', (_what, fills, newest) => {
    expect(newestOf(fills)).toEqual(newest);
  });

  it('adds each wait to those before, and never takes one off', () => {
    expect(keptLonger(fill(1, 2, 25), { sinceMs: 10, untilMs: 40 })).toEqual(fill(1, 2, 55));
    expect(keptLonger(fill(1, 2, 25), { sinceMs: 40, untilMs: 10 })).toEqual(fill(1, 2, 25));
  });
});
