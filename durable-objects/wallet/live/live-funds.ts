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
import {
  externalReserved,
  externalSlice,
  type Slices,
  sellableShares,
  slicesOf,
} from '../../../domain/portfolio/attribution.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { exchangeOf } from '../../../polymarket/account/contracts.ts';
import type { Funds, ReservedCash } from '../executor.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { AccountState } from './account/account-state.ts';
import type { LiveHoldings } from './holdings.ts';
import type { OrderStore } from './orders/order-store.ts';

const NONE = shares(0n);

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
  sellable({ leaderAddress, tokenId }: CopyIntent, settings: ModeSettings): ShareMicros {
    const { slices, walletShareMicros } = this.ofToken(tokenId);
    const reserved = this.orders.reservedByLeader(tokenId);
    const free = sellableShares({
      walletShareMicros,
      missingShareMicros: this.holdings.missingShares(tokenId),
      reservedShareMicros: this.orders.reservedShares(tokenId),
      slices,
      leaderAddress,
      leaderReservedShareMicros: reserved.get(leaderAddress) ?? NONE,
      externalReservedShareMicros: externalReserved({ slices, reserved, leaderAddress }),
      sellUnattributed: settings.sellUnattributed,
    });
    return floorToStep(free, SHARE_STEP_MICROS);
  }

  held({ leaderAddress, tokenId }: CopyIntent, sellUnattributed: boolean): ShareMicros {
    const { slices, walletShareMicros } = this.ofToken(tokenId);
    const slice = slices.get(leaderAddress) ?? NONE;
    return sellUnattributed ? add(slice, externalSlice(walletShareMicros, slices)) : slice;
  }

  own({ leaderAddress, tokenId }: CopyIntent, settings: ModeSettings): ShareMicros {
    const { slices, walletShareMicros } = this.ofToken(tokenId);
    const reserved = this.orders.reservedByLeader(tokenId);
    const slice = sub(slices.get(leaderAddress) ?? NONE, reserved.get(leaderAddress) ?? NONE);
    const external = sub(
      externalSlice(walletShareMicros, slices),
      externalReserved({ slices, reserved, leaderAddress }),
    );
    return max(settings.sellUnattributed ? add(slice, max(external, NONE)) : slice, NONE);
  }

  owed(intent: CopyIntent, ownShareMicros: ShareMicros): ShareMicros {
    return this.owedExits.owedShares(intent, ownShareMicros);
  }

  /** The token's slices by the ledger, and what they and EXTERNAL add up to. */
  private ofToken(tokenId: TokenId): { readonly slices: Slices; readonly walletShareMicros: ShareMicros } {
    const held = this.book.open().filter((one) => one.tokenId === tokenId);
    const walletShareMicros = held.reduce((sum, one) => add(sum, one.shareMicros), NONE);
    return { slices: slicesOf(held).slices, walletShareMicros };
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
