/** The reading of all open orders and the account's trades: what is asked, and what one failure leaves. */
import { beforeEach, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { HOUR_MS } from '../../../../../domain/time.ts';
import { EXTERNAL_ID, fillReport, ORDER_ID, orderReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

const state = (): string | undefined => room.orders.byId(ORDER_ID)?.record.state;

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
  expect(state()).toBe('OPEN');
});

it('ends an order that is nowhere only by a whole read; a report counts all the same', async () => {
  const other = { orderKey: 'b', orderId: 'b', idempotencyKey: 'b' };
  room.orders.add(storedOrder({ state: 'UNKNOWN' }));
  room.orders.add(storedOrder({ state: 'UNKNOWN', ...other }));
  room.ports.atMs += HOUR_MS;
  room.api.fetchOrder = async (orderId) => (orderId === ORDER_ID ? undefined : orderReport({ orderId }));
  room.api.listTrades = async () => {
    room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
    return [];
  };
  await room.reconciler.run();
  expect(room.orders.byId('b' as typeof ORDER_ID)?.record.state).toBe('OPEN');
  expect(state()).toBe('UNKNOWN');
  room.api.listTrades = async () => [];
  await room.reconciler.run();
  expect(state()).toBe('REJECTED');
});

it('books our fills when the fee of another’s is not known yet, and says so', async () => {
  room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
  room.feed.freshQuote = () => Promise.reject(new InvariantError('ours'));
  room.api.listTrades = async () => [fillReport({ orderId: EXTERNAL_ID, tradeId: 'external' }), fillReport()];
  await room.reconciler.run();
  expect(state()).toBe('FILLED');
  expect(room.orders.fill('external', EXTERNAL_ID)).toBeUndefined();
  expect(room.ports.logs.map(({ message }) => message)).toContain(
    'the fees of external fills are not known yet',
  );
  expect(room.pause.reason()).toContain('ours');
});
