/** What people read about owed exits (A44). */
import type { TradingMode } from '../../domain/ids.ts';
import { isDust, type OwedCounts, type OwedExit, type OwedState } from '../../domain/portfolio/owed-exit.ts';
import { MODE_LABELS } from './labels.ts';

const OWED_STATE_LABELS = {
  OWED: 'Tried again by itself',
  TOO_SMALL: 'Below the venue’s minimum: waits for the leader’s next exit',
  HELD: 'Held until you confirm it',
  BLOCKED: 'The venue refused the order: try again, sell it or keep it',
  EXPIRED: 'Tried for as long as the settings allow: try again, sell it or keep it',
  KEPT: 'You keep these shares',
  DONE: 'Nothing is owed any more',
} as const satisfies Record<OwedState, string>;

/** What happens to a row next. */
export function owedStateInWords(row: OwedExit): string {
  return isDust(row) ? 'Too small to sell: it only counts in equity' : OWED_STATE_LABELS[row.state];
}

/** One sentence with the counts that need the operator's eye; undefined where there is none. */
export function owedInWords(mode: TradingMode, counts: OwedCounts): string | undefined {
  const { owed, held, blocked, expired } = counts;
  const parts = [
    [owed, 'tried again by itself'],
    [held, 'held until you confirm'],
    [blocked, 'refused by the venue'],
    [expired, 'tried for too long'],
  ] as const;
  const named = parts.flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`]));
  const total = owed + held + blocked + expired;
  if (total === 0) return undefined;
  return `${MODE_LABELS[mode]} owes ${total === 1 ? '1 exit' : `${total} exits`}: ${named.join(', ')}.`;
}

/** Rows as one text of a form, which the command reads back: a confirmation means exactly these. */
export function listedExits(
  rows: readonly Pick<OwedExit, 'leaderAddress' | 'tokenId' | 'shareMicros'>[],
): string {
  return rows.map((row) => `${row.leaderAddress}:${row.tokenId}:${row.shareMicros}`).join(' ');
}
