/** Whether the live Wallet needs the operator, by each single thing that says so, and what its status page gets to show. */
import { beforeEach, describe, expect, it } from 'vitest';
import { groupKey, type IdempotencyKey, idempotencyKey } from '../../../../domain/ids.ts';
import { parseOrderId } from '../../../../domain/orders/orders.ts';
import { MINUTE_MS } from '../../../../domain/time.ts';
import { LiveHealth, OpenWork } from '../../../../durable-objects/wallet/live/health.ts';
import { LEADER, sh, TOKEN, usd } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import { exampleIntent, fillReport, ORDER_ID, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

let room: LiveRoom;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

function health(): LiveHealth {
  const { kv, switches, account, orders, waits, purchases, differences, quarantine, settings } = room;
  // Whatever was made until now is overdue.
  const laterMs = () => START_MS + 1 + settings.global().unresolvedAgeMsMax;
  const openWork = new OpenWork(laterMs, settings, orders, waits, purchases);
  return new LiveHealth(kv, switches, account, openWork, differences, quarantine);
}

/** The key of a further intent. */
function keyOf(name: string): IdempotencyKey {
  return idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY', groupKey: groupKey([name]) });
}

function healthy(): boolean {
  return health().isHealthy();
}

/** The cash differs by a dollar in two readings, this much apart. */
function differ(apartMs: number): void {
  const collateral = { balanceMicros: usd('1000'), allowanceMicros: {} };
  const values = { ledgerMicros: usd('1'), venueMicros: usd('2'), settling: false };
  const found = [{ kind: 'difference', subject: 'CASH', tokenId: '', ...values }] as const;
  room.holdings.keepDifferences(found, { collateral, positions: [] }, START_MS);
  room.holdings.keepDifferences(found, { collateral, positions: [] }, START_MS + apartMs);
}

describe('the live Wallet', () => {
  it('is healthy while connected, read and in agreement', () => {
    expect(healthy()).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['it has no credentials', () => room.connection.disconnect()],
    ['the account has a problem', () => room.standing.setProblem('CLOSED_ONLY', 'closed')],
    [
      'the ledger is of another account',
      () => room.state.setOpened({ startMs: START_MS, funder: '0xother', trades: [] }),
    ],
    ['the balance is stale', () => room.ports.advance(10 * MINUTE_MS)],
    ['the last reconcile failed', () => room.kv.put('reconcileError', 'no answer')],
    ['an order is overdue', () => room.orders.add(storedOrder({ state: 'UNKNOWN' }))],
    ['a difference lasts', () => differ(MINUTE_MS)],
  ])('is unhealthy when %s', async (_, spoil) => {
    await spoil();
    expect(healthy()).toBe(false);
    room.switches.set('OFF');
    expect(healthy()).toBe(!room.connection.isConnected);
  });

  it('is no fault without secrets or before the first answer while OFF; it is one otherwise', () => {
    open({ secrets: {} });
    expect(healthy()).toBe(false);
    room.switches.set('SHADOW');
    expect(healthy()).toBe(false);
    room.switches.set('OFF');
    expect(healthy()).toBe(true);
    open({ secrets: { ...room.deps.secrets, POLYMARKET_PRIVATE_KEY: 'x' } });
    room.switches.set('OFF');
    room.account.authState = () => 'FAILED';
    expect(healthy()).toBe(false);
    room.account.authState = () => 'MALFORMED';
    expect(healthy()).toBe(false);
    room.account.authState = () => 'PENDING';
    expect(healthy()).toBe(true);
  });

  it('is still healthy with what passes by itself', () => {
    room.standing.setCondition('RESTARTING', 'soon', null);
    room.quarantine.add([{ source: 's', reason: 'r', excerpt: 'e' }]);
    room.waits.add(exampleIntent({ side: 'SELL' }), START_MS);
    differ(MINUTE_MS - 1);
    expect(healthy()).toBe(true);
  });
});

describe('an open order', () => {
  function overdue(): number {
    return health().status().orders.overdue;
  }

  it('of a market type is overdue from its age on', () => {
    room.orders.add(storedOrder({ state: 'SUBMITTED', orderType: 'FAK', createdAtMs: START_MS + 1 }));
    expect(overdue()).toBe(0);
    open();
    room.orders.add(storedOrder({ state: 'SUBMITTED', orderType: 'FAK' }));
    expect(overdue()).toBe(1);
  });

  it('that rests may be old, but not with an unknown outcome', () => {
    room.orders.add(storedOrder({ state: 'OPEN', orderType: 'GTC' }));
    expect(overdue()).toBe(0);
    open();
    room.orders.add(storedOrder({ state: 'UNKNOWN', orderType: 'GTC' }));
    expect(overdue()).toBe(1);
  });

  it('that rests is overdue while any of its trades is not booked', () => {
    const tradeIds = ['trade-1', 'trade-2'];
    room.orders.add(storedOrder({ state: 'OPEN', orderType: 'GTC' }, { tradeIds }));
    expect(overdue()).toBe(1);
    room.reports.onFills([fillReport({ shareMicros: sh('1') })]);
    expect(overdue()).toBe(1);
    room.reports.onFills([fillReport({ tradeId: 'trade-2', shareMicros: sh('1') })]);
    expect(overdue()).toBe(0);
  });
});

describe('the status', () => {
  it('of a Wallet that has done nothing is zeros and nulls', () => {
    expect(health().status()).toEqual({
      ...room.account.status(),
      shadowSinceAtMs: null,
      entries: 'ON',
      leadersWithoutEntries: 0,
      effectiveUsers: { on: 1, shadow: 0, exitsOnly: 0, off: 0 },
      orders: { lastAtMs: null, open: 0, unresolved: 0, oldestUnresolvedAtMs: null, overdue: 0 },
      waitingExits: 0,
      queued: { intents: 0, oldestAtMs: null },
      answers: { orders: 0, medianMs: null },
      reconciliation: { lastAtMs: null, error: null, differences: 0, alertingDifferences: 0 },
      lastError: null,
      quarantinedFrames: 0,
      openOrders: [],
    });
  });

  it('shows the account, what is open and since when, and what went wrong', () => {
    const second = parseOrderId(`0x${'e'.repeat(64)}`)!;
    const third = parseOrderId(`0x${'f'.repeat(64)}`)!;
    room.orders.add(storedOrder({ state: 'UNKNOWN', createdAtMs: START_MS + 7, lastError: 'no answer' }));
    room.orders.add(
      storedOrder(
        { state: 'UNKNOWN', orderId: second, orderKey: second, createdAtMs: START_MS - 3 },
        { intent: exampleIntent({ idempotencyKey: keyOf('2') }) },
      ),
    );
    room.orders.add(
      storedOrder(
        { state: 'OPEN', orderId: third, orderKey: third, orderType: 'GTC', createdAtMs: START_MS - 9 },
        { intent: exampleIntent({ idempotencyKey: keyOf('3') }) },
      ),
    );
    room.waits.add(exampleIntent({ side: 'SELL' }), START_MS);
    room.waits.add(exampleIntent({ side: 'SELL', idempotencyKey: keyOf('call') }), START_MS - 2, true);
    room.purchases.add(exampleIntent(), START_MS - 1);
    room.kv.put('lastReconcileAt', START_MS - 5);
    room.kv.put('reconcileError', 'no answer');
    room.kv.put('lastError', { message: 'refused', atMs: START_MS });
    room.quarantine.add([{ source: 's', reason: 'r', excerpt: 'e' }]);
    differ(MINUTE_MS);
    const status = health().status();
    expect(status).toMatchObject({
      ...room.account.status(),
      orders: { open: 3, unresolved: 2, oldestUnresolvedAtMs: START_MS - 3, overdue: 1 },
      waitingExits: 1,
      queued: { intents: 2, oldestAtMs: START_MS - 2 },
      reconciliation: {
        lastAtMs: START_MS - 5,
        error: 'no answer',
        differences: 1,
        alertingDifferences: 1,
      },
      lastError: { message: 'refused', atMs: START_MS },
      quarantinedFrames: 1,
    });
    expect(status.orders.lastAtMs).toBe(room.orders.lastAtMs());
    expect([...status.openOrders].sort()).toEqual(
      [`${ORDER_ID} BUY UNKNOWN no answer`, `${second} BUY UNKNOWN`, `${third} BUY OPEN`].sort(),
    );
  });

  it('counts a difference that is new, but not as one that alerts', () => {
    differ(1_000);
    expect(health().status().reconciliation).toMatchObject({ differences: 1, alertingDifferences: 0 });
  });

  it('counts the leaders in each state, and names the start of SHADOW', () => {
    room.switches.summary = () => ({ ON: 1, SHADOW: 2, EXIT_ONLY: 3, OFF: 4 });
    room.switches.set('SHADOW');
    room.switches.setEntries(null, 'OFF');
    room.switches.setEntries(LEADER, 'OFF');
    expect(health().status()).toMatchObject({
      entries: 'OFF',
      leadersWithoutEntries: 1,
      effectiveUsers: { on: 1, shadow: 2, exitsOnly: 3, off: 4 },
      shadowSinceAtMs: START_MS,
    });
  });
});
