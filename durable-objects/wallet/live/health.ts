/** What the live Wallet reports about itself to the pages, and whether the operator has to look. */
import { isResting } from '../../../domain/orders/order-state.ts';
import type { LiveStatus } from '../../../domain/records/status.ts';
import type { Quarantine } from '../../platform/quarantine.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account/account.ts';
import type { ExitWaits } from './exit-waits.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';
import type { LiveDifferences } from './reconcile/differences.ts';

export interface LiveHealth {
  readonly kv: WalletKeyValue;
  readonly switches: WalletSwitches;
  readonly account: LiveAccount;
  readonly orders: OrderStore;
  readonly waits: ExitWaits;
  readonly differences: LiveDifferences;
  readonly quarantine: Quarantine;
  /** An order that is unresolved since before this needs the operator. */
  readonly overdueBeforeMs: number;
}

/** An account that was never set up is no fault while live is OFF. */
export function isHealthy(health: LiveHealth): boolean {
  const { switches, account, differences } = health;
  const auth = account.authState();
  if (switches.state() === 'OFF' && (auth === 'MISSING' || auth === 'PENDING')) return true;
  return (
    auth === 'OK' &&
    account.standing.problems().length === 0 &&
    !account.isOther() &&
    !account.state.isStale() &&
    health.kv.get('reconcileError') === undefined &&
    overdue(health).length === 0 &&
    differences.alerting().length === 0
  );
}

export function liveStatus(health: LiveHealth): LiveStatus {
  const { kv, switches, account, orders, waits, differences, quarantine } = health;
  const open = orders.open();
  const users = switches.summary();
  const unresolved = open.filter((order) => order.record.state === 'UNKNOWN');
  return {
    ...account.status(),
    shadowSinceAtMs: switches.shadowSinceMs() ?? null,
    effectiveUsers: { on: users.ON, shadow: users.SHADOW, exitsOnly: users.EXIT_ONLY, off: users.OFF },
    orders: {
      lastAtMs: orders.lastAtMs(),
      open: open.length,
      unresolved: unresolved.length,
      oldestUnresolvedAtMs: unresolved.reduce<number | null>(
        (oldest, { record }) => Math.min(oldest ?? record.createdAtMs, record.createdAtMs),
        null,
      ),
      overdue: overdue(health).length,
    },
    waitingExits: waits.list().length,
    reconciliation: {
      lastAtMs: kv.get('lastReconcileAt') ?? null,
      error: kv.get('reconcileError') ?? null,
      differences: differences.list().length,
      alertingDifferences: differences.alerting().length,
    },
    lastError: kv.get('lastError') ?? null,
    quarantinedFrames: quarantine.total(),
    openOrders: open.map(({ record }) =>
      `${record.orderId} ${record.side} ${record.state} ${record.lastError}`.trim(),
    ),
  };
}

function overdue({ orders, overdueBeforeMs }: LiveHealth): readonly StoredOrder[] {
  return orders.open().filter(({ record, tradeIds }) => {
    // A resting order may be open for long, unless its outcome or one of its trades is unknown. One of a market type must have
    // ended by then.
    const isBooked = tradeIds.every((tradeId) => orders.fill(tradeId, record.orderId) !== undefined);
    const restsOpen = isResting(record.orderType) && record.state !== 'UNKNOWN' && isBooked;
    return !restsOpen && record.createdAtMs < overdueBeforeMs;
  });
}
