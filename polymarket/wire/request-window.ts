/** When requests left within the last ten seconds, which the venue's limits count over, whatever came of them. */
import { SECOND_MS } from '../../domain/time.ts';

export const WINDOW_MS = 10 * SECOND_MS;

export class RequestWindow {
  private times: number[] = [];
  /** Where the times that still count begin: shifting an array for each request would cost more. */
  private from = 0;

  add(nowMs: number): void {
    this.forget(nowMs);
    this.times.push(nowMs);
  }

  /** When one more may leave without more than `limit` within ten seconds. */
  freeAtMs(limit: number, nowMs: number): number {
    this.forget(nowMs);
    const count = this.times.length - this.from;
    // The one with whose end there is room again.
    return count < limit ? nowMs : this.times[this.times.length - limit]! + WINDOW_MS;
  }

  private forget(nowMs: number): void {
    while (this.from < this.times.length && this.times[this.from]! + WINDOW_MS <= nowMs) this.from += 1;
    if (this.from < 1_000) return;
    this.times = this.times.slice(this.from);
    this.from = 0;
  }
}
