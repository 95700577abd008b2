import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relayFetch } from '../../durable-objects/platform/relay-fetch.ts';
import { relayHandler } from '../../scripts/order-relay.mjs';

const TOKEN = 'a token of the relay that only tests use';
const PATHS = ['POST /order', 'POST /orders', 'DELETE /order', 'DELETE /orders'];
interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let seen: Seen[];
let lines: string[];
let answer: { status: number; headers: Record<string, string>; body: string } | 'cut off';
let relayUrl: string;
let ends: (() => void)[];

beforeEach(async () => {
  seen = [];
  lines = [];
  ends = [];
  answer = { status: 200, headers: {}, body: '{"success":true}' };
  const venueUrl = await listening(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    if (answer === 'cut off') return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  relayUrl = await listening(
    relayHandler({ token: TOKEN, target: venueUrl, log: (line: string) => lines.push(line) }),
  );
});
afterEach(() => {
  for (const end of ends) end();
});

async function listening(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler);
  ends.push(() => server.close());
  ends.push(() => server.closeAllConnections());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = (path: string, init: RequestInit) => fetch(`${relayUrl}${path}`, init);
const order = { method: 'POST', body: '{"order":{"salt":1}}' };
const signed = {
  POLY_SIGNATURE: 'secret-signature',
  POLY_ADDRESS: '0xabc',
  'content-type': 'application/json',
};

describe('the relay', () => {
  it.each(PATHS)(
    'forwards %s byte by byte, with the headers that the venue reads, and gives its answer back',
    async (line) => {
      const [method = '', path = ''] = line.split(' ');
      answer = {
        status: 400,
        headers: { 'retry-after': '7', 'poly-ratelimit-remaining': '3', 'set-cookie': 'x=1' },
        body: '{"error":"no"}',
      };
      const body = '{"order": {"salt":  1},"é":"\u2028"}';
      const response = await ask(path, {
        method,
        body,
        headers: { ...signed, 'relay-token': TOKEN, cookie: 'a=b' },
      });
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({
        line,
        body,
        headers: { poly_signature: 'secret-signature', poly_address: '0xabc' },
      });
      for (const kept of ['relay-token', 'cookie']) expect(seen[0]!.headers[kept]).toBeUndefined();
      expect([response.status, await response.text()]).toEqual([400, '{"error":"no"}']);
      const headers = ['retry-after', 'poly-ratelimit-remaining', 'set-cookie'].map((name) =>
        response.headers.get(name),
      );
      expect(headers).toEqual(['7', '3', null]);
    },
  );

  it('logs method, path, status and time, and neither a header nor a body', async () => {
    await ask('/order', { ...order, headers: { ...signed, 'relay-token': TOKEN } });
    await ask('/order?secret-query', { ...order, headers: { ...signed, 'relay-token': TOKEN } });
    expect(lines).toEqual([
      expect.stringMatching(/^POST \/order 200 \d+ ms$/),
      expect.stringMatching(/^POST \/order 404 \d+ ms$/),
    ]);
  });

  it.each(['', 'x', `${TOKEN}x`, TOKEN.slice(0, -1)])(
    'forwards nothing with the token "%s"',
    async (token) => {
      const response = await ask('/order', { ...order, headers: { ...signed, 'relay-token': token } });
      expect([response.status, seen]).toEqual([401, []]);
    },
  );

  it.each([
    ['GET', '/order'],
    ['POST', '/auth/api-key'],
    ['POST', '/order/../auth/api-key'],
    ['POST', '/order?x=1'],
    ['DELETE', '/cancel-all'],
    ['POST', '//evil.example/order'],
  ])('forwards nothing but orders and cancels: %s %s', async (method, path) => {
    const init = {
      method,
      headers: { ...signed, 'relay-token': TOKEN },
      ...(method === 'GET' ? {} : { body: '{}' }),
    };
    expect([(await ask(path, init)).status, seen]).toEqual([404, []]);
  });

  it('says 502 where the venue gives no answer, which leaves the outcome unknown', async () => {
    answer = 'cut off';
    const response = await ask('/order', { ...order, headers: { ...signed, 'relay-token': TOKEN } });
    expect(response.status).toBe(502);
  });

  it('takes no body beyond a megabyte, and does not start with a short token', async () => {
    const headers = { ...signed, 'relay-token': TOKEN };
    expect((await ask('/order', { method: 'POST', body: 'x'.repeat(1_100_000), headers })).status).toBe(413);
    expect(seen).toEqual([]);
    expect(() => relayHandler({ token: 'short' })).toThrow('at least 32 characters');
  });
});

describe('the Wallet', () => {
  const sent = async (orderUrl: string | undefined, token: string | undefined, input: string) => {
    const asked: (string | null)[] = [];
    const send = relayFetch({ orderUrl, token }, async (_input, init) => {
      asked.push(new Headers(init?.headers).get('relay-token'));
      return new Response();
    });
    await send(input, { method: 'POST', headers: signed });
    return asked;
  };

  it('sends the token to the relay alone', async () => {
    expect(await sent('https://relay.test/', TOKEN, 'https://relay.test/order')).toEqual([TOKEN]);
    expect(await sent('https://relay.test', TOKEN, 'https://relay.test.evil/order')).toEqual([null]);
    expect(await sent('https://relay.test', TOKEN, 'https://clob.test/order')).toEqual([null]);
    expect(await sent(undefined, TOKEN, 'https://clob.test/order')).toEqual([null]);
  });

  it('sends it by https only, and on this machine', async () => {
    expect(await sent('http://relay.test', TOKEN, 'http://relay.test/order')).toEqual([null]);
    expect(await sent('http://127.0.0.1:8443', TOKEN, 'http://127.0.0.1:8443/order')).toEqual([TOKEN]);
  });
});
