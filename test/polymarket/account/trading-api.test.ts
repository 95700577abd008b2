/** Our client of the trading side on answers written here: what is sent, what is read, and answers that no venue should give. */
import { createL2Headers } from '@polymarket/clob-client-v2';
import { getAddress } from 'ethers';
import { describe, expect, it } from 'vitest';
import type { OrderId } from '../../../domain/orders/orders.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import type { OrderSigner, TradingApi, UnreadRow } from '../../../polymarket/account/trading-types.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { PRACTICE_KEY } from '../../simulator/trader.ts';
import { type Answer, CONDITION, TOKEN_1, TOKEN_2 } from '../fixture.ts';

/** A client whose host gives these answers in turn, and the rows that it left out. */
function scripted(...answers: readonly (Answer | Error)[]): Scripted {
  return scriptedWith({}, ...answers);
}

interface Scripted {
  api: TradingApi;
  calls: { url: URL; init: RequestInit }[];
  unread: UnreadRow[];
}

function scriptedWith(
  options: { readonly signatureType?: string; readonly orderUrl?: string },
  ...answers: readonly (Answer | Error)[]
): Scripted {
  const { signer, credentials, host, calls } = scriptedParts(...answers);
  const unread: UnreadRow[] = [];
  const onUnread = (one: UnreadRow): number => unread.push(one);
  const orderHost =
    options.orderUrl === undefined ? {} : { orderHost: { ...host, baseUrl: options.orderUrl } };
  const own = options.signatureType === undefined ? signer : signerOf(options.signatureType);
  return { api: createTradingApi({ host, ...orderHost, signer: own, credentials, onUnread }), calls, unread };
}

/** A client of another host. */
function scriptedOn(host: VenueHost): { api: TradingApi } {
  const { signer, credentials } = scriptedParts();
  return { api: createTradingApi({ host, signer, credentials }) };
}

function signerOf(signatureType: string): OrderSigner {
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
    POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
    POLYMARKET_SIGNATURE_TYPE: signatureType,
  });
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
  return secrets.signer;
}

