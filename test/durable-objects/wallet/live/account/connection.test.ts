/** The connection to the account: when it derives credentials, what its channel reports, and what no text may show. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FillReport, OrderReport } from '../../../../../domain/orders/orders.ts';
import type { SocketState } from '../../../../../domain/records/status.ts';
import {
  LiveConnection,
  type RefusedInput,
} from '../../../../../durable-objects/wallet/live/account/connection.ts';
import { LiveCheck } from '../../../../../durable-objects/wallet/live/account/live-check.ts';
import type { LiveDeps } from '../../../../../durable-objects/wallet/live/account/live-deps.ts';
import { CONDITION, TOKEN } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER, PRACTICE_KEY } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { ORDER_ID } from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

const CREDENTIALS = { apiKey: 'abcd-efgh-ijkl', secret: 'c2VjcmV0', passphrase: 'pass' };
const DERIVE = 'http://clob/auth/derive-api-key';
const PAUSE_MS = 10_000;

/** A check that only notes who connected. */
class NotedCheck extends LiveCheck {
  readonly states: (() => SocketState)[] = [];
  override connected(channelState: () => SocketState): void {
    this.states.push(channelState);
  }
}

interface Socket {
  readonly url: string;
  readonly sent: string[];
  closed: boolean;
  say: (value: unknown) => void;
  end: () => void;
}

let room: LiveRoom;
let check: NotedCheck;
let connection: LiveConnection;
let calls: string[];
let sockets: Socket[];
let orders: OrderReport[];
let fills: FillReport[];
let refused: RefusedInput[];
let unread: RefusedInput[];
let opened: number;
/** What the venue answers to the request for credentials. */
let derive: () => Promise<Response> | Response;
/** By how much our clock is ahead of the venue's. */
let skewMs: number;
/** What the receiver of orders and fills does first. */
let before: () => void;

beforeEach(() => open());

function open(options: RoomOptions = {}, part: Partial<LiveDeps> = {}): void {
  room = liveRoom(options);
  calls = [];
  sockets = [];
  orders = [];
  fills = [];
  refused = [];
  unread = [];
  opened = 0;
  derive = () => Response.json(CREDENTIALS);
  before = () => {};
  skewMs = 0;
  const { ports, slots, secrets, kv, standing } = room;
  const deps: LiveDeps = { ...room.deps, fetch: answer, openSocket, orderUrl: 'http://relay', ...part };
  check = new NotedCheck(ports, kv, deps, secrets, slots, standing);
  connection = new LiveConnection(ports, deps, secrets, slots, check, {
    onOrder: (report) => {
      before();
      orders.push(report);
    },
    onFills: (reports) => {
      before();
      fills.push(...reports);
    },
    onOpen: () => {
      opened += 1;
    },
    onRefused: (input) => void refused.push(input),
    onUnread: (row) => void unread.push(row),
  });
}

async function answer(input: string): Promise<Response> {
  calls.push(input.replace(/\?.*/, ''));
  if (input === DERIVE) return derive();
  if (input === 'http://clob/time') return Response.json(Math.floor((room.ports.nowMs() - skewMs) / 1_000));
  if (input.startsWith('http://clob/data/trades'))
    return Response.json({ data: [{ id: 'damaged' }], next_cursor: 'LTE=' });
  return new Response('', { status: 503 });
}

async function openSocket(url: string) {
  const socket: Socket = { url, sent: [], closed: false, say: () => {}, end: () => {} };
  sockets.push(socket);
  return {
    send: (text: string) => void socket.sent.push(text),
    close: () => {
      socket.closed = true;
    },
    onMessage: (callback: (data: string) => void) => {
      socket.say = (value) => callback(JSON.stringify(value));
    },
    onClose: (callback: () => void) => {
      socket.end = callback;
    },
  };
}

async function connected(): Promise<Socket> {
  await connection.connect();
  await room.ports.settle();
  return sockets.at(-1)!;
}

const refuses = (status: number) => () => new Response('', { status });
const ORDER = {
  event_type: 'order',
  type: 'PLACEMENT',
  id: ORDER_ID,
  asset_id: TOKEN,
  side: 'BUY',
  original_size: '10',
  size_matched: '0',
};
const TRADE = {
  event_type: 'trade',
  id: 'trade-1',
  status: 'MATCHED',
  taker_order_id: ORDER_ID,
  market: CONDITION,
  asset_id: TOKEN,
  side: 'BUY',
  size: '10',
  price: '0.5',
  owner: CREDENTIALS.apiKey,
  trader_side: 'TAKER',
  matchtime: String(START_MS / 1_000),
};

