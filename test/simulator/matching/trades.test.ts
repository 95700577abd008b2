// What happens to trades after the match, how the account's own reads show them, and what the public sees of the account.

import { describe, expect, it } from 'vitest';
import type { TradeFaultKind } from '../../../simulator/faults/faults.ts';
import { type Bench, openBench, totalValue } from '../harness.ts';
import { FUNDER, TestTrader, tradable } from '../trader.ts';

type Row = Record<string, unknown>;

function open(): { bench: Bench; trader: TestTrader; token: string; other: string; conditionId: string } {
  const bench = openBench();
  const { market, token } = tradable(bench.exchange, { fee: true });
  return {
    bench,
    trader: new TestTrader(bench),
    token,
    other: market.tokens[1],
    conditionId: market.conditionId,
  };
}

function rowsOf(trader: TestTrader, query = ''): Row[] {
  return trader.call('GET', `/data/trades${query}`).body.data as Row[];
}

const buy = (token: string) => ({
  tokenId: token,
  side: 'BUY' as const,
  maker: 5_000_000n,
  taker: 10_000_000n,
});

/** Status and hash of the one trade at each tenth of a second. */
function lifeOf(bench: Bench, trader: TestTrader, ms: number): string[] {
  const seen: string[] = [];
  for (let passed = 0; passed < ms; passed += 100) {
    const [row] = rowsOf(trader);
    const status = `${String(row!.status)}${row!.transaction_hash === '' ? '' : ' with hash'}`;
    if (seen.at(-1) !== status) seen.push(status);
    bench.pass(100);
  }
  return seen;
}

describe('the life of a trade', () => {
  it('goes from matched to mined in two seconds and to confirmed in four, with its hash once mined', () => {
    const { bench, trader, token } = open();
    trader.place(buy(token));
    expect(lifeOf(bench, trader, 1_900)).toEqual(['MATCHED']);
    expect(lifeOf(bench, trader, 4_000)).toEqual(['MATCHED', 'MINED with hash', 'CONFIRMED with hash']);
  });

  it.each([
    ['matched-then-failed', ['MATCHED', 'FAILED'], '1000'],
    ['retried', ['MATCHED', 'RETRYING', 'MINED with hash', 'CONFIRMED with hash'], null],
    ['retried-then-failed', ['MATCHED', 'RETRYING', 'FAILED'], '1000'],
  ] as [TradeFaultKind, string[], string | null][])('%s takes its own way', (kind, life, cash) => {
    const { bench, trader, token } = open();
    bench.exchange.faults.add({ channel: 'order', kind, count: 1 });
    trader.place(buy(token));
    expect(lifeOf(bench, trader, 8_000)).toEqual(life);
    if (cash !== null)
      expect(bench.exchange.accountOf(FUNDER)).toEqual({ cash: 1_000_000_000n, holdings: {} });
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });

  it('that fails gives everything back, is never shown to the public, and leaves the order as matched', () => {
    const { bench, trader, token, conditionId } = open();
    const frames: string[] = [];
    const rtds = bench.exchange.openRtdsSocket((text) => frames.push(text));
    rtds.receive('{"action":"subscribe","subscriptions":[{"topic":"activity","type":"trades"}]}');
    const makerBefore = bench.get(`/v2/positions?condition=${conditionId}&filter_amount=0`).body as Row;
    bench.exchange.faults.add({ channel: 'order', kind: 'matched-then-failed', count: 1 });
    const { orderId } = trader.place(buy(token));
    bench.pass(10_000);
    expect(frames.filter((frame) => frame.includes(FUNDER))).toEqual([]);
    expect((bench.get(`/v2/trades?user=${FUNDER}&taker_only=false`).body as Row).data).toEqual([]);
    expect(bench.get(`/v2/positions?condition=${conditionId}&filter_amount=0&_=1`).body).toEqual(makerBefore);
    expect(trader.call('GET', `/data/order/${orderId}`).body).toMatchObject({
      status: 'MATCHED',
      size_matched: '10',
    });
  });

  it('can be set by hand, and is confirmed after all when an account no longer has what it received', () => {
    const { bench, trader, token } = open();
    trader.place(buy(token));
    trader.place({ tokenId: token, side: 'SELL', maker: 10_000_000n, taker: 4_000_000n });
    const [first, second] = bench.exchange.tradesOf(FUNDER);
    bench.exchange.setTradeOutcome(first!.tradeId, 'FAILED');
    expect(bench.exchange.tradesOf(FUNDER)[0]!.status).toBe('CONFIRMED');
    bench.exchange.setTradeOutcome(second!.tradeId, 'FAILED');
    expect(bench.exchange.tradesOf(FUNDER)[1]!.status).toBe('FAILED');
    expect(bench.exchange.accountOf(FUNDER).holdings[token]).toBe(10_000_000n);
    expect(() => bench.exchange.setTradeOutcome(second!.tradeId, 'MINED')).toThrow('is final');
  });
});

