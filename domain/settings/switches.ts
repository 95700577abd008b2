/**
 * Who copies a leader, given the switches: the behaviour matrix of the spec as one pure function (R11–R20, A5–A7).
 * Nothing here ever raises a state above the global one, and OFF wins over everything.
 */
import type { LIVE_OVERRIDES, LIVE_STATES } from './control.ts';

export type LiveState = (typeof LIVE_STATES)[number];
export type LiveOverride = (typeof LIVE_OVERRIDES)[number];

const STATE_RANK = { OFF: 0, SHADOW: 1, ON: 2 } as const satisfies Record<LiveState, number>;
const OVERRIDE_RANK = { FORCE_OFF: 0, INHERIT: 1, FORCE_ON: 2 } as const satisfies Record<
  LiveOverride,
  number
>;

export interface EffectiveLive {
  readonly state: LiveState;
  /** Only sales are copied: what we hold of a leader who is paused or removed can still be sold. */
  readonly exitOnly: boolean;
}

/**
 * What the live Wallet does for a leader. OFF, global or forced, stops exits too: it is the emergency switch (A7).
 * FORCE_ON copies a leader whose paper follow is paused, at the global state (A5); INHERIT then copies his exits only,
 * so that pausing paper never stops live exits in silence (A6). Whether paper trades at all does not matter here (R20).
 */
export function effectiveLive(given: {
  readonly global: LiveState;
  readonly override: LiveOverride;
  /** The leader's own paper follow: not paused. */
  readonly paperFollowed: boolean;
  readonly removed: boolean;
}): EffectiveLive {
  if (given.global === 'OFF' || given.override === 'FORCE_OFF') return { state: 'OFF', exitOnly: false };
  const followed = given.override === 'FORCE_ON' || given.paperFollowed;
  return { state: given.global, exitOnly: given.removed || !followed };
}

/** The lower of two states: OFF, then SHADOW, then ON. What D1 says may only lower what the Wallet holds. */
export function lowerState(a: LiveState, b: LiveState): LiveState {
  return STATE_RANK[a] <= STATE_RANK[b] ? a : b;
}

/** The lower of two overrides: FORCE_OFF, then INHERIT, then FORCE_ON. */
export function lowerOverride(a: LiveOverride, b: LiveOverride): LiveOverride {
  return OVERRIDE_RANK[a] <= OVERRIDE_RANK[b] ? a : b;
}
