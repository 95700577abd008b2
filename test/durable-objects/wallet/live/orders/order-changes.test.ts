/** The one place where a stored order changes: its state, its attempt, its row for D1, and which job becomes due. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../../../../domain/decide/reasons.ts';
import { LASTING_CAUSES, type RejectCause } from '../../../../../domain/orders/orders.ts';
import { exitIntent } from '../../../../../durable-objects/wallet/exits/exit-tries.ts';
import { FillBooking } from '../../../../../durable-objects/wallet/live/orders/fill-booking.ts';
import { NEVER_ARRIVED } from '../../../../../durable-objects/wallet/live/orders/order-changes.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { at, exampleFacts, LEADER, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { attempt } from '../../../../ledger/records.ts';
import { START_MS } from '../../../memory-ports.ts';
import { exampleIntent, fillReport, ORDER_ID, storedOrder } from '../../stores.ts';
import { NO_FILL } from '../../turn-room.ts';
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

describe('an order whose trades all FAILED', () => {
  it('is not FILLED with nothing: it ends CANCELED, and its attempt says so (A58)', () => {
    const fills = new FillBooking(room.book, room.orders, room.ports.nowMs);
    add({ state: 'SUBMITTED' });
    const { idempotencyKey } = order().record;
    room.attempts.keep(attempt({ mode: 'LIVE', idempotencyKey }));
    fills.take(fillReport({ tradeId: 'a', shareMicros: sh('4') }), order(), null);
    fills.take(fillReport({ tradeId: 'b', shareMicros: sh('6') }), order(), null);
    room.changes.fold(ORDER_ID);
    room.changes.change(ORDER_ID, ['FILLED_WHOLE'], {});
    fills.move(room.orders.fill('a', ORDER_ID)!, 'FAILED', '');
    room.changes.fold(ORDER_ID);
    expect(order().record).toMatchObject({ state: 'FILLED', filledShareMicros: sh('6') });
    fills.move(room.orders.fill('b', ORDER_ID)!, 'FAILED', '');
    room.changes.fold(ORDER_ID);
    expect(order().record).toMatchObject({ state: 'CANCELED', filledShareMicros: 0n });
    expect(room.attempts.get(idempotencyKey)?.reasons).toEqual(['LIVE_TRADE_FAILED']);
    fills.take(fillReport({ tradeId: 'c', shareMicros: sh('3') }), order(), null);
    room.changes.fold(ORDER_ID);
    expect(order().record).toMatchObject({ state: 'CANCELED', filledShareMicros: sh('3') });
    expect(room.attempts.get(idempotencyKey)?.reasons).toEqual([]);
  });

  it('and was a sale leaves it owed with that cause (A44, A58)', () => {
    const fills = new FillBooking(room.book, room.orders, room.ports.nowMs);
    add({ side: 'SELL', state: 'PARTIAL' }, { intent: exampleIntent({ side: 'SELL' }) });
    fills.take(fillReport({ side: 'SELL' }), order(), null);
    room.changes.fold(ORDER_ID);
    room.changes.change(ORDER_ID, ['FILLED_WHOLE'], {});
    fills.move(room.orders.fill('trade-1', ORDER_ID)!, 'FAILED', '');
    room.changes.fold(ORDER_ID);
    expect(room.owed.get(LEADER, TOKEN)).toMatchObject({
      state: 'OWED',
      cause: 'LIVE_TRADE_FAILED',
      shareMicros: sh('10'),
    });
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

  it('that was turned away names that reason, until the venue reports an end of its own (A59)', () => {
    add({ state: 'UNKNOWN' }, { turnedAway: 'LIVE_RATE_LIMITED' });
    const { idempotencyKey } = order().record;
    room.attempts.keep(attempt({ mode: 'LIVE', idempotencyKey }));
    room.changes.change(ORDER_ID, ['TURNED_AWAY'], {});
    expect(order().record).toMatchObject({ state: 'CANCELED', filledShareMicros: 0n });
    expect(room.attempts.get(idempotencyKey)?.reasons).toEqual(['LIVE_RATE_LIMITED']);
    room.changes.change(ORDER_ID, ['SEEN_OPEN'], {});
    expect(order().record.state).toBe('OPEN');
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(room.attempts.get(idempotencyKey)?.reasons).toEqual(['LIVE_NO_FILL']);
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

describe('what a sale’s order leaves owed', () => {
  const exit = (part: Partial<CopyIntent> = {}) =>
    exampleIntent({ side: 'SELL', leaderEventAtMs: START_MS - 1_000, ...part });
  /** An open sale of ten shares that has sold four. */
  const sale = (intent = exit(), record: Parameters<typeof storedOrder>[0] = {}) =>
    add({ side: 'SELL', state: 'OPEN', filledShareMicros: sh('4'), ...record }, { intent });
  const row = () => room.owed.get(LEADER, TOKEN);
  const filled = (size: string) => room.changes.change(ORDER_ID, [], { filledShareMicros: sh(size) });

  it('is nothing while it is open, and what it has not sold when it ends (A44)', () => {
    sale();
    filled('5');
    expect(row()).toBeUndefined();
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()).toMatchObject({
      exitId: exit().idempotencyKey,
      state: 'OWED',
      shareMicros: sh('5'),
      cause: 'LIVE_NO_FILL',
      exitAtMs: START_MS - 1_000,
      nextLookAtMs: START_MS + 2_000,
    });
    expect(room.dueIn('owed')).toBe(2_000);
  });

  it('is nothing when it has sold all of it, or all but less than the share step', () => {
    for (const size of ['10', '9.995']) {
      room = liveRoom();
      sale(exit(), { filledShareMicros: sh(size) });
      room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
      expect(row(), size).toBeUndefined();
    }
  });

  it('is nothing of a purchase', () => {
    add({ side: 'BUY', state: 'OPEN' });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()).toBeUndefined();
  });

  it('is lowered by a late fill, and raised by a trade that FAILED after it ended (A44)', () => {
    sale();
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    filled('7');
    expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('3') });
    filled('10');
    expect(row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
    filled('6');
    expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('4') });
  });

  it('of a try goes back to its row, with its number and its age (A44)', () => {
    room.owed.add(exit(), sh('10'), 'BOOK_STALE');
    room.owed.beginTry(row()!);
    const facts = {
      facts: exampleFacts({ intent: exitIntent(row()!, 1, START_MS) }),
      settings: room.settings.of(LEADER),
    };
    const sold = { word: 'EXECUTE', reasons: [], filled: NO_FILL, soldShareMicros: sh('10') } as const;
    room.owed.decided(facts.facts, facts.settings, sold);
    expect(row()).toMatchObject({ state: 'DONE', tries: 1 });
    sale(exitIntent({ ...row()!, shareMicros: sh('10') }, 1, START_MS));
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()).toMatchObject({
      exitId: exit().idempotencyKey,
      state: 'OWED',
      shareMicros: sh('6'),
      tries: 1,
      exitAtMs: START_MS - 1_000,
    });
  });

  it('of a new exit restarts age and price of an older row (A44)', () => {
    room.owed.add(exit(), sh('3'), 'BOOK_STALE');
    const next = exit({ leaderEventAtMs: START_MS + 50_000, referencePriceMicros: at('0.40') });
    sale(next);
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()).toMatchObject({
      state: 'OWED',
      shareMicros: sh('9'),
      exitAtMs: START_MS + 50_000,
      referencePriceMicros: at('0.40'),
    });
  });

  it.each(LASTING_CAUSES)(
    'after a refusal that comes again (%s) is blocked: nothing is tried by itself (R49, A44)',
    (refusal) => {
      sale(exit(), { state: 'SUBMITTED', filledShareMicros: sh('0') });
      room.changes.change(ORDER_ID, ['REJECTED_BY_VENUE'], { answeredAtMs: START_MS }, { refusal });
      expect(row()).toMatchObject({
        state: 'BLOCKED',
        shareMicros: sh('10'),
        cause: 'LIVE_ORDER_REJECTED',
        nextLookAtMs: null,
      });
      expect(room.dueIn('owed')).toBeUndefined();
    },
  );

  it('names tick, smallest size and signature among the refusals that come again (A44)', () => {
    expect(LASTING_CAUSES).toEqual(expect.arrayContaining(['TICK', 'MIN_SIZE', 'SIGNATURE']));
    expect(LASTING_CAUSES).not.toContain('INSUFFICIENT_FUNDS');
  });

  it('after “not enough balance” is tried again once balance and positions were read afresh (A44)', () => {
    sale(exit(), { state: 'SUBMITTED', filledShareMicros: sh('0') });
    const answer = { answeredAtMs: START_MS };
    room.changes.change(ORDER_ID, ['REJECTED_BY_VENUE'], answer, { refusal: 'INSUFFICIENT_FUNDS' });
    expect(row()).toMatchObject({ state: 'OWED', cause: 'LIVE_SHARES_NOT_THERE_YET', shareMicros: sh('10') });
    expect(room.dueIn('owed')!).toBeGreaterThan(room.dueIn('look')!);
  });

  it.each<[string, { answeredAtMs: number | null }, RejectCause | undefined, ReasonCode]>([
    ['a refusal of another kind', { answeredAtMs: START_MS }, 'MARKET_NOT_READY', 'LIVE_REFUSED_FOR_NOW'],
    ['“not now”, and proof that it is absent', { answeredAtMs: START_MS }, undefined, 'LIVE_REFUSED_FOR_NOW'],
    ['no answer, and proof that it is absent', { answeredAtMs: null }, undefined, 'LIVE_NEVER_ARRIVED'],
  ])('after %s is tried again', (_what, record, refusal, cause) => {
    sale(exit(), { state: 'SUBMITTED', filledShareMicros: sh('0'), answeredAtMs: null });
    const more = refusal === undefined ? {} : { refusal };
    room.changes.change(ORDER_ID, ['REJECTED_BY_VENUE'], record, more);
    expect(row()).toMatchObject({
      state: 'OWED',
      cause,
      shareMicros: sh('10'),
      nextLookAtMs: START_MS + 2_000,
    });
  });

  it.each<ReasonCode>([
    'LIVE_REGION_BLOCKED',
    'LIVE_VENUE_RESTARTING',
    'LIVE_RATE_LIMITED',
    'LIVE_VENUE_POST_ONLY',
  ])('after it was turned away (%s) is tried again, and names that cause (A44, A59)', (turnedAway) => {
    sale(exit(), { state: 'UNKNOWN', filledShareMicros: sh('0') });
    room.changes.change(ORDER_ID, ['TURNED_AWAY'], { answeredAtMs: START_MS }, { turnedAway });
    expect(row()).toMatchObject({ state: 'OWED', cause: turnedAway, shareMicros: sh('10') });
    expect(row()?.nextLookAtMs).toBe(START_MS + 2_000);
  });

  it('of an order that is refused and appears at the venue after all is owed no more', () => {
    sale(exit(), { state: 'SUBMITTED', filledShareMicros: sh('0') });
    room.changes.change(ORDER_ID, ['REJECTED_BY_VENUE'], { answeredAtMs: START_MS });
    expect(row()?.shareMicros).toBe(sh('10'));
    room.changes.change(ORDER_ID, ['SEEN_OPEN'], {});
    expect(row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
  });

  it('waits for the operator where the switch was lowered after it was placed (A44)', () => {
    sale(exit(), { createdAtMs: START_MS - 1 });
    room.switches.set('OFF');
    room.switches.set('ON');
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()).toMatchObject({ state: 'HELD', shareMicros: sh('6'), nextLookAtMs: null });
  });

  it('of a sale by hand is nothing: its fills lower what is owed, its end changes nothing (A44)', () => {
    room.owed.add(exit(), sh('9'), 'BOOK_STALE');
    sale(exit({ sourceType: 'CLOSE' }));
    filled('7');
    expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('6') });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(row()?.shareMicros).toBe(sh('6'));
    filled('10');
    expect(row()?.shareMicros).toBe(sh('3'));
  });

  it('of a sale by hand that FAILED is owed again, as far as the sale had lowered it (A44)', () => {
    room.owed.add(exit(), sh('5'), 'BOOK_STALE');
    sale(exit({ sourceType: 'CLOSE' }));
    filled('10');
    expect(row()).toMatchObject({ state: 'DONE', shareMicros: 0n });
    filled('4');
    expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('5'), closedShareMicros: 0n });
  });
});

