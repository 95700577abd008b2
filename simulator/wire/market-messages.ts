// The messages of the market channel, with the fields of the recordings, and the differences between two states of a book.

import { formatMicros, parseMicros } from '../model/decimal.ts';
import { type Market, type Print, tokenOf, type World } from '../model/model.ts';
import type { Outcome, Side } from '../model/sides.ts';
import { bestText, bookHash, type Level, type Levels, lastTradePrice, levelsOf, wireBook } from './wire.ts';

/** The `book` message of a token. */
export function bookMessage(world: World, tokenId: string): Record<string, unknown> {
  const { market, outcome } = tokenOf(world, tokenId);
  const book = wireBook(world, tokenId);
  return {
    market: book.market,
    asset_id: book.asset_id,
    timestamp: book.timestamp,
    hash: book.hash,
    bids: book.bids,
    asks: book.asks,
    tick_size: book.tick_size,
    event_type: 'book',
    last_trade_price: lastTradePrice(market),
    ...(market.version === 'v2' && outcome !== undefined ? { version: 'v2' } : {}),
  };
}

/** A level of the outcome-0 book and its new total. */
export interface Change {
  side: Side;
  price: bigint;
  size: bigint;
}

/** Levels of outcome 0 whose total differs; size 0 for a removed level. */
export function differences(before: Levels, after: Levels): Change[] {
  return [
    ...sideDifferences('BUY', before.bids, after.bids),
    ...sideDifferences('SELL', before.asks, after.asks),
  ];
}

function sideDifferences(side: Side, before: readonly Level[], after: readonly Level[]): Change[] {
  const changes: Change[] = [];
  const old = new Map(before.map((level) => [level.price, level.size]));
  for (const level of after) {
    if (old.get(level.price) !== level.size) changes.push({ side, price: level.price, size: level.size });
    old.delete(level.price);
  }
  for (const price of old.keys()) changes.push({ side, price, size: 0n });
  return changes;
}

/** Both tokens' view of the changes in one frame, as recorded in February 2026. */
export function changeMessage(
  world: World,
  market: Market,
  after: Levels,
  changes: readonly Change[],
): unknown {
  const mirrored = levelsOf(world.books.get(market.conditionId)!, 1);
  const views = ([0, 1] as const).map((outcome: Outcome) => {
    const levels = outcome === 0 ? after : mirrored;
    return { outcome, hash: bookHash(market.tokens[outcome], levels), best: bestText(levels) };
  });
  const rows = changes.flatMap((change) =>
    views.map((view) => ({
      asset_id: market.tokens[view.outcome],
      price: formatMicros(view.outcome === 0 ? change.price : 1_000_000n - change.price),
      size: formatMicros(change.size),
      side: view.outcome === 0 ? change.side : change.side === 'BUY' ? 'SELL' : 'BUY',
      hash: view.hash,
      ...view.best,
    })),
  );
  return {
    market: market.conditionId,
    price_changes: rows,
    timestamp: String(world.nowMs),
    event_type: 'price_change',
  };
}

/** True when neither side's best price moved. */
export function sameBest(before: Levels, after: Levels): boolean {
  return before.bids[0]?.price === after.bids[0]?.price && before.asks[0]?.price === after.asks[0]?.price;
}

/** `best_bid_ask`, for clients with custom features. */
export function bestMessage(world: World, market: Market, outcome: Outcome, levels: Levels): unknown {
  const best = bestText(levels);
  return {
    event_type: 'best_bid_ask',
    market: market.conditionId,
    asset_id: market.tokens[outcome],
    ...best,
    spread: formatMicros(parseMicros(best.best_ask) - parseMicros(best.best_bid)),
    timestamp: String(world.nowMs),
  };
}

/** As long as the venue's: a `new_market` frame is about 9 KB (polymarket-api.md 0-). */
const MARKET_DESCRIPTION = 'A market of the practice exchange, with rules that nobody reads. '.repeat(130);

/** `new_market`, for clients with custom features. */
export function newMarketMessage(market: Market, timestamp: string): unknown {
  return {
    event_type: 'new_market',
    id: market.id,
    question: market.question,
    market: market.conditionId,
    slug: market.slug,
    description: MARKET_DESCRIPTION,
    assets_ids: market.tokens,
    outcomes: market.outcomes,
    event_message: {
      id: market.event.id,
      ticker: market.event.slug,
      slug: market.event.slug,
      title: market.event.title,
      description: '',
    },
    timestamp,
    tags: [market.category],
    condition_id: market.conditionId,
    active: true,
    clob_token_ids: market.tokens,
  };
}

/** `last_trade_price`: the taker's side of one transaction. */
export function printMessage(world: World, market: Market, print: Print): unknown {
  return {
    market: market.conditionId,
    asset_id: market.tokens[print.outcome],
    price: formatMicros(print.price),
    size: formatMicros(print.size),
    fee_rate_bps: market.feeRate === 0n ? '0' : '1000',
    side: print.side,
    timestamp: String(world.nowMs),
    event_type: 'last_trade_price',
    transaction_hash: print.transactionHash,
  };
}

/** The outcome that won outright, or null for a split or an open market. */
export function winnerOf(market: Market): Outcome | null {
  if (market.payouts === null) return null;
  if (market.payouts[0] === 1_000_000n) return 0;
  return market.payouts[1] === 1_000_000n ? 1 : null;
}
