// The contents of the exchange: a dozen markets in a few events, series of short markets, and the people.
// All of it follows from the seed.

import { addShares, openAccount, removeShares, splitSets } from '../model/accounts.ts';
import { mulDivFloor, ONE } from '../model/decimal.ts';
import {
  LEADER_SPECS,
  type LeaderSpec,
  MINUTE_MS,
  SERIES,
  type Series,
  STANDING_MARKETS,
  type Standing,
} from '../model/listings.ts';
import { openMarket } from '../model/markets.ts';
import { accountOf, type Market, type World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import { MINTING_MAKER, SELLING_MAKER } from './quoting.ts';

const CROWD_SIZE = 8;

/** Opens accounts, long-running markets and the first windows of the series. */
export function openExchange(world: World): void {
  openAccount(world, {
    address: SELLING_MAKER,
    role: 'maker',
    name: 'maker-one',
    cash: 10_000_000n * ONE,
    unlimited: true,
  });
  openAccount(world, {
    address: MINTING_MAKER,
    role: 'maker',
    name: 'maker-two',
    cash: 10_000_000n * ONE,
    unlimited: true,
  });
  for (let index = 0; index < CROWD_SIZE; index += 1) {
    openAccount(world, {
      address: crowdAddress(world, index),
      role: 'crowd',
      name: '',
      cash: 100_000n * ONE,
      unlimited: true,
    });
  }
  for (const spec of STANDING_MARKETS) openStanding(world, spec);
  openDueWindows(world);
  for (const spec of LEADER_SPECS) openLeader(world, spec);
}

export function crowdAddress(world: World, index: number): string {
  return `0xc0${scatterHex(`crowd:${world.meta.seed}:${index}`, 38)}`;
}

/** Opens each series' next window a minute ahead, and a successor to each resolved long-running market. */
export function openDueWindows(world: World): void {
  for (const spec of STANDING_MARKETS) reopenStanding(world, spec);
  for (const series of SERIES) {
    const start = Math.floor(world.nowMs / series.windowMs) * series.windowMs;
    openWindow(world, series, start);
    if (start + series.windowMs - world.nowMs < MINUTE_MS) openWindow(world, series, start + series.windowMs);
  }
}

function openStanding(world: World, spec: Standing): void {
  openMarket(world, {
    version: spec.version,
    outcomes: spec.outcomes ?? ['Yes', 'No'],
    question: spec.question,
    slug: spec.slug,
    event: { id: String(900 + world.markets.size), slug: spec.event, title: spec.question },
    negRisk: spec.negRisk ?? false,
    tick: spec.tick,
    feeRate: spec.feeRate,
    category: spec.category,
    closeAtMs: world.nowMs + spec.livesMs,
    resolveAfterMs: 60_000,
    resolution: 'by-price',
    fair: spec.fair + BigInt(world.random.between(-20, 20)) * 1_000n,
    swing: 900,
    depthDollars: spec.depthDollars,
  });
}

/** Reopens a resolved long-running market under a new slug, so that there are always markets. */
function reopenStanding(world: World, spec: Standing): void {
  for (const market of world.markets.values()) {
    const same = market.slug === spec.slug || market.slug.startsWith(`${spec.slug}-again-`);
    if (same && market.status !== 'resolved') return;
  }
  openStanding(world, { ...spec, slug: `${spec.slug}-again-${world.meta.marketCounter + 1}` });
}

function openWindow(world: World, series: Series, startMs: number): void {
  const slug = `${series.slug}-${startMs / 1_000}`;
  for (const market of world.markets.values()) if (market.slug === slug) return;
  const title = `${series.title} - ${clockText(startMs)}-${clockText(startMs + series.windowMs)} UTC`;
  openMarket(world, {
    version: series.version,
    outcomes: series.outcomes,
    question: title,
    slug,
    event: { id: `${startMs / 1_000}`, slug, title },
    tick: 10_000n,
    feeRate: series.feeRate,
    category: 'Crypto',
    closeAtMs: startMs + series.windowMs,
    resolveAfterMs: series.resolveAfterMs,
    resolution: series.resolution,
    series: series.name,
    fair: 500_000n,
    swing: 4_000,
    depthDollars: 120,
  });
}

/** Opens a leader with cash and with some shares. */
function openLeader(world: World, spec: LeaderSpec): void {
  const address = `0x${scatterHex(`leader:${world.meta.seed}:${spec.habit}`, 40)}`;
  openAccount(world, {
    address,
    role: 'leader',
    name: spec.name,
    bio: spec.bio,
    cash: 200_000n * ONE,
    unlimited: false,
  });
  world.leaders.set(address, {
    address,
    place: world.leaders.size,
    habit: spec.habit,
    nextAtMs: world.nowMs + spec.firstTradeMs,
    plan: {},
  });
  world.dirty.add(`leader/${address}`);
  const standing = [...world.markets.values()].filter((market) => market.series === null);
  for (let count = 0; count < 3; count += 1) {
    const market = world.random.pick(standing);
    grantShares(world, {
      address,
      market,
      outcome: world.random.chance(50) ? 0 : 1,
      shares: BigInt(world.random.between(60, 400)) * ONE,
    });
  }
}

function grantShares(
  world: World,
  grant: { address: string; market: Market; outcome: 0 | 1; shares: bigint },
): void {
  const { market, outcome, shares } = grant;
  const leader = accountOf(world, grant.address);
  const maker = accountOf(world, SELLING_MAKER);
  const price = outcome === 0 ? market.fair : ONE - market.fair;
  const cost = mulDivFloor(shares, price, ONE);
  splitSets(world, maker, market, shares);
  removeShares(world, maker, market.tokens[outcome], shares, cost);
  maker.cash += cost;
  leader.cash -= cost;
  addShares(world, leader, market.tokens[outcome], shares, cost);
}

function clockText(atMs: number): string {
  const minutes = Math.floor(atMs / MINUTE_MS) % 1_440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
