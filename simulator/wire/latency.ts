// How long answers and frames of the practice exchange take: drawn from the times at which real trades were seen, or always the same.
// The order of a socket's frames stays: one that would overtake an earlier frame arrives with it.

/**
 * Milliseconds from placing an order until a source showed its trade, in 12 recorded runs of February 2026 (shared data, latency/): one
 * way to the venue, the match, and one way back.
 */
export const RECORDED_MS = {
  /** Market channel: 21 sightings. */
  market: [
    23, 35, 76, 156, 265, 419, 432, 446, 451, 452, 464, 465, 475, 479, 579, 601, 795, 855, 895, 948, 1004,
  ],
  /** User channel: 16. */
  user: [420, 422, 426, 441, 448, 450, 467, 475, 477, 491, 814, 894, 897, 918, 949, 1017],
} as const;

export type Source = keyof typeof RECORDED_MS;

/** Milliseconds for the next answer or frame of a source. */
export type Latency = (source: Source) => number;

/** `setting`: 'recorded', or milliseconds. Throws on anything else. */
export function latencyOf(setting: string, random: () => number): Latency {
  if (setting === 'recorded')
    return (source) => {
      const times = RECORDED_MS[source];
      return times[Math.floor(random() * times.length)]!;
    };
  if (!/^\d{1,5}$/.test(setting)) throw new Error('a latency is "recorded" or a number of milliseconds');
  return () => Number(setting);
}

/** Sends each text after its latency, in order. Without latency at once. */
export function delayed(
  send: (text: string) => void,
  given: { latencyMs: () => number; nowMs: () => number; after: (ms: number, task: () => void) => void },
): (text: string) => void {
  let lastAtMs = 0;
  return (text) => {
    const nowMs = given.nowMs();
    const atMs = Math.max(lastAtMs, nowMs + given.latencyMs());
    lastAtMs = atMs;
    if (atMs <= nowMs) send(text);
    else given.after(atMs - nowMs, () => send(text));
  };
}
