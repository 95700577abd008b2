/**
 * The order that a plan becomes. Its laws: never beyond the decision's bound or the slippage cap; never above the target
 * or the plan's shares; always within the best price's reach; always taken by the exchange's own rules.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../domain/decide/decide.ts';
import { type OrderFacts, type PlanResult, planOrder } from '../../../domain/decide/order-plan.ts';
import { REASON_CODES } from '../../../domain/decide/reasons.ts';
import { formatMicros } from '../../../domain/money.ts';
import { isResting } from '../../../domain/orders/order-state.ts';
import type { PlannedOrder } from '../../../domain/orders/orders.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { RUNS } from '../arbitraries.ts';
import { anyOrderFacts, officialAmounts, refusals } from '../orders/any-order.ts';
import { anyDecision } from './any-decision.ts';
import {
  at,
  type Change,
  exampleFacts,
  exampleSettings,
  levels,
  NOW,
  sh,
  TOKEN,
  usd,
} from './example-facts.ts';

interface Case extends Change {
  readonly side?: 'BUY' | 'SELL';
  /** 'shares @ bound'. */
  readonly plan?: string;
  readonly target?: string;
}

const SHIPPED: Partial<ModeSettings> = { slippageBpsBuy: 100, slippageBpsSell: 300 };

/** The example: 40 shares at up to 0.51 for $20.40, in a book of 0.49 by 0.50. */
function facts(change: Case = {}): OrderFacts {
  const [size = '', bound = ''] = (change.plan ?? '40 @ 0.51').split(' @ ');
  const { market, book, nowMs } = exampleFacts(change);
  return {
    plan: { side: change.side ?? 'BUY', limitPriceMicros: at(bound), shareMicros: sh(size) },
    targetNotionalMicros: usd(change.target ?? '1000'),
    tokenId: TOKEN,
    market: market!,
    book: book!,
    settings: exampleSettings({ settings: { ...SHIPPED, ...change.settings } }),
    nowMs,
  };
}

function words(result: PlanResult): string {
  if (result.kind === 'refused') return result.reason;
  const { side, orderType, makerMicros, takerMicros, limitPriceMicros } = result.order;
  return `${orderType} ${side} ${formatMicros(makerMicros)} for ${formatMicros(takerMicros)} @ ${formatMicros(limitPriceMicros)}`;
}

/** 1 % of the best ask and 3 % of the best bid are room for no tick here; these open it. */
const ROOM: Partial<ModeSettings> = { slippageBpsBuy: 10_000, slippageBpsSell: 10_000 };
const FINE = { tickPriceMicros: at('0.001') };
const FINEST = { tickPriceMicros: at('0.0001') };

