/** A pause that grows with each failure, and never beyond its most. */
import { expect, it } from 'vitest';
import { growingPauseMs } from '../../domain/time.ts';

it('doubles with each failure before it, from the least to the most, however many there were', () => {
  const pauses = [0, 1, 2, 3, 1_000_000].map((failures) =>
    growingPauseMs(failures, { leastMs: 500, mostMs: 3_000 }),
  );
  expect(pauses).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
});
