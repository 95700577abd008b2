/**
 * The lags of an attempt (A57): both count from the newest leader fill of its group, and what waited by our own rule is no part
 * of them. Rows of earlier releases know only the oldest fill: their lags count from it, with every wait in them.
 */
import type { CopyIntent } from '../decide/decision-facts.ts';
import type { CopyAttemptRecord } from './records.ts';

export type AttemptTimes = Pick<
  CopyAttemptRecord,
  'leaderEventAtMs' | 'detectedAtMs' | 'decidedAtMs' | 'newestEventAtMs' | 'newestDetectedAtMs' | 'ownWaitMs'
>;

/** The times of an attempt on the intent. */
export function timesOf(intent: CopyIntent, decidedAtMs: number): AttemptTimes {
  // An intent that waits in the Wallet, or comes from a FollowedUser, of an earlier release lacks the field.
  const newest = intent.newest ?? null;
  return {
    leaderEventAtMs: intent.leaderEventAtMs,
    detectedAtMs: intent.detectedAtMs,
    decidedAtMs,
    newestEventAtMs: newest?.eventAtMs ?? null,
    newestDetectedAtMs: newest?.detectedAtMs ?? null,
    ownWaitMs: newest === null ? null : newest.ownWaitMs + intent.waitedMs,
  };
}

/** From the leader's trade until we saw it, in ms; negative where our clock is behind the venue's. */
export function detectionLagMs(times: AttemptTimes): number {
  return (times.newestDetectedAtMs ?? times.detectedAtMs) - newestEventAtMs(times);
}

/** From the leader's trade until our decision, in ms, without what waited by our own rule. */
export function copyLagMs(times: AttemptTimes): number {
  return times.decidedAtMs - newestEventAtMs(times) - (times.ownWaitMs ?? 0);
}

function newestEventAtMs(times: AttemptTimes): number {
  return times.newestEventAtMs ?? times.leaderEventAtMs;
}
