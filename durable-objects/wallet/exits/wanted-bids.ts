/** The bids that owed exits wait for, handed to LeaderFeed with the minute's question about marks. */
import { exitBookBounds } from '../../../domain/decide/price-bounds.ts';
import type { TokenId, TradingMode } from '../../../domain/ids.ts';
import { max, min } from '../../../domain/money.ts';
import type { FeedPort, TokenState, WantedBid } from '../../rpc.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { OwedExits } from './owed-exits.ts';

export class MarksAndBids implements Pick<FeedPort, 'tokenStates'> {
  constructor(
    private readonly mode: TradingMode,
    private readonly feed: FeedPort,
    private readonly owed: OwedExits,
    private readonly settings: WalletSettings,
  ) {}

  tokenStates(tokens: Parameters<FeedPort['tokenStates']>[0]): Promise<readonly TokenState[]> {
    return this.feed.tokenStates(tokens, { mode: this.mode, bids: this.wanted() });
  }

  /** One per token that is tried by itself; of two leaders in one token the wider bounds. */
  private wanted(): readonly WantedBid[] {
    const bids = new Map<TokenId, WantedBid>();
    for (const { tokenId, leaderAddress, referencePriceMicros, nextLookAtMs } of this.owed.open()) {
      if (nextLookAtMs === null) continue;
      const own = exitBookBounds(referencePriceMicros, this.settings.of(leaderAddress));
      const known = bids.get(tokenId) ?? own;
      bids.set(tokenId, {
        tokenId,
        bidPriceMicrosMin: min(known.bidPriceMicrosMin, own.bidPriceMicrosMin),
        spreadPriceMicrosMax: max(known.spreadPriceMicrosMax, own.spreadPriceMicrosMax),
      });
    }
    return [...bids.values()];
  }
}
