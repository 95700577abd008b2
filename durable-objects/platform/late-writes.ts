/**
 * Writes that follow what they belong to. What a POST or a call need not wait for is written a moment after it has left. Whatever
 * reads or writes the storage before that finds it written all the same, since what is late is then written first. A crash loses
 * it: its owner can make it again from what was durable before.
 */
import { SECOND_MS } from '../../domain/time.ts';
import { type Log, type ObjectStorage, reasonOf, type Timers } from './ports.ts';

/** Far above the turns that a POST takes from its commit to the wire, and far below the time of its answer. */
const LATE_MS = 5;
/** What could not be written is tried again after this long. */
const AGAIN_MS = SECOND_MS;

interface Late {
  readonly write: () => void;
  readonly written: () => void;
}

/** Adds late writes to storage that has none. */
export function withLateWrites(
  storage: Omit<ObjectStorage, 'later'>,
  { timers, log }: { readonly timers: Timers; readonly log: Log },
): ObjectStorage {
  let waiting: Late[] = [];
  let depth = 0;
  let isWriting = false;
  let isFailing = false;
  let isTimed = false;

  const inTime = (ms: number): void => {
    if (isTimed) return;
    isTimed = true;
    timers.after(ms, () => {
      isTimed = false;
      isFailing = false;
      flush();
    });
  };

  /** Writes all that waits, in order. What fails keeps its place, and whatever came for something else goes on. */
  const flush = (): void => {
    if (waiting.length === 0 || depth > 0 || isWriting || isFailing) return;
    isWriting = true;
    try {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        storage.transaction(next.write);
        waiting = waiting.slice(1);
        next.written();
      }
    } catch (error) {
      isFailing = true;
      log('error', 'what was to be written after a POST was not; it is tried again', {
        reason: reasonOf(error),
      });
      inTime(AGAIN_MS);
    } finally {
      isWriting = false;
    }
  };

  return {
    rows: (query, ...bindings) => {
      flush();
      return storage.rows(query, ...bindings);
    },
    transaction: (work) => {
      flush();
      depth += 1;
      try {
        return storage.transaction(work);
      } finally {
        depth -= 1;
      }
    },
    onRollback: (forget) => storage.onRollback(forget),
    forget: () => storage.forget(),
    later: (write, afterMs = LATE_MS) =>
      new Promise((written) => {
        waiting.push({ write, written });
        inTime(afterMs);
      }),
  };
}
