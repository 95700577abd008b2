/**
 * The job of pending copies: from its due time on it asks for a book that is not older than that, and fills the copy on it. The
 * tokens are asked for side by side, so that one without an answer holds no other up.
 */
import type { TokenId } from '../../../domain/ids.ts';
import { growingPauseMs, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
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
/** After a bug of ours, which pauses the Wallet each time, a copy is ended again after a pause that grows. */
const FAILED_MS = { leastMs: AGAIN_MS, mostMs: MINUTE_MS };

export class PendingFills {
  /** Tokens whose book this instance has asked for and not received yet. */
  private readonly asking = new Set<TokenId>();
  /** Keys of copies that this instance has found due in time. */
  private readonly asked = new Set<string>();
  /** Copies that could not be ended: how often in a row, and when that is tried again. */
  private readonly failed = new Map<string, { readonly times: number; readonly againAtMs: number }>();

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
    const due: PendingCopy[] = [];
    for (const copy of this.ready()) {
      if (!this.isLate(copy)) due.push(copy);
      else if (this.cancelLate(copy)) this.sales.now();
    }
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
    for (const copy of copies) this.end(copy, () => this.ends.cancel(copy, 'ENGINE_PAUSED'));
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
        // A sale of the same that came before this purchase and waits for nothing any more is decided before it fills.
        await this.sales.decideOf(copy.intent, quote);
        this.settle(copy, quote);
        // Before the next purchase of the same: a sale is a part of what was decided before it.
        await this.sales.decideOf(copy.intent, quote);
      }
    } finally {
      this.asking.delete(tokenId);
    }
    this.runAgain();
    // What became due while the book was read has not been asked for.
    const asked = new Set(copies.map(({ intent }) => intent.idempotencyKey));
    const isNew = ({ intent }: PendingCopy) =>
      intent.tokenId === tokenId && !asked.has(intent.idempotencyKey);
    if (this.ready().some(isNew)) this.due(this.ports.nowMs());
  }

  private settle(copy: PendingCopy, quote: Quote): void {
    const { market, book } = quote;
    // It may have been canceled while the book was read.
    if (!this.pending.has(copy.intent.idempotencyKey)) return;
    if (this.isLate(copy)) this.cancelLate(copy);
    else if (market?.acceptingOrders === false)
      this.end(copy, () => this.ends.cancel(copy, 'MARKET_NOT_ACCEPTING'));
    else if (book !== null) this.end(copy, () => this.ends.fill(copy, quote));
  }

  private isLate({ dueAtMs }: PendingCopy): boolean {
    return this.ports.nowMs() > dueAtMs + BOOK_MS_MAX;
  }

  /** Cancels a copy whose time is over; whether it was. */
  private cancelLate(copy: PendingCopy): boolean {
    const reason = this.asked.has(copy.intent.idempotencyKey) ? 'PAPER_NO_BOOK' : 'PAPER_FOUND_LATE';
    const isCanceled = this.end(copy, () => this.ends.cancel(copy, reason));
    if (isCanceled) this.ends.lost(copy, reason);
    return isCanceled;
  }

  /** Ends a copy, and makes due what waited for it; whether it has ended. */
  private end({ intent }: PendingCopy, how: () => boolean): boolean {
    const key = intent.idempotencyKey;
    return this.ports.storage.transaction(() => {
      if (!how()) {
        const times = this.failed.get(key)?.times ?? 0;
        const againAtMs = this.ports.nowMs() + growingPauseMs(times, FAILED_MS);
        this.failed.set(key, { times: times + 1, againAtMs });
        return false;
      }
      this.failed.delete(key);
      this.asked.delete(key);
      if (intent.side === 'BUY') this.sales.soon();
      return true;
    });
  }

  /** What is due, but for copies that could not be ended a moment ago. */
  private ready(): readonly PendingCopy[] {
    const nowMs = this.ports.nowMs();
    return this.pending
      .due(nowMs)
      .filter(({ intent }) => (this.failed.get(intent.idempotencyKey)?.againAtMs ?? 0) <= nowMs);
  }

  private runAgain(): void {
    const nowMs = this.ports.nowMs();
    const next = this.pending.nextDueAtMs(nowMs);
    if (next !== undefined) this.due(next);
    if (this.ready().length > 0) this.due(nowMs + AGAIN_MS);
    for (const { againAtMs } of this.failed.values()) if (againAtMs > nowMs) this.due(againAtMs);
  }
}
