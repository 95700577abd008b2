/** Compares the ledger with the account's balance and positions: the venue's numbers for the pages, and every difference. */
import type { VenuePosition } from '../../../../domain/orders/reconcile.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { PortfolioStore } from '../../portfolio-store.ts';
import type { LiveAccount } from '../account/account.ts';
import type { LiveHoldings } from '../holdings.ts';
import type { AccountReader } from './account-reader.ts';
import { isWorthless, type ReadPosition } from './differences.ts';
import { ledgerShares } from './flow-booking.ts';
import type { Readings } from './readings.ts';

export class LedgerCheck {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly account: LiveAccount,
    private readonly book: PortfolioStore,
    private readonly reader: AccountReader,
    private readonly readings: Readings,
    private readonly holdings: LiveHoldings,
  ) {}

  /** The job that follows a copy, so that the Real Portfolio is up to date soon. Never throws. */
  async look(): Promise<void> {
    const { account } = this;
    if (account.ready() === null || account.isOther() || account.state.openedAtMs() === undefined) return;
    try {
      await this.run();
    } catch (error) {
      this.readings.failed('the balance and positions could not be read', error);
    }
  }

  /** Throws VenueError. */
  async run(): Promise<void> {
    const read = await this.reader.holdings();
    const { collateral, positions } = read;
    this.readings.refusedPositions(read.refused);
    const ledger = ledgerShares(this.book);
    // The venue lists worthless shares until they are burnt; the ledger has booked their loss (A52).
    const compared = positions?.filter((one) => !isWorthless(one) || ledger.has(one.tokenId));
    const { differences } = this.readings.compare({
      collateralMicros: collateral.balanceMicros,
      positions: compared?.map(venueOf) ?? null,
      ledgerCashMicros: this.book.cash(),
      ledgerShares: ledger,
    });
    this.ports.storage.transaction(() => {
      this.holdings.keep(read, read.collateralAtMs, read.positionsAtMs);
      this.holdings.keepDifferences(differences, read, this.ports.nowMs());
    });
    if (differences.some((one) => one.subject === 'CASH')) await this.refresh();
  }

  /** The venue caches balances: asked to read the chain again, its next answer is up to date. */
  private async refresh(): Promise<void> {
    try {
      await this.reader.refreshCollateral();
    } catch (error) {
      this.readings.failed('the balance could not be refreshed', error);
    }
  }
}

function venueOf({ tokenId, conditionId, shareMicros, redeemable }: ReadPosition): VenuePosition {
  return { tokenId, conditionId, shareMicros, redeemable };
}
