/** The one place where a stored order changes: its state, its attempt, its row for D1, and which job becomes due. */
import { beforeEach, describe, expect, it } from 'vitest';
import { FillBooking } from '../../../../../durable-objects/wallet/live/orders/fill-booking.ts';
import { NEVER_ARRIVED } from '../../../../../durable-objects/wallet/live/orders/order-changes.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { at, sh, usd } from '../../../../domain/decide/example-facts.ts';
import { attempt } from '../../../../ledger/records.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, ORDER_ID, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function add(
  record: Parameters<typeof storedOrder>[0] = {},
  part: Parameters<typeof storedOrder>[1] = {},
): void {
  room.orders.add(storedOrder(record, part));
  room.ports.clearOutbox();
  room.clearDue();
}

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

describe('a change', () => {
  it('of an order that is not ours changes nothing', () => {
    expect(room.changes.change(ORDER_ID, ['SEEN_OPEN'], {})).toBeUndefined();
  });

  it('moves the state and stores what goes with it', () => {
    add({ state: 'SUBMITTED' });
    room.changes.change(ORDER_ID, ['ACCEPTED_LIVE'], { answeredAtMs: 7 }, { asks: 3 });
    expect(order()).toMatchObject({ asks: 3, record: { state: 'OPEN', answeredAtMs: 7, finalAtMs: null } });
  });

  it('that pages show is sent to D1 with a higher revision; one that they do not show is only stored', () => {
    add({ state: 'OPEN', revision: 4 });
    room.changes.change(ORDER_ID, [], {}, { asks: 1 });
    expect(room.ports.outboxedOf('liveOrder')).toHaveLength(0);
    expect(order().asks).toBe(1);
    room.changes.change(ORDER_ID, [], { lastError: 'x' });
    expect(room.ports.outboxedOf('liveOrder')).toMatchObject([{ lastError: 'x', revision: 5 }]);
  });

  it('that ends the order notes when, once, and lets waiting sales go on', () => {
    add({ state: 'OPEN' });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(order().record).toMatchObject({ state: 'CANCELED', finalAtMs: START_MS });
    expect(room.dueIn('snapshot')).toBe(5_000);
    room.clearDue();
    room.ports.atMs += 1_000;
    room.changes.change(ORDER_ID, [], { lastError: 'x' });
    expect(order().record.finalAtMs).toBe(START_MS);
    expect(room.dueIn('snapshot')).toBeUndefined();
  });

  it('that opens an ended order again asks about it at once', () => {
    add(
      { state: 'REJECTED', finalAtMs: 5 },
      { asks: 9, nextAskAtMs: START_MS + 50_000, endedByAbsence: true },
    );
    room.changes.change(ORDER_ID, ['SEEN_OPEN'], {});
    expect(order()).toMatchObject({
      asks: 0,
      nextAskAtMs: START_MS,
      record: { state: 'OPEN', finalAtMs: null },
    });
    expect(room.dueIn('watch')).toBe(0);
    expect(room.dueIn('cancel')).toBeUndefined();
  });

  it('that opens an order of a leader who is off cancels it', () => {
    room.switches.set('OFF');
    add({ state: 'REJECTED' }, { endedByAbsence: true });
    room.changes.change(ORDER_ID, ['SEEN_OPEN'], {});
    expect(room.dueIn('cancel')).toBe(0);
  });

  it('of an order that stays open asks about it when it did before', () => {
    add({ state: 'UNKNOWN' }, { nextAskAtMs: START_MS + 50_000, asks: 2 });
    room.changes.change(ORDER_ID, ['SEEN_OPEN'], {});
    expect(order()).toMatchObject({ asks: 2, nextAskAtMs: START_MS + 50_000 });
    expect(room.dueIn('watch')).toBeUndefined();
  });

  it('by a POST or by proof of arrival ends the count of its absence; another event does not', () => {
    for (const [state, event, since] of [
      ['UNKNOWN', 'POST_STARTED', null],
      ['UNKNOWN', 'SEEN_OPEN', null],
      ['SUBMITTED', 'OUTCOME_UNKNOWN', 5],
    ] as const) {
      room = liveRoom();
      add({ state }, { absentSinceMs: 5 });
      room.changes.change(ORDER_ID, [event], {});
      expect(order().absentSinceMs, event).toBe(since);
    }
  });

  it('that is impossible leaves the state, and is logged and shown', () => {
    add({ state: 'FILLED' });
    room.changes.change(ORDER_ID, ['NEVER_SENT'], {});
    expect(order().record.state).toBe('FILLED');
    expect(room.ports.logs).toMatchObject([
      { level: 'error', message: 'an event is impossible in the state of its order' },
    ]);
    expect(room.kv.get('lastError')?.message).toContain(`order ${ORDER_ID.slice(0, 10)}…: InvariantError`);
  });
});

