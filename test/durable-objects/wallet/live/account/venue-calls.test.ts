/** The calls to the venue: their slots, their credentials, and what their answers say about the account. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseOrderId, type SubmitAnswer } from '../../../../../domain/orders/orders.ts';
import { VenueCalls } from '../../../../../durable-objects/wallet/live/account/venue-calls.ts';
import { VenueError } from '../../../../../polymarket/wire/venue-error.ts';
import { START_MS } from '../../../memory-ports.ts';
import { ORDER_ID, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const ACCEPTED: SubmitAnswer = { kind: 'accepted', status: 'MATCHED', tradeIds: [] };
const HEADERS = { signed: 'x' };

let room: LiveRoom;
let calls: VenueCalls;

beforeEach(() => {
  room = liveRoom();
  calls = new VenueCalls(room.ports, room.slots, room.account);
});

/** Takes slots until none is free; how many were free. */
function takeAll(kind: 'cancel' | 'order' | 'read'): (() => void)[] {
  const taken: (() => void)[] = [];
  for (let release = room.slots.take(kind); release !== undefined; release = room.slots.take(kind))
    taken.push(release);
  return taken;
}

describe('the POST of an order', () => {
  it('sends the stored bytes with their headers and time limit', async () => {
    const order = storedOrder({}, { body: '{"a":1}', timeoutMs: 1_234 });
    const answer = calls.post(order, HEADERS);
    expect(room.api.posts).toMatchObject([
      { orderId: ORDER_ID, body: '{"a":1}', headers: HEADERS, timeoutMs: 1_234 },
    ]);
    room.api.posts[0]!.answer(ACCEPTED);
    expect(await answer).toEqual(ACCEPTED);
  });

  it('holds an order slot until it is answered', async () => {
    takeAll('read');
    room.slots.take('order');
    expect(calls.canPost()).toBe(true);
    const answer = calls.post(storedOrder(), HEADERS);
    expect(calls.canPost()).toBe(false);
    room.api.posts[0]!.answer(ACCEPTED);
    await answer;
    expect(calls.canPost()).toBe(true);
  });

  it('takes from its answer how many orders the venue still takes', async () => {
    room.api.rate = () => ({ remaining: 2, resetAtMs: null, tier: 'Standard', warning: '' });
    const answer = calls.post(storedOrder(), HEADERS);
    expect(room.slots.ordersFree()).toBe(59);
    room.api.posts[0]!.answer(ACCEPTED);
    await answer;
    expect(room.slots.ordersFree()).toBe(2);
  });

  it('of several orders is one call with a token each, for the longest of their times', async () => {
    const second = { orderKey: 's', orderId: parseOrderId(`0x${'e'.repeat(64)}`)!, idempotencyKey: 's' };
    const orders = [
      storedOrder({}, { body: '1', timeoutMs: 1_000 }),
      storedOrder(second, { body: '2', timeoutMs: 3_000 }),
    ];
    const answers = calls.postAll(orders);
    expect(room.api.batches).toMatchObject([
      {
        orders: [
          { orderId: ORDER_ID, body: '1' },
          { orderId: second.orderId, body: '2' },
        ],
        timeoutMs: 3_000,
      },
    ]);
    expect([room.slots.ordersFree(), room.slots.callsFree()]).toEqual([58, 4]);
    room.api.batches[0]!.answer([ACCEPTED, ACCEPTED]);
    expect(await answers).toEqual([ACCEPTED, ACCEPTED]);
    expect(room.slots.callsFree()).toBe(5);
    takeAll('order');
    expect(calls.postAll(orders)).toBeNull();
  });

  it('returns its slot after a failure', async () => {
    takeAll('order').pop()!();
    const answer = calls.post(storedOrder(), HEADERS);
    expect(calls.canPost()).toBe(false);
    room.api.posts[0]!.fail(new Error('reset'));
    await expect(answer).rejects.toThrow('reset');
    expect(calls.canPost()).toBe(true);
  });

  it('does not leave without a free slot', () => {
    takeAll('order');
    expect([calls.canPost(), calls.post(storedOrder(), HEADERS)]).toEqual([false, null]);
    expect(room.api.posts).toEqual([]);
  });

  it('does not leave without credentials, and keeps no slot', () => {
    takeAll('order').pop()!();
    room.connection.isConnected = false;
    expect(calls.post(storedOrder(), HEADERS)).toBeNull();
    expect(calls.canPost()).toBe(true);
    expect(room.api.posts).toEqual([]);
  });

  it('has headers for exactly its bytes, while there are credentials', () => {
    const asked: unknown[] = [];
    room.api.submitHeaders = (order) => {
      asked.push(order);
      return HEADERS;
    };
    const order = storedOrder({ publicBody: 'public' }, { body: 'bytes' });
    expect(calls.headers(order)).toEqual(HEADERS);
    expect(asked).toEqual([{ body: 'bytes' }]);
    room.connection.isConnected = false;
    expect(calls.headers(order)).toBeUndefined();
  });
});

