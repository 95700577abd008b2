/**
 * What the live account holds, by the ledger and by the venue's last reading: its value for the pages and the caps, and how
 * the two differ.
 */
import type { TokenId } from '../../../domain/ids.ts';
import { add, type CashMicros, cash, max, type ShareMicros, shares } from '../../../domain/money.ts';
import type { BalanceReport } from '../../../domain/orders/orders.ts';
import type { Difference } from '../../../domain/orders/reconcile.ts';
import { valuate } from '../../../domain/portfolio/portfolio.ts';
import type { Refused } from '../../../polymarket/wire/refused.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { Holdings } from '../snapshots.ts';
import type { AccountState } from './account/account-state.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { LedgerToken, LedgerTokens, LiveDifferences, ReadPosition } from './reconcile/differences.ts';
import { settlingAllowance } from './reconcile/settling-allowance.ts';

/** Balance and positions of the account; the latter null where a token may be held and is not in the list. */
export interface HoldingsRead {
  readonly collateral: BalanceReport;
  readonly positions: readonly ReadPosition[] | null;
  /** Tokens whose rows cannot be read, which says nothing of what is held of them. */
  readonly unreadTokenIds?: readonly TokenId[];
}

/** One reading of the account: balance first, then positions, each with the time at which it was asked for. */
export interface AccountReading extends HoldingsRead {
  readonly collateralAtMs: number;
  readonly positionsAtMs: number;
  /** What could be read, whole or not; null without credentials. */
  readonly listed: readonly ReadPosition[] | null;
  readonly refused: readonly Refused[];
}

export class LiveHoldings {
  constructor(
    private readonly book: PortfolioStore,
    private readonly orders: OrderStore,
    private readonly account: AccountState,
    private readonly differences: LiveDifferences,
  ) {}

  /**
   * Cash and positions as the venue reported them last, the authority of the Real Portfolio (R75). Undefined before the first
   * reading, and while fills settle or something differs: then only the ledger is consistent in itself.
   */
  whole(): Holdings | undefined {
    if (this.orders.provisional().length > 0 || this.differences.significant().length > 0) return undefined;
    const collateral = this.account.collateral();
    if (collateral === undefined || this.account.openedAtMs() === undefined) return undefined;
    const realised = this.book.valued().reduce((sum, one) => cash(sum + one.realisedMicros), cash(0n));
    const nothing = { shareMicros: shares(0n), costMicros: cash(0n), markPriceMicros: null };
    return {
      cashMicros: collateral.balanceMicros,
      positions: [...this.differences.marked(this.ledgerTokens()), { ...nothing, realisedMicros: realised }],
    };
  }

  /** The value of the venue's positions at their marks; at cost without one. */
  venueExposure(): CashMicros {
    return valuate(cash(0n), this.differences.marked(this.ledgerTokens())).exposureMicros;
  }

  /**
   * By how much the venue's last reading of the token was below the ledger of that moment; zero where it was not, and where fills
   * that settle explain it (A47).
   */
  missingShares(tokenId: TokenId): ShareMicros {
    const found = this.differences.ofToken(tokenId);
    return found === undefined || found.readings === 0
      ? shares(0n)
      : max(shares(found.ledgerMicros - found.venueMicros), shares(0n));
  }

  /** Whether the account was read and the ledger opened; before that the portfolio has no known value. */
  isOpened(): boolean {
    return this.account.openedAtMs() !== undefined;
  }

  /** Outcome tokens of the condition that the ledger or the venue holds. */
  tokensOf(conditionId: string | undefined): readonly TokenId[] {
    const ofCondition = (one: { readonly conditionId: string }): boolean => one.conditionId === conditionId;
    const ledger = this.book.open().filter(ofCondition);
    const venue = this.differences.venuePositions().filter(ofCondition);
    return [...new Set([...ledger, ...venue].map((one) => one.tokenId))];
  }

  /** Stores a reading; call it inside a transaction. */
  keep(
    { collateral, positions, unreadTokenIds }: HoldingsRead,
    collateralAtMs: number,
    positionsAtMs = collateralAtMs,
  ): void {
    this.account.setCollateral(collateral, collateralAtMs);
    if (positions !== null) this.differences.takePositions(positions, positionsAtMs, unreadTokenIds);
  }

  /** Stores how the ledger differed from a reading; call it inside a transaction. */
  keepDifferences(found: readonly Difference[], { positions }: HoldingsRead, nowMs: number): void {
    const room = settlingAllowance(this.orders, nowMs);
    this.differences.take(found, { cash: true, positions: positions !== null, nowMs, room });
  }

  /** Shares of each token in the ledger, with their cost and newest mark. */
  private ledgerTokens(): LedgerTokens {
    const tokens = new Map<string, LedgerToken>();
    for (const { tokenId, shareMicros, costMicros, markPriceMicros } of this.book.open()) {
      const sum = tokens.get(tokenId);
      tokens.set(tokenId, {
        shareMicros: (sum?.shareMicros ?? 0n) + shareMicros,
        costMicros: add(sum?.costMicros ?? cash(0n), costMicros),
        markPriceMicros: markPriceMicros ?? sum?.markPriceMicros ?? null,
      });
    }
    return tokens;
  }
}
