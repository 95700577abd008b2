/** How long a FollowedUser keeps what it no longer needs for a decision. */
import { DAY_MS } from '../../domain/time.ts';

/** Fills, memberships and activities older than this are forgotten: the sweeps look back far less. */
export const KEPT_MS = 8 * DAY_MS;