describe('connect', () => {
  it('derives the credentials once, from the key', async () => {
    expect([connection.ready(), connection.authState(), connection.authReason()]).toEqual([
      null,
      'PENDING',
      '',
    ]);
    await connection.connect();
    await connection.connect();
    expect(calls).toEqual([DERIVE]);
    expect(connection.ready()).toMatchObject({
      credentials: CREDENTIALS,
      signer: { funderAddress: PRACTICE_FUNDER },
    });
    expect([connection.authState(), connection.authReason()]).toEqual(['OK', '']);
  });

  it('is one attempt for all that call it meanwhile', async () => {
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    expect(calls).toEqual([DERIVE]);
    expect([connection.authState(), sockets.length]).toEqual(['OK', 1]);
  });

  it('after a failure tries again ten seconds later, and never throws', async () => {
    derive = refuses(503);
    await connection.connect();
    expect([connection.ready(), connection.authState()]).toEqual([null, 'FAILED']);
    expect(connection.authReason()).toContain('clob/auth/derive-api-key');
    expect(room.ports.logs).toMatchObject([
      {
        level: 'warn',
        message: 'no credentials from the venue yet',
        fields: { reason: connection.authReason() },
      },
    ]);
    derive = () => Response.json(CREDENTIALS);
    room.ports.atMs += PAUSE_MS - 1;
    await connection.connect();
    expect(calls).toHaveLength(1);
    room.ports.atMs += 1;
    await connection.connect();
    expect(calls).toHaveLength(2);
    expect([connection.authState(), connection.authReason()]).toEqual(['OK', '']);
    connection.disconnect();
    expect(connection.authState()).toBe('PENDING');
  });

  it('shows nothing of a failure that is not the venue’s', async () => {
    for (let taken = 0; taken < 3; taken += 1) room.slots.take('read');
    const connecting = connection.connect();
    await room.ports.advance(11_000);
    await connecting;
    expect([calls, connection.authState(), connection.authReason()]).toEqual([
      [],
      'FAILED',
      'the credentials could not be derived',
    ]);
  });

  it('takes a slot of the reads, and returns it', async () => {
    room.slots.take('read');
    room.slots.take('read');
    let free: boolean | undefined;
    derive = () => {
      free = room.slots.free('read');
      return Response.json(CREDENTIALS);
    };
    await connection.connect();
    expect([free, room.slots.free('read')]).toEqual([false, true]);
  });

  it('has the region asked with the state of the channel', async () => {
    await connected();
    expect(check.states.map((state) => state())).toEqual(['OPEN']);
    connection.disconnect();
    expect(check.states.map((state) => state())).toEqual(['STOPPED']);
  });

  it('does nothing without secrets, and names those that are missing', async () => {
    open({ secrets: { POLYMARKET_PRIVATE_KEY: PRACTICE_KEY } });
    await connection.connect();
    expect([calls, connection.ready(), connection.authState()]).toEqual([[], null, 'MISSING']);
    expect(connection.authReason()).toBe('not set: POLYMARKET_FUNDER_ADDRESS, POLYMARKET_SIGNATURE_TYPE');
  });

  it('does nothing with malformed secrets, and says what is wrong', async () => {
    open({
      secrets: {
        POLYMARKET_PRIVATE_KEY: 'x',
        POLYMARKET_FUNDER_ADDRESS: 'y',
        POLYMARKET_SIGNATURE_TYPE: '3',
      },
    });
    await connection.connect();
    expect([calls, connection.authState()]).toEqual([[], 'MALFORMED']);
    expect(connection.authReason()).toContain('POLYMARKET_PRIVATE_KEY is not a private key');
  });
});

describe('disconnect', () => {
  it('stops the channel, and the next connect derives anew', async () => {
    const socket = await connected();
    connection.disconnect();
    expect([socket.closed, connection.ready(), connection.channelState()]).toEqual([true, null, 'STOPPED']);
    await connected();
    expect(calls).toEqual([DERIVE, DERIVE]);
    expect([sockets.length, connection.authState(), connection.channelState()]).toEqual([2, 'OK', 'OPEN']);
  });

  it('keeps the time since when the channel is down', async () => {
    await connected();
    room.ports.atMs += 5;
    connection.disconnect();
    room.ports.atMs += 7;
    connection.disconnect();
    expect(connection.channelDownMs()).toBe(7);
  });
});

