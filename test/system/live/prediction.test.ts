/**
 * Whether paper predicts live: what the paper walker makes of each live order's own size and bound, on the book without that
 * order, beside the fill that the practice exchange gave (A55). The exchange records that book just before it matches, and
 * matches by a reading of its own. Makers move and the crowd trades; answers come after 250 ms.
 */
import { describe, expect, it } from 'vitest';
import type { Book } from '../../../domain/market/book.ts';
import { cash, MICROS, price, shares } from '../../../domain/money.ts';
import type { PlannedOrder } from '../../../domain/orders/orders.ts';
import { type FillSums, predictedFill } from '../../../domain/orders/predicted-fill.ts';
import type { LiveOrderRecord } from '../../../domain/records/live-records.ts';
import { LiveScene } from '../world/live-scene.ts';

const SECOND_MS = 1_000;
const FILLS = 200;
const TOKENS = 20;
const ANSWER_MS = 250;

/** Tokens of markets that stay open. */
function tokensOf({ world }: LiveScene): readonly string[] {
  return world.exchange
    .markets()
    .filter((market) => market.closeAtMs > world.nowMs + 60 * 60 * SECOND_MS)
    .flatMap((market) => market.tokens)
    .slice(0, TOKENS);
}

interface Case {
  readonly order: LiveOrderRecord;
  readonly predicted: FillSums;
}

function predictedOf(scene: LiveScene, order: LiveOrderRecord): FillSums {
  const { trading } = scene.world.exchange.world;
  const met = trading.metBooks?.get(order.orderId) ?? [];
  const levels = met.map(({ price: at, size }) => ({ priceMicros: price(at), shareMicros: shares(size) }));
  const [bids, asks] = order.side === 'BUY' ? [[], levels] : [levels, []];
  const book: Book = { tokenId: order.tokenId, bids, asks, asOfMs: order.createdAtMs, hash: '' };
  const signed: PlannedOrder = { ...order, expirationS: 0 };
  return predictedFill(signed, book, null);
}

/** Within a tick of the average price, and within a hundredth of a share of the size. */
function isSame({ order, predicted }: Case): boolean {
  const { filledShareMicros, filledNotionalMicros, tickPriceMicros } = order;
  const size = predicted.shareMicros - filledShareMicros;
  if (size > 10_000n || size < -10_000n) return false;
  const gap = predicted.notionalMicros * filledShareMicros - filledNotionalMicros * predicted.shareMicros;
  const tick = (tickPriceMicros * filledShareMicros * predicted.shareMicros) / MICROS;
  return gap <= tick && gap >= -tick;
}

function storedOf(order: LiveOrderRecord): FillSums {
  const { predictedShareMicros, predictedNotionalMicros, predictedFeeMicros } = order;
  return {
    shareMicros: predictedShareMicros ?? shares(0n),
    notionalMicros: predictedNotionalMicros ?? cash(0n),
    feeMicros: predictedFeeMicros ?? cash(0n),
  };
}

/** Whether an order took more than the first maker had. */
function isDeep(scene: LiveScene, order: LiveOrderRecord): boolean {
  const met = scene.world.exchange.world.trading.metBooks?.get(order.orderId);
  return (met?.[0]?.size ?? 0n) < order.filledShareMicros;
}

function percent(cases: readonly Case[], test: (one: Case) => boolean): number {
  return (100 * cases.filter(test).length) / cases.length;
}

describe('the paper walker', () => {
  it('predicts at least 95 of 100 fills of live orders within a tick, on the book just before matching', async () => {
    const scene = await LiveScene.open({
      quietMarket: false,
      busy: true,
      exchangeStepMs: ANSWER_MS,
      trader: { cash: '1000000' },
      live: { copyRateBps: 10_000, maxTradeNotionalMicros: 5_000_000_000, slippageBpsBuy: 500 },
    });
    const { world } = scene;
    world.exchange.world.trading.metBooks = new Map();
    scene.fault({ channel: 'order', kind: 'answer-late', delayMs: ANSWER_MS, count: null });
    const tokens = tokensOf(scene);
    const filled = (): readonly LiveOrderRecord[] =>
      scene.orders().filter((order) => order.filledShareMicros > 0n);
    for (let round = 0; round < 30 && filled().length < FILLS; round += 1) {
      for (const token of tokens) {
        world.exchange.leaderTrade({
          leader: scene.leader,
          tokenId: token,
          side: round % 3 === 2 ? 'SELL' : 'BUY',
          shares: String(400 + 150 * round),
        });
        await world.advance(SECOND_MS / 2);
      }
      await world.advance(4 * SECOND_MS);
    }
    const cases = filled().map((order): Case => ({ order, predicted: predictedOf(scene, order) }));
    expect(cases.length).toBeGreaterThanOrEqual(FILLS);
    expect(percent(cases, isSame)).toBeGreaterThanOrEqual(95);
    // Not only orders that the first maker fills: some took several, and both sides were taken.
    expect(cases.filter((one) => isDeep(scene, one.order)).length).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ order }) => order.side))).toEqual(new Set(['BUY', 'SELL']));
    // What was stored with each order walks the book of its decision, which is a little older.
    const stored = cases.map(({ order }): Case => ({ order, predicted: storedOf(order) }));
    expect(percent(stored, isSame)).toBeGreaterThanOrEqual(90);
  });
});
