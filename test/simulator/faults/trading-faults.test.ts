// Faults on the way of an order: what is answered, and what the exchange has taken all the same.

import { describe, expect, it } from 'vitest';
import type { FaultSpec, OrderFaultKind } from '../../../simulator/faults/faults.ts';
import { type Bench, openBench, post } from '../harness.ts';
import { FUNDER, TestTrader, tradable } from '../trader.ts';

function open(options: { saved?: boolean } = {}): { bench: Bench; trader: TestTrader; token: string } {
  const bench = openBench(options);
  const { token } = tradable(bench.exchange);
  return { bench, trader: new TestTrader(bench), token };
}

const buy = (token: string) => ({
  tokenId: token,
  side: 'BUY' as const,
  maker: 5_000_000n,
  taker: 10_000_000n,
});

describe('faults on orders', () => {
  it.each([
    ['region', 403, 'Trading restricted in your region', 0],
    ['egress', 403, '<!DOCTYPE html>', 0],
    ['rate-limited', 429, 'Too Many Requests', 0],
    ['restart', 425, 'Service is not ready', 0],
    ['disabled', 503, 'Trading is currently disabled', 0],
    ['cancel-only', 503, 'Trading is currently cancel-only', 0],
    ['post-only', 503, 'post_only_mode', 0],
    ['no-balance', 400, 'not enough balance / allowance', 0],
    ['no-match', 400, 'no orders found to match with FAK order', 0],
    ['fail-before', 500, 'could not insert order', 0],
    ['html', 200, '<!DOCTYPE html>', 0],
    ['accept-then-drop', 504, 'gateway timeout', 1],
    ['fail-after', 500, 'could not insert order', 1],
    ['html-after', 200, '<!DOCTYPE html>', 1],
    ['empty', 200, '{}', 1],
    ['wrong-id', 200, '0x5555', 1],
    ['unknown-status', 200, 'held_for_review', 1],
    ['duplicate', 400, 'is invalid. Duplicated.', 1],
  ] as [OrderFaultKind, number, string, number][])(
    '%s answers %s with "%s" and takes %s orders',
    (kind, status, words, taken) => {
      const { bench, trader, token } = open();
      bench.exchange.faults.add({ channel: 'order', kind, count: 1 });
      const { body } = trader.sign(buy(token));
      const answer = trader.call('POST', '/order', body);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).toContain(words);
      expect(bench.exchange.placedOrders(FUNDER)).toHaveLength(taken);
      // The fault has struck once: the next one is served as ever.
      expect(trader.call('POST', '/order', body).status).toBe(taken === 1 ? 400 : 200);
      expect(bench.exchange.placedOrders(FUNDER)).toHaveLength(1);
    },
  );

  it.each(['no-balance', 'no-match'] as const)('%s refuses the first order of a batch alone', (kind) => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind, count: 1 });
    const bodies = [trader.sign(buy(token)), trader.sign(buy(token))];
    const answer = trader.call(
      'POST',
      '/orders',
      bodies.map(({ body }) => body),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject([{ success: true, orderID: '' }, { orderID: bodies[1]!.orderId }]);
    expect(bench.exchange.placedOrders(FUNDER)).toHaveLength(1);
  });

  it('says how long to wait where the venue does', () => {
    const { bench, trader, token } = open();
    const faults = ['restart', 'post-only', 'rate-limited'] as const;
    for (const kind of faults)
      bench.exchange.faults.add({ channel: 'order', kind, count: 1, retryAfterS: 7 });
    const answers = faults.map(() => trader.place(buy(token)));
    expect(answers.map((answer) => answer.headers['retry-after'])).toEqual(['7', '7', '7']);
    expect(answers[1]!.body.retry_after_seconds).toBe(7);
    expect(answers[2]!.headers['poly-ratelimit-remaining']).toBe('0');
  });

  it('delays an answer as long as requested, and one that never comes for longer than any caller waits', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind: 'answer-late', count: 1, delayMs: 9_000 });
    expect(trader.place(buy(token))).toMatchObject({ status: 200, delayMs: 9_000 });
    bench.exchange.faults.add({ channel: 'order', kind: 'accept-then-drop', count: 1 });
    expect(trader.place(buy(token))).toMatchObject({ lost: true, delayMs: 120_000 });
    expect(bench.exchange.placedOrders(FUNDER)).toHaveLength(2);
  });

  it('post-only lets orders through that cannot take', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind: 'post-only', count: null });
    const resting = { ...buy(token), maker: 4_000_000n, type: 'GTC' as const };
    expect(trader.place({ ...resting, postOnly: true }).body.status).toBe('live');
    expect(trader.place(resting).status).toBe(503);
    expect(trader.call('DELETE', '/cancel-all').body.canceled).toHaveLength(1);
  });

  it('arrive-late shows nothing until the order arrives, and then judges it by the book and the time of then', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind: 'arrive-late', count: 2, delayMs: 5_000 });
    const first = trader.place(buy(token));
    expect(first).toMatchObject({ lost: true });
    bench.pass(4_900);
    expect(trader.call('GET', `/data/orders?id=${first.orderId}`).body.data).toEqual([]);
    expect(trader.call('GET', `/data/order/${first.orderId}`).status).toBe(404);
    bench.pass(200);
    expect(trader.call('GET', `/data/order/${first.orderId}`).body).toMatchObject({ status: 'MATCHED' });
    const second = trader.place(buy(token));
    bench.exchange.setBook(token, { bids: [], asks: [['0.9', '100']] });
    bench.pass(5_100);
    expect(trader.call('GET', `/data/order/${second.orderId}`).body).toMatchObject({
      status: 'CANCELED',
      size_matched: '0',
    });
  });

  it('keeps an order that is on its way over a restart of the exchange', () => {
    const { bench, trader, token } = open({ saved: true });
    bench.exchange.faults.add({ channel: 'order', kind: 'arrive-late', count: 1, delayMs: 5_000 });
    const { orderId } = trader.place(buy(token));
    const again = openBench({ rows: bench.saved(), atMs: bench.nowMs() });
    again.pass(5_100);
    expect(again.exchange.placedOrders(FUNDER)).toMatchObject([{ orderId, status: 'MATCHED' }]);
  });

  it('strike a batch as a whole', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind: 'fail-after', count: 1 });
    const bodies = [trader.sign(buy(token)).body, trader.sign(buy(token)).body];
    expect(trader.call('POST', '/orders', bodies).status).toBe(500);
    expect(bench.exchange.placedOrders(FUNDER)).toHaveLength(2);
  });

  it('are shown to the operator with how often they applied, and wrong ones are refused with a sentence', () => {
    const { bench, trader, token } = open();
    const fault = post(bench.exchange, '/control/fault', {
      channel: 'order',
      kind: 'restart',
      count: 2,
      retryAfterS: 1,
    });
    expect(fault.status).toBe(200);
    trader.place(buy(token));
    expect(bench.exchange.status().faults).toMatchObject([{ channel: 'order', kind: 'restart', struck: 1 }]);
    const wrong: [unknown, string][] = [
      [{ channel: 'order', kind: 'silent' }, 'kind must be one of region'],
      [
        { channel: 'nowhere', kind: 'silent' },
        'channel must be one of market, rtds, user, rest, order, balance, reads.',
      ],
      [{ channel: 'order', kind: 'restart', retryAfterS: 0 }, 'retryAfterS must be 1 to 600.'],
    ];
    for (const [body, sentence] of wrong) {
      const answer = post(bench.exchange, '/control/fault', body);
      expect(answer.status).toBe(400);
      expect((answer.body as { error: string }).error).toContain(sentence);
    }
  });

  it('can strike a read or a cancel alone, by path and method', () => {
    const { bench, trader, token } = open();
    const fault: FaultSpec = {
      channel: 'rest',
      kind: 'status',
      status: 502,
      path: '/order',
      method: 'DELETE',
      count: 1,
    };
    bench.exchange.faults.add(fault);
    expect(trader.place({ ...buy(token), maker: 4_000_000n, type: 'GTC' }).status).toBe(200);
    expect(trader.call('DELETE', '/cancel-all').status).toBe(200);
    expect(trader.call('DELETE', '/order', { orderID: '0x' }).status).toBe(502);
  });
});