describe('the answer to a POST', () => {
  const condition = () => room.standing.condition()?.condition;

  it('about the account sets its problem', () => {
    calls.noteAnswer({ kind: 'account', problem: 'BANNED', message: 'banned' });
    expect(room.standing.problems()).toMatchObject([{ problem: 'BANNED', message: 'banned' }]);
    expect([condition(), room.connection.isConnected]).toEqual([undefined, true]);
    calls.noteAnswer({ kind: 'account', problem: 'API_KEY_REFUSED', message: 'key' });
    expect(room.connection.isConnected).toBe(false);
  });

  it('that says to wait sets the condition for as long as it says', () => {
    calls.noteAnswer({ kind: 'wait', condition: 'POST_ONLY', message: 'soon', retryAfterMs: 7_000 });
    expect(room.standing.condition()).toMatchObject({
      condition: 'POST_ONLY',
      message: 'soon',
      untilMs: START_MS + 7_000,
    });
    expect(room.standing.problems()).toEqual([]);
    expect([calls.canPost(), room.slots.free('read')]).toEqual([true, true]);
  });

  it('that limits the rate pauses all calls but cancels until then', () => {
    calls.noteAnswer({ kind: 'wait', condition: 'RATE_LIMITED', message: '', retryAfterMs: 7_000 });
    room.ports.atMs += 6_999;
    expect([calls.canPost(), room.slots.free('read'), room.slots.free('cancel')]).toEqual([
      false,
      false,
      true,
    ]);
    room.ports.atMs += 1;
    expect([calls.canPost(), room.slots.free('read')]).toEqual([true, true]);
  });

  const answers: readonly (readonly [SubmitAnswer, boolean])[] = [
    [ACCEPTED, true],
    [{ kind: 'killed', message: '' }, true],
    [{ kind: 'rejected', cause: 'TICK', message: '' }, false],
    [{ kind: 'unknown', cause: 'TIMEOUT', message: '' }, false],
    [{ kind: 'account', problem: 'BANNED', message: '' }, false],
  ];
  it.each(answers)('%j ends the condition: %s', (answer, ends) => {
    room.standing.setCondition('RESTARTING', '', 60_000);
    calls.noteAnswer(answer);
    expect(condition()).toBe(ends ? undefined : 'RESTARTING');
  });
});

describe('a cancel', () => {
  it('names the orders, and needs no slot that reads have', async () => {
    takeAll('read');
    await calls.cancel([ORDER_ID]);
    expect(room.api.canceled).toEqual([[ORDER_ID]]);
  });

  it('leaves while reads and orders are paused, and holds its slot', async () => {
    room.slots.pauseUntil(START_MS + 60_000);
    let freeMeanwhile: number | undefined;
    room.api.cancel = async () => {
      const taken = takeAll('cancel');
      freeMeanwhile = taken.length;
      for (const release of taken) release();
      return { canceled: [], notCanceled: {} };
    };
    await calls.cancel([ORDER_ID]);
    expect([freeMeanwhile, takeAll('cancel').length]).toEqual([4, 5]);
  });

  it('throws when the venue does not answer, and does nothing without credentials', async () => {
    room.connection.isConnected = false;
    await calls.cancel([ORDER_ID]);
    expect(room.api.canceled).toEqual([]);
    room.connection.isConnected = true;
    room.api.cancel = () => Promise.reject(new Error('reset'));
    await expect(calls.cancel([ORDER_ID])).rejects.toThrow('reset');
    expect(takeAll('cancel')).toHaveLength(5);
  });
});

describe('a read', () => {
  it('calls the API of the moment within a read slot', async () => {
    takeAll('read').pop()!();
    const seen = await calls.read(async (api) => [api === room.api, room.slots.free('read')]);
    expect([seen, room.slots.free('read')]).toEqual([[true, false], true]);
  });

  it('without credentials fails, and returns its slot', async () => {
    takeAll('read').pop()!();
    room.connection.isConnected = false;
    await expect(calls.read(async () => 1)).rejects.toThrow(/^no credentials$/);
    expect(room.slots.free('read')).toBe(true);
    expect(await calls.inSlot(async () => room.slots.free('read'))).toBe(false);
  });

  it('that ends with 401 forgets the credentials, and throws all the same', async () => {
    const refused = (status: number) => () =>
      Promise.reject(new VenueError({ kind: 'status', status, message: `status ${status}` }));
    await expect(calls.read(refused(403))).rejects.toThrow('status 403');
    expect(room.connection.isConnected).toBe(true);
    await expect(calls.read(refused(401))).rejects.toThrow('status 401');
    expect(room.connection.isConnected).toBe(false);
    expect(room.standing.problems()).toMatchObject([{ problem: 'API_KEY_REFUSED' }]);
  });
});
