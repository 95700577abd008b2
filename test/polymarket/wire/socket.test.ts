/** The reconnecting socket on a clock of its own: waits, watchdog, generations, and what it leaves behind. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BACKOFF_MS_MAX,
  backoffMs,
  createVenueSocket,
  OPEN_TIMEOUT_MS,
  openWorkerSocket,
  type RawSocket,
  SOCKET_FRAME_CHARS_MAX,
  type VenueSocketOptions,
} from '../../../polymarket/wire/socket.ts';

class Clock {
  nowMs = 1_000_000;
  private timers: { atMs: number; run: () => void }[] = [];

  readonly setTimer = (run: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  get pending(): number {
    return this.timers.length;
  }

  async advance(ms: number): Promise<void> {
    const until = this.nowMs + ms;
    for (;;) {
      await settled();
      const next = this.timers.filter((timer) => timer.atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = until;
    await settled();
  }
}

/** Lets every promise that is ready go on; no time passes. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

class FakeSocket implements RawSocket {
  readonly sent: string[] = [];
  closed = false;
  message: (data: string | ArrayBuffer) => void = () => {};
  end: () => void = () => {};
  send(text: string): void {
    if (this.closed) throw new Error('closed');
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  onMessage(callback: (data: string | ArrayBuffer) => void): void {
    this.message = callback;
  }
  onClose(callback: () => void): void {
    this.end = callback;
  }
}

let clock: Clock;
let sockets: FakeSocket[];
let received: string[];
let states: string[];
let subscribed: number;

beforeEach(() => {
  clock = new Clock();
  sockets = [];
  received = [];
  states = [];
  subscribed = 0;
});

function venueSocket(change: Partial<VenueSocketOptions> = {}) {
  return createVenueSocket({
    url: 'wss://venue.test/ws',
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return Promise.resolve(socket);
    },
    onOpen: (send) => {
      subscribed += 1;
      send('subscribe');
    },
    onText: (text) => void received.push(text),
    onState: (state) => states.push(state),
    pingEveryMs: 5_000,
    silentAfterMs: 30_000,
    setTimer: clock.setTimer,
    nowMs: () => clock.nowMs,
    random: () => 0,
    ...change,
  });
}

describe('a venue socket', () => {
  it('subscribes on opening, pings as text, and passes on data but not answers to pings', async () => {
    const socket = venueSocket();
    socket.start();
    await clock.advance(11_000);
    sockets[0]!.message('PONG');
    sockets[0]!.message('');
    sockets[0]!.message('{"a":1}');
    sockets[0]!.message(new TextEncoder().encode('[]').buffer as ArrayBuffer);
    expect(sockets[0]!.sent).toEqual(['subscribe', 'PING', 'PING']);
    expect(received).toEqual(['{"a":1}', '[]']);
    expect(socket.status()).toMatchObject({
      state: 'OPEN',
      reconnects: 0,
      frames: 4,
      lastOpenAtMs: 1_000_000,
    });
    expect(states).toEqual(['CONNECTING', 'OPEN']);
  });

  it('comes back after a close, subscribes anew, and waits longer with each failure', async () => {
    const openedAtMs: number[] = [];
    const socket = venueSocket({
      openSocket: () => {
        openedAtMs.push(clock.nowMs);
        return Promise.reject(new Error('refused'));
      },
    });
    socket.start();
    await clock.advance(200_000);
    const waits = openedAtMs.slice(1).map((atMs, index) => atMs - openedAtMs[index]!);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(socket.status()).toMatchObject({
      state: 'WAITING',
      reconnects: 8,
      lastEnd: 'could not connect (Error)',
    });
  });

  it('does not count an opening as success: a venue that accepts and closes is not called each second', async () => {
    venueSocket({
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        queueMicrotask(() => queueMicrotask(() => socket.end()));
        return Promise.resolve(socket);
      },
    }).start();
    await clock.advance(60_000);
    expect(sockets.length).toBeLessThan(8);
  });

  it('begins with the short wait again after data came', async () => {
    const socket = venueSocket();
    socket.start();
    await clock.advance(0);
    sockets[0]!.end();
    await clock.advance(1_000);
    sockets[1]!.message('{}');
    sockets[1]!.end();
    await clock.advance(1_000);
    expect(sockets).toHaveLength(3);
    expect(subscribed).toBe(3);
    expect(socket.status().reconnects).toBe(2);
  });

  it('leaves a channel that is frozen though it answers pings', async () => {
    const socket = venueSocket();
    socket.start();
    await clock.advance(0);
    sockets[0]!.message('{}');
    for (let second = 0; second < 29; second += 1) {
      await clock.advance(1_000);
      sockets[0]!.message('PONG');
    }
    expect(socket.status().state).toBe('OPEN');
    await clock.advance(2_500);
    expect(sockets[0]!.closed).toBe(true);
    expect(socket.status()).toMatchObject({ lastEnd: 'no data' });
  });

  it('lets a late close of a former connection do nothing to the present one (W32)', async () => {
    const socket = venueSocket();
    socket.start();
    await clock.advance(0);
    socket.reconnect('asked');
    await clock.advance(1_000);
    sockets[0]!.end();
    sockets[0]!.message('{"late":true}');
    expect(socket.status()).toMatchObject({ state: 'OPEN', frames: 0 });
    expect(sockets[1]!.closed).toBe(false);
    expect(received).toEqual([]);
    // Pings go on: nothing of the former connection is left pending.
    await clock.advance(5_000);
    expect(sockets[1]!.sent).toEqual(['subscribe', 'PING']);
  });

  it('gives up a handshake that takes too long and closes what comes of it later', async () => {
    const late = new FakeSocket();
    let open: (socket: RawSocket) => void = () => {};
    const socket = venueSocket({ openSocket: () => new Promise((resolve) => (open = resolve)) });
    socket.start();
    await clock.advance(OPEN_TIMEOUT_MS);
    expect(socket.status()).toMatchObject({ state: 'WAITING', lastEnd: 'the handshake took too long' });
    open(late);
    await clock.advance(0);
    expect(late.closed).toBe(true);
    expect(subscribed).toBe(0);
  });

  it('leaves nothing behind when stopped, in any state, and can start again', async () => {
    const socket = venueSocket();
    for (const ms of [0, 7_000]) {
      socket.start();
      await clock.advance(ms);
      socket.stop();
      expect(clock.pending).toBe(0);
      expect(socket.status().state).toBe('STOPPED');
    }
    socket.start();
    await clock.advance(0);
    sockets.at(-1)!.end();
    socket.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(100_000);
    expect(sockets.every((one) => one.closed || one === sockets.at(-1))).toBe(true);
    socket.start();
    await clock.advance(0);
    expect(socket.status().state).toBe('OPEN');
  });

  it('says whether a text was sent, and makes a new connection when sending fails', async () => {
    const socket = venueSocket();
    expect(socket.send('x')).toBe(false);
    socket.start();
    await clock.advance(0);
    expect(socket.send('x')).toBe(true);
    sockets[0]!.closed = true;
    expect(socket.send('y')).toBe(false);
    expect(socket.status()).toMatchObject({ state: 'WAITING', lastEnd: 'send failed (Error)' });
  });

  it('counts frames that are too large or of another type, and passes none on', async () => {
    const socket = venueSocket();
    socket.start();
    await clock.advance(0);
    sockets[0]!.message('x'.repeat(SOCKET_FRAME_CHARS_MAX + 1));
    sockets[0]!.message({} as ArrayBuffer);
    expect(received).toEqual([]);
    expect(socket.status()).toMatchObject({ frames: 2, refusedFrames: 2 });
  });
});

it('waits at most the maximum and at least half of it, however many failures', () => {
  expect(backoffMs(1_000, 0)).toBe(BACKOFF_MS_MAX);
  expect(backoffMs(1_000, 1)).toBe(BACKOFF_MS_MAX / 2);
  expect(backoffMs(0, 1)).toBe(500);
});

describe('a socket from a Worker', () => {
  it('is opened over http with an upgrade, and read as bytes or text', async () => {
    const asked: unknown[] = [];
    const listeners = new Map<string, (event: { data?: unknown }) => void>();
    const client = {
      binaryType: 'blob',
      accepted: false,
      accept() {
        this.accepted = true;
      },
      send: () => {},
      close: () => {},
      addEventListener: (name: string, listener: (event: { data?: unknown }) => void) =>
        listeners.set(name, listener),
    };
    const raw = await openWorkerSocket((url, init) => {
      asked.push(url, init);
      // Node's Response has no webSocket and no 101: only these two members are read.
      return Promise.resolve({ status: 101, webSocket: client } as unknown as Response);
    }, 'wss://venue.test/ws/market');
    const got: unknown[] = [];
    raw.onMessage((data) => got.push(data));
    raw.onClose(() => got.push('closed'));
    listeners.get('message')!({ data: 'text' });
    listeners.get('close')!({});
    expect(asked).toEqual(['https://venue.test/ws/market', { headers: { Upgrade: 'websocket' } }]);
    expect(client).toMatchObject({ binaryType: 'arraybuffer', accepted: true });
    expect(got).toEqual(['text', 'closed']);
  });

  it('fails with the status when the server does not upgrade', async () => {
    const refuse = () => Promise.resolve(new Response('no', { status: 403 }));
    await expect(openWorkerSocket(refuse, 'ws://venue.test/ws')).rejects.toMatchObject({
      kind: 'status',
      status: 403,
    });
  });
});
