/**
 * The time in which nobody asks, after the venue refused a read: it grows with each refusal in a row, and one request at a time
 * then finds out whether it is over.
 */
import { growingPauseMs, SECOND_MS } from '../../domain/time.ts';

/** The pause after the first refusal where the venue names none; it doubles with each that follows. */
const PAUSE_MS_MIN = 2 * SECOND_MS;
const PAUSE_MS_MAX = 20 * SECOND_MS;
/** Added at random, so that those who share an address do not come back together. */
const JITTER_PART = 0.2;

export class ReadPause {
  /** Refusals in a row. */
  private refusals = 0;
  private fromMs = 0;
  private untilMs = 0;
  private probing = false;

  constructor(private readonly ports: { readonly nowMs: () => number; readonly random: () => number }) {}

  /** How long it still lasts. */
  leftMs(): number {
    return Math.max(0, this.untilMs - this.ports.nowMs());
  }

  /** Whether the one request that finds out is under way. */
  isProbed(): boolean {
    return this.probing;
  }

  /** Notes a request that leaves. Returns whether it is the one that finds out. */
  leave(): boolean {
    if (this.refusals === 0) return false;
    this.probing = true;
    return true;
  }

  /** The request that should find out has ended. */
  probed(): void {
    this.probing = false;
  }

  /**
   * The venue has refused a request. Returns whether it is the first refusal in a row; one that left before the pause began says
   * nothing new, unless it asks for a longer one.
   */
  refused(leftAtMs: number, retryAfterMs: number): boolean {
    const nowMs = this.ports.nowMs();
    if (this.refusals > 0 && leftAtMs < this.fromMs) {
      this.untilMs = Math.max(this.untilMs, nowMs + retryAfterMs);
      return false;
    }
    const ownMs = growingPauseMs(this.refusals, { leastMs: PAUSE_MS_MIN, mostMs: PAUSE_MS_MAX });
    this.untilMs = nowMs + Math.ceil(Math.max(ownMs, retryAfterMs) * (1 + JITTER_PART * this.ports.random()));
    this.fromMs = nowMs;
    this.refusals += 1;
    return this.refusals === 1;
  }

  /** The venue answers again. Returns whether that ends a pause. */
  accepted(): boolean {
    const was = this.refusals > 0;
    this.refusals = 0;
    return was;
  }
}
