/** A time limit on every outside answer that an object waits for: one that does not come is a failure. */
import type { Timers } from './ports.ts';

export class TimeLimitError extends Error {
  override name = 'TimeLimitError';
}

/** The answer, or a TimeLimitError after the time. The call itself is not cancelled and may still succeed. */
export function withinTime<T>(
  timers: Timers,
  limit: { readonly ms: number; readonly what: string },
  answer: Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = timers.after(limit.ms, () =>
      reject(new TimeLimitError(`${limit.what}: no answer in ${limit.ms} ms`)),
    );
    answer.then(resolve, reject).finally(cancel);
  });
}
