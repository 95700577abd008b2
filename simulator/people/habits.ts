// What each leader does at its turn. A habit reads the world, trades through the engine like any account, and sets the time
// of the next turn; its memory is in `plan`.

import { SIZE_STEP } from '../matching/order-rules.ts';
import { bestPrice, takeLiquidity } from '../matching/taking.ts';
import { mergeSets, recordSetActivity, redeemAll, sharesOf, splitSets } from '../model/accounts.ts';
import { floorTo, larger, ONE, smaller } from '../model/decimal.ts';
import { cancelOrders, placeOrder } from '../model/engine.ts';
import {
  type Account,
  accountOf,
  type Leader,
  type Market,
  otherOutcome,
  touchAccount,
  type World,
} from '../model/model.ts';
import type { Outcome, Side } from '../model/sides.ts';

const MINUTE_MS = 60_000;
/** A leader with less cash gets more from outside. */
const CASH_MIN = 30_000n * ONE;

const REDEEM_AFTER_MS = 5_000;

/** Lets a leader act; afterwards `nextAtMs` is in the future. */
export function actLeader(world: World, leader: Leader): void {
  const account = accountOf(world, leader.address);
  world.dirty.add(`leader/${leader.address}`);
  refill(world, account);
  redeemResolved(world, account);
  const habit = HABITS[leader.habit];
  if (habit === undefined) throw new Error(`no habit called ${leader.habit}`);
  leader.nextAtMs = world.nowMs + habit(world, leader, account);
}

type Habit = (world: World, leader: Leader, account: Account) => number;

const HABITS: Record<string, Habit> = {
  'slow-large': slowLarge,
  'fast-small': fastSmall,
  'two-sided': twoSided,
  splitter,
  'short-lived': shortLived,
  favourites,
};

function slowLarge(world: World, _leader: Leader, account: Account): number {
  const { random } = world;
  const held = heldPositions(world, account, 300n * ONE);
  const wait = random.between(18_000, 38_000);
  if (held.length > 2 && random.chance(50)) {
    const position = random.pick(held);
    const part = random.chance(40) ? position.shares : floorTo(position.shares / 2n, SIZE_STEP);
    takeLiquidity(world, { account: account.address, ...position, side: 'SELL', shares: part, slipTicks: 4 });
    return wait;
  }
  const market = pickMarket(
    world,
    (one) => one.closeAtMs - world.nowMs > 30 * MINUTE_MS && one.depthDollars >= 200,
  );
  if (market === null) return wait;
  takeLiquidity(world, {
    account: account.address,
    market,
    outcome: coin(world),
    side: 'BUY',
    dollars: random.between(500, 3_000),
    slipTicks: 4,
  });
  return wait;
}

/** Bursts: a fill every tenth of a second in one token, first opening, later closing. */
function fastSmall(world: World, leader: Leader, account: Account): number {
  const { random } = world;
  if (Number(leader.plan.left ?? 0) <= 0) startBurst(world, leader, account);
  const place = world.tokens.get(String(leader.plan.token ?? ''));
  const left = Number(leader.plan.left ?? 0);
  if (place === undefined || left <= 0) return random.between(2_000, 4_000);
  const market = world.markets.get(place.conditionId)!;
  const side: Side = leader.plan.side === 'SELL' ? 'SELL' : 'BUY';
  const wish = { account: account.address, market, outcome: place.outcome, side, slipTicks: 2 };
  if (side === 'BUY') takeLiquidity(world, { ...wish, dollars: random.between(200, 3_000) / 100 });
  else takeLiquidity(world, { ...wish, shares: sellPart(account, market.tokens[place.outcome], left) });
  leader.plan.left = left - 1;
  return left > 1 ? 100 : random.between(7_500, 14_000);
}

function startBurst(world: World, leader: Leader, account: Account): void {
  const { random } = world;
  const held = heldPositions(world, account, 5n * ONE);
  leader.plan.left = random.between(3, 12);
  if (held.length > 1 && random.chance(52)) {
    const position = random.pick(held);
    leader.plan.token = position.market.tokens[position.outcome];
    leader.plan.side = 'SELL';
    return;
  }
  const market = pickMarket(world, (one) => one.closeAtMs - world.nowMs > 2 * MINUTE_MS);
  leader.plan.token = market === null ? '' : market.tokens[coin(world)];
  leader.plan.side = 'BUY';
}