describe('what the account reads of its trades', () => {
  it('has the sum for a taker at the top and each resting order as a leg', () => {
    const { trader, token } = open();
    const placed = trader.place({ tokenId: token, side: 'BUY', maker: 26_000_000n, taker: 50_000_000n });
    const [row] = rowsOf(trader);
    expect(row).toMatchObject({
      taker_order_id: placed.orderId,
      trader_side: 'TAKER',
      side: 'BUY',
      asset_id: token,
      size: '51.1538',
      maker_address: FUNDER,
      owner: trader.creds.apiKey,
    });
    expect((row!.maker_orders as Row[]).map((leg) => [leg.matched_amount, leg.price])).toEqual([
      ['30', '0.5'],
      ['21.1538', '0.52'],
    ]);
  });

  it('has a leg for a maker, of the other outcome when the match minted a set', () => {
    const { bench, trader, token, other } = open();
    const placed = trader.place({
      tokenId: other,
      side: 'BUY',
      maker: 50_500_000n,
      taker: 101_000_000n,
      type: 'GTC',
    });
    bench.exchange.setBook(token, { bids: [], asks: [] });
    const leader = bench.exchange.leaders()[0]!.address;
    bench.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '40', limitPrice: '0.5' });
    const [row] = rowsOf(trader);
    expect(row).toMatchObject({ trader_side: 'MAKER', asset_id: token, side: 'BUY', size: '40' });
    expect(row!.taker_order_id).not.toBe(placed.orderId);
    expect(row!.maker_orders).toMatchObject([
      {
        order_id: placed.orderId,
        maker_address: FUNDER,
        owner: trader.creds.apiKey,
        asset_id: other,
        side: 'BUY',
        matched_amount: '40',
        price: '0.5',
      },
    ]);
    expect(trader.call('GET', `/data/order/${placed.orderId}`).body).toMatchObject({
      status: 'LIVE',
      size_matched: '40',
    });
    expect(bench.exchange.accountOf(FUNDER)).toEqual({
      cash: 980_000_000n,
      holdings: { [other]: 40_000_000n },
    });
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });

  it('is several trades of one order for a large match', () => {
    const { bench, trader, token } = open();
    const asks = Array.from({ length: 9 }, (_, at): [string, string] => [`0.5${at}`, '10']);
    bench.exchange.setBook(token, { bids: [], asks });
    const answer = trader.place({ tokenId: token, side: 'BUY', maker: 48_600_000n, taker: 82_372_800n });
    expect(answer.body.tradeIDs).toHaveLength(3);
    expect(rowsOf(trader).map((row) => row.bucket_index)).toEqual([2, 1, 0]);
    const sum = bench.exchange.tradesOf(FUNDER).reduce((shares, part) => shares + part.shares, 0n);
    expect(sum).toBe(bench.exchange.placedOrders(FUNDER)[0]!.matched);
  });

  it('finds trades by id, market, token, account and time, a hundred to a page, the newest first', () => {
    const { bench, trader, token, conditionId } = open();
    bench.exchange.setBook(token, { bids: [['0.4', '100000']], asks: [['0.5', '100000']] });
    for (let count = 0; count < 120; count += 1) {
      trader.place({ tokenId: token, side: 'BUY', maker: 2_500_000n, taker: 5_000_000n });
      if (count === 99) bench.pass(10_000);
    }
    const first = trader.call('GET', '/data/trades').body;
    expect(first).toMatchObject({ count: 100 });
    const second = trader.call('GET', `/data/trades?next_cursor=${String(first.next_cursor)}`).body;
    expect(second).toMatchObject({ count: 20, next_cursor: 'LTE=' });
    const ids = [...(first.data as Row[]), ...(second.data as Row[])].map((row) => row.id);
    expect(new Set(ids).size).toBe(120);
    expect(rowsOf(trader, `?id=${String(ids[7])}`)).toHaveLength(1);
    expect(rowsOf(trader, `?after=${Math.floor(bench.nowMs() / 1_000)}`)).toHaveLength(20);
    expect(
      rowsOf(trader, `?before=${Math.floor(bench.nowMs() / 1_000) - 5}&market=${conditionId}`),
    ).toHaveLength(100);
    expect(rowsOf(trader, `?asset_id=${token}&maker_address=${FUNDER}`)).toHaveLength(100);
    expect(rowsOf(trader, `?market=0x${'0'.repeat(64)}`)).toEqual([]);
    expect(rowsOf(trader, `?maker_address=0x${'4'.repeat(40)}`)).toEqual([]);
  });

  it('shows what the web UI did under another key, and has no order that never was', () => {
    const { bench, trader, token } = open();
    const web = bench.exchange.traderTrade({ funder: FUNDER, tokenId: token, side: 'BUY', shares: '20' });
    expect(web).toMatchObject({ order: { origin: 'web', status: 'MATCHED', matched: 20_000_000n } });
    const [row] = rowsOf(trader);
    expect(row).toMatchObject({ trader_side: 'TAKER', maker_address: FUNDER });
    expect(row!.owner).not.toBe(trader.creds.apiKey);
    const unknown = `0x${'0'.repeat(64)}`;
    expect(trader.call('GET', `/data/order/${unknown}`).status).toBe(404);
    expect(trader.call('GET', `/data/orders?id=${unknown}`).body.data).toEqual([]);
  });
});

