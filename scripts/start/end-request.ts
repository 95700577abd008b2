// What asks `npm start` to end: a signal, or the end of the process that started it. npm passes SIGTERM on to the shell between
// the two, which ends without passing it further, so the signal alone would leave the app running.

/** How soon the end of the parent is noticed. */
const PARENT_CHECK_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The parts of `process` that are used, so that a test can stand in for them. */
export type OwnProcess = {
  readonly ppid: number;
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
};

/**
 * Resolves at the first signal, or when the parent of this process is another than at the call: the first one has ended.
 * `every` calls its task again and again, and returns what stops it.
 */
export function endRequest(
  own: OwnProcess,
  every: (ms: number, task: () => void) => () => void = everyInterval,
): Promise<void> {
  const parent = own.ppid;
  return new Promise((resolve) => {
    const stop = every(PARENT_CHECK_MS, () => {
      if (own.ppid !== parent) end();
    });
    const end = (): void => {
      stop();
      resolve();
    };
    for (const signal of SIGNALS) own.on(signal, end);
  });
}

function everyInterval(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms);
  // It must not keep a start alive that has ended by itself.
  timer.unref();
  return () => clearInterval(timer);
}
