// One tick of the practice exchange: markets close and resolve, makers requote, the crowd and the leaders trade.
// A tick is always a tenth of a second of simulated time, so the same seed gives the same run, however it is called.

import { takeLiquidity } from '../matching/taking.ts';
import { ONE } from '../model/decimal.ts';
import { expireOrders } from '../model/engine.ts';
import { closeMarket, resolveMarket } from '../model/markets.ts';
import { type Market, touchBook, type World } from '../model/model.ts';
import { crowdAddress, openDueWindows } from './content.ts';
import { actLeader } from './habits.ts';
import { requote } from './quoting.ts';
import { playTapes } from './tape.ts';

export const TICK_MS = 100;
const WINDOW_CHECK_TICKS = 10;
const CROWD = 8;
/** Older rows and the oldest resolved markets are removed, so that memory and storage stay limited. */
export const ACTIVITY_ROWS_MAX = 30_000;
const RESOLVED_MARKETS_MAX = 60;

/** Which of the people act by themselves; tests switch them off. */
export interface Automation {
  makers: boolean;
  crowd: boolean;
  leaders: boolean;
  series: boolean;
}

/** Advances the world to `world.nowMs`, which the caller has set. */
export function tick(world: World, automation: Automation): void {
  world.meta.steps += 1;
  if (automation.series && world.meta.steps % WINDOW_CHECK_TICKS === 1) openDueWindows(world);
  playTapes(world);
  for (const market of world.markets.values()) passTime(world, market, automation);
  if (automation.crowd && world.nowMs >= world.meta.crowdAtMs) actCrowd(world);
  if (automation.leaders) {
    for (const leader of world.leaders.values()) if (world.nowMs >= leader.nextAtMs) actLeader(world, leader);
  }
  if (world.meta.steps % 600 === 0) forgetOldest(world);
  world.meta.random = world.random.state();
  world.dirty.add('meta');
}

function passTime(world: World, market: Market, automation: Automation): void {
  if (market.status === 'open') {
    if (world.nowMs >= market.closeAtMs) closeMarket(world, market);
    else {
      expireOrders(world, market.conditionId);
      if (automation.makers && market.source !== 'book-tape' && world.nowMs >= market.quoteAtMs)
        requote(world, market);
    }
  } else if (
    market.status === 'closed' &&
    world.nowMs >= market.resolveAtMs &&
    market.resolution !== 'never'
  ) {
    resolveMarket(world, market, resultOf(market));
  }
}

function resultOf(market: Market): [bigint, bigint] {
  if (market.resolution === 'half-half') return [ONE / 2n, ONE / 2n];
  return market.fair >= ONE / 2n ? [ONE, 0n] : [0n, ONE];
}

function actCrowd(world: World): void {
  const { random } = world;
  world.meta.crowdAtMs = world.nowMs + random.between(400, 1_600);
  const open = [...world.markets.values()].filter((market) => market.status === 'open');
  if (open.length === 0) return;
  takeLiquidity(world, {
    account: crowdAddress(world, random.below(CROWD)),
    market: random.pick(open),
    outcome: random.chance(50) ? 0 : 1,
    side: random.chance(50) ? 'BUY' : 'SELL',
    dollars: random.between(150, 6_000) / 100,
  });
}

/** Removes the oldest rows beyond the limit, and long-resolved markets with the shares left in them. */
function forgetOldest(world: World): void {
  const excess = world.activity.length - ACTIVITY_ROWS_MAX;
  if (excess > 0) {
    const dropped = world.activity.splice(0, excess);
    for (const row of dropped) {
      world.dirty.add(`activity/${String(row.sequence).padStart(12, '0')}`);
      const own = world.activityByWallet.get(row.wallet);
      if (own?.[0] === row) own.shift();
    }
  }
  const resolved = [...world.markets.values()].filter((market) => market.status === 'resolved');
  for (const market of resolved.slice(0, Math.max(0, resolved.length - RESOLVED_MARKETS_MAX)))
    forgetMarket(world, market);
}

function forgetMarket(world: World, market: Market): void {
  for (const account of world.accounts.values()) {
    for (const token of market.tokens) {
      if (account.holdings.delete(token)) world.dirty.add(`account/${account.address}`);
    }
  }
  // Collateral that was not redeemed goes to the house, so that the total value stays the same.
  world.meta.fees += market.escrow;
  for (const token of market.tokens) world.tokens.delete(token);
  world.markets.delete(market.conditionId);
  world.books.delete(market.conditionId);
  world.dirty.add(`market/${market.conditionId}`);
  touchBook(world, market.conditionId);
}
