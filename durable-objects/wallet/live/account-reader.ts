/**
 * Reads of the live account, each in a free call: whatever the trading API is asked, and the positions, which the Data API
 * lists and the CLOB's own balances decide where the list differs from the ledger (polymarket-api.md 7.1).
 */
import type { LeaderAddress, TokenId } from '../../../domain/ids.ts';
import { type CashMicros, cash, notionalFloor, type ShareMicros, shares } from '../../../domain/money.ts';
import type { TradingApi } from '../../../polymarket/account/trading-types.ts';
import { createDataApi, type DataApi } from '../../../polymarket/public/data-api.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { FeedPort, TokenState } from '../../rpc.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { LiveAccount } from './account.ts';
import type { CallSlots } from './call-slots.ts';
import type { ReadPosition } from './differences.ts';
import { ledgerShares } from './flow-booking.ts';

export interface AccountReaderParts {
  readonly ports: ObjectPorts;
  readonly book: PortfolioStore;
  readonly account: LiveAccount;
  readonly slots: CallSlots;
  readonly feed: FeedPort;
  /** The Data API: positions and activity of the funder. */
  readonly dataHost: VenueHost;
}

export class AccountReader {
  private readonly data: DataApi;

  constructor(private readonly parts: AccountReaderParts) {
    this.data = createDataApi(parts.dataHost);
  }

  /** One read of the account in a free call. */
  async call<T>(run: (api: TradingApi) => Promise<T>): Promise<T> {
    const { account } = this.parts;
    try {
      return await this.inSlot(() => {
        const ready = account.ready();
        if (ready === null) throw new Error('no credentials');
        return run(ready.api);
      });
    } catch (error) {
      account.readFailed(error);
      throw error;
    }
  }

  /** Any read of the venue counts as one of the calls that may be unanswered. */
  inSlot<T>(run: () => Promise<T>): Promise<T> {
    return this.parts.slots.run('read', this.parts.ports.timers, run);
  }

  /** The Data API's list, and for tokens where it differs from the ledger the CLOB's own number; null when not read whole. */
  async positions(): Promise<readonly ReadPosition[] | null> {
    const { account, book, feed } = this.parts;
    const ready = account.ready();
    if (ready === null) return null;
    const listed = await this.inSlot(() =>
      this.data.listPositions(ready.signer.funderAddress as LeaderAddress),
    );
    if (!listed.complete || listed.refused.length > 0) return null;
    const found = new Map<TokenId, Omit<ReadPosition, 'markPriceMicros' | 'redeemable'>>();
    for (const { tokenId, conditionId, shareMicros, avgPriceMicros } of listed.positions)
      found.set(tokenId, { tokenId, conditionId, shareMicros, avgPriceMicros: avgPriceMicros ?? null });
    for (const [tokenId, held] of ledgerShares(book)) {
      const known = found.get(tokenId);
      if ((known?.shareMicros ?? shares(0n)) === held) continue;
      const conditionId =
        known?.conditionId ?? book.open().find((one) => one.tokenId === tokenId)?.conditionId;
      const version = await this.versionOf(tokenId, conditionId);
      if (conditionId === undefined) continue;
      if (version === null) {
        // Which contract holds it is not known, so it cannot be asked for: that is no difference.
        found.set(tokenId, {
          tokenId,
          conditionId,
          shareMicros: held,
          avgPriceMicros: known?.avgPriceMicros ?? null,
        });
        continue;
      }
      const balance = await this.call((api) => api.fetchShares(tokenId, version));
      const shareMicros: ShareMicros = shares(balance.balanceMicros);
      found.set(tokenId, {
        tokenId,
        conditionId,
        shareMicros,
        avgPriceMicros: known?.avgPriceMicros ?? null,
      });
    }
    const held = [...found.values()].filter((one) => one.shareMicros > 0n);
    const states = held.length === 0 ? [] : await feed.tokenStates(held);
    const byToken = new Map<TokenId, TokenState>(states.map((state) => [state.tokenId, state]));
    return held.map((one) => {
      const state = byToken.get(one.tokenId);
      const payout = state?.payoutPriceMicros ?? null;
      return {
        ...one,
        markPriceMicros: payout ?? state?.markPriceMicros ?? null,
        redeemable: payout !== null && payout > 0n,
      };
    });
  }

  private async versionOf(tokenId: TokenId, conditionId: ReadPosition['conditionId'] | undefined) {
    if (conditionId === undefined) return null;
    const { market } = await this.parts.feed.freshQuote({ tokenId, conditionId });
    return market?.protocolVersion ?? null;
  }
}

/** What a position has cost at the venue's average price, or is worth at its mark where no price is told; rounded down. */
export function costOf(one: ReadPosition): CashMicros {
  const at = one.avgPriceMicros ?? one.markPriceMicros;
  return at === null ? cash(0n) : notionalFloor(one.shareMicros, at);
}
