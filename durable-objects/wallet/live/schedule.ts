/**
 * When each job of the live Wallet runs next. Every part that makes a job due calls this; the jobs themselves are in the files
 * named in `LiveJob`.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import type { Scheduler } from '../../platform/scheduler.ts';
import { SNAPSHOT_DELAY_MS } from '../snapshot-job.ts';
import type { WalletSwitches } from '../switches.ts';
import type { OrderStore } from './orders/order-store.ts';

/** watch.ts, reconcile/reconciler.ts, reconcile/ledger-check.ts, cancels.ts, placing/placing.ts. */
export type LiveJob = 'watch' | 'reconcile' | 'look' | 'cancel' | 'exits';

/** The account is reconciled this often (design.md 8), and at rest only so often: the operator may trade on it too. */
const RECONCILE_MS = MINUTE_MS;
const RECONCILE_AT_REST_MS = HOUR_MS;
/** OFF, and without anything open, the Wallet rests after this long: by then the venue has settled what it filled. */
const REST_AFTER_MS = 10 * MINUTE_MS;
/** Balance and positions are read this soon after fills too, but never closer together than this. */
const SETTLED_DELAY_MS = 3 * SECOND_MS;
const LOOK_MS_MIN = 11 * SECOND_MS;
/** While orders may leave, they are looked after this often, so that an order needs no alarm of its own. */
const WATCH_MS = 5 * SECOND_MS;
/** A cancel that did not end its order is sent again after this long. */
const CANCEL_MS = 2 * SECOND_MS;
/** A start that has not read the account yet is checked again after this long. */
const START_AGAIN_MS = SECOND_MS;

export class LiveSchedule {
  private canceledAtMs = 0;
  private lookedAtMs = 0;
  /** When it was last woken, or something of ours last moved; zero after a restart. */
  private busyAtMs = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly scheduler: Pick<Scheduler, 'at'>,
    private readonly switches: WalletSwitches,
    private readonly orders: OrderStore,
    private readonly hasWaiting: () => boolean,
    /** Without secrets nothing can be read, so no job starts by itself. */
    private readonly hasSecrets: boolean,
  ) {}

  /** After a start or a switch: the account is read again, and open orders are looked after. */
  wake(): void {
    if (!this.hasSecrets) return;
    this.busyAtMs = this.nowMs();
    this.reconcile();
    this.watch(this.nowMs());
  }

  /** After a restart. A Wallet at rest stays so: whatever is due for it is in the scheduler's table. */
  resume(hasReconciled: boolean): void {
    if (!hasReconciled || !this.isAtRest()) this.wake();
    // What waited for a call is not woken by the end of one that an earlier instance made.
    if (this.isWaiting()) this.exitsNow();
  }

  /** OFF with nothing open: no socket, no timer, and an alarm once an hour. */
  isAtRest(): boolean {
    const isQuiet = this.orders.open().length === 0 && !this.isWaiting();
    return this.switches.state() === 'OFF' && isQuiet && this.nowMs() - this.busyAtMs >= REST_AFTER_MS;
  }

  /** Whether the account is read, and valued, every minute. */
  isAwake(): boolean {
    return this.hasSecrets && !this.isAtRest();
  }

  /** The watch job, at the latest then. */
  watch(atMs: number): void {
    this.at('watch', atMs);
  }

  /** The next watch, for as long as there is something to look after. */
  watchAgain(isOn: boolean): void {
    if (isOn || this.orders.open().length > 0 || this.isWaiting()) this.watchLater();
  }

  /** A watch at once while orders are open. */
  watchOpen(): void {
    if (this.orders.open().length > 0) this.watch(this.nowMs());
  }

  /** After reports of the user channel: orders that may have ended are asked about at once. */
  reported(absent: number): void {
    if (absent > 0) this.watch(this.nowMs());
    else if (this.orders.open().length > 0) this.watchLater();
  }

  reconcile(): void {
    this.at('reconcile', this.nowMs());
  }

  reconcileAgain(): void {
    this.at('reconcile', this.nowMs() + (this.isAtRest() ? RECONCILE_AT_REST_MS : RECONCILE_MS));
  }

  /** An order has ended or a fill has moved: charts, the Real Portfolio and waiting sales follow, once for a burst. */
  settled(): void {
    const nowMs = this.nowMs();
    this.busyAtMs = nowMs;
    this.at('snapshot', nowMs + SNAPSHOT_DELAY_MS);
    this.at('look', Math.max(nowMs + SETTLED_DELAY_MS, this.lookedAtMs + LOOK_MS_MIN));
    if (this.isWaiting()) this.exitsNow();
  }

  /** A look at balance and positions begins now. */
  looking(): void {
    this.lookedAtMs = this.nowMs();
  }

  cancelNow(): void {
    this.at('cancel', this.nowMs());
  }

  cancelSoon(): void {
    this.at('cancel', Math.max(this.nowMs(), this.canceledAtMs + CANCEL_MS));
  }

  /** A cancel is sent now; the next one follows unless it ends its orders. */
  canceling(): void {
    this.canceledAtMs = this.nowMs();
    this.at('cancel', this.nowMs() + CANCEL_MS);
  }

  isWaiting(): boolean {
    return this.hasWaiting();
  }

  /** What waits is looked at, at the latest then. */
  exits(atMs: number): void {
    this.at('exits', atMs);
  }

  exitsNow(): void {
    this.exits(this.nowMs());
  }

  /** The account is not read yet: what waits is looked at again shortly. */
  exitsAfterStart(): void {
    this.exits(this.nowMs() + START_AGAIN_MS);
  }

  /** A sale begins to wait, at most this long; meanwhile its shares are asked about. */
  waiting(longestMs: number): void {
    this.exits(this.nowMs() + longestMs);
    this.watchLater();
  }

  private watchLater(): void {
    this.watch(this.nowMs() + WATCH_MS);
  }

  private at(job: LiveJob | 'snapshot', atMs: number): void {
    this.scheduler.at(job, atMs);
  }
}