const ROWS: readonly (readonly [sentence: string, change: Case, expected: string])[] = [
  ['takes the best ask when 1 % is less than a tick', {}, 'FAK BUY 20 for 40 @ 0.5'],
  ['goes as far as the decision when slippage allows', { settings: ROOM }, 'FAK BUY 20.4 for 40 @ 0.51'],
  [
    'goes as far as slippage when the decision allows more',
    { plan: '40 @ 0.60', settings: { slippageBpsBuy: 400 } },
    'FAK BUY 20.8 for 40 @ 0.52',
  ],
  ['sells down to 3 % from the best bid', { side: 'SELL', plan: '40 @ 0.40' }, 'FAK SELL 40 for 19.2 @ 0.48'],
  ['sells no lower than the decision', { side: 'SELL', plan: '40 @ 0.49' }, 'FAK SELL 40 for 19.6 @ 0.49'],
  [
    'rounds the slippage of a sale up, against us never',
    { side: 'SELL', plan: '40 @ 0.10', settings: { slippageBpsSell: 409 } },
    'FAK SELL 40 for 18.8 @ 0.47',
  ],
  [
    'rounds the slippage of a purchase down, against us never',
    {
      plan: '100 @ 0.5',
      market: FINEST,
      book: { asks: levels('0.3333x900') },
      settings: { slippageBpsBuy: 3 },
    },
    'FAK BUY 33.33 for 100 @ 0.3333',
  ],
  ['pays at most a tick less than $1', { plan: '40 @ 1', settings: ROOM }, 'FAK BUY 39.6 for 40 @ 0.99'],
  ['takes at least a tick', { side: 'SELL', plan: '200 @ 0', settings: ROOM }, 'FAK SELL 200 for 2 @ 0.01'],
  ['spends no more than the target', { target: '15.31' }, 'FAK BUY 15.31 for 30.62 @ 0.5'],
  ['gives whole cents', { target: '15.319999' }, 'FAK BUY 15.31 for 30.62 @ 0.5'],
  [
    'prefers the pair whose ratio is the price, if it is within 1 % of the size',
    { plan: '100.5 @ 0.53', book: { asks: levels('0.53x900') } },
    'FAK BUY 53 for 100 @ 0.53',
  ],
  [
    'takes the exact pair that loses exactly 1 % of the size',
    { plan: '30.303031 @ 0.34', book: { asks: levels('0.33x900') } },
    'FAK BUY 9.9 for 30 @ 0.33',
  ],
  [
    'takes 2 and 4 decimals when the exact pair loses a hair more than 1 %',
    { plan: '30.304546 @ 0.34', book: { asks: levels('0.33x900') } },
    'FAK BUY 10 for 30.303 @ 0.33',
  ],
  [
    'names the bound when a pair beyond it would meet the minimums, though the one inside would not',
    { plan: '9.95 @ 0.101', settings: ROOM, market: FINE, book: { asks: levels('0.1x900') } },
    'LIVE_AMOUNTS_IMPOSSIBLE',
  ],
  [
    'takes 2 and 4 decimals a tick inside when the exact pair loses more',
    { plan: '9.99 @ 0.503', settings: ROOM, market: FINE },
    'FAK BUY 5.01 for 9.98 @ 0.502',
  ],
  [
    'takes 2 and 4 decimals at the limit where the bound leaves room for the rounding',
    {
      plan: '9.99 @ 0.6',
      market: FINE,
      book: { asks: levels('0.503x900') },
      settings: { slippageBpsBuy: 10 },
    },
    'FAK BUY 5.02 for 9.9801 @ 0.503',
  ],
  [
    'takes the coarse exact pair when nothing else stays in the bound',
    { plan: '15.99 @ 0.503', market: FINE, book: { asks: levels('0.503x900') } },
    'FAK BUY 5.03 for 10 @ 0.503',
  ],
  [
    'refuses a size that only pairs beyond the bound could have',
    { plan: '9.99 @ 0.503', market: FINE, book: { asks: levels('0.503x900') } },
    'LIVE_AMOUNTS_IMPOSSIBLE',
  ],
  [
    'sells a multiple that is exact on a fine tick',
    { side: 'SELL', plan: '150.99 @ 0.4713', market: FINEST, book: { bids: levels('0.4713x900') } },
    'FAK SELL 150 for 70.695 @ 0.4713',
  ],
  [
    'sells all but a hair a tick above its bound when the exact multiple loses more',
    { side: 'SELL', plan: '7.99 @ 0.4713', market: FINEST, book: { bids: levels('0.4714x900') } },
    'FAK SELL 7.99 for 3.7664 @ 0.4714',
  ],
  [
    'asks for three decimals at most on the coarsest tick',
    { plan: '6.74 @ 0.8', market: { tickPriceMicros: at('0.1') }, book: { asks: levels('0.8x900') } },
    'FAK BUY 5.38 for 6.725 @ 0.8',
  ],
  ['asks for all or nothing where FOK is set', { settings: { orderType: 'FOK' } }, 'FOK BUY 20 for 40 @ 0.5'],
  [
    'rests hundredths of a share at exactly the price',
    {
      plan: '9.999 @ 0.503',
      settings: { ...ROOM, orderType: 'GTC', restingOrdersEnabled: true },
      market: FINE,
    },
    'GTC BUY 5.02497 for 9.99 @ 0.503',
  ],
  [
    'rests no more than the target pays',
    { target: '10', settings: { orderType: 'GTC', restingOrdersEnabled: true } },
    'GTC BUY 10 for 20 @ 0.5',
  ],
  ['refuses an order that rests', { settings: { orderType: 'GTC' } }, 'LIVE_ORDER_TYPE_DISABLED'],
  ['refuses one that rests for a time', { settings: { orderType: 'GTD' } }, 'LIVE_ORDER_TYPE_DISABLED'],
  ['refuses an unknown protocol', { market: { protocolVersion: null } }, 'LIVE_PROTOCOL_UNKNOWN'],
  ['refuses an unknown neg-risk', { market: { negRisk: null } }, 'LIVE_PROTOCOL_UNKNOWN'],
  ['refuses an empty book', { book: { asks: [] } }, 'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS'],
  ['refuses what the decision would not pay', { plan: '40 @ 0.49' }, 'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS'],
  [
    'refuses what the decision would not take',
    { side: 'SELL', plan: '40 @ 0.50' },
    'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS',
  ],
  [
    'refuses when the tick is coarser than the book: it must be stale',
    { plan: '40 @ 0.504', book: { asks: levels('0.504x900') } },
    'LIVE_TICK_ROUNDING_VIOLATES_BOUNDS',
  ],
  [
    'refuses a sale when the tick is coarser than the book',
    { side: 'SELL', plan: '40 @ 0.496', book: { bids: levels('0.496x900') } },
    'LIVE_TICK_ROUNDING_VIOLATES_BOUNDS',
  ],
  [
    'refuses the highest price that a coarse tick has no room for',
    { plan: '40 @ 0.995', book: { asks: levels('0.995x900') } },
    'LIVE_TICK_ROUNDING_VIOLATES_BOUNDS',
  ],
  ['takes exactly five shares', { plan: '5 @ 0.51' }, 'FAK BUY 2.5 for 5 @ 0.5'],
  ['refuses fewer', { plan: '4.99 @ 0.51' }, 'LIVE_BELOW_MIN_ORDER_SIZE'],
  [
    'takes exactly a dollar',
    { plan: '10 @ 0.1', book: { asks: levels('0.1x900') } },
    'FAK BUY 1 for 10 @ 0.1',
  ],
  ['refuses less', { plan: '9.99 @ 0.1', book: { asks: levels('0.1x900') } }, 'LIVE_BELOW_MIN_ORDER_SIZE'],
  [
    'refuses a sale for less',
    { side: 'SELL', plan: '9.99 @ 0.1', book: { bids: levels('0.1x900') } },
    'LIVE_BELOW_MIN_ORDER_SIZE',
  ],
  [
    'refuses a resting order below the minimum',
    { plan: '4.99 @ 0.51', settings: { orderType: 'GTC', restingOrdersEnabled: true } },
    'LIVE_BELOW_MIN_ORDER_SIZE',
  ],
  ['refuses a target of nothing', { target: '0' }, 'LIVE_BELOW_MIN_ORDER_SIZE'],
];

