// The REST routes in the venue's shapes: CLOB, Data API v2 with its lag, cursors and cache, Gamma, control.

import { describe, expect, it } from 'vitest';
import { type Bench, openBench, post, shapeOf } from '../harness.ts';

type Row = Record<string, unknown>;
interface Page {
  data: Row[];
  pagination: { limit: number; offset: number; has_more: boolean; next_cursor: string | null };
}

function trade(bench: Bench, count = 1): { leader: string; token: string } {
  const leader = bench.exchange.leaders()[0]!.address;
  const token = bench.exchange.markets()[0]!.tokens[0];
  for (let made = 0; made < count; made += 1) {
    bench.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '10' });
    bench.pass(1_000);
  }
  return { leader, token };
}

const page = (bench: Bench, url: string): Page => bench.get(url).body as Page;

describe('the CLOB routes', () => {
  it('shows a book as text with its best levels last, and 404 for an unknown or closed one', () => {
    const bench = openBench();
    const market = bench.exchange.markets()[0]!;
    const { body } = bench.get(`/book?token_id=${market.tokens[0]}`);
    expect(shapeOf(body)).toEqual({
      market: 'string',
      asset_id: 'string',
      timestamp: 'string',
      hash: 'string',
      bids: 'array',
      asks: 'array',
      min_order_size: 'string',
      tick_size: 'string',
      neg_risk: 'boolean',
      last_trade_price: 'string',
    });
    expect((body as Row).hash).toMatch(/^[0-9a-f]{40}$/);
    expect(bench.get('/book?token_id=1').status).toBe(404);
    bench.exchange.resolve(market.conditionId, ['1', '0']);
    expect(bench.get(`/book?token_id=${market.tokens[0]}`).status).toBe(404);
  });

  it('answers many books without the unknown ones, and refuses more than five hundred', () => {
    const bench = openBench();
    const tokens = bench.exchange.markets()[0]!.tokens;
    const asked = [...tokens, '5'].map((token) => ({ token_id: token }));
    expect((post(bench.exchange, '/books', asked).body as Row[]).length).toBe(2);
    expect(post(bench.exchange, '/books', Array(501).fill({ token_id: '1' })).status).toBe(400);
    expect(post(bench.exchange, '/books', 'nonsense').status).toBe(400);
  });

  it('has a market compactly with both tokens, tick, minimum, version and fee', () => {
    const bench = openBench();
    const market = bench.exchange.markets().find((one) => one.version === 'v2' && one.feeRate > 0n)!;
    expect(bench.get(`/clob-markets/${market.conditionId}`).body).toMatchObject({
      c: market.conditionId,
      t: [
        { t: market.tokens[0], o: market.outcomes[0] },
        { t: market.tokens[1], o: market.outcomes[1] },
      ],
      mts: 0.01,
      mos: 5,
      v: 'v2',
      ao: true,
      fd: { r: 0.07, e: 1, to: true },
    });
    expect(bench.get(`/clob-markets/${market.conditionId.slice(0, 64)}`).status).toBe(404);
    expect(bench.get(`/markets-by-token/${market.tokens[1]}`).body).toMatchObject({
      condition_id: market.conditionId,
    });
  });

  it('names the winner once resolved, and none when the payout is split', () => {
    const bench = openBench();
    const [first, second] = bench.exchange.markets();
    bench.exchange.resolve(first!.conditionId, ['0', '1']);
    bench.exchange.resolve(second!.conditionId, ['0.5', '0.5']);
    const winners = (condition: string) =>
      ((bench.get(`/markets/${condition}`).body as Row).tokens as Row[]).map((token) => token.winner);
    expect(winners(first!.conditionId)).toEqual([false, true]);
    expect(winners(second!.conditionId)).toEqual([false, false]);
    expect(page(bench, `/v2/resolutions?condition=${second!.conditionId}`).data).toMatchObject([
      { status: 'resolved', payouts: [500_000, 500_000] },
    ]);
    expect(bench.get(`/v2/resolutions?condition=${second!.conditionId.slice(0, 64)}`).status).toBe(400);
  });

  it('answers the small routes', () => {
    const bench = openBench();
    const token = bench.exchange.markets()[0]!.tokens[0];
    bench.exchange.setBook(token, { bids: [['0.4', '100']], asks: [['0.44', '100']] });
    expect(bench.get('/ok').body).toBe('OK');
    expect(bench.get('/time').body).toBe(Math.floor(bench.nowMs() / 1_000));
    expect(bench.get('/version').body).toEqual({ version: 2 });
    expect(bench.get(`/tick-size?token_id=${token}`).body).toEqual({ minimum_tick_size: 0.01 });
    expect(bench.get(`/neg-risk?token_id=${token}`).body).toEqual({ neg_risk: true });
    expect(bench.get(`/midpoint?token_id=${token}`).body).toEqual({ mid: '0.42' });
    expect(bench.get(`/spread?token_id=${token}`).body).toEqual({ spread: '0.04' });
    expect(bench.get(`/price?token_id=${token}&side=BUY`).body).toEqual({ price: '0.4' });
    expect(bench.get('/api/geoblock').body).toMatchObject({ blocked: false });
    expect(bench.get('/nothing/here').status).toBe(404);
  });
});