const waitsForAbort: VenueHost['fetch'] = (_input, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

function scriptedParts(...answers: readonly (Answer | Error)[]) {
  const calls: { url: URL; init: RequestInit }[] = [];
  const host: VenueHost = {
    baseUrl: 'https://venue.test',
    nowMs: () => 1_795_334_400_000,
    fetch: (input, init = {}) => {
      const answer = answers[Math.min(calls.length, answers.length - 1)]!;
      calls.push({ url: new URL(input), init });
      if (answer instanceof Error) return Promise.reject(answer);
      const { status = 200, headers = {} } = answer;
      return Promise.resolve(new Response(answer.body ?? '', { status, headers }));
    },
  };
  const credentials = { apiKey: 'key-of-canary', secret: 'c2VjcmV0LWNhbmFyeQ==', passphrase: 'pass-canary' };
  return { signer: signerOf('3'), credentials, host, calls };
}

const ORDER_ID = `0x${'5a'.repeat(32)}` as OrderId;
const row = {
  id: ORDER_ID,
  status: 'LIVE',
  asset_id: TOKEN_1,
  side: 'BUY',
  original_size: '100',
  size_matched: '25.5',
  associate_trades: null,
};
const page = (...data: unknown[]): Answer => ({ body: JSON.stringify({ data, next_cursor: 'LTE=' }) });

describe('an answer that is out of the ordinary', () => {
  it.each([
    ['ORDER_STATUS_LIVE', 'LIVE'],
    ['ORDER_STATUS_CANCELED_MARKET_RESOLVED', 'CANCELED_MARKET_RESOLVED'],
    ["CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.", 'CANCELED'],
    ['matched', 'MATCHED'],
    ['UNMATCHED', 'UNMATCHED'],
    ['LIVELY', 'UNKNOWN_STATUS'],
    ['held_for_review', 'UNKNOWN_STATUS'],
  ])('an order of status %s is %s', async (status, expected) => {
    const { api } = scripted(page({ ...row, status }));
    expect(await api.fetchOrder(ORDER_ID)).toMatchObject({
      status: expected,
      rawStatus: status.slice(0, 80),
    });
  });

  it('leaves a matched size unknown where it is empty or may be in another unit', async () => {
    const matched = async (change: Record<string, unknown>) =>
      (await scripted(page({ ...row, ...change })).api.fetchOrder(ORDER_ID))?.matchedShareMicros;
    expect(await matched({})).toBe(25_500_000n);
    expect(await matched({ size_matched: '' })).toBeNull();
    expect(await matched({ original_size: '100000000', size_matched: '25500000' })).toBeNull();
  });

  it.each([
    ['null', { body: 'null' }],
    ['nothing', { body: '' }],
    ['a 404', { status: 404, body: '{"error":"order not found"}' }],
  ])('%s after an empty list is an order that the venue does not know', async (_what, answer) => {
    expect(await scripted(page(), answer).api.fetchOrder(ORDER_ID)).toBeUndefined();
  });

  it.each([
    ['a failed second read', [page(), { status: 500 }]],
    ['another order', [page(), { body: JSON.stringify({ ...row, id: `0x${'11'.repeat(32)}` }) }]],
    ['a page without end', [{ body: JSON.stringify({ data: [], next_cursor: 'MA==' }) }]],
    ['an HTML page', [{ body: '<html></html>' }]],
    ['a row without an id', [page({ ...row, id: undefined })]],
  ] satisfies [string, Answer[]][])('%s says nothing about the order', async (_what, answers) => {
    await expect(scripted(...answers).api.fetchOrder(ORDER_ID)).rejects.toMatchObject({ name: 'VenueError' });
  });

  it('reads balances as whole base units or as a decimal, and no allowances as none', async () => {
    const balance = async (body: unknown) => scripted({ body: JSON.stringify(body) }).api.fetchCollateral();
    expect(await balance({ balance: '250500000' })).toEqual({
      balanceMicros: 250_500_000n,
      allowanceMicros: {},
    });
    expect((await balance({ balance: '250.5' })).balanceMicros).toBe(250_500_000n);
    const max = (2n ** 256n - 1n).toString();
    expect((await balance({ balance: '0', allowances: { '0xAB': max } })).allowanceMicros).toEqual({
      '0xab': 2n ** 256n - 1n,
    });
    await expect(balance({ balance: -1 })).rejects.toMatchObject({ kind: 'bad-payload' });
  });

  it('follows no redirect with credentials on it', async () => {
    const { api, calls } = scripted({ status: 302, headers: { location: 'https://elsewhere.test/' } });
    await expect(api.listOpenOrders()).rejects.toMatchObject({ kind: 'status', status: 302 });
    const answer = await api.submit({ orderId: ORDER_ID, body: '{}' }, {}, { timeoutMs: 1_000 });
    expect(answer).toMatchObject({ kind: 'unknown' });
    expect(calls.map(({ init }) => init.redirect)).toEqual(['manual', 'manual']);
  });

  it('puts credentials into headers only: not into URLs, errors or answers, even when they are quoted back', async () => {
    const quoted = {
      status: 400,
      body: JSON.stringify({ error: `${'bad '.repeat(48)}c2VjcmV0LWNhbmFyeQ== pass-canary key-of-canary` }),
    };
    const { api, calls } = scripted(quoted);
    const answer = await api.submit({ orderId: ORDER_ID, body: '{}' }, {}, { timeoutMs: 1_000 });
    const failure = await api.listOpenOrders().catch((error: unknown) => String(error));
    const lost = await scripted(new Error('pass-canary'))
      .api.fetchCollateral()
      .catch((error: unknown) => String(error));
    const shown = JSON.stringify([answer, failure, lost, calls.map(({ url }) => url.href)]);
    for (const canary of ['c2VjcmV0', 'pass-canary', 'key-of-canary']) expect(shown).not.toContain(canary);
  });

  it('is unknown when the network breaks under an order, and never thrown', async () => {
    const { api } = scripted(new TypeError('fetch failed'));
    expect(await api.submit({ orderId: ORDER_ID, body: '{}' }, {}, { timeoutMs: 1_000 })).toEqual({
      kind: 'unknown',
      cause: 'NETWORK',
      message: 'TypeError',
    });
  });
});

const OTHER_ID = `0x${'11'.repeat(32)}`;
const trade = (id: string, change: Record<string, unknown> = {}) => ({
  id,
  taker_order_id: ORDER_ID,
  market: CONDITION,
  asset_id: TOKEN_1,
  side: 'BUY',
  size: '10',
  price: '0.5',
  status: 'CONFIRMED',
  match_time: '1795334400',
  owner: 'key-of-canary',
  trader_side: 'TAKER',
  transaction_hash: '',
  ...change,
});
const leg = (change: Record<string, unknown> = {}) => ({
  order_id: OTHER_ID,
  owner: 'somebody',
  maker_address: '0xbb',
  matched_amount: '4',
  price: '0.49',
  asset_id: TOKEN_1,
  ...change,
});
const ourLeg = (change: Record<string, unknown> = {}) =>
  leg({ order_id: ORDER_ID, maker_address: '0x00000000000000000000000000000000C0FFEE03', ...change });
/** A trade in which a stranger took, and we may be among the makers. */
const made = (id: string, legs: unknown, change: Record<string, unknown> = {}) =>
  trade(id, {
    taker_order_id: OTHER_ID,
    owner: 'somebody',
    trader_side: 'MAKER',
    maker_orders: legs,
    ...change,
  });

/** Rows of ours that cannot be read. */
const UNREAD: readonly [what: string, row: unknown, reason: string, tradeId: string][] = [
  ['an unknown status', trade('t', { status: 'HELD' }), 'trade status: unknown status, HELD', 't'],
  ['no size', trade('t', { size: undefined }), 'trade size: missing', 't'],
  ['no id of our order', trade('t', { taker_order_id: '0x1' }), 'trade taker_order_id: not an order id', 't'],
  ['no time', trade('t', { match_time: '' }), 'trade match_time: missing', 't'],
  [
    'a leg of ours without an amount',
    made('t', [leg(), ourLeg({ matched_amount: 'many' })]),
    'trade maker_orders.1.matched_amount: not a decimal of at least 0',
    't',
  ],
  [
    'a leg of ours without an order',
    made('t', [ourLeg({ order_id: null })]),
    'trade maker_orders.0.order_id: not an order id',
    't',
  ],
  [
    'a good leg of ours beside a bad one',
    made('t', [ourLeg(), ourLeg({ price: '7' })]),
    'trade maker_orders.1.price: not a price from 0 to 1',
    't',
  ],
  [
    'a leg of ours without a side, against a taker without one',
    made('t', [ourLeg()], { side: 'HOLD' }),
    'trade side: missing, and the taker does not give it',
    't',
  ],
  ['no leg of ours', made('t', [leg()]), 'trade: no part of ours in it', 't'],
  ['legs that are no list', made('t', 'none'), 'trade: no part of ours in it', 't'],
  [
    'more legs than any trade has',
    trade('t', { maker_orders: Array(5_001).fill({}) }),
    'trade maker_orders: 5001 are too many',
    't',
  ],
  ['no id', trade('', {}), 'trade id: Too small: expected string to have >=1 characters', ''],
  ['nothing', null, 'trade Invalid input: expected object, received null', ''],
];

describe('a trade that is not understood', () => {
  it.each(UNREAD)('for %s is reported, and the others are kept', async (_what, bad, reason, tradeId) => {
    const { api, unread } = scripted(page(trade('one'), bad, trade('two')));
    const fills = await api.listTrades({ afterS: 0 });
    expect(fills.map((fill) => fill.tradeId)).toEqual(['one', 'two']);
    expect(unread).toEqual([{ reason, tradeId, excerpt: expect.any(String) }]);
    expect(unread[0]!.excerpt.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(bad).replaceAll('key-of-canary', '…')).toContain(unread[0]!.excerpt);
  });

  it('is reported by every read of trades, each time', async () => {
    const { api, unread } = scripted(page(trade('t', { status: 'HELD' })));
    expect(await api.fetchTrade('t')).toEqual([]);
    expect(await api.listMarketTrades({ conditionId: CONDITION, afterS: 0 })).toEqual([]);
    expect(await api.listTrades({ afterS: 0 })).toEqual([]);
    expect(unread.map((one) => one.tradeId)).toEqual(['t', 't', 't']);
  });

  it('on one page leaves the next to be read', async () => {
    const first = { body: JSON.stringify({ data: [trade('t', { side: 7 })], next_cursor: 'MTAw' }) };
    const { api, unread } = scripted(first, page(trade('two')));
    expect((await api.listTrades({ afterS: 0 })).map((fill) => fill.tradeId)).toEqual(['two']);
    expect(unread).toHaveLength(1);
  });

  it.each([
    ['rows that are no list', { data: { 0: trade('t') }, next_cursor: 'LTE=' }],
    ['a cursor that is no text', { data: [trade('t')], next_cursor: 7 }],
    ['a list without a page', [trade('t')]],
  ])('is another thing than %s: such a page throws', async (_what, body) => {
    const { api, unread } = scripted({ body: JSON.stringify(body) });
    const failed = { name: 'VenueError', kind: 'bad-payload' };
    await expect(api.listTrades({ afterS: 0 })).rejects.toMatchObject(failed);
    await expect(api.listOpenOrders()).rejects.toMatchObject(failed);
    expect(unread).toEqual([]);
  });

  it('shows no credentials, also where they would be cut in two', async () => {
    const canaries = ['c2VjcmV0LWNhbmFyeQ==', 'pass-canary', 'key-of-canary'];
    for (const canary of canaries) {
      for (let shift = 170; shift <= 200; shift += 1) {
        const note = `${'x'.repeat(shift - 20)}${canary}`;
        const { api, unread } = scripted(page({ note, ...trade(canary, { status: canary, side: 7 }) }));
        await api.listTrades({ afterS: 0 });
        await api.listOpenOrders();
        expect(unread).toHaveLength(2);
        expect(JSON.stringify(unread)).not.toMatch(/c2VjcmV0|pass-|key-of|canary/i);
      }
    }
  });
});

describe("other people's part of a trade", () => {
  it.each([
    ['an amount that is none', leg({ matched_amount: 'many' })],
    ['a price beyond 1', leg({ price: '49' })],
    ['no token', leg({ asset_id: undefined })],
    ['nothing', null],
    ['text', 'leg'],
  ])('with %s leaves our fill as taker at its average price', async (_what, bad) => {
    const { api, unread } = scripted(page(trade('t', { maker_orders: [leg(), bad] })));
    expect(await api.listTrades({ afterS: 0 })).toMatchObject([
      {
        role: 'TAKER',
        shareMicros: 10_000_000n,
        legs: [{ shareMicros: 10_000_000n, priceMicros: 500_000n }],
      },
    ]);
    expect(unread).toEqual([]);
  });

  it('may have any order id, owner and side, and its legs still count', async () => {
    const legs = [
      leg({ order_id: 7, side: 'HOLD' }),
      leg({ matched_amount: '6', owner: 7, maker_address: {} }),
    ];
    const { api, unread } = scripted(page(trade('t', { maker_orders: legs })));
    expect((await api.listTrades({ afterS: 0 }))[0]?.legs).toEqual([
      { shareMicros: 4_000_000n, priceMicros: 490_000n },
      { shareMicros: 6_000_000n, priceMicros: 490_000n },
    ]);
    expect(unread).toEqual([]);
  });

  it.each([
    ['legs', [leg({ price: 'x' }), null, ourLeg()], {}],
    ['order', [ourLeg()], { taker_order_id: 'x' }],
    ['size and price', [ourLeg()], { size: '', price: '' }],
    ['direction, where our leg has its own', [ourLeg({ side: 'SELL' })], { side: 'x', asset_id: 7 }],
  ])('does not cost us our fill as maker by its %s', async (_what, legs, change) => {
    const { api, unread } = scripted(page(made('t', legs, change)));
    expect(await api.listTrades({ afterS: 0 })).toMatchObject([
      { role: 'MAKER', orderId: ORDER_ID, side: 'SELL', shareMicros: 4_000_000n, priceMicros: 490_000n },
    ]);
    expect(unread).toEqual([]);
  });

  it('as maker of the other outcome leaves the taker its side', async () => {
    const { api } = scripted(page(made('t', [leg({ price: 'x' }), ourLeg({ asset_id: TOKEN_2 })])));
    expect(await api.listTrades({ afterS: 0 })).toMatchObject([{ tokenId: TOKEN_2, side: 'BUY' }]);
  });
});

describe('an order that is not understood', () => {
  it('is left out of the open ones and reported', async () => {
    const bad = { ...row, side: 'HOLD' };
    const { api, unread } = scripted(page({ ...row, id: OTHER_ID }, bad, null));
    expect((await api.listOpenOrders()).map((report) => report.orderId)).toEqual([OTHER_ID]);
    expect(unread).toMatchObject([
      {
        reason: expect.stringMatching(/^order side: /),
        tradeId: '',
        excerpt: JSON.stringify(bad).slice(0, 200),
      },
      { reason: expect.stringMatching(/^order /), tradeId: '', excerpt: 'null' },
    ]);
  });

  it.each([
    ['by its own id', { ...row, side: 'HOLD' }, /side/],
    ['by an id that is none', { ...row, id: 7 }, /id/],
    ['by nothing', null, /bad payload/],
  ])('%s is never an order that is not there', async (_what, broken, reason) => {
    const { api, calls } = scripted(page(broken), { status: 404 });
    await expect(api.fetchOrder(ORDER_ID)).rejects.toThrow(reason);
    expect(calls).toHaveLength(1);
  });

  it('is no obstacle to another one by its id', async () => {
    const { api } = scripted(page({ id: OTHER_ID }, { id: 7 }, row));
    expect(await api.fetchOrder(ORDER_ID)).toMatchObject({ orderId: ORDER_ID, status: 'LIVE' });
  });
});

/** The headers that the official client makes for the same request. */
function officialHeaders(method: string, requestPath: string, body: string) {
  const { signer, credentials, host } = scriptedParts();
  const client = {
    getAddress: async () => getAddress(signer.ownerAddress),
    _signTypedData: () => Promise.reject(new Error('not used')),
  };
  const keys = { key: credentials.apiKey, secret: credentials.secret, passphrase: credentials.passphrase };
  return createL2Headers(client, keys, { method, requestPath, body }, Math.floor(host.nowMs() / 1_000));
}

describe('an order that is sent', () => {
  const ORDER = { orderId: ORDER_ID, body: '{"order":1}' };
  const TAKEN = { success: true, errorMsg: '', orderID: ORDER_ID, status: 'live', tradeIDs: ['t'] };

  it('goes out in the same turn with its exact bytes and headers, and its answer is read', async () => {
    const { api, calls } = scripted({
      body: JSON.stringify(TAKEN),
      headers: { 'poly-ratelimit-remaining': '5' },
    });
    const headers = api.submitHeaders(ORDER);
    expect(headers).toEqual(await officialHeaders('POST', '/order', ORDER.body));
    const answer = api.submit(ORDER, { a: 'b' }, { timeoutMs: 1_000 });
    expect(calls).toHaveLength(1);
    expect(calls[0]!.url.href).toBe('https://venue.test/order');
    expect(calls[0]!.init).toMatchObject({
      method: 'POST',
      body: ORDER.body,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'polymarketspy/0.1',
        a: 'b',
      },
    });
    expect(await answer).toEqual({ kind: 'accepted', status: 'LIVE', tradeIds: ['t'] });
    expect(api.rate().remaining).toBe(5);
  });

  it('goes to the host of orders like a cancel, while reads go to the other', async () => {
    const answers = { body: JSON.stringify({ canceled: [ORDER_ID], data: [], next_cursor: 'LTE=' }) };
    const { api, calls } = scriptedWith({ orderUrl: 'https://relay.test/out//' }, answers);
    await api.submit(ORDER, {}, { timeoutMs: 1_000 });
    await api.cancel([ORDER_ID]);
    await api.listOpenOrders();
    expect(calls.map(({ url, init }) => `${init.method ?? 'GET'} ${url.origin}${url.pathname}`)).toEqual([
      'POST https://relay.test/out/order',
      'DELETE https://relay.test/out/orders',
      'GET https://venue.test/data/orders',
    ]);
  });

  it('is unknown after an answer of more than a megabyte, and read up to that', async () => {
    const whole = (bytes: number) =>
      JSON.stringify({ ...TAKEN, pad: '' }).replace('"pad":""', `"pad":"${'x'.repeat(bytes)}"`);
    const spare = 1_048_576 - whole(0).length;
    const answerTo = (body: string) => scripted({ body }).api.submit(ORDER, {}, { timeoutMs: 1_000 });
    expect(await answerTo(whole(spare))).toMatchObject({ kind: 'accepted' });
    expect(await answerTo(whole(spare + 1))).toEqual({
      kind: 'unknown',
      cause: 'NETWORK',
      message: 'VenueError',
    });
  });

  it('is unknown after its own timeout', async () => {
    const never = { baseUrl: 'https://venue.test', nowMs: () => 0, fetch: waitsForAbort };
    const { api } = scriptedOn(never);
    expect(await api.submit(ORDER, {}, { timeoutMs: 1 })).toMatchObject({
      kind: 'unknown',
      cause: 'TIMEOUT',
    });
  });

  it('is unknown after a failure that is not an error', async () => {
    const broken = { baseUrl: 'https://venue.test', nowMs: () => 0, fetch: () => Promise.reject('text') };
    expect(await scriptedOn(broken).api.submit(ORDER, {}, { timeoutMs: 1_000 })).toEqual({
      kind: 'unknown',
      cause: 'NETWORK',
      message: 'unknown failure',
    });
  });
});

