/** What may have changed on the pages, as one closed list: LeaderFeed sends it to open pages, which then fetch those parts. */

import type { OutboxRecord } from './records.ts';

export const TOPICS = [
  /** A leader's fill was recorded. */
  'trades',
  /** An attempt, a position or the worth of the paper Wallet. */
  'paper',
  /** An attempt, an order, a fill, a position or the worth of the live Wallet. */
  'live',
  /** A switch, as one of the Wallets now enforces it. */
  'switches',
] as const;
export type Topic = (typeof TOPICS)[number];

/** What a row that has reached D1 changes on the pages; undefined for rows that no page shows as they come. */
export function topicOf(record: OutboxRecord): Topic | undefined {
  switch (record.kind) {
    case 'leaderFill':
    case 'leaderActivity':
      return 'trades';
    case 'attempt':
    case 'copyFill':
    case 'ledger':
    case 'position':
    case 'snapshot':
    case 'copyStats':
      return record.mode === 'PAPER' ? 'paper' : 'live';
    case 'liveOrder':
    case 'liveFill':
    case 'venuePosition':
    case 'difference':
      return 'live';
    default:
      return undefined;
  }
}
