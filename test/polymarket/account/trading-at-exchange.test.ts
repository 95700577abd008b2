/** Our client of the trading side against the practice exchange: every kind of account and market, and every fault of a POST. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OrderId } from '../../../domain/orders/orders.ts';
import { CONDITION } from '../fixture.ts';
import { openPracticeAccount, orderAt, type PracticeAccount, post, tradable } from './account-host.ts';

const KINDS = [
  ['v1', { version: 'v1', negRisk: false }],
  ['v1 of negative risk', { version: 'v1', negRisk: true }],
  ['v2', { version: 'v2' }],
] as const;

describe('an order', () => {
  it.each(([0, 1, 2, 3] as const).flatMap((type) => KINDS.map(([what, kind]) => ({ type, what, kind }))))(
    'of type $type on $what is taken, known by our id, and reported as our fill',
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
    const sent = account.requests.find((call) => call.url.pathname === '/order');
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
    const headers = account.api.submitHeaders(signed);
    const before = account.requests.length;
    const answer = account.api.submit(signed, headers, { timeoutMs: 5_000 });
    expect(account.requests.length).toBe(before + 1);
    await answer;
  });

  it('that meets nothing is killed, and the venue says so later', async () => {
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

  it('has no order that was never sent', async () => {
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
    const before = account.requests.length;
    expect(await account.api.cancel([])).toEqual({ canceled: [], notCanceled: {} });
    expect(account.requests.length).toBe(before);
  });

  it('has cash, shares and what the contracts may move, in micros', async () => {
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

  it("has the venue's clock and its rate headers", async () => {
    expect(Math.abs((await account.api.fetchTimeMs()) - account.nowMs())).toBeLessThan(1_000);
    expect(account.api.rate()).toEqual({ remaining: null, resetAtMs: null, tier: '', warning: '' });
    await post(account, orderAt(account));
    expect(account.api.rate()).toMatchObject({ remaining: 599, tier: 'standard' });
  });
});
