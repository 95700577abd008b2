// A recorded leader in the exchange: the markets, the shares held before, a book around the prices, and the rows as recorded.
// One house account is the counterparty of every recorded trade, so that no value appears or disappears.

import {
  addShares,
  mergeSets,
  openAccount,
  recordActivity,
  removeShares,
  sharesOf,
  splitSets,
  stockUp,
} from '../model/accounts.ts';
import { floorTo, larger, mulDivFloor, ONE, parseMicros, smaller } from '../model/decimal.ts';
import { openMarket } from '../model/markets.ts';
import {
  type Account,
  type ActivityKind,
  accountOf,
  type Market,
  type Tape,
  touchAccount,
  touchMarket,
  type World,
} from '../model/model.ts';
import { type ActivityTapeRow, derivedToken } from '../model/tape-csv.ts';
import { layQuotes } from './quoting.ts';

/** The other side of every recorded trade, and the owner of every recorded level. */
export const TAPE_HOUSE = '0x7a9e000000000000000000000000000000000a03';

export const DAY_MS = 86_400_000;

const ACTIVITY_KINDS: readonly string[] = [
  'SPLIT',
  'MERGE',
  'REDEEM',
  'CONVERSION',
  'REWARD',
] satisfies ActivityKind[];

/** Opens the markets and accounts of the rows, and gives each leader the shares that the rows later sell or merge. */
export function openRecordedMarkets(world: World, tape: Tape, rows: readonly ActivityTapeRow[]): void {
  const closeAtMs = tape.startAtMs + (tape.lastAtMs - tape.firstAtMs) / tape.speed + 7 * DAY_MS;
  const byCondition = new Map<string, ActivityTapeRow[]>();
  for (const row of rows) {
    const together = byCondition.get(row.conditionId);
    if (together === undefined) byCondition.set(row.conditionId, [row]);
    else together.push(row);
    if (!tape.wallets.includes(row.wallet)) tape.wallets.push(row.wallet);
  }
  for (const wallet of tape.wallets) {
    if (world.accounts.has(wallet)) continue;
    const name = rows.find((row) => row.wallet === wallet)?.name ?? '';
    openAccount(world, {
      address: wallet,
      role: 'recorded',
      name,
      bio: 'A recorded leader.',
      cash: 0n,
      unlimited: true,
    });
  }
  for (const [conditionId, together] of byCondition) {
    tape.conditions.push(conditionId);
    if (!world.markets.has(conditionId)) openRecordedMarket(world, together, closeAtMs);
  }
  grantWhatIsSold(world, rows);
}

function openRecordedMarket(world: World, rows: readonly ActivityTapeRow[], closeAtMs: number): void {
  const row = rows[0]!;
  const seen = ([0, 1] as const).map((outcome) =>
    rows.find((one) => one.outcome === outcome && one.tokenId !== ''),
  );
  const outcomes: [string, string] = [
    seen[0]?.outcomeName ?? oppositeName(seen[1]?.outcomeName ?? 'No'),
    seen[1]?.outcomeName ?? oppositeName(seen[0]?.outcomeName ?? 'Yes'),
  ];
  const fine = rows.some((one) => one.activity === 'TRADE' && isExtreme(parseMicros(one.price)));
  const trade = rows.find((one) => one.activity === 'TRADE');
  const market = openMarket(world, {
    version: 'v1',
    outcomes,
    question: row.title,
    slug: row.slug,
    event: { id: row.eventSlug, slug: row.eventSlug, title: row.title },
    icon: row.icon,
    tick: fine ? 1_000n : 10_000n,
    feeRate: 0n,
    category: 'Recorded',
    closeAtMs,
    resolveAfterMs: 60_000,
    resolution: 'never',
    source: 'activity-tape',
    fair: ONE / 2n,
    swing: 0,
    depthDollars: 400,
    conditionId: row.conditionId,
    tokens: [
      seen[0]?.tokenId ?? derivedToken(row.conditionId, 0),
      seen[1]?.tokenId ?? derivedToken(row.conditionId, 1),
    ],
  });
  if (trade !== undefined) market.fair = fairAround(market, trade);
  layQuotes(world, market);
}

/** Shares that the rows sell or merge without a purchase: the leader starts with them. */
function grantWhatIsSold(world: World, rows: readonly ActivityTapeRow[]): void {
  const running = new Map<string, { shares: bigint; least: bigint }>();
  const move = (wallet: string, tokenId: string, shares: bigint): void => {
    const key = `${wallet}|${tokenId}`;
    const entry = running.get(key) ?? { shares: 0n, least: 0n };
    entry.shares += shares;
    entry.least = smaller(entry.least, entry.shares);
    running.set(key, entry);
  };
  for (const row of rows) {
    const size = parseMicros(row.size);
    const tokens = world.markets.get(row.conditionId)!.tokens;
    if (row.activity === 'TRADE') move(row.wallet, row.tokenId, row.side === 'BUY' ? size : -size);
    else if (row.activity === 'SPLIT') for (const token of tokens) move(row.wallet, token, size);
    else if (row.activity === 'MERGE') for (const token of tokens) move(row.wallet, token, -size);
  }
  for (const [key, { least }] of running) {
    const [wallet, tokenId] = key.split('|') as [string, string];
    const held = sharesOf(accountOf(world, wallet), tokenId);
    if (-least > held)
      handOver(world, {
        to: accountOf(world, wallet),
        tokenId,
        shares: -least - held,
        cash: (-least - held) / 2n,
      });
  }
}

