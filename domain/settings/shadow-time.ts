/**
 * The time that live has to spend in SHADOW before it may go ON (R102): how much of it is over, and how that is said. The
 * Wallet refuses by it, and the page shows the same words.
 */

export interface ShadowTime {
  /** Without a break, in milliseconds; zero when the clock has gone back. */
  readonly spentMs: number;
  /** What the settings ask for. */
  readonly wantedMs: number;
  /** Zero when it is over. */
  readonly leftMs: number;
}

const SECOND = { ms: 1_000, word: 's' };
const MINUTE = { ms: 60_000, word: 'min' };
const HOUR = { ms: 3_600_000, word: 'h' };

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
 * "in SHADOW for 12 min of 60 min": both in one unit, the largest in which what is asked for is whole and still a number
 * with meaning. What is spent is rounded down, so that it never reads as enough before it is.
 */
export function formatShadowTime({ spentMs, wantedMs }: ShadowTime): string {
  const { ms, word } = unitFor(wantedMs);
  return `in SHADOW for ${Math.floor(spentMs / ms)} ${word} of ${wantedMs / ms} ${word}`;
}

function unitFor(wantedMs: number): typeof SECOND {
  if (wantedMs % MINUTE.ms !== 0 || wantedMs < 2 * MINUTE.ms) return SECOND;
  return wantedMs % HOUR.ms !== 0 || wantedMs <= 2 * HOUR.ms ? MINUTE : HOUR;
}
