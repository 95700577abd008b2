// The market channel: subscriptions by token, a snapshot for each, then what changed since the last publication.
// Frames are made from the difference between published and present levels, so a client that applies them all holds the book.

import { formatMicros, parseMicros } from './decimal.ts';
import type { Faults } from './faults.ts';
import {
  type Market,
  type MarketNotice,
  type Outcome,
  type Print,
  type Side,
  tokenOf,
  type World,
} from './model.ts';
import { bestText, bookHash, type Level, type Levels, lastTradePrice, levelsOf, wireBook } from './wire.ts';

/** More assets than this on one socket get no first snapshot, as reported of the venue. */
const SNAPSHOT_ASSETS_MAX = 500;
const ASSETS_MAX = 5_000;

export interface Socket {
  receive(text: string): void;
  close(): void;
}

interface Subscriber {
  send: (text: string) => void;
  assets: Set<string>;
  custom: boolean;
  greeted: boolean;
}

export interface MarketChannel {
  open(send: (text: string) => void): Socket;
  /** Sends what changed since the last call. */
  publish(): void;
  /** Takes the present books as published, after a load. */
  adopt(): void;
  count(): number;
}

/** A market channel over a world. */
export function createMarketChannel(world: World, faults: Faults): MarketChannel {
  const subscribers = new Set<Subscriber>();
  const published = new Map<string, Levels>();
  const deliver = (subscriber: Subscriber, message: unknown): void =>
    faults.frame('market', JSON.stringify(message), subscriber.send);
  const broadcast: Broadcast = (assets, message, customOnly = false) => {
    for (const subscriber of subscribers) {
      if (customOnly && !subscriber.custom) continue;
      if (assets === null || assets.some((asset) => subscriber.assets.has(asset)))
        deliver(subscriber, message);
    }
  };
  const adopt = (): void => {
    published.clear();
    for (const [conditionId, book] of world.books) published.set(conditionId, levelsOf(book, 0));
  };
  adopt();

  return {
    count: () => subscribers.size,
    adopt,
    open(send) {
      const subscriber: Subscriber = { send, assets: new Set(), custom: false, greeted: false };
      subscribers.add(subscriber);
      return {
        receive: (text) => receive(world, subscriber, text, (message) => deliver(subscriber, message)),
        close: () => void subscribers.delete(subscriber),
      };
    },
    publish() {
      const traded = new Set<string>();
      for (const print of world.prints.splice(0)) {
        traded.add(print.conditionId);
        const market = world.markets.get(print.conditionId);
        if (market !== undefined)
          broadcast([market.tokens[print.outcome]], printMessage(world, market, print));
      }
      for (const [conditionId, book] of world.books) {
        const before = published.get(conditionId) ?? { bids: [], asks: [] };
        const after = levelsOf(book, 0);
        const changes = differences(before, after);
        if (changes.length === 0) continue;
        published.set(conditionId, after);
        const market = world.markets.get(conditionId)!;
        if (traded.has(conditionId)) {
          for (const token of market.tokens) broadcast([token], bookMessage(world, token));
        } else broadcast(market.tokens, changeMessage(world, market, after, changes));
        if (!sameBest(before, after)) {
          for (const outcome of [0, 1] as const) {
            const message = bestMessage(world, market, outcome, levelsOf(book, outcome));
            broadcast([market.tokens[outcome]], message, true);
          }
        }
      }
      for (const notice of world.notices.splice(0)) announce(world, notice, broadcast);
      for (const conditionId of published.keys())
        if (!world.books.has(conditionId)) published.delete(conditionId);
    },
  };
}

