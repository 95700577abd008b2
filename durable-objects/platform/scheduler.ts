/**
 * Many jobs on one alarm: a durable table of due times. A timer in memory runs a job on time; the alarm runs it after a crash.
 * Jobs run at the same time as one another, each at most once at a time: one that waits or throws does not stop the others.
 */
import { SECOND_MS } from '../../domain/time.ts';
import { integer, type ObjectPorts, reasonOf, text } from './ports.ts';

/** The alarm is set this long after the earliest job, so that the timer normally runs first. */
const GUARD_DELAY_MS = SECOND_MS;
/** A job that threw runs again after this long. */
const RETRY_DELAY_MS = 2 * SECOND_MS;
/** While a job runs, the alarm fires again after this long, in case the object dies in it. */
const ALARM_AGAIN_MS = 30 * SECOND_MS;

export type Jobs = Readonly<Record<string, () => Promise<void> | void>>;

interface Running {
  /** The earliest time for which `at` was called while the job runs; infinity when it was not. */
  askedMs: number;
  done: Promise<void>;
}

export class Scheduler {
  private armedAlarmMs = Number.POSITIVE_INFINITY;
  private armedTimerMs = Number.POSITIVE_INFINITY;
  private cancelTimer: (() => void) | undefined;
  private readonly running = new Map<string, Running>();
  /** When each job is due, as it is in SQLite; undefined until it is first read, and after a transaction that was rolled back. */
  private memory: Map<string, number> | undefined;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly jobs: Jobs,
  ) {
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS due (job TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    ports.storage.onRollback(() => {
      this.memory = undefined;
    });
  }

  /** Makes the job due at the time, or keeps its earlier one. While it runs, the time is for its next run. */
  at(job: string, atMs: number): void {
    const running = this.running.get(job);
    if (running !== undefined) {
      running.askedMs = Math.min(running.askedMs, atMs);
      return;
    }
    const known = this.due().get(job);
    if (known === undefined || known > atMs) this.put(job, atMs);
    this.armAlarm(atMs);
    this.armTimer(atMs);
  }

  /** Sets timer and alarm for every due job. Called when the object starts. */
  resume(): void {
    for (const [job, atMs] of this.due()) {
      this.armAlarm(atMs);
      if (!this.running.has(job)) this.armTimer(atMs);
    }
  }

  /** Starts every due job and waits for all that run. Called by the alarm and by the timer. */
  async run(): Promise<void> {
    const nowMs = this.ports.nowMs();
    const due = [...this.due()].filter(([, atMs]) => atMs <= nowMs);
    for (const [job] of due.sort(byTime)) if (!this.running.has(job)) this.start(job);
    this.resume();
    await Promise.all([...this.running.values()].map((running) => running.done));
  }

  /** The alarm has fired and is gone. Sets the next one first, so that a crash half-way leaves one. */
  alarmFired(): Promise<void> {
    this.setAlarm(this.ports.nowMs() + ALARM_AGAIN_MS);
    return this.run();
  }

  private armAlarm(atMs: number): void {
    const guardMs = Math.max(atMs, this.ports.nowMs()) + GUARD_DELAY_MS;
    if (guardMs < this.armedAlarmMs) this.setAlarm(guardMs);
  }

  private armTimer(atMs: number): void {
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

  private start(job: string): void {
    const running: Running = { askedMs: Number.POSITIVE_INFINITY, done: Promise.resolve() };
    this.running.set(job, running);
    // Rejects only when the storage fails; the alarm that is set then runs the job again.
    running.done = this.runJob(job, running).catch((error: unknown) =>
      this.ports.log('error', 'a job’s due time could not be stored', { job, reason: reasonOf(error) }),
    );
  }

  /**
   * While the job runs, its row is only moved into the future, so that a crash inside the job leaves it due. A time that is
   * asked for meanwhile is kept in memory and becomes the next due time.
   */
  private async runJob(job: string, running: Running): Promise<void> {
    const { nowMs, log } = this.ports;
    this.put(job, nowMs() + RETRY_DELAY_MS);
    try {
      const work = this.jobs[job];
      if (work === undefined) log('error', 'no such job', { job });
      else await work();
    } catch (error) {
      log('warn', 'a job failed and will run again', { job, reason: reasonOf(error) });
      running.askedMs = Math.min(running.askedMs, nowMs() + RETRY_DELAY_MS);
    }
    this.running.delete(job);
    if (running.askedMs === Number.POSITIVE_INFINITY) this.delete(job);
    else this.put(job, running.askedMs);
    this.resume();
  }

  private due(): Map<string, number> {
    this.memory ??= new Map(
      this.ports.storage
        .rows('SELECT job, at_ms FROM due')
        .map((row) => [text(row, 'job'), integer(row, 'at_ms')]),
    );
    return this.memory;
  }

  private put(job: string, atMs: number): void {
    const wholeMs = Math.floor(atMs);
    this.ports.storage.rows(
      'INSERT INTO due (job, at_ms) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET at_ms = excluded.at_ms',
      job,
      wholeMs,
    );
    this.due().set(job, wholeMs);
  }

  private delete(job: string): void {
    this.ports.storage.rows('DELETE FROM due WHERE job = ?', job);
    this.due().delete(job);
  }
}

type Due = readonly [job: string, atMs: number];

/** The earliest first, those of one moment by name. */
function byTime([job, atMs]: Due, [other, otherMs]: Due): number {
  return atMs - otherMs || (job < other ? -1 : 1);
}
