/** How long a paper copy waits besides the market's own delay (A55), and where the time comes from. */

/** While too few live orders were answered: about what an order takes from a Worker to the venue and back. */
export const DEFAULT_SUBMIT_MS = 150;
/** So many answered orders give a median that one slow answer does not move. */
export const ORDERS_ENOUGH = 20;

/** The newest answered live orders in markets without a delay of their own: how many, and their median from decision to answer. */
export interface AnswerTimes {
  readonly orders: number;
  /** Null without an order. */
  readonly medianMs: number | null;
}

export interface PaperWait {
  readonly ms: number;
  readonly from: 'SETTING' | 'MEASURED' | 'DEFAULT';
  /** Live orders that were measured. */
  readonly orders: number;
}

/** The time in force: `set` unless it is null, else the measured median of enough orders, else the default. */
export function paperWait(set: number | null, measured: AnswerTimes | null): PaperWait {
  const { orders, medianMs } = measured ?? { orders: 0, medianMs: null };
  if (set !== null) return { ms: set, from: 'SETTING', orders };
  return medianMs !== null && orders >= ORDERS_ENOUGH
    ? { ms: medianMs, from: 'MEASURED', orders }
    : { ms: DEFAULT_SUBMIT_MS, from: 'DEFAULT', orders };
}

/** The count and the median of times in milliseconds; of an even number the higher of the middle two. */
export function answerTimesOf(times: readonly number[]): AnswerTimes {
  const sorted = [...times].sort((left, right) => left - right);
  return { orders: sorted.length, medianMs: sorted[Math.floor(sorted.length / 2)] ?? null };
}
