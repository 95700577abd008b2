/** The reading of all open orders and the account's trades: what is asked, and what one failure leaves. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { HOUR_MS } from '../../../../../domain/time.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { type Change, exampleFacts, TOKEN } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { EXTERNAL_ID, fillReport, ORDER_ID, orderReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

/** A row that could not be parsed is left out of the read under way. */
function unreadable(): void {
  room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
}

it('asks for twenty open orders at most', async () => {
  const asked: string[] = [];
  room.api.fetchOrder = async (orderId) => {
    asked.push(orderId);
    return orderReport({ orderId });
  };
  for (let n = 0; n < 21; n += 1)
    room.orders.add(
      storedOrder({ state: 'OPEN', orderKey: `${n}`, orderId: `${n}`, idempotencyKey: `${n}` }),
    );
  await room.reconciler.run();
  expect(asked).toHaveLength(20);
});

it('reads orders before trades, so that no order ends before a trade of it is seen', async () => {
  const read: string[] = [];
  room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
  room.api.fetchOrder = async () => {
    read.push('order');
    return orderReport();
  };
  room.api.listOpenOrders = async () => {
    read.push('open orders');
    return [];
  };
  room.api.listTrades = async () => {
    read.push('trades');
    return [];
  };
  await room.reconciler.run();
  expect(read).toEqual(['order', 'open orders', 'trades']);
});

it('takes an order that the venue lists for there, though asked by its id the venue did not know it', async () => {
  room.orders.add(storedOrder({ state: 'UNKNOWN' }));
  room.ports.atMs += HOUR_MS;
  room.api.listOpenOrders = async () => [orderReport()];
  await room.reconciler.run();
  expect(order().record.state).toBe('OPEN');
});

it('ends an order that is nowhere only by a whole read; a report counts all the same', async () => {
  const other = { orderKey: 'b', orderId: 'b', idempotencyKey: 'b' };
  room.orders.add(storedOrder({ state: 'UNKNOWN' }));
  room.orders.add(storedOrder({ state: 'UNKNOWN', ...other }));
  room.ports.atMs += HOUR_MS;
  room.api.fetchOrder = async (orderId) => (orderId === ORDER_ID ? undefined : orderReport({ orderId }));
  room.api.listTrades = async () => {
    unreadable();
    return [];
  };
  await room.reconciler.run();
  expect(room.orders.byId('b' as typeof ORDER_ID)?.record.state).toBe('OPEN');
  expect(order().record.state).toBe('UNKNOWN');
  room.api.listTrades = async () => [];
  await room.reconciler.run();
  expect(order().record.state).toBe('REJECTED');
});

it('books our fills when the fee of another’s is not known yet, and says so', async () => {
  room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
  room.feed.freshQuote = () => Promise.reject(new InvariantError('ours'));
  room.api.listTrades = async () => [fillReport({ orderId: EXTERNAL_ID, tradeId: 'external' }), fillReport()];
  await room.reconciler.run();
  expect(order().record.state).toBe('FILLED');
  expect(room.orders.fill('external', EXTERNAL_ID)).toBeUndefined();
  expect(room.ports.logs.map(({ message }) => message)).toContain(
    'the fees of external fills are not known yet',
  );
  expect(room.pause.reason()).toContain('ours');
});

describe('the minute’s reading', () => {
  it('takes orders, listed orders and trades as evidence', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.orders.add(
      storedOrder(
        { state: 'REJECTED', orderKey: 'b', orderId: 'b', idempotencyKey: 'b' },
        { endedByAbsence: true },
      ),
    );
    room.api.fetchOrder = async () => orderReport();
    room.api.listOpenOrders = async () => [
      orderReport({ orderId: 'b' as typeof ORDER_ID }),
      orderReport({ orderId: 'not ours' as typeof ORDER_ID }),
    ];
    await room.reconciler.run();
    expect(order().record.state).toBe('OPEN');
    expect(room.orders.byId('b' as typeof ORDER_ID)?.record.state).toBe('OPEN');
    expect(room.dueIn('watch')).toBe(0);
  });

  it('goes on when one order or the list of open ones cannot be read', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.api.fetchOrder = () => Promise.reject(new Error('silence'));
    room.api.listOpenOrders = () => Promise.reject(new Error('silence'));
    room.api.listTrades = async () => [fillReport()];
    await room.reconciler.run();
    expect(order().record.state).toBe('FILLED');
  });

  it('proves no absence, and does not count as whole, when a row was left out', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    const before = room.state.readThroughMs();
    room.ports.atMs += HOUR_MS;
    room.api.listTrades = async () => {
      unreadable();
      return [];
    };
    await room.reconciler.run();
    expect(order().record.state).toBe('UNKNOWN');
    expect(room.state.readThroughMs()).toBe(before);
    expect(room.standing.problems().map(({ problem }) => problem)).toContain('UNREADABLE_RECORDS');
    room.api.listTrades = async () => [];
    await room.reconciler.run();
    expect(room.standing.problems().map(({ problem }) => problem)).not.toContain('UNREADABLE_RECORDS');
    expect(room.state.readThroughMs()).toBe(room.ports.atMs);
  });

  it('books an external purchase only once its market’s fee is known', async () => {
    const external = fillReport({ orderId: EXTERNAL_ID, matchedAtMs: START_MS });
    room.api.listTrades = async () => [external];
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)).toBeUndefined();
    const change: Change = { market: { fee: null } };
    room.quotes.set(TOKEN, { book: null, market: exampleFacts(change).market });
    await room.reconciler.run();
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)?.record.origin).toBe('EXTERNAL');
    expect(room.fees.all().has(TOKEN)).toBe(true);
  });

  it('books what an external maker order filled without asking for a fee', async () => {
    const external = fillReport({ orderId: EXTERNAL_ID, role: 'MAKER' });
    room.api.listTrades = async () => [external];
    await room.reconciler.run();
    expect(room.orders.fill('trade-1', external.orderId)?.record.feeMicros).toBe(0n);
  });
});
