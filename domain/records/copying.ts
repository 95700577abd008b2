/**
 * How well copying works, from a rolling count of the last hour (A60): decisions on leader trades, those skipped for reasons of
 * ours, and the lag. Counted in slots of five minutes, so that the count stays small however much is decided.
 */
import type { ReasonCode } from '../decide/reasons.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';
import { type AttemptTimes, copyLagMs } from './lags.ts';
import type { CopyAttemptRecord } from './records.ts';
import type { CopyingStatus, LeaderCondition, OutboxStatus } from './status.ts';

/** Reasons that say that we did not work, as against a rule of the operator, the market or the venue's own state. */
const OUR_REASONS: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'EVENT_TOO_OLD',
  'BOOK_STALE',
  'BOOK_UNAVAILABLE',
  'MARKET_UNKNOWN',
  'EQUITY_UNKNOWN',
  'LEADER_EXPOSURE_UNKNOWN',
  'LIVE_NO_SLOT',
  'LIVE_ACCOUNT_UNREAD',
  'LIVE_AUTH_FAILED',
  'LIVE_CLOCK_SKEW',
  'LIVE_WS_DOWN',
  'LIVE_PORTFOLIO_CHANGED',
  'PAPER_NO_BOOK',
  'PAPER_FOUND_LATE',
]);

/** The lags that are distinguished, by their upper ends. 7.5 s and 30 s are half the age at which live and paper copy no more. */
const LAG_MS: readonly number[] = [
  250,
  500,
  SECOND_MS,
  2 * SECOND_MS,
  3 * SECOND_MS,
  5 * SECOND_MS,
  7_500,
  10 * SECOND_MS,
  15 * SECOND_MS,
  20 * SECOND_MS,
  30 * SECOND_MS,
  45 * SECOND_MS,
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  HOUR_MS,
];
const SLOT_MS = 5 * MINUTE_MS;

/** What was decided in five minutes. */
export interface CopySlot {
  readonly startMs: number;
  readonly decisions: number;
  readonly ours: Readonly<Partial<Record<ReasonCode, number>>>;
  /** By LAG_MS, decisions whose lag is at most that and more than the one before. */
  readonly lags: readonly number[];
}

/** What is counted of an attempt. */
export type Counted = AttemptTimes & Pick<CopyAttemptRecord, 'decision' | 'reasons' | 'sourceType'>;

/**
 * The slots with this decision. Not counted: a sale that waits, since it is decided again, and what follows no new trade (a sale
 * by hand, a try of an owed exit). What waited by our own rule is no part of the lag (A57); where it is not known how long that
 * was, as in intents of earlier releases, a buffer, a carry and `waited`, a sale that waited, have none. Nor have merges and
 * conversions: no stream reports them, so that they are as late as the minute's sweep, and say nothing of how fast copying is.
 */
export function withDecision(
  slots: readonly CopySlot[],
  attempt: Counted,
  waited: boolean,
): readonly CopySlot[] {
  const { decision, sourceType, decidedAtMs } = attempt;
  if (decision === 'WAIT' || !followsTrade(sourceType)) return slots;
  const slot = slotAt(slots, decidedAtMs);
  const cause = decision === 'SKIP' ? attempt.reasons.find((reason) => OUR_REASONS.has(reason)) : undefined;
  const mayHaveWaited = waited || sourceType === 'BUFFER' || sourceType === 'CARRY';
  const hasLag = sourceType !== 'ACTIVITY' && (attempt.ownWaitMs !== null || !mayHaveWaited);
  const at = hasLag ? lagIndex(copyLagMs(attempt)) : -1;
  const lags = slot.lags.map((count, index) => (index === at ? count + 1 : count));
  return withSlot(slots, { ...withCause(slot, cause), decisions: slot.decisions + 1, lags }, decidedAtMs);
}

/**
 * The slots with the end of a pending copy that was decided to be executed and came to nothing. It is one of the decisions that are
 * counted, unless it is older than these.
 */
export function withLost(
  slots: readonly CopySlot[],
  lost: Pick<Counted, 'sourceType' | 'decidedAtMs'> & { readonly reason: ReasonCode },
  nowMs: number,
): readonly CopySlot[] {
  const { reason, sourceType, decidedAtMs } = lost;
  if (!OUR_REASONS.has(reason) || !followsTrade(sourceType)) return slots;
  const startMs = startOf(decidedAtMs);
  const isCounted = slotsSince(slots, nowMs).some((one) => one.startMs === startMs);
  const slot = slotAt(slots, nowMs);
  const decisions = slot.decisions + (isCounted ? 0 : 1);
  return withSlot(slots, { ...withCause(slot, reason), decisions }, nowMs);
}

/** A sale by hand and a try or a correction of an exit follow no new trade. */
function followsTrade(sourceType: Counted['sourceType']): boolean {
  return sourceType !== 'CLOSE' && sourceType !== 'EXIT' && sourceType !== 'CORRECTION';
}

function withCause(slot: CopySlot, cause: ReasonCode | undefined): CopySlot {
  if (cause === undefined) return slot;
  return { ...slot, ours: { ...slot.ours, [cause]: (slot.ours[cause] ?? 0) + 1 } };
}

