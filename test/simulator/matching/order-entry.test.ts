// Taking orders in: every kind of account and market, what each order type does, and every refusal that is documented.

import { describe, expect, it } from 'vitest';
import type { SignatureType } from '../../../simulator/model/trading-model.ts';
import { type Bench, openBench, totalValue } from '../harness.ts';
import { exchangeFor, FUNDER, TestTrader, tradable, type Wish } from '../trader.ts';

const OTHER_KEY = `0x${'17'.repeat(32)}`;
const PRACTICE_OWNER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const SAFE = `0x${'5afe'.repeat(10)}`;

/** A bench with the practice trader and a market around a half. */
function open(kind: Parameters<typeof tradable>[1] = {}): {
  bench: Bench;
  trader: TestTrader;
  token: string;
  conditionId: string;
} {
  const bench = openBench();
  const { market, token } = tradable(bench.exchange, kind);
  return { bench, trader: new TestTrader(bench), token, conditionId: market.conditionId };
}

describe('signed orders', () => {
  it.each([
    [0, 'v1', false],
    [1, 'v1', false],
    [2, 'v1', true],
    [2, 'v2', false],
    [3, 'v1', true],
    [3, 'v2', false],
  ] as [SignatureType, 'v1' | 'v2', boolean][])(
    'of signature type %s are taken in a %s market, neg-risk %s, under the id that their hash gives',
    (signatureType, version, negRisk) => {
      const bench = openBench();
      const { token } = tradable(bench.exchange, { version, negRisk });
      const key = OTHER_KEY;
      const plain = new TestTrader(bench, { key, signatureType, funder: SAFE });
      const trader =
        signatureType === 0 ? new TestTrader(bench, { key, signatureType: 0, login: false }) : plain;
      trader.creds = plain.creds;
      bench.exchange.openTrader({
        ownerAddress: trader.wallet.address,
        funderAddress: trader.funder,
        signatureType,
        cash: '100',
      });
      const answer = trader.place({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
      expect(answer).toMatchObject({ status: 200, body: { status: 'matched', orderID: answer.orderId } });
      expect(bench.exchange.accountOf(trader.funder).holdings[token]).toBe(10_000_000n);
    },
  );

  it('signed for the other protocol version are refused as such, and for the wrong contract are not valid', () => {
    const { trader, token } = open({ version: 'v1', negRisk: false });
    const wish: Wish = { tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n };
    const wrongVersion = { version: '3', contract: '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa' };
    const wrongContract = { version: '2', contract: '0xe2222d279d744050d28e00520010520000310F59' };
    expect(trader.place({ ...wish, exchange: wrongVersion }).body.error).toBe('order_version_mismatch');
    expect(trader.place({ ...wish, exchange: wrongContract }).body.error).toBe('invalid signature');
  });

  const stranger = `0x${'9'.repeat(40)}`;
  it.each([
    ['an amount that was changed after signing', () => ({ makerAmount: '6000000' }), 'invalid signature'],
    [
      'a forged wrapping',
      (b) => ({ signature: `${(b.signature as string).slice(0, -6)}000000` }),
      'invalid signature',
    ],
    [
      'a signature without its wrapping',
      (b) => ({ signature: (b.signature as string).slice(0, 132) }),
      'invalid signature',
    ],
    [
      'an owner that is an address',
      () => ({ owner: FUNDER }),
      'order owner has to be the owner of the API KEY',
    ],
    [
      'a signer who is not the deposit wallet',
      () => ({ signer: stranger }),
      'the order signer address has to be the address of the API KEY',
    ],
    [
      'a maker of another owner',
      () => ({ maker: stranger, signer: stranger }),
      'the order signer address has to be the address of the API KEY',
    ],
    [
      'a proxy signature for a deposit wallet',
      () => ({ signatureType: 1, signer: PRACTICE_OWNER }),
      'maker address not allowed, please use the deposit wallet flow',
    ],
    ['a salt that is text', () => ({ salt: '12' }), 'Invalid order payload'],
    ['an amount beyond all bounds', () => ({ makerAmount: '9'.repeat(78) }), 'Invalid order payload'],
    ['a side as a number', () => ({ side: 0 }), 'Invalid order payload'],
  ] as [string, NonNullable<Wish['change']>, string][])('are refused with %s', (_what, change, error) => {
    const { bench, trader, token } = open();
    const answer = trader.place({
      tokenId: token,
      side: 'BUY',
      maker: 5_000_000n,
      taker: 10_000_000n,
      change,
    });
    expect(answer).toMatchObject({ status: 400, body: { error } });
    expect(bench.exchange.placedOrders()).toEqual([]);
  });
});

describe('amounts', () => {
  it.each([
    [
      'a FAK BUY giving three decimals',
      'FAK',
      'BUY',
      5_005_000n,
      10_010_000n,
      'maker amount supports a max accuracy of 2 decimals',
    ],
    [
      'a FAK BUY asking five decimals',
      'FAK',
      'BUY',
      5_000_000n,
      9_999_990n,
      'taker amount a max of 4 decimals',
    ],
    [
      'a FOK SELL giving three decimals',
      'FOK',
      'SELL',
      10_001_000n,
      4_500_000n,
      'the market sell orders maker amount',
    ],
    [
      'a price between two ticks',
      'FAK',
      'BUY',
      5_050_000n,
      10_000_000n,
      'breaks minimum tick size rule: 0.01',
    ],
    ['a price of one', 'FAK', 'BUY', 10_000_000n, 10_000_000n, 'breaks minimum tick size rule'],
    [
      'a resting size of three decimals',
      'GTC',
      'BUY',
      4_004_000n,
      (10_010_000n / 10n) * 10n + 1_000n,
      'max accuracy of 2 decimals',
    ],
    [
      'resting cash that is not shares × price',
      'GTC',
      'BUY',
      4_000_100n,
      10_000_000n,
      'invalid amounts, the amount for a $0.4 order of size 10 should be 4',
    ],
    ['a resting price off the grid', 'GTC', 'BUY', 4_050_000n, 10_000_000n, 'breaks minimum tick size rule'],
    [
      'fewer shares than the minimum',
      'GTC',
      'BUY',
      1_600_000n,
      4_000_000n,
      'Size (4) lower than the minimum: 5',
    ],
    [
      'a FAK BUY of fewer shares than the minimum',
      'FAK',
      'BUY',
      2_000_000n,
      4_000_000n,
      'Size (4) lower than the minimum: 5',
    ],
    [
      'a FAK BUY under a dollar',
      'FAK',
      'BUY',
      500_000n,
      50_000_000n,
      'invalid amount for a marketable BUY order ($0.5), min size: $1',
    ],
    ['more than the cash', 'FAK', 'BUY', 1_040_000_000n, 2_000_000_000n, 'not enough balance / allowance'],
    ['shares that are not held', 'FAK', 'SELL', 10_000_000n, 4_700_000n, 'not enough balance / allowance'],
    ['nothing at all', 'FAK', 'BUY', 0n, 0n, 'Invalid order payload'],
  ] as [string, Wish['type'], Wish['side'], bigint, bigint, string][])(
    'refuses %s',
    (_what, type, side, maker, taker, error) => {
      const { bench, trader, token } = open();
      const answer = trader.place({
        tokenId: token,
        side,
        maker,
        taker,
        ...(type === undefined ? {} : { type }),
      });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain(error);
      expect(bench.exchange.placedOrders()).toEqual([]);
      expect(bench.exchange.accountOf(FUNDER).cash).toBe(1_000_000_000n);
    },
  );

  it('takes the asked side rounded either way to four decimals', () => {
    const { trader, token } = open();
    for (const taker of [19_230_700n, 19_230_800n]) {
      const answer = trader.place({ tokenId: token, side: 'BUY', maker: 10_000_000n, taker });
      expect(answer.body).toMatchObject({ status: 'matched' });
    }
  });

  it('are judged by the grid of the moment, should the tick change between signing and arrival', () => {
    const { bench, trader, token } = open({ tick: 1_000n });
    const wish: Wish = { tokenId: token, side: 'BUY', maker: 5_010_000n, taker: 10_000_000n };
    const { body } = trader.sign(wish);
    bench.exchange.setTick(token, '0.01');
    expect(trader.call('POST', '/order', body).body.error).toContain('breaks minimum tick size rule: 0.01');
    bench.exchange.setTick(token, '0.001');
    expect(trader.call('POST', '/order', body).status).toBe(200);
  });

  it('judges a SELL by what the book would pay, not by its limit', () => {
    const { bench, trader, token } = open();
    trader.place({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
    const cheap = trader.place({ tokenId: token, side: 'SELL', maker: 6_000_000n, taker: 60_000n });
    expect(cheap.body).toMatchObject({ status: 'matched', makingAmount: '6', takingAmount: '2.88' });
    bench.exchange.setBook(token, { bids: [['0.05', '100']], asks: [] });
    bench.exchange.traderTrade({ funder: FUNDER, tokenId: token, side: 'SELL', shares: '0.01' });
    const tiny = trader.place({ tokenId: token, side: 'SELL', maker: 3_000_000n, taker: 30_000n });
    expect(tiny.body.error).toContain('lower than the minimum');
  });
});

describe('order types', () => {
  it('gives a FAK BUY more shares when the price is better, and says what it gave and got', () => {
    const { bench, trader, token } = open({ fee: true });
    const before = bench.exchange.accountOf(FUNDER).cash;
    const answer = trader.place({ tokenId: token, side: 'BUY', maker: 26_000_000n, taker: 50_000_000n });
    expect(answer.body).toMatchObject({
      success: true,
      errorMsg: '',
      status: 'matched',
      makingAmount: '25.999976',
      takingAmount: '51.1538',
      transactionsHashes: [],
    });
    expect(answer.body.tradeIDs).toHaveLength(1);
    const [order] = bench.exchange.placedOrders(FUNDER);
    expect(order).toMatchObject({ status: 'MATCHED', matched: 51_153_800n, matchedCash: 25_999_976n });
    expect(order!.fee).toBeGreaterThan(0n);
    expect(bench.exchange.accountOf(FUNDER).cash).toBe(before - order!.matchedCash - order!.fee);
    expect(totalValue(bench.exchange.world)).toBe(bench.exchange.world.meta.deposits);
  });

  it('kills what a FAK leaves over, and a FAK that meets nothing whole, with 400', () => {
    const { trader, bench, token } = open();
    const partly = trader.place({ tokenId: token, side: 'BUY', maker: 20_000_000n, taker: 40_000_000n });
    expect(partly.body).toMatchObject({ status: 'matched', makingAmount: '15', takingAmount: '30' });
    expect(bench.exchange.placedOrders()[0]).toMatchObject({ status: 'CANCELED', matched: 30_000_000n });
    const killed = trader.place({ tokenId: token, side: 'BUY', maker: 20_000_000n, taker: 50_000_000n });
    expect(killed).toMatchObject({
      status: 400,
      body: {
        error:
          'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
      },
    });
    expect(bench.exchange.placedOrders()[1]).toMatchObject({ status: 'CANCELED', matched: 0n });
    expect(trader.call('GET', '/data/orders').body.data).toEqual([]);
  });

  it('fills a FOK wholly or kills it with 400', () => {
    const { trader, bench, token } = open();
    const killed = trader.place({
      tokenId: token,
      side: 'BUY',
      maker: 20_000_000n,
      taker: 40_000_000n,
      type: 'FOK',
    });
    expect(killed.body.error).toBe("order couldn't be fully filled. FOK orders are fully filled or killed.");
    const filled = trader.place({
      tokenId: token,
      side: 'BUY',
      maker: 15_000_000n,
      taker: 30_000_000n,
      type: 'FOK',
    });
    expect(filled.body).toMatchObject({ status: 'matched', takingAmount: '30' });
    expect(bench.exchange.placedOrders().map((order) => order.status)).toEqual(['CANCELED', 'MATCHED']);
  });

  it('keeps a GTC on the book until it is cancelled, and shows it as open with its money promised', () => {
    const { trader, token } = open();
    const rest: Wish = {
      tokenId: token,
      side: 'BUY',
      maker: 400_000_000n,
      taker: 1_000_000_000n,
      type: 'GTC',
    };
    const placed = trader.place(rest);
    expect(placed.body).toMatchObject({ status: 'live', makingAmount: '', takingAmount: '', tradeIDs: [] });
    expect((trader.call('GET', '/data/orders').body.data as unknown[])[0]).toMatchObject({
      id: placed.orderId,
      status: 'LIVE',
      original_size: '1000',
      size_matched: '0',
      price: '0.4',
      maker_address: FUNDER,
      order_type: 'GTC',
    });
    expect(trader.place({ ...rest, maker: 640_000_000n, taker: 1_600_000_000n }).body.error).toContain(
      'not enough balance',
    );
    const answer = trader.call('DELETE', '/order', { orderID: placed.orderId });
    expect(answer.body).toEqual({ canceled: [placed.orderId], not_canceled: {} });
    expect(trader.call('GET', `/data/order/${placed.orderId}`).body.status).toBe('CANCELED');
    expect(trader.call('DELETE', '/order', { orderID: placed.orderId }).body.canceled).toEqual([]);
  });

  it('refuses a GTD under three minutes and cancels one a minute before it expires', () => {
    const { bench, trader, token } = open();
    const now = Math.floor(bench.nowMs() / 1_000);
    const wish: Wish = { tokenId: token, side: 'BUY', maker: 4_000_000n, taker: 10_000_000n, type: 'GTD' };
    expect(trader.place({ ...wish, expiration: now + 120 }).body.error).toBe('invalid expiration');
    const placed = trader.place({ ...wish, expiration: now + 200 });
    expect(placed.body.status).toBe('live');
    bench.pass(139_000);
    expect(trader.call('GET', `/data/order/${placed.orderId}`).body.status).toBe('LIVE');
    bench.pass(2_000);
    expect(trader.call('GET', `/data/order/${placed.orderId}`).body.status).toBe('CANCELED');
  });

  it('refuses a post-only order that would take', () => {
    const { trader, token } = open();
    const crossing = { tokenId: token, side: 'BUY' as const, maker: 5_000_000n, taker: 10_000_000n };
    expect(trader.place({ ...crossing, type: 'GTC', postOnly: true }).body.error).toBe(
      'invalid post-only order: order crosses book',
    );
  });

  it('holds a taking order of a delayed market and lets it meet the book as it is then', () => {
    const { bench, trader, token, conditionId } = open();
    bench.exchange.setDelay(conditionId, 3);
    expect(bench.get(`/clob-markets/${conditionId}`).body).toMatchObject({ sd: 3 });
    const wish: Wish = { tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n };
    const first = trader.place(wish);
    expect(first.body).toMatchObject({
      status: 'delayed',
      makingAmount: '0',
      takingAmount: '0',
      tradeIDs: [],
    });
    const canceled = trader.call('DELETE', '/order', { orderID: first.orderId }).body;
    expect(canceled.not_canceled).toHaveProperty(first.orderId);
    bench.pass(3_100);
    expect(bench.exchange.placedOrders()[0]).toMatchObject({ status: 'MATCHED', matched: 10_000_000n });
    trader.place(wish);
    bench.exchange.setBook(token, { bids: [], asks: [['0.6', '100']] });
    bench.pass(3_100);
    expect(bench.exchange.placedOrders()[1]).toMatchObject({ status: 'CANCELED', matched: 0n });
    bench.exchange.traderTrade({ funder: FUNDER, tokenId: token, side: 'BUY', shares: '12.34' });
    bench.pass(3_100);
    expect(bench.exchange.placedOrders()[2]).toMatchObject({ status: 'MATCHED', matched: 12_340_000n });
  });
});

describe('short price markets', () => {
  it('hold the answer to a taking order for 150 ms, and to no other', () => {
    const bench = openBench({ live: true });
    const trader = new TestTrader(bench);
    const market = bench.exchange
      .markets()
      .find((one) => one.series !== null && one.resolution === 'by-price')!;
    const [token] = market.tokens;
    bench.exchange.setBook(token, { bids: [], asks: [['0.5', '100']] });
    expect(bench.get(`/clob-markets/${market.conditionId}`).body).toMatchObject({ itode: true });
    const wish: Wish = { tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n };
    expect(trader.place(wish)).toMatchObject({ status: 200, delayMs: 150 });
    expect(trader.place({ ...wish, maker: 100_000n, type: 'GTC' }).delayMs).toBeUndefined();
  });
});

describe('the same order again', () => {
  it('is a duplicate by its hash, whether it filled, rests or was killed', () => {
    const { trader, token } = open();
    const wishes: Wish[] = [
      { tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n },
      { tokenId: token, side: 'BUY', maker: 4_000_000n, taker: 10_000_000n, type: 'GTC' },
      { tokenId: token, side: 'BUY', maker: 3_000_000n, taker: 10_000_000n },
    ];
    for (const wish of wishes) {
      const { body, orderId } = trader.sign(wish);
      trader.call('POST', '/order', body);
      expect(trader.call('POST', '/order', body)).toMatchObject({
        status: 400,
        body: { error: `order ${orderId} is invalid. Duplicated.` },
      });
    }
  });

  it('is judged anew when it was refused before it reached the engine', () => {
    const { bench, trader, token } = open();
    const { body } = trader.sign({
      tokenId: token,
      side: 'BUY',
      maker: 1_500_000_000n,
      taker: 3_000_000_000n,
    });
    expect(trader.call('POST', '/order', body).body.error).toContain('not enough balance');
    bench.exchange.deposit(FUNDER, '600');
    expect(trader.call('POST', '/order', body).status).toBe(200);
  });
});

describe('the account', () => {
  it.each([
    ['banned', { banned: true }, 'BUY', 'address banned'],
    ['in closed-only mode', { closedOnly: true }, 'BUY', 'address in closed only mode'],
    [
      'without allowances',
      { allowances: {} },
      'BUY',
      'not enough balance / allowance: the allowance is not enough',
    ],
    [
      'without approvals',
      { approvals: [] },
      'SELL',
      'not enough balance / allowance: the allowance is not enough',
    ],
  ] as const)('%s is refused', (_what, change, side, error) => {
    const { bench, trader, token } = open();
    bench.exchange.changeTrader(FUNDER, change as Parameters<typeof bench.exchange.changeTrader>[1]);
    const [maker, taker] = side === 'BUY' ? [5_000_000n, 10_000_000n] : [10_000_000n, 4_700_000n];
    expect(trader.place({ tokenId: token, side, maker, taker }).body.error).toContain(error);
  });

  it('in closed-only mode is refused as such, and may still sell', () => {
    const { bench, trader, token } = open();
    trader.place({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
    bench.exchange.changeTrader(FUNDER, { closedOnly: true });
    expect(trader.call('GET', '/auth/ban-status/closed-only').body).toEqual({ closed_only: true });
    expect(trader.place({ tokenId: token, side: 'SELL', maker: 10_000_000n, taker: 4_700_000n }).status).toBe(
      200,
    );
  });

  it('shows balances under its own signature type only, and shares under the asset type of their protocol', () => {
    const { trader, token } = open({ version: 'v2' });
    trader.place({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
    const ask = (query: string) => trader.call('GET', `/balance-allowance?${query}`);
    expect(ask('asset_type=COLLATERAL&signature_type=2').body.balance).toBe('0');
    expect(Number(ask('asset_type=COLLATERAL&signature_type=3').body.balance)).toBeLessThan(1_000_000_000);
    const shares = ask(`asset_type=CONDITIONAL-V2&token_id=${token}&signature_type=3`).body;
    expect(shares.balance).toBe('10000000');
    expect(ask(`asset_type=CONDITIONAL&token_id=${token}&signature_type=3`).status).toBe(400);
    expect(Object.keys(shares.allowances as object)).toContain(
      exchangeFor({ version: 'v2', negRisk: false } as never).contract.toLowerCase(),
    );
  });
});

describe('batches', () => {
  it('judge each order on its own, refusals as entries without an id', () => {
    const { trader, token } = open();
    const good = trader.sign({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n });
    const bad = trader.sign({ tokenId: token, side: 'BUY', maker: 500_000n, taker: 50_000_000n });
    const answer = trader.call('POST', '/orders', [good.body, bad.body]);
    expect(answer.body).toMatchObject([
      { success: true, orderID: good.orderId, status: 'matched' },
      { success: true, orderID: '', errorMsg: expect.stringContaining('min size: $1') as unknown },
    ]);
  });

  it('of more than fifteen are refused whole', () => {
    const { bench, trader, token } = open();
    const bodies = Array.from(
      { length: 16 },
      () => trader.sign({ tokenId: token, side: 'BUY', maker: 5_000_000n, taker: 10_000_000n }).body,
    );
    expect(trader.call('POST', '/orders', bodies).body.error).toBe('Too many orders in payload');
    expect(bench.exchange.placedOrders()).toEqual([]);
  });

  it('are cancelled by id, by market, or all together, and never those of somebody else', () => {
    const { bench, trader, token, conditionId } = open();
    const rest = (): string =>
      trader.place({ tokenId: token, side: 'BUY', maker: 4_000_000n, taker: 10_000_000n, type: 'GTC' })
        .orderId;
    const ids = [rest(), rest(), rest(), rest()];
    bench.exchange.openTrader({
      ownerAddress: `0x${'4'.repeat(40)}`,
      funderAddress: SAFE,
      signatureType: 3,
      cash: '50',
    });
    bench.exchange.traderTrade({
      funder: SAFE,
      tokenId: token,
      side: 'BUY',
      shares: '10',
      limitPrice: '0.4',
      type: 'GTC',
    });
    const others = bench.exchange.placedOrders(SAFE)[0]!.orderId;
    const named = trader.call('DELETE', '/orders', [ids[0], others]).body;
    expect(named).toMatchObject({ canceled: [ids[0]], not_canceled: { [others]: 'order not found' } });
    expect(
      trader.call('DELETE', '/cancel-market-orders', { market: `0x${'0'.repeat(64)}` }).body.canceled,
    ).toEqual([]);
    expect(
      trader.call('DELETE', '/cancel-market-orders', { market: conditionId, asset_id: token }).body.canceled,
    ).toEqual(ids.slice(1));
    expect(trader.call('DELETE', '/cancel-all').body.canceled).toEqual([]);
    expect(bench.exchange.placedOrders(SAFE)[0]!.status).toBe('LIVE');
  });
});
