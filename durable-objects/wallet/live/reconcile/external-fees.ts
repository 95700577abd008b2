/** Fees of markets in which others than our orders traded on the account: what an external fill needs to be booked exactly. */
import type { TokenId } from '../../../../domain/ids.ts';
import type { FeeSchedule } from '../../../../domain/market/market.ts';
import type { FillReport } from '../../../../domain/orders/orders.ts';
import type { FeedPort } from '../../../rpc.ts';
import type { OrderStore } from '../orders/order-store.ts';

export class ExternalFees {
  private readonly known = new Map<TokenId, FeeSchedule | null>();

  constructor(
    private readonly orders: OrderStore,
    private readonly feed: FeedPort,
  ) {}

  /** By token; null where the market charges no fee. */
  all(): ReadonlyMap<TokenId, FeeSchedule | null> {
    return this.known;
  }

  isOurs({ orderId }: FillReport): boolean {
    return this.orders.byId(orderId) !== undefined;
  }

  /** Fills of ours carry their fee, a maker pays none, and another's purchase waits until the market's fee is known. */
  isExact(fill: FillReport): boolean {
    return this.isOurs(fill) || fill.role === 'MAKER' || this.known.has(fill.tokenId);
  }

  /** Asks the feed for the fees that these fills need, each market once. Throws when the feed does not answer. */
  async learn(reports: readonly FillReport[]): Promise<ReadonlyMap<TokenId, FeeSchedule | null>> {
    for (const report of reports) {
      const { tokenId, conditionId } = report;
      if (this.known.has(tokenId) || this.isOurs(report)) continue;
      const { market } = await this.feed.freshQuote({ tokenId, conditionId });
      if (market !== null) this.known.set(tokenId, market.fee);
    }
    return this.known;
  }
}
