/** What the user channel reports about our orders and trades, taken as evidence the moment it arrives. */
import type { FillReport, OrderReport } from '../../../domain/orders/orders.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { Pause } from '../pause.ts';
import type { ConnectionEvents, RefusedInput } from './account/connection.ts';
import type { RefusedRows } from './account/refused-rows.ts';
import type { LiveEvidence, VenueReports } from './orders/evidence.ts';
import type { ExternalFees } from './reconcile/external-fees.ts';
import type { LiveSchedule } from './schedule.ts';

export class ChannelReports implements ConnectionEvents {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly evidence: LiveEvidence,
    private readonly fees: ExternalFees,
    private readonly refused: RefusedRows,
    private readonly schedule: LiveSchedule,
    private readonly pause: Pause,
  ) {}

  onOrder(report: OrderReport): void {
    this.take({ orders: new Map([[report.orderId, report]]) });
  }

  /** Fills of our orders at once. External ones need the market's fee first; when it is not known they are read again later. */
  onFills(reports: readonly FillReport[]): void {
    const ours = reports.filter((report) => this.fees.isOurs(report));
    if (ours.length > 0) this.take({ fills: ours });
    const others = reports.filter((report) => !ours.includes(report));
    if (others.length === 0) return;
    this.fees
      .learn(others)
      .then((fees) => this.take({ fills: others.filter((one) => fees.has(one.tokenId)), fees }))
      .catch((error: unknown) =>
        this.ports.log('warn', 'an external fill waits for the next reading', { reason: reasonOf(error) }),
      );
  }

  onOpen(): void {
    this.schedule.reconcile();
  }

  onRefused(refused: RefusedInput): void {
    this.refused.fromChannel(refused);
  }

  onUnread(row: RefusedInput): void {
    this.refused.fromRead(row);
  }

  private take(reports: Partial<VenueReports>): void {
    try {
      const { absent } = this.evidence.take({ ...this.evidence.nothing(), ...reports });
      this.schedule.reported(absent.length);
    } catch (error) {
      this.pause.startOnBug(error);
      throw error;
    }
  }
}
