/**
 * One alarm, many jobs: a durable table of due times. An in-memory timer runs a job on time; the alarm is the guard that
 * runs it after a crash. A job that throws is logged and tried again later; it never stops the others.
 */
import { integer, type ObjectPorts, reasonOf, text } from './ports.ts';

/** The alarm stands this much after the earliest job, so that a healthy object hardly ever needs it. */
const GUARD_DELAY_MS = 1_000;
/** A job that threw is tried again after this long. */
const RETRY_DELAY_MS = 2_000;
/** Rounds of due jobs in one run; what is still due after them is run by the next timer. */
const ROUNDS_MAX = 100;

export type Jobs = Readonly<Record<string, () => Promise<void> | void>>;

export class Scheduler {
  private armedAlarmMs = Number.POSITIVE_INFINITY;
  private armedTimerMs = Number.POSITIVE_INFINITY;
  private cancelTimer: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private current: { readonly job: string; askedMs: number } | undefined;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly jobs: Jobs,
  ) {
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS due (job TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  /** Makes the job due at the time, unless it already is earlier. */
  at(job: string, atMs: number): void {
    if (this.current?.job === job) {
      this.current.askedMs = Math.min(this.current.askedMs, atMs);
      return;
    }
    const row = this.ports.storage.rows('SELECT at_ms FROM due WHERE job = ?', job)[0];
    if (row === undefined || integer(row, 'at_ms') > atMs) {
      this.ports.storage.rows(
        'INSERT INTO due (job, at_ms) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET at_ms = excluded.at_ms',
        job,
        Math.floor(atMs),
      );
    }
    this.arm(atMs);
  }

  /** Arms timer and alarm for whatever is due; called when the object starts. */
  resume(): void {
    const row = this.ports.storage.rows('SELECT min(at_ms) AS at_ms FROM due')[0];
    if (row !== undefined && row.at_ms !== null) this.arm(integer(row, 'at_ms'));
  }

  /** Runs everything that is due, one run at a time. The alarm handler and the timer both end here. */
  run(): Promise<void> {
    this.running ??= this.runDue().finally(() => {
      this.running = undefined;
      this.armedTimerMs = Number.POSITIVE_INFINITY;
      this.resume();
    });
    return this.running;
  }

  /** The alarm has fired, so none stands: arm the guard first, so that a crash half-way cannot end the chain. */
  alarmFired(): Promise<void> {
    this.armedAlarmMs = Number.POSITIVE_INFINITY;
    this.setAlarm(this.ports.nowMs() + 30_000);
    return this.run();
  }

  private arm(atMs: number): void {
    const guardMs = Math.max(atMs, this.ports.nowMs()) + GUARD_DELAY_MS;
    if (guardMs < this.armedAlarmMs) this.setAlarm(guardMs);
    if (atMs >= this.armedTimerMs) return;
    this.armedTimerMs = atMs;
    this.cancelTimer?.();
    this.cancelTimer = this.ports.timers.after(Math.max(0, atMs - this.ports.nowMs()), () => {
      this.armedTimerMs = Number.POSITIVE_INFINITY;
      this.run().catch((error: unknown) =>
        this.ports.log('error', 'scheduler run failed', { reason: reasonOf(error) }),
      );
    });
  }

  private setAlarm(atMs: number): void {
    this.armedAlarmMs = atMs;
    this.ports.alarm.set(atMs);
  }

  private async runDue(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const due = this.ports.storage.rows(
        'SELECT job FROM due WHERE at_ms <= ? ORDER BY at_ms LIMIT 20',
        this.ports.nowMs(),
      );
      if (due.length === 0) return;
      for (const row of due) await this.runJob(text(row, 'job'));
    }
  }

  /**
   * While the job runs its row is only pushed back, so that a crash inside it leaves it due. What the job asks for itself
   * meanwhile is kept aside and becomes its next time.
   */
  private async runJob(job: string): Promise<void> {
    const { storage, nowMs, log } = this.ports;
    const current = { job, askedMs: Number.POSITIVE_INFINITY };
    this.current = current;
    storage.rows('UPDATE due SET at_ms = ? WHERE job = ?', nowMs() + RETRY_DELAY_MS, job);
    try {
      const work = this.jobs[job];
      if (work === undefined) log('error', 'no such job', { job });
      else await work();
    } catch (error) {
      log('warn', 'job failed, will be tried again', { job, reason: reasonOf(error) });
      current.askedMs = Math.min(current.askedMs, nowMs() + RETRY_DELAY_MS);
    }
    this.current = undefined;
    if (current.askedMs === Number.POSITIVE_INFINITY) storage.rows('DELETE FROM due WHERE job = ?', job);
    else storage.rows('UPDATE due SET at_ms = ? WHERE job = ?', Math.floor(current.askedMs), job);
  }
}
