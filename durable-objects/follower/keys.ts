/** The names under which a FollowedUser keeps small values and jobs in its own SQLite. Times are UTC milliseconds. */
import type { TokenId } from '../../domain/ids.ts';
import type { CashMicros } from '../../domain/money.ts';
import type { ControlKeys } from '../platform/control-cache.ts';
import type { KeyValue } from '../platform/key-value.ts';
import type { UnsureExit } from './unsure-exit.ts';

/** The names of the scheduler's jobs: stored, so a name may only change together with the rows that hold it. */
export const JOBS = {
  groups: 'groups',
  buffers: 'buffers',
  dispatch: 'dispatch',
  curve: 'shadow',
  conversions: 'conversions',
  corrections: 'corrections',
  /** Of earlier releases: pruning has no job any more. */
  daily: 'daily',
} as const;

export type FollowerKeyValue = KeyValue<FollowerKeys>;

export interface FollowerKeys extends ControlKeys {
  /** Whether the last reading of the leader's positions was complete: what it does not list is not held. */
  seedComplete: boolean;
  /** Tokens of that reading whose rows could not be read. */
  seedUnread: readonly TokenId[];
  /** When that reading was requested, in whole seconds. */
  seededAt: number;
  lastFillAt: number;
  /** When old rows were last deleted. */
  prunedAt: number;
  /** When purchases of the last hour were seen too late to be copied. */
  seenTooLateAt: readonly number[];
  /** Exits by the rate that no whole reading has corrected yet, and when one was last asked for. */
  unsureExits: readonly UnsureExit[];
  correctionAskedAt: number;
  /** The live Wallet has bought for this leader: exits go to it in any state of its switch, which then owes them (A44). */
  boughtLive: boolean;
  /** The leader's curve: cash relative to its start, the capital that it starts from, its revision and peak exposure. */
  shadowCash: CashMicros;
  shadowBase: CashMicros;
  shadowRevision: number;
  shadowPeakExposure: CashMicros;
}
