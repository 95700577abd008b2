// What is on offer: a dozen markets in a few events, the short series that close while one watches, and the people.
// Everything is drawn from the seed, so the same seed opens the same exchange.

import { addShares, openAccount, removeShares, splitSets } from './accounts.ts';
import { mulDivFloor, ONE } from './decimal.ts';
import { openMarket } from './markets.ts';
import { accountOf, type Market, type World } from './model.ts';
import { MINTING_MAKER, SELLING_MAKER } from './quoting.ts';
import { scatterHex } from './random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Standing {
  question: string;
  slug: string;
  event: string;
  outcomes?: [string, string];
  version: 'v1' | 'v2';
  negRisk?: boolean;
  tick: bigint;
  feeRate: bigint;
  category: string;
  livesMs: number;
  fair: bigint;
  depthDollars: number;
}

const STANDING_MARKETS: readonly Standing[] = [
  {
    question: 'Will the Lanternfish party win the most seats?',
    slug: 'lanternfish-most-seats',
    event: 'harbour-election',
    version: 'v1',
    negRisk: true,
    tick: 10_000n,
    feeRate: 400n,
    category: 'Politics',
    livesMs: 19 * DAY_MS,
    fair: 470_000n,
    depthDollars: 400,
  },
  {
    question: 'Will the Tidewater list win the most seats?',
    slug: 'tidewater-most-seats',
    event: 'harbour-election',
    version: 'v1',
    negRisk: true,
    tick: 10_000n,
    feeRate: 400n,
    category: 'Politics',
    livesMs: 19 * DAY_MS,
    fair: 350_000n,
    depthDollars: 350,
  },
  {
    question: 'Will any other list win the most seats?',
    slug: 'other-most-seats',
    event: 'harbour-election',
    version: 'v1',
    negRisk: true,
    tick: 1_000n,
    feeRate: 400n,
    category: 'Politics',
    livesMs: 19 * DAY_MS,
    fair: 180_000n,
    depthDollars: 250,
  },
  {
    question: 'Rovers vs. Albion',
    slug: 'epl-rov-alb',
    event: 'epl-rov-alb',
    outcomes: ['Rovers', 'Albion'],
    version: 'v2',
    tick: 10_000n,
    feeRate: 700n,
    category: 'Sports',
    livesMs: 26 * HOUR_MS,
    fair: 560_000n,
    depthDollars: 600,
  },
  {
    question: 'Rovers vs. Albion: O/U 2.5',
    slug: 'epl-rov-alb-total-2pt5',
    event: 'epl-rov-alb',
    outcomes: ['Over', 'Under'],
    version: 'v2',
    tick: 10_000n,
    feeRate: 700n,
    category: 'Sports',
    livesMs: 26 * HOUR_MS,
    fair: 510_000n,
    depthDollars: 300,
  },
  {
    question: 'Will the central bank cut rates in December?',
    slug: 'central-bank-cut-december',
    event: 'central-bank-december',
    version: 'v2',
    negRisk: true,
    tick: 10_000n,
    feeRate: 0n,
    category: 'Geopolitics',
    livesMs: 17 * DAY_MS,
    fair: 640_000n,
    depthDollars: 900,
  },
  {
    question: 'Will the central bank raise rates in December?',
    slug: 'central-bank-raise-december',
    event: 'central-bank-december',
    version: 'v2',
    negRisk: true,
    tick: 1_000n,
    feeRate: 0n,
    category: 'Geopolitics',
    livesMs: 17 * DAY_MS,
    fair: 52_000n,
    depthDollars: 500,
  },
  {
    question: 'Will a probe land near the lunar pole this month?',
    slug: 'lunar-pole-landing',
    event: 'lunar-pole-landing',
    version: 'v1',
    tick: 1_000n,
    feeRate: 0n,
    category: 'Geopolitics',
    livesMs: 7 * DAY_MS,
    fair: 915_000n,
    depthDollars: 450,
  },
  {
    question: 'Highest temperature in Northport above 21°C tomorrow?',
    slug: 'northport-above-21',
    event: 'northport-temperature',
    version: 'v1',
    tick: 10_000n,
    feeRate: 400n,
    category: 'Weather',
    livesMs: 30 * HOUR_MS,
    fair: 390_000n,
    depthDollars: 200,
  },
  {
    question: `Will <script>alert(1)</script> & "quotes" trend by Friday?`,
    slug: 'hostile-title-trends',
    event: 'hostile-title',
    version: 'v1',
    tick: 10_000n,
    feeRate: 400n,
    category: 'Culture',
    livesMs: 3 * DAY_MS,
    fair: 290_000n,
    depthDollars: 150,
  },
  {
    question: 'Bitcoin above 120,000 on Friday?',
    slug: 'bitcoin-above-120k-friday',
    event: 'bitcoin-above-friday',
    version: 'v2',
    tick: 10_000n,
    feeRate: 700n,
    category: 'Crypto',
    livesMs: 4 * DAY_MS,
    fair: 430_000n,
    depthDollars: 700,
  },
  {
    question: 'Ferry to the Isles on time this hour?',
    slug: 'ferry-on-time',
    event: 'ferry-on-time',
    version: 'v1',
    tick: 10_000n,
    feeRate: 400n,
    category: 'Other',
    livesMs: 15 * MINUTE_MS,
    fair: 620_000n,
    depthDollars: 200,
  },
];