describe('a row that the operator keeps', () => {
  const row = () => room.owed.get(LEADER, TOKEN);
  const exit = (leaderEventAtMs: number, part: Partial<CopyIntent> = {}) =>
    exampleIntent({ side: 'SELL', leaderEventAtMs, ...part });
  const ended = (intent: CopyIntent) => {
    add({ side: 'SELL', state: 'OPEN', filledShareMicros: sh('4') }, { intent });
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
  };

  beforeEach(() => {
    room.owed.add(exit(START_MS - 1_000), sh('10'), 'BOOK_STALE');
  });

  it('is not reopened by a try, or an exit from before, that sells less after all (A44)', () => {
    for (const sourceType of ['EXIT', 'IMMEDIATE'] as const) {
      room = liveRoom();
      room.owed.add(exit(START_MS - 1_000), sh('10'), 'BOOK_STALE');
      room.owed.keep(row()!);
      ended(exit(START_MS - 1_000, { sourceType }));
      expect(row(), sourceType).toMatchObject({ state: 'KEPT', shareMicros: 0n });
    }
  });

  it('is opened anew by a later exit, with its own shares only (A44)', () => {
    room.owed.keep(row()!);
    ended(exit(START_MS + 1));
    expect(row()).toMatchObject({ state: 'OWED', shareMicros: sh('6') });
  });
});
