/** Questions about single orders and trades: which are asked, and what is taken from a read that is not whole. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { HOUR_MS, MINUTE_MS } from '../../../../../domain/time.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { sh } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { EXTERNAL_ID, fillReport, ORDER_ID, orderReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;
let tradesRead: string[];

beforeEach(() => {
  room = liveRoom();
  tradesRead = [];
  room.api.fetchTrade = async (tradeId) => {
    tradesRead.push(tradeId);
    return [];
  };
});

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

/** A row that could not be parsed is left out of the read under way. */
function unreadable(): void {
  room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
}

describe('an order of unknown outcome', () => {
  it('that the venue has is asked for its trades too, since its report may not name them yet', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.api.fetchOrder = async () => orderReport();
    room.api.listMarketTrades = async () => [fillReport({ shareMicros: sh('4') })];
    await room.questions.askDue();
    expect(room.orders.byId(ORDER_ID)?.record.filledShareMicros).toBe(sh('4'));
  });

  it('is moved by its report, also when another row was left out of the read', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.api.fetchOrder = async () => orderReport();
    room.api.listMarketTrades = async () => {
      unreadable();
      return [];
    };
    await room.questions.askDue();
    expect(order().record.state).toBe('OPEN');
  });

  it('made within a second has that whole second of trades read', async () => {
    let afterS = 0;
    room.orders.add(storedOrder({ state: 'UNKNOWN', createdAtMs: START_MS + 999 }));
    room.api.listMarketTrades = async (given) => {
      afterS = given.afterS;
      return [];
    };
    await room.questions.askDue();
    expect(afterS).toBe((START_MS - MINUTE_MS) / 1_000);
  });
});

describe('one run', () => {
  const names = Array.from({ length: 21 }, (_, index) => `trade-${index}`);

  it('reads at most twenty of the trades that an order names', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, tradeIds: names }));
    room.api.fetchOrder = async () => orderReport();
    await room.questions.askDue();
    expect(tradesRead).toHaveLength(20);
  });

  it('reads at most twenty trades whose settlement is open', async () => {
    const size = sh('0.1');
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    const fills = names.map((tradeId) => fillReport({ tradeId, shareMicros: size }));
    room.evidence.take({ ...room.evidence.nothing(), fills });
    await room.questions.askProvisional();
    expect(tradesRead).toHaveLength(20);
  });

  it('reads a trade with two of our orders once', async () => {
    const other = { orderKey: 'b', orderId: 'b', idempotencyKey: 'b' };
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.orders.add(storedOrder({ state: 'OPEN', ...other }, { seenAtVenue: true }));
    const fills = [fillReport(), fillReport({ orderId: 'b' as typeof ORDER_ID })];
    room.evidence.take({ ...room.evidence.nothing(), fills });
    await room.questions.askProvisional();
    expect(tradesRead).toEqual(['trade-1']);
  });

  it('goes on with the next order when one cannot be asked for', async () => {
    const other = { orderKey: 'b', orderId: 'b', idempotencyKey: 'b' };
    room.orders.add(storedOrder({ state: 'DELAYED' }));
    room.orders.add(storedOrder({ state: 'DELAYED', ...other }));
    room.api.fetchOrder = async (orderId) => {
      if (orderId === ORDER_ID) throw new Error('silence');
      return orderReport({ orderId });
    };
    await room.questions.askDue();
    expect(room.orders.byId('b' as typeof ORDER_ID)?.record.state).toBe('OPEN');
  });
});

