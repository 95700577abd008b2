/**
 * The job of pending copies: from its due time on it asks for a book that is not older than that, and fills the copy on it. The
 * tokens are asked for side by side, so that one without an answer holds no other up.
 */
import type { TokenId } from '../../../domain/ids.ts';
import { SECOND_MS } from '../../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import { withinTime } from '../../platform/time-limit.ts';
import type { FeedPort, Quote } from '../../rpc.ts';
import type { PaperSales } from './paper-sales.ts';
import type { PendingCopies, PendingCopy } from './pending-copies.ts';
import type { PendingEnds } from './pending-ends.ts';

/** Without a book for so long after its due time a copy is canceled; so is one that is found later (A55). */
export const BOOK_MS_MAX = 5 * SECOND_MS;
/** After an answer without a book, the next question is asked this much later. */
const AGAIN_MS = SECOND_MS / 2;

export class PendingFills {
  /** Tokens whose book this instance has asked for and not received yet. */
  private readonly asking = new Set<TokenId>();
  /** Keys of copies that this instance has found due in time. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly feed: Pick<FeedPort, 'freshQuote'>,
    private readonly pending: PendingCopies,
    private readonly ends: PendingEnds,
    private readonly sales: PaperSales,
    /** Makes the job due. */
    private readonly due: (atMs: number) => void,
  ) {}

  /** Cancels what waited for too long, asks for the books of what is due, and makes the next run due. */
  run(): void {
    const due = this.pending.due(this.ports.nowMs()).filter((copy) => !this.endLate(copy));
    for (const { intent } of due) this.asked.add(intent.idempotencyKey);
    for (const [token, [first, ...rest]] of Map.groupBy(due, ({ intent }) => intent.tokenId)) {
      if (first === undefined || this.asking.has(token)) continue;
      this.ask(token, [first, ...rest]).catch((error: unknown) =>
        this.ports.log('warn', 'a pending copy could not be filled', { token, reason: reasonOf(error) }),
      );
    }
    this.runAgain();
  }

  /** Cancels all of them, for a switch that was lowered. Call it inside a transaction. */
  cancelAll(): void {
    const copies = this.pending.list();
    for (const copy of copies) this.ends.cancel(copy, 'ENGINE_PAUSED');
    if (copies.length > 0) this.sales.soon();
  }

  /** Asks for the book of one token, and settles its copies on it in their order. */
  private async ask(tokenId: TokenId, copies: readonly [PendingCopy, ...PendingCopy[]]): Promise<void> {
    this.asking.add(tokenId);
    try {
      const { conditionId } = copies[0].intent;
      const sinceMs = Math.max(...copies.map((copy) => copy.dueAtMs));
      const limit = { ms: BOOK_MS_MAX, what: 'LeaderFeed' };
      const asked = this.feed.freshQuote({ tokenId, conditionId, sinceMs });
      const quote = await withinTime(this.ports.timers, limit, asked);
      for (const copy of copies) {
        this.settle(copy, quote);
        // Before the next purchase of the same: a sale is a part of what was decided before it.
        await this.sales.decideAfter(copy.intent, quote);
      }
    } finally {
      this.asking.delete(tokenId);
    }
    this.runAgain();
    // What became due while the book was read has not been asked for.
    const asked = new Set(copies.map(({ intent }) => intent.idempotencyKey));
    const nowMs = this.ports.nowMs();
    const isNew = ({ intent }: PendingCopy) =>
      intent.tokenId === tokenId && !asked.has(intent.idempotencyKey);
    if (this.pending.due(nowMs).some(isNew)) this.due(nowMs);
  }

  private settle(copy: PendingCopy, quote: Quote): void {
    const { market, book } = quote;
    this.ports.storage.transaction(() => {
      // It may have been canceled while the book was read.
      if (!this.pending.has(copy.intent.idempotencyKey) || this.endLate(copy)) return;
      if (market?.acceptingOrders === false) this.ends.cancel(copy, 'MARKET_NOT_ACCEPTING');
      else if (book !== null) this.ends.fill(copy, quote);
      else return;
      this.ended(copy);
    });
  }

  /** Cancels a copy whose time is over; whether it was. */
  private endLate(copy: PendingCopy): boolean {
    if (this.ports.nowMs() <= copy.dueAtMs + BOOK_MS_MAX) return false;
    const reason = this.asked.has(copy.intent.idempotencyKey) ? 'PAPER_NO_BOOK' : 'PAPER_FOUND_LATE';
    this.ports.storage.transaction(() => {
      this.ends.cancel(copy, reason);
      this.ended(copy);
    });
    return true;
  }

  private ended({ intent }: PendingCopy): void {
    this.asked.delete(intent.idempotencyKey);
    if (intent.side === 'BUY') this.sales.soon();
  }

  private runAgain(): void {
    const nowMs = this.ports.nowMs();
    const next = this.pending.nextDueAtMs(nowMs);
    if (next !== undefined) this.due(next);
    if (this.pending.due(nowMs).length > 0) this.due(nowMs + AGAIN_MS);
  }
}
