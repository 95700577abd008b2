/** Fills a plan by walking a book as a taker does, and books it: fills, what they took from the book, cash and shares. */
import type { CopyIntent, Plan } from '../../../domain/decide/decision-facts.ts';
import type { Book } from '../../../domain/market/book.ts';
import type { FeeSchedule } from '../../../domain/market/market.ts';
import { add, min, negate, priceOfFloor, sub } from '../../../domain/money.ts';
import { type FilledTotals, NO_FILL, payableFills, totalOf } from '../../../domain/portfolio/paper-fills.ts';
import { bought, EMPTY_POSITION, sold } from '../../../domain/portfolio/portfolio.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { Quote } from '../../rpc.ts';
import { markBy } from '../copy-marks.ts';
import { ledgerEntry } from '../ledger-entry.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { SnapshotJob } from '../snapshot-job.ts';
import type { PaperFunds } from './paper-funds.ts';
import type { PendingCopy } from './pending-copies.ts';
import type { TakenLiquidity } from './taken-liquidity.ts';

export class PaperBooking {
  constructor(
    private readonly book: PortfolioStore,
    private readonly outbox: Outbox,
    private readonly taken: TakenLiquidity,
    private readonly funds: PaperFunds,
    private readonly snapshot: Pick<SnapshotJob, 'soon'>,
  ) {}

  /** Fills a copy that was pending on the venue's book as it is, less what our own copies have taken from it. */
  fillPending({ intent, plan, fee }: PendingCopy, { book, market }: Quote, nowMs: number): FilledTotals {
    if (book === null) return NO_FILL;
    const { tokenId, leaderAddress } = intent;
    const onBook = this.taken.leftOf(book, { intent, market, nowMs });
    const filled = this.fill(intent, { plan, onBook, fee }, nowMs);
    if (filled.shareMicros === 0n) return filled;
    markBy(this.book, book, nowMs);
    this.book.publishPosition(leaderAddress, tokenId);
    this.snapshot.soon();
    return filled;
  }

  /**
   * Fills what the book gives within the plan's bound, at most what free cash pays for and what can be sold for the leader. Call it
   * once per intent, inside a transaction; `onBook` is without what our copies have taken.
   */
  fill(
    intent: CopyIntent,
    given: { readonly plan: Plan; readonly onBook: Book; readonly fee: FeeSchedule | null },
    nowMs: number,
  ): FilledTotals {
    const { plan, onBook, fee } = given;
    const buy = intent.side === 'BUY';
    // Between the decision and the fill a settlement may have taken the shares.
    const shareMicros = buy ? plan.shareMicros : min(plan.shareMicros, this.funds.sellable(intent));
    const free = this.funds.freeCash();
    const fills = payableFills({ ...plan, shareMicros }, { book: onBook, fee, free });
    const total = totalOf(fills);
    if (total.shareMicros === 0n) return total;
    fills.forEach((fill, level) => {
      this.outbox.add({
        kind: 'copyFill',
        mode: 'PAPER',
        fillKey: `${intent.idempotencyKey}:${level}`,
        groupKey: intent.groupKey,
        leaderAddress: intent.leaderAddress,
        tokenId: intent.tokenId,
        side: intent.side,
        shareMicros: fill.shareMicros,
        priceMicros: fill.priceMicros,
        notionalMicros: fill.notionalMicros,
        feeMicros: fill.feeMicros,
        filledAtMs: nowMs,
      });
      this.taken.add(intent.tokenId, intent.side, fill, nowMs);
    });
    const before = this.book.position(intent.leaderAddress, intent.tokenId) ?? EMPTY_POSITION;
    const paid = buy
      ? negate(add(total.notionalMicros, total.feeMicros))
      : sub(total.notionalMicros, total.feeMicros);
    const after = buy
      ? bought(before, { size: total.shareMicros, paid: negate(paid) })
      : sold(before, { size: total.shareMicros, received: paid });
    this.book.bookEntry(
      ledgerEntry({
        mode: 'PAPER',
        refId: `copy:${intent.idempotencyKey}`,
        entryType: 'TRADE_FILL',
        cashDeltaMicros: paid,
        moved: {
          leaderAddress: intent.leaderAddress,
          conditionId: intent.conditionId,
          tokenId: intent.tokenId,
          shareDeltaMicros: buy ? total.shareMicros : negate(total.shareMicros),
        },
        priceMicros: priceOfFloor(total.notionalMicros, total.shareMicros),
        bookedAtMs: nowMs,
      }),
      after,
    );
    return total;
  }
}