/** Executes a row and publishes it as recorded. Throws when the shares or the market that it needs are missing. */
export function playActivity(world: World, row: ActivityTapeRow): void {
  const market = world.markets.get(row.conditionId);
  if (market === undefined) throw new Error('its market is gone');
  const leader = accountOf(world, row.wallet);
  const size = parseMicros(row.size);
  if (row.activity === 'TRADE') playTrade(world, { market, leader, row, size });
  else if (row.activity === 'SPLIT') splitSets(world, leader, market, size);
  else if (row.activity === 'MERGE') mergeSets(world, leader, market, size);
  else if (row.activity === 'REDEEM')
    playRedemption(world, { market, leader, paid: parseMicros(row.usdcSize) });
  else if (!ACTIVITY_KINDS.includes(row.activity)) throw new Error(`${row.activity} is not played`);
  recordActivity(world, {
    kind: row.activity as ActivityKind,
    wallet: row.wallet,
    conditionId: row.conditionId,
    tokenId: row.tokenId,
    side: row.side,
    size: row.size,
    price: row.price,
    usdcSize: row.usdcSize,
    role: row.activity === 'TRADE' ? 'taker' : '',
    transactionHash: row.transactionHash,
  });
}

function playTrade(
  world: World,
  trade: { market: Market; leader: Account; row: ActivityTapeRow; size: bigint },
): void {
  const { market, leader, row, size } = trade;
  const outcome = world.tokens.get(row.tokenId)!.outcome;
  const price = parseMicros(row.price);
  const cash = mulDivFloor(size, price, ONE);
  if (row.side === 'BUY') handOver(world, { to: leader, tokenId: row.tokenId, shares: size, cash });
  else takeOver(world, { from: leader, tokenId: row.tokenId, shares: size, cash });
  market.fair = fairAround(market, row);
  market.lastTradePrice = outcome === 0 ? price : ONE - price;
  market.volume += size;
  market.quoteAtMs = world.nowMs + 1_000;
  if (market.status === 'open' && market.source === 'activity-tape') layQuotes(world, market);
  touchMarket(world, market.conditionId);
  world.prints.push({
    conditionId: market.conditionId,
    outcome,
    side: row.side === 'SELL' ? 'SELL' : 'BUY',
    price,
    size,
    transactionHash: row.transactionHash,
  });
}

/** The price of outcome 0 at which the book offers the recorded price to an account that copies the row. */
function fairAround(market: Market, row: ActivityTapeRow): bigint {
  const { tick } = market;
  const price = parseMicros(row.price);
  const up = floorTo(price + tick - 1n, tick);
  const down = floorTo(price, tick);
  const gap = tick === 10_000n ? tick : tick * 2n;
  const first = row.outcome !== 1;
  let fair: bigint;
  if (row.side === 'BUY') fair = first ? up - gap : ONE - up;
  else fair = first ? down : ONE - down - gap;
  return smaller(larger(fair, tick), ONE - tick - gap);
}

function playRedemption(world: World, redemption: { market: Market; leader: Account; paid: bigint }): void {
  const { market, leader, paid } = redemption;
  const house = accountOf(world, TAPE_HOUSE);
  for (const tokenId of market.tokens) {
    const held = sharesOf(leader, tokenId);
    if (held > 0n) takeOver(world, { from: leader, tokenId, shares: held, cash: 0n });
  }
  house.cash -= paid;
  leader.cash += paid;
  touchAccount(world, house);
  touchAccount(world, leader);
}

function handOver(world: World, deal: { to: Account; tokenId: string; shares: bigint; cash: bigint }): void {
  const house = accountOf(world, TAPE_HOUSE);
  const place = world.tokens.get(deal.tokenId)!;
  stockUp(world, house, world.markets.get(place.conditionId)!, place.outcome, deal.shares);
  removeShares(world, house, deal.tokenId, deal.shares, deal.cash);
  addShares(world, deal.to, deal.tokenId, deal.shares, deal.cash);
  house.cash += deal.cash;
  deal.to.cash -= deal.cash;
}

function takeOver(
  world: World,
  deal: { from: Account; tokenId: string; shares: bigint; cash: bigint },
): void {
  const house = accountOf(world, TAPE_HOUSE);
  removeShares(world, deal.from, deal.tokenId, deal.shares, deal.cash);
  addShares(world, house, deal.tokenId, deal.shares, deal.cash);
  house.cash -= deal.cash;
  deal.from.cash += deal.cash;
}

/** Opens the house's account once. */
export function ensureHouse(world: World): void {
  if (world.accounts.has(TAPE_HOUSE)) return;
  openAccount(world, { address: TAPE_HOUSE, role: 'tape', name: '', cash: 0n, unlimited: true });
}

function oppositeName(name: string): string {
  const pairs: Record<string, string> = {
    Yes: 'No',
    No: 'Yes',
    Up: 'Down',
    Down: 'Up',
    Over: 'Under',
    Under: 'Over',
  };
  return pairs[name] ?? `Not ${name}`;
}

function isExtreme(price: bigint): boolean {
  return price < 20_000n || price > 980_000n;
}
