// The user channel: who may subscribe, the events and their order, and how frames get lost, doubled or late.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { type Bench, openBench } from '../harness.ts';
import { FUNDER, TestTrader, tradable } from '../trader.ts';

type Row = Record<string, unknown>;

interface Listener {
  frames: Row[];
  raw: string[];
  closed: () => number;
  send: (message: unknown) => void;
}

function listen(bench: Bench, hello?: unknown): Listener {
  const raw: string[] = [];
  let closes = 0;
  const socket = bench.exchange.openUserSocket(
    (text) => raw.push(text),
    () => {
      closes += 1;
    },
  );
  const send = (message: unknown): void =>
    socket.receive(typeof message === 'string' ? message : JSON.stringify(message));
  if (hello !== undefined) send(hello);
  return {
    raw,
    get frames() {
      return raw.map((text) => JSON.parse(text) as Row);
    },
    closed: () => closes,
    send,
  };
}

function open(options: { saved?: boolean } = {}): {
  bench: Bench;
  trader: TestTrader;
  token: string;
  conditionId: string;
  hello: Row;
} {
  const bench = openBench(options);
  const { market, token } = tradable(bench.exchange);
  const trader = new TestTrader(bench);
  const hello = { auth: trader.creds, type: 'user', markets: [] };
  return { bench, trader, token, conditionId: market.conditionId, hello };
}

const buy = (token: string) => ({
  tokenId: token,
  side: 'BUY' as const,
  maker: 5_000_000n,
  taker: 10_000_000n,
});

function kindOf(frame: Row): string {
  return `${String(frame.event_type)} ${String(frame.event_type === 'order' ? frame.type : frame.status)}`;
}

describe('the user channel', () => {
  it('closes without a word on credentials that are wrong, incomplete or missing', () => {
    const { bench, hello, trader } = open();
    for (const auth of [
      undefined,
      {},
      { ...trader.creds, secret: 'x' },
      { ...trader.creds, passphrase: '' },
    ]) {
      const listener = listen(bench, { ...hello, auth });
      expect(listener.closed()).toBe(1);
      expect(listener.raw).toEqual([]);
    }
    expect(bench.exchange.status().sockets).toMatchObject({ user: 0 });
  });

  it('answers PING with PONG and sends nothing from before', () => {
    const { bench, hello, trader, token } = open();
    trader.place(buy(token));
    const listener = listen(bench, hello);
    listener.send('PING');
    expect(listener.raw).toEqual(['PONG']);
  });

  it('sends an order and its trade before the answer to the POST, and the trade again at each status', () => {
    const { bench, hello, trader, token } = open();
    const listener = listen(bench, hello);
    const { orderId } = trader.place(buy(token));
    expect(listener.frames.map(kindOf)).toEqual(['order PLACEMENT', 'order UPDATE', 'trade MATCHED']);
    bench.pass(6_000);
    expect(listener.frames.slice(3).map(kindOf)).toEqual(['trade MINED', 'trade CONFIRMED']);
    const trades = listener.frames.filter((frame) => frame.event_type === 'trade');
    expect(new Set(trades.map((frame) => frame.id)).size).toBe(1);
    expect(trades[0]).toMatchObject({
      type: 'TRADE',
      taker_order_id: orderId,
      trader_side: 'TAKER',
      trade_owner: trader.creds.apiKey,
      size: '10',
      price: '0.5',
      transaction_hash: '',
    });
    expect(listener.frames[1]).toMatchObject({
      id: orderId,
      size_matched: '10',
      status: 'MATCHED',
      order_owner: trader.creds.apiKey,
    });
  });

  it('sends cancellations, of killed remainders and of whole orders, with the reason in the status', () => {
    const { bench, hello, trader, token } = open();
    const listener = listen(bench, hello);
    trader.place({ ...buy(token), maker: 20_000_000n, taker: 40_000_000n });
    trader.place({ ...buy(token), maker: 3_000_000n });
    const rest = trader.place({ ...buy(token), maker: 4_000_000n, type: 'GTC' });
    trader.call('DELETE', '/order', { orderID: rest.orderId });
    const canceled = listener.frames.filter((frame) => frame.type === 'CANCELLATION');
    expect(canceled.map((frame) => frame.status)).toEqual([
      'CANCELED_the remainder was killed',
      'CANCELED_no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
      'CANCELED',
    ]);
    expect(canceled.map((frame) => frame.size_matched)).toEqual(['30', '0', '0']);
  });

  it('sends the end of a resting order when its market closes', () => {
    const { bench, hello, trader, token, conditionId } = open();
    const listener = listen(bench, hello);
    trader.place({ ...buy(token), maker: 4_000_000n, type: 'GTC' });
    bench.exchange.resolve(conditionId, ['1', '0']);
    expect(listener.frames.at(-1)).toMatchObject({ type: 'CANCELLATION', size_matched: '0' });
    expect(bench.exchange.placedOrders()[0]!.status).toBe('CANCELED_MARKET_RESOLVED');
  });

  it('sends only the requested markets, and nothing of other accounts', () => {
    const { bench, hello, trader, token } = open();
    const elsewhere = listen(bench, { ...hello, markets: [`0x${'0'.repeat(64)}`] });
    const stranger = new TestTrader(bench, { key: `0x${'17'.repeat(32)}` });
    const other = listen(bench, { auth: stranger.creds, type: 'user' });
    trader.place(buy(token));
    bench.exchange.traderTrade({ funder: FUNDER, tokenId: token, side: 'SELL', shares: '5' });
    expect([elsewhere.raw, other.raw]).toEqual([[], []]);
  });

  it('has saved everything that it sends', () => {
    const { bench, hello, trader, token } = open({ saved: true });
    let known: unknown;
    const socket = bench.exchange.openUserSocket((text) => {
      const frame = JSON.parse(text) as Row;
      if (frame.event_type === 'trade') known = bench.saved().get(`trade/${String(frame.id)}`);
    });
    socket.receive(JSON.stringify(hello));
    trader.place(buy(token));
    expect(known).toContain('MATCHED');
  });

  it('closes every socket on request', () => {
    const { bench, hello } = open();
    const listener = listen(bench, hello);
    expect(bench.exchange.disconnect('user')).toBe(1);
    expect(listener.closed()).toBe(1);
  });
});

