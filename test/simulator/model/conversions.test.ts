// Conversions: NO shares of some markets of an event become YES shares of the others, and collateral; value is conserved.
import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../../simulator/model/accounts.ts';
import { ONE } from '../../../simulator/model/decimal.ts';
import { accountOf, type Market } from '../../../simulator/model/model.ts';
import { type Bench, openBench, post, totalValue } from '../harness.ts';

function rowsOf(bench: Bench, url: string): Record<string, unknown>[] {
  return (bench.get(url).body as { data: Record<string, unknown>[] }).data;
}

/** A leader with 50 complete sets in two of the three markets of an event. */
function setUp() {
  const bench = openBench();
  const { exchange } = bench;
  const event = exchange
    .markets()
    .filter((market) => market.negRisk && market.event.slug === 'harbour-election');
  const [first, second, third] = event as [Market, Market, Market];
  const leader = exchange.leaders()[0]!.address;
  for (const market of [first, second]) exchange.split(leader, market.conditionId, '50');
  bench.pass(10_000);
  const held = () =>
    event.map(({ tokens }) => tokens.map((token) => sharesOf(accountOf(exchange.world, leader), token)));
  return { ...bench, first, second, third, leader, held };
}

describe('a conversion', () => {
  it('burns the same number of each NO, gives as many YES of the others, and pays for all but one', () => {
    const { exchange, first, second, leader, held } = setUp();
    const before = held();
    const { cash } = accountOf(exchange.world, leader);
    exchange.convert(leader, [first.conditionId, second.conditionId], '20');
    const moved = held().map((pair, market) => pair.map((now, outcome) => now - before[market]![outcome]!));
    expect(moved).toEqual([
      [0n, -20n * ONE],
      [0n, -20n * ONE],
      [20n * ONE, 0n],
    ]);
    expect(accountOf(exchange.world, leader).cash - cash).toBe(20n * ONE);
    expect(totalValue(exchange.world)).toBe(exchange.world.meta.deposits);
    for (const market of exchange.markets())
      for (const token of market.tokens) {
        const accounts = [...exchange.world.accounts.values()];
        const sum = accounts.reduce((all, account) => all + sharesOf(account, token), 0n);
        expect(sum).toBe(market.escrow);
      }
  });

  it('is shown without a token and with one market, and positions follow with it', () => {
    const bench = setUp();
    const { exchange, first, second, leader } = bench;
    const listed = () =>
      rowsOf(bench, `/v2/positions?user=${leader}&condition=${second.conditionId}&_=${bench.nowMs()}`)
        .filter((row) => row.outcome_index === 1)
        .map((row) => row.current_size);
    const before = Number(listed()[0]);
    exchange.convert(leader, [first.conditionId, second.conditionId], '20');
    bench.pass(1_000);
    expect([listed(), rowsOf(bench, `/v2/activity?user=${leader}&type=CONVERSION`)]).toEqual([[before], []]);
    bench.pass(20_000);
    expect(listed()).toEqual([before - 20]);
    expect(rowsOf(bench, `/v2/activity?user=${leader}&type=CONVERSION&_=1`)).toMatchObject([
      { type: 'CONVERSION', token_id: '', outcome_index: 999, size: 20, usdc_size: 20 },
    ]);
  });

  it('is made when control says so; its refusals are sentences and change nothing', () => {
    const { exchange, first, third, leader, held } = setUp();
    const body = { leader, conditionIds: [first.conditionId], shares: '20' };
    expect(post(exchange, '/control/leader-convert', body)).toEqual({
      status: 200,
      body: { converted: '20' },
    });
    const before = held();
    const elsewhere = exchange.markets().find((market) => !market.negRisk)!;
    for (const [part, error] of [
      [{ conditionIds: [first.conditionId, elsewhere.conditionId] }, /cannot be converted/],
      [{ conditionIds: [first.conditionId, third.conditionId], shares: '1000' }, /does not hold/],
      [{ conditionIds: [] }, /nothing/],
      [{ conditionIds: 'all' }, /must be a list/],
      [{ shares: 20 }, /must be text/],
    ] as const) {
      const answer = post(exchange, '/control/leader-convert', { ...body, ...part });
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } });
    }
    expect(held()).toEqual(before);
  });
});
