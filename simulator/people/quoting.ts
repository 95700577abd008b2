// The market makers: two accounts that keep several levels on both sides of a randomly moving price.
// One sells shares it holds, the other buys the opposite outcome, so that trades are plain exchanges as well as mints.

import { SIZE_STEP } from '../matching/order-rules.ts';
import { floorTo, larger, mulDivFloor, ONE, smaller } from '../model/decimal.ts';
import { cancelOrders, placeOrder } from '../model/engine.ts';
import { setTick } from '../model/markets.ts';
import { type Market, type Order, touchMarket, type World } from '../model/model.ts';
import type { Outcome, Side } from '../model/sides.ts';

export const SELLING_MAKER = '0x5e11000000000000000000000000000000000a01';
export const MINTING_MAKER = '0x3117000000000000000000000000000000000a02';

const LEVELS = 6;
const FINE_TICK = 1_000n;
const COARSE_TICK = 10_000n;
/** Beyond these prices a market with cent ticks changes to tenths of a cent, as often seen at the venue. */
const FINE_ABOVE = 960_000n;
const FINE_BELOW = 40_000n;

/** Moves a market's price a little and quotes around it again. */
export function requote(world: World, market: Market): void {
  walkFair(world, market);
  adaptTick(world, market);
  // A recorded leader's book moves with the leader's trades; in between only its sizes change.
  const [soonest, latest] = market.source === 'seeded' ? [250, 650] : [1_500, 4_000];
  market.quoteAtMs = world.nowMs + world.random.between(soonest!, latest!);
  layQuotes(world, market);
  touchMarket(world, market.conditionId);
}

/** Makers' quotes around `fair`, one or two ticks apart; levels that still fit are kept. */
export function layQuotes(world: World, market: Market): void {
  const { tick } = market;
  const top = floorTo(market.fair, tick);
  const gap = tick === COARSE_TICK ? tick : tick * 2n;
  const step = tick === COARSE_TICK ? tick : tick * 3n;
  const bids: bigint[] = [];
  const asks: bigint[] = [];
  for (let level = 0; level < LEVELS; level += 1) {
    const away = BigInt(level) * step;
    if (top - away >= tick) bids.push(top - away);
    if (top + gap + away <= ONE - tick) asks.push(top + gap + away);
  }
  const resizeLevel = world.random.below(LEVELS * 2);
  dropOldQuotes(world, market, { bids, asks });
  bids.forEach((price, level) =>
    keepLevel(world, market, { bid: true, price, level, fresh: resizeLevel === level }),
  );
  asks.forEach((price, level) =>
    keepLevel(world, market, { bid: false, price, level, fresh: resizeLevel === LEVELS + level }),
  );
}

function walkFair(world: World, market: Market): void {
  if (market.source !== 'seeded') return;
  const { random } = world;
  let swing = market.swing;
  let pull = 0n;
  const lifeMs = market.closeAtMs - market.createdAtMs;
  if (market.series !== null && market.resolution === 'by-price') {
    const leftPercent = Math.floor(((market.closeAtMs - world.nowMs) * 100) / lifeMs);
    // Towards its end the result of a short market becomes clear: the price moves away from the middle.
    if (leftPercent < 30) {
      swing *= 2;
      pull = mulDivFloor(market.fair - ONE / 2n, BigInt(31 - Math.max(leftPercent, 0)), 2_000n);
    }
  }
  const moved = market.fair + BigInt(random.between(-swing, swing)) + pull;
  market.fair = smaller(larger(moved, 12_000n), 988_000n);
}

function adaptTick(world: World, market: Market): void {
  if (market.source !== 'seeded' || market.tick !== COARSE_TICK) return;
  if (market.fair > FINE_ABOVE || market.fair < FINE_BELOW) setTick(world, market, FINE_TICK);
}

function dropOldQuotes(world: World, market: Market, keep: { bids: bigint[]; asks: bigint[] }): void {
  const stale = (order: Order): boolean => {
    const wanted = (order.outcome === 0) === (order.side === 'BUY') ? keep.bids : keep.asks;
    return !wanted.includes(order.bookPrice);
  };
  cancelOrders(world, market.conditionId, SELLING_MAKER, stale);
  cancelOrders(world, market.conditionId, MINTING_MAKER, stale);
}

function keepLevel(
  world: World,
  market: Market,
  wish: { bid: boolean; price: bigint; level: number; fresh: boolean },
): void {
  const maker = wish.level % 2 === 0 ? SELLING_MAKER : MINTING_MAKER;
  const book = world.books.get(market.conditionId)!;
  const standing = (wish.bid ? book.bids : book.asks).find(
    (order) => order.bookPrice === wish.price && order.account === maker,
  );
  if (standing !== undefined && !wish.fresh && standing.remaining * 2n >= standing.original) return;
  if (standing !== undefined) cancelOrders(world, market.conditionId, maker, (order) => order === standing);
  const order = ownTerms(maker, wish);
  const dollars = (market.depthDollars * (wish.level + 2) * world.random.between(60, 140)) / 100;
  const worth = mulDivFloor(BigInt(Math.round(dollars)) * ONE, ONE, larger(wish.price, 50_000n));
  placeOrder(world, {
    account: maker,
    tokenId: market.tokens[order.outcome],
    side: order.side,
    type: 'GTC',
    price: order.price,
    amount: { shares: floorTo(larger(worth, market.minSize), SIZE_STEP) },
  });
}

/** The selling maker quotes outcome 0 both ways; the minting one asks by bidding for outcome 1. */
function ownTerms(
  maker: string,
  wish: { bid: boolean; price: bigint },
): { outcome: Outcome; side: Side; price: bigint } {
  if (wish.bid) return { outcome: 0, side: 'BUY', price: wish.price };
  if (maker === SELLING_MAKER) return { outcome: 0, side: 'SELL', price: wish.price };
  return { outcome: 1, side: 'BUY', price: ONE - wish.price };
}
