/**
 * The Wallet's own limits on calls to the venue. The platform silently queues a seventh unanswered call, so at most five are
 * unanswered at once, two of them for orders and cancels alone (design.md 4). Orders have a token bucket of their own near the venue's
 * limit for them; another keeps reads well under the venue's limits (A28). Cancels wait for neither.
 */

import { ORDERS_PER_CALL_MAX, type RateReport } from '../../../../polymarket/account/trading-types.ts';
import type { Timers } from '../../../platform/ports.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

const UNANSWERED_MAX = 5;
/** A call looks for a free slot this often, and at most this many times: ten seconds. */
const WAIT_MS = 50;
const WAITS_MAX = 200;
/** Slots that reads may not use. */
const KEPT_FOR_ORDERS = 2;
/** The bucket of reads holds this many seconds of calls. */
const BURST_SECONDS = 3;
/** Orders a second and in a burst that the venue takes of an account, by the tier that it names (polymarket-api.md 1.7). */
const STANDARD: Rate = { perSecond: 40, burst: 60 };
const TIERS: ReadonlyMap<string, Rate> = new Map([
  ['standard', STANDARD],
  ['copper', { perSecond: 60, burst: 90 }],
  ['bronze', { perSecond: 80, burst: 120 }],
  ['silver', { perSecond: 200, burst: 300 }],
  ['gold', { perSecond: 400, burst: 600 }],
  ['platinum', { perSecond: 450, burst: 675 }],
  ['diamond', { perSecond: 525, burst: 787 }],
  ['elite', { perSecond: 600, burst: 900 }],
]);

export type CallKind = 'cancel' | 'order' | 'read';

export class CallSlots {
  private unanswered = 0;
  private pausedUntilMs = 0;
  private placingRate = STANDARD;
  private readonly placing: TokenBucket;
  private readonly reading: TokenBucket;
  private whenFree: () => void = () => {};

  constructor(
    private readonly nowMs: () => number,
    readsPerSecond: () => number,
  ) {
    this.placing = new TokenBucket(nowMs, () => this.placingRate);
    this.reading = new TokenBucket(nowMs, () => ({
      perSecond: readsPerSecond(),
      burst: readsPerSecond() * BURST_SECONDS,
    }));
  }

  /** Whether a call of the kind may leave now. Cancels need a slot, and neither a token nor the end of a pause. */
  free(kind: CallKind): boolean {
    const slots = kind === 'read' ? UNANSWERED_MAX - KEPT_FOR_ORDERS : UNANSWERED_MAX;
    if (this.unanswered >= slots) return false;
    if (kind === 'cancel') return true;
    if (this.nowMs() < this.pausedUntilMs) return false;
    return this.bucket(kind).left() >= 1;
  }

  /** Takes a slot and a token, or one for each order of the call. Returns the function that gives the slot back; undefined when the call may not leave. */
  take(kind: CallKind, orders = 1): (() => void) | undefined {
    if (!this.free(kind) || orders > ORDERS_PER_CALL_MAX) return undefined;
    if (kind !== 'cancel' && this.bucket(kind).left() < orders) return undefined;
    this.unanswered += 1;
    if (kind !== 'cancel') this.bucket(kind).take(orders);
    let returned = false;
    return () => {
      if (returned) return;
      returned = true;
      this.unanswered -= 1;
      this.whenFree();
    };
  }

  /** How many orders could leave now, several in one call where there are more of them than calls. */
  ordersFree(): number {
    if (this.nowMs() < this.pausedUntilMs) return 0;
    return Math.min(this.callsFree() * ORDERS_PER_CALL_MAX, this.placing.left());
  }

  callsFree(): number {
    return Math.max(0, UNANSWERED_MAX - this.unanswered);
  }

  /** When the next order has its token; it may still have to wait for a slot then. */
  nextOrderAtMs(): number {
    return Math.max(this.pausedUntilMs, this.placing.readyAtMs(1));
  }

  /** Calls this whenever a slot was given back. */
  onFree(listener: () => void): void {
    this.whenFree = listener;
  }

  /** Runs one call in a slot, waiting for one when none is free. Throws when none becomes free in ten seconds. */
  async run<T>(kind: CallKind, timers: Timers, call: () => Promise<T>): Promise<T> {
    let release = this.take(kind);
    for (let waits = 0; release === undefined && waits < WAITS_MAX; waits += 1) {
      await new Promise<void>((resolve) => void timers.after(WAIT_MS, resolve));
      release = this.take(kind);
    }
    if (release === undefined) throw new Error('no slot for a call to the venue became free');
    try {
      return await call();
    } finally {
      release();
    }
  }

  /** The venue asked for a pause until then; cancels are still allowed. A later end replaces an earlier one. */
  pauseUntil(atMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, atMs);
  }

  /** Takes what the venue says of our orders' limit: the tier, and how many it still takes. */
  limited({ tier, remaining }: RateReport): void {
    this.placingRate = TIERS.get(tier.toLowerCase()) ?? this.placingRate;
    if (remaining !== null) this.placing.limitTo(remaining);
  }

  private bucket(kind: Exclude<CallKind, 'cancel'>): TokenBucket {
    return kind === 'order' ? this.placing : this.reading;
  }
}
