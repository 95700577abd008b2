/**
 * Every authenticated call to the venue: made with the credentials of the moment, within a call slot, and its failures and
 * answers noted where they concern the account as a whole.
 */
import type { OrderId, SubmitAnswer } from '../../../../domain/orders/orders.ts';
import type { AuthHeaders, TradingApi } from '../../../../polymarket/account/trading-types.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { StoredOrder } from '../orders/order-store.ts';
import type { LiveAccount } from './account.ts';
import type { CallSlots } from './call-slots.ts';

export class VenueCalls {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly slots: CallSlots,
    private readonly account: LiveAccount,
  ) {}

  /** Whether an order could be posted this moment. */
  canPost(): boolean {
    return this.slots.free('order');
  }

  /** The headers for the order's POST; undefined while there are no credentials. */
  headers({ body }: StoredOrder): AuthHeaders | undefined {
    return this.account.ready()?.api.submitHeaders({ body });
  }

  /** Starts the POST of exactly these bytes in the calling turn. Null when nothing left: no slot or no credentials. */
  post(order: StoredOrder, headers: AuthHeaders): Promise<SubmitAnswer> | null {
    const release = this.slots.take('order');
    const api = this.account.ready()?.api;
    if (release === undefined || api === undefined) {
      release?.();
      return null;
    }
    const { body, timeoutMs } = order;
    const { orderId } = order.record;
    return api.submit({ orderId, body }, headers, { timeoutMs }).finally(() => {
      this.slots.limited(api.rate());
      release();
    });
  }

  /** The same for several in one call, which costs a token each; null also for more than the venue takes at once. */
  postAll(orders: readonly StoredOrder[]): Promise<readonly SubmitAnswer[]> | null {
    const release = this.slots.take('order', orders.length);
    const api = this.account.ready()?.api;
    if (release === undefined || api === undefined) {
      release?.();
      return null;
    }
    const bytes = orders.map(({ record, body }) => ({ orderId: record.orderId, body }));
    const timeoutMs = Math.max(...orders.map((order) => order.timeoutMs));
    return api.submitAll(bytes, { timeoutMs }).finally(() => {
      this.slots.limited(api.rate());
      release();
    });
  }

  /** How many calls could leave now. */
  callsFree(): number {
    return this.slots.callsFree();
  }

  /** Notes what the answer of a POST says about the account or the venue; call it in the answer's transaction. */
  noteAnswer(answer: SubmitAnswer): void {
    const { account, slots } = this;
    if (answer.kind === 'account') account.setProblem(answer.problem, answer.message);
    if (answer.kind === 'wait') {
      const { condition, message, retryAfterMs } = answer;
      const untilMs = account.standing.setCondition(condition, message, retryAfterMs);
      if (condition === 'RATE_LIMITED') slots.pauseUntil(untilMs);
    }
    if (answer.kind === 'accepted' || answer.kind === 'killed') account.standing.clearCondition();
  }

  /** Asks the venue to cancel these orders. Throws when it does not answer. */
  async cancel(orderIds: readonly OrderId[]): Promise<void> {
    await this.slots.run('cancel', this.ports.timers, async () => this.account.ready()?.api.cancel(orderIds));
  }

  /** One authenticated read within a call slot. Throws VenueError, or when there are no credentials. */
  async read<T>(run: (api: TradingApi) => Promise<T>): Promise<T> {
    const { account } = this;
    try {
      return await this.inSlot(() => {
        const ready = account.ready();
        if (ready === null) throw new Error('no credentials');
        return run(ready.api);
      });
    } catch (error) {
      account.readFailed(error);
      throw error;
    }
  }

  /** A read without credentials within a call slot. */
  inSlot<T>(run: () => Promise<T>): Promise<T> {
    return this.slots.run('read', this.ports.timers, run);
  }
}