function receive(
  world: World,
  subscriber: Subscriber,
  text: string,
  deliver: (message: unknown) => void,
): void {
  if (text === 'PING') {
    subscriber.send('PONG');
    return;
  }
  const message = parseMessage(text);
  const ids = message?.assets_ids;
  if (message === null || !Array.isArray(ids)) {
    subscriber.send('INVALID OPERATION');
    return;
  }
  const assets = ids.filter((id): id is string => typeof id === 'string').slice(0, ASSETS_MAX);
  if (message.operation === 'unsubscribe') {
    for (const asset of assets) subscriber.assets.delete(asset);
    return;
  }
  if (message.custom_feature_enabled === true) subscriber.custom = true;
  const fresh = assets.filter((asset) => !subscriber.assets.has(asset));
  for (const asset of fresh) subscriber.assets.add(asset);
  const known = fresh.filter((asset) => {
    const place = world.tokens.get(asset);
    return place !== undefined && world.markets.get(place.conditionId)!.status === 'open';
  });
  if (known.length === 0) {
    subscriber.send('NO NEW ASSETS');
    return;
  }
  if (message.initial_dump === false || subscriber.assets.size > SNAPSHOT_ASSETS_MAX) return;
  const snapshots = known.map((asset) => bookMessage(world, asset));
  // The first frame of a socket is an array with all books; later ones come one by one.
  if (!subscriber.greeted) deliver(snapshots);
  else for (const snapshot of snapshots) deliver(snapshot);
  subscriber.greeted = true;
}

function parseMessage(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    // A client may send anything; the venue answers "INVALID OPERATION" and keeps the socket.
    return null;
  }
}

function bookMessage(world: World, tokenId: string): Record<string, unknown> {
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

interface Change {
  side: Side;
  price: bigint;
  size: bigint;
}

/** Levels of outcome 0 whose total differs; size 0 is a level that is gone. */
function differences(before: Levels, after: Levels): Change[] {
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
function changeMessage(world: World, market: Market, after: Levels, changes: readonly Change[]): unknown {
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

function sameBest(before: Levels, after: Levels): boolean {
  return before.bids[0]?.price === after.bids[0]?.price && before.asks[0]?.price === after.asks[0]?.price;
}

function bestMessage(world: World, market: Market, outcome: Outcome, levels: Levels): unknown {
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

function newMarketMessage(market: Market, timestamp: string): unknown {
  return {
    event_type: 'new_market',
    id: market.id,
    question: market.question,
    market: market.conditionId,
    slug: market.slug,
    description: 'A market of the practice exchange.',
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

function printMessage(world: World, market: Market, print: Print): unknown {
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

/** To the subscribers of any of the assets; null is to everyone. */
type Broadcast = (assets: readonly string[] | null, message: unknown, customOnly?: boolean) => void;

function announce(world: World, notice: MarketNotice, broadcast: Broadcast): void {
  const market = world.markets.get(notice.conditionId);
  if (market === undefined) return;
  const timestamp = String(world.nowMs);
  if (notice.kind === 'tick') {
    for (const token of market.tokens) {
      broadcast([token], {
        market: market.conditionId,
        asset_id: token,
        old_tick_size: formatMicros(notice.from),
        new_tick_size: formatMicros(notice.to),
        timestamp,
        event_type: 'tick_size_change',
      });
      broadcast([token], bookMessage(world, token));
    }
  } else if (notice.kind === 'new') {
    broadcast(null, newMarketMessage(market, timestamp), true);
  } else {
    const winner = winnerOf(market);
    broadcast(
      market.tokens,
      {
        id: market.id,
        market: market.conditionId,
        assets_ids: market.tokens,
        winning_asset_id: winner === null ? '' : market.tokens[winner],
        winning_outcome: winner === null ? '' : market.outcomes[winner],
        timestamp,
        tags: [market.category],
        event_type: 'market_resolved',
      },
      true,
    );
  }
}

/** The outcome that won outright, or null for a split or an open market. */
export function winnerOf(market: Market): Outcome | null {
  if (market.payouts === null) return null;
  if (market.payouts[0] === 1_000_000n) return 0;
  return market.payouts[1] === 1_000_000n ? 1 : null;
}
