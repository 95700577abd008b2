/** The opening of the live ledger: cash and positions as the account has them, read with no trade in between (A21). */

import { isSettledFill } from '../../../../domain/orders/order-state.ts';
import type { FillReport } from '../../../../domain/orders/orders.ts';
import { fillKey } from '../../../../domain/orders/our-order.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { AccountState } from '../account/account-state.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { AccountReading, LiveHoldings } from '../holdings.ts';
import { type AccountReader, costOf } from './account-reader.ts';
import { isWorthless } from './differences.ts';
import type { FlowBooking } from './flow-booking.ts';
import { OVERLAP_MS } from './read-window.ts';
import type { Readings } from './readings.ts';

/** The opening must be read with no trade falling into it; after this many tries the next minute tries again. */
const TRIES_MAX = 3;

/** Cash and positions between two equal lists of trades. */
interface OpeningRead {
  readonly startMs: number;
  readonly funder: string;
  readonly trades: readonly FillReport[];
  readonly holdings: AccountReading;
  readonly positions: NonNullable<AccountReading['listed']>;
}

export class OpeningReading {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly calls: VenueCalls,
    private readonly reader: AccountReader,
    private readonly readings: Readings,
  ) {}

  /** The account with no trade in between; undefined while it trades, or a trade of it has not settled. Throws VenueError. */
  async run(): Promise<OpeningRead | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const startMs = this.ports.nowMs();
      const unreadBefore = this.readings.unread();
      const trades = await this.recentTrades(startMs);
      if (!this.readings.isWholeSince(unreadBefore)) return undefined;
      // A trade that has not settled is in the list but may not be in the balance yet: wait until all are final.
      if (trades.some(({ state }) => !isSettledFill(state))) return undefined;
      const holdings = await this.reader.holdings();
      this.readings.refusedPositions(holdings.refused);
      // Not whole is enough: a position that the list lacks now is a difference once a reading has it.
      const { listed: positions } = holdings;
      // Without its address the ledger could not say whose it is; after a 401 it is missing until the next connect.
      const funder = this.reader.funder();
      if (positions === null || funder === undefined) continue;
      if (keysOf(await this.recentTrades(startMs)) === keysOf(trades))
        return { startMs, funder, trades, holdings, positions };
    }
    return undefined;
  }

  private recentTrades(nowMs: number): Promise<readonly FillReport[]> {
    const afterS = Math.floor((nowMs - OVERLAP_MS) / SECOND_MS);
    return this.calls.read((api) => api.listTrades({ afterS }));
  }
}

export class Opening {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly account: AccountState,
    private readonly reading: OpeningReading,
    private readonly flows: FlowBooking,
    private readonly holdings: LiveHoldings,
  ) {}

  /** Throws VenueError. Until it has succeeded no order leaves. */
  async run(): Promise<void> {
    const read = await this.reading.run();
    if (read === undefined) {
      this.ports.log('warn', 'the account is not opened yet: it trades, or a trade of it has not settled');
      return;
    }
    const { startMs, funder, trades, holdings, positions } = read;
    this.ports.storage.transaction(() => {
      this.flows.open({
        cashMicros: holdings.collateral.balanceMicros,
        // What was lost before the ledger begins is no loss of it.
        positions: positions
          .filter((one) => !isWorthless(one))
          .map((one) => ({ ...one, costMicros: costOf(one) })),
      });
      this.holdings.keep(holdings, holdings.collateralAtMs, holdings.positionsAtMs);
      this.account.setOpened({ startMs, funder, trades: trades.map(fillKey) });
    });
  }
}

function keysOf(fills: readonly FillReport[]): string {
  return fills.map(fillKey).sort().join();
}
