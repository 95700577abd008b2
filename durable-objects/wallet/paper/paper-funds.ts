/** What paper copies may spend and sell: the ledger, less what pending copies reserve. */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import { type CashMicros, cash, max, type ShareMicros, shares, sub } from '../../../domain/money.ts';
import type { Funds, ReservedCash } from '../executor.ts';
import type { OwedExits } from '../exits/owed-exits.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import type { PendingCopies } from './pending-copies.ts';

export class PaperFunds implements Funds {
  constructor(
    private readonly book: PortfolioStore,
    private readonly pending: PendingCopies,
    private readonly owedExits: OwedExits,
  ) {}

  freeCash(): CashMicros {
    return max(sub(this.book.cash(), this.pending.reservedCash()), cash(0n));
  }

  held({ leaderAddress, tokenId }: CopyIntent): ShareMicros {
    return this.book.position(leaderAddress, tokenId)?.shareMicros ?? shares(0n);
  }

  sellable(intent: CopyIntent): ShareMicros {
    const { leaderAddress, tokenId } = intent;
    return max(sub(this.held(intent), this.pending.reservedShares(leaderAddress, tokenId)), shares(0n));
  }

  own(intent: CopyIntent): ShareMicros {
    return this.sellable(intent);
  }

  owed(intent: CopyIntent, ownShareMicros: ShareMicros): ShareMicros {
    return this.owedExits.owedShares(intent, ownShareMicros);
  }

  reserved({ conditionId, leaderAddress }: CopyIntent): ReservedCash {
    return {
      total: this.pending.reservedCash(),
      market: this.pending.reservedCash((intent) => intent.conditionId === conditionId),
      leader: this.pending.reservedCash((intent) => intent.leaderAddress === leaderAddress),
    };
  }

  venueExposure(): null {
    return null;
  }
}
