/**
 * What the operator wants, as one versioned document: switches, followed users and settings. D1 owns it; every object
 * keeps the last version that it received and works from that (design.md 3). A lower version is ignored.
 */
import { parseLeaderAddress } from '../ids.ts';
import * as z from '../zod.ts';
import { modeSettingsSchema, storedOverrideSchema } from './settings.ts';
import { systemSettingsSchema } from './system-settings.ts';

export const LIVE_STATES = ['OFF', 'SHADOW', 'ON'] as const;
export const LIVE_OVERRIDES = ['INHERIT', 'FORCE_ON', 'FORCE_OFF'] as const;
/** OFF stops entries: no live purchase is made, and exits go on (A61). */
export const ENTRY_STATES = ['OFF', 'ON'] as const;

/** Documents from before A61 lack the switch. */
const liveEntries = z._default(z.enum(ENTRY_STATES), 'ON');

const leaderAddress = z.parsedBy(z.string(), parseLeaderAddress, 'not a wallet address');

export const followedUserSchema = z.strictObject({
  leaderAddress,
  label: z.string().check(z.minLength(1), z.maxLength(80)),
  /** Whether this leader is copied on paper; false means paused. */
  paperEnabled: z.boolean(),
  liveOverride: z.enum(LIVE_OVERRIDES),
  /** Whether purchases of this leader are copied live; the global switch also has to be ON. */
  liveEntries,
  /** Fills before this time are recorded and never copied (W2). */
  followFromMs: z.int().check(z.minimum(0)),
  /** Removed leaders stay in the document as exit-only, so that our positions copied from them can be sold. */
  removed: z.boolean(),
  overrides: z.strictObject({ PAPER: storedOverrideSchema, LIVE: storedOverrideSchema }),
});
export type FollowedUserControl = z.infer<typeof followedUserSchema>;

export const controlSchema = z.strictObject({
  version: z.int().check(z.minimum(1)),
  paperTrading: z.enum(['ON', 'OFF']),
  liveTrading: z.enum(LIVE_STATES),
  liveEntries,
  system: systemSettingsSchema,
  settings: z.strictObject({ PAPER: modeSettingsSchema, LIVE: modeSettingsSchema }),
  followedUsers: z.array(followedUserSchema).check(z.maxLength(1_000)),
});
export interface Control extends z.infer<typeof controlSchema> {
  /** Of a document that was read from D1: the newest version there, where that cannot be read by this release. Never saved. */
  readonly laterVersion?: number;
}

export type FollowState = 'FOLLOWED' | 'EXIT_ONLY';

/** On paper a leader is followed unless paused or removed; then only the leader's exits are copied. */
export function paperFollowState(user: FollowedUserControl): FollowState {
  return user.paperEnabled && !user.removed ? 'FOLLOWED' : 'EXIT_ONLY';
}
