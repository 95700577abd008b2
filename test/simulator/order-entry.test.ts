// Taking orders in: every kind of account and market, and every refusal that the venue documents.

import { describe, expect, it } from 'vitest';
import { totalValue } from '../../simulator/accounts.ts';
import { openBench } from './harness.ts';
import { FUNDER, TestTrader, tradable } from './trader.ts';

describe('orders at the practice exchange', () => {
  it('fills a FAK BUY and tells it', () => {
    const bench = openBench();
    const trader = new TestTrader(bench);
    const { token } = tradable(bench.exchange, {});
    const answer = trader.place({ tokenId: token, side: 'BUY', maker: 26_000_000n, taker: 50_000_000n });
    expect(answer.body).toMatchObject({ success: true, status: 'matched', orderID: answer.orderId });
    bench.pass(5000);
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });
});
