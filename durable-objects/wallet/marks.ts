/** Marks of what a Wallet holds, and payouts of resolved markets: from the feed once a minute, to D1 less often. */
import type { TokenId, TradingMode } from '../../domain/ids.ts';
import { bidOf, marked, markOf } from '../../domain/market/mark.ts';
import { negate, type PriceMicros } from '../../domain/money.ts';
import { settlementPayout, sold } from '../../domain/portfolio/portfolio.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { TokenState } from '../rpc.ts';
import type { WalletKeyValue } from './keys.ts';
import { ledgerEntry } from './ledger-entry.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { HeldPosition, Marking } from './position-rows.ts';

/** A mark that moved is sent to D1 at most this often: pages read current marks from the Wallet itself. */
const MARK_PUBLISH_MS = 5 * MINUTE_MS;

/** Call both methods inside a transaction. */
export class WalletMarks {
  constructor(
    private readonly mode: TradingMode,
    private readonly book: PortfolioStore,
    private readonly kv: WalletKeyValue,
    private readonly nowMs: () => number,
    /** Open orders and fills of the live Wallet; null on paper. */
    private readonly unsettled: { isUnsettled(token: TokenId): boolean } | null,
  ) {}

  take(states: readonly TokenState[]): void {
    const markings: (readonly [TokenId, Marking])[] = [];
    for (const state of states) {
      const marking = this.markingOf(state);
      if (state.payoutPriceMicros !== null && this.settlesNow(state.tokenId, state.payoutPriceMicros))
        this.settle(state);
      else if (marking !== null) markings.push([state.tokenId, marking]);
    }
    this.book.markAll(markings);
  }

  /**
   * Paper books every result at once. Live, shares that pay are held until they are redeemed (A22), valued at their payout;
   * worthless ones are booked as a loss (A52), once no order or unsettled fill can change how many there are.
   */
  private settlesNow(tokenId: TokenId, payout: PriceMicros): boolean {
    if (this.unsettled === null) return true;
    return payout === 0n && !this.unsettled.isUnsettled(tokenId);
  }

  /** Null while the book could not be read: the last mark stays, with its age. */
  private markingOf({ tokenId, top, lastTrade, ended, payoutPriceMicros }: TokenState): Marking | null {
    const nowMs = this.nowMs();
    if (payoutPriceMicros !== null)
      return { mark: marked(payoutPriceMicros, 'PAYOUT', nowMs), bidPriceMicros: null, ended: false };
    if (top === null) return null;
    const lastGood = this.book.lastGoodMark(tokenId);
    return { mark: markOf({ top, lastTrade, lastGood, nowMs }), bidPriceMicros: bidOf(top), ended };
  }

  /** Sends moved marks once in five minutes, and a position whose mark D1 does not have yet at once. */
  publish(): void {
    const slot = Math.floor(this.nowMs() / MARK_PUBLISH_MS);
    const whole = this.kv.get('markSlot') !== slot;
    const sent = this.kv.get('markRevisions') ?? {};
    const open = this.book.open();
    const due = open.filter((one) =>
      whole
        ? sent[sliceKey(one)] !== one.revision
        : sent[sliceKey(one)] === undefined && one.markPriceMicros !== null,
    );
    if (!whole && due.length === 0) return;
    for (const one of due) this.book.publishPosition(one.leaderAddress, one.tokenId);
    this.kv.put('markSlot', slot);
    // What was not sent keeps the revision that was, so that its move is still due; what is no longer held is forgotten.
    const revisionOf = (one: HeldPosition): number | undefined =>
      due.includes(one) ? one.revision : sent[sliceKey(one)];
    this.kv.put(
      'markRevisions',
      Object.fromEntries(
        open.flatMap((one) => {
          const revision = revisionOf(one);
          return revision === undefined ? [] : [[sliceKey(one), revision] as const];
        }),
      ),
    );
  }

  /** Removes the shares and books the payout in one entry per position, so that neither happens without the other (W24). */
  private settle(state: TokenState): void {
    if (state.payoutPriceMicros === null) return;
    for (const position of this.book
      .open()
      .filter((one) => one.tokenId === state.tokenId && one.shareMicros > 0n)) {
      const received = settlementPayout(position.shareMicros, state.payoutPriceMicros);
      this.book.bookEntry(
        ledgerEntry({
          mode: this.mode,
          // Numbered, so that a position that was opened again after its settlement settles again (W25).
          refId: this.book.nextSettlement(position),
          entryType: 'SETTLEMENT',
          cashDeltaMicros: received,
          moved: {
            leaderAddress: position.leaderAddress,
            conditionId: position.conditionId,
            tokenId: position.tokenId,
            shareDeltaMicros: negate(position.shareMicros),
          },
          priceMicros: state.payoutPriceMicros,
          bookedAtMs: this.nowMs(),
        }),
        sold(position, { size: position.shareMicros, received }),
      );
      this.book.publishPosition(position.leaderAddress, position.tokenId);
    }
  }
}
