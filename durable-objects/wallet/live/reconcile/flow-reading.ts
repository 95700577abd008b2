/** Reads deposits, withdrawals, redemptions and the like, and books each one once. */
import { DAY_MS } from '../../../../domain/time.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { Quarantine } from '../../../platform/quarantine.ts';
import type { AccountState } from '../account/account-state.ts';
import type { LiveHoldings } from '../holdings.ts';
import type { AccountReader } from './account-reader.ts';
import type { FlowBooking } from './flow-booking.ts';

/** Activity may appear late, so a day is read again each time. */
const BACK_MS = DAY_MS;

export class FlowReading {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly account: AccountState,
    private readonly reader: AccountReader,
    private readonly flows: FlowBooking,
    private readonly holdings: LiveHoldings,
    private readonly quarantine: Quarantine,
  ) {}

  /** Throws VenueError. */
  async run(): Promise<void> {
    const openedAtMs = this.account.openedAtMs();
    if (openedAtMs === undefined) return;
    const nowMs = this.ports.nowMs();
    const startMs = Math.max(openedAtMs, (this.account.flowsThroughMs() ?? nowMs) - BACK_MS);
    const activity = await this.reader.activity(startMs);
    if (activity === undefined) return;
    if (activity.refused.length > 0) this.quarantine.add(activity.refused);
    // An act in the second of the opening may be in the opening already; it shows as a difference if it is not.
    const after = activity.rows.filter((act) => act.eventAtMs > openedAtMs);
    this.ports.storage.transaction(() => {
      this.account.setFlowsThrough(nowMs);
      for (const act of after) this.flows.take(act, this.holdings.tokensOf(act.conditionId));
    });
  }
}
