/** The sockets of the market channel: which tokens each carries, and what is sent when. */
import { describe, expect, it } from 'vitest';
import type { TokenId } from '../../../domain/ids.ts';
import { MarketSockets } from '../../../durable-objects/feed/market-sockets.ts';
import {
  subscribeFrame,
  subscribeMoreFrame,
  TOKENS_PER_SOCKET_MAX,
  unsubscribeFrame,
} from '../../../polymarket/public/market-channel.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { ScriptedSockets } from './feed-parts.ts';

const tokens = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => String(1_000 + from + index) as TokenId);
const [A, B, C] = tokens(3) as [TokenId, TokenId, TokenId];

/** A frame about no token that was asked for. */
const NEWS = 'a new market';

function setUp() {
  const ports = new MemoryPorts();
  const raw = new ScriptedSockets();
  const sockets = new MarketSockets(ports, 'ws://venue', raw.open, () => 0);
  const received: string[] = [];
  const lost: TokenId[] = [];
  let disconnects = 0;
  const receiver = {
    receive: (text: string) => {
      received.push(text);
      return text !== NEWS;
    },
    disconnected: (tokenIds: readonly TokenId[]) => {
      disconnects += 1;
      lost.push(...tokenIds);
    },
  };
  const start = async () => {
    sockets.start(receiver);
    await ports.settle();
  };
  return { ports, raw, sockets, received, lost, start, disconnects: () => disconnects };
}

describe('the sockets of the market channel', () => {
  it('open at the start where they have tokens, and subscribe to all of them', async () => {
    const { raw, sockets, start } = setUp();
    sockets.follow([A, B]);
    expect(raw.opened).toEqual([]);
    await start();
    expect(raw.opened.map((socket) => [socket.url, socket.sent])).toEqual([
      ['ws://venue', [subscribeFrame([A, B])]],
    ]);
  });

  it('open as soon as they get tokens once started', async () => {
    const { raw, sockets, start, ports } = setUp();
    await start();
    expect(raw.opened).toEqual([]);
    sockets.follow([A]);
    await ports.settle();
    expect(raw.opened[0]?.sent).toEqual([subscribeFrame([A])]);
  });

  it('send only what has changed', async () => {
    const { raw, sockets, start } = setUp();
    sockets.follow([A, B]);
    await start();
    sockets.follow([B, C]);
    sockets.follow([B, C]);
    expect(raw.opened[0]?.sent).toEqual([
      subscribeFrame([A, B]),
      unsubscribeFrame([A]),
      subscribeMoreFrame([C]),
    ]);
  });

  it('carry two hundred tokens each; more than two of them can carry are left out', async () => {
    const { raw, sockets, start } = setUp();
    const all = tokens(2 * TOKENS_PER_SOCKET_MAX + 1);
    sockets.follow(all);
    await start();
    expect(raw.opened.map((socket) => socket.sent)).toEqual([
      [subscribeFrame(all.slice(0, TOKENS_PER_SOCKET_MAX))],
      [subscribeFrame(all.slice(TOKENS_PER_SOCKET_MAX, 2 * TOKENS_PER_SOCKET_MAX))],
    ]);
  });

  it('fill a place that has become free on the first', async () => {
    const { raw, sockets, start } = setUp();
    const all = tokens(TOKENS_PER_SOCKET_MAX + 1);
    sockets.follow(all);
    await start();
    sockets.follow([...all.slice(1), '77' as TokenId]);
    expect(raw.opened[0]?.sent.slice(1)).toEqual([
      unsubscribeFrame(all.slice(0, 1)),
      subscribeMoreFrame(['77' as TokenId]),
    ]);
    expect(raw.opened[1]?.sent).toEqual([subscribeFrame(all.slice(-1))]);
  });

  it('hand on every frame, and report a lost connection once', async () => {
    const { raw, sockets, start, received, disconnects } = setUp();
    sockets.follow([A]);
    await start();
    raw.opened[0]?.say('one');
    expect([received, disconnects()]).toEqual([['one'], 0]);
    raw.opened[0]?.drop();
    expect(disconnects()).toBe(1);
  });

  it('subscribe to all that is wanted by then when they open again', async () => {
    const { raw, sockets, start, ports } = setUp();
    sockets.follow([A]);
    await start();
    raw.opened[0]?.drop();
    sockets.follow([A, B]);
    await ports.advance(1_000);
    expect(raw.opened[1]?.sent).toEqual([subscribeFrame([A, B])]);
  });

  it('reconnect all on request, and ping every ten seconds', async () => {
    const { raw, sockets, start, ports } = setUp();
    sockets.follow(tokens(TOKENS_PER_SOCKET_MAX + 1));
    await start();
    await ports.advance(10_000);
    expect(raw.opened.map((socket) => socket.sent.at(-1))).toEqual(['PING', 'PING']);
    sockets.reconnect('a test');
    await ports.advance(1_000);
    expect(raw.opened.map((socket) => socket.closed)).toEqual([true, true, false, false]);
    expect(sockets.status().reconnects).toBe(2);
  });

  it('report which tokens a lost connection carried, and not those of the other', async () => {
    const { raw, sockets, start, lost } = setUp();
    const all = tokens(TOKENS_PER_SOCKET_MAX + 1);
    sockets.follow(all);
    await start();
    raw.opened[1]?.drop();
    expect(lost).toEqual(all.slice(-1));
  });

  it('reconnect after two minutes of nothing but news of the whole venue', async () => {
    const { raw, sockets, start, ports } = setUp();
    sockets.follow([A]);
    await start();
    for (let passedMs = 0; passedMs < 130_000; passedMs += 10_000) {
      raw.opened[0]?.say(NEWS);
      await ports.advance(10_000);
    }
    expect(raw.opened).toHaveLength(2);
  });

  it('reconnect after two minutes without data', async () => {
    const { raw, sockets, start, ports } = setUp();
    sockets.follow([A]);
    await start();
    await ports.advance(119_999);
    expect(raw.opened).toHaveLength(1);
    await ports.advance(1_001);
    expect(raw.opened).toHaveLength(2);
  });
});

describe('the status', () => {
  it('is open when every socket with tokens is', async () => {
    const { raw, sockets, start, ports } = setUp();
    expect(sockets.status()).toEqual({ open: true, reconnects: 0, lastFrameAtMs: 0 });
    sockets.follow(tokens(TOKENS_PER_SOCKET_MAX + 1));
    expect(sockets.status().open).toBe(false);
    await start();
    expect(sockets.status().open).toBe(true);
    raw.opened[1]?.say('data');
    await ports.advance(5);
    raw.opened[0]?.say('data');
    raw.opened[1]?.drop();
    expect(sockets.status()).toEqual({ open: false, reconnects: 0, lastFrameAtMs: START_MS + 5 });
  });
});
