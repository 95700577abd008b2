// The two public sockets: what a client must send, what it is sent, and that applying every frame gives the book of GET /book.

import { describe, expect, it } from 'vitest';
import { mixedCase } from '../../../simulator/sockets/rtds.ts';
import { type Bench, openBench, post, START_MS, shapeOf } from '../harness.ts';

type Message = Record<string, unknown>;

function marketSocket(bench: Bench, assets: string[], custom = false) {
  const frames: string[] = [];
  const socket = bench.exchange.openMarketSocket((text) => frames.push(text));
  socket.receive(JSON.stringify({ type: 'market', assets_ids: assets, custom_feature_enabled: custom }));
  return { frames, socket, take: () => frames.splice(0).map((text) => JSON.parse(text) as Message) };
}

function rtdsSocket(bench: Bench, subscriptions: unknown) {
  const frames: string[] = [];
  const socket = bench.exchange.openRtdsSocket((text) => frames.push(text));
  socket.receive(JSON.stringify({ action: 'subscribe', subscriptions }));
  return { frames, socket, take: () => frames.splice(0).map((text) => JSON.parse(text) as Message) };
}

const TRADES = [{ topic: 'activity', type: 'trades' }];

describe('the market channel', () => {
  it('answers a subscription with one array of books, best level last, and PING with PONG', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const { frames, socket } = marketSocket(bench, [...market.tokens]);
    const books = JSON.parse(frames[0]!) as Message[];
    expect(books.map((book) => book.asset_id)).toEqual(market.tokens);
    expect(shapeOf(books[0])).toEqual({
      market: 'string',
      asset_id: 'string',
      timestamp: 'string',
      hash: 'string',
      bids: 'array',
      asks: 'array',
      tick_size: 'string',
      event_type: 'string',
      last_trade_price: 'string',
    });
    const prices = (side: string) =>
      (books[0]![side] as { price: string }[]).map((level) => Number(level.price));
    expect(prices('bids')).toEqual(prices('bids').toSorted((a, b) => a - b));
    expect(prices('asks')).toEqual(prices('asks').toSorted((a, b) => b - a));
    socket.receive('PING');
    expect(frames.at(-1)).toBe('PONG');
  });

  it('sends a trade with its taker side and then both books', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, [...market.tokens]);
    client.take();
    const leader = bench.exchange.leaders()[0]!.address;
    const outcome = bench.exchange.leaderTrade({
      leader,
      tokenId: market.tokens[1],
      side: 'BUY',
      shares: '10',
    });
    const messages = client.take();
    expect(messages.map((one) => one.event_type)).toEqual(['last_trade_price', 'book', 'book']);
    expect(messages[0]).toMatchObject({ asset_id: market.tokens[1], side: 'BUY', size: '10' });
    expect(outcome).toMatchObject({ kind: 'accepted', transactionHash: messages[0]!.transaction_hash });
  });

  it('sends changed levels for both tokens with hash and best prices, "0" and "1" for an empty side', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, [...market.tokens]);
    client.take();
    bench.exchange.setBook(market.tokens[0], { bids: [['0.4', '100']], asks: [] });
    const [change] = client.take();
    expect(shapeOf(change)).toEqual({
      market: 'string',
      price_changes: 'array',
      timestamp: 'string',
      event_type: 'string',
    });
    const rows = change!.price_changes as Message[];
    expect(shapeOf(rows[0])).toEqual({
      asset_id: 'string',
      price: 'string',
      size: 'string',
      side: 'string',
      hash: 'string',
      best_bid: 'string',
      best_ask: 'string',
    });
    expect(rows.filter((row) => row.asset_id === market.tokens[0])[0]).toMatchObject({
      best_bid: '0.4',
      best_ask: '1',
    });
    expect(rows.filter((row) => row.asset_id === market.tokens[1])[0]).toMatchObject({
      best_bid: '0',
      best_ask: '0.6',
    });
  });

  it('lets a client that applies every frame hold the book of GET /book', () => {
    const bench = openBench({ live: true });
    const markets = bench.exchange.markets();
    const client = marketSocket(
      bench,
      markets.flatMap((market) => market.tokens),
    );
    const held = new Map<string, { bids: Map<string, string>; asks: Map<string, string> }>();
    const apply = (message: Message): void => {
      if (message.event_type === 'book') {
        const side = (name: string) =>
          new Map(
            (message[name] as { price: string; size: string }[]).map((level) => [level.price, level.size]),
          );
        held.set(message.asset_id as string, { bids: side('bids'), asks: side('asks') });
      } else if (message.event_type === 'price_change') {
        for (const row of message.price_changes as Record<string, string>[]) {
          const side = row.side === 'BUY' ? held.get(row.asset_id!)!.bids : held.get(row.asset_id!)!.asks;
          if (row.size === '0') side.delete(row.price!);
          else side.set(row.price!, row.size!);
        }
      }
    };
    for (let second = 0; second < 60; second += 1) {
      bench.pass(1_000);
      for (const message of client.take()) for (const one of [message].flat() as Message[]) apply(one);
    }
    for (const market of markets.filter((one) => one.status === 'open')) {
      for (const token of market.tokens) {
        const book = bench.get(`/book?token_id=${token}`).body as Record<
          'bids' | 'asks',
          { price: string; size: string }[]
        >;
        for (const side of ['bids', 'asks'] as const) {
          expect(new Map(book[side].map((level) => [level.price, level.size]))).toEqual(
            held.get(token)![side],
          );
        }
      }
    }
  });

  it('announces a new tick to all and a resolution only to those that asked for custom features', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const [plain, custom] = [
      marketSocket(bench, [...market.tokens]),
      marketSocket(bench, [...market.tokens], true),
    ];
    plain.take();
    custom.take();
    bench.exchange.setTick(market.tokens[0], '0.001');
    expect(plain.take().filter((one) => one.event_type === 'tick_size_change')).toMatchObject([
      { old_tick_size: '0.01', new_tick_size: '0.001' },
      { asset_id: market.tokens[1] },
    ]);
    bench.exchange.resolve(market.conditionId, ['0', '1']);
    expect(plain.take().some((one) => one.event_type === 'market_resolved')).toBe(false);
    expect(custom.take().find((one) => one.event_type === 'market_resolved')).toMatchObject({
      winning_asset_id: market.tokens[1],
      winning_outcome: market.outcomes[1],
    });
  });

  it('sends new best prices and new markets to clients with custom features', () => {
    const bench = openBench({ live: true, atMs: START_MS });
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, [...market.tokens], true);
    bench.exchange.setBook(market.tokens[0], { bids: [['0.11', '100']], asks: [['0.14', '50']] });
    expect(client.take().filter((one) => one.event_type === 'best_bid_ask')).toMatchObject([
      { asset_id: market.tokens[0], best_bid: '0.11', best_ask: '0.14', spread: '0.03' },
      { asset_id: market.tokens[1], best_bid: '0.86', best_ask: '0.89', spread: '0.03' },
    ]);
    bench.pass(600_000);
    expect(client.take().some((one) => one.event_type === 'new_market')).toBe(true);
  });

  it('closes sockets on request and on a reset', () => {
    const bench = openBench();
    let hungUp = 0;
    bench.exchange.openMarketSocket(
      () => {},
      () => (hungUp += 1),
    );
    bench.exchange.openRtdsSocket(
      () => {},
      () => (hungUp += 1),
    );
    expect(post(bench.exchange, '/control/disconnect', { channel: 'market' }).body).toEqual({
      disconnected: 1,
    });
    expect(hungUp).toBe(1);
    bench.exchange.reset();
    expect(hungUp).toBe(2);
    expect(bench.get('/control/status').body).toMatchObject({ sockets: { market: 0, rtds: 0 } });
  });

  it('survives garbage, unknown assets and unsubscribing', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, ['123']);
    expect(client.frames.splice(0)).toEqual(['NO NEW ASSETS']);
    for (const text of ['', '{', 'null', '[]', '{"assets_ids":5}']) client.socket.receive(text);
    expect(new Set(client.frames.splice(0))).toEqual(new Set(['INVALID OPERATION']));
    client.socket.receive(JSON.stringify({ operation: 'subscribe', assets_ids: market.tokens }));
    expect(client.take()).toHaveLength(1);
    client.socket.receive(JSON.stringify({ operation: 'unsubscribe', assets_ids: market.tokens }));
    bench.exchange.setBook(market.tokens[0], { bids: [], asks: [] });
    expect(client.take()).toHaveLength(0);
  });
});

