/** What a bill is made of, as the objects of a World cause it: statements, requests, alarms, frames and time awake. */
import type { SqlValue } from '../../../durable-objects/platform/ports.ts';

export interface Watcher {
  statement(object: string, query: string, bindings: readonly SqlValue[]): void;
  /** A transaction begins, is kept, or is rolled back; they nest. */
  transaction(object: string, step: 'begin' | 'keep' | 'rollback'): void;
  /** A call, or the alarm, arrives at the object. */
  request(object: string, what: string): void;
  alarmSet(object: string, atMs: number): void;
  /** A frame arrives on a socket that the object has opened. */
  frame(object: string, channel: string): void;
  /** From now until the returned function is called the object cannot sleep, for this reason. */
  awake(object: string, why: string): () => void;
}
