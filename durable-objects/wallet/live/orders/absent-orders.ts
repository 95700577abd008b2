/**
 * Orders that are proven absent from the venue: the same bytes are sent once more while the intent is fresh and nothing forbids
 * it; otherwise the order ends as never arrived. The check and the POST are in one synchronous turn.
 */
import type { OrderId } from '../../../../domain/orders/orders.ts';
import type { ObjectPorts } from '../../../platform/ports.ts';
import type { Pause } from '../../pause.ts';
import type { WalletSwitches } from '../../switches.ts';
import type { WalletSettings } from '../../wallet-settings.ts';
import type { LiveAccount } from '../account/account.ts';
import { NEVER_ARRIVED, type OrderChanges } from './order-changes.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';
import { ASK_MS_MIN, type Submission } from './submission.ts';

/** The same bytes are posted this often at most, the first time counted. */
const SUBMITS_MAX = 3;

export class AbsentOrders {
  constructor(
    private readonly ports: ObjectPorts,
    private readonly orders: OrderStore,
    private readonly changes: OrderChanges,
    private readonly submission: Submission,
    private readonly check: ResendCheck,
  ) {}

  take(orderId: OrderId): void {
    const { ports, orders, check } = this;
    const order = orders.byId(orderId);
    if (order === undefined || order.record.state !== 'UNKNOWN') return;
    const laterMs = check.laterMs(order, ports.nowMs());
    if (laterMs !== undefined) {
      this.submission.askAt(order, laterMs);
      return;
    }
    const nowMs = ports.nowMs();
    const headers = check.mayResend(order, nowMs) ? this.submission.headers(order) : undefined;
    if (headers === undefined) {
      ports.storage.transaction(() => this.end(order));
      return;
    }
    const sent = ports.storage.transaction(() =>
      this.changes.change(
        orderId,
        ['POST_STARTED'],
        { submits: order.record.submits + 1, submittedAtMs: nowMs },
        {
          sentAtMs: nowMs,
          waitClass: false,
          turnedAway: null,
          nextAskAtMs: nowMs + order.timeoutMs + ASK_MS_MIN,
        },
      ),
    );
    if (sent !== undefined) this.submission.submit(sent, headers);
  }

  /** One that the venue turned away for a passing reason is not rejected by its absence (A59). */
  private end({ record, turnedAway }: StoredOrder): void {
    if ((turnedAway ?? null) !== null) this.changes.change(record.orderId, ['TURNED_AWAY'], {});
    else this.changes.change(record.orderId, ['PROVEN_ABSENT'], { lastError: NEVER_ARRIVED });
  }
}

/** Whether an absent order may be sent again. */
export class ResendCheck {
  constructor(
    private readonly switches: WalletSwitches,
    private readonly settings: WalletSettings,
    private readonly pause: Pause,
    private readonly account: LiveAccount,
    private readonly submission: Submission,
  ) {}

  mayResend(order: StoredOrder, nowMs: number): boolean {
    const leader = order.intent.leaderAddress;
    const effective = this.switches.effective(leader);
    const isExitOnly = effective.exitOnly || this.switches.entries(leader) === 'OFF';
    const settings = this.settings.of(leader);
    return (
      effective.state === 'ON' &&
      !(isExitOnly && order.record.side === 'BUY') &&
      order.record.submits < SUBMITS_MAX &&
      this.pause.reason() === undefined &&
      isFresh(order, nowMs, settings) &&
      this.account.gate(order.record.side, settings) === null &&
      this.submission.canPost()
    );
  }

  /**
   * When the venue takes orders again, if it takes none now and the intent is still fresh then. Undefined when waiting for that
   * would not help.
   */
  laterMs(order: StoredOrder, nowMs: number): number | undefined {
    const untilMs = this.account.standing.condition()?.untilMs ?? 0;
    const settings = this.settings.of(order.intent.leaderAddress);
    const helps = untilMs > nowMs && isFresh(order, untilMs, settings) && order.record.submits < SUBMITS_MAX;
    return helps ? untilMs : undefined;
  }
}

/** Whether the intent is young enough at the time; a sale's own wait does not count as age. */
function isFresh(
  { intent }: StoredOrder,
  atMs: number,
  { copyAgeMsMax }: { readonly copyAgeMsMax: number },
): boolean {
  return atMs - intent.leaderEventAtMs - intent.waitedMs <= copyAgeMsMax;
}
