/**
 * The world failing on a read: what kind of failure, so that the one catch in an alarm can back off, retry or park.
 * Messages name host and path only: never a query, a header or a body.
 */

export const VENUE_ERROR_KINDS = ['timeout', 'network', 'status', 'rate-limited', 'bad-payload'] as const;
export type VenueErrorKind = (typeof VENUE_ERROR_KINDS)[number];

/** Thrown by every read of the venue. `retryAfterMs` is set only when the venue asked for a wait. */
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
