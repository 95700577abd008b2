/** A ledger entry moves cash, shares of one position, or both; what it does not move is zero and named empty. */
import { expect, it } from 'vitest';
import { ledgerEntry } from '../../../durable-objects/wallet/ledger-entry.ts';
import { CONDITION, LEADER, sh, TOKEN, usd } from '../../domain/decide/example-facts.ts';

const GIVEN = { mode: 'LIVE', refId: 'r', entryType: 'OPENING', bookedAtMs: 7 } as const;
const ENTRY = { kind: 'ledger', portfolioScope: 'EXEC_GLOBAL', ...GIVEN, priceMicros: null };

it('of cash alone names no leader, market or token', () => {
  expect(ledgerEntry({ ...GIVEN, cashDeltaMicros: usd('5') })).toEqual({
    ...ENTRY,
    leaderAddress: '',
    conditionId: '',
    tokenId: '',
    shareDeltaMicros: 0n,
    cashDeltaMicros: usd('5'),
  });
});

it('of shares alone moves no cash', () => {
  const moved = { leaderAddress: LEADER, conditionId: CONDITION, tokenId: TOKEN, shareDeltaMicros: sh('3') };
  expect(ledgerEntry({ ...GIVEN, moved })).toEqual({ ...ENTRY, ...moved, cashDeltaMicros: 0n });
});
