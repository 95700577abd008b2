/** Our client of the trading side against the practice exchange, and against answers that no exchange should give. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OrderId } from '../../../domain/orders/orders.ts';
import { readLiveSecrets } from '../../../polymarket/account/credentials.ts';
import { createTradingApi } from '../../../polymarket/account/trading-api.ts';
import type { TradingApi, UnreadRow } from '../../../polymarket/account/trading-types.ts';
import type { VenueHost } from '../../../polymarket/wire/http.ts';
import { type Answer, CONDITION, TOKEN_1, TOKEN_2 } from '../fixture.ts';
import {
  openPracticeAccount,
  orderAt,
  PRACTICE_KEY,
  type PracticeAccount,
  post,
  tradable,
} from './account-host.ts';

const KINDS = [
  ['v1', { version: 'v1', negRisk: false }],
  ['v1 of negative risk', { version: 'v1', negRisk: true }],
  ['v2', { version: 'v2' }],
] as const;

describe('an order', () => {
  it.each(([0, 1, 2, 3] as const).flatMap((type) => KINDS.map(([what, kind]) => ({ type, what, kind }))))(
    'of type $type on $what is taken, known by our id, and told as our fill',
    async ({ type, kind }) => {
      const account = await openPracticeAccount(type);
      const order = orderAt(account, {}, kind);
      const { signed, answer } = await post(account, order);
      expect(answer).toMatchObject({ kind: 'accepted', status: 'MATCHED' });
      const report = await account.api.fetchOrder(signed.orderId);
      expect(report).toMatchObject({
        orderId: signed.orderId,
        tokenId: order.tokenId,
        side: 'BUY',
        matchedShareMicros: 10_000_000n,
      });
      const fills = await account.api.listTrades({ afterS: 0 });
      expect(fills).toHaveLength(1);
      expect(fills[0]).toMatchObject({
        orderId: signed.orderId,
        role: 'TAKER',
        side: 'BUY',
        tokenId: order.tokenId,
        conditionId: order.conditionId,
        shareMicros: 10_000_000n,
        state: 'MATCHED',
        tradeId: answer.kind === 'accepted' ? answer.tradeIds[0] : '',
      });
      expect(fills[0]?.legs.reduce((sum, leg) => sum + leg.shareMicros, 0n)).toBe(10_000_000n);
    },
  );

  it('is sent exactly as signed, with headers over those very bytes', async () => {
    const account = await openPracticeAccount();
    const { signed } = await post(account, orderAt(account));
    const sent = account.asked.find((call) => call.url.pathname === '/order');
    expect(sent?.body).toBe(signed.body);
    expect(
      Object.keys(sent?.headers ?? {})
        .filter((name) => name.startsWith('POLY_'))
        .sort(),
    ).toEqual(['POLY_ADDRESS', 'POLY_API_KEY', 'POLY_PASSPHRASE', 'POLY_SIGNATURE', 'POLY_TIMESTAMP']);
  });

  it('starts on its way before submit returns', async () => {
    const account = await openPracticeAccount();
    const signed = account.signer.sign(orderAt(account), account.credentials);
    const headers = await account.api.submitHeaders(signed);
    const before = account.asked.length;
    const answer = account.api.submit(signed, headers, { timeoutMs: 5_000 });
    expect(account.asked.length).toBe(before + 1);
    await answer;
  });

  it('that meets nothing is killed, and the venue knows that it was', async () => {
    const account = await openPracticeAccount();
    const { signed, answer } = await post(account, orderAt(account, { makerMicros: 4_000_000n }));
    expect(answer.kind).toBe('killed');
    expect(await account.api.fetchOrder(signed.orderId)).toMatchObject({ status: 'CANCELED' });
  });

  it('that is sent twice is one order, and the second answer is unknown', async () => {
    const account = await openPracticeAccount();
    const order = orderAt(account);
    await post(account, order);
    expect((await post(account, order)).answer).toMatchObject({ kind: 'unknown', cause: 'DUPLICATE' });
    expect(await account.api.listTrades({ afterS: 0 })).toHaveLength(1);
  });

  it('whose answer never comes is unknown after our own timeout, and is found by its id', async () => {
    const account = await openPracticeAccount();
    account.exchange.faults.add({ channel: 'order', kind: 'accept-then-drop', count: 1 });
    const { signed, answer } = await post(account, orderAt(account), 1);
    expect(answer).toMatchObject({ kind: 'unknown', cause: 'TIMEOUT' });
    expect(await account.api.fetchOrder(signed.orderId)).toMatchObject({ matchedShareMicros: 10_000_000n });
  });

  it.each([
    ['fail-before', 'unknown SERVER_ERROR'],
    ['fail-after', 'unknown SERVER_ERROR'],
    ['html', 'unknown HTML'],
    ['html-after', 'unknown HTML'],
    ['empty', 'unknown NO_ORDER_ID'],
    ['wrong-id', 'unknown OTHER_ORDER_ID'],
    ['unknown-status', 'unknown UNKNOWN_STATUS'],
    ['duplicate', 'unknown DUPLICATE'],
    ['restart', 'wait RESTARTING'],
    ['post-only', 'wait POST_ONLY'],
    ['cancel-only', 'wait CANCEL_ONLY'],
    ['disabled', 'wait TRADING_DISABLED'],
    ['rate-limited', 'wait RATE_LIMITED'],
    ['region', 'account REGION_BLOCKED'],
    ['egress', 'account EGRESS_BLOCKED'],
  ] as const)('under the fault "%s" is %s', async (kind, expected) => {
    const account = await openPracticeAccount();
    account.exchange.faults.add({ channel: 'order', kind, count: 1 });
    const { answer } = await post(account, orderAt(account));
    const second =
      'cause' in answer
        ? answer.cause
        : 'condition' in answer
          ? answer.condition
          : 'problem' in answer
            ? answer.problem
            : '';
    expect(`${answer.kind} ${second}`).toBe(expected);
  });

  it('of an account that may only close is an account problem, not a rejection', async () => {
    const account = await openPracticeAccount();
    account.exchange.changeTrader(account.signer.funderAddress, { closedOnly: true });
    expect((await post(account, orderAt(account))).answer).toMatchObject({
      kind: 'account',
      problem: 'CLOSED_ONLY',
    });
    expect(await account.api.fetchClosedOnly()).toBe(true);
  });
});

describe('reading the account', () => {
  let account: PracticeAccount;
  beforeEach(async () => {
    account = await openPracticeAccount();
  });

  it('knows no order that was never sent', async () => {
    const { orderId } = account.signer.sign(orderAt(account), account.credentials);
    expect(await account.api.fetchOrder(orderId)).toBeUndefined();
  });

  it('lists and cancels its own resting orders, and says why one was not', async () => {
    const { signed } = await post(account, orderAt(account, { orderType: 'GTC', makerMicros: 4_000_000n }));
    const open = await account.api.listOpenOrders();
    expect(open.map((report) => [report.orderId, report.status])).toEqual([[signed.orderId, 'LIVE']]);
    const strange = `0x${'12'.repeat(32)}` as OrderId;
    const answer = await account.api.cancel([signed.orderId, strange]);
    expect(answer.canceled).toEqual([signed.orderId]);
    expect(Object.keys(answer.notCanceled)).toEqual([strange]);
    expect(await account.api.listOpenOrders()).toEqual([]);
    expect(await account.api.fetchOrder(signed.orderId)).toMatchObject({ status: 'CANCELED' });
  });

  it('cancels nothing without a call', async () => {
    const before = account.asked.length;
    expect(await account.api.cancel([])).toEqual({ canceled: [], notCanceled: {} });
    expect(account.asked.length).toBe(before);
  });

  it('tells cash, shares and what the contracts may move, in micros', async () => {
    const order = orderAt(account, {}, { fee: false });
    expect((await account.api.fetchCollateral()).balanceMicros).toBe(1_000_000_000n);
    expect(Object.values((await account.api.fetchCollateral()).allowanceMicros)).toHaveLength(3);
    await post(account, order);
    account.pass(20_000);
    await account.api.refreshCollateral();
    expect((await account.api.fetchCollateral()).balanceMicros).toBe(995_000_000n);
    expect((await account.api.fetchShares(order.tokenId, order.protocolVersion)).balanceMicros).toBe(
      10_000_000n,
    );
  });

  it('follows a trade to its end by its id and by its market', async () => {
    const order = orderAt(account);
    const { answer } = await post(account, order);
    const tradeId = answer.kind === 'accepted' ? answer.tradeIds[0]! : '';
    account.pass(60_000);
    const [byId] = await account.api.fetchTrade(tradeId);
    expect(byId).toMatchObject({ tradeId, state: 'CONFIRMED' });
    expect(byId?.txHash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await account.api.listMarketTrades({ conditionId: order.conditionId, afterS: 0 })).toEqual([byId]);
    expect(await account.api.listMarketTrades({ conditionId: CONDITION, afterS: 0 })).toEqual([]);
    expect(await account.api.fetchTrade('no-such-trade')).toEqual([]);
  });

  it('takes a second itself as "after", and nothing before it', async () => {
    await post(account, orderAt(account));
    const matchedS = Math.floor(account.nowMs() / 1_000);
    expect(await account.api.listTrades({ afterS: matchedS })).toHaveLength(1);
    expect(await account.api.listTrades({ afterS: matchedS + 1 })).toEqual([]);
  });

  it('walks every page', async () => {
    for (let count = 0; count < 205; count += 1) {
      const { token } = tradable(account.exchange, {});
      account.exchange.traderTrade({
        funder: account.signer.funderAddress,
        tokenId: token,
        side: 'BUY',
        shares: '5',
      });
    }
    const fills = await account.api.listTrades({ afterS: 0 });
    expect(new Set(fills.map((fill) => fill.tradeId)).size).toBe(fills.length);
    const truth = account.exchange.tradesOf(account.signer.funderAddress);
    expect(fills.length).toBe(truth.length);
    expect(fills.length).toBeGreaterThan(200);
  });

  it("tells the venue's clock and its rate headers", async () => {
    expect(Math.abs((await account.api.fetchTimeMs()) - account.nowMs())).toBeLessThan(1_000);
    expect(account.api.rate()).toEqual({ remaining: null, resetAtMs: null, tier: '', warning: '' });
    await post(account, orderAt(account));
    expect(account.api.rate()).toMatchObject({ remaining: 599, tier: 'standard' });
  });
});

/** A client whose host gives these answers in turn, and the rows that it left out. */
function scripted(...answers: readonly (Answer | Error)[]): {
  api: TradingApi;
  calls: { url: URL; init: RequestInit }[];
  unread: UnreadRow[];
} {
  const secrets = readLiveSecrets({
    POLYMARKET_PRIVATE_KEY: PRACTICE_KEY,
    POLYMARKET_FUNDER_ADDRESS: '0x00000000000000000000000000000000c0ffee03',
    POLYMARKET_SIGNATURE_TYPE: '3',
  });
  if (secrets.kind !== 'ready') throw new Error(secrets.kind);
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
  const unread: UnreadRow[] = [];
  const onUnread = (one: UnreadRow): number => unread.push(one);
  return { api: createTradingApi({ host, signer: secrets.signer, credentials, onUnread }), calls, unread };
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

  it('leaves a matched size untold where it is empty or may be in another unit', async () => {
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

/** Rows of ours that nobody understands. */
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
  it.each(UNREAD)('for %s is told, and takes no other with it', async (_what, bad, reason, tradeId) => {
    const { api, unread } = scripted(page(trade('one'), bad, trade('two')));
    const fills = await api.listTrades({ afterS: 0 });
    expect(fills.map((fill) => fill.tradeId)).toEqual(['one', 'two']);
    expect(unread).toEqual([{ reason, tradeId, excerpt: expect.any(String) }]);
    expect(unread[0]!.excerpt.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(bad).replaceAll('key-of-canary', '…')).toContain(unread[0]!.excerpt);
  });

  it('is told by every read of trades, each time', async () => {
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
    ['direction, where our leg tells its own', [ourLeg({ side: 'SELL' })], { side: 'x', asset_id: 7 }],
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
  it('is left out of the open ones and told', async () => {
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
