/** What is read for a single order, and what is taken from it when the read is not whole. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../../../domain/time.ts';
import { sh } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, ORDER_ID, orderReport, storedOrder } from '../../stores.ts';
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

const state = (): string | undefined => room.orders.byId(ORDER_ID)?.record.state;

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
      room.reports.onUnread({ reason: 'trade size', excerpt: '{}' });
      return [];
    };
    await room.questions.askDue();
    expect(state()).toBe('OPEN');
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
