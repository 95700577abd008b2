/**
 * Rows about our own orders and trades that could not be parsed. Each is kept for the operator; one in a read means that the
 * read proves no absence, and that trading stops until a read is whole again.
 */
import type { Refused } from '../../../../polymarket/wire/refused.ts';
import type { Quarantine } from '../../../platform/quarantine.ts';
import type { RefusedInput } from './connection.ts';
import type { VenueStanding } from './venue-standing.ts';

export class RefusedRows {
  private unread = 0;
  /** What was refused of the positions last: their prices move, and the same row is read again each minute. */
  private positionReasons = '';

  constructor(
    private readonly quarantine: Quarantine,
    private readonly standing: VenueStanding,
  ) {}

  /** How many rows were left out of reads so far: a read during which this grows was not whole. */
  count(): number {
    return this.unread;
  }

  fromChannel({ reason, excerpt }: RefusedInput): void {
    this.quarantine.add([{ source: 'user channel', reason, excerpt }]);
  }

  fromRead({ reason, excerpt }: RefusedInput): void {
    this.unread += 1;
    this.standing.setProblem('UNREADABLE_RECORDS', reason);
    this.quarantine.add([{ source: 'our trades', reason, excerpt }]);
  }

  fromPositions(refused: readonly Refused[]): void {
    const reasons = refused.map((one) => one.reason).join();
    if (reasons !== this.positionReasons && refused.length > 0) this.quarantine.add(refused);
    this.positionReasons = reasons;
  }

  /** Everything was read and understood. */
  wholeRead(): void {
    this.standing.clearProblem('UNREADABLE_RECORDS');
  }
}
