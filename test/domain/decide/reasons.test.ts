/** The words that rows of D1 and of the objects hold: a word that is renamed or removed makes such rows unreadable. */
import { expect, it } from 'vitest';
import {
  ACTIVITY_TYPES,
  DECISIONS,
  FILL_DISPOSITIONS,
  LEADER_FILL_SOURCES,
  LEDGER_ENTRY_TYPES,
  SOURCE_TYPES,
} from '../../../domain/decide/reasons.ts';

it.each([
  ['what happened to a leader fill', FILL_DISPOSITIONS, 'GROUPED HISTORY EVENT_TOO_OLD DIFFERENCE'],
  ['the source of an intent', SOURCE_TYPES, 'IMMEDIATE AGGREGATOR BUFFER CARRY CLOSE EXIT ACTIVITY'],
  ['a decision', DECISIONS, 'EXECUTE SKIP WAIT'],
  ['the source of a leader fill', LEADER_FILL_SOURCES, 'RTDS_TRADES RTDS_MATCHED DATA_API CHAIN'],
  ['an activity', ACTIVITY_TYPES, 'SPLIT MERGE REDEEM CONVERSION'],
  [
    'a ledger entry',
    LEDGER_ENTRY_TYPES,
    'DEPOSIT WITHDRAWAL TRADE_FILL SETTLEMENT OPENING REVERSAL EXTERNAL_FILL EXTERNAL_FLOW EXTERNAL_CONVERSION',
  ],
])('rows keep their words for %s', (_what, words, stored) => {
  expect(words).toEqual(expect.arrayContaining(stored.split(' ')));
});