describe('Data API v2', () => {
  it('shows a trade three to five seconds later, makers only when asked for', () => {
    const bench = openBench();
    const { leader, token } = trade(bench);
    expect(page(bench, `/v2/trades?user=${leader}&_=1`).data).toHaveLength(0);
    bench.pass(5_000);
    const { data } = page(bench, `/v2/trades?user=${leader}&_=2`);
    expect(data).toMatchObject([
      { proxy_wallet: leader, token_id: token, side: 'BUY', size: 10, outcome_index: 0 },
    ]);
    expect(Object.keys(data[0]!).sort()).toEqual(
      [
        'proxy_wallet',
        'side',
        'token_id',
        'condition_id',
        'size',
        'price',
        'timestamp',
        'title',
        'slug',
        'icon',
        'event_slug',
        'outcome',
        'outcome_index',
        'name',
        'pseudonym',
        'bio',
        'profile_image',
        'profile_image_optimized',
        'transaction_hash',
      ].sort(),
    );
    const maker = bench.exchange.world.activity.find((row) => row.role === 'maker')!.wallet;
    expect(page(bench, `/v2/trades?user=${maker}`).data).toHaveLength(0);
    expect(page(bench, `/v2/trades?user=${maker}&taker_only=false`).data).toHaveLength(1);
  });

  it('answers the same address from its cache for five minutes, and another one afresh', () => {
    const bench = openBench();
    const { leader } = trade(bench);
    bench.pass(5_000);
    const url = `/v2/trades?user=${leader}`;
    expect(page(bench, url).data).toHaveLength(1);
    trade(bench);
    bench.pass(5_000);
    expect(page(bench, url).data).toHaveLength(1);
    expect(page(bench, `${url}&_=7`).data).toHaveLength(2);
    bench.pass(300_000);
    expect(page(bench, url).data).toHaveLength(2);
  });

  it('pages by cursor from the newest to the oldest row without loss or repetition, and refuses an offset', () => {
    const bench = openBench();
    const { leader } = trade(bench, 7);
    bench.pass(5_000);
    const seen: unknown[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 10; pages += 1) {
      const next: Page = page(
        bench,
        `/v2/trades?user=${leader}&limit=3${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      seen.push(...next.data.map((row) => row.transaction_hash));
      cursor = next.pagination.next_cursor;
      if (cursor === null) break;
    }
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    const times = page(bench, `/v2/trades?user=${leader}&_=1`).data.map((row) => Number(row.timestamp));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(page(bench, `/v2/trades?user=${leader}&start=${times[2]}&end=${times[1]}`).data).toHaveLength(2);
    expect(bench.get(`/v2/trades?user=${leader}&offset=10`)).toMatchObject({
      status: 400,
      body: { parameter: 'offset' },
    });
    expect(bench.get(`/v2/trades?user=${leader}&limit=1001`).status).toBe(400);
    expect(bench.get(`/v2/trades?user=${leader}&cursor=@@`).status).toBe(400);
    expect(page(bench, `/v2/trades?user=${leader},${leader}`).data).toHaveLength(0);
  });

  it('shows splits, merges and redemptions without a token and with outcome 999', () => {
    const bench = openBench();
    const leader = bench.exchange.leaders()[0]!.address;
    const { conditionId } = bench.exchange.markets()[0]!;
    bench.exchange.split(leader, conditionId, '25');
    bench.exchange.merge(leader, conditionId, '5');
    bench.exchange.resolve(conditionId, ['1', '0']);
    bench.exchange.redeem(leader, conditionId);
    bench.pass(5_000);
    const { data } = page(bench, `/v2/activity?user=${leader}&type=SPLIT,MERGE,REDEEM&sort_direction=ASC`);
    expect(data.map((row) => row.type)).toEqual(['SPLIT', 'MERGE', 'REDEEM']);
    for (const row of data)
      expect(row).toMatchObject({ token_id: '', outcome_index: 999, condition_id: conditionId });
    expect(bench.get('/v2/activity').status).toBe(400);
  });

  it('shows positions as far as the index has got, without those under a tenth of a share', () => {
    const bench = openBench();
    const leader = bench.exchange.leaders()[0]!.address;
    const { conditionId, tokens } = bench.exchange
      .markets()
      .find(
        (market) =>
          !market.tokens.some((token) => bench.exchange.world.accounts.get(leader)!.holdings.has(token)),
      )!;
    const before = page(bench, `/v2/positions?user=${leader}`).data;
    expect(before.length).toBeGreaterThan(0);
    bench.exchange.split(leader, conditionId, '0.05');
    bench.exchange.leaderTrade({ leader, tokenId: tokens[0], side: 'BUY', shares: '20' });
    const seen = (suffix: string) =>
      page(bench, `/v2/positions?user=${leader}&condition=${conditionId}${suffix}`).data.map(
        (row) => row.current_size,
      );
    expect(seen('&_=1')).toEqual([]);
    bench.pass(5_000);
    expect(seen('&_=2')).toEqual([20.05]);
    expect(seen('&_=3&filter_amount=0')).toEqual([20.05, 0.05]);
    expect(page(bench, '/v2/status').data).toMatchObject({ serving: { lag_seconds: 3 } });
  });
});

describe('the leaderboard', () => {
  it('answers for one wallet with the shares it traded and what it realised, as far as the index has got', () => {
    const bench = openBench();
    const leader = bench.exchange.leaders()[0]!.address;
    const read = () => {
      const { body } = bench.get(`/v2/leaderboard?user=${leader}&time_period=all`);
      return (body as { data: { proxy_wallet: string; volume: number; pnl: number } }).data;
    };
    const before = read();
    const [market] = bench.exchange.markets();
    bench.exchange.leaderTrade({ leader, tokenId: market!.tokens[0], side: 'BUY', shares: '20' });
    expect(read()).toEqual(before);
    bench.pass(5_000);
    expect(read()).toMatchObject({ proxy_wallet: leader, pnl: before.pnl });
    expect(read().volume - before.volume).toBeCloseTo(20, 6);
    expect(bench.get('/v2/leaderboard').status).toBe(400);
    expect(bench.get(`/v2/leaderboard?user=0x${'0'.repeat(40)}`).body).toEqual({ data: null });
  });
});

describe('Gamma', () => {
  it('finds markets by token, condition and slug, with ids where the version has them', () => {
    const bench = openBench();
    const markets = bench.exchange.markets();
    const one = markets.find((market) => market.version === 'v1')!;
    const two = markets.find((market) => market.version === 'v2')!;
    const [classic] = bench.get(`/markets?clob_token_ids=${one.tokens[1]}`).body as Row[];
    expect(classic).toMatchObject({ conditionId: one.conditionId, clobTokenIds: JSON.stringify(one.tokens) });
    const keyset = bench.get(`/markets/keyset?slug=${two.slug}`).body as { markets: Row[] };
    expect(keyset.markets[0]).toMatchObject({
      version: 'v2',
      positionIds: two.tokens,
      conditionId: two.conditionId.slice(0, 64),
    });
    expect(keyset.markets[0]).not.toHaveProperty('clobTokenIds');
    expect(bench.get('/markets/keyset?offset=5').status).toBe(422);
  });

  it('finds leaders by name and by address', () => {
    const bench = openBench();
    const { address, name } = bench.exchange.leaders()[0]!;
    expect(
      bench.get(`/public-profile?address=${address.toUpperCase().replace('0X', '0x')}`).body,
    ).toMatchObject({ proxyWallet: address, name });
    expect(bench.get(`/public-profile?address=0x${'9'.repeat(40)}`).status).toBe(404);
    const found = bench.get(`/public-search?q=${name.slice(0, 4)}`).body as { profiles: Row[] };
    expect(found.profiles.map((profile) => profile.proxyWallet)).toContain(address);
  });
});

describe('control', () => {
  it('shows what is going on and starts over', () => {
    const bench = openBench({ live: true });
    bench.pass(5_000);
    expect(bench.get('/control/status').body).toMatchObject({
      seed: 'test',
      steps: 50,
      sockets: { market: 0, rtds: 0 },
      tapes: [],
    });
    expect(post(bench.exchange, '/control/reset', {}).status).toBe(200);
    expect(bench.get('/control/status').body).toMatchObject({ seed: 'test', steps: 0, activityRows: 0 });
    expect(post(bench.exchange, '/control/reset', '[]').status).toBe(400);
    expect(post(bench.exchange, '/control/reset', { seed: 5 })).toMatchObject({
      status: 400,
      body: { error: 'seed must be text.' },
    });
  });
});
