/** What keeps orders from leaving: faults of the account, which a person mends, and conditions of the venue, which pass. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountProblem, VenueCondition } from '../../../../../domain/orders/orders.ts';
import { VenueStanding } from '../../../../../durable-objects/wallet/live/account/venue-standing.ts';
import { MemoryPorts, START_MS } from '../../../memory-ports.ts';
import { walletStores } from '../../stores.ts';

let ports: MemoryPorts;
let standing: VenueStanding;

beforeEach(() => {
  ports = new MemoryPorts();
  standing = reopened();
});

/** The next instance over the same storage. */
function reopened(): VenueStanding {
  return new VenueStanding(ports, walletStores('LIVE', ports).kv);
}

describe('a problem of the account', () => {
  it.each([
    ['API_KEY_REFUSED', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
    ['OWNER_MISMATCH', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
    ['SIGNER_MISMATCH', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
    ['MAKER_NOT_ALLOWED', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
    ['BANNED', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
    ['CLOSED_ONLY', 'LIVE_ACCOUNT_PROBLEM', null],
    ['REGION_BLOCKED', 'LIVE_REGION_BLOCKED', 'LIVE_REGION_BLOCKED'],
    ['EGRESS_BLOCKED', 'LIVE_REGION_BLOCKED', 'LIVE_REGION_BLOCKED'],
    ['CLOCK_SKEW', 'LIVE_CLOCK_SKEW', 'LIVE_CLOCK_SKEW'],
    ['UNREADABLE_RECORDS', 'LIVE_ACCOUNT_PROBLEM', 'LIVE_ACCOUNT_PROBLEM'],
  ] as const)('%s stops a BUY with %s and a SELL with %s', (problem, buy, sell) => {
    expect([standing.problemReason('BUY'), standing.problemReason('SELL')]).toEqual([null, null]);
    standing.setProblem(problem, 'what the venue said');
    expect([standing.problemReason('BUY'), standing.problemReason('SELL')]).toEqual([buy, sell]);
    expect(reopened().problemReason('BUY')).toBe(buy);
  });

  it.each([
    [['CLOCK_SKEW', 'BANNED'], 'LIVE_ACCOUNT_PROBLEM'],
    [['BANNED', 'EGRESS_BLOCKED'], 'LIVE_REGION_BLOCKED'],
    [['CLOCK_SKEW', 'REGION_BLOCKED'], 'LIVE_REGION_BLOCKED'],
    [['CLOCK_SKEW', 'CLOSED_ONLY'], 'LIVE_ACCOUNT_PROBLEM'],
  ] as const)('%j together give the graver reason, %s', (problems, reason) => {
    for (const problem of problems) standing.setProblem(problem, '');
    expect(standing.problemReason('BUY')).toBe(reason);
  });

  it('keeps its first time and message, and is logged once', () => {
    standing.setProblem('BANNED', 'x'.repeat(300));
    ports.atMs += 5;
    standing.setProblem('BANNED', 'again');
    standing.setProblem('CLOCK_SKEW', 'the clock');
    expect(standing.problems()).toEqual([
      { problem: 'BANNED', message: 'x'.repeat(200), sinceMs: START_MS },
      { problem: 'CLOCK_SKEW', message: 'the clock', sinceMs: START_MS + 5 },
    ]);
    expect(ports.logs.map((line) => [line.level, line.fields.problem])).toEqual([
      ['error', 'BANNED'],
      ['error', 'CLOCK_SKEW'],
    ]);
  });

  it('is cleared alone, or with all others', () => {
    const set = (...problems: AccountProblem[]): void => {
      for (const problem of problems) standing.setProblem(problem, '');
    };
    standing.clearProblem();
    set('BANNED', 'CLOCK_SKEW', 'CLOSED_ONLY');
    standing.clearProblem('CLOCK_SKEW');
    expect(standing.problems().map((one) => one.problem)).toEqual(['BANNED', 'CLOSED_ONLY']);
    standing.clearProblem();
    expect([standing.problems(), standing.problemReason('BUY')]).toEqual([[], null]);
    expect(reopened().problems()).toEqual([]);
    set('BANNED');
    standing.clearProblem('BANNED');
    expect(standing.problems()).toEqual([]);
  });
});

describe('a condition of the venue', () => {
  it.each([
    ['RESTARTING', 'LIVE_VENUE_RESTARTING', [2, 4, 8, 16, 30, 30]],
    ['POST_ONLY', 'LIVE_VENUE_POST_ONLY', [15, 30, 30]],
    ['CANCEL_ONLY', 'LIVE_VENUE_CANCEL_ONLY', [15, 30, 30]],
    ['TRADING_DISABLED', 'LIVE_VENUE_DISABLED', [15, 30, 30]],
    ['RATE_LIMITED', 'LIVE_RATE_LIMITED', [2, 4, 8, 16, 30, 30]],
  ] as const)('%s stops orders with %s for growing pauses of %j seconds', (condition, reason, seconds) => {
    expect(standing.conditionReason()).toBeNull();
    for (const pause of seconds) {
      const untilMs = standing.setCondition(condition, 'not now', null);
      expect(untilMs).toBe(ports.atMs + pause * 1_000);
      ports.atMs = untilMs - 1;
      expect(standing.conditionReason()).toBe(reason);
      ports.atMs = untilMs;
      expect(standing.conditionReason()).toBeNull();
    }
    expect(reopened().condition()?.times).toBe(seconds.length);
  });

  it('lasts as long as the venue says when it names a time', () => {
    const conditions: VenueCondition[] = ['RATE_LIMITED', 'RESTARTING'];
    for (const condition of conditions)
      expect(standing.setCondition(condition, '', 45_000)).toBe(START_MS + 45_000);
    expect(standing.setCondition('RATE_LIMITED', '', 0)).toBe(START_MS);
  });

  it('keeps its message short, and is logged', () => {
    standing.setCondition('POST_ONLY', 'x'.repeat(300), null);
    const stored = { condition: 'POST_ONLY', untilMs: START_MS + 15_000, times: 1 };
    expect(standing.condition()).toEqual({ ...stored, message: 'x'.repeat(200) });
    expect(ports.logs.map((line) => line.level)).toEqual(['warn']);
  });

  it('starts from the shortest pause again once an order was accepted', () => {
    standing.clearCondition();
    standing.setCondition('RESTARTING', '', null);
    standing.setCondition('RESTARTING', '', null);
    standing.clearCondition();
    expect([standing.condition(), standing.conditionReason()]).toEqual([undefined, null]);
    expect(standing.setCondition('RESTARTING', '', null)).toBe(START_MS + 2_000);
  });
});
