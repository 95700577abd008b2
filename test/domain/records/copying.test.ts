/** The rolling count of the last hour, and the thresholds from which it needs a person (A60). */
import { describe, expect, it } from 'vitest';
import type { ReasonCode } from '../../../domain/decide/reasons.ts';
import {
  type CopySlot,
  copyingStatus,
  isOutboxLate,
  lagsTooMuch,
  skipsTooMany,
  withDecision,
  withLost,
} from '../../../domain/records/copying.ts';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { attempt } from '../../ledger/records.ts';

/** The start of an hour. */
const T = 1_795_334_400_000;
const NOTHING = { decisions: 0, skippedByUs: 0, commonestReason: null, lagMsP50: null, lagMsP95: null };

type Part = Parameters<typeof attempt>[0] & { readonly lagMs?: number; readonly waited?: boolean };

function add(slots: readonly CopySlot[], part: Part = {}): readonly CopySlot[] {
  const { lagMs = 400, waited = false, decidedAtMs = T, ...rest } = part;
  const record = attempt({
    sourceType: 'IMMEDIATE',
    ...rest,
    decidedAtMs,
    leaderEventAtMs: decidedAtMs - lagMs,
  });
  return withDecision(slots, record, waited);
}

function skips(reasons: readonly ReasonCode[]): readonly CopySlot[] {
  return reasons.reduce<readonly CopySlot[]>(
    (slots, reason) => add(slots, { decision: 'SKIP', reasons: [reason] }),
    [],
  );
}