/** Divides the holding over the remaining fills; the last one takes the rest. */
function sellPart(account: Account, tokenId: string, left: number): bigint {
  const held = sharesOf(account, tokenId);
  return left <= 1 ? held : floorTo(held / BigInt(left), SIZE_STEP);
}

/** Places bids for both outcomes at the best price, sometimes takes, and merges complete sets. */
function twoSided(world: World, leader: Leader, account: Account): number {
  const { random } = world;
  const address = account.address;
  const before = world.markets.get(String(leader.plan.condition ?? ''));
  if (before !== undefined) {
    cancelOrders(world, before.conditionId, address);
    mergePairs(world, account, before);
  }
  const market = pickMarket(
    world,
    (one) => one.source !== 'book-tape' && one.closeAtMs - world.nowMs > 5 * MINUTE_MS,
  );
  leader.plan.condition = market?.conditionId ?? '';
  if (market === null) return random.between(3_000, 6_000);
  for (const outcome of [0, 1] as const) {
    const bid = bestPrice(world, market, outcome, 'SELL');
    if (bid === null) continue;
    const shares = BigInt(random.between(20, 150)) * ONE;
    placeOrder(world, {
      account: address,
      tokenId: market.tokens[outcome],
      side: 'BUY',
      type: 'GTC',
      price: improved(world, market, outcome, bid),
      amount: { shares },
      postOnly: true,
    });
  }
  if (random.chance(45)) {
    const held = heldPositions(world, account, 50n * ONE);
    if (held.length > 3 && random.chance(60)) {
      const position = random.pick(held);
      takeLiquidity(world, { account: address, ...position, side: 'SELL', shares: position.shares });
    } else {
      takeLiquidity(world, {
        account: address,
        market,
        outcome: coin(world),
        side: 'BUY',
        dollars: random.between(10, 80),
      });
    }
  }
  return random.between(3_000, 6_000);
}

/** One tick above the best bid where the spread allows it. */
function improved(world: World, market: Market, outcome: Outcome, bid: bigint): bigint {
  const ask = bestPrice(world, market, outcome, 'BUY');
  return ask !== null && ask - bid > market.tick ? bid + market.tick : bid;
}

/** Splits, sells one side, buys it back and merges; in short markets it keeps the sets until they resolve. */
function splitter(world: World, leader: Leader, account: Account): number {
  const { random } = world;
  const wait = random.between(5_000, 11_000);
  const market = world.markets.get(String(leader.plan.condition ?? ''));
  const stage = String(leader.plan.stage ?? 'split');
  if (stage === 'split' || market === undefined || market.status !== 'open')
    return splitAnew(world, leader, account, wait);
  const outcome: Outcome = leader.plan.outcome === 1 ? 1 : 0;
  const wish = { account: account.address, market, outcome, slipTicks: 3 };
  const held = sharesOf(account, market.tokens[outcome]);
  if (stage === 'sell') {
    takeLiquidity(world, { ...wish, side: 'SELL', shares: floorTo(held / 2n, SIZE_STEP) });
    leader.plan.stage = market.series === null ? 'buy-back' : 'split';
  } else if (stage === 'buy-back') {
    const short = sharesOf(account, market.tokens[otherOutcome(outcome)]) - held;
    takeLiquidity(world, { ...wish, side: 'BUY', shares: larger(short, 0n) });
    leader.plan.stage = 'merge';
  } else {
    mergePairs(world, account, market);
    leader.plan.stage = 'split';
  }
  return wait;
}

function splitAnew(world: World, leader: Leader, account: Account, wait: number): number {
  const market = pickMarket(world, (one) => one.closeAtMs - world.nowMs > MINUTE_MS);
  if (market === null) return wait;
  const shares = BigInt(world.random.between(100, 400)) * ONE;
  splitSets(world, account, market, shares);
  recordSetActivity(world, account.address, { kind: 'SPLIT', market, shares, paid: shares });
  leader.plan.condition = market.conditionId;
  leader.plan.outcome = coin(world);
  leader.plan.stage = 'sell';
  return Math.min(wait, 4_000);
}

