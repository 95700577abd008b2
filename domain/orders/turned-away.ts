/**
 * Answers that turn an order away for a reason that passes (A59): the venue took none of it, and it ends CANCELED with a reason
 * of its own, never as rejected. Only a region block is definite by its answer; after any other the order is read absent first.
 */
import type { ReasonCode } from '../decide/reasons.ts';
import type { SubmitAnswer, VenueCondition } from './orders.ts';

/** Why no order may leave, and why one was turned away, while the venue is in this condition. */
export const CONDITION_REASON: Readonly<Record<VenueCondition, ReasonCode>> = {
  RESTARTING: 'LIVE_VENUE_RESTARTING',
  POST_ONLY: 'LIVE_VENUE_POST_ONLY',
  CANCEL_ONLY: 'LIVE_VENUE_CANCEL_ONLY',
  TRADING_DISABLED: 'LIVE_VENUE_DISABLED',
  RATE_LIMITED: 'LIVE_RATE_LIMITED',
};

/** Why the answer turned the order away; null for every other answer. */
export function turnedAwayBy(answer: SubmitAnswer): ReasonCode | null {
  if (answer.kind === 'wait') return CONDITION_REASON[answer.condition];
  return isRegionBlock(answer) ? 'LIVE_REGION_BLOCKED' : null;
}

/** The venue, or its edge, takes no orders from where we call. */
export function isRegionBlock(answer: SubmitAnswer): boolean {
  return (
    answer.kind === 'account' && (answer.problem === 'REGION_BLOCKED' || answer.problem === 'EGRESS_BLOCKED')
  );
}
