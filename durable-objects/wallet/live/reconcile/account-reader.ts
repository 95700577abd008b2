/**
 * Reads of the live account: its balance, its positions and its activity. The Data API lists positions; where the list differs
 * from the ledger the CLOB's own balance decides (polymarket-api.md 7.1).
 */
import type { ConditionId, TokenId } from '../../../../domain/ids.ts';
import { markOf } from '../../../../domain/market/mark.ts';
import {
  type CashMicros,
  cash,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
  shares,
} from '../../../../domain/money.ts';
import {
  type AccountActivity,
  listAccountActivity,
} from '../../../../polymarket/account/account-activity.ts';
import {
  createDataApi,
  type DataApi,
  type LeaderPosition,
  type Positions,
} from '../../../../polymarket/public/data-api.ts';
import type { VenueHost } from '../../../../polymarket/wire/http.ts';
import type { Refused } from '../../../../polymarket/wire/refused.ts';
import type { FeedPort, TokenState } from '../../../rpc.ts';
import type { PortfolioStore } from '../../portfolio-store.ts';
import type { LiveAccount } from '../account/account.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { AccountReading } from '../holdings.ts';
import type { ReadPosition } from './differences.ts';
import { ledgerShares } from './flow-booking.ts';

type UnmarkedPosition = Omit<ReadPosition, 'markPriceMicros' | 'redeemable'>;

export class AccountReader {
  private readonly data: DataApi;

  constructor(
    private readonly account: LiveAccount,
    private readonly calls: VenueCalls,
    private readonly book: PortfolioStore,
    private readonly feed: FeedPort,
    /** The Data API: positions and activity of the funder. */
    private readonly dataHost: VenueHost,
  ) {
    this.data = createDataApi(dataHost);
  }

  /** Balance and then positions. Throws VenueError. */
  async holdings(): Promise<AccountReading> {
    const collateralAtMs = this.dataHost.nowMs();
    const collateral = await this.calls.read((api) => api.fetchCollateral());
    return { collateral, collateralAtMs, ...(await this.positions()) };
  }

  /** Makes the venue read the chain again: it caches balances for a while. Throws VenueError. */
  async refreshCollateral(): Promise<void> {
    await this.calls.read((api) => api.refreshCollateral());
  }

  /** Deposits, withdrawals, redemptions and the like since the time; undefined without credentials. Throws VenueError. */
  async activity(
    startMs: number,
  ): Promise<
    { readonly rows: readonly AccountActivity[]; readonly refused: readonly Refused[] } | undefined
  > {
    const funderAddress = this.funder();
    if (funderAddress === undefined) return undefined;
    return this.calls.inSlot(() => listAccountActivity(this.dataHost, { funderAddress, startMs }));
  }

  /** The address that holds the funds; undefined while there are no credentials. */
  funder(): string | undefined {
    return this.account.ready()?.signer.funderAddress;
  }

  private async positions(): Promise<Omit<AccountReading, 'collateral' | 'collateralAtMs'>> {
    const positionsAtMs = this.dataHost.nowMs();
    const funder = this.funder();
    if (funder === undefined)
      return { positions: null, positionsAtMs, listed: null, unreadTokenIds: [], refused: [] };
    const list = await this.calls.inSlot(() => this.data.listPositions(funder));
    const { complete, unreadTokenIds, refused } = list;
    const listed = await this.marked(complete ? await this.compared(list) : list.positions.map(unmarked));
    return { positions: complete ? listed : null, positionsAtMs, listed, unreadTokenIds, refused };
  }

  /** The list, where it differs from the ledger with the CLOB's own balances. */
  private async compared({ positions }: Positions): Promise<readonly UnmarkedPosition[]> {
    const found = new Map<TokenId, UnmarkedPosition>(positions.map((one) => [one.tokenId, unmarked(one)]));
    for (const [tokenId, held] of ledgerShares(this.book)) {
      const known = found.get(tokenId);
      if ((known?.shareMicros ?? shares(0n)) === held) continue;
      const conditionId = known?.conditionId ?? this.conditionOf(tokenId);
      if (conditionId === undefined) continue;
      const shareMicros = await this.sharesAtVenue({ tokenId, conditionId }, held);
      found.set(tokenId, {
        tokenId,
        conditionId,
        shareMicros,
        avgPriceMicros: known?.avgPriceMicros ?? null,
      });
    }
    return [...found.values()].filter((one) => one.shareMicros > 0n);
  }

  private conditionOf(tokenId: TokenId): ConditionId | undefined {
    return this.book.open().find((one) => one.tokenId === tokenId)?.conditionId;
  }

  /** The CLOB's own balance of the token; `held` where the contract that holds it is not known, which is no difference. */
  private async sharesAtVenue(
    token: { readonly tokenId: TokenId; readonly conditionId: ConditionId },
    held: ShareMicros,
  ): Promise<ShareMicros> {
    const { market } = await this.feed.freshQuote(token);
    const version = market?.protocolVersion ?? null;
    if (version === null) return held;
    const balance = await this.calls.read((api) => api.fetchShares(token.tokenId, version));
    return shares(balance.balanceMicros);
  }

  private async marked(held: readonly UnmarkedPosition[]): Promise<readonly ReadPosition[]> {
    const states = held.length === 0 ? [] : await this.feed.tokenStates(held);
    const byToken = new Map(states.map((state) => [state.tokenId, state]));
    return held.map((one) => {
      const state = byToken.get(one.tokenId);
      const payout = state?.payoutPriceMicros ?? null;
      return {
        ...one,
        markPriceMicros: payout ?? this.priceOf(state),
        redeemable: payout !== null && payout > 0n,
      };
    });
  }

  /** By the rule of every mark (A49); null where no price is known. */
  private priceOf(state: TokenState | undefined): PriceMicros | null {
    if (state === undefined || state.top === null) return null;
    const { top, lastTrade, tokenId } = state;
    const lastGood = this.book.lastGoodMark(tokenId);
    const mark = markOf({ top, lastTrade, lastGood, nowMs: this.dataHost.nowMs() });
    return mark.rule === 'NO_BID' ? null : mark.priceMicros;
  }
}

function unmarked({ tokenId, conditionId, shareMicros, avgPriceMicros }: LeaderPosition): UnmarkedPosition {
  return { tokenId, conditionId, shareMicros, avgPriceMicros: avgPriceMicros ?? null };
}

/** What a position cost at the venue's average price; at its mark where no price is reported; rounded down. */
export function costOf(one: ReadPosition): CashMicros {
  const at = one.avgPriceMicros ?? one.markPriceMicros;
  return at === null ? cash(0n) : notionalFloor(one.shareMicros, at);
}
