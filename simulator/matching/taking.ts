// Takes from the book at the best price and up to a few ticks beyond it.

import { floorTo, larger, mulDivFloor, ONE, smaller } from '../model/decimal.ts';
import { type OrderOutcome, placeOrder } from '../model/engine.ts';
import type { Market, World } from '../model/model.ts';
import { type Outcome, type Side, tokenPrice } from '../model/sides.ts';
import { SIZE_STEP } from './order-rules.ts';

/** Takes from the book, at most `slipTicks` beyond its best price. */
export function takeLiquidity(
  world: World,
  wish: {
    account: string;
    market: Market;
    outcome: Outcome;
    side: Side;
    dollars?: number;
    shares?: bigint;
    slipTicks?: number;
  },
): OrderOutcome | null {
  const { market, outcome, side } = wish;
  const best = bestPrice(world, market, outcome, side);
  if (best === null || market.status !== 'open') return null;
  const slip = market.tick * BigInt(wish.slipTicks ?? 2);
  const price = side === 'BUY' ? smaller(best + slip, ONE - market.tick) : larger(best - slip, market.tick);
  const shares = floorTo(
    wish.shares ?? mulDivFloor(BigInt(Math.round((wish.dollars ?? 0) * 100)) * 10_000n, ONE, best),
    SIZE_STEP,
  );
  if (shares <= 0n) return null;
  return placeOrder(world, {
    account: wish.account,
    tokenId: market.tokens[outcome],
    side,
    type: 'FAK',
    price,
    amount: { shares },
  });
}

/** The best price at which the book would fill a taker of this side, in the token's own terms. */
export function bestPrice(world: World, market: Market, outcome: Outcome, side: Side): bigint | null {
  const book = world.books.get(market.conditionId)!;
  const top = (outcome === 0) === (side === 'BUY') ? book.asks[0] : book.bids[0];
  return top === undefined ? null : tokenPrice(outcome, top.bookPrice);
}
