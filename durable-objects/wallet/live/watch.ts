/** The job that looks after open orders and waiting sales every few seconds while orders may leave. */
import type { WalletSwitches } from '../switches.ts';
import type { LiveConnection } from './account/connection.ts';
import type { OffOrders } from './off-orders.ts';
import type { OrderQuestions } from './reconcile/order-questions.ts';
import type { LiveSchedule } from './schedule.ts';

export class Watch {
  constructor(
    private readonly switches: WalletSwitches,
    private readonly schedule: LiveSchedule,
    private readonly off: OffOrders,
    private readonly connection: LiveConnection,
    private readonly questions: OrderQuestions,
  ) {}

  async run(): Promise<void> {
    const { schedule, questions } = this;
    schedule.watchAgain(this.switches.state() === 'ON');
    this.off.cancelSoon();
    if (schedule.isAtRest()) return;
    await this.connection.connect();
    await questions.askDue();
    if (schedule.isWaiting()) await questions.askProvisional();
    if (schedule.isWaiting()) schedule.exitsNow();
  }
}
