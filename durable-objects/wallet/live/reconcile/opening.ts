/** The opening of the live ledger: cash and positions as the account has them, read with no trade in between (A21). */

import { isSettledFill } from '../../../../domain/orders/order-state.ts';
import type { FillReport } from '../../../../domain/orders/orders.ts';
import { fillKey } from '../../../../domain/orders/our-order.ts';
import { SECOND_MS } from '../../../../domain/time.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { AccountState } from '../account/account-state.ts';
import type { VenueCalls } from '../account/venue-calls.ts';
import type { LiveHoldings } from '../holdings.ts';
import { type AccountReader, costOf } from './account-reader.ts';
import type { FlowBooking } from './flow-booking.ts';
import { OVERLAP_MS } from './read-window.ts';
import type { Readings } from './readings.ts';

/** The opening must be read with no trade falling into it; after this many tries the next minute tries again. */
const TRIES_MAX = 3;

export class Opening {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly account: AccountState,
    private readonly calls: VenueCalls,
    private readonly reader: AccountReader,
    private readonly readings: Readings,
    private readonly books: { readonly flows: FlowBooking; readonly holdings: LiveHoldings },
  ) {}

  /** Throws VenueError. Until it has succeeded no order leaves. */
  async run(): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const startMs = this.ports.nowMs();
      const unreadBefore = this.readings.unread();
      const before = await this.recentTrades(startMs);
      if (!this.readings.isWholeSince(unreadBefore)) break;
      // A trade that has not settled is in the list but may not be in the balance yet: wait until all are final.
      if (before.some(({ state }) => !isSettledFill(state))) break;
      const read = await this.reader.holdings();
      const { collateral, positions } = read;
      // Without its address the ledger could not say whose it is; after a 401 it is missing until the next connect.
      const funder = this.reader.funder();
      if (positions === null || funder === undefined) continue;
      if (keysOf(await this.recentTrades(startMs)) !== keysOf(before)) continue;
      this.ports.storage.transaction(() => {
        this.books.flows.open({
          cashMicros: collateral.balanceMicros,
          positions: positions.map((one) => ({ ...one, costMicros: costOf(one) })),
        });
        this.books.holdings.keep(read, this.ports.nowMs());
        this.account.setOpened({ startMs, funder, trades: before.map(fillKey) });
      });
      return;
    }
    this.ports.log('warn', 'the account is not opened yet: it trades, or a trade of it has not settled');
  }

  private recentTrades(nowMs: number): Promise<readonly FillReport[]> {
    const afterS = Math.floor((nowMs - OVERLAP_MS) / SECOND_MS);
    return this.calls.read((api) => api.listTrades({ afterS }));
  }
}

function keysOf(fills: readonly FillReport[]): string {
  return fills.map(fillKey).sort().join();
}
