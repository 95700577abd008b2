/**
 * Whether the live Wallet copies a leader, given the switches: the behaviour matrix of the spec (R11–R20, A5–A7).
 * The result is never above the global state, and OFF wins over everything.
 */
import type { ENTRY_STATES, LIVE_OVERRIDES, LIVE_STATES } from './control.ts';

export type LiveState = (typeof LIVE_STATES)[number];
export type LiveOverride = (typeof LIVE_OVERRIDES)[number];
export type EntryState = (typeof ENTRY_STATES)[number];

const STATE_RANK = { OFF: 0, SHADOW: 1, ON: 2 } as const satisfies Record<LiveState, number>;
const OVERRIDE_RANK = { FORCE_OFF: 0, INHERIT: 1, FORCE_ON: 2 } as const satisfies Record<
  LiveOverride,
  number
>;

export interface EffectiveLive {
  readonly state: LiveState;
  /** Only sales are copied, so that positions copied from a paused or removed leader can still be sold. */
  readonly exitOnly: boolean;
}

/**
 * What the live Wallet does for a leader. OFF, global or forced, stops exits too: it is the emergency switch (A7).
 * While paper is paused for the leader, FORCE_ON copies at the global state (A5), and INHERIT copies exits only, so that
 * pausing paper does not stop live exits unnoticed (A6). The global paper switch has no effect here (R20).
 */
export function effectiveLive(given: {
  readonly global: LiveState;
  readonly override: LiveOverride;
  /** Paper copies this leader: not paused. */
  readonly paperFollowed: boolean;
  readonly removed: boolean;
}): EffectiveLive {
  if (given.global === 'OFF' || given.override === 'FORCE_OFF') return { state: 'OFF', exitOnly: false };
  const followed = given.override === 'FORCE_ON' || given.paperFollowed;
  return { state: given.global, exitOnly: given.removed || !followed };
}

/** The lower of two states: OFF, then SHADOW, then ON. D1 may lower the state that the Wallet holds, never raise it. */
export function lowerState(a: LiveState, b: LiveState): LiveState {
  return STATE_RANK[a] <= STATE_RANK[b] ? a : b;
}

/** The lower of two overrides: FORCE_OFF, then INHERIT, then FORCE_ON. */
export function lowerOverride(a: LiveOverride, b: LiveOverride): LiveOverride {
  return OVERRIDE_RANK[a] <= OVERRIDE_RANK[b] ? a : b;
}

/**
 * The lower of two entry switches: OFF wins. So it is also what applies to a leader, from the global switch and the leader's
 * own (A61). It never raises what `effectiveLive` allows.
 */
export function lowerEntries(a: EntryState, b: EntryState): EntryState {
  return a === 'OFF' || b === 'OFF' ? 'OFF' : 'ON';
}
