/** A clock that moves only when a test says so, the timers on it, and the product's time limits, which run on it too. */

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

export class VirtualTime {
  private timers: Timer[] = [];
  private order = 0;

  constructor(public nowMs: number) {}

  /** Runs the task when so much time has passed; gives a function that cancels it. */
  after(ms: number, task: () => void): () => void {
    const timer = { atMs: this.nowMs + Math.max(0, Math.ceil(ms)), order: this.order++, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** When the next timer is due; infinity when there is none. */
  nextMs(): number {
    return this.timers.reduce((first, timer) => Math.min(first, timer.atMs), Number.POSITIVE_INFINITY);
  }

  /** Runs what is due now, in order; returns how many there were. */
  fire(): number {
    const due = this.timers.filter((timer) => timer.atMs <= this.nowMs);
    if (due.length === 0) return 0;
    this.timers = this.timers.filter((timer) => timer.atMs > this.nowMs);
    for (const timer of due.sort((left, right) => left.atMs - right.atMs || left.order - right.order))
      timer.task();
    return due.length;
  }
}

export interface TimeLimit {
  readonly ms: number;
  readonly strike: () => void;
}

const limits = new WeakMap<AbortSignal, TimeLimit>();

/** The limit behind a signal of `AbortSignal.timeout`, while `holdTimeLimits` is in force. */
export function timeLimitOf(signal: AbortSignal | null | undefined): TimeLimit | undefined {
  return signal ? limits.get(signal) : undefined;
}

/** Signals of `AbortSignal.timeout` do not run on the real clock until the function that this gives is called. */
export function holdTimeLimits(): () => void {
  const real = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    const strike = (): void => controller.abort(new DOMException('timed out', 'TimeoutError'));
    limits.set(controller.signal, { ms, strike });
    return controller.signal;
  };
  return () => {
    AbortSignal.timeout = real;
  };
}