describe('a cancel', () => {
  const idOf = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as OrderId;

  it('asks for at most a thousand orders a call and joins the answers', async () => {
    const ids = Array.from({ length: 1_001 }, (_, index) => idOf(index));
    const first = {
      body: JSON.stringify({ canceled: ids.slice(0, 999), not_canceled: { [ids[999]!]: 'matched' } }),
    };
    const second = { body: JSON.stringify({ canceled: ids.slice(1_000), not_canceled: null }) };
    const { api, calls } = scripted(first, second);
    const answer = await api.cancel(ids);
    expect(calls.map(({ init }) => JSON.parse(String(init.body)).length)).toEqual([1_000, 1]);
    expect(calls.map(({ init }) => init.method)).toEqual(['DELETE', 'DELETE']);
    expect(answer.canceled).toHaveLength(1_000);
    expect(answer.notCanceled).toEqual({ [ids[999]!]: 'matched' });
    await api.cancel(ids.slice(0, 1_000));
    expect(calls).toHaveLength(3);
  });

  it('is signed as the official client signs it', async () => {
    const { api, calls } = scripted({ body: '{}' });
    await api.cancel([ORDER_ID]);
    const body = JSON.stringify([ORDER_ID]);
    expect(calls[0]!.init.body).toBe(body);
    expect(calls[0]!.init.headers).toMatchObject(await officialHeaders('DELETE', '/orders', body));
  });

  it('makes no request for no orders', async () => {
    const { api, calls } = scripted({ body: '{}' });
    expect(await api.cancel([])).toEqual({ canceled: [], notCanceled: {} });
    expect(calls).toEqual([]);
  });

  it('gives reasons in lower-case ids, cut at 200 characters and without credentials', async () => {
    const why = `key-of-canary ${'x'.repeat(300)}`;
    const id = `0x${'AB'.repeat(32)}`;
    const { api } = scripted({
      body: JSON.stringify({ not_canceled: { [id]: why } }),
      headers: { 'poly-ratelimit-remaining': '9' },
    });
    expect(await api.cancel([ORDER_ID])).toEqual({
      canceled: [],
      notCanceled: { [id.toLowerCase()]: `… ${'x'.repeat(198)}` },
    });
    expect(api.rate().remaining).toBe(9);
  });

  it('throws for an answer that cannot be read', async () => {
    await expect(scripted({ body: '{"canceled":["0x1"]}' }).api.cancel([ORDER_ID])).rejects.toMatchObject({
      kind: 'bad-payload',
    });
  });
});

