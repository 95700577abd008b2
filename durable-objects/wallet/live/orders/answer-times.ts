/** How long the newest live orders took from decision to answer: what a paper copy waits, too (A55). */
import type { WalletKeyValue } from '../../keys.ts';
import type { StoredOrder } from './order-store.ts';

/** Enough for a median, and few enough that it follows a change of the network within a day of trading. */
const TIMES_KEPT = 100;

/**
 * Stores the time of an order that has just been answered. Not of one that was sent again, that has no outcome yet, or in a market
 * with a delay of its own: some answers come only after that delay, others before it.
 */
export function noteAnswerTime(kv: WalletKeyValue, before: StoredOrder, after: StoredOrder): void {
  const { record, takerDelayMs } = after;
  if (before.record.answeredAtMs !== null || record.answeredAtMs === null) return;
  if (record.submits !== 1 || record.state === 'UNKNOWN' || takerDelayMs !== 0) return;
  const times = [...(kv.get('answerTimes') ?? []), record.answeredAtMs - record.createdAtMs];
  kv.put('answerTimes', times.slice(-TIMES_KEPT));
}
