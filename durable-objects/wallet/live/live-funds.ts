/** What live copies may spend and sell: the ledger, the venue's balance and what open orders hold, never trusting the higher. */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { TokenId } from '../../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../../domain/market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  floorToStep,
  max,
  min,
  type ShareMicros,
  shares,
  sub,
} from '../../../domain/money.ts';
import type { PlannedOrder } from '../../../domain/orders/orders.ts';
import { externalSlice, sellableShares, slicesOf } from '../../../domain/portfolio/attribution.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { exchangeOf } from '../../../polymarket/account/contracts.ts';
import type { Funds, ReservedCash } from '../executor.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { AccountState } from './account/account-state.ts';
import type { LiveHoldings } from './holdings.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';

export class LiveFunds implements Funds {
  constructor(
    private readonly book: PortfolioStore,
    private readonly orders: OrderStore,
    private readonly account: AccountState,
    private readonly holdings: LiveHoldings,
    private readonly owedExits: OwedExits,
  ) {}

  /** The lower of the ledger's cash and the venue's, less what open orders hold (A14). Never below zero. */
  freeCash(): CashMicros {
    const venue = this.account.collateral()?.balanceMicros ?? cash(0n);
    return max(sub(min(this.book.cash(), venue), this.orders.reservedCash()), cash(0n));
  }

  /** Why this order cannot be paid: its cash is not free, or its exchange may not take so much. Null for a sale. */
  shortfall(
    order: PlannedOrder,
    reservedMicros: CashMicros,
  ): 'LIVE_INSUFFICIENT_FUNDS' | 'LIVE_ALLOWANCE_TOO_LOW' | null {
    if (order.side !== 'BUY') return null;
    if (reservedMicros > this.freeCash()) return 'LIVE_INSUFFICIENT_FUNDS';
    const allowance = this.account.allowance(exchangeOf(order).address);
    return allowance !== undefined && allowance < reservedMicros ? 'LIVE_ALLOWANCE_TOO_LOW' : null;
  }

  /**
   * The leader's own shares that no open order holds and that the venue has too, rounded down to the share step; with the setting
   * also those that no leader explains (A13, A47).
   */
  sellable(intent: CopyIntent, settings: ModeSettings): ShareMicros {
    const held = this.book.open().filter((one) => one.tokenId === intent.tokenId);
    const ofLeader = (order: StoredOrder): boolean => order.intent.leaderAddress === intent.leaderAddress;
    const free = sellableShares({
      walletShareMicros: held.reduce((sum, one) => add(sum, one.shareMicros), shares(0n)),
      missingShareMicros: this.holdings.missingShares(intent.tokenId),
      reservedShareMicros: this.orders.reservedShares(intent.tokenId),
      slices: slicesOf(held).slices,
      leaderAddress: intent.leaderAddress,
      leaderReservedShareMicros: this.orders.reservedShares(intent.tokenId, ofLeader),
      sellUnattributed: settings.sellUnattributed,
    });
    return floorToStep(free, SHARE_STEP_MICROS);
  }

  own({ leaderAddress, tokenId }: CopyIntent, settings: ModeSettings): ShareMicros {
    const slice = this.book.position(leaderAddress, tokenId)?.shareMicros ?? shares(0n);
    const held = settings.sellUnattributed ? add(slice, this.externalShares(tokenId)) : slice;
    const ofLeader = (order: StoredOrder): boolean => order.intent.leaderAddress === leaderAddress;
    return max(sub(held, this.orders.reservedShares(tokenId, ofLeader)), shares(0n));
  }

  owed(intent: CopyIntent, settings: ModeSettings): ShareMicros {
    return this.owedExits.owedShares(intent, this.own(intent, settings));
  }

  private externalShares(tokenId: TokenId): ShareMicros {
    const held = this.book.open().filter((one) => one.tokenId === tokenId);
    const total = held.reduce((sum, one) => add(sum, one.shareMicros), shares(0n));
    return externalSlice(total, slicesOf(held).slices);
  }

  reserved(intent: CopyIntent): ReservedCash {
    return {
      total: this.orders.reservedCash(),
      market: this.orders.reservedCash((order) => order.intent.conditionId === intent.conditionId),
      leader: this.orders.reservedCash((order) => order.intent.leaderAddress === intent.leaderAddress),
    };
  }

  venueExposure(): CashMicros {
    return this.holdings.venueExposure();
  }
}