describe('reads of trades', () => {
  const at = (seconds: number) => ({ match_time: String(1_795_334_400 + seconds) });

  it('ask from a second earlier, keep those from the second on, and order them by time', async () => {
    const { api, calls } = scripted(page(trade('c', at(2)), trade('a', at(-1)), trade('b', at(0))));
    const fills = await api.listTrades({ afterS: 1_795_334_400 });
    expect(fills.map((fill) => fill.tradeId)).toEqual(['b', 'c']);
    expect(calls[0]!.url.searchParams.get('after')).toBe('1795334399');
    await api.listTrades({ afterS: 0 });
    expect(calls[1]!.url.searchParams.get('after')).toBe('0');
  });

  it('by id keep that trade only', async () => {
    const { api, calls } = scripted(page(trade('one'), trade('two')));
    expect((await api.fetchTrade('two')).map((fill) => fill.tradeId)).toEqual(['two']);
    expect(calls[0]!.url.searchParams.get('id')).toBe('two');
  });

  it('of a market keep those of the market from the second on', async () => {
    const other = `0x${'2'.repeat(64)}`;
    const rows = [trade('a', at(-1)), trade('b', at(0)), trade('c', { ...at(5), market: other })];
    const { api, calls } = scripted(page(...rows));
    const fills = await api.listMarketTrades({ conditionId: CONDITION, afterS: 1_795_334_400 });
    expect(fills.map((fill) => fill.tradeId)).toEqual(['b']);
    expect(calls[0]!.url.searchParams.get('market')).toBe(CONDITION);
    expect(calls[0]!.url.searchParams.get('after')).toBe('1795334399');
  });
});

