// Plays recordings into the exchange: a real leader's rows as they were, in a book made around his prices, or a recorded book
// in which the practice leaders trade. Recorded times are moved to now and divided by the speed; sizes and prices stay as told.

import {
  addShares,
  mergeSets,
  openAccount,
  recordActivity,
  removeShares,
  sharesOf,
  splitSets,
  stockUp,
} from './accounts.ts';
import { floorTo, larger, mulDivFloor, ONE, parseMicros, smaller } from './decimal.ts';
import { insertOrder, SIZE_STEP } from './engine.ts';
import { openMarket } from './markets.ts';
import {
  type Account,
  type ActivityKind,
  accountOf,
  type Market,
  nextSequence,
  type Order,
  type Outcome,
  touchAccount,
  touchBook,
  touchMarket,
  type World,
} from './model.ts';
import { layQuotes } from './quoting.ts';
import {
  type ActivityTapeRow,
  type BookTapeRow,
  derivedToken,
  type ParsedTape,
  TapeError,
  type TapeRow,
} from './tape-csv.ts';

/** The other side of every recorded trade, and the owner of every recorded level. */
export const TAPE_HOUSE = '0x7a9e000000000000000000000000000000000a03';
const TAPES_MAX = 50;
export const CHUNK_ROWS = 500;
const ROWS_PER_TICK_MAX = 400;
const REASONS_MAX = 20;
const SPEED_MAX = 100_000;
const DAY_MS = 86_400_000;
const ACTIVITY_KINDS: readonly string[] = [
  'SPLIT',
  'MERGE',
  'REDEEM',
  'CONVERSION',
  'REWARD',
] satisfies ActivityKind[];

/** A recording and how far it has been played. */
export interface Tape {
  number: number;
  name: string;
  kind: 'activity' | 'books';
  speed: number;
  startAtMs: number;
  firstAtMs: number;
  lastAtMs: number;
  rows: number;
  position: number;
  lines: number;
  refused: number;
  reasons: string[];
  wallets: string[];
  conditions: string[];
}

/** Puts a recording in, to begin after `startInMs`; its markets and leaders exist at once. Throws TapeError. */
export function addTape(
  world: World,
  parsed: ParsedTape,
  options: { name: string; speed: number; startInMs: number },
): Tape {
  const { name, speed, startInMs } = options;
  if (!(speed > 0 && speed <= SPEED_MAX))
    throw new TapeError(`speed must be above 0 and at most ${SPEED_MAX}.`);
  if (world.tapes.size >= TAPES_MAX)
    throw new TapeError(`At most ${TAPES_MAX} tapes can be played; reset first.`);
  ensureHouse(world);
  const tape: Tape = {
    number: world.tapes.size + 1,
    name: name.slice(0, 200),
    kind: parsed.kind,
    speed,
    startAtMs: world.nowMs + startInMs,
    firstAtMs: parsed.rows[0]!.atMs,
    lastAtMs: parsed.rows.at(-1)!.atMs,
    rows: parsed.rows.length,
    position: 0,
    lines: parsed.lines,
    refused: parsed.refused,
    reasons: parsed.reasons,
    wallets: [],
    conditions: [],
  };
  if (parsed.kind === 'books') openRecordedBook(world, tape, parsed);
  else openRecordedMarkets(world, tape, parsed.rows as ActivityTapeRow[]);
  world.tapes.set(String(tape.number), tape);
  world.dirty.add(`tape/${tape.number}`);
  for (let chunk = 0; chunk * CHUNK_ROWS < parsed.rows.length; chunk += 1) {
    const key = `${tape.number}/${chunk}`;
    world.tapeRows.set(key, parsed.rows.slice(chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS));
    world.dirty.add(`tape-rows/${key}`);
  }
  return tape;
}

/** Plays what is due by `world.nowMs`; a row that does not fit is refused with its reason and the rest goes on. */
export function playTapes(world: World): void {
  for (const tape of world.tapes.values()) {
    for (let played = 0; played < ROWS_PER_TICK_MAX && tape.position < tape.rows; played += 1) {
      const row = rowAt(world, tape, tape.position);
      if (tape.startAtMs + (row.atMs - tape.firstAtMs) / tape.speed > world.nowMs) break;
      tape.position += 1;
      world.dirty.add(`tape/${tape.number}`);
      try {
        playRow(world, tape, row);
      } catch (error) {
        // A recording may tell of shares or sets whose origin it does not hold; the reason is shown in the status.
        tape.refused += 1;
        const why = error instanceof Error ? error.message : String(error);
        if (tape.reasons.length < REASONS_MAX) tape.reasons.push(`Row ${tape.position} is refused: ${why}.`);
      }
    }
  }
}

