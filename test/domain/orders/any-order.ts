/** Random plans of live orders, as decisions would make them, and a second reading of what the exchange takes. */
import { OrderBuilder, Side as VenueSide } from '@polymarket/clob-client-v2';
import fc from 'fast-check';
import type { OrderFacts } from '../../../domain/decide/order-plan.ts';
import type { Side } from '../../../domain/ids.ts';
import {
  add,
  cash,
  formatMicros,
  notionalCeil,
  type PriceMicros,
  price,
  shares,
} from '../../../domain/money.ts';
import { ORDER_TYPES, type PlannedOrder } from '../../../domain/orders/orders.ts';
import { anyTick, marketBookOf } from '../arbitraries.ts';
import { exampleFacts, exampleSettings, NOW, TOKEN } from '../decide/example-facts.ts';

const anySize = fc
  .oneof(
    fc.bigInt({ min: 1n, max: 2_000n }),
    fc.bigInt({ min: 500n, max: 100_000n }),
    fc.bigInt({ min: 1n, max: 10_000n }).map((whole) => whole * 100n),
  )
  .map((hundredths) => shares(hundredths * 10_000n));

function clampPrice(at: bigint, tick: PriceMicros): PriceMicros {
  const highest = 1_000_000n - tick;
  return price(at < tick ? tick : at > highest ? highest : at);
}

/** A plan whose limit is a few ticks from the best price of a book, and mostly worth more than the venue's minimums. */
export const anyOrderFacts: fc.Arbitrary<OrderFacts> = anyTick.chain((tick) =>
  fc
    .record({
      book: marketBookOf(tick).filter(({ bids, asks }) => bids.length > 0 && asks.length > 0),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      orderType: fc.constantFrom(...ORDER_TYPES),
      room: fc.oneof(fc.constantFrom(0n, 0n, 1n), fc.bigInt({ min: -2n, max: 30n })),
      size: anySize,
      spare: fc.oneof(fc.constant(0n), fc.bigInt({ min: -2_000_000n, max: 5_000_000n })),
      slippageBps: fc.constantFrom(0, 1, 100, 300, 1_000, 10_000),
      orderMin: fc.constantFrom(0n, 1_000_000n, 5_000_000n, 5_000_000n, 15_000_000n),
      life: fc.integer({ min: 180, max: 86_400 }),
      nowMs: fc.nat(5_000),
    })
    .map((one): OrderFacts => {
      const best = (one.side === 'BUY' ? one.book.asks : one.book.bids)[0]!.priceMicros;
      const away = one.room * tick;
      const limit = clampPrice(one.side === 'BUY' ? best + away : best - away, tick);
      const target = add(notionalCeil(one.size, limit), cash(one.spare));
      return {
        plan: { side: one.side, limitPriceMicros: limit, shareMicros: one.size },
        targetNotionalMicros: target > 0n ? target : cash(0n),
        tokenId: TOKEN,
        market: exampleFacts({
          market: { tickPriceMicros: tick, orderShareMicrosMin: shares(one.orderMin) },
        }).market!,
        book: one.book,
        settings: exampleSettings({
          settings: {
            orderType: one.orderType,
            restingOrdersEnabled: true,
            slippageBpsBuy: one.slippageBps,
            slippageBpsSell: one.slippageBps,
            gtdLifeSeconds: one.life,
          },
        }),
        nowMs: NOW + one.nowMs,
      };
    }),
);

function decimals(micros: bigint): number {
  return (formatMicros(micros).split('.')[1] ?? '').length;
}

/** Decimals of cash that the official table allows at a tick (polymarket-api.md 3.2). */
const AMOUNT_DECIMALS: Readonly<Record<string, number>> = {
  '0.1': 3,
  '0.01': 4,
  '0.005': 5,
  '0.0025': 6,
  '0.001': 5,
  '0.0001': 6,
};

/** Why the exchange would refuse the order; empty when it takes it. Written from its rules, not from our code. */
export function refusals(order: PlannedOrder, { market, nowMs }: OrderFacts): string[] {
  const isMarketType = order.orderType === 'FAK' || order.orderType === 'FOK';
  const isBuy = order.side === 'BUY';
  const size = isBuy ? order.takerMicros : order.makerMicros;
  const money = isBuy ? order.makerMicros : order.takerMicros;
  const tick = market.tickPriceMicros;
  const rules: readonly (readonly [holds: boolean, rule: string])[] = [
    [!isMarketType || decimals(order.makerMicros) <= 2, 'a market order gives at most 2 decimals'],
    [!isMarketType || decimals(order.takerMicros) <= 4, 'a market order asks for at most 4 decimals'],
    [
      !isMarketType || decimals(order.takerMicros) <= AMOUNT_DECIMALS[formatMicros(tick)]!,
      'a market order asks for at most the decimals that its tick allows',
    ],
    [isMarketType || decimals(size) <= 2, 'a resting order has at most 2 decimals of shares'],
    [
      isMarketType || decimals(money) <= AMOUNT_DECIMALS[formatMicros(tick)]!,
      'a resting order has the decimals of cash that its tick allows',
    ],
    [
      isMarketType || money * 1_000_000n === size * order.limitPriceMicros,
      'a resting order is at exactly its price',
    ],
    [order.limitPriceMicros % tick === 0n, 'prices are on the grid of the tick'],
    [order.limitPriceMicros >= tick && order.limitPriceMicros <= 1_000_000n - tick, 'prices are inside'],
    [size >= market.orderShareMicrosMin, 'the least number of shares'],
    [money >= 1_000_000n, 'at least one dollar'],
    [order.orderType === 'GTD' || order.expirationS === 0, 'only GTD expires'],
    [
      order.orderType !== 'GTD' || order.expirationS * 1_000 >= nowMs + 180_000,
      'GTD expires in three minutes at the earliest',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, rule]) => rule);
}

const NO_KEY = {
  getAddress: () => Promise.resolve('0x000000000000000000000000000000000000dEaD'),
  _signTypedData: () => Promise.resolve('0x'),
};
const BUILDER = new OrderBuilder(NO_KEY as unknown as ConstructorParameters<typeof OrderBuilder>[0], 137, 0);

/** The two amounts that the official client makes of the same given amount and price (a float is how it takes them). */
export async function officialAmounts(
  side: Side,
  tick: PriceMicros,
  given: { readonly amountMicros: bigint; readonly at: PriceMicros; readonly isResting: boolean },
): Promise<{ readonly makerMicros: bigint; readonly takerMicros: bigint }> {
  const options = {
    tickSize: formatMicros(tick) as '0.1' | '0.01' | '0.005' | '0.0025' | '0.001' | '0.0001',
    negRisk: false,
  };
  const order = {
    tokenID: TOKEN,
    price: Number(formatMicros(given.at)),
    side: side === 'BUY' ? VenueSide.BUY : VenueSide.SELL,
  };
  const amount = Number(formatMicros(given.amountMicros));
  const built = given.isResting
    ? await BUILDER.buildOrder({ ...order, size: amount }, options, 2)
    : await BUILDER.buildMarketOrder({ ...order, amount }, options, 2);
  return { makerMicros: BigInt(built.makerAmount), takerMicros: BigInt(built.takerAmount) };
}
