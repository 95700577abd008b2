// The trading side over time: a restart changes nothing, value is conserved whatever happens, the practice trader is there.

import { describe, expect, it } from 'vitest';
import { createRandom, type Random, seedState } from '../../../simulator/model/random.ts';
import { type Bench, openBench, post, totalValue } from '../harness.ts';
import { FUNDER, TestTrader, tradable, type Wish } from '../trader.ts';

describe('a restart of the exchange', () => {
  it('keeps credentials, orders, trades and what they still have to go through', () => {
    const bench = openBench({ saved: true });
    const { token } = tradable(bench.exchange);
    const trader = new TestTrader(bench);
    const buy = { tokenId: token, side: 'BUY' as const, maker: 5_000_000n, taker: 10_000_000n };
    trader.place(buy);
    const resting = trader.place({ ...buy, maker: 4_000_000n, type: 'GTC' });
    const again = openBench({ rows: bench.saved(), atMs: bench.nowMs() });
    const back = new TestTrader(again, { login: false });
    back.creds = trader.creds;
    expect(again.exchange.placedOrders()).toEqual(bench.exchange.placedOrders());
    expect(again.exchange.tradesOf(FUNDER)).toEqual(bench.exchange.tradesOf(FUNDER));
    again.pass(5_000);
    expect(again.exchange.tradesOf(FUNDER)[0]!.status).toBe('CONFIRMED');
    expect(back.call('DELETE', '/order', { orderID: resting.orderId }).body.canceled).toEqual([
      resting.orderId,
    ]);
    expect(again.exchange.world.books.size).toBeGreaterThan(0);
  });

  it('opens the practice trader in an exchange that was saved before there were traders', () => {
    const bench = openBench({ saved: true });
    for (const key of [...bench.saved().keys()]) {
      if (key.startsWith('trader/') || key === `account/${FUNDER}`) bench.saved().delete(key);
    }
    const again = openBench({ rows: bench.saved(), atMs: bench.nowMs() });
    expect(again.exchange.accountOf(FUNDER).cash).toBe(1_000_000_000n);
    expect(new TestTrader(again).call('GET', '/data/orders').status).toBe(200);
  });
});

describe('traders', () => {
  it('are opened and paid by control, and shown in its status', () => {
    const { exchange } = openBench();
    const funderAddress = `0x${'5afe'.repeat(10)}`;
    const ownerAddress = `0x${'4'.repeat(40)}`;
    const spec = { ownerAddress, funderAddress, signatureType: 2, cash: '250' };
    expect(post(exchange, '/control/trader', spec)).toEqual({ status: 200, body: { funder: funderAddress } });
    post(exchange, '/control/cash', { funder: funderAddress, amount: '50' });
    post(exchange, '/control/cash', { funder: funderAddress, amount: '20', withdraw: true });
    expect(exchange.status().traders).toMatchObject([
      { funder: FUNDER, cash: '1000', openOrders: 0, trades: 0 },
      { owner: ownerAddress, funder: funderAddress, signatureType: 2, cash: '280' },
    ]);
  });

  it('and leaders trade when control says so, and its refusals are sentences', () => {
    const { exchange } = openBench();
    const { token } = tradable(exchange);
    const trade = { tokenId: token, side: 'BUY', shares: '20' };
    const leader = exchange.leaders()[0]!.address;
    expect(post(exchange, '/control/leader-trade', { ...trade, leader }).body).toMatchObject({
      matched: '20',
    });
    expect(post(exchange, '/control/trader-trade', { ...trade, funder: FUNDER }).body).toMatchObject({
      matched: '20',
    });
    expect(post(exchange, '/control/leader-trade', { ...trade, leader, side: 'UP' })).toEqual({
      status: 400,
      body: { error: 'side must be "BUY" or "SELL".' },
    });
    expect(post(exchange, '/control/trader-trade', { ...trade, funder: leader }).body).toEqual({
      error: `no trader ${leader}`,
    });
  });

  it.each([
    ['the same funder twice', { funderAddress: FUNDER }, 'exists'],
    ['an address that is none', { funderAddress: '0x12' }, 'addresses are 0x and 40 hex digits'],
    ['a signature type that is none', { signatureType: 7 }, 'signatureType is 0, 1, 2 or 3'],
    ['an EOA that trades from elsewhere', { signatureType: 0 }, 'signature type 0, and only it'],
    ['cash that is no number', { cash: 'much' }, 'not a decimal number'],
  ])('are not opened with %s', (_what, change, sentence) => {
    const spec = {
      ownerAddress: `0x${'4'.repeat(40)}`,
      funderAddress: `0x${'3'.repeat(40)}`,
      signatureType: 3,
      cash: '10',
    };
    const answer = post(openBench().exchange, '/control/trader', { ...spec, ...change });
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(sentence);
  });
});

describe('whatever happens', () => {
  it.each(['1', '2'])('conserves value and has trades that add up to the account (seed %s)', (seed) => {
    const bench = openBench({ live: true, seed });
    const trader = new TestTrader(bench);
    const chance = createRandom(seedState(`orders:${seed}`));
    const kinds = ['matched-then-failed', 'retried', 'retried-then-failed'] as const;
    for (let round = 0; round < 100; round += 1) {
      bench.pass(chance.below(15) * 100);
      if (chance.chance(10))
        bench.exchange.faults.add({ channel: 'order', kind: chance.pick(kinds), count: 1 });
      trader.place(randomWish(bench, chance));
      expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
    }
    bench.pass(12_000);
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
    const parts = bench.exchange.tradesOf(FUNDER);
    expect(parts.length).toBeGreaterThan(20);
    let cash = 1_000_000_000n;
    const held = new Map<string, bigint>();
    for (const part of parts.filter((one) => one.status !== 'FAILED')) {
      const sign = part.side === 'BUY' ? 1n : -1n;
      cash -= sign * part.cash + part.fee;
      held.set(part.tokenId, (held.get(part.tokenId) ?? 0n) + sign * part.shares);
    }
    const holdings = Object.fromEntries([...held].filter(([, shares]) => shares !== 0n));
    expect(bench.exchange.accountOf(FUNDER)).toEqual({ cash, holdings });
  });
});

/** An order of any type near where its market stands, mostly within the venue's rules. */
function randomWish(bench: Bench, chance: Random): Wish {
  const market = chance.pick(bench.exchange.markets().filter((one) => one.status === 'open'));
  const side = chance.chance(60) ? ('BUY' as const) : ('SELL' as const);
  const outcome = chance.below(2) as 0 | 1;
  const worth = outcome === 0 ? market.fair : 1_000_000n - market.fair;
  const ticks = worth / market.tick + BigInt(chance.between(-2, 4) * (side === 'BUY' ? 1 : -1));
  const price = (ticks > 0n ? ticks : 1n) * market.tick;
  const type = chance.pick(['GTC', 'FAK', 'FAK', 'FOK'] as const);
  // A FAK BUY fixes dollars, everything else shares.
  const dollars = BigInt(chance.between(100, 4_000)) * 10_000n;
  const asked = ((dollars * 1_000_000n) / price / 100n) * 100n;
  const shares = BigInt(chance.between(50, 600)) * 100_000n;
  const cash = (shares * price) / 1_000_000n;
  const spends = side === 'BUY' && type !== 'GTC';
  const [maker, taker] = spends ? [dollars, asked] : side === 'BUY' ? [cash, shares] : [shares, cash];
  return { tokenId: market.tokens[outcome], side, maker, taker, type };
}