describe('the order of a plan', () => {
  it.each(ROWS.map((row) => [...row]))('%s', (_sentence, change, expected) => {
    expect(words(planOrder(facts(change)))).toBe(expected);
  });

  it('carries what signing needs: token, exchange, and the best price that it was made for', () => {
    expect(planOrder(facts({ market: { protocolVersion: 'v2', negRisk: true } }))).toMatchObject({
      order: { tokenId: TOKEN, protocolVersion: 'v2', negRisk: true, expirationS: 0 },
      bestPriceMicros: at('0.50'),
    });
  });

  it('expires a GTD order a minute after its life, for the venue takes it off a minute early', () => {
    const change: Case = { settings: { orderType: 'GTD', restingOrdersEnabled: true, gtdLifeSeconds: 180 } };
    expect(planOrder({ ...facts(change), nowMs: NOW + 1 })).toMatchObject({
      order: { expirationS: NOW / 1_000 + 1 + 180 + 60 },
    });
  });
});

interface Planned {
  readonly given: OrderFacts;
  readonly order: PlannedOrder;
  readonly best: bigint;
}

/** Runs the law over plans that became orders. */
function forEveryOrder(law: (planned: Planned) => void): void {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(anyOrderFacts, (given) => {
      const result = planOrder(given);
      if (result.kind === 'refused') return;
      const kind = `${result.order.orderType} ${result.order.side} ${given.market.tickPriceMicros}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      law({ given, order: result.order, best: result.bestPriceMicros });
    }),
    { numRuns: RUNS * 5 },
  );
  // Every type, side and tick was there: a law over nothing proves nothing.
  expect(kinds.size).toBe(4 * 2 * 6);
}

function amountsOf(order: PlannedOrder): { readonly size: bigint; readonly money: bigint } {
  return order.side === 'BUY'
    ? { size: order.takerMicros, money: order.makerMicros }
    : { size: order.makerMicros, money: order.takerMicros };
}

describe('every order', () => {
  it('implies a price that is never beyond the bound of the decision', () => {
    forEveryOrder(({ given, order }) => {
      const { size, money } = amountsOf(order);
      const bound = given.plan.limitPriceMicros;
      if (order.side === 'BUY') expect(money * 1_000_000n <= size * bound).toBe(true);
      else expect(money * 1_000_000n >= size * bound).toBe(true);
    });
  });

  it('implies a price that is never beyond the slippage from the best price', () => {
    forEveryOrder(({ given, order, best }) => {
      const { size, money } = amountsOf(order);
      const { slippageBpsBuy, slippageBpsSell } = given.settings;
      const implied = money * 1_000_000n * 10_000n;
      if (order.side === 'BUY')
        expect(implied <= size * best * (10_000n + BigInt(slippageBpsBuy))).toBe(true);
      else expect(implied >= size * best * (10_000n - BigInt(slippageBpsSell))).toBe(true);
    });
  });

  it('implies a price that meets the best one on offer', () => {
    forEveryOrder(({ order, best }) => {
      const { size, money } = amountsOf(order);
      if (order.side === 'BUY') expect(money * 1_000_000n >= size * best).toBe(true);
      else expect(money * 1_000_000n <= size * best).toBe(true);
    });
  });

  it('names the worst price of the grid that its amounts can meet', () => {
    forEveryOrder(({ given, order }) => {
      const { size, money } = amountsOf(order);
      const tick = given.market.tickPriceMicros;
      const meets = (priceMicros: bigint): boolean =>
        order.side === 'BUY'
          ? size * priceMicros <= money * 1_000_000n
          : size * priceMicros >= money * 1_000_000n;
      const worse = order.side === 'BUY' ? tick : -tick;
      expect(meets(order.limitPriceMicros)).toBe(true);
      expect(meets(order.limitPriceMicros + worse)).toBe(false);
    });
  });

  it('spends no more than its target, and neither asks for nor gives more shares than planned', () => {
    forEveryOrder(({ given, order }) => {
      const { size, money } = amountsOf(order);
      expect(size <= given.plan.shareMicros).toBe(true);
      if (order.side === 'BUY') expect(money <= given.targetNotionalMicros).toBe(true);
    });
  });

  it('is taken by the exchange', () => {
    forEveryOrder(({ given, order }) => expect(refusals(order, given)).toEqual([]));
  });

  it('gives nearly all that it may where its bound has a tick to spare', () => {
    forEveryOrder(({ given, order, best }) => {
      const { plan, market, targetNotionalMicros } = given;
      const spare = order.side === 'BUY' ? plan.limitPriceMicros - best : best - plan.limitPriceMicros;
      const isBound = order.limitPriceMicros !== plan.limitPriceMicros;
      if (isResting(order.orderType) || spare < market.tickPriceMicros || isBound) return;
      const most =
        order.side === 'BUY'
          ? [targetNotionalMicros, (plan.shareMicros * order.limitPriceMicros) / 1_000_000n].sort((a, b) =>
              a < b ? -1 : 1,
            )[0]!
          : plan.shareMicros;
      expect(order.makerMicros * 100n >= most * 99n).toBe(true);
    });
  });

  it('is the same whatever the hour and the levels behind the best', () => {
    forEveryOrder(({ given, order }) => {
      const again = planOrder({
        ...given,
        book: { ...given.book, asks: given.book.asks.slice(0, 1), bids: given.book.bids.slice(0, 1) },
        nowMs: given.nowMs + 123_456,
      });
      // The expiry moves with the clock.
      expect(again).toMatchObject({ order: { ...order, expirationS: expect.any(Number) } });
    });
  });

  it('has the amounts of the official client, wherever its price is exact', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(anyOrderFacts, async (given) => {
        const result = planOrder(given);
        if (result.kind === 'refused') return;
        const { side, orderType, makerMicros, takerMicros, limitPriceMicros } = result.order;
        const { size, money } = amountsOf(result.order);
        if (money * 1_000_000n !== size * limitPriceMicros) return;
        compared += 1;
        const resting = isResting(orderType);
        const official = await officialAmounts(side, given.market.tickPriceMicros, {
          amountMicros: resting ? size : makerMicros,
          at: limitPriceMicros,
          isResting: resting,
        });
        expect({ makerMicros, takerMicros }).toEqual(official);
      }),
      { numRuns: RUNS * 2 },
    );
    expect(compared).toBeGreaterThan(RUNS / 4);
  });

  it('comes of a decision or is refused with a reason of live execution', () => {
    const executed = { count: 0 };
    fc.assert(
      fc.property(anyDecision, ({ facts: decided, settings }) => {
        const decision: Decision = decide(decided, settings);
        if (decision.kind === 'SKIP') return;
        const given: OrderFacts = {
          plan: decision.plan,
          targetNotionalMicros: decision.targetNotionalMicros,
          tokenId: TOKEN,
          market: decided.market!,
          book: decided.book!,
          settings,
          nowMs: NOW,
        };
        const result = planOrder(given);
        executed.count += result.kind === 'order' ? 1 : 0;
        if (result.kind === 'order') expect(refusals(result.order, given)).toEqual([]);
        else expect(REASON_CODES.filter((code) => code.startsWith('LIVE_'))).toContain(result.reason);
      }),
      { numRuns: RUNS * 2 },
    );
    expect(executed.count).toBeGreaterThan(10);
  });
});
