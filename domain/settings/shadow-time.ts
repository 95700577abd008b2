/**
 * The time that live must spend in SHADOW before it may go ON (R102): how much has passed, and its text. The Wallet's refusal
 * and the page show the same text.
 */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';

export interface ShadowTime {
  /** Without a break; zero if the clock has gone back. */
  readonly spentMs: number;
  /** What the settings require. */
  readonly wantedMs: number;
  /** Zero when the time is over. */
  readonly leftMs: number;
}

const SECOND = { ms: SECOND_MS, word: 's' };
const MINUTE = { ms: MINUTE_MS, word: 'min' };
const HOUR = { ms: HOUR_MS, word: 'h' };

export function shadowTime(given: {
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly wantedMs: number;
}): ShadowTime {
  const { sinceMs, nowMs, wantedMs } = given;
  const spentMs = Math.max(0, nowMs - sinceMs);
  return { spentMs, wantedMs, leftMs: Math.max(0, wantedMs - spentMs) };
}

/**
 * "in SHADOW for 12 min of 60 min": both in one unit, the largest in which the required time is a whole number above one
 * minute or two hours. The spent time is rounded down, so that it never reads as enough too early.
 */
export function formatShadowTime({ spentMs, wantedMs }: ShadowTime): string {
  const { ms, word } = unitFor(wantedMs);
  return `in SHADOW for ${Math.floor(spentMs / ms)} ${word} of ${wantedMs / ms} ${word}`;
}

function unitFor(wantedMs: number): typeof SECOND {
  if (wantedMs % MINUTE.ms !== 0 || wantedMs < 2 * MINUTE.ms) return SECOND;
  return wantedMs % HOUR.ms !== 0 || wantedMs <= 2 * HOUR.ms ? MINUTE : HOUR;
}
