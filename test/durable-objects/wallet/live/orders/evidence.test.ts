/** What reports of the venue do to our orders and fills, in one transaction, and what is left to the caller. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OrderId, OrderReport } from '../../../../../domain/orders/orders.ts';
import { parseOrderId } from '../../../../../domain/orders/orders.ts';
import type { VenueReports } from '../../../../../durable-objects/wallet/live/orders/evidence.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { OurRecords } from '../../../../../durable-objects/wallet/live/orders/our-records.ts';
import { at, CONDITION, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, ORDER_ID, orderReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const OTHER_ID = parseOrderId(`0x${'e'.repeat(64)}`)!;
const GRACE_MS = 30_000;
const FEE = { ratePpm: 70_000n, exponent: 1 };

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom({ live: { unresolvedGraceMs: GRACE_MS } });
});

function take(reports: Partial<VenueReports>) {
  return room.evidence.take({ ...room.evidence.nothing(), ...reports });
}

function orders(value: OrderReport | 'ABSENT', orderId: OrderId = ORDER_ID): VenueReports['orders'] {
  return new Map([[orderId, value]]);
}

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

describe('a report of an order', () => {
  it('moves it, and proves that the venue has it', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    take({ orders: orders(orderReport()) });
    expect(order()).toMatchObject({ seenAtVenue: true, record: { state: 'OPEN' } });
  });

  it('that names trades keeps the order open until they are booked', () => {
    const canceled = orderReport({ status: 'CANCELED', matchedShareMicros: sh('4'), tradeIds: ['trade-1'] });
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    take({ orders: orders(canceled) });
    expect(order()).toMatchObject({ tradeIds: ['trade-1'], record: { finalAtMs: null } });
    take({ fills: [fillReport({ shareMicros: sh('4') })] });
    take({ orders: orders(canceled) });
    expect(order().record).toMatchObject({ state: 'CANCELED', filledShareMicros: sh('4') });
  });

  it('proves that the venue has it, also where its state stays, and sends D1 nothing for that', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.ports.clearOutbox();
    take({ orders: orders(orderReport({ tradeIds: ['trade-1'] })) });
    expect(order()).toMatchObject({ seenAtVenue: true, tradeIds: ['trade-1'], record: { state: 'OPEN' } });
    expect(room.ports.outboxedOf('liveOrder')).toEqual([]);
  });

  it('leaves nothing to the caller unless the order is proven absent', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    expect(take({ orders: orders(orderReport({ status: 'CANCELED' })) }).absent).toEqual([]);
    expect(order().record.state).toBe('CANCELED');
  });

  it('stores why the venue ended it', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    take({ orders: orders(orderReport({ status: 'CANCELED_MARKET_RESOLVED' })) });
    expect(order().record.lastError).not.toBe('');
  });

  it('keeps the trades that were named before', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, tradeIds: ['a'] }));
    take({ orders: orders(orderReport({ tradeIds: ['b'] })) });
    expect(order().tradeIds).toEqual(['a', 'b']);
    take({ orders: orders(orderReport({ tradeIds: ['b'] })) });
    expect(order().tradeIds).toEqual(['a', 'b']);
  });

  it('that is not ours is passed over', () => {
    expect(take({ orders: orders(orderReport({ orderId: OTHER_ID }), OTHER_ID) }).absent).toEqual([]);
  });

  it('reopens an order that was taken for ended', () => {
    room.orders.add(storedOrder({ state: 'REJECTED' }, { endedByAbsence: true }));
    take({ orders: orders(orderReport()) });
    expect(order().record.state).toBe('OPEN');
  });
});

describe('an order that the venue does not know', () => {
  it('is proven absent once it may no longer arrive, and left as it is for the caller', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.atMs = START_MS + 5_000 + GRACE_MS - 1;
    expect(take({ orders: orders('ABSENT') }).absent).toEqual([]);
    room.ports.atMs += 1;
    expect(take({ orders: orders('ABSENT') }).absent).toEqual([ORDER_ID]);
    expect(order().record.state).toBe('UNKNOWN');
  });

  it('after "not now" is absent two seconds after its POST', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }, { waitClass: true }));
    room.ports.atMs = START_MS + 1_999;
    expect(take({ orders: orders('ABSENT') }).absent).toEqual([]);
    room.ports.atMs += 1;
    expect(take({ orders: orders('ABSENT') }).absent).toEqual([ORDER_ID]);
  });

  it('that it had before ends only when it has been missing for a while', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.ports.atMs += 100_000;
    take({ orders: orders('ABSENT') });
    expect(order()).toMatchObject({ absentSinceMs: room.ports.atMs, record: { state: 'OPEN' } });
    expect(order().record.revision).toBe(1);
    room.ports.atMs += GRACE_MS;
    take({ orders: orders('ABSENT') });
    expect(order()).toMatchObject({ endedByAbsence: true });
    expect(order().record.finalAtMs).toBe(room.ports.atMs);
  });

  it('and that is seen again was never missing', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    take({ orders: orders('ABSENT') });
    take({ orders: orders(orderReport()) });
    expect(order().absentSinceMs).toBeNull();
  });

  it('whose trade was just booked was not missing either', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, absentSinceMs: START_MS }));
    take({ fills: [fillReport({ shareMicros: sh('1') })] });
    expect(order().absentSinceMs).toBeNull();
  });
});

describe('a fill', () => {
  beforeEach(() => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { fee: FEE, seenAtVenue: true }));
  });

  it('of our order is booked with the order’s fee, and moves the order', () => {
    take({ fills: [fillReport()] });
    expect(order().record).toMatchObject({
      state: 'FILLED',
      filledShareMicros: sh('10'),
      filledNotionalMicros: usd('5'),
      feeMicros: usd('0.175'),
    });
    expect(room.book.open()).toHaveLength(1);
    expect(room.dueIn('snapshot')).toBe(5_000);
  });

  it('is booked once, however often it is reported', () => {
    take({ fills: [fillReport()] });
    take({ fills: [fillReport()] });
    expect(room.ports.outboxedOf('ledger')).toHaveLength(1);
  });

  it('that no order of ours explains is booked with the fee of its market', () => {
    const external = fillReport({ orderId: OTHER_ID, tradeId: 't2' });
    take({ fills: [external], fees: new Map([[TOKEN, FEE]]) });
    expect(room.orders.fill('t2', OTHER_ID)?.record).toMatchObject({
      origin: 'EXTERNAL',
      feeMicros: usd('0.175'),
    });
  });

  it('without a known fee is booked without one', () => {
    take({ fills: [fillReport({ orderId: OTHER_ID, tradeId: 't2' })] });
    expect(room.orders.fill('t2', OTHER_ID)?.record.feeMicros).toBe(0n);
  });

  it('that settles lets waiting sales go on; a state before that does not', () => {
    take({ fills: [fillReport({ shareMicros: sh('4') })] });
    room.clearDue();
    take({ fills: [fillReport({ shareMicros: sh('4'), state: 'MINED' })] });
    expect(room.orders.fill('trade-1', ORDER_ID)?.record.state).toBe('MINED');
    expect(room.dueIn('snapshot')).toBeUndefined();
    take({ fills: [fillReport({ shareMicros: sh('4'), state: 'CONFIRMED', txHash: '0x1' })] });
    expect(room.orders.fill('trade-1', ORDER_ID)?.record).toMatchObject({
      state: 'CONFIRMED',
      txHash: '0x1',
    });
    expect(room.dueIn('snapshot')).toBe(5_000);
  });

  it('that fails is taken back, and the order’s totals with it', () => {
    take({ fills: [fillReport({ shareMicros: sh('4') })] });
    take({ fills: [fillReport({ shareMicros: sh('4'), state: 'FAILED' })] });
    expect(order().record.filledShareMicros).toBe(0n);
    expect(room.book.open()).toHaveLength(0);
  });

  it('booked at an average price is corrected by its legs, with the order’s totals (A58)', () => {
    take({ fills: [fillReport({ shareMicros: sh('4'), atAverage: true })] });
    expect(order().record.filledNotionalMicros).toBe(usd('2'));
    const legs = [{ shareMicros: sh('4'), priceMicros: at('0.49') }];
    take({ fills: [fillReport({ shareMicros: sh('4'), legs })] });
    expect(order().record).toMatchObject({ filledShareMicros: sh('4'), filledNotionalMicros: usd('1.96') });
    expect(room.orders.fill('trade-1', ORDER_ID)?.record.notionalMicros).toBe(usd('1.96'));
    room.ports.clearOutbox();
    take({ fills: [fillReport({ shareMicros: sh('4'), legs })] });
    expect(room.ports.outboxed()).toEqual([]);
  });

  it('that the opening balance contains is never booked', () => {
    room.state.setOpened({
      startMs: START_MS - 1_000,
      funder: PRACTICE_FUNDER,
      trades: [`trade-1 ${ORDER_ID}`],
    });
    take({ fills: [fillReport(), fillReport({ tradeId: 'trade-2', shareMicros: sh('1') })] });
    expect(room.orders.fillsOf(ORDER_ID).map((fill) => fill.record.tradeId)).toEqual(['trade-2']);
  });

  it('whose read failed is none: the orders are taken all the same', () => {
    room.state.setOpened({ startMs: START_MS, funder: PRACTICE_FUNDER, trades: ['another trade'] });
    take({ orders: orders(orderReport({ status: 'MATCHED', tradeIds: ['trade-1'] })), fills: null });
    expect(order().tradeIds).toEqual(['trade-1']);
  });

  it('from before the opening is not booked', () => {
    room.state.setOpened({ startMs: START_MS, funder: PRACTICE_FUNDER, trades: [] });
    take({ fills: [fillReport({ orderId: OTHER_ID, matchedAtMs: START_MS - 1_000 })] });
    expect(room.orders.fillsOf(OTHER_ID)).toHaveLength(0);
  });
});

describe('a comparison with the account', () => {
  it('returns differences, and changes nothing by them', () => {
    const { differences } = take({
      collateralMicros: usd('90'),
      positions: [],
      ledgerCashMicros: usd('100'),
      ledgerShares: new Map([[TOKEN, sh('3')]]),
    });
    expect(differences.map((one) => [one.subject, one.ledgerMicros, one.venueMicros])).toEqual([
      ['CASH', usd('100'), usd('90')],
      ['POSITION', sh('3'), 0n],
    ]);
  });

  it('is of a settling account while an order or a fill is open', () => {
    expect(room.evidence.nothing().settling).toBe(false);
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    expect(room.evidence.nothing().settling).toBe(true);
    take({ fills: [fillReport()] });
    expect(room.orders.open()).toHaveLength(0);
    expect(room.evidence.nothing().settling).toBe(true);
  });
});

describe('an error half-way', () => {
  it('takes everything back', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.ports.refusesStatement = (query) => query.startsWith('INSERT INTO live_fill');
    expect(() => take({ orders: orders(orderReport({ tradeIds: ['x'] })), fills: [fillReport()] })).toThrow(
      'refused',
    );
    room.ports.refusesStatement = undefined;
    expect(order().tradeIds).toEqual([]);
    expect(room.book.open()).toHaveLength(0);
  });
});

describe('our side of a comparison', () => {
  let ours: OurRecords;

  beforeEach(() => {
    ours = new OurRecords(room.orders, room.settings);
  });

  it('holds open orders and ended ones that are named, each once', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.orders.add(
      storedOrder({ orderKey: OTHER_ID, orderId: OTHER_ID, idempotencyKey: 'b', state: 'FILLED' }),
    );
    expect(ours.ordersFor([]).map((one) => one.orderId)).toEqual([ORDER_ID]);
    expect(ours.ordersFor([OTHER_ID, OTHER_ID, ORDER_ID]).map((one) => one.orderId)).toEqual([
      ORDER_ID,
      OTHER_ID,
    ]);
    expect(ours.ordersFor([`0x${'7'.repeat(64)}` as OrderId])).toHaveLength(1);
  });

  it('holds fills whose settlement is open and those that are reported, each once', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    take({ fills: [fillReport({ shareMicros: sh('1') })] });
    take({ fills: [fillReport({ tradeId: 't2', shareMicros: sh('1'), state: 'CONFIRMED' })] });
    expect(ours.fillsFor([]).map((one) => one.tradeId)).toEqual(['trade-1']);
    const both = [fillReport(), fillReport({ tradeId: 't2' }), fillReport({ tradeId: 't3' })];
    expect(ours.fillsFor(both).map(({ tradeId, state }) => [tradeId, state])).toEqual([
      ['trade-1', 'MATCHED'],
      ['t2', 'CONFIRMED'],
    ]);
  });

  it('says how long an order may still arrive, and what of it is booked', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { tradeIds: ['trade-1', 't9'], seenAtVenue: true }));
    take({ fills: [fillReport({ shareMicros: sh('1') })] });
    expect(ours.ordersFor([])[0]).toMatchObject({
      lastSentAtMs: START_MS + 5_000,
      tradeIdsExpected: ['trade-1', 't9'],
      tradeIdsBooked: ['trade-1'],
      filledShareMicros: sh('1'),
      filledNotionalMicros: usd('0.5'),
    });
    expect(CONDITION).toBe(order().intent.conditionId);
  });

  it('has a grace that is never below that of "not now"', () => {
    room = liveRoom({ live: { unresolvedGraceMs: 1_000 } });
    room.orders.add(storedOrder({ state: 'UNKNOWN' }, { waitClass: true }));
    const [one] = new OurRecords(room.orders, room.settings).ordersFor([]);
    expect(one?.lastSentAtMs).toBe(START_MS);
  });
});