describe('the count of the last hour', () => {
  it('is nothing before the first decision', () => {
    expect(copyingStatus([], T)).toEqual(NOTHING);
  });

  it.each<[ReasonCode, boolean]>([
    ['EVENT_TOO_OLD', true],
    ['BOOK_STALE', true],
    ['BOOK_UNAVAILABLE', true],
    ['LIVE_NO_SLOT', true],
    ['LIVE_ACCOUNT_UNREAD', true],
    ['MARKET_UNKNOWN', true],
    ['EQUITY_UNKNOWN', true],
    ['LEADER_EXPOSURE_UNKNOWN', true],
    ['LIVE_AUTH_FAILED', true],
    ['LIVE_CLOCK_SKEW', true],
    ['LIVE_WS_DOWN', true],
    ['LIVE_PORTFOLIO_CHANGED', true],
    ['SPREAD_TOO_WIDE', false],
    ['RISK_CAP_GLOBAL', false],
    ['LIVE_VENUE_RESTARTING', false],
    ['LIVE_SHADOW_ONLY', false],
  ])('counts a skip for %s as ours: %s', (reason, ours) => {
    expect(copyingStatus(skips([reason]), T)).toMatchObject({
      decisions: 1,
      skippedByUs: ours ? 1 : 0,
      commonestReason: ours ? reason : null,
    });
  });

  it('names the most frequent of our reasons', () => {
    const slots = skips(['BOOK_STALE', 'LIVE_NO_SLOT', 'LIVE_NO_SLOT', 'SPREAD_TOO_WIDE']);
    expect(copyingStatus(slots, T)).toMatchObject({
      decisions: 4,
      skippedByUs: 3,
      commonestReason: 'LIVE_NO_SLOT',
    });
  });

  it('counts a pending copy that came to nothing for a reason of ours, as one of the decisions', () => {
    const decided = add(add([], { decision: 'EXECUTE', reasons: ['PAPER_PENDING'] }), {
      decision: 'EXECUTE',
    });
    const copy = { sourceType: 'IMMEDIATE', decidedAtMs: T, reason: 'PAPER_NO_BOOK' } as const;
    const later = withLost(decided, copy, T + 6 * MINUTE_MS);
    expect(copyingStatus(later, T + 6 * MINUTE_MS)).toMatchObject({
      decisions: 2,
      skippedByUs: 1,
      commonestReason: 'PAPER_NO_BOOK',
    });
    for (const other of [
      { reason: 'ENGINE_PAUSED' },
      { sourceType: 'CLOSE' },
      { sourceType: 'EXIT' },
      { sourceType: 'CORRECTION' },
    ] as const)
      expect(withLost(decided, { ...copy, ...other }, T)).toBe(decided);
  });

  it('counts one that was found hours later when it was found, with its decision', () => {
    const copy = { sourceType: 'IMMEDIATE', decidedAtMs: T, reason: 'PAPER_FOUND_LATE' } as const;
    const nowMs = T + 3 * HOUR_MS;
    const found = withLost(add([]), copy, nowMs);
    expect(copyingStatus(found, nowMs)).toMatchObject({ decisions: 1, skippedByUs: 1 });
    expect(copyingStatus(found, nowMs + HOUR_MS + 1)).toEqual(NOTHING);
  });

  it('counts no reason of a copy that was executed', () => {
    const slots = add([], { decision: 'EXECUTE', reasons: ['BOOK_STALE'] });
    expect(copyingStatus(slots, T)).toMatchObject({ decisions: 1, skippedByUs: 0 });
  });

  it.each([
    { decision: 'WAIT' },
    { sourceType: 'CLOSE' },
    { sourceType: 'EXIT' },
    { sourceType: 'CORRECTION' },
  ] as const)('leaves out %o', (part) => {
    expect(copyingStatus(add([], part), T)).toEqual(NOTHING);
  });

  it('counts merges and conversions without a lag: no stream reports them, and a sweep comes each minute', () => {
    const all = Array.from({ length: 20 }).reduce<readonly CopySlot[]>((slots) => add(slots), []);
    const merged = add(all, { sourceType: 'ACTIVITY', lagMs: 45_000 });
    expect(copyingStatus(add(merged, { sourceType: 'ACTIVITY', lagMs: 60_000 }), T)).toMatchObject({
      decisions: 22,
      lagMsP95: 500,
    });
  });

  it.each([{ sourceType: 'BUFFER' }, { sourceType: 'CARRY' }, { waited: true }] as const)(
    'has no lag of what waited by our own rule, where it is not known for how long: %o (A57)',
    (part) => {
      expect(copyingStatus(add([], { ...part, lagMs: 90_000 }), T)).toEqual({ ...NOTHING, decisions: 1 });
    },
  );

  it.each([{ sourceType: 'BUFFER' }, { sourceType: 'CARRY' }, { waited: true }, {}] as const)(
    'has the lag without what waited by our own rule, where that is known: %o (A57)',
    (part) => {
      const times = { newestEventAtMs: T - 63_000, newestDetectedAtMs: T - 62_000, ownWaitMs: 60_000 };
      const slots = add([], { ...part, ...times, lagMs: 90_000 });
      expect(copyingStatus(slots, T)).toMatchObject({ decisions: 1, lagMsP50: 3_000, lagMsP95: 3_000 });
    },
  );

  it.each([
    [[400], 500, 500],
    [[-3, 250], 250, 250],
    [[251], 500, 500],
    [Array(19).fill(400).concat(8_000), 500, 500],
    [Array(18).fill(400).concat(8_000, 8_000), 500, 10_000],
    [[400, 8_000], 500, 10_000],
    [[2 * HOUR_MS], HOUR_MS, HOUR_MS],
  ])('has of lags %j the median %s ms and the 95th percentile %s ms', (lags, p50, p95) => {
    const slots = (lags as number[]).reduce<readonly CopySlot[]>((all, lagMs) => add(all, { lagMs }), []);
    expect(copyingStatus(slots, T)).toMatchObject({ lagMsP50: p50, lagMsP95: p95 });
  });

  it('forgets after an hour, and holds twelve slots at most', () => {
    let slots: readonly CopySlot[] = [];
    for (let minute = 0; minute < 180; minute += 1)
      slots = add(slots, { decidedAtMs: T + minute * MINUTE_MS });
    expect(slots).toHaveLength(12);
    expect(copyingStatus(slots, T + 179 * MINUTE_MS).decisions).toBe(60);
    expect(copyingStatus(slots, T + 179 * MINUTE_MS + HOUR_MS)).toEqual(NOTHING);
  });
});

describe('a threshold', () => {
  it.each([
    [2, 2, false],
    [3, 30, true],
    [3, 31, false],
    [10, 100, true],
  ])('of %i skips of ours among %i decisions needs a person: %s', (skippedByUs, decisions, needs) => {
    expect(skipsTooMany({ ...NOTHING, skippedByUs, decisions })).toBe(needs);
  });

  it.each([
    [5, 10_000, true],
    [5, 7_500, false],
    [4, 60_000, false],
    [5, null, false],
  ])(
    'of %i decisions with a 95th percentile of %s ms, where 15 s are the end: %s',
    (decisions, lagMsP95, needs) => {
      expect(lagsTooMuch({ ...NOTHING, decisions, lagMsP95 }, 15_000)).toBe(needs);
    },
  );

  it.each([
    [1_000, T - MINUTE_MS, false],
    [1_001, T, true],
    [1, T - MINUTE_MS - 1, true],
    [0, null, false],
  ])('of %i rows, the oldest from %s, is late: %s', (depth, oldestAtMs, late) => {
    expect(isOutboxLate({ depth, oldestAtMs, error: null, parked: 0 }, T)).toBe(late);
  });
});
