/**
 * Whether a recorded attempt is what `decide` makes of its stored facts and settings. A Wallet may refuse a decision at its
 * last check, or let a sale wait, after it was made: that is told as what it is, never as a difference.
 */
import type { Decision } from '../decide/decide.ts';
import type { ReasonCode } from '../decide/reasons.ts';
import type { CopyAttemptRecord } from '../records/records.ts';

const FIELDS = [
  'decision',
  'reasons',
  'clamps',
  'targetNotionalMicros',
  'targetShareMicros',
  'effectiveRateBps',
  'midPriceMicros',
  'limitPriceMicros',
] as const;
export type ReplayedField = (typeof FIELDS)[number];

export type RecordedAttempt = Pick<CopyAttemptRecord, ReplayedField | 'mode' | 'side'>;

export type Replay =
  | { readonly kind: 'same' }
  /** The engine said EXECUTE, as recorded; the Wallet's last check before leaving refused it. */
  | { readonly kind: 'denied'; readonly reason: ReasonCode }
  /** The sale waits for shares that are not final; it is decided again. */
  | { readonly kind: 'waits' }
  | { readonly kind: 'differs'; readonly fields: readonly [ReplayedField, ...ReplayedField[]] };

/** Compares what was recorded with the decision replayed; `differs` names every field that is not equal. */
export function replayOf(recorded: RecordedAttempt, decision: Decision): Replay {
  const replayed = {
    clamps: decision.clamps.map((step) => step.clamp).join(),
    targetNotionalMicros: decision.targetNotionalMicros,
    targetShareMicros: decision.targetShareMicros,
    effectiveRateBps: decision.effectiveRateBps,
    midPriceMicros: decision.midPriceMicros,
    limitPriceMicros: decision.kind === 'EXECUTE' ? decision.plan.limitPriceMicros : null,
  };
  const stored = { ...recorded, clamps: recorded.clamps.join() };
  const amounts = FIELDS.filter(
    (field) => field !== 'decision' && field !== 'reasons' && stored[field] !== replayed[field],
  );
  const end = endOf(recorded, decision);
  const [first, ...rest] = FIELDS.filter((field) => end === field || amounts.includes(field));
  if (first !== undefined) return { kind: 'differs', fields: [first, ...rest] };
  // Without a differing field the end is one of the three that are as they should be.
  return typeof end === 'string' ? { kind: 'same' } : end;
}

/** How the recorded end stands to the decision: as it should, or the field in which it does not. */
function endOf(
  { decision: word, reasons, mode, side }: RecordedAttempt,
  decision: Decision,
): Extract<Replay, { kind: 'same' | 'denied' | 'waits' }> | 'decision' | 'reasons' {
  if (word === 'WAIT') {
    const nothingYet = decision.kind === 'SKIP' && decision.reasons.includes('NOT_ENOUGH_POSITION_TO_SELL');
    const mayWait = mode === 'LIVE' && side === 'SELL' && (decision.kind === 'EXECUTE' || nothingYet);
    return mayWait ? { kind: 'waits' } : 'decision';
  }
  // What an executed copy's reasons tell is how its order ended, which no decision knows.
  if (word === decision.kind && decision.kind === 'EXECUTE') return { kind: 'same' };
  if (decision.kind === 'SKIP' && word === 'SKIP') {
    return reasons.join() === decision.reasons.join() ? { kind: 'same' } : 'reasons';
  }
  const [only, ...others] = reasons;
  // The last check has reasons of its own, one at a time.
  const denied = mode === 'LIVE' && word === 'SKIP' && others.length === 0 && only?.startsWith('LIVE_');
  return denied && only !== undefined ? { kind: 'denied', reason: only } : 'decision';
}