describe('the user channel', () => {
  it('is down from the start of the instance until it is open', async () => {
    room.ports.atMs += 9;
    expect(connection.channelStatus()).toEqual({
      state: 'STOPPED',
      reconnects: 0,
      downSinceAtMs: START_MS,
    });
    expect(connection.channelDownMs()).toBe(9);
    const socket = await connected();
    expect(socket.url).toBe(room.deps.userChannelUrl);
    expect(JSON.parse(socket.sent[0]!)).toMatchObject({ auth: CREDENTIALS });
    expect([opened, connection.channelDownMs()]).toEqual([1, 0]);
    room.ports.atMs += 9;
    expect(connection.channelDownMs()).toBe(0);
    expect(connection.channelStatus()).toEqual({ state: 'OPEN', reconnects: 0, downSinceAtMs: null });
  });

  it('is down from its end on, and opens again by itself', async () => {
    const socket = await connected();
    room.ports.atMs += 5;
    socket.end();
    expect(connection.channelStatus()).toMatchObject({ state: 'WAITING', downSinceAtMs: START_MS + 5 });
    await room.ports.advance(749);
    expect([sockets.length, connection.channelDownMs()]).toEqual([1, 749]);
    await room.ports.advance(1);
    expect([sockets.length, opened]).toEqual([2, 2]);
    expect(connection.channelStatus()).toEqual({ state: 'OPEN', reconnects: 1, downSinceAtMs: null });
  });

  it('reports our orders and fills', async () => {
    const socket = await connected();
    socket.say([ORDER, TRADE]);
    expect(orders).toMatchObject([{ orderId: ORDER_ID, status: 'LIVE' }]);
    expect(fills).toMatchObject([{ tradeId: 'trade-1', orderId: ORDER_ID }]);
    expect(room.ports.logs).toEqual([]);
  });

  it('reports a fill of ours as the maker by the funder’s address', async () => {
    const socket = await connected();
    const leg = { order_id: ORDER_ID, matched_amount: '10', price: '0.5', asset_id: TOKEN, side: 'SELL' };
    const maker = { ...leg, owner: 'another', maker_address: PRACTICE_FUNDER };
    socket.say({ ...TRADE, owner: 'another', trader_side: 'MAKER', maker_orders: [maker] });
    expect(fills).toMatchObject([{ tradeId: 'trade-1', role: 'MAKER' }]);
  });

  it('goes on after a report that could not be booked, which is logged', async () => {
    const socket = await connected();
    before = () => {
      throw new Error('the books');
    };
    socket.say([ORDER, TRADE]);
    const line = {
      level: 'error',
      message: 'a message of the user channel could not be booked',
      fields: { reason: expect.stringContaining('the books') },
    };
    expect(room.ports.logs).toMatchObject([line, line]);
    before = () => {};
    socket.say(ORDER);
    expect([orders.length, connection.channelState()]).toEqual([1, 'OPEN']);
  });
});

describe('a refused message', () => {
  async function excerptWith(key: string | undefined, text: string): Promise<string | undefined> {
    open({}, { secrets: { POLYMARKET_PRIVATE_KEY: key } });
    const socket = await connected();
    socket.say({ note: text });
    expect(refused).toMatchObject([{ reason: 'event: neither an order nor a trade' }]);
    return /"note":"(.*)"/.exec(refused[0]!.excerpt)?.[1];
  }
  const HEX = PRACTICE_KEY.slice(2);

  it.each([
    [PRACTICE_KEY, `a ${HEX} b ${HEX.toUpperCase()} c`, 'a … b … c'],
    [` 0X${HEX} `, `a ${HEX}`, 'a …'],
    ['0123456789abcdef', 'a 0123456789abcdef', 'a …'],
    ['0123456789abcde', 'a 0123456789abcde', 'a 0123456789abcde'],
    ['(0123456789+abc[', 'a (0123456789+abc[ b', 'a … b'],
    [undefined, 'a b', 'a b'],
  ])('of the key %j shows of %j only %j', async (key, text, shown) => {
    expect(await excerptWith(key, text)).toBe(shown);
  });
});

describe('the API', () => {
  it('reads from the CLOB, reports rows that it cannot read, and posts to the order route', async () => {
    await connected();
    const api = connection.ready()!.api;
    expect(await api.listTrades({ afterS: 0 })).toEqual([]);
    expect(unread).toMatchObject([{ reason: expect.stringMatching(/^trade/), tradeId: 'damaged' }]);
    const order = { orderId: ORDER_ID, body: '{}', publicBody: '{}' };
    await api.submit(order, api.submitHeaders(order), { timeoutMs: 1_000 });
    expect(calls).toEqual([DERIVE, 'http://clob/data/trades', 'http://relay/order']);
  });
});

it.each([
  [
    'names a clock that is off when the venue refuses the key',
    60_000,
    'differ by 60 seconds',
    ['CLOCK_SKEW'],
  ],
  ['names the refusal where the clock is right', 0, 'status 401', []],
])('%s', async (_what, aheadMs, reason, problems) => {
  skewMs = aheadMs;
  derive = refuses(401);
  await connection.connect();
  expect(connection.authReason()).toContain(reason);
  expect(room.standing.problems().map((one) => one.problem)).toEqual(problems);
});
