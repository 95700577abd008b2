/**
 * A failed request to the venue, by kind, so that the caller can back off, retry or park. Messages name host and path
 * only, never a query, a header or a body.
 */

type VenueErrorKind = 'timeout' | 'network' | 'status' | 'rate-limited' | 'bad-payload';

/** Thrown by every read from the venue. `retryAfterMs` is set only when the venue asked for a wait. */
export class VenueError extends Error {
  override name = 'VenueError';
  readonly kind: VenueErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(facts: {
    readonly kind: VenueErrorKind;
    readonly message: string;
    readonly status?: number | undefined;
    readonly retryAfterMs?: number | undefined;
  }) {
    super(facts.message);
    this.kind = facts.kind;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
