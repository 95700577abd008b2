/** Every small value that LeaderFeed keeps under a name in its own SQLite, with its type. */
import type { ControlKeys } from '../platform/control-cache.ts';
import type { KeyValue } from '../platform/key-value.ts';
import type { QuarantineKeys } from '../platform/quarantine.ts';

export type FeedKeyValue = KeyValue<FeedKeys>;

export interface FeedKeys extends ControlKeys, QuarantineKeys {}
