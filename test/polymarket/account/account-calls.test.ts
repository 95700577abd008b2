/** Authenticated requests: the headers against the official client's, paging, rate headers, hidden credentials. */
import { createL2Headers } from '@polymarket/clob-client-v2';
import { describe, expect, it } from 'vitest';
import { createAccountCalls, hiderOf, textHeaders } from '../../../polymarket/account/account-calls.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import type { ApiCredentials } from '../../../polymarket/account/trading-types.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import type { Answer } from '../fixture.ts';

/** A well-known test key; it holds nothing. */
const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const OWNER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const CREDENTIALS = { apiKey: 'key-1', secret: 'c2VjcmV0', passphrase: 'pass-1' };
const NOW_MS = 1_795_334_400_999;

function accountOf(...answers: readonly Answer[]) {
  return accountWith(CREDENTIALS, answers);
}

function accountWith(credentials: ApiCredentials, answers: readonly Answer[]) {
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRIVATE_KEY,
    POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
    POLYMARKET_SIGNATURE_TYPE: '3',
  });
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
  const requests: { url: URL; headers: Record<string, string> }[] = [];
  const host: VenueHost = {
    baseUrl: 'https://venue.test',
    nowMs: () => NOW_MS,
    fetch: (input, init = {}) => {
      const {
        status = 200,
        body = '',
        headers = {},
      } = answers[Math.min(requests.length, answers.length - 1)]!;
      // Every header here is written by our own code, as a plain object.
      requests.push({ url: new URL(input), headers: { ...(init.headers as Record<string, string>) } });
      return Promise.resolve(new Response(body, { status, headers }));
    },
  };
  return { calls: createAccountCalls({ host, signer: secrets.signer, credentials }), requests };
}
const pageOf = (data: unknown, next_cursor?: unknown): Answer => ({
  body: JSON.stringify({ data, next_cursor }),
});

describe('the headers of a request', () => {
  const client = {
    getAddress: async () => OWNER,
    _signTypedData: () => Promise.reject(new Error('not used')),
  };
  const keys = { key: CREDENTIALS.apiKey, secret: CREDENTIALS.secret, passphrase: CREDENTIALS.passphrase };

  it.each([
    ['GET', '/data/trades', undefined],
    ['POST', '/order', '{"order":1}'],
    ['DELETE', '/orders', '[]'],
  ] as const)(
    "of %s %s are the official client's, in whole seconds rounded down",
    async (method, path, body) => {
      const call = { method, requestPath: path, ...(body === undefined ? {} : { body }) };
      const expected = await createL2Headers(client, keys, call, 1_795_334_400);
      expect(accountOf({}).calls.headersOf(method, path, body)).toEqual(expected);
      expect(expected.POLY_TIMESTAMP).toBe('1795334400');
    },
  );

  it.each([
    ['bytes of every value', Buffer.from(Array.from({ length: 256 }, (_, at) => at)).toString('base64')],
    ['the alphabet for addresses', Buffer.from([251, 255, 254, 63]).toString('base64url')],
    ['no padding', 'YQ'],
  ])("are the official client's, whatever the secret: %s", async (_what, secret) => {
    const credentials = { ...CREDENTIALS, secret };
    const body = '{"title":"ünde 𝔹"}';
    const call = { method: 'POST', requestPath: '/order', body };
    const expected = await createL2Headers(client, { ...keys, secret }, call, 1_795_334_400);
    expect(accountWith(credentials, []).calls.headersOf('POST', '/order', body)).toEqual(expected);
  });

  it('are texts', () => {
    expect(textHeaders({ a: 1, b: true, c: 'x' })).toEqual({ a: '1', b: 'true', c: 'x' });
  });

  it('are signed without the query and sent with it', async () => {
    const { calls, requests } = accountOf({ body: '{"x":1}' });
    expect(await calls.read('/balance-allowance', [['asset_type', 'COLLATERAL']])).toEqual({ x: 1 });
    expect(requests[0]!.url.href).toBe('https://venue.test/balance-allowance?asset_type=COLLATERAL');
    const signed = calls.headersOf('GET', '/balance-allowance');
    expect(requests[0]!.headers).toMatchObject(signed);
  });
});

describe('a read', () => {
  it('of an empty body is null only where that is allowed', async () => {
    const { calls } = accountOf({ body: '' });
    expect(await calls.read('/x', [], true)).toBeNull();
    await expect(calls.read('/x', [])).rejects.toMatchObject({ kind: 'bad-payload' });
  });

  it('keeps the latest rate headers, also when a response has none', async () => {
    const rated = { body: '{}', headers: { 'poly-ratelimit-remaining': '7' } };
    const { calls } = accountOf(rated, { body: '{}' });
    expect(calls.rate()).toEqual({ remaining: null, resetAtMs: null, tier: '', warning: '' });
    await calls.read('/x', []);
    await calls.read('/x', []);
    expect(calls.rate().remaining).toBe(7);
    calls.onResponse(new Response('', { headers: { 'poly-ratelimit-reset': '3' } }));
    expect(calls.rate().resetAtMs).toBe(NOW_MS + 3_000);
  });
});

describe('paging', () => {
  it('starts at the first cursor, follows the next and keeps the query', async () => {
    const { calls, requests } = accountOf(pageOf([1, null], 'MTAw'), pageOf([{ id: 2 }], 'LTE='));
    expect(await calls.readPages('/data/trades', [['id', 't']])).toEqual([1, null, { id: 2 }]);
    expect(requests.map(({ url }) => url.search)).toEqual([
      '?id=t&next_cursor=MA%3D%3D',
      '?id=t&next_cursor=MTAw',
    ]);
  });

  it.each([
    ['null', null],
    ['absent', undefined],
    ['empty', ''],
    ['LTE=', 'LTE='],
  ])('ends when the next cursor is %s', async (_what, cursor) => {
    const { calls, requests } = accountOf(pageOf([1], cursor));
    expect(await calls.readPages('/x', [])).toEqual([1]);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['null data', pageOf(null)],
    ['a 404', { status: 404 }],
  ])('gives no rows for %s', async (_what, answer) => {
    expect(await accountOf(answer).calls.readPages('/x', [])).toEqual([]);
  });

  it('fails on a repeated cursor', async () => {
    const { calls, requests } = accountOf(pageOf([1], 'b'), pageOf([2], 'b'));
    await expect(calls.readPages('/x', [])).rejects.toThrow(
      'GET venue.test/x: bad payload, next_cursor: repeated',
    );
    expect(requests).toHaveLength(2);
  });

  it('reads 100 pages and fails when there are more', async () => {
    const pages = Array.from({ length: 99 }, (_, index) => pageOf([index], `c${index}`));
    expect(await accountOf(...pages, pageOf([99])).calls.readPages('/x', [])).toHaveLength(100);
    const endless = accountOf(...pages, pageOf([99], 'c99'), pageOf([100]));
    await expect(endless.calls.readPages('/x', [])).rejects.toThrow('more than 100 pages');
    expect(endless.requests).toHaveLength(100);
  });
});

describe('hiding', () => {
  it('replaces every occurrence of each credential', () => {
    const hide = hiderOf(CREDENTIALS);
    expect(hide('key-1 c2VjcmV0 pass-1 key-1 other')).toBe('… … … … other');
    expect(accountOf({}).calls.hide('a pass-1')).toBe('a …');
  });

  it('leaves a text alone where a credential is empty', () => {
    expect(hiderOf({ apiKey: '', secret: 's3', passphrase: '' })('abc s3')).toBe('abc …');
  });
});
