/** Every small value that a FollowedUser keeps under a name in its own SQLite, with its type. Times are UTC milliseconds. */
import type { CashMicros } from '../../domain/money.ts';
import type { ControlKeys } from '../platform/control-cache.ts';
import type { KeyValue } from '../platform/key-value.ts';

export type FollowerKeyValue = KeyValue<FollowerKeys>;

export interface FollowerKeys extends ControlKeys {
  /** Whether the last reading of the leader's positions was whole: what it does not list is not held. */
  seedComplete: boolean;
  /** When that reading was asked for, in whole seconds. */
  seededAt: number;
  lastFillAt: number;
  /** The leader's curve: cash relative to its start, the capital that it starts from, its revision and peak exposure. */
  shadowCash: CashMicros;
  shadowBase: CashMicros;
  shadowRevision: number;
  shadowPeakExposure: CashMicros;
}
