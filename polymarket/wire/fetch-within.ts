/**
 * A fetch of public reads on behalf of other objects and of pages, within the budget that all reads of a host share. Where that has
 * no room it answers 429 itself, as the venue would.
 */
import { SECOND_MS } from '../../domain/time.ts';
import type { Pass, ReadBudget } from './host-budget.ts';
import { type Fetch, parseRetryAfterMs } from './http.ts';
import { VenueError } from './venue-error.ts';

export function fetchWithin(
  budget: ReadBudget,
  given: { readonly fetch: Fetch; readonly nowMs: () => number },
): Fetch {
  const { fetch, nowMs } = given;
  return async (input, init) => {
    let pass: Pass;
    try {
      pass = await budget.enter(new URL(input));
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      const seconds = Math.ceil((error.retryAfterMs ?? SECOND_MS) / SECOND_MS);
      return new Response(null, { status: 429, headers: { 'retry-after': String(seconds) } });
    }
    try {
      const response = await fetch(input, init);
      pass.answered(response.status, parseRetryAfterMs(response.headers.get('retry-after'), nowMs()));
      return response;
    } catch (error) {
      pass.failed();
      throw error;
    }
  };
}
