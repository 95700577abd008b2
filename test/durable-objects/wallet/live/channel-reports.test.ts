/** What arrives on the user channel: taken at once, or later where a fee is missing; a bug in taking it pauses the Wallet. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../domain/assert.ts';
import { type OrderReport, parseOrderId } from '../../../../domain/orders/orders.ts';
import type { Quote } from '../../../../durable-objects/rpc.ts';
import { exampleFacts, sh, TOKEN } from '../../../domain/decide/example-facts.ts';
import { EXTERNAL_ID, fillReport, ORDER_ID, OTHER_TOKEN, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom } from './live-room.ts';

const OTHER_ID = parseOrderId(`0x${'e'.repeat(64)}`)!;
const EXTERNAL = fillReport({ tradeId: 'external', orderId: OTHER_ID });
const FEE = { ratePpm: 70_000n, exponent: 1 };
const QUOTE: Quote = { book: null, market: { ...exampleFacts().market!, fee: FEE } };
const REPORT: OrderReport = {
  orderId: ORDER_ID,
  tokenId: TOKEN,
  side: 'BUY',
  status: 'LIVE',
  rawStatus: 'LIVE',
  matchedShareMicros: sh('0'),
  tradeIds: [],
};

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function breakTaking(error: Error): void {
  room.evidence.take = () => {
    throw error;
  };
}

describe('a report of the user channel', () => {
  it('of an order moves it at once, and has it watched', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.clearDue();
    room.reports.onOrder(REPORT);
    expect(room.orders.byId(ORDER_ID)?.record.state).toBe('OPEN');
    expect(room.dueIn('watch')).toBe(5_000);
  });

  it('of an order that is proven absent is watched at once', () => {
    room.evidence.take = () => ({ absent: [ORDER_ID], differences: [] });
    room.reports.onOrder(REPORT);
    expect(room.dueIn('watch')).toBe(0);
  });

  it('of our fill books it at once, without a fee of the feed', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.reports.onFills([fillReport()]);
    expect(room.orders.fill('trade-1', ORDER_ID)).toBeDefined();
    expect(room.asked).toEqual([]);
  });

  it('without any fill takes nothing', () => {
    breakTaking(new Error('nothing is to be taken'));
    room.reports.onFills([]);
    expect(room.asked).toEqual([]);
  });

  it('of our fills only reads nothing afterwards', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    let times = 0;
    const { evidence } = room;
    const take = evidence.take.bind(evidence);
    evidence.take = (reports) => {
      times += 1;
      return take(reports);
    };
    room.reports.onFills([fillReport()]);
    await room.ports.settle();
    expect(times).toBe(1);
  });

  it('of external fills waits for the fee of their market', async () => {
    room.quotes.set(TOKEN, QUOTE);
    room.reports.onFills([EXTERNAL]);
    expect(room.orders.fill('external', OTHER_ID)).toBeUndefined();
    await room.ports.settle();
    expect(room.asked).toEqual([TOKEN]);
    expect(room.orders.fill('external', OTHER_ID)).toBeDefined();
    expect(room.orders.fill('external', OTHER_ID)?.record.feeMicros).toBeGreaterThan(0n);
  });

  it('of ours and external fills takes each once, and only external ones later', async () => {
    room.quotes.set(TOKEN, QUOTE);
    room.orders.add(storedOrder({ state: 'OPEN' }));
    const taken: (readonly string[])[] = [];
    const { evidence } = room;
    const take = evidence.take.bind(evidence);
    evidence.take = (reports) => {
      taken.push((reports.fills ?? []).map((fill) => fill.tradeId));
      return take(reports);
    };
    room.reports.onFills([EXTERNAL, fillReport()]);
    expect(taken).toEqual([['trade-1']]);
    await room.ports.settle();
    expect(taken).toEqual([['trade-1'], ['external']]);
  });

  it('of an external fill without a known fee leaves that one out', async () => {
    room.quotes.set(TOKEN, QUOTE);
    room.reports.onFills([EXTERNAL, { ...EXTERNAL, tradeId: 'unknown', tokenId: OTHER_TOKEN }]);
    await room.ports.settle();
    expect(room.orders.fill('external', OTHER_ID)).toBeDefined();
    expect(room.orders.fill('unknown', OTHER_ID)).toBeUndefined();
  });

  it('of an external fill is left to the next reading when the feed fails', async () => {
    room.feed.freshQuote = () => Promise.reject(new Error('no feed'));
    room.reports.onFills([EXTERNAL]);
    await room.ports.settle();
    expect(room.orders.fill('external', OTHER_ID)).toBeUndefined();
    expect(room.ports.logs).toMatchObject([
      {
        level: 'warn',
        message: 'an external fill waits for the next reading',
        fields: { reason: 'Error: no feed' },
      },
    ]);
  });
});

describe('an error in taking a report', () => {
  it('that is a bug of ours pauses the Wallet and is thrown on', () => {
    breakTaking(new InvariantError('a bug'));
    expect(() => room.reports.onOrder(REPORT)).toThrow('a bug');
    expect(room.pause.reason()).toBe('InvariantError: a bug');
  });

  it('of any other kind is thrown on without a pause', () => {
    breakTaking(new Error('storage'));
    expect(() => room.reports.onOrder(REPORT)).toThrow('storage');
    expect(room.pause.reason()).toBeUndefined();
  });
});

it('starts a reconcile when the channel opens', () => {
  room.clearDue();
  room.reports.onOpen();
  expect(room.dueIn('reconcile')).toBe(0);
});

it('quarantines a frame that was refused, which stops no order', () => {
  room.reports.onRefused({ reason: 'no JSON', excerpt: '{' });
  expect(room.ports.outboxedOf('quarantine')).toMatchObject([
    { source: 'user channel', reason: 'no JSON', excerpt: '{' },
  ]);
  expect(room.standing.problems()).toEqual([]);
  expect(room.refused.count()).toBe(0);
});

it('takes a row that a read left out for a problem of the account', () => {
  room.reports.onUnread({ reason: 'no price', excerpt: '{}' });
  expect(room.ports.outboxedOf('quarantine')).toMatchObject([{ source: 'our trades', reason: 'no price' }]);
  expect(room.standing.problems()).toMatchObject([{ problem: 'UNREADABLE_RECORDS' }]);
  expect(room.refused.count()).toBe(1);
});

describe('what the user channel reports', () => {
  const order = () => room.orders.byId(ORDER_ID)!;

  it('moves orders and books fills at once', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.reports.onOrder(REPORT);
    expect(order().record.state).toBe('OPEN');
    room.reports.onFills([fillReport()]);
    expect(order().record.state).toBe('FILLED');
  });

  it('books external fills only once their fee is known, and ours meanwhile', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    const external = fillReport({ orderId: EXTERNAL_ID, tradeId: 't2' });
    room.reports.onFills([external, fillReport()]);
    expect(order().record.state).toBe('FILLED');
    await room.ports.settle();
    expect(room.orders.fill('t2', external.orderId)).toBeUndefined();
    room.quotes.set(TOKEN, { book: null, market: exampleFacts({ market: { fee: null } }).market });
    room.reports.onFills([external]);
    await room.ports.settle();
    expect(room.orders.fill('t2', external.orderId)).toBeDefined();
  });

  it('of an external fill whose fee cannot be asked for waits for the next reading', async () => {
    room.feed.freshQuote = () => Promise.reject(new Error('silence'));
    room.reports.onFills([fillReport({ orderId: EXTERNAL_ID })]);
    await room.ports.settle();
    expect(room.ports.logs).toMatchObject([{ level: 'warn', fields: { reason: 'Error: silence' } }]);
  });

  it('pauses the Wallet when it breaks an assertion of ours, and throws on', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.ports.refusesStatement = (query) => {
      if (query.startsWith('INSERT INTO live_fill')) throw new InvariantError('ours');
      return false;
    };
    expect(() => room.reports.onFills([fillReport()])).toThrow('ours');
    expect(room.pause.reason()).toContain('ours');
  });
});