describe('the live activity feed', () => {
  it('sends a trade about two seconds later in the recorded shape, wallet in mixed case', () => {
    const bench = openBench();
    const client = rtdsSocket(bench, TRADES);
    const market = bench.exchange.markets()[0]!;
    const leader = bench.exchange.leaders()[0]!.address;
    bench.exchange.leaderTrade({ leader, tokenId: market.tokens[0], side: 'BUY', shares: '10' });
    bench.pass(1_800);
    expect(client.frames).toHaveLength(0);
    bench.pass(1_000);
    const own = client.take().find((one) => (one.payload as Message).proxyWallet === mixedCase(leader))!;
    expect(shapeOf(own)).toEqual({
      connection_id: 'string',
      payload: 'object',
      timestamp: 'number',
      topic: 'string',
      type: 'string',
    });
    expect(shapeOf(own.payload)).toEqual({
      asset: 'string',
      bio: 'string',
      conditionId: 'string',
      eventSlug: 'string',
      icon: 'string',
      name: 'string',
      outcome: 'string',
      outcomeIndex: 'number',
      price: 'number',
      profileImage: 'string',
      proxyWallet: 'string',
      pseudonym: 'string',
      side: 'string',
      size: 'number',
      slug: 'string',
      timestamp: 'number',
      title: 'string',
      transactionHash: 'string',
    });
    expect(mixedCase(leader)).not.toBe(leader);
    expect(mixedCase(leader).toLowerCase()).toBe(leader);
  });

  it('sends makers only on `trades`', () => {
    const bench = openBench();
    const [all, takers] = [
      rtdsSocket(bench, TRADES),
      rtdsSocket(bench, [{ topic: 'activity', type: 'orders_matched' }]),
    ];
    const market = bench.exchange.markets()[0]!;
    bench.exchange.leaderTrade({
      leader: bench.exchange.leaders()[0]!.address,
      tokenId: market.tokens[0],
      side: 'BUY',
      shares: '10',
    });
    bench.pass(3_000);
    expect(all.take()).toHaveLength(2);
    expect(takers.take()).toHaveLength(1);
  });

  it.each([
    ['without an action', { subscriptions: TRADES }],
    [
      'with a bad topic beside a good one',
      { action: 'subscribe', subscriptions: [...TRADES, { topic: 'weather', type: 'trades' }] },
    ],
    [
      'with a filter that holds a space',
      { action: 'subscribe', subscriptions: [{ ...TRADES[0], filters: '{"event_slug": "x"}' }] },
    ],
  ])('sends nothing to a subscription %s', (_name, message) => {
    const bench = openBench({ live: true });
    const frames: string[] = [];
    bench.exchange.openRtdsSocket((text) => frames.push(text)).receive(JSON.stringify(message));
    bench.pass(10_000);
    expect(frames).toEqual([]);
  });

  it('falls silent six minutes after the last PING, without closing', () => {
    const bench = openBench({ live: true });
    const client = rtdsSocket(bench, TRADES);
    bench.pass(370_000);
    client.take();
    bench.pass(20_000);
    expect(client.take()).toHaveLength(0);
    client.socket.receive('PING');
    expect(client.frames.splice(0)).toEqual(['PONG']);
    bench.pass(20_000);
    expect(client.take().length).toBeGreaterThan(0);
  });
});

