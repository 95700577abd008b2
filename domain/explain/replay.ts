/**
 * Whether a recorded attempt equals what `decide` makes of its stored facts and settings. A Wallet can refuse a decision at
 * its last check, or let a sale wait: these are results of their own, not differences.
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
  /** `decide` says EXECUTE; the last check of the live Wallet before sending refused it. */
  | { readonly kind: 'denied'; readonly reason: ReasonCode }
  /** The sale waits for shares that are not final yet, and is decided again then. */
  | { readonly kind: 'waits' }
  | { readonly kind: 'differs'; readonly fields: readonly [ReplayedField, ...ReplayedField[]] };

/** Compares the recorded attempt with the replayed decision; `differs` names every field that is not equal. */
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
  // Without a differing field, `end` is no field name.
  return typeof end === 'string' ? { kind: 'same' } : end;
}

/** Compares how the attempt ended with the decision: a result without difference, or the field that differs. */
function endOf(
  { decision: word, reasons, mode, side }: RecordedAttempt,
  decision: Decision,
): Extract<Replay, { kind: 'same' | 'denied' | 'waits' }> | 'decision' | 'reasons' {
  if (word === 'WAIT') {
    const nothingYet = decision.kind === 'SKIP' && decision.reasons.includes('NOT_ENOUGH_POSITION_TO_SELL');
    const forShares = side === 'SELL' && (decision.kind === 'EXECUTE' || nothingYet);
    const forCall = decision.kind === 'EXECUTE' && reasons.includes('LIVE_WAITING_FOR_SLOT');
    const mayWait = forShares || forCall;
    return mayWait ? { kind: 'waits' } : 'decision';
  }
  // The reasons of an executed copy say how its order ended, which is no part of the decision.
  if (word === decision.kind && decision.kind === 'EXECUTE') return { kind: 'same' };
  if (decision.kind === 'SKIP' && word === 'SKIP') {
    return reasons.join() === decision.reasons.join() ? { kind: 'same' } : 'reasons';
  }
  const [only, ...others] = reasons;
  // The last check gives one reason, and always one of live execution.
  const denied = mode === 'LIVE' && word === 'SKIP' && others.length === 0 && only?.startsWith('LIVE_');
  return denied && only !== undefined ? { kind: 'denied', reason: only } : 'decision';
}
