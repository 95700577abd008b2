/** Nothing that an object waits for may keep it waiting for ever: an outside answer that does not come is a failure. */
import type { Timers } from './ports.ts';

export class TimeLimitError extends Error {
  override name = 'TimeLimitError';
}

/** The answer, or a TimeLimitError after the time. What was asked goes on and may still happen. */
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