function startOf(atMs: number): number {
  return atMs - (atMs % SLOT_MS);
}

function slotAt(slots: readonly CopySlot[], atMs: number): CopySlot {
  const startMs = startOf(atMs);
  return slots.find((one) => one.startMs === startMs) ?? emptySlot(startMs);
}

/** The slot in the place of the one before it, and none that is too old. */
function withSlot(slots: readonly CopySlot[], slot: CopySlot, nowMs: number): readonly CopySlot[] {
  return [...slotsSince(slots, nowMs).filter((one) => one.startMs !== slot.startMs), slot];
}

/** The last hour in one: to five minutes, and lags to the next value of LAG_MS. */
export function copyingStatus(slots: readonly CopySlot[], nowMs: number): CopyingStatus {
  const recent = slotsSince(slots, nowMs);
  const ours = [...OUR_REASONS].map((reason) => ({
    reason,
    count: recent.reduce((sum, one) => sum + (one.ours[reason] ?? 0), 0),
  }));
  const most = ours.reduce((one, other) => (other.count > one.count ? other : one));
  const lags = LAG_MS.map((_bound, index) => recent.reduce((sum, one) => sum + (one.lags[index] ?? 0), 0));
  return {
    decisions: recent.reduce((sum, one) => sum + one.decisions, 0),
    skippedByUs: ours.reduce((sum, { count }) => sum + count, 0),
    commonestReason: most.count > 0 ? most.reason : null,
    lagMsP50: percentile(lags, 50),
    lagMsP95: percentile(lags, 95),
  };
}

/** One skip may be a book that was just lost; three, and every tenth decision, are a fault that goes on. */
const SKIPS_MIN = 3;
const SKIPPED_ONE_IN = 10;

/** Whether so many copies are skipped for reasons of ours that the operator has to look. */
export function skipsTooMany({ decisions, skippedByUs }: CopyingStatus): boolean {
  return skippedByUs >= SKIPS_MIN && skippedByUs * SKIPPED_ONE_IN >= decisions;
}

/** A percentile of fewer decisions is the slowest of them. */
const LAGS_MIN = 5;

/** However old a copy may be: half of this is more than the slowest source takes, 5.4 s (polymarket-api.md 6.2). */
const LAG_AGE_MS_MAX = 15 * SECOND_MS;

/** Whether copies come late: beyond half the age at which they are skipped, the next delay skips them. */
export function lagsTooMuch({ decisions, lagMsP95 }: CopyingStatus, copyAgeMsMax: number): boolean {
  return decisions >= LAGS_MIN && lagMsP95 !== null && lagMsP95 * 2 > Math.min(copyAgeMsMax, LAG_AGE_MS_MAX);
}

/** Rows leave within a fraction of a second; one that waits for this long shows that D1 accepts none, or too few. */
const OUTBOX_LATE_MS = MINUTE_MS;
/** Ten batches: it grows faster than it is sent, even while the oldest row is young. */
const OUTBOX_DEPTH_MAX = 1_000;

export function isOutboxLate({ depth, oldestAtMs }: OutboxStatus, nowMs: number): boolean {
  return depth > OUTBOX_DEPTH_MAX || (oldestAtMs !== null && nowMs - oldestAtMs > OUTBOX_LATE_MS);
}

/** Whether rows reach D1: none is refused, none waits too long. */
export function isStoring(outbox: OutboxStatus, nowMs: number): boolean {
  return outbox.error === null && outbox.parked === 0 && !isOutboxLate(outbox, nowMs);
}

/** One purchase seen too late may follow a short gap; three in an hour show a stream or sweeps that do not work. */
const SEEN_TOO_LATE_MIN = 3;

export function seesTooLate({ seenTooLate }: LeaderCondition): boolean {
  return seenTooLate >= SEEN_TOO_LATE_MIN;
}

/** Whether the operator must know of a leader's object: as it was at `nowMs`, since rows that it has just written wait too. */
export function isInTrouble(condition: LeaderCondition, nowMs: number): boolean {
  return !condition.healthy || seesTooLate(condition) || isOutboxLate(condition.outbox, nowMs);
}

function slotsSince(slots: readonly CopySlot[], nowMs: number): readonly CopySlot[] {
  return slots.filter(({ startMs }) => startMs > nowMs - HOUR_MS);
}

function emptySlot(startMs: number): CopySlot {
  return { startMs, decisions: 0, ours: {}, lags: LAG_MS.map(() => 0) };
}

/** A lag beyond the last bound is in the last place; a negative one (clocks differ) in the first. */
function lagIndex(lagMs: number): number {
  const at = LAG_MS.findIndex((bound) => lagMs <= bound);
  return at < 0 ? LAG_MS.length - 1 : at;
}

function percentile(lags: readonly number[], percent: number): number | null {
  const total = lags.reduce((sum, count) => sum + count, 0);
  let before = 0;
  for (const [index, count] of lags.entries()) {
    before += count;
    if (count > 0 && before * 100 >= total * percent) return LAG_MS[index] ?? null;
  }
  return null;
}
