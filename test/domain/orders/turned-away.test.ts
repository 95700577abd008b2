/** Which answers turn an order away for a passing reason, and the reason that each gives (A59). */
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_PROBLEMS,
  type SubmitAnswer,
  UNKNOWN_CAUSES,
  VENUE_CONDITIONS,
} from '../../../domain/orders/orders.ts';
import { isRegionBlock, turnedAwayBy } from '../../../domain/orders/turned-away.ts';

const MESSAGE = { message: '' };
const REASONS = {
  RESTARTING: 'LIVE_VENUE_RESTARTING',
  POST_ONLY: 'LIVE_VENUE_POST_ONLY',
  CANCEL_ONLY: 'LIVE_VENUE_CANCEL_ONLY',
  TRADING_DISABLED: 'LIVE_VENUE_DISABLED',
  RATE_LIMITED: 'LIVE_RATE_LIMITED',
} as const;

describe('an answer turns the order away', () => {
  it.each(VENUE_CONDITIONS)('by %s of the venue, with a reason of its own', (condition) => {
    const answer: SubmitAnswer = { kind: 'wait', condition, retryAfterMs: null, ...MESSAGE };
    expect(turnedAwayBy(answer)).toBe(REASONS[condition]);
    expect(isRegionBlock(answer)).toBe(false);
  });

  it.each(ACCOUNT_PROBLEMS)('by %s of the account only where it is the region', (problem) => {
    const isRegion = problem === 'REGION_BLOCKED' || problem === 'EGRESS_BLOCKED';
    const answer: SubmitAnswer = { kind: 'account', problem, ...MESSAGE };
    expect(turnedAwayBy(answer)).toBe(isRegion ? 'LIVE_REGION_BLOCKED' : null);
    expect(isRegionBlock(answer)).toBe(isRegion);
  });

  it('in no other case', () => {
    const others: readonly SubmitAnswer[] = [
      { kind: 'accepted', status: 'LIVE', tradeIds: [] },
      { kind: 'killed', ...MESSAGE },
      { kind: 'rejected', cause: 'TICK', ...MESSAGE },
      ...UNKNOWN_CAUSES.map((cause) => ({ kind: 'unknown', cause, ...MESSAGE }) as const),
    ];
    expect(others.map(turnedAwayBy)).toEqual(others.map(() => null));
  });
});
