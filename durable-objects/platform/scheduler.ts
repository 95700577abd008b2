/**
 * Many jobs on one alarm: a durable table of due times. What is due within seconds has a timer, which the alarm guards; what is
 * due later has the alarm alone, since a pending timer keeps an object awake and is billed. When nothing is due there is
 * neither. Jobs run at the same time as one another, each at most once at a time: one that waits or throws, or whose due time
 * cannot be stored, does not stop the others and is due again.
 */
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { integer, type ObjectPorts, reasonOf, text } from './ports.ts';

/** A job that is due later than this waits for the alarm, and the object may sleep. */
const TIMER_MS_MAX = 10 * SECOND_MS;
/** The alarm guards a timer by so much: it is needed only if the object dies, and each one is billed. */
const GUARD_DELAY_MS = 5 * SECOND_MS;
/** While a job runs, the alarm fires again after this long, in case the object dies in it. */
const ALARM_AGAIN_MS = 2 * GUARD_DELAY_MS;
/** An alarm may be a minute late. One that has not come by then was lost. */
const ALARM_LATE_MS = 2 * MINUTE_MS;
/** A job that threw runs again after this long, then after twice that, and so on up to a minute. */
const RETRY_MS_MIN = 2 * SECOND_MS;
const RETRY_MS_MAX = MINUTE_MS;
/** The operator is asked to look after so many failures in a row. */
const FAILURES_MAX = 3;

export type Jobs = Readonly<Record<string, () => Promise<void> | void>>;

interface Running {
  /** The earliest time for which `at` was called while the job runs; infinity when it was not. */
  askedMs: number;
  done: Promise<void>;
}

interface Fault {
  readonly failures: number;
  readonly sinceMs: number;
  readonly reason: string;
}

