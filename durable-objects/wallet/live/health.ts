/** What the live Wallet reports about itself to the pages, and whether the operator has to look. */
import { isResting } from '../../../domain/orders/order-state.ts';
import type { LiveStatus } from '../../../domain/records/status.ts';
import { answerTimesOf } from '../../../domain/settings/paper-wait.ts';
import type { Quarantine } from '../../platform/quarantine.ts';
import type { ExitWaits } from '../exits/exit-waits.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { LiveAccount } from './account/account.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';
import type { QueuedPurchases } from './placing/queued-purchases.ts';
import type { LiveDifferences } from './reconcile/differences.ts';

/** Orders and sales that are not over, and which of them the operator has to look at. */
export class OpenWork {
  constructor(
    private readonly nowMs: () => number,
    private readonly settings: WalletSettings,
    private readonly orders: OrderStore,
    private readonly waits: ExitWaits,
    private readonly purchases: QueuedPurchases,
  ) {}

  /** Unresolved for longer than the settings allow. */
  overdue(): readonly StoredOrder[] {
    const beforeMs = this.nowMs() - this.settings.global().unresolvedAgeMsMax;
    return this.orders.open().filter(({ record, tradeIds }) => {
      // A resting order may be open for long, unless its outcome or one of its trades is unknown. One of a market type must have
      // ended by then.
      const isBooked = tradeIds.every((tradeId) => this.orders.fill(tradeId, record.orderId) !== undefined);
      const restsOpen = isResting(record.orderType) && record.state !== 'UNKNOWN' && isBooked;
      return !restsOpen && record.createdAtMs < beforeMs;
    });
  }

  status(): Pick<LiveStatus, 'orders' | 'waitingExits' | 'queued' | 'openOrders'> {
    const open = this.orders.open();
    const queued = [...this.purchases.list(), ...this.waits.forCall()];
    const unresolved = open.filter((order) => order.record.state === 'UNKNOWN');
    return {
      orders: {
        lastAtMs: this.orders.lastAtMs(),
        open: open.length,
        unresolved: unresolved.length,
        oldestUnresolvedAtMs: unresolved.reduce<number | null>(
          (oldest, { record }) => Math.min(oldest ?? record.createdAtMs, record.createdAtMs),
          null,
        ),
        overdue: this.overdue().length,
      },
      waitingExits: this.waits.list().length - this.waits.forCall().length,
      queued: {
        intents: queued.length,
        oldestAtMs: queued.reduce<number | null>(
          (oldest, { sinceMs }) => Math.min(oldest ?? sinceMs, sinceMs),
          null,
        ),
      },
      openOrders: open.map(({ record }) =>
        `${record.orderId} ${record.side} ${record.state} ${record.lastError}`.trim(),
      ),
    };
  }
}

export class LiveHealth {
  constructor(
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly account: LiveAccount,
    private readonly openWork: OpenWork,
    private readonly differences: LiveDifferences,
    private readonly quarantine: Quarantine,
  ) {}

  /** An account that was never set up is no fault while live is OFF. */
  isHealthy(): boolean {
    const { kv, switches, account, differences } = this;
    const auth = account.authState();
    if (switches.state() === 'OFF' && (auth === 'MISSING' || auth === 'PENDING'))
      return kv.get('reconcileError') === undefined;
    return (
      auth === 'OK' &&
      account.standing.problems().length === 0 &&
      !account.isOther() &&
      !account.state.isStale() &&
      kv.get('reconcileError') === undefined &&
      this.openWork.overdue().length === 0 &&
      differences.alerting().length === 0
    );
  }

  status(): LiveStatus {
    const { kv, switches, account, differences, quarantine } = this;
    const users = switches.summary();
    return {
      ...account.status(),
      ...this.openWork.status(),
      answers: answerTimesOf(kv.get('answerTimes') ?? []),
      shadowSinceAtMs: switches.shadowSinceMs() ?? null,
      entries: switches.heldEntries(null),
      leadersWithoutEntries: switches.leadersWithoutEntries(),
      effectiveUsers: { on: users.ON, shadow: users.SHADOW, exitsOnly: users.EXIT_ONLY, off: users.OFF },
      reconciliation: {
        lastAtMs: kv.get('lastReconcileAt') ?? null,
        error: kv.get('reconcileError') ?? null,
        differences: differences.list().length,
        alertingDifferences: differences.alerting().length,
      },
      lastError: kv.get('lastError') ?? null,
      quarantinedFrames: quarantine.total(),
    };
  }
}