export interface Series {
  name: string;
  title: string;
  slug: string;
  outcomes: [string, string];
  version: 'v1' | 'v2';
  windowMs: number;
  resolveAfterMs: number;
  resolution: Market['resolution'];
  feeRate: bigint;
}

export const SERIES: readonly Series[] = [
  {
    name: 'btc-updown-10m',
    title: 'Bitcoin Up or Down',
    slug: 'btc-updown-10m',
    outcomes: ['Up', 'Down'],
    version: 'v1',
    windowMs: 10 * MINUTE_MS,
    resolveAfterMs: 20_000,
    resolution: 'by-price',
    feeRate: 700n,
  },
  {
    name: 'eth-updown-5m',
    title: 'Ethereum Up or Down',
    slug: 'eth-updown-5m',
    outcomes: ['Up', 'Down'],
    version: 'v2',
    windowMs: 5 * MINUTE_MS,
    resolveAfterMs: 15_000,
    resolution: 'by-price',
    feeRate: 700n,
  },
  {
    name: 'regatta-15m',
    title: 'Regatta heat: Red or Blue first',
    slug: 'regatta-heat',
    outcomes: ['Red', 'Blue'],
    version: 'v1',
    windowMs: 15 * MINUTE_MS,
    resolveAfterMs: 30_000,
    resolution: 'half-half',
    feeRate: 400n,
  },
];

export interface LeaderSpec {
  habit: string;
  name: string;
  bio: string;
  firstTradeMs: number;
}

/** The leaders, in the order in which a newcomer is offered them. */
export const LEADER_SPECS: readonly LeaderSpec[] = [
  { habit: 'fast-small', name: 'quickfinch', bio: 'Many small fills, in and out.', firstTradeMs: 1_500 },
  { habit: 'slow-large', name: 'GrandTortoise', bio: 'Few trades, large ones.', firstTradeMs: 2_500 },
  { habit: 'two-sided', name: 'bothways', bio: 'Quotes both outcomes.', firstTradeMs: 3_000 },
  {
    habit: 'splitter',
    name: 'SplitAndMerge',
    bio: 'Splits, sells a side, merges back.',
    firstTradeMs: 3_500,
  },
  { habit: 'short-lived', name: 'tenminutes', bio: 'Only markets that end soon.', firstTradeMs: 4_000 },
  {
    habit: 'favourites',
    name: 'nearlysure & <b>bold</b>',
    bio: 'Buys what looks certain.',
    firstTradeMs: 4_500,
  },
];

const CROWD_SIZE = 8;

/** Opens accounts, standing markets and the first windows of the series. */
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

/** Sees that each series has its running window, the next one a minute ahead, and a successor to each standing market. */
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

/** A standing market that has resolved is asked again under a new slug, so that the exchange never runs dry. */
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

/** A leader arrives with cash and with shares bought before anyone looked. */
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
