/**
 * Hands a leader's intents to the Wallets until they have answered, each mode in its own order. A Wallet that did not
 * answer may have decided all the same; the same key again only returns its stored decision.
 */
import type { TradingMode } from '../../domain/ids.ts';
import { limitIn } from '../../domain/records/platform-limits.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { Scheduler } from '../platform/scheduler.ts';
import { withinTime } from '../platform/time-limit.ts';
import type { WalletPort } from '../rpc.ts';
import type { CopyRequests } from './copy-requests.ts';
import type { EarlyCalls } from './early-calls.ts';
import type { Intents } from './intents.ts';
import { JOBS } from './keys.ts';

/** A Wallet that did not answer is called again after this long. */
const RETRY_MS = SECOND_MS;
/** One that the platform keeps from storing is, at the earliest, when its limit may have ended: each call is billed. */
const LIMIT_RETRY_MS = MINUTE_MS;
/** A call that takes longer is repeated with the same key; longer than the Wallet itself waits for a book by REST. */
const COPY_MS_MAX = 20 * SECOND_MS;
/** Intents handed over in one run; the next run goes on. */
const DISPATCHES_MAX = 1_000;
/** Paper starts this much after live when live has an intent. */
const LIVE_HEAD_START_MS = 5;
/** Live first: its latency costs money (design.md 12). */
const HANDED_OVER = ['LIVE', 'PAPER'] as const satisfies readonly TradingMode[];

export class IntentHandover {
  private readonly handing = new Map<TradingMode, Promise<void>>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly scheduler: Scheduler,
    private readonly intents: Intents,
    private readonly requests: CopyRequests,
    private readonly wallets: Readonly<Record<TradingMode, WalletPort>>,
    private readonly early: Pick<EarlyCalls, 'take'>,
  ) {}

  /** Starts a run without waiting for a timer. The job stays due, so that a crash on the way leaves it to the alarm. */
  start(): void {
    this.scheduler.at(JOBS.dispatch, this.ports.nowMs() + RETRY_MS);
    this.run().catch((error: unknown) =>
      this.ports.log('error', 'intents could not be handed over; they wait', { reason: reasonOf(error) }),
    );
  }

  /** Hands over every waiting intent, each mode in its own order; one mode never waits for the other's answer. */
  async run(): Promise<void> {
    await Promise.all(
      HANDED_OVER.map((mode) => {
        const running = this.handing.get(mode);
        if (running !== undefined) return running;
        const run = this.handOverMode(mode);
        this.handing.set(mode, run);
        return run;
      }),
    );
  }

  /** Where all objects share one thread, paper's work would delay live between its decision and its POST. */
  private async headStart(): Promise<void> {
    if (this.intents.next('LIVE') === undefined) return;
    await new Promise<void>((resolve) => void this.ports.timers.after(LIVE_HEAD_START_MS, resolve));
  }

  private async handOverMode(mode: TradingMode): Promise<void> {
    try {
      if (mode === 'PAPER') await this.headStart();
      await this.handOverAll(mode);
    } finally {
      // No await between the last look at the queue and this: an intent that is queued next starts a new run.
      this.handing.delete(mode);
    }
  }

  private async handOverAll(mode: TradingMode): Promise<void> {
    const { timers, storage, log, nowMs } = this.ports;
    for (let count = 0; count < DISPATCHES_MAX; count += 1) {
      const next = this.intents.next(mode);
      if (next === undefined) return;
      try {
        const { dispatch } = next;
        const called = this.early.take(mode, dispatch.group.groupKey);
        const answer = called ?? this.wallets[mode].copy(this.requests.requestOf(mode, dispatch));
        const result = await withinTime(timers, { ms: COPY_MS_MAX, what: 'the Wallet' }, answer);
        storage.transaction(() => this.intents.answered(mode, next, result));
      } catch (error) {
        const reason = reasonOf(error);
        log('warn', 'a Wallet did not answer; the intent waits', { mode, reason });
        const pauseMs = limitIn(reason) === undefined ? RETRY_MS : LIMIT_RETRY_MS;
        this.scheduler.at(JOBS.dispatch, nowMs() + pauseMs);
        return;
      }
    }
    this.scheduler.at(JOBS.dispatch, nowMs());
  }
}