describe('faults on purpose', () => {
  it.each([
    ['drop', 0],
    ['duplicate', 2],
    ['silent', 0],
  ] as const)('%s turns one frame into %i', (kind, count) => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, [...market.tokens]);
    client.take();
    bench.exchange.faults.add({ channel: 'market', kind, count: 1 });
    bench.exchange.setBook(market.tokens[0], { bids: [['0.4', '100']], asks: [] });
    expect(client.take()).toHaveLength(count);
    bench.exchange.setBook(market.tokens[0], { bids: [['0.3', '100']], asks: [] });
    expect(client.take()).toHaveLength(1);
  });

  it('swaps two frames, breaks one, cuts one', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const client = marketSocket(bench, [...market.tokens]);
    client.take();
    const change = (price: string) =>
      bench.exchange.setBook(market.tokens[0], { bids: [[price, '100']], asks: [] });
    bench.exchange.faults.add({ channel: 'market', kind: 'reorder', count: 1 });
    change('0.4');
    change('0.3');
    const [first, second] = client.take();
    expect(String((first!.price_changes as Message[])[0]!.price)).toBe('0.3');
    expect(String((second!.price_changes as Message[])[0]!.price)).toBe('0.4');
    bench.exchange.faults.add({ channel: 'market', kind: 'truncate', count: 1 });
    change('0.2');
    expect(() => JSON.parse(client.frames.splice(0)[0]!)).toThrow();
  });

  it('answers REST with the status asked for, then as usual, and refuses a fault that makes no sense', () => {
    const bench = openBench();
    const { exchange } = bench;
    expect(
      post(exchange, '/control/fault', {
        channel: 'rest',
        kind: 'status',
        status: 429,
        path: '/book',
        count: 1,
      }).status,
    ).toBe(200);
    const token = exchange.markets()[0]!.tokens[0];
    expect(bench.get('/ok').status).toBe(200);
    expect(bench.get(`/book?token_id=${token}`).status).toBe(429);
    expect(bench.get(`/book?token_id=${token}`).status).toBe(200);
    exchange.faults.add({ channel: 'rest', kind: 'delay', count: 1, delayMs: 2_500 });
    expect(exchange.handleRequest({ method: 'GET', url: '/time' }).delayMs).toBe(2_500);
    expect(post(exchange, '/control/fault', { channel: 'rest', kind: 'drop' }).status).toBe(400);
    expect(post(exchange, '/control/fault', '{"channel":').status).toBe(400);
  });
});