describe('the cache of balances', () => {
  it('that is frozen refuses a SELL of shares just bought, until it is updated', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'balance', kind: 'lag', count: 1 });
    trader.place(buy(token));
    const sell = { tokenId: token, side: 'SELL' as const, maker: 10_000_000n, taker: 4_500_000n };
    expect(trader.place(sell).body.error).toContain('not enough balance / allowance');
    const collateral = '/balance-allowance?asset_type=COLLATERAL&signature_type=3';
    expect(trader.call('GET', collateral).body.balance).toBe('1000000000');
    trader.call('GET', '/balance-allowance/update?asset_type=COLLATERAL&signature_type=3');
    expect(trader.call('GET', collateral).body.balance).not.toBe('1000000000');
    expect(trader.place(sell).status).toBe(200);
  });
});

describe('limits and heartbeats', () => {
  it('counts orders per signer, says how many are left, and refuses a batch beyond the burst', () => {
    const { bench, trader, token } = open();
    bench.exchange.setRate({ perS: 1, burst: 3 });
    const rest = { ...buy(token), maker: 4_000_000n, type: 'GTC' as const };
    const answers = [1, 2, 3, 4].map(() => trader.place(rest));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
    expect(answers.map((answer) => answer.headers['poly-ratelimit-remaining'])).toEqual(['2', '1', '0', '0']);
    expect(answers[3]!.headers['retry-after']).toBe('1');
    bench.pass(60_000);
    const four = Array.from({ length: 4 }, () => trader.sign(rest).body);
    expect(trader.call('POST', '/orders', four).status).toBe(429);
    expect(trader.place(rest).status).toBe(200);
  });

  it('cancels the open orders of a key whose heart has stopped, and asks for the id given last', () => {
    const { bench, trader, token } = open();
    const { orderId } = trader.place({ ...buy(token), maker: 4_000_000n, type: 'GTC' });
    const beat = (id: string) => trader.call('POST', '/v1/heartbeats', { heartbeat_id: id });
    const first = String(beat('').body.heartbeat_id);
    bench.pass(9_000);
    expect(beat('other')).toMatchObject({ status: 400, body: { heartbeat_id: first } });
    expect(beat(first).status).toBe(200);
    bench.pass(9_000);
    expect(bench.exchange.placedOrders()[0]).toMatchObject({ orderId, status: 'LIVE' });
    bench.pass(2_000);
    expect(bench.exchange.placedOrders()[0]!.status).toBe('CANCELED');
  });
});

describe('reads of own orders and trades', () => {
  it('that hide what is over know only open orders by their id', () => {
    const { bench, trader, token } = open();
    const filled = trader.place(buy(token));
    const resting = trader.place({ ...buy(token), maker: 4_000_000n, type: 'GTC' });
    bench.exchange.faults.add({ channel: 'reads', kind: 'ended-hidden', count: null });
    const byId = (id: string) => trader.call('GET', `/data/orders?id=${id}`).body.data;
    expect(byId(filled.orderId)).toEqual([]);
    expect(trader.call('GET', `/data/order/${filled.orderId}`).status).toBe(404);
    expect(byId(resting.orderId)).toHaveLength(1);
    expect(trader.call('GET', '/data/trades').body.count).toBe(1);
  });

  it('that are late show nothing before it has its age', () => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'reads', kind: 'late', delayMs: 5_000, count: null });
    const { orderId } = trader.place(buy(token));
    const seen = (): unknown[] => [
      trader.call('GET', `/data/order/${orderId}`).status,
      trader.call('GET', '/data/trades').body.count,
    ];
    bench.pass(4_900);
    expect(seen()).toEqual([404, 0]);
    bench.pass(200);
    expect(seen()).toEqual([200, 1]);
  });
});
