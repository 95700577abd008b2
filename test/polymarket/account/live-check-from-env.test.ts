/** The probe of the user channel: what it sends, every way in which it ends, and that it closes the socket each time. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  checkVariables,
  openStandardSocket,
  probeUserChannel,
} from '../../../polymarket/account/live-check-from-env.ts';
import type { RawSocket } from '../../../polymarket/wire/socket.ts';
import { VenueError } from '../../../polymarket/wire/venue-error.ts';

const CREDENTIALS = { apiKey: 'key', secret: 'secret', passphrase: 'pass' };

/** A socket that does what it is given once the ping was sent. */
function probe(given: {
  answer?: (socket: { receive: (data: string | ArrayBuffer) => void; end: () => void }) => void;
  open?: () => Promise<RawSocket>;
  timeOut?: boolean;
}) {
  const seen = { sent: [] as string[], closed: 0, canceled: 0, delayMs: 0, url: '' };
  let receive: (data: string | ArrayBuffer) => void = () => {};
  let end: () => void = () => {};
  const socket: RawSocket = {
    send: (text) => {
      seen.sent.push(text);
      if (text === 'PING') given.answer?.({ receive, end });
    },
    close: () => {
      seen.closed += 1;
    },
    onMessage: (callback) => {
      receive = callback;
    },
    onClose: (callback) => {
      end = callback;
    },
  };
  const result = probeUserChannel(
    { url: 'wss://venue.test/ws/user', credentials: CREDENTIALS },
    {
      openSocket: (url) => {
        seen.url = url;
        return given.open?.() ?? Promise.resolve(socket);
      },
      setTimer: (callback, delayMs) => {
        seen.delayMs = delayMs;
        if (given.timeOut === true) void Promise.resolve().then(() => Promise.resolve().then(callback));
        return () => {
          seen.canceled += 1;
        };
      },
    },
  );
  return { result, seen };
}

describe('the probe of the user channel', () => {
  it('subscribes, sends a ping, and watches whether the channel stays open', async () => {
    const { result, seen } = probe({ answer: ({ receive }) => receive('PONG'), timeOut: true });
    expect(await result).toBe('STAYED_OPEN');
    expect(JSON.parse(seen.sent[0]!)).toEqual({ auth: CREDENTIALS, type: 'user', markets: [] });
    expect(seen.sent.slice(1)).toEqual(['PING']);
    expect(seen).toMatchObject({ url: 'wss://venue.test/ws/user', closed: 1, canceled: 1, delayMs: 3_000 });
  });

  it('sees that the venue closes it, also after an answer to the ping, which proves no credentials', async () => {
    const { result, seen } = probe({
      answer: ({ receive, end }) => {
        receive('PONG');
        end();
      },
    });
    expect(await result).toBe('CLOSED');
    expect(seen).toMatchObject({ closed: 1, canceled: 1 });
  });

  it('is silent where the ping was not answered when the time is up', async () => {
    const { result, seen } = probe({
      answer: ({ receive }) => receive('{"event_type":"order"}'),
      timeOut: true,
    });
    expect(await result).toBe('SILENT');
    expect(seen).toMatchObject({ closed: 1, canceled: 1 });
  });

  it('throws a network error without the message of the runtime', async () => {
    const { result, seen } = probe({ open: () => Promise.reject(new TypeError('wss://venue.test/secret')) });
    await expect(result).rejects.toMatchObject({
      name: 'VenueError',
      kind: 'network',
      message: 'the user channel could not be reached (TypeError)',
    });
    expect(seen).toMatchObject({ closed: 0, canceled: 1 });
  });

  it('throws a VenueError as it is', async () => {
    const refused = new VenueError({ kind: 'status', status: 403, message: 'status 403' });
    await expect(probe({ open: () => Promise.reject(refused) }).result).rejects.toBe(refused);
    await expect(probe({ open: () => Promise.reject('text') }).result).rejects.toMatchObject({
      message: 'the user channel could not be reached (unknown)',
    });
  });
});

