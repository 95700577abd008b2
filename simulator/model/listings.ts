// The markets, the series of short markets, and the leaders of a new practice exchange, as plain data.
// Some titles are hostile text on purpose. Fees, ticks and protocol versions cover all kinds that the venue has.

import type { Market } from './model.ts';

export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface Standing {
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

export const STANDING_MARKETS: readonly Standing[] = [
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

/** The leaders, in the order in which a new operator sees them. */
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