describe('the last error', () => {
  it('is cut to 200 characters and dated', () => {
    room.changes.noteError('x'.repeat(300));
    expect(room.kv.get('lastError')).toEqual({ message: 'x'.repeat(200), atMs: START_MS });
  });
});

describe('the totals of an order', () => {
  it('are those of its fills that have not failed', () => {
    const fills = new FillBooking(room.book, room.orders, room.ports.nowMs);
    add({ state: 'OPEN' });
    fills.take(fillReport({ tradeId: 'a', shareMicros: sh('4'), priceMicros: at('0.50') }), order(), null);
    fills.take(fillReport({ tradeId: 'b', shareMicros: sh('6'), priceMicros: at('0.40') }), order(), null);
    fills.move(room.orders.fill('b', ORDER_ID)!, 'FAILED', '');
    fills.take(fillReport({ tradeId: 'c', shareMicros: sh('1'), priceMicros: at('0.30') }), order(), null);
    room.changes.fold(ORDER_ID);
    expect(order()).toMatchObject({
      seenAtVenue: true,
      record: { filledShareMicros: sh('5'), filledNotionalMicros: usd('2.3') },
    });
    expect(room.dueIn('snapshot')).toBe(5_000);
  });
});

describe('the attempt of an order', () => {
  const rows: readonly (readonly [Parameters<typeof storedOrder>[0], readonly string[]])[] = [
    [{ state: 'UNKNOWN' }, ['LIVE_ORDER_UNKNOWN']],
    [{ state: 'CANCELED' }, ['LIVE_NO_FILL']],
    [{ state: 'REJECTED', answeredAtMs: 5, lastError: 'poor' }, ['LIVE_ORDER_REJECTED']],
    [{ state: 'REJECTED', answeredAtMs: null, lastError: 'x' }, ['LIVE_NEVER_ARRIVED']],
    [{ state: 'REJECTED', answeredAtMs: 5, lastError: NEVER_ARRIVED }, ['LIVE_NEVER_ARRIVED']],
    [{ state: 'OPEN' }, []],
    [{ state: 'UNKNOWN', filledShareMicros: sh('1') }, []],
  ];

  it.each(rows)('of case %# says how it ended', (record, reasons) => {
    add(record);
    const { idempotencyKey } = order().record;
    room.attempts.keep(attempt({ mode: 'LIVE', idempotencyKey, reasons: ['EVENT_TOO_OLD'] }));
    room.changes.change(ORDER_ID, [], { submits: 7 });
    expect(room.attempts.get(idempotencyKey)?.reasons).toEqual(reasons);
  });

  it('has what was filled, and the average price of it', () => {
    add({ state: 'OPEN' });
    const { idempotencyKey } = order().record;
    room.attempts.keep(attempt({ mode: 'LIVE', idempotencyKey }));
    const filled = { filledShareMicros: sh('4'), filledNotionalMicros: usd('1'), feeMicros: usd('0.1') };
    room.changes.change(ORDER_ID, [], filled);
    expect(room.attempts.get(idempotencyKey)).toMatchObject({ ...filled, vwapPriceMicros: at('0.25') });
  });
});