describe('the variables', () => {
  const URLS = {
    POLYMARKET_CLOB_URL: 'https://clob.test/',
    POLYMARKET_CLOB_WS_URL: 'wss://ws.test//',
    POLYMARKET_GEOBLOCK_URL: 'https://geo.test/api/geoblock',
  };
  const KEYS = {
    POLYMARKET_PRIVATE_KEY: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
    POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
    POLYMARKET_SIGNATURE_TYPE: '3',
  };
  async function requests(variables: Record<string, string>) {
    const urls: string[] = [];
    let channelUrl = '';
    await checkVariables(variables, {
      fetch: (input, init) => {
        urls.push(`${init?.method ?? 'GET'} ${input.split('?')[0]}`);
        const credentials = { apiKey: 'k', secret: 'c2VjcmV0', passphrase: 'p' };
        return Promise.resolve(new Response(JSON.stringify(credentials)));
      },
      openSocket: (url) => {
        channelUrl = url;
        return Promise.reject(new Error('closed'));
      },
      setTimer: () => () => {},
      nowMs: () => 1_795_334_400_000,
    });
    return { urls, channelUrl };
  }

  it('name where reads, orders and the channel go', async () => {
    const { urls, channelUrl } = await requests({ ...URLS, ...KEYS });
    expect(urls).toContain('GET https://clob.test/auth/derive-api-key');
    expect(urls).toContain('POST https://clob.test/order');
    expect(urls).toContain('GET https://geo.test/api/geoblock');
    expect(channelUrl).toBe('wss://ws.test/ws/user');
  });

  it('may name another address for orders', async () => {
    const { urls } = await requests({ ...URLS, POLYMARKET_ORDER_URL: 'https://relay.test/out/' });
    expect(urls).toContain('POST https://relay.test/out/order');
    expect(urls).toContain('GET https://clob.test/time');
  });

  it.each(Object.keys(URLS))('are refused when %s is missing or not an address', (name) => {
    for (const value of ['', 'venue'])
      expect(() => checkVariables({ ...URLS, [name]: value }, {} as never)).toThrow(
        `${name} is not set to an address`,
      );
  });

  it('are refused when the address for orders is not one', () => {
    expect(() => checkVariables({ ...URLS, POLYMARKET_ORDER_URL: 'relay' }, {} as never)).toThrow(
      'POLYMARKET_ORDER_URL is not set to an address',
    );
  });
});

/** The runtime's WebSocket as far as it is used. */
class FakeWebSocket extends EventTarget {
  static last: FakeWebSocket;
  binaryType = 'blob';
  readonly sent: string[] = [];
  closed = false;

  constructor(readonly url: string) {
    super();
    FakeWebSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }
}

describe("a connection through the runtime's own WebSocket", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('opens, sends, receives and closes, with binary frames as buffers', async () => {
    vi.stubGlobal('WebSocket', FakeWebSocket);
    const opening = openStandardSocket('wss://venue.test/ws/user');
    const { last } = FakeWebSocket;
    last.dispatchEvent(new Event('open'));
    const socket = await opening;
    const received: unknown[] = [];
    socket.onMessage((data) => received.push(data));
    socket.onClose(() => received.push('closed'));
    socket.send('PING');
    last.dispatchEvent(new MessageEvent('message', { data: 'PONG' }));
    last.dispatchEvent(new Event('close'));
    socket.close();
    expect(last).toMatchObject({
      url: 'wss://venue.test/ws/user',
      binaryType: 'arraybuffer',
      sent: ['PING'],
    });
    expect(last.closed).toBe(true);
    expect(received).toEqual(['PONG', 'closed']);
  });

  it('rejects when it cannot be opened', async () => {
    vi.stubGlobal('WebSocket', FakeWebSocket);
    const opening = openStandardSocket('wss://venue.test/ws/user');
    FakeWebSocket.last.dispatchEvent(new Event('error'));
    await expect(opening).rejects.toThrow('the socket could not be opened');
  });
});