/** Trades only markets that end soon, and mostly holds until they resolve. */
function shortLived(world: World, _leader: Leader, account: Account): number {
  const { random } = world;
  const wait = random.between(9_000, 18_000);
  const market = pickMarket(world, (one) => one.series !== null && one.closeAtMs - world.nowMs > 20_000);
  if (market === null) return wait;
  const outcome = coin(world);
  const held = sharesOf(account, market.tokens[outcome]);
  if (held > 5n * ONE && random.chance(40))
    takeLiquidity(world, { account: account.address, market, outcome, side: 'SELL', shares: held });
  else
    takeLiquidity(world, {
      account: account.address,
      market,
      outcome,
      side: 'BUY',
      dollars: random.between(20, 200),
    });
  return wait;
}

/** Buys the likelier outcome for a few hundred dollars and sells when its price has risen. */
function favourites(world: World, _leader: Leader, account: Account): number {
  const { random } = world;
  const wait = random.between(12_000, 24_000);
  const held = heldPositions(world, account, 50n * ONE);
  if (held.length > 3 && random.chance(45)) {
    const position = random.pick(held);
    takeLiquidity(world, { account: account.address, ...position, side: 'SELL', shares: position.shares });
    return wait;
  }
  const market = pickMarket(world, (one) => one.fair > 600_000n || one.fair < 400_000n);
  if (market === null) return wait;
  takeLiquidity(world, {
    account: account.address,
    market,
    outcome: market.fair > 500_000n ? 0 : 1,
    side: 'BUY',
    dollars: random.between(50, 400),
  });
  return wait;
}

function redeemResolved(world: World, account: Account): void {
  for (const tokenId of [...account.holdings.keys()]) {
    const market = world.markets.get(world.tokens.get(tokenId)?.conditionId ?? '');
    if (market === undefined || market.status !== 'resolved' || !account.holdings.has(tokenId)) continue;
    if (world.nowMs - (market.resolvedAtMs ?? 0) < REDEEM_AFTER_MS) continue;
    const { paid, shares } = redeemAll(world, account, market);
    if (paid > 0n) recordSetActivity(world, account.address, { kind: 'REDEEM', market, shares, paid });
  }
}

function mergePairs(world: World, account: Account, market: Market): void {
  const pairs = smaller(sharesOf(account, market.tokens[0]), sharesOf(account, market.tokens[1]));
  const whole = floorTo(pairs, SIZE_STEP);
  if (whole < ONE || market.status === 'resolved') return;
  mergeSets(world, account, market, whole);
  recordSetActivity(world, account.address, { kind: 'MERGE', market, shares: whole, paid: whole });
}

function refill(world: World, account: Account): void {
  if (account.cash >= CASH_MIN) return;
  account.cash += 100_000n * ONE;
  world.meta.deposits += 100_000n * ONE;
  world.dirty.add('meta');
  touchAccount(world, account);
}

/** An account's holdings above a size in open markets. */
function heldPositions(
  world: World,
  account: Account,
  sharesMin: bigint,
): { market: Market; outcome: Outcome; shares: bigint }[] {
  const held: { market: Market; outcome: Outcome; shares: bigint }[] = [];
  for (const [tokenId, holding] of account.holdings) {
    const place = world.tokens.get(tokenId);
    const market = place === undefined ? undefined : world.markets.get(place.conditionId);
    if (place === undefined || market === undefined || market.status !== 'open' || holding.shares < sharesMin)
      continue;
    held.push({ market, outcome: place.outcome, shares: floorTo(holding.shares, SIZE_STEP) });
  }
  return held;
}

/** A random suitable open market; half of the time one whose recorded book is being played. */
function pickMarket(world: World, suits: (market: Market) => boolean): Market | null {
  const open = [...world.markets.values()].filter((market) => market.status === 'open' && suits(market));
  const played = open.filter((market) => market.source === 'book-tape');
  if (played.length > 0 && world.random.chance(50)) return world.random.pick(played);
  return open.length === 0 ? null : world.random.pick(open);
}

function coin(world: World): Outcome {
  return world.random.chance(50) ? 0 : 1;
}
