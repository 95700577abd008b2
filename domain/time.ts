/** Lengths of time in milliseconds. Times themselves are UTC milliseconds everywhere. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The pause after so many failures in a row before this one: doubled by each, from the least to the most. */
export function growingPauseMs(
  failures: number,
  { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
): number {
  return Math.min(mostMs, leastMs * 2 ** Math.min(failures, 16));
}
