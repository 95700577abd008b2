/** The names under which LeaderFeed keeps small values and jobs in its own SQLite. */
import type { ControlKeys } from '../platform/control-cache.ts';
import type { KeyValue } from '../platform/key-value.ts';
import type { QuarantineKeys } from '../platform/quarantine.ts';

/** The names of the scheduler's jobs: stored, so a name may only change together with the rows that hold it. */
export const JOBS = { minute: 'minute', sweep: 'sweep' } as const;

export type FeedKeyValue = KeyValue<FeedKeys>;

export interface FeedKeys extends ControlKeys, QuarantineKeys {
  /** When the minute's work was last done with nobody followed; the object has slept since. */
  idleMinuteAtMs: number;
}
