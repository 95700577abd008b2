/** What the live Wallet tells the screen of itself: named facts, open orders, and whether a person has to look. */
import { isResting } from '../../../domain/orders/order-state.ts';
import type { Quarantine } from '../../platform/quarantine.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account.ts';
import type { LiveDifferences } from './differences.ts';
import type { ExitWaits } from './exit-waits.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

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

export type LiveFacts = Readonly<Record<string, string | number | boolean | null>>;

/** An account that was never set up is not ill while live is OFF. */
export function isHealthy(health: LiveHealth): boolean {
  const { switches, account, differences } = health;
  const auth = account.authState();
  if (switches.state() === 'OFF' && (auth === 'MISSING' || auth === 'PENDING')) return true;
  return (
    auth === 'OK' &&
    account.standing.problems().length === 0 &&
    !account.isOther() &&
    !account.isStale() &&
    health.kv.get('reconcileError') === undefined &&
    overdue(health).length === 0 &&
    differences.alerting().length === 0
  );
}

export function liveFacts(health: LiveHealth): LiveFacts {
  const { kv, account, orders, waits, differences, quarantine } = health;
  const open = orders.open();
  const unresolved = open.filter((order) => order.record.state === 'UNKNOWN');
  const error = kv.get('lastError');
  const users = health.switches.summary();
  return {
    ...account.facts(),
    shadowSinceAtMs: health.switches.shadowSinceMs() ?? null,
    effectiveUsers: `${users.ON} on, ${users.SHADOW} shadow, ${users.EXIT_ONLY} exits only, ${users.OFF} off`,
    lastOrderAtMs: orders.lastAtMs(),
    lastError: error?.message ?? null,
    lastErrorAtMs: error?.atMs ?? null,
    openOrders: open.length,
    unresolvedOrders: unresolved.length,
    oldestUnresolvedAtMs: unresolved.reduce<number | null>(
      (oldest, { record }) => Math.min(oldest ?? record.createdAtMs, record.createdAtMs),
      null,
    ),
    overdueOrders: overdue(health).length,
    waitingExits: waits.list().length,
    lastReconcileAtMs: kv.get('lastReconcileAt') ?? null,
    reconcileError: kv.get('reconcileError') ?? null,
    differences: differences.list().length,
    alertingDifferences: differences.alerting().length,
    quarantinedFrames: quarantine.total(),
  };
}

/** One line for each order that is still open. */
export function openOrderLines(orders: OrderStore): readonly string[] {
  return orders
    .open()
    .map(({ record }) => `${record.orderId} ${record.side} ${record.state} ${record.lastError}`.trim());
}

function overdue({ orders, overdueBeforeMs }: LiveHealth): readonly StoredOrder[] {
  return orders.open().filter(({ record, tradeIds }) => {
    // A resting order may be open for long; one of a market type has ended by then, or nobody knows where it is. So it is
    // with trades that the venue named and never told.
    const isBooked = tradeIds.every((tradeId) => orders.fill(tradeId, record.orderId) !== undefined);
    const restsOpen = isResting(record.orderType) && record.state !== 'UNKNOWN' && isBooked;
    return !restsOpen && record.createdAtMs < overdueBeforeMs;
  });
}
