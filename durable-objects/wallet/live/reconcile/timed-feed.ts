/** LeaderFeed as reconciliation asks it: an answer that does not come in time is a failure, which the next round tries again. */
import { SECOND_MS } from '../../../../domain/time.ts';
import type { Timers } from '../../../platform/ports.ts';
import { withinTime } from '../../../platform/time-limit.ts';
import type { FeedPort } from '../../../rpc.ts';

/** LeaderFeed may ask the venue on the way, which has its own limits; a reconcile that hangs on it stops the next ones too. */
const LIMIT = { ms: 10 * SECOND_MS, what: 'LeaderFeed' };

/** The same feed; each call rejects with a TimeLimitError after ten seconds without an answer. */
export function timedFeed(timers: Timers, feed: FeedPort): FeedPort {
  return {
    freshQuote: (request) => withinTime(timers, LIMIT, feed.freshQuote(request)),
    tokenStates: (...asked) => withinTime(timers, LIMIT, feed.tokenStates(...asked)),
  };
}
