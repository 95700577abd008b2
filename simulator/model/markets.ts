// Opening, closing and resolving markets and changing their tick, with ids of both protocol versions as at the venue.

import { ONE } from './decimal.ts';
import { cancelOrders } from './engine.ts';
import {
  type Market,
  type MarketEvent,
  type MarketSource,
  touchBook,
  touchMarket,
  type World,
} from './model.ts';
import { scatterHex } from './random.ts';

export interface MarketSpec {
  version: 'v1' | 'v2';
  outcomes: [string, string];
  question: string;
  slug: string;
  event: MarketEvent;
  icon?: string;
  negRisk?: boolean;
  tick: bigint;
  feeRate: bigint;
  category: string;
  closeAtMs: number;
  resolveAfterMs: number;
  resolution: Market['resolution'];
  series?: string;
  source?: MarketSource;
  fair: bigint;
  swing: number;
  depthDollars: number;
  /** For recorded markets: the ids of the recording. */
  conditionId?: string;
  tokens?: [string, string];
}

/** Opens a market with an empty book. Throws when its condition or a token is already known. */
export function openMarket(world: World, spec: MarketSpec): Market {
  world.meta.marketCounter += 1;
  const number = world.meta.marketCounter;
  const ids = spec.version === 'v2' ? protocolTwoIds(world, spec) : conditionalTokenIds(world, spec);
  const conditionId = spec.conditionId ?? ids.conditionId;
  const tokens = spec.tokens ?? ids.tokens;
  if (world.markets.has(conditionId) || tokens.some((token) => world.tokens.has(token))) {
    throw new Error(`market ${spec.slug} is already open`);
  }
  const market: Market = {
    id: String(500_000 + number),
    conditionId,
    version: spec.version,
    tokens,
    outcomes: spec.outcomes,
    question: spec.question,
    slug: spec.slug,
    event: spec.event,
    icon: spec.icon ?? '',
    negRisk: spec.negRisk ?? false,
    tick: spec.tick,
    minSize: 5n * ONE,
    feeRate: spec.feeRate,
    category: spec.category,
    createdAtMs: world.nowMs,
    closeAtMs: spec.closeAtMs,
    resolveAtMs: spec.closeAtMs + spec.resolveAfterMs,
    status: 'open',
    resolvedAtMs: null,
    payouts: null,
    resolution: spec.resolution,
    series: spec.series ?? null,
    source: spec.source ?? 'seeded',
    fair: spec.fair,
    swing: spec.swing,
    depthDollars: spec.depthDollars,
    quoteAtMs: world.nowMs,
    lastTradePrice: null,
    volume: 0n,
    escrow: 0n,
  };
  world.markets.set(conditionId, market);
  world.books.set(conditionId, { bids: [], asks: [] });
  world.tokens.set(tokens[0], { conditionId, outcome: 0 });
  world.tokens.set(tokens[1], { conditionId, outcome: 1 });
  world.notices.push({ kind: 'new', conditionId });
  world.dirty.add('meta');
  touchMarket(world, conditionId);
  touchBook(world, conditionId);
  return market;
}

/** Stops trading: every resting order is cancelled. */
export function closeMarket(world: World, market: Market): void {
  market.status = 'closed';
  world.books.set(market.conditionId, { bids: [], asks: [] });
  touchBook(world, market.conditionId);
  touchMarket(world, market.conditionId);
}

/** Resolves a market with micros of collateral per share of each outcome; the two must add up to one. */
export function resolveMarket(world: World, market: Market, payouts: [bigint, bigint]): void {
  if (payouts[0] + payouts[1] !== ONE || payouts[0] < 0n || payouts[1] < 0n) {
    throw new Error('payouts must add up to 1000000 micros');
  }
  if (market.status === 'resolved') throw new Error(`${market.slug} is already resolved`);
  if (market.status === 'open') closeMarket(world, market);
  market.status = 'resolved';
  market.payouts = payouts;
  market.resolvedAtMs = world.nowMs;
  world.notices.push({ kind: 'resolved', conditionId: market.conditionId });
  touchMarket(world, market.conditionId);
}

/** Resolves a market that goes on saying that it takes orders, and whose result the market channel does not report. */
export function resolveQuietly(world: World, market: Market, payouts: [bigint, bigint]): void {
  resolveMarket(world, market, payouts);
  world.notices.pop();
  market.saysOpen = true;
}

/** Whether the venue says that the market takes orders, which may be untrue after its end. */
export function saysItTakesOrders(market: Market): boolean {
  return market.status === 'open' || market.saysOpen === true;
}

/** Changes the tick; orders whose price is not a multiple of it are cancelled. */
export function setTick(world: World, market: Market, tick: bigint): void {
  if (tick <= 0n || ONE % tick !== 0n) throw new Error('a tick must divide 1');
  if (tick === market.tick) return;
  const from = market.tick;
  market.tick = tick;
  const accounts = new Set<string>();
  const book = world.books.get(market.conditionId)!;
  for (const order of [...book.bids, ...book.asks])
    if (order.price % tick !== 0n) accounts.add(order.account);
  for (const account of accounts) {
    cancelOrders(world, market.conditionId, account, (order) => order.price % tick !== 0n);
  }
  world.notices.push({ kind: 'tick', conditionId: market.conditionId, from, to: tick });
  touchMarket(world, market.conditionId);
}

/** The 31-byte form in which Gamma shows a Protocol V2 condition; other conditions are shown whole. */
export function gammaConditionId(market: Market): string {
  return market.version === 'v2' ? market.conditionId.slice(0, 64) : market.conditionId;
}

function conditionalTokenIds(
  world: World,
  spec: MarketSpec,
): { conditionId: string; tokens: [string, string] } {
  const base = `${world.meta.seed}:${spec.slug}`;
  return {
    conditionId: `0x${scatterHex(`condition:${base}`, 64)}`,
    tokens: [tokenId(`first:${base}`), tokenId(`second:${base}`)],
  };
}

function tokenId(text: string): string {
  return BigInt(`0x${scatterHex(text, 64)}`).toString();
}

/**
 * Position ids, high to low: module 8 | base hash 128 | arity 16 | reserved 64 (zero) | resolution chain 16 |
 * condition index 16 | outcome 8. The condition is the id with its low byte cleared.
 */
function protocolTwoIds(world: World, spec: MarketSpec): { conditionId: string; tokens: [string, string] } {
  const module = spec.negRisk === true ? '02' : '01';
  const base = scatterHex(`base:${world.meta.seed}:${spec.slug}`, 32);
  const condition = `${module}${base}0002${'0'.repeat(16)}00890000`;
  return {
    conditionId: `0x${condition}00`,
    tokens: [BigInt(`0x${condition}00`).toString(), BigInt(`0x${condition}01`).toString()],
  };
}
