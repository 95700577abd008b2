/** What is missing of a token after conversions: which of it they took, and what they cannot explain (A48). */
import { expect, it } from 'vitest';
import { type ShareMicros, shares } from '../../../domain/money.ts';
import { conversionVerdict } from '../../../domain/portfolio/converted.ts';

const whole = (count: number): ShareMicros => shares(BigInt(Math.round(count * 1e6)));

/** Each row: held, read, traded, converted of each token; then the verdict, in whole shares. */
it.each([
  ['the number that was converted', 100, 60, 0, [40], 'CONVERTED 40'],
  ['all of it', 100, 0, 0, [100], 'CONVERTED 100'],
  ['nothing', 100, 100, 0, [40], 'NOTHING'],
  ['less than nothing, since they received some', 100, 140, 0, [40], 'NOTHING'],
  ['a tenth of a share', 100, 99.9, 0, [0.1], 'NOTHING'],
  ['a little more than a tenth of a share', 100, 99.8, 0, [0.2], 'CONVERTED 0.2'],
  ['what two sources may differ by', 1_000, 990, 500, [10], 'NOTHING'],
  ['a little more than that', 1_000, 989.9, 500, [10], 'CONVERTED 10.1'],
  ['the sum of two conversions', 100, 30, 0, [40, 30], 'CONVERTED 70'],
  ['one of two conversions', 100, 70, 0, [40, 30], 'CONVERTED 30'],
  [
    'more than was converted, which is sold as far as it was',
    100,
    30,
    0,
    [40],
    'CONVERTED 40, 30 unexplained',
  ],
  ['all of it, and more than was converted', 100, 0, 0, [40], 'CONVERTED 40, 60 unexplained'],
  ['less than was converted', 100, 90, 0, [40], 'UNEXPLAINED 10'],
  ['all of it, and less than was converted: less was known', 30, 0, 0, [40], 'CONVERTED 30'],
  ['something after a conversion of an unknown number', 100, 60, 0, [0], 'UNEXPLAINED 40'],
  ['something after no conversion that may have touched it', 100, 60, 0, [], 'NOTHING'],
] as const)('missing: %s', (_name, held, read, traded, amounts, expected) => {
  const token = {
    heldShareMicros: whole(held),
    readShareMicros: whole(read),
    tradedShareMicros: whole(traded),
  };
  const verdict = conversionVerdict(token, amounts.map(whole));
  const parts = verdict.kind === 'NOTHING' ? [] : [`${verdict.kind} ${Number(verdict.shareMicros) / 1e6}`];
  if (verdict.kind === 'CONVERTED' && verdict.unexplainedShareMicros > 0n)
    parts.push(`${Number(verdict.unexplainedShareMicros) / 1e6} unexplained`);
  expect(parts.length === 0 ? 'NOTHING' : parts.join(', ')).toBe(expected);
});