/** How far each recording is, for the status. */
export function tapeProgress(world: World): Record<string, unknown>[] {
  return [...world.tapes.values()].map((tape) => ({
    name: tape.name,
    kind: tape.kind,
    speed: tape.speed,
    starts: new Date(tape.startAtMs).toISOString(),
    ends: new Date(tape.startAtMs + (tape.lastAtMs - tape.firstAtMs) / tape.speed).toISOString(),
    linesInFile: tape.lines,
    total: tape.rows,
    played: tape.position,
    ended: tape.position >= tape.rows,
    refused: tape.refused,
    reasons: tape.reasons,
    leaders: tape.wallets,
    markets: tape.conditions,
  }));
}

function rowAt(world: World, tape: Tape, position: number): TapeRow {
  const chunk = world.tapeRows.get(`${tape.number}/${Math.floor(position / CHUNK_ROWS)}`);
  return chunk![position % CHUNK_ROWS]!;
}

function playRow(world: World, tape: Tape, row: TapeRow): void {
  if (row.kind === 'activity') playActivity(world, row);
  else playLevels(world, world.markets.get(tape.conditions[0]!)!, row);
}

// ---------------------------------------------------------------- a recorded leader

function openRecordedMarkets(world: World, tape: Tape, rows: readonly ActivityTapeRow[]): void {
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

/** Shares that a recorded leader sells or merges without having bought them were his before: he starts with them. */
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

function playActivity(world: World, row: ActivityTapeRow): void {
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

/** Where outcome 0 must stand so that the book offers the recorded price to one who copies the row. */
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

function ensureHouse(world: World): void {
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

// ---------------------------------------------------------------- a recorded book

function openRecordedBook(world: World, tape: Tape, parsed: ParsedTape): void {
  const rows = parsed.rows as BookTapeRow[];
  const slug = rows[0]!.slug;
  const [first, second] = parsed.tokens!;
  const known = world.tokens.get(first);
  if (known !== undefined) throw new TapeError(`The market ${slug} is already being played; reset first.`);
  const fine = rows.some((row) => row.levels.some(([, price]) => parseMicros(price) % 10_000n !== 0n));
  const teams = /^[a-z]+-([a-z0-9]+)-([a-z0-9]+)-\d{4}-\d{2}-\d{2}$/.exec(slug);
  const market = openMarket(world, {
    version: 'v1',
    outcomes: teams === null ? ['Yes', 'No'] : [teams[1]!.toUpperCase(), teams[2]!.toUpperCase()],
    question: teams === null ? slug : `${teams[1]!.toUpperCase()} vs. ${teams[2]!.toUpperCase()} (recorded)`,
    slug,
    event: { id: slug, slug, title: slug },
    tick: fine ? 1_000n : 10_000n,
    feeRate: 0n,
    category: 'Recorded',
    closeAtMs: tape.startAtMs + (tape.lastAtMs - tape.firstAtMs) / tape.speed + 7 * DAY_MS,
    resolveAfterMs: 60_000,
    resolution: 'never',
    source: 'book-tape',
    fair: ONE / 2n,
    swing: 0,
    depthDollars: 1_000,
    tokens: [first, second],
  });
  tape.conditions.push(market.conditionId);
}

function playLevels(world: World, market: Market, row: BookTapeRow): void {
  const book = world.books.get(market.conditionId)!;
  if (row.kind === 'book' && row.levels.length > 0) {
    book.bids = [];
    book.asks = [];
  }
  for (const [side, priceText, sizeText] of row.levels) {
    const price = parseMicros(priceText);
    const size = floorTo(parseMicros(sizeText), SIZE_STEP);
    const bid = side === 'bid';
    const queue = bid ? book.bids : book.asks;
    // A level that is told again stands as recorded, whatever was taken from our copy of it.
    const others = queue.filter((order) => order.bookPrice !== price);
    if (bid) book.bids = others;
    else book.asks = others;
    if (size === 0n) continue;
    // A new level that meets the other side shows that the recorder missed what removed those levels.
    if (bid) book.asks = book.asks.filter((order) => order.bookPrice > price);
    else book.bids = book.bids.filter((order) => order.bookPrice < price);
    insertOrder(book, recordedOrder(world, { bid, price, size }));
  }
  const top = book.bids[0]?.bookPrice;
  const bottom = book.asks[0]?.bookPrice;
  if (top !== undefined && bottom !== undefined) market.fair = (top + bottom) / 2n;
  touchMarket(world, market.conditionId);
  touchBook(world, market.conditionId);
}

/** Recorded asks stand as bids for the other outcome, so that the house needs no shares to back them. */
function recordedOrder(world: World, level: { bid: boolean; price: bigint; size: bigint }): Order {
  const outcome: Outcome = level.bid ? 0 : 1;
  return {
    sequence: nextSequence(world),
    account: TAPE_HOUSE,
    outcome,
    side: 'BUY',
    price: level.bid ? level.price : ONE - level.price,
    bookPrice: level.price,
    original: level.size,
    remaining: level.size,
    expiresAtMs: null,
  };
}
