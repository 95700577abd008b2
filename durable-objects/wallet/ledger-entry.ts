/** The one place where a Wallet's ledger entry is put together. Pure; PortfolioStore.bookEntry books it. */

import type { TradingMode } from '../../domain/ids.ts';
import { type CashMicros, cash, type PriceMicros, shares } from '../../domain/money.ts';
import type { LedgerRecord } from '../../domain/records/records.ts';
import { NO_CONDITION, NO_LEADER, NO_TOKEN } from '../../domain/records/sentinels.ts';

/** Shares that an entry moves in one leader's position. */
export type SharesMoved = Pick<
  LedgerRecord,
  'leaderAddress' | 'conditionId' | 'tokenId' | 'shareDeltaMicros'
>;

const CASH_ALONE: SharesMoved = {
  leaderAddress: NO_LEADER,
  conditionId: NO_CONDITION,
  tokenId: NO_TOKEN,
  shareDeltaMicros: shares(0n),
};

/** An entry that moves cash, shares of one position, or both. Deltas are micros, negative for what leaves the Wallet. */
export function ledgerEntry(given: {
  readonly mode: TradingMode;
  /** Unique with the type: the same entry is booked once. */
  readonly refId: string;
  readonly entryType: LedgerRecord['entryType'];
  /** None unless given. */
  readonly cashDeltaMicros?: CashMicros;
  /** None unless given. */
  readonly moved?: SharesMoved;
  /** What one share was bought, sold or settled at; null where there is no such price. */
  readonly priceMicros?: PriceMicros | null;
  readonly bookedAtMs: number;
}): LedgerRecord {
  const { leaderAddress, conditionId, tokenId, shareDeltaMicros } = given.moved ?? CASH_ALONE;
  return {
    kind: 'ledger',
    mode: given.mode,
    portfolioScope: 'EXEC_GLOBAL',
    refId: given.refId,
    entryType: given.entryType,
    leaderAddress,
    conditionId,
    tokenId,
    shareDeltaMicros,
    cashDeltaMicros: given.cashDeltaMicros ?? cash(0n),
    priceMicros: given.priceMicros ?? null,
    bookedAtMs: given.bookedAtMs,
  };
}
