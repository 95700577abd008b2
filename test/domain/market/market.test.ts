/** What the venue rounds and asks for at least, and its fee on a fill (polymarket-api.md 3.3 and 4). */
import { describe, expect, it } from 'vitest';
import {
  type FeeSchedule,
  MARKETABLE_NOTIONAL_MIN,
  SHARE_STEP_MICROS,
  takerFee,
} from '../../../domain/market/market.ts';
import { at, sh, usd } from '../decide/example-facts.ts';

describe('the venue', () => {
  it('takes hundredths of a share, and marketable orders from one dollar', () => {
    expect([SHARE_STEP_MICROS, MARKETABLE_NOTIONAL_MIN]).toEqual([sh('0.01'), usd('1')]);
  });

  it.each<[schedule: string, fee: FeeSchedule | null, size: string, price: string, expected: string]>([
    ['nothing without fees', null, '100', '0.5', '0'],
    ['7 % of shares × p × (1 − p)', { ratePpm: 70_000n, exponent: 1 }, '100', '0.5', '1.75'],
    ['the same on both sides of 50 cents', { ratePpm: 70_000n, exponent: 1 }, '100', '0.9', '0.63'],
    ['the square of it', { ratePpm: 70_000n, exponent: 2 }, '100', '0.5', '0.4375'],
    ['a rate on the shares alone', { ratePpm: 70_000n, exponent: 0 }, '100', '0.5', '7'],
    ['5 millionths as one step of ten', { ratePpm: 1n, exponent: 0 }, '5', '0.5', '0.00001'],
    ['4 millionths as nothing', { ratePpm: 1n, exponent: 0 }, '4', '0.5', '0'],
  ])('takes as its fee %s', (_schedule, fee, size, price, expected) => {
    expect(takerFee(fee, sh(size), at(price))).toBe(usd(expected));
  });
});
