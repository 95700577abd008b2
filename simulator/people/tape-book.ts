// A recorded book in the exchange: each level stays as recorded until the next row changes it; any account may take from it.

import { SIZE_STEP } from '../matching/order-rules.ts';
import { floorTo, ONE, parseMicros } from '../model/decimal.ts';
import { insertOrder } from '../model/engine.ts';
import { openMarket } from '../model/markets.ts';
import {
  type Market,
  nextSequence,
  type Order,
  type Tape,
  touchBook,
  touchMarket,
  type World,
} from '../model/model.ts';
import type { Outcome } from '../model/sides.ts';
import { type BookTapeRow, TapeError } from '../model/tape-csv.ts';
import { DAY_MS, TAPE_HOUSE } from './tape-leader.ts';

/** Opens the recorded market with an empty book. Throws TapeError when it is already being played. */
export function openRecordedBook(
  world: World,
  tape: Tape,
  parsed: { readonly rows: readonly BookTapeRow[]; readonly tokens: readonly [string, string] },
): void {
  const { rows } = parsed;
  const slug = rows[0]!.slug;
  const [first, second] = parsed.tokens;
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

/** Sets the levels of a row; a snapshot replaces the book. The book is never left crossed. */
export function playLevels(world: World, market: Market, row: BookTapeRow): void {
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
    // A recorded level replaces ours, including what was taken from it here.
    const others = queue.filter((order) => order.bookPrice !== price);
    if (bid) book.bids = others;
    else book.asks = others;
    if (size === 0n) continue;
    // A new level that crosses the other side means that the recording missed the removal of those levels.
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

/** Recorded asks become bids for the other outcome, so that the house needs no shares for them. */
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
