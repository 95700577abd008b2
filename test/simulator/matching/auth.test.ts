// Who may call: attestations for API keys, HMAC over the exact bytes of every private call.

import { describe, expect, it } from 'vitest';
import { openBench } from '../harness.ts';
import { TestTrader, tradable } from '../trader.ts';

const OTHER_KEY = `0x${'17'.repeat(32)}`;

describe('API keys', () => {
  it('gives the same credentials again for the same address and nonce, and others for another', () => {
    const trader = new TestTrader(openBench());
    expect(trader.attest('GET', '/auth/derive-api-key').body).toEqual(trader.creds);
    const second = trader.attest('POST', '/auth/api-key', { nonce: '1' }).body;
    expect(second.apiKey).not.toBe(trader.creds.apiKey);
    expect(trader.call('GET', '/auth/api-keys').body).toEqual({
      apiKeys: [trader.creds.apiKey, second.apiKey],
    });
  });

  it('creates a key once, and derives none that was never created', () => {
    const trader = new TestTrader(openBench(), { login: false });
    expect(trader.attest('GET', '/auth/derive-api-key').status).toBe(400);
    expect(trader.attest('POST', '/auth/api-key').status).toBe(200);
    expect(trader.attest('POST', '/auth/api-key').status).toBe(400);
  });

  it('refuses an attestation that is old, or signed by somebody else', () => {
    const bench = openBench();
    const trader = new TestTrader(bench, { login: false });
    const stale = trader.attest('POST', '/auth/api-key', {
      timestamp: Math.floor(bench.nowMs() / 1_000) - 3_600,
    });
    expect(stale).toMatchObject({ status: 401, body: { error: 'Invalid L1 Request headers' } });
    const other = new TestTrader(bench, { key: OTHER_KEY, login: false });
    const borrowed = other.send('POST', '/auth/api-key', '', {
      POLY_ADDRESS: trader.wallet.address,
      POLY_SIGNATURE: `0x${'1b'.repeat(65)}`,
      POLY_TIMESTAMP: String(Math.floor(bench.nowMs() / 1_000)),
      POLY_NONCE: '0',
    });
    expect(borrowed.status).toBe(401);
  });

  it('no longer knows a key that was deleted', () => {
    const trader = new TestTrader(openBench());
    expect(trader.call('DELETE', '/auth/api-key').status).toBe(200);
    expect(trader.call('GET', '/auth/api-keys').status).toBe(401);
  });
});

describe('private calls', () => {
  it('sign the path without its query', () => {
    const trader = new TestTrader(openBench());
    expect(trader.call('GET', '/data/orders?market=0x00&next_cursor=MA==').status).toBe(200);
  });

  it.each([
    ['a wrong secret', { secret: btoa('x'.repeat(32)) }],
    ['a clock that is two minutes off', { timestamp: 1_795_427_000 - 120 }],
  ])('are refused with %s', (_what, change) => {
    const trader = new TestTrader(openBench());
    expect(trader.call('GET', '/data/orders', undefined, change)).toMatchObject({
      status: 401,
      body: { error: 'Unauthorized/Invalid api key' },
    });
  });

  it('are refused when a byte of the body differs from what was signed', () => {
    const bench = openBench();
    const trader = new TestTrader(bench);
    const { token } = tradable(bench.exchange);
    const { body } = trader.sign({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
    const other = new TestTrader(bench, { login: false });
    other.creds = trader.creds;
    const text = JSON.stringify(body);
    const send = other.send.bind(other);
    other.send = (method, url, sent, headers) => send(method, url, sent.replace('{', '{ '), headers);
    expect(other.call('POST', '/order', text).status).toBe(401);
    expect(bench.exchange.placedOrders()).toEqual([]);
  });

  it('without any headers are answered 401, or 403 from a region where trading is restricted', () => {
    const bench = openBench();
    const probe = () => bench.exchange.handleRequest({ method: 'POST', url: '/order', body: '{}' });
    expect(probe().status).toBe(401);
    expect(bench.get('/api/geoblock').body).toMatchObject({ blocked: false, country: 'IE' });
    bench.exchange.faults.add({ channel: 'order', kind: 'region', count: 1 });
    expect(bench.get('/api/geoblock').body).toMatchObject({ blocked: true });
    expect(probe()).toMatchObject({ status: 403, body: '{"error":"Trading restricted in your region"}' });
  });
});
