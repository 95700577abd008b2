/** The user channel on a clock of its own: what it sends, what it receives, and what it does when nothing comes. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FillReport, OrderReport } from '../../../domain/orders/orders.ts';
import type { UserChannel } from '../../../polymarket/account/trading-types.ts';
import { createUserChannel, USER_FRAME_CHARS_MAX } from '../../../polymarket/account/user-channel.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { CONDITION, TOKEN_1, TOKEN_2, TX_HASH } from '../fixture.ts';
import { openPracticeAccount, orderAt, post } from './account-host.ts';

const CREDENTIALS = { apiKey: 'key-of-canary', secret: 'secret-canary', passphrase: 'pass-canary' };
const FUNDER = '0x00000000000000000000000000000000c0ffee03';
const ORDER_1 = `0x${'1a'.repeat(32)}`;
const ORDER_2 = `0x${'2b'.repeat(32)}`;

let nowMs: number;
let timers: { atMs: number; run: () => void }[];
let sockets: { sent: string[]; closed: boolean; say: (text: string) => void; end: () => void }[];
let orders: OrderReport[];
let fills: FillReport[];
let refused: { reason: string; excerpt: string }[];
let opened: number;
let states: boolean[];
let channel: UserChannel;

async function advance(ms: number): Promise<void> {
  const until = nowMs + ms;
  for (;;) {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    const next = timers.filter((timer) => timer.atMs <= until).sort((one, other) => one.atMs - other.atMs)[0];
    if (next === undefined) break;
    timers = timers.filter((timer) => timer !== next);
    nowMs = next.atMs;
    next.run();
  }
  nowMs = until;
}

beforeEach(async () => {
  nowMs = 1_795_334_400_000;
  timers = [];
  sockets = [];
  orders = [];
  fills = [];
  refused = [];
  opened = 0;
  states = [];
  channel = createUserChannel({
    url: 'wss://venue.test/ws/user',
    credentials: CREDENTIALS,
    funderAddress: FUNDER,
    openSocket: () => {
      const socket = { sent: [] as string[], closed: false, say: (_text: string) => {}, end: () => {} };
      sockets.push(socket);
      const raw: RawSocket = {
        send: (text) => socket.sent.push(text),
        close: () => {
          socket.closed = true;
        },
        onMessage: (callback) => {
          socket.say = callback;
        },
        onClose: (callback) => {
          socket.end = callback;
        },
      };
      return Promise.resolve(raw);
    },
    setTimer: (run, delayMs) => {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    nowMs: () => nowMs,
    random: () => 0,
    hide: (text) => text.replaceAll('private-canary', '…'),
    onOrder: (report) => orders.push(report),
    onFills: (reports) => fills.push(...reports),
    onOpen: () => {
      opened += 1;
    },
    onRefused: (one) => refused.push(one),
    onState: (open) => states.push(open),
  });
  channel.start();
  await advance(0);
});

const say = (value: unknown): void => sockets.at(-1)!.say(JSON.stringify(value));
const order = (change: Record<string, unknown> = {}) => ({
  event_type: 'order',
  type: 'PLACEMENT',
  id: ORDER_1,
  owner: CREDENTIALS.apiKey,
  market: CONDITION,
  asset_id: TOKEN_1,
  side: 'BUY',
  original_size: '100',
  size_matched: '0',
  price: '0.5',
  status: 'LIVE',
  associate_trades: null,
  ...change,
});
const trade = (change: Record<string, unknown> = {}) => ({
  event_type: 'trade',
  type: 'TRADE',
  id: 'trade-1',
  status: 'MATCHED',
  taker_order_id: ORDER_1,
  market: CONDITION,
  asset_id: TOKEN_1,
  side: 'BUY',
  size: '10',
  price: '0.5',
  owner: CREDENTIALS.apiKey,
  trader_side: 'TAKER',
  matchtime: '1795334400',
  ...change,
});
const leg = (change: Record<string, unknown> = {}) => ({
  order_id: ORDER_2,
  owner: 'somebody',
  maker_address: '0xbb',
  matched_amount: '10',
  price: '0.5',
  asset_id: TOKEN_1,
  ...change,
});

describe('the user channel', () => {
  it('authenticates first, asks for every market, and pings every ten seconds', async () => {
    await advance(20_000);
    expect(JSON.parse(sockets[0]!.sent[0]!)).toEqual({ auth: CREDENTIALS, type: 'user', markets: [] });
    expect(sockets[0]!.sent.slice(1)).toEqual(['PING', 'PING']);
    expect(opened).toBe(1);
    expect(states).toEqual([false, true]);
  });

  it('is kept by answers alone, for a quiet account says nothing', async () => {
    for (let count = 0; count < 30; count += 1) {
      await advance(10_000);
      sockets[0]!.say('PONG');
    }
    expect(sockets).toHaveLength(1);
    expect(channel.status()).toMatchObject({ state: 'OPEN', reconnects: 0 });
  });

  it('makes a new connection when answers stop, authenticates again, and has the Wallet read again', async () => {
    await advance(60_000);
    expect(sockets.length).toBeGreaterThan(1);
    expect(sockets[0]!.closed).toBe(true);
    expect(sockets[1]!.sent[0]).toContain('"type":"user"');
    expect(opened).toBe(sockets.length);
    expect(states.slice(0, 5)).toEqual([false, true, false, false, true]);
  });

  it('waits longer for a venue that hangs up at once, and is soon back after a long good connection', async () => {
    for (let count = 0; count < 5; count += 1) {
      sockets.at(-1)!.end();
      await advance(60_000);
      sockets.at(-1)!.say('PONG');
    }
    sockets.at(-1)!.end();
    const before = sockets.length;
    await advance(1_000);
    expect(sockets.length).toBe(before + 1);
    for (let count = 0; count < 4; count += 1) {
      sockets.at(-1)!.end();
      await advance(1_000 * 2 ** (count + 1));
    }
    sockets.at(-1)!.end();
    await advance(16_000);
    expect(sockets.length).toBe(before + 5);
  });

  it('leaves nothing behind when it is stopped', async () => {
    channel.stop();
    expect(timers).toEqual([]);
    expect(sockets[0]!.closed).toBe(true);
  });
});

describe('an order event', () => {
  it.each([
    [{}, { status: 'LIVE', matchedShareMicros: 0n, tradeIds: [] }],
    [
      { type: 'UPDATE', size_matched: '25.5', associate_trades: ['t'] },
      { matchedShareMicros: 25_500_000n, tradeIds: ['t'] },
    ],
    [{ type: 'UPDATE', status: undefined, size_matched: '100' }, { status: 'MATCHED' }],
    [{ type: 'UPDATE', status: undefined, size_matched: '99' }, { status: 'LIVE' }],
    [
      { type: 'UPDATE', status: undefined, size_matched: '' },
      { status: 'UNKNOWN_STATUS', matchedShareMicros: null },
    ],
    [{ type: 'CANCELLATION', status: undefined }, { status: 'CANCELED' }],
    [{ type: 'CANCELLATION', status: 'INVALID' }, { status: 'INVALID' }],
    [{ type: 'PLACEMENT', status: 'DELAYED' }, { status: 'DELAYED' }],
    [{ status: 'HELD' }, { status: 'UNKNOWN_STATUS', rawStatus: 'HELD' }],
  ])('with %o is %o', (change, expected) => {
    say(order(change));
    expect(orders).toMatchObject([{ orderId: ORDER_1, tokenId: TOKEN_1, side: 'BUY', ...expected }]);
    expect(refused).toEqual([]);
  });
});

describe('a trade event', () => {
  it('is our fill as taker, reported at each state under the same key', () => {
    for (const status of [
      'MATCHED',
      'TRADE_STATUS_MINED',
      'CONFIRMED',
      'MATCHED_NOT_BROADCASTED',
      'RETRYING',
      'FAILED',
    ])
      say(trade({ status, transaction_hash: status === 'CONFIRMED' ? TX_HASH : '' }));
    expect(fills.map((fill) => fill.state)).toEqual([
      'MATCHED',
      'MINED',
      'CONFIRMED',
      'MATCHED',
      'RETRYING',
      'FAILED',
    ]);
    expect(new Set(fills.map((fill) => `${fill.tradeId} ${fill.orderId}`)).size).toBe(1);
    expect(fills[2]).toEqual({
      tradeId: 'trade-1',
      orderId: ORDER_1,
      role: 'TAKER',
      tokenId: TOKEN_1,
      conditionId: CONDITION,
      side: 'BUY',
      shareMicros: 10_000_000n,
      priceMicros: 500_000n,
      legs: [{ shareMicros: 10_000_000n, priceMicros: 500_000n }],
      atAverage: true,
      state: 'CONFIRMED',
      txHash: TX_HASH,
      matchedAtMs: 1_795_334_400_000,
    });
  });

  it('has the legs of its makers in terms of our token, and one leg where they do not add up', () => {
    const legs = [
      leg({ matched_amount: '4', price: '0.49' }),
      leg({ matched_amount: '6', price: '0.48', asset_id: TOKEN_2 }),
    ];
    say(trade({ maker_orders: legs, price: '0.508' }));
    say(trade({ maker_orders: legs.slice(1), price: '0.508' }));
    expect(fills.map((fill) => fill.legs)).toEqual([
      [
        { shareMicros: 4_000_000n, priceMicros: 490_000n },
        { shareMicros: 6_000_000n, priceMicros: 520_000n },
      ],
      [{ shareMicros: 10_000_000n, priceMicros: 508_000n }],
    ]);
  });

  it.each([
    ['the same token: the other side', {}, 'SELL'],
    ['the other outcome: the same side', { asset_id: TOKEN_2 }, 'BUY'],
    ['its own where it has one', { side: 'BUY' }, 'BUY'],
    ['an empty side: the other side', { side: '' }, 'SELL'],
  ])('as maker of %s', (_what, change, side) => {
    const ours = leg({ maker_address: FUNDER.toUpperCase().replace('0X', '0x'), ...change });
    say(trade({ trader_side: 'MAKER', owner: 'somebody', maker_orders: [leg(), ours] }));
    expect(fills).toMatchObject([{ orderId: ORDER_2, role: 'MAKER', side, shareMicros: 10_000_000n }]);
  });

  it('gives both parts of a trade with ourselves, and one fill for an order on two legs', () => {
    const ours = { owner: CREDENTIALS.apiKey };
    say(
      trade({
        maker_orders: [
          leg({ ...ours, matched_amount: '4' }),
          leg({ ...ours, matched_amount: '6', price: '0.48' }),
        ],
      }),
    );
    expect(fills.map((fill) => [fill.role, fill.orderId, fill.shareMicros, fill.priceMicros])).toEqual([
      ['TAKER', ORDER_1, 10_000_000n, 500_000n],
      ['MAKER', ORDER_2, 10_000_000n, 488_000n],
    ]);
  });

  it("is ours whatever a stranger's leg looks like", () => {
    say(trade({ maker_orders: [leg({ matched_amount: 'many' })] }));
    expect(fills).toMatchObject([{ role: 'TAKER', legs: [{ shareMicros: 10_000_000n }] }]);
    expect(refused).toEqual([]);
  });

  it('knows us as taker by the key where there is no role', () => {
    say(trade({ trader_side: undefined }));
    expect(fills).toMatchObject([{ role: 'TAKER' }]);
  });
});

describe('what is not understood', () => {
  it.each([
    ['text', 'INVALID OPERATION', 'frame: not JSON'],
    ['half a frame', '{"event_type":"tra', 'frame: not JSON'],
    ['a number', '7', 'event: neither an order nor a trade'],
    ['an event of another kind', '{"event_type":"balance"}', 'event: neither an order nor a trade'],
    ['an unknown status', JSON.stringify(trade({ status: 'HELD' })), 'trade status: unknown status, HELD'],
    ['a trade of others', JSON.stringify(trade({ trader_side: 'MAKER' })), 'trade: no part of ours in it'],
    ['an order without an id', JSON.stringify(order({ id: undefined })), 'order id: missing'],
    ['a size of nothing', JSON.stringify(trade({ size: '0' })), 'trade size: not a decimal above 0'],
    [
      'far too much',
      'x'.repeat(USER_FRAME_CHARS_MAX + 1),
      `frame: ${USER_FRAME_CHARS_MAX + 1} characters is too large`,
    ],
  ])('%s is refused by name', (_what, text, reason) => {
    sockets[0]!.say(text);
    expect(refused.map((one) => one.reason)).toEqual([reason]);
    expect(refused[0]!.excerpt.length).toBeLessThanOrEqual(200);
    expect([...orders, ...fills]).toEqual([]);
  });

  it('does not take its neighbours with it', () => {
    say([order(), { event_type: 'order' }, trade()]);
    expect([orders.length, fills.length, refused.length]).toEqual([1, 1, 1]);
  });

  it('shows no credentials and no other secret when the venue quotes them', () => {
    say({ event_type: 'error', message: CREDENTIALS });
    say({ event_type: 'error', message: 'private-canary' });
    expect(refused[1]!.excerpt).toBe('{"event_type":"error","message":"…"}');
    expect(JSON.stringify(refused)).not.toMatch(/canary/);
  });
});

describe('a frame', () => {
  const untyped = (change: Record<string, unknown>) => ({ ...change, event_type: undefined });
  const UNKNOWN = 'event: neither an order nor a trade';

  it.each([
    ['a trade by its taker', untyped(trade()), [0, 1]],
    ['a BUY by id and side', untyped(order()), [1, 0]],
    ['a SELL by id and side', untyped(order({ side: 'SELL' })), [1, 0]],
    ['an id without a side', untyped(order({ side: 'HOLD' })), [0, 0]],
    ['a side without an id', untyped(order({ id: 7 })), [0, 0]],
    ['a trade of another type', trade({ event_type: 'tick' }), [0, 0]],
    ['an order of another type', order({ event_type: 7 }), [0, 0]],
  ])('holds %s', (_what, value, counts) => {
    say(value);
    expect([orders.length, fills.length]).toEqual(counts);
    expect(refused.map(({ reason }) => reason)).toEqual(counts.includes(1) ? [] : [UNKNOWN]);
  });

  it('may have 4 MiB', () => {
    expect(USER_FRAME_CHARS_MAX).toBe(4_194_304);
    sockets[0]!.say(JSON.stringify(order()).padEnd(USER_FRAME_CHARS_MAX));
    expect([orders.length, refused.length]).toEqual([1, 0]);
  });

  it('may have 5,000 events; the first 5,000 of more are read', () => {
    sockets[0]!.say(`[${Array(5_000).fill('{}').join(',')}]`);
    expect(refused.map(({ reason }) => reason)).toEqual(Array(5_000).fill(UNKNOWN));
    refused.length = 0;
    sockets[0]!.say(`[${Array(5_001).fill('{}').join(',')}]`);
    expect(refused).toHaveLength(5_001);
    expect(refused[0]!.reason).toBe('frame: 5001 events are too many');
  });

  it('that is refused is quoted from its beginning', () => {
    sockets[0]!.say('INVALID OPERATION');
    expect(refused).toEqual([{ reason: 'frame: not JSON', excerpt: 'INVALID OPERATION' }]);
  });
});

describe('at the practice exchange', () => {
  it('receives its own order and fill in every state, and nothing with wrong credentials', async () => {
    const account = await openPracticeAccount();
    const received: FillReport[] = [];
    const open = (credentials: typeof CREDENTIALS): { ended: () => boolean } => {
      let ended = false;
      const own = createUserChannel({
        url: 'ws://practice.local/ws/user',
        credentials,
        funderAddress: account.signer.funderAddress,
        openSocket: () => {
          let onMessage: (text: string) => void = () => {};
          let onClose: () => void = () => {};
          const socket = account.exchange.openUserSocket(
            (text) => onMessage(text),
            () => onClose(),
          );
          return Promise.resolve({
            send: (text) => socket.receive(text),
            close: () => socket.close(),
            onMessage: (callback) => {
              onMessage = callback;
            },
            onClose: (callback) => {
              onClose = () => {
                ended = true;
                callback();
              };
            },
          });
        },
        setTimer: () => () => {},
        nowMs: account.nowMs,
        random: () => 0,
        onOrder: (report) => orders.push(report),
        onFills: (reports) => received.push(...reports),
        onOpen: () => {},
        onRefused: (one) => refused.push(one),
      });
      own.start();
      return { ended: () => ended };
    };
    const wrong = open(CREDENTIALS);
    const right = open(account.credentials);
    await advance(0);
    expect([wrong.ended(), right.ended()]).toEqual([true, false]);
    const { signed } = await post(account, orderAt(account));
    account.pass(60_000);
    expect(refused).toEqual([]);
    expect(received.map((fill) => fill.state)).toEqual(['MATCHED', 'MINED', 'CONFIRMED']);
    expect(new Set([...received, ...orders].map((report) => report.orderId))).toEqual(
      new Set([signed.orderId]),
    );
    expect(await account.api.listTrades({ afterS: 0 })).toEqual([received.at(-1)]);
  });
});
