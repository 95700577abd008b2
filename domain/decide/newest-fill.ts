/**
 * The leader fill that lags count from (A57): the newest of a group. What our own rules made it wait, such as a buffer, is kept
 * with it as a wait of its own, since that is no delay in seeing or deciding. Times are UTC milliseconds.
 */
export interface NewestFill {
  readonly eventAtMs: number;
  /** When it was seen. */
  readonly detectedAtMs: number;
  /** How long our rules kept it before the Wallet got it: until its group closed, in a buffer, in a carry. */
  readonly ownWaitMs: number;
}

/**
 * The one with the latest event, and of several in one second the one seen last. Rows stored by earlier releases do not know
 * theirs (null) and do not count; null when none does.
 */
export function newestOf(fills: readonly (NewestFill | null)[]): NewestFill | null {
  return fills.reduce((newest, fill) => {
    if (newest === null || fill === null) return newest ?? fill;
    const isNewer = fill.eventAtMs - newest.eventAtMs || fill.detectedAtMs - newest.detectedAtMs;
    return isNewer > 0 ? fill : newest;
  }, null);
}

/** The fill after it was kept for longer; a time that ended before it began is no wait. */
export function keptLonger(
  fill: NewestFill,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): NewestFill {
  return { ...fill, ownWaitMs: fill.ownWaitMs + Math.max(0, untilMs - sinceMs) };
}