describe('what the public sees of the account', () => {
  it('shows trades and positions some seconds later, like those of anybody', () => {
    const { bench, trader, token, conditionId } = open();
    trader.place(buy(token));
    expect((bench.get(`/v2/positions?user=${FUNDER}&_=1`).body as Row).data).toEqual([]);
    bench.pass(6_000);
    expect((bench.get(`/v2/positions?user=${FUNDER}&_=2`).body as Row).data).toMatchObject([
      { token_id: token, condition_id: conditionId, current_size: 10, avg_price: 0.5 },
    ]);
    expect((bench.get(`/v2/trades?user=${FUNDER}&_=2`).body as Row).data).toMatchObject([
      { side: 'BUY', size: 10, price: 0.5 },
    ]);
  });

  it('shows deposits and withdrawals only to who asks for them', () => {
    const { bench } = open();
    bench.exchange.deposit(FUNDER, '250.5');
    bench.exchange.withdraw(FUNDER, '100');
    bench.pass(6_000);
    const rows = (query: string): unknown =>
      (bench.get(`/v2/activity?user=${FUNDER}${query}`).body as Row).data;
    expect(rows('')).toEqual([]);
    expect(rows('&exclude_deposits_withdrawals=false')).toMatchObject([
      { type: 'WITHDRAWAL', usdc_size: 100 },
      { type: 'DEPOSIT', usdc_size: 250.5 },
    ]);
    expect(bench.exchange.accountOf(FUNDER).cash).toBe(1_150_500_000n);
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
    expect(() => bench.exchange.withdraw(FUNDER, '5000')).toThrow('has only 1150.5');
  });

  it('lets the account redeem what it won', () => {
    const { bench, trader, token, conditionId } = open();
    trader.place(buy(token));
    const { cash } = bench.exchange.accountOf(FUNDER);
    bench.exchange.resolve(conditionId, ['1', '0']);
    bench.exchange.redeem(FUNDER, conditionId);
    expect(bench.exchange.accountOf(FUNDER)).toEqual({ cash: cash + 10_000_000n, holdings: {} });
  });
});
