/** Marks of what a Wallet holds, and the end of markets: taken from the feed once a minute, told to D1 sparingly. */
import type { TradingMode } from '../../domain/ids.ts';
import { negate } from '../../domain/money.ts';
import { settlementPayout, sold } from '../../domain/portfolio/portfolio.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { TokenState } from '../rpc.ts';
import type { WalletKeyValue } from './keys.ts';
import { ledgerEntry } from './ledger-entry.ts';
import type { PortfolioStore } from './portfolio-store.ts';

/** A mark that moved is told to D1 at most this often: pages read the marks of now from the Wallet itself. */
const MARK_PUBLISH_MS = 5 * MINUTE_MS;

export interface WalletMarksParts {
  readonly mode: TradingMode;
  readonly book: PortfolioStore;
  readonly kv: WalletKeyValue;
  readonly nowMs: () => number;
}

/** Both methods are for inside a transaction. */
export class WalletMarks {
  constructor(private readonly parts: WalletMarksParts) {}

  take(states: readonly TokenState[]): void {
    for (const state of states) {
      // Live winners are shares until somebody redeems them: they are worth their payout, and nothing is booked (A22).
      const worth = state.payoutPriceMicros ?? state.markPriceMicros;
      if (state.payoutPriceMicros !== null && this.parts.mode === 'PAPER') this.settle(state);
      else if (worth !== null) this.parts.book.mark(state.tokenId, worth, state.markedAtMs);
    }
  }

  /** Marks that moved are told each five minutes; a position whose mark D1 has never heard is told at once. */
  publish(): void {
    const slot = Math.floor(this.parts.nowMs() / MARK_PUBLISH_MS);
    const whole = this.parts.kv.get('markSlot') !== slot;
    const told = this.parts.kv.get('markRevisions') ?? {};
    const open = this.parts.book.open();
    const keyOf = (one: (typeof open)[number]): string => `${one.leaderAddress}:${one.tokenId}`;
    const due = open.filter((one) =>
      whole
        ? told[keyOf(one)] !== one.revision
        : told[keyOf(one)] === undefined && one.markPriceMicros !== null,
    );
    if (!whole && due.length === 0) return;
    for (const one of due) this.parts.book.publishPosition(one.leaderAddress, one.tokenId);
    const known = (one: (typeof open)[number]): boolean =>
      due.includes(one) || told[keyOf(one)] !== undefined;
    this.parts.kv.put('markSlot', slot);
    this.parts.kv.put(
      'markRevisions',
      Object.fromEntries(open.filter(known).map((one) => [keyOf(one), one.revision])),
    );
  }

  /** Burns the shares and books the payout in one entry per position, so that neither can exist without the other (W24). */
  private settle(state: TokenState): void {
    if (state.payoutPriceMicros === null) return;
    for (const position of this.parts.book.open().filter((one) => one.tokenId === state.tokenId)) {
      const received = settlementPayout(position.shareMicros, state.payoutPriceMicros);
      this.parts.book.bookEntry(
        ledgerEntry({
          mode: this.parts.mode,
          // The revision makes a position that was opened again after settlement settle again (W25).
          refId: `settle:${position.leaderAddress}:${position.tokenId}:${position.revision}`,
          entryType: 'SETTLEMENT',
          cashDeltaMicros: received,
          moved: {
            leaderAddress: position.leaderAddress,
            conditionId: position.conditionId,
            tokenId: position.tokenId,
            shareDeltaMicros: negate(position.shareMicros),
          },
          priceMicros: state.payoutPriceMicros,
          bookedAtMs: this.parts.nowMs(),
        }),
        sold(position, { size: position.shareMicros, received }),
      );
      this.parts.book.publishPosition(position.leaderAddress, position.tokenId);
    }
  }
}
