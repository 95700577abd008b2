/**
 * The Wallet's own limits on calls to the venue. The platform silently queues a seventh unanswered call, so at most five are
 * unanswered at once, two of them for orders and cancels alone (design.md 4). A token bucket keeps authenticated calls well
 * under the venue's limits (A28). Cancels go before orders, orders before reads.
 */

import { SECOND_MS } from '../../../../domain/time.ts';
import type { Timers } from '../../../platform/ports.ts';

const UNANSWERED_MAX = 5;
/** A call looks for a free slot this often, and at most this many times: ten seconds. */
const WAIT_MS = 50;
const WAITS_MAX = 200;
/** Slots that reads may not use. */
const KEPT_FOR_ORDERS = 2;
/** The bucket holds this many seconds of calls, so that a burst of copies is not slowed down. */
const BURST_SECONDS = 3;
/** Reads leave this many tokens to orders, and orders this many to cancels. */
const TOKENS_FOR_ORDERS = 4;
const TOKENS_FOR_CANCELS = 2;

export type CallKind = 'cancel' | 'order' | 'read';

/** Tokens that must be left in the bucket after a call of the kind. */
const FLOOR: Readonly<Record<Exclude<CallKind, 'cancel'>, number>> = {
  order: TOKENS_FOR_CANCELS,
  read: TOKENS_FOR_ORDERS + TOKENS_FOR_CANCELS,
};

export class CallSlots {
  private unanswered = 0;
  private tokens = Number.POSITIVE_INFINITY;
  private filledAtMs = 0;
  private pausedUntilMs = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly perSecond: () => number,
  ) {}

  /** Whether a call of the kind may leave now. Cancels need a slot, and neither a token nor the end of a pause. */
  free(kind: CallKind): boolean {
    const slots = kind === 'read' ? UNANSWERED_MAX - KEPT_FOR_ORDERS : UNANSWERED_MAX;
    if (this.unanswered >= slots) return false;
    if (kind === 'cancel') return true;
    if (this.nowMs() < this.pausedUntilMs) return false;
    this.refill();
    return this.tokens >= FLOOR[kind] + 1;
  }

  /** Takes a slot and a token. Returns the function that gives the slot back; undefined when the call may not leave. */
  take(kind: CallKind): (() => void) | undefined {
    if (!this.free(kind)) return undefined;
    this.refill();
    this.unanswered += 1;
    this.tokens = Math.max(0, this.tokens - 1);
    let returned = false;
    return () => {
      if (!returned) this.unanswered -= 1;
      returned = true;
    };
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

  private refill(): void {
    const full = this.perSecond() * BURST_SECONDS + TOKENS_FOR_ORDERS + TOKENS_FOR_CANCELS;
    const gained = (Math.max(0, this.nowMs() - this.filledAtMs) / SECOND_MS) * this.perSecond();
    this.tokens = Math.min(full, this.tokens + gained);
    this.filledAtMs = this.nowMs();
  }
}
