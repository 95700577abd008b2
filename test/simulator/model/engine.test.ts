// The matching engine: value is conserved less fees, no book is ever crossed, price comes before time, refusals change nothing.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderRequest } from '../../../simulator/matching/order-rules.ts';
import { openAccount, sharesOf } from '../../../simulator/model/accounts.ts';
import { ONE, parseMicros } from '../../../simulator/model/decimal.ts';
import { cancelOrders, placeOrder } from '../../../simulator/model/engine.ts';
import { openMarket } from '../../../simulator/model/markets.ts';
import type { Market, World } from '../../../simulator/model/model.ts';
import type { Side } from '../../../simulator/model/sides.ts';
import { emptyWorld } from '../../../simulator/model/store.ts';
import { START_MS, totalValue } from '../harness.ts';

const ANN = `0x${'a'.repeat(40)}`;
const BEN = `0x${'b'.repeat(40)}`;
const CAT = `0x${'c'.repeat(40)}`;

function worldWithMarket(options: { feeRate?: bigint; tick?: bigint } = {}): {
  world: World;
  market: Market;
} {
  const world = emptyWorld('engine', START_MS);
  const market = openMarket(world, {
    version: 'v1',
    outcomes: ['Yes', 'No'],
    question: 'Does it match?',
    slug: 'does-it-match',
    event: { id: '1', slug: 'event', title: 'Event' },
    tick: options.tick ?? 10_000n,
    feeRate: options.feeRate ?? 0n,
    category: 'Test',
    closeAtMs: START_MS + 3_600_000,
    resolveAfterMs: 1_000,
    resolution: 'never',
    fair: 500_000n,
    swing: 0,
    depthDollars: 100,
  });
  for (const address of [ANN, BEN, CAT]) {
    openAccount(world, { address, role: 'guest', name: '', cash: 1_000n * ONE, unlimited: false });
  }
  return { world, market };
}

function order(
  market: Market,
  account: string,
  outcome: 0 | 1,
  side: Side,
  price: string,
  shares: string,
  type: OrderRequest['type'] = 'GTC',
): OrderRequest {
  return {
    account,
    tokenId: market.tokens[outcome],
    side,
    type,
    price: parseMicros(price),
    amount: { shares: parseMicros(shares) },
  };
}

