/** So many calls a second, and a burst of more after a pause. The clock is the caller's. */
import { SECOND_MS } from '../../../../domain/time.ts';

export interface Rate {
  readonly perSecond: number;
  /** What a full bucket holds. */
  readonly burst: number;
}

export class TokenBucket {
  private tokens = Number.POSITIVE_INFINITY;
  private filledAtMs = 0;

  constructor(
    private readonly nowMs: () => number,
    private readonly rate: () => Rate,
  ) {}

  /** Whole tokens that may be taken now. */
  left(): number {
    this.refill();
    return Math.floor(this.tokens);
  }

  take(count: number): void {
    this.refill();
    this.tokens = Math.max(0, this.tokens - count);
  }

  /** The other side counts fewer. */
  limitTo(tokens: number): void {
    this.refill();
    this.tokens = Math.min(this.tokens, Math.max(0, tokens));
  }

  /** When so many tokens will be there if none is taken; now, or earlier, when they are. */
  readyAtMs(count: number): number {
    this.refill();
    const missing = Math.max(0, count - this.tokens);
    return this.nowMs() + Math.ceil((missing / this.rate().perSecond) * SECOND_MS);
  }

  private refill(): void {
    const { perSecond, burst } = this.rate();
    // A clock that was set back gives nothing, and takes nothing away.
    const gained = (Math.max(0, this.nowMs() - this.filledAtMs) / SECOND_MS) * perSecond;
    this.tokens = Math.min(burst, this.tokens + gained);
    this.filledAtMs = this.nowMs();
  }
}
