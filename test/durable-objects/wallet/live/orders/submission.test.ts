/** The POST of an order and its answer: what each answer does to the order, to the account and to the next question. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseOrderId, type SubmitAnswer } from '../../../../../domain/orders/orders.ts';
import { isPosted } from '../../../../../durable-objects/wallet/live/orders/order-record.ts';
import { START_MS } from '../../../memory-ports.ts';
import { ORDER_ID, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const HEADERS = { signed: '{}' };

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function posted(part: Parameters<typeof storedOrder>[0] = {}): void {
  const order = storedOrder({ state: 'PREPARED', ...part });
  room.orders.add(order);
  room.submission.submit(order, HEADERS);
}

function order() {
  return room.orders.byId(ORDER_ID)!;
}

async function answered(answer: SubmitAnswer): Promise<void> {
  posted();
  room.api.posts[0]!.answer(answer);
  await room.ports.settle();
}

describe('orders of one turn', () => {
  const ids = Array.from({ length: 7 }, (_, at) => parseOrderId(`0x${String(at).repeat(64)}`)!);

  /** All of these are decided in one turn. */
  function together(count: number): void {
    room.submission.together(() => {
      for (const orderId of ids.slice(0, count)) {
        const key = { orderId, orderKey: orderId, idempotencyKey: `key of ${orderId}` };
        const one = storedOrder({ state: 'PREPARED', ...key }, { body: `{"of":"${orderId}"}` });
        room.orders.add(one);
        room.submission.submit(one, HEADERS);
        expect(room.api.posts).toHaveLength(0);
      }
    });
  }

  it('leave at its end, each in a call of its own while there are as many calls', () => {
    together(5);
    expect([room.api.posts.length, room.api.batches.length]).toEqual([5, 0]);
  });

  it('leave several in one call where calls are fewer, and each moves by its own answer', async () => {
    for (let taken = 0; taken < 3; taken += 1) room.slots.take('order');
    together(7);
    expect([room.api.posts.length, room.api.batches.map(({ orders }) => orders.length)]).toEqual([0, [4, 3]]);
    expect(room.api.batches[1]!.orders.map(({ orderId }) => orderId)).toEqual(ids.slice(4));
    expect(room.slots.callsFree()).toBe(0);
    room.api.batches[1]!.answer([
      { kind: 'accepted', status: 'MATCHED', tradeIds: ['trade-1'] },
      { kind: 'killed', message: 'no match' },
      { kind: 'unknown', cause: 'UNREADABLE', message: 'nothing about it' },
    ]);
    await room.ports.settle();
    expect(ids.slice(4).map((id) => room.orders.byId(id)?.record.state)).toEqual([
      'PARTIAL',
      'CANCELED',
      'UNKNOWN',
    ]);
    expect(ids.slice(0, 4).map((id) => room.orders.byId(id)?.record.state)).toEqual(
      Array(4).fill('PREPARED'),
    );
    expect(room.slots.callsFree()).toBe(1);
  });

  it('that the venue turned away together count as one refusal', async () => {
    for (let taken = 0; taken < 4; taken += 1) room.slots.take('order');
    together(3);
    const wait = {
      kind: 'wait',
      condition: 'RATE_LIMITED',
      retryAfterMs: null,
      message: 'slow down',
    } as const;
    room.api.batches[0]!.answer([wait, wait, wait]);
    await room.ports.settle();
    expect(room.standing.condition()).toMatchObject({ condition: 'RATE_LIMITED', times: 1 });
  });

  it('leave although a later decision of the turn broke', () => {
    expect(() =>
      room.submission.together(() => {
        posted();
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    expect(room.api.posts).toMatchObject([{ orderId: ORDER_ID }]);
  });
});

describe('a POST', () => {
  it('starts in the calling turn, with exactly the stored bytes, the headers and the order’s time', () => {
    posted();
    expect(room.api.posts).toMatchObject([
      { orderId: ORDER_ID, body: '{}', headers: HEADERS, timeoutMs: 5_000 },
    ]);
  });

  it('holds a call slot until it is answered', async () => {
    for (let taken = 0; taken < 4; taken += 1) room.slots.take('order');
    posted();
    expect(room.submission.canPost()).toBe(false);
    room.api.posts[0]!.answer({ kind: 'killed', message: 'no match' });
    await room.ports.settle();
    expect(room.submission.canPost()).toBe(true);
  });

  it('that finds no slot is never sent, and its order says so', () => {
    for (let taken = 0; taken < 5; taken += 1) room.slots.take('cancel');
    posted();
    expect(room.api.posts).toHaveLength(0);
    expect(order().record).toMatchObject({ state: 'REJECTED', lastError: 'it was never sent: no free call' });
  });

  it('without credentials is never sent, and gives its slot back', () => {
    room.connection.isConnected = false;
    for (let taken = 0; taken < 4; taken += 1) room.slots.take('order');
    posted();
    expect(order().record.state).toBe('REJECTED');
    expect(room.submission.canPost()).toBe(true);
  });

  it('whose answer cannot be stored leaves the order as it was sent, and is logged', async () => {
    posted();
    room.ports.refusesStatement = (query) => query.startsWith('UPDATE live_order');
    room.api.posts[0]!.answer({ kind: 'killed', message: 'no match' });
    await room.ports.settle();
    room.ports.refusesStatement = undefined;
    expect(order().record.state).toBe('PREPARED');
    expect(room.ports.logs.map((line) => line.message)).toContain(
      'the answer of an order could not be stored',
    );
  });
});

describe('the answer', () => {
  const rows: readonly (readonly [SubmitAnswer, string, string])[] = [
    [{ kind: 'accepted', status: 'LIVE', tradeIds: [] }, 'OPEN', ''],
    [{ kind: 'killed', message: 'no match' }, 'CANCELED', 'no match'],
    [
      { kind: 'rejected', cause: 'INSUFFICIENT_FUNDS', message: 'poor' },
      'REJECTED',
      'INSUFFICIENT_FUNDS: poor',
    ],
    [{ kind: 'account', problem: 'CLOSED_ONLY', message: 'closed' }, 'REJECTED', 'CLOSED_ONLY: closed'],
    [
      { kind: 'account', problem: 'REGION_BLOCKED', message: 'not here' },
      'CANCELED',
      'REGION_BLOCKED: not here',
    ],
    [
      { kind: 'wait', condition: 'RESTARTING', retryAfterMs: null, message: 'soon' },
      'UNKNOWN',
      'RESTARTING: soon',
    ],
    [{ kind: 'unknown', cause: 'TIMEOUT', message: 'silence' }, 'UNKNOWN', 'TIMEOUT: silence'],
  ];

  it.each(rows)('%j moves the order to %s', async (answer, state, lastError) => {
    await answered(answer);
    expect(order().record).toMatchObject({ state, lastError, answeredAtMs: START_MS });
  });

  it('that turns the order away is kept as its reason until another answer comes (A59)', async () => {
    await answered({ kind: 'wait', condition: 'POST_ONLY', retryAfterMs: null, message: 'soon' });
    expect(order()).toMatchObject({ turnedAway: 'LIVE_VENUE_POST_ONLY', endedByAbsence: false });
    room.submission.answered(ORDER_ID, { kind: 'unknown', cause: 'TIMEOUT', message: '' });
    expect(order().turnedAway).toBeNull();
    room = liveRoom();
    await answered({ kind: 'account', problem: 'EGRESS_BLOCKED', message: 'no' });
    expect(order()).toMatchObject({ turnedAway: 'LIVE_REGION_BLOCKED', endedByAbsence: true });
  });

  it('that took the order names trades, which must be booked before it may end', async () => {
    await answered({ kind: 'accepted', status: 'MATCHED', tradeIds: ['t1', 't2'] });
    expect(order()).toMatchObject({ tradeIds: ['t1', 't2'], seenAtVenue: true, waitClass: false });
  });

  it('asks about the order at once when it is final, and a second later while it is not', async () => {
    await answered({ kind: 'accepted', status: 'LIVE', tradeIds: [] });
    expect(order().nextAskAtMs).toBe(START_MS);
    expect(room.dueIn('watch')).toBe(0);
    room = liveRoom();
    await answered({ kind: 'unknown', cause: 'TIMEOUT', message: '' });
    expect(order()).toMatchObject({ nextAskAtMs: START_MS + 1_000, asks: 0 });
    room = liveRoom();
    await answered({ kind: 'wait', condition: 'RESTARTING', retryAfterMs: null, message: '' });
    expect(order().nextAskAtMs).toBe(START_MS + 1_000);
  });

  it('"not now" to the first POST makes absence provable sooner; to a later one it does not', async () => {
    const answer = { kind: 'wait', condition: 'RESTARTING', retryAfterMs: null, message: '' } as const;
    await answered(answer);
    expect(order()).toMatchObject({ waitClass: true, seenAtVenue: false });
    room = liveRoom();
    posted({ submits: 2 });
    room.submission.answered(ORDER_ID, answer);
    expect(order().waitClass).toBe(false);
  });

  it('"account" is a problem of the account that outlives the order', async () => {
    await answered({ kind: 'account', problem: 'CLOSED_ONLY', message: 'closed' });
    expect(room.standing.problems()).toMatchObject([{ problem: 'CLOSED_ONLY', message: 'closed' }]);
    expect(room.connection.isConnected).toBe(true);
  });

  it('"account" for refused credentials forgets them', async () => {
    await answered({ kind: 'account', problem: 'API_KEY_REFUSED', message: 'no' });
    expect(room.connection.isConnected).toBe(false);
  });

  it('"not now" is a condition of the venue; a rate limit also holds our own calls', async () => {
    await answered({ kind: 'wait', condition: 'RESTARTING', retryAfterMs: 5_000, message: 'soon' });
    expect(room.standing.condition()).toMatchObject({ condition: 'RESTARTING', untilMs: START_MS + 5_000 });
    expect(room.submission.canPost()).toBe(true);
    room = liveRoom();
    await answered({ kind: 'wait', condition: 'RATE_LIMITED', retryAfterMs: 5_000, message: 'slow' });
    expect(room.submission.canPost()).toBe(false);
    room.ports.atMs += 5_000;
    expect(room.submission.canPost()).toBe(true);
  });

  it.each([
    { kind: 'accepted', status: 'LIVE', tradeIds: [] },
    { kind: 'killed', message: '' },
  ] as const)('of kind $kind ends a condition of the venue', async (answer) => {
    room.standing.setCondition('RESTARTING', '', 60_000);
    await answered(answer);
    expect(room.standing.condition()).toBeUndefined();
  });

  it('that took nothing leaves a condition of the venue', async () => {
    room.standing.setCondition('RESTARTING', '', 60_000);
    await answered({ kind: 'rejected', cause: 'INSUFFICIENT_FUNDS', message: '' });
    expect(room.standing.condition()).toBeDefined();
  });

  it('is the last error unless the order was taken', async () => {
    await answered({ kind: 'unknown', cause: 'TIMEOUT', message: 'silence' });
    expect(room.kv.get('lastError')).toEqual({ message: 'unknown: silence', atMs: START_MS });
    room = liveRoom();
    await answered({ kind: 'accepted', status: 'LIVE', tradeIds: [] });
    expect(room.kv.get('lastError')).toBeUndefined();
    room = liveRoom();
    await answered({ kind: 'killed', message: 'no match' });
    expect(room.kv.get('lastError')).toBeUndefined();
  });

  it('for an order that is not ours still says what it says about the venue', () => {
    room.submission.answered(ORDER_ID, { kind: 'account', problem: 'CLOSED_ONLY', message: 'closed' });
    expect(room.standing.problems()).toHaveLength(1);
  });
});

describe('an order whose answer is lost', () => {
  it.each(['PREPARED', 'SUBMITTED'] as const)(
    'is unknown from then on, with the reason, from %s',
    (state) => {
      room.orders.add(storedOrder({ state }, { asks: 3 }));
      room.submission.lost(order(), 'silence');
      expect(room.kv.get('lastError')).toBeUndefined();
      expect(order()).toMatchObject({ asks: 0, record: { state: 'UNKNOWN', lastError: 'silence' } });
    },
  );

  it.each(['PREPARED', 'SUBMITTED'] as const)(
    'by a restart after %s is unknown and asked about at once',
    (state) => {
      room.orders.add(storedOrder({ state }, { asks: 3, nextAskAtMs: START_MS + 9_000 }));
      const next = liveRoom({ ports: room.ports.restarted() });
      next.submission.resume();
      expect(next.orders.byId(ORDER_ID)).toMatchObject({
        asks: 0,
        nextAskAtMs: START_MS,
        record: { state: 'UNKNOWN', lastError: 'we were restarted before the venue answered' },
      });
    },
  );

  it('by a restart keeps its state when it was answered, or when trades of it are known', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.submission.resume();
    expect(order().record.state).toBe('OPEN');
    room = liveRoom();
    room.orders.add(storedOrder({ state: 'SUBMITTED' }, { tradeIds: ['t1'] }));
    room.submission.resume();
    expect(order().record.state).toBe('SUBMITTED');
  });
});