describe('the matching engine', () => {
  it('mints a set when buyers of both outcomes meet, and merges one when sellers do', () => {
    const { world, market } = worldWithMarket();
    placeOrder(world, order(market, ANN, 0, 'BUY', '0.6', '10'));
    placeOrder(world, order(market, BEN, 1, 'BUY', '0.4', '10'));
    expect(sharesOf(world.accounts.get(ANN)!, market.tokens[0])).toBe(10n * ONE);
    expect(sharesOf(world.accounts.get(BEN)!, market.tokens[1])).toBe(10n * ONE);
    expect(market.escrow).toBe(10n * ONE);
    placeOrder(world, order(market, ANN, 0, 'SELL', '0.7', '10'));
    placeOrder(world, order(market, BEN, 1, 'SELL', '0.3', '10'));
    expect(market.escrow).toBe(0n);
    expect(world.accounts.get(ANN)!.cash).toBe(1_001n * ONE);
    expect(world.accounts.get(BEN)!.cash).toBe(999n * ONE);
  });

  it('fills the better price first, and of equal prices the earlier order', () => {
    const { world, market } = worldWithMarket();
    placeOrder(world, order(market, ANN, 0, 'BUY', '0.5', '10'));
    placeOrder(world, order(market, BEN, 0, 'BUY', '0.5', '10'));
    placeOrder(world, order(market, BEN, 0, 'BUY', '0.52', '10'));
    placeOrder(world, order(market, CAT, 1, 'BUY', '0.5', '15', 'FAK'));
    expect(sharesOf(world.accounts.get(BEN)!, market.tokens[0])).toBe(10n * ONE);
    expect(sharesOf(world.accounts.get(ANN)!, market.tokens[0])).toBe(5n * ONE);
    expect(world.books.get(market.conditionId)!.bids.map((one) => one.account)).toEqual([ANN, BEN]);
  });

  it('gives the taker the price of the resting order and publishes one taker row and a row for each maker', () => {
    const { world, market } = worldWithMarket();
    placeOrder(world, order(market, ANN, 1, 'BUY', '0.6', '10'));
    placeOrder(world, order(market, BEN, 1, 'BUY', '0.59', '10'));
    const outcome = placeOrder(world, order(market, CAT, 0, 'BUY', '0.5', '20', 'FAK'));
    expect(outcome).toMatchObject({ kind: 'accepted', shares: 20n * ONE, cash: parseMicros('8.1') });
    expect(world.activity.map((row) => [row.role, row.size, row.price])).toEqual([
      ['maker', '10', '0.6'],
      ['maker', '10', '0.59'],
      ['taker', '20', '0.405'],
    ]);
    expect(new Set(world.activity.map((row) => row.transactionHash)).size).toBe(1);
  });

  it('charges takers shares × rate × p × (1 - p) in collateral, makers nothing', () => {
    const { world, market } = worldWithMarket({ feeRate: 700n });
    placeOrder(world, order(market, ANN, 1, 'BUY', '0.36', '25'));
    placeOrder(world, order(market, BEN, 0, 'BUY', '0.64', '25', 'FAK'));
    expect(world.meta.fees).toBe(parseMicros('0.4032'));
    expect(world.accounts.get(BEN)!.cash).toBe(1_000n * ONE - parseMicros('16.4032'));
    expect(world.accounts.get(ANN)!.cash).toBe(991n * ONE);
  });

  it.each([
    ['a price off the grid', '0.505', '10', 'GTC', 'breaks minimum tick size rule'],
    ['a resting order under five shares', '0.4', '4.99', 'GTC', 'lower than the minimum: 5'],
    ['a marketable buy under a dollar', '0.5', '1.5', 'FAK', 'invalid amount for a marketable BUY order'],
    ['a size with three decimals', '0.5', '10.001', 'GTC', 'invalid amounts'],
    ['an order beyond the cash', '0.5', '5000', 'GTC', 'not enough balance'],
    ['a FAK that meets nothing', '0.3', '10', 'FAK', 'no orders found to match with FAK order'],
    ['a FOK that is not wholly filled', '0.5', '50', 'FOK', "couldn't be fully filled"],
  ] as const)(
    'refuses %s in the words of the venue and changes nothing',
    (_name, price, size, type, words) => {
      const { world, market } = worldWithMarket();
      placeOrder(world, order(market, ANN, 1, 'BUY', '0.5', '20'));
      const before = JSON.stringify(
        [world.books.get(market.conditionId), [...world.accounts]],
        (_key, value) => (typeof value === 'bigint' ? String(value) : value),
      );
      const outcome = placeOrder(world, order(market, BEN, 0, 'BUY', price, size, type));
      expect(outcome.kind === 'refused' ? outcome.error : 'accepted').toContain(words);
      const after = JSON.stringify(
        [world.books.get(market.conditionId), [...world.accounts]],
        (_key, value) => (typeof value === 'bigint' ? String(value) : value),
      );
      expect(after).toBe(before);
    },
  );

  it('spends no more than a FAK buy may and returns more shares when the price is better', () => {
    const { world, market } = worldWithMarket();
    placeOrder(world, order(market, ANN, 1, 'BUY', '0.6', '100'));
    const outcome = placeOrder(world, {
      account: BEN,
      tokenId: market.tokens[0],
      side: 'BUY',
      type: 'FAK',
      price: parseMicros('0.5'),
      amount: { spend: 10n * ONE },
    });
    expect(outcome).toMatchObject({ kind: 'accepted', shares: 25n * ONE, cash: 10n * ONE });
  });

  it('refuses to sell shares that another order has promised', () => {
    const { world, market } = worldWithMarket();
    placeOrder(world, order(market, ANN, 0, 'BUY', '0.5', '10'));
    placeOrder(world, order(market, BEN, 1, 'BUY', '0.5', '10'));
    placeOrder(world, order(market, ANN, 0, 'SELL', '0.9', '10'));
    const outcome = placeOrder(world, order(market, ANN, 0, 'SELL', '0.8', '5'));
    expect(outcome).toMatchObject({ kind: 'refused' });
  });

  it('conserves value less fees, never crosses a book and keeps its queues in order, whatever is placed', () => {
    const step = fc.record({
      who: fc.constantFrom(ANN, BEN, CAT),
      outcome: fc.constantFrom(0 as const, 1 as const),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      type: fc.constantFrom('GTC' as const, 'FAK' as const, 'FOK' as const),
      cents: fc.integer({ min: 1, max: 99 }),
      hundredths: fc.integer({ min: 100, max: 9_000 }),
      cancel: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { world, market } = worldWithMarket({ feeRate: 400n });
        const book = world.books.get(market.conditionId)!;
        for (const one of steps) {
          if (one.cancel === 0) cancelOrders(world, market.conditionId, one.who);
          placeOrder(world, {
            account: one.who,
            tokenId: market.tokens[one.outcome],
            side: one.side,
            type: one.type,
            price: BigInt(one.cents) * 10_000n,
            amount: { shares: BigInt(one.hundredths) * 10_000n },
          });
          const [bid, ask] = [book.bids[0], book.asks[0]];
          if (bid !== undefined && ask !== undefined) expect(bid.bookPrice).toBeLessThan(ask.bookPrice);
          for (const [queue, sign] of [
            [book.bids, -1n],
            [book.asks, 1n],
          ] as const) {
            for (let at = 1; at < queue.length; at += 1) {
              const [first, second] = [queue[at - 1]!, queue[at]!];
              const worse = (second.bookPrice - first.bookPrice) * sign;
              expect(worse > 0n || (worse === 0n && second.sequence > first.sequence)).toBe(true);
            }
          }
        }
        expect(totalValue(world)).toBe(world.meta.deposits);
        const held = market.tokens.map((token) =>
          [...world.accounts.values()].reduce((sum, account) => sum + sharesOf(account, token), 0n),
        );
        expect(held).toEqual([market.escrow, market.escrow]);
        for (const account of world.accounts.values()) expect(account.cash).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 150 },
    );
  });
});
