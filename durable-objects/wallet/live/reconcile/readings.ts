/** What is done with every read of the account: its reports are taken as evidence, and a failure is logged. */
import type { Refused } from '../../../../polymarket/wire/refused.ts';
import { type ObjectPorts, reasonOf } from '../../../platform/ports.ts';
import type { Pause } from '../../pause.ts';
import type { RefusedRows } from '../account/refused-rows.ts';
import type { AbsentOrders } from '../orders/absent-orders.ts';
import type { LiveEvidence, Taken, VenueReports } from '../orders/evidence.ts';

export class Readings {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly evidence: LiveEvidence,
    private readonly absentOrders: AbsentOrders,
    private readonly refused: RefusedRows,
    private readonly pause: Pause,
  ) {}

  /** Takes what was read; orders that this proves absent are sent again or ended. */
  async apply(read: Partial<VenueReports>): Promise<void> {
    for (const orderId of this.compare(read).absent) await this.absentOrders.take(orderId);
  }

  /** Takes what was read, and returns what follows from it without doing anything about absent orders. */
  compare(read: Partial<VenueReports>): Taken {
    return this.evidence.take({ ...this.evidence.nothing(), ...read });
  }

  /** The number of rows left out so far, for `isWholeSince`. */
  unread(): number {
    return this.refused.count();
  }

  /** Whether no row was left out of any read since then: only then does a missing order prove anything. */
  isWholeSince(unread: number): boolean {
    return this.refused.count() === unread;
  }

  /** Rows of the venue's list of positions: they are kept for the operator, and keep nothing from trading. */
  refusedPositions(rows: readonly Refused[]): void {
    this.refused.fromPositions(rows);
  }

  failed(what: string, error: unknown): void {
    this.pause.startOnBug(error);
    this.ports.log('warn', what, { reason: reasonOf(error) });
  }
}

/** Orders or trades asked about in one run; the rest in the next. */
export const ASKED_MAX = 20;
