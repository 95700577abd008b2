/** What a Wallet answers when a FollowedUser calls it with an intent. */

import type { RateExit } from '../domain/decide/exit-correction.ts';
import type { DecidedMember } from '../domain/decide/members.ts';
import type { DecisionWord, ReasonCode } from '../domain/decide/reasons.ts';
import type { GroupKey } from '../domain/ids.ts';
import type { ShareMicros } from '../domain/money.ts';

export interface CopyDecision {
  readonly kind: 'decided';
  /** WAIT: the Wallet keeps the intent and decides again by itself; for the caller it is done. */
  readonly decision: DecisionWord;
  readonly reasons: readonly ReasonCode[];
  /** Shares that were too small to place, which the FollowedUser is to carry; zero otherwise. */
  readonly carriedShareMicros: ShareMicros;
  /** The venue's minimum as the Wallet saw it: the FollowedUser may have no facts of the market yet. */
  readonly orderShareMicrosMin: ShareMicros | null;
  /** Of an exit that the rate sized for want of the leader's holding; absent for every other, and while it waits. */
  readonly byRate?: RateExit;
}

/** Nothing was decided: these of the members are, in other groups or with fewer shares (design.md 4). */
export interface MembersDecided {
  readonly kind: 'members-decided';
  readonly members: readonly DecidedMember[];
  /** What was answered for each of their groups, as long as that is kept. */
  readonly answers: readonly { readonly groupKey: GroupKey; readonly answer: CopyDecision }[];
}

export type CopyResult =
  /** The mode is off: nothing was written, the intent was only counted (A24). */
  { readonly kind: 'inactive' } | CopyDecision | MembersDecided;