describe('reads of one order', () => {
  it('ask for the list by id first, and for the order itself when it is not there', async () => {
    const { api, calls } = scripted(page(), { body: JSON.stringify(row) });
    expect(await api.fetchOrder(ORDER_ID)).toMatchObject({ orderId: ORDER_ID });
    expect(calls.map(({ url }) => url.pathname)).toEqual(['/data/orders', `/data/order/${ORDER_ID}`]);
    expect(calls[0]!.url.searchParams.get('id')).toBe(ORDER_ID);
  });

  it('take the row with the id, also behind one whose id cannot be read', async () => {
    const { api } = scripted(
      page({ ...row, id: 7 }, { ...row, id: OTHER_ID }, { ...row, size_matched: '1' }),
    );
    expect((await api.fetchOrder(ORDER_ID))?.matchedShareMicros).toBe(1_000_000n);
  });

  it('do not take another order for it', async () => {
    const { api } = scripted(page({ ...row, id: OTHER_ID }), { status: 404 });
    expect(await api.fetchOrder(ORDER_ID)).toBeUndefined();
  });
});

describe('reads of the account', () => {
  const balance = { body: '{"balance":"1","allowances":null}' };

  it.each(['1', '2', '3'])('name the asset and signature type %s', async (signatureType) => {
    const { api, calls } = scriptedWith({ signatureType }, balance);
    await api.fetchCollateral();
    await api.fetchShares(TOKEN_1, 'v1');
    await api.fetchShares(TOKEN_1, 'v2');
    await api.refreshCollateral();
    expect(calls.map(({ url }) => `${url.pathname}${url.search}`)).toEqual([
      `/balance-allowance?asset_type=COLLATERAL&signature_type=${signatureType}`,
      `/balance-allowance?asset_type=CONDITIONAL&token_id=${TOKEN_1}&signature_type=${signatureType}`,
      `/balance-allowance?asset_type=CONDITIONAL-V2&token_id=${TOKEN_1}&signature_type=${signatureType}`,
      `/balance-allowance/update?asset_type=COLLATERAL&signature_type=${signatureType}`,
    ]);
  });

  it('take an empty answer to the refresh, and to nothing else', async () => {
    await expect(scripted({ body: '' }).api.refreshCollateral()).resolves.toBeUndefined();
    await expect(scripted({ body: '' }).api.fetchCollateral()).rejects.toMatchObject({ kind: 'bad-payload' });
  });

  it.each([
    ['0', 0n],
    ['1'.repeat(78), BigInt('1'.repeat(78))],
    ['250.5', 250_500_000n],
    ['0.000001', 1n],
  ])('read a balance of %s', async (text, expected) => {
    const { api } = scripted({ body: JSON.stringify({ balance: text }) });
    expect((await api.fetchCollateral()).balanceMicros).toBe(expected);
  });

  it.each(['', '-1', '1.', '.5', '1.0000001', '1e6', '1'.repeat(79)])(
    'refuse a balance of "%s"',
    async (text) => {
      const { api } = scripted({ body: JSON.stringify({ balance: text }) });
      await expect(api.fetchCollateral()).rejects.toThrow(/balance: not an amount/);
    },
  );

  it('say whether the account may only close, and the time', async () => {
    expect(await scripted({ body: '{"closed_only":true}' }).api.fetchClosedOnly()).toBe(true);
    expect(await scripted({ body: '{"closed_only":false}' }).api.fetchClosedOnly()).toBe(false);
    await expect(scripted({ body: '{}' }).api.fetchClosedOnly()).rejects.toMatchObject({
      kind: 'bad-payload',
    });
    expect(await scripted({ body: '1795334400' }).api.fetchTimeMs()).toBe(1_795_334_400_000);
  });
});

describe('a row that is left out', () => {
  it('has its reason and excerpt cut at 200 characters', async () => {
    const long = 'y'.repeat(300);
    const { api, unread } = scripted(page({ note: long }));
    await api.listTrades({ afterS: 0 });
    expect(unread[0]!.excerpt).toBe(JSON.stringify({ note: long }).slice(0, 200));
    const legs = Array.from({ length: 3 }, () => ourLeg({ side: long }));
    const second = scripted(page(made('t', legs)));
    await second.api.listTrades({ afterS: 0 });
    expect(second.unread[0]!.reason.length).toBeLessThanOrEqual(200);
  });

  it('is left out without a listener as well', async () => {
    const { signer, credentials, host } = scriptedParts(page({ id: 7 }, row));
    const api = createTradingApi({ host, signer, credentials });
    expect(await api.listOpenOrders()).toHaveLength(1);
  });
});