export class Scheduler {
  private armedAlarmMs = Number.POSITIVE_INFINITY;
  private armedTimerMs = Number.POSITIVE_INFINITY;
  private cancelTimer: (() => void) | undefined;
  private readonly running = new Map<string, Running>();
  /** Jobs that failed when they ran last. */
  private readonly faults = new Map<string, Fault>();
  /** When each job is due, as it is in SQLite; undefined until it is first read, and after a transaction that was rolled back. */
  private memory: Map<string, number> | undefined;
  /** Due times of jobs without a row, and those that SQLite refused: it has the times before them, so that a restart runs them. */
  private readonly unstored = new Map<string, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly jobs: Jobs,
    /** Jobs that have no row: their owner makes them due when the object starts. Each row that is written is billed. */
    private readonly withoutRow: readonly string[] = [],
  ) {
    ports.storage.rows(
      'CREATE TABLE IF NOT EXISTS due (job TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    );
    ports.storage.onRollback(() => {
      this.memory = undefined;
      // What the transaction set was rolled back with it: the next job that is armed sets the alarm anew.
      this.armedAlarmMs = Number.POSITIVE_INFINITY;
    });
  }

  /** Makes the job due at the time, or keeps its earlier one. While it runs, the time is for its next run. */
  at(job: string, atMs: number): void {
    const running = this.running.get(job);
    if (running !== undefined) {
      running.askedMs = Math.min(running.askedMs, atMs);
      return;
    }
    const known = this.unstored.get(job) ?? this.due().get(job);
    if (known === undefined || known > atMs) this.put(job, atMs);
    this.armAlarm(atMs);
    this.armTimer(atMs);
  }

  /** Sets timer and alarm for every due job. Called when the object starts. */
  resume(): void {
    for (const [job, atMs] of this.dueTimes()) {
      // Of a job that runs the alarm stands already, or fires again when it has fired.
      if (this.running.has(job) && this.armedAlarmMs !== Number.POSITIVE_INFINITY) continue;
      this.armAlarm(atMs);
      if (!this.running.has(job)) this.armTimer(atMs);
    }
  }

  /** Starts every due job and waits for all that run. Called by the alarm and by the timer. */
  async run(): Promise<void> {
    const nowMs = this.ports.nowMs();
    const due = [...this.dueTimes()].filter(([, atMs]) => atMs <= nowMs);
    for (const [job] of due.sort(byTime)) if (!this.running.has(job)) this.start(job);
    this.resume();
    await Promise.all([...this.running.values()].map((running) => running.done));
  }

  /** The alarm has fired and is gone. Sets the next one first, so that a crash half-way leaves one. */
  alarmFired(): Promise<void> {
    const nowMs = this.ports.nowMs();
    this.armedAlarmMs = Number.POSITIVE_INFINITY;
    const isAtWork = this.running.size > 0 || [...this.dueTimes().values()].some((atMs) => atMs <= nowMs);
    if (isAtWork) this.setAlarm(nowMs + ALARM_AGAIN_MS);
    return this.run();
  }

  /** One line for each job that failed when it ran last, and whether that needs the operator. */
  failing(): { readonly lines: readonly string[]; readonly isTooOften: boolean } {
    const faults = [...this.faults];
    return {
      lines: faults.map(
        ([job, { failures, sinceMs, reason }]) =>
          `${job}: failed ${failures} times in a row since ${new Date(sinceMs).toISOString()}, ${reason}`,
      ),
      isTooOften: faults.some(([, { failures }]) => failures >= FAILURES_MAX),
    };
  }

  private armAlarm(atMs: number): void {
    const nowMs = this.ports.nowMs();
    const hasTimer = atMs - nowMs <= TIMER_MS_MAX;
    const wantedMs = hasTimer ? Math.max(atMs, nowMs) + GUARD_DELAY_MS : Math.floor(atMs);
    const isLost = this.armedAlarmMs + ALARM_LATE_MS < nowMs;
    if (isLost || wantedMs < this.armedAlarmMs) this.setAlarm(wantedMs);
  }

  private armTimer(atMs: number): void {
    const inMs = Math.max(0, atMs - this.ports.nowMs());
    if (inMs > TIMER_MS_MAX || atMs >= this.armedTimerMs) return;
    this.armedTimerMs = atMs;
    this.cancelTimer?.();
    this.cancelTimer = this.ports.timers.after(inMs, () => {
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
    running.done = this.runJob(job, running).catch((error: unknown) =>
      this.ports.log('error', 'a job ended in a fault of the scheduler', { job, reason: reasonOf(error) }),
    );
  }

  /**
   * Until the job has ended its row stays as it is, so that a crash inside the job leaves it due. A time that is asked for
   * meanwhile is kept in memory and becomes the next due time.
   */
  private async runJob(job: string, running: Running): Promise<void> {
    let fault: string | undefined;
    try {
      const work = this.jobs[job];
      if (work === undefined) this.ports.log('error', 'no such job', { job });
      else await work();
    } catch (error) {
      fault = reasonOf(error);
    }
    this.running.delete(job);
    const retryMs = fault === undefined ? Number.POSITIVE_INFINITY : this.failed(job, fault);
    const nextMs = Math.min(running.askedMs, retryMs);
    try {
      if (nextMs === Number.POSITIVE_INFINITY) this.delete(job);
      else this.put(job, nextMs);
      if (fault === undefined) this.faults.delete(job);
    } catch (error) {
      this.unstored.set(job, Math.min(nextMs, this.failed(job, reasonOf(error))));
    }
    this.resume();
  }

  /** Notes the fault; returns when the job runs again. */
  private failed(job: string, reason: string): number {
    const nowMs = this.ports.nowMs();
    const before = this.faults.get(job);
    const failures = (before?.failures ?? 0) + 1;
    this.faults.set(job, { failures, sinceMs: before?.sinceMs ?? nowMs, reason });
    this.ports.log('warn', 'a job failed and will run again', { job, failures, reason });
    return nowMs + Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10));
  }

  /** When each job is due, those that could not be stored included. */
  private dueTimes(): ReadonlyMap<string, number> {
    return this.unstored.size === 0 ? this.due() : new Map([...this.due(), ...this.unstored]);
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
    if (this.withoutRow.includes(job)) {
      this.delete(job);
      this.unstored.set(job, wholeMs);
      return;
    }
    this.ports.storage.rows(
      'INSERT INTO due (job, at_ms) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET at_ms = excluded.at_ms',
      job,
      wholeMs,
    );
    this.due().set(job, wholeMs);
    this.unstored.delete(job);
  }

  private delete(job: string): void {
    if (this.due().has(job)) this.ports.storage.rows('DELETE FROM due WHERE job = ?', job);
    this.due().delete(job);
    this.unstored.delete(job);
  }
}

type Due = readonly [job: string, atMs: number];

/** The earliest first, those of one moment by name. */
function byTime([job, atMs]: Due, [other, otherMs]: Due): number {
  return atMs - otherMs || (job < other ? -1 : 1);
}