describe('faults of the user channel', () => {
  it.each([
    ['drop', ['order UPDATE', 'trade MATCHED']],
    ['duplicate', ['order PLACEMENT', 'order PLACEMENT', 'order UPDATE', 'trade MATCHED']],
    ['reorder', ['order UPDATE', 'order PLACEMENT', 'trade MATCHED']],
  ] as [FaultSpec['kind'], string[]][])('%s applies to as many frames as requested', (kind, frames) => {
    const { bench, hello, trader, token } = open();
    const listener = listen(bench, hello);
    bench.exchange.faults.add({ channel: 'user', kind, count: 1 });
    trader.place(buy(token));
    expect(listener.frames.map(kindOf)).toEqual(frames);
  });

  it('silent lets PONG through and nothing else, until cleared', () => {
    const { bench, hello, trader, token } = open();
    const listener = listen(bench, hello);
    bench.exchange.faults.add({ channel: 'user', kind: 'silent', count: null });
    trader.place(buy(token));
    listener.send('PING');
    expect(listener.raw).toEqual(['PONG']);
    bench.exchange.faults.clear();
    trader.place(buy(token));
    expect(listener.raw).toHaveLength(4);
  });

  it('truncate breaks a frame, and disconnect hangs up instead of sending', () => {
    const { bench, hello, trader, token } = open();
    const listener = listen(bench, hello);
    bench.exchange.faults.add({ channel: 'user', kind: 'truncate', count: 1 });
    bench.exchange.faults.add({ channel: 'user', kind: 'disconnect', count: 1 });
    trader.place(buy(token));
    expect(listener.raw).toHaveLength(1);
    expect(() => JSON.parse(listener.raw[0]!) as unknown).toThrow('JSON');
    expect(listener.closed()).toBe(1);
  });
});
