/**
 * When a Wallet does its minute's work (`minute-work.ts`): every minute while something is held or the live account is read, and
 * once after whatever may have changed its value. Else it sleeps until it is called (design.md 2).
 */
import { MINUTE_MS } from '../../../domain/time.ts';
import type { Scheduler } from '../../platform/scheduler.ts';
import type { PortfolioStore } from '../portfolio-store.ts';

/** The scheduler's job: stored, so the name may only change together with the rows that hold it. */
export const MINUTE_JOB = 'tick';

export class MinuteSchedule {
  constructor(
    private readonly nowMs: () => number,
    private readonly scheduler: Pick<Scheduler, 'at'>,
    private readonly book: Pick<PortfolioStore, 'open'>,
    /** Null on paper. */
    private readonly live: { isAwake(): boolean } | null,
  ) {}

  now(): void {
    this.scheduler.at(MINUTE_JOB, this.nowMs());
  }

  /** A command or a copy may change the value, and makes notes that the minute adds up. */
  soon(): void {
    this.scheduler.at(MINUTE_JOB, this.nowMs() + MINUTE_MS);
  }

  /** The next one, for as long as there is something to value. */
  again(): void {
    if (this.book.open().length > 0 || (this.live?.isAwake() ?? false)) this.soon();
  }
}
