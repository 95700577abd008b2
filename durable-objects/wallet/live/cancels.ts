/** The job that cancels the orders that the switches no longer allow, and sends the cancel again while one stays open. */
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import type { LiveConnection } from './account/connection.ts';
import type { VenueCalls } from './account/venue-calls.ts';
import type { OffOrders } from './off-orders.ts';
import type { Submission } from './orders/submission.ts';
import type { LiveSchedule } from './schedule.ts';

/** Orders in one cancel; the rest in the next. */
const CANCELS_MAX = 500;

export class Cancels {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly off: OffOrders,
    private readonly connection: LiveConnection,
    private readonly calls: VenueCalls,
    private readonly submission: Submission,
    private readonly schedule: LiveSchedule,
  ) {}

  async run(): Promise<void> {
    const ids = this.off
      .list()
      .slice(0, CANCELS_MAX)
      // Open orders have a body, and with it an id.
      .map((order) => order.record.orderId);
    if (ids.length === 0) return;
    this.schedule.canceling();
    await this.connection.connect();
    try {
      await this.calls.cancel(ids);
    } catch (error) {
      this.ports.log('warn', 'a cancel got no answer; it is sent again', { reason: reasonOf(error) });
    }
    // Whatever the answer says, what was matched before is read from the order and its trades.
    this.submission.askNow(ids);
  }
}
