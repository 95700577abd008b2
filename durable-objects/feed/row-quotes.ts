/** The quotes that go along with a leader's rows, so that a Wallet need not read book and market facts itself. */
import type { ActivityRow, LeaderRow } from '../../polymarket/public/leader-row.ts';
import type { Quote } from '../rpc.ts';
import type { LiveBooks } from './live-books.ts';
import type { MarketFactsStore } from './market-facts.ts';
import type { SweepChunk } from './sweep.ts';

export type Quotes = Record<string, Quote>;

export class RowQuotes {
  constructor(
    private readonly books: LiveBooks,
    private readonly facts: MarketFactsStore,
  ) {}

  /** What is known now of the tokens of a stream's rows, from memory; their books are kept live from now on. */
  ofStream(rows: readonly LeaderRow[]): Quotes {
    this.books.want(rows.map((row) => row.tokenId));
    return this.ofRows(rows);
  }

  /** What is known now of a sweep's rows. Waits for the facts of activities: without them their tokens are unknown. */
  async ofChunk({ rows, activities }: SweepChunk): Promise<Quotes> {
    for (const activity of activities) await this.facts.ensure(activity.conditionId);
    return { ...this.ofRows(rows), ...this.ofActivities(activities) };
  }

  private ofRows(rows: readonly LeaderRow[]): Quotes {
    const quotes: Quotes = {};
    for (const row of rows) {
      // First, since it brings facts that are stored into memory. Not awaited: it asks the venue only for what is old, so that
      // the facts of a busy market do not go stale either.
      void this.facts.ensure(row.conditionId);
      quotes[row.tokenId] ??= this.books.quoteNow(row.tokenId);
    }
    return quotes;
  }

  private ofActivities(activities: readonly ActivityRow[]): Quotes {
    const quotes: Quotes = {};
    for (const { conditionId } of activities) {
      for (const market of this.facts.tokensOf(conditionId)) quotes[market.tokenId] = { book: null, market };
    }
    return quotes;
  }
}