describe('a question about an order', () => {
  it('is asked when it is due, and of twenty orders at most', async () => {
    const asked: string[] = [];
    room.api.fetchOrder = async (orderId) => {
      asked.push(orderId);
      return orderReport({ orderId });
    };
    for (let n = 0; n < 22; n += 1) {
      const orderId = `0x${String(n).padStart(64, '0')}`;
      room.orders.add(
        storedOrder(
          { state: 'OPEN', orderKey: orderId, orderId, idempotencyKey: `k${n}` },
          { nextAskAtMs: START_MS - (n === 21 ? -1 : 0) },
        ),
      );
    }
    await room.questions.askDue();
    expect(asked).toHaveLength(20);
    await room.questions.askDue();
    expect(asked).toHaveLength(21);
  });

  it('of an order that was posted begins by taking its answer for lost', async () => {
    room.orders.add(storedOrder({ state: 'SUBMITTED' }));
    room.api.fetchOrder = () => Promise.reject(new Error('silence'));
    await room.questions.askDue();
    expect(order()).toMatchObject({
      asks: 1,
      nextAskAtMs: START_MS + 1_000,
      record: { state: 'UNKNOWN', lastError: 'the venue did not answer in time' },
    });
    expect(room.ports.logs).toMatchObject([{ level: 'warn', message: 'an order could not be asked for' }]);
  });

  it('that the venue answers with an open order needs no trades', async () => {
    room.orders.add(storedOrder({ state: 'DELAYED' }));
    room.api.fetchOrder = async () => orderReport();
    room.api.listMarketTrades = () => Promise.reject(new Error('asked'));
    await room.questions.askDue();
    expect(order().record.state).toBe('OPEN');
    expect(room.ports.logs).toEqual([]);
  });

  it('reads the trades that the order or its report name and that are not booked', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, tradeIds: ['trade-1'] }));
    const read: string[] = [];
    room.api.fetchOrder = async () => orderReport({ tradeIds: ['trade-2'], matchedShareMicros: sh('6') });
    room.api.fetchTrade = async (tradeId) => {
      read.push(tradeId);
      return [fillReport({ tradeId, shareMicros: sh('3') })];
    };
    await room.questions.askDue();
    expect(read).toEqual(['trade-1', 'trade-2']);
    expect(order().record.filledShareMicros).toBe(sh('6'));
    room.ports.atMs += MINUTE_MS;
    await room.questions.askDue();
    expect(read).toHaveLength(2);
  });

  it('about an unknown order reads the trades of its market from a minute before it was made, and only its own', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    const read: unknown[] = [];
    room.api.listMarketTrades = async (given) => {
      read.push(given.afterS);
      const other = EXTERNAL_ID;
      return [fillReport(), fillReport({ orderId: other, tradeId: 'other' })];
    };
    await room.questions.askDue();
    expect(read).toEqual([(START_MS - MINUTE_MS) / 1_000]);
    expect(order().record.state).toBe('FILLED');
    expect(room.orders.fill('other', EXTERNAL_ID)).toBeUndefined();
  });

  it('about an order that is nowhere ends it once it is proven absent', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs += HOUR_MS;
    await room.questions.askDue();
    expect(order().record).toMatchObject({ state: 'REJECTED', lastError: 'the venue never had it' });
  });

  it('proves no absence by a read in which a row was left out', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs += HOUR_MS;
    room.api.listMarketTrades = async () => {
      unreadable();
      return [];
    };
    await room.questions.askDue();
    expect(order().record.state).toBe('UNKNOWN');
  });

  it('pauses the Wallet when its answer breaks an assertion of ours', async () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.api.fetchOrder = () => Promise.reject(new InvariantError('ours'));
    await room.questions.askDue();
    expect(room.pause.reason()).toContain('ours');
  });
});

describe('a question about provisional trades', () => {
  beforeEach(() => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
  });

  it('reads each trade and takes how it stands now', async () => {
    room.api.fetchTrade = async (tradeId) => [fillReport({ tradeId, state: 'CONFIRMED' })];
    await room.questions.askProvisional();
    expect(room.orders.provisional()).toHaveLength(0);
  });

  it('can be limited to those that were matched before a time', async () => {
    const read: string[] = [];
    room.api.fetchTrade = async (tradeId) => {
      read.push(tradeId);
      return [];
    };
    await room.questions.askProvisional(START_MS);
    expect(read).toEqual([]);
    await room.questions.askProvisional(START_MS + 1);
    expect(read).toEqual(['trade-1']);
  });

  it('that fails is logged', async () => {
    room.api.fetchTrade = () => Promise.reject(new Error('silence'));
    await room.questions.askProvisional();
    expect(room.ports.logs).toMatchObject([{ message: 'a trade could not be asked for' }]);
  });
});