describe('the next question about an order', () => {
  it('comes later each time: after 1, 2, 4 … and at most 30 seconds', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    const pauses: number[] = [];
    for (let asks = 0; asks < 7; asks += 1) {
      room.submission.asked(ORDER_ID);
      pauses.push((order().nextAskAtMs - START_MS) / 1_000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(order().asks).toBe(7);
    expect(room.dueIn('watch')).toBe(1_000);
  });

  it('is no change that D1 gets', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.ports.clearOutbox();
    room.submission.asked(ORDER_ID);
    room.submission.askNow([ORDER_ID]);
    expect(room.ports.outboxed()).toEqual([]);
  });

  it('is not asked of an order that has ended or is not ours', () => {
    room.submission.asked(ORDER_ID);
    room.orders.add(storedOrder({ state: 'FILLED' }));
    room.submission.asked(ORDER_ID);
    expect(order().asks).toBe(0);
    expect(room.dueIn('watch')).toBeUndefined();
  });

  it('is due from its time on', () => {
    room.orders.add(storedOrder({ state: 'UNKNOWN' }, { nextAskAtMs: START_MS + 1 }));
    expect(room.submission.due()).toHaveLength(0);
    room.ports.atMs += 1;
    expect(room.submission.due()).toHaveLength(1);
  });

  it.each([
    ['OPEN', START_MS],
    ['UNKNOWN', START_MS],
    ['PREPARED', START_MS + 7_000],
    ['SUBMITTED', START_MS + 7_000],
    ['FILLED', START_MS + 7_000],
  ] as const)(
    'after a cancel comes at once, unless the order is %s and has its own time or none',
    (state, atMs) => {
      room.orders.add(storedOrder({ state }, { nextAskAtMs: START_MS + 7_000 }));
      room.submission.askNow([ORDER_ID]);
      expect(order().nextAskAtMs).toBe(atMs);
      expect(room.dueIn('watch')).toBe(0);
    },
  );

  it('passes over orders that are not ours', () => {
    room.submission.askNow([ORDER_ID]);
    expect(room.orders.byId(ORDER_ID)).toBeUndefined();
  });
});

it('an order is posted until it is answered', () => {
  const states = ['PREPARED', 'SUBMITTED', 'OPEN', 'UNKNOWN', 'FILLED'] as const;
  expect(states.map((state) => isPosted(storedOrder({ state })))).toEqual([true, true, false, false, false]);
});
