// The market channel: subscriptions by token, a snapshot for each, then the changes since the last publication.
// Frames are the difference between published and current levels, so a client that applies all of them has the book.

import type { Faults } from '../faults/faults.ts';
import { formatMicros } from '../model/decimal.ts';
import { fieldsIn } from '../model/json.ts';
import type { MarketNotice, World } from '../model/model.ts';
import {
  bestMessage,
  bookMessage,
  changeMessage,
  differences,
  newMarketMessage,
  printMessage,
  sameBest,
  winnerOf,
} from '../wire/market-messages.ts';
import { type Levels, levelsOf } from '../wire/wire.ts';

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
  /** Sends the changes since the last call; compares only the named books. */
  publish(changedBooks: ReadonlySet<string>): void;
  /** Marks the current books as published, after a load. */
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
    const isFor = ({ custom, assets: own }: Subscriber): boolean =>
      (custom || !customOnly) && (assets === null || assets.some((asset) => own.has(asset)));
    const receivers = [...subscribers].filter(isFor);
    if (receivers.length === 0) return;
    const made = message();
    for (const subscriber of receivers) deliver(subscriber, made);
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
    publish(changedBooks) {
      const traded = new Set<string>();
      for (const print of world.prints.splice(0)) {
        traded.add(print.conditionId);
        const market = world.markets.get(print.conditionId);
        if (market !== undefined)
          broadcast([market.tokens[print.outcome]], () => printMessage(world, market, print));
      }
      for (const [conditionId, book] of changedBooks.size === 0 ? [] : world.books) {
        if (!changedBooks.has(conditionId)) continue;
        const before = published.get(conditionId) ?? { bids: [], asks: [] };
        const after = levelsOf(book, 0);
        const changes = differences(before, after);
        if (changes.length === 0) continue;
        published.set(conditionId, after);
        const market = world.markets.get(conditionId)!;
        if (traded.has(conditionId)) {
          for (const token of market.tokens) broadcast([token], () => bookMessage(world, token));
        } else broadcast(market.tokens, () => changeMessage(world, market, after, changes));
        if (!sameBest(before, after)) {
          for (const outcome of [0, 1] as const) {
            const message = () => bestMessage(world, market, outcome, levelsOf(book, outcome));
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
  const message = fieldsIn(text);
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

/** To the subscribers of any of the assets; null for everyone. The message is made only when somebody receives it. */
type Broadcast = (assets: readonly string[] | null, message: () => unknown, customOnly?: boolean) => void;

function announce(world: World, notice: MarketNotice, broadcast: Broadcast): void {
  const market = world.markets.get(notice.conditionId);
  if (market === undefined) return;
  const timestamp = String(world.nowMs);
  if (notice.kind === 'tick') {
    for (const token of market.tokens) {
      broadcast([token], () => ({
        market: market.conditionId,
        asset_id: token,
        old_tick_size: formatMicros(notice.from),
        new_tick_size: formatMicros(notice.to),
        timestamp,
        event_type: 'tick_size_change',
      }));
      broadcast([token], () => bookMessage(world, token));
    }
  } else if (notice.kind === 'new') {
    broadcast(null, () => newMarketMessage(market, timestamp), true);
  } else {
    const winner = winnerOf(market);
    broadcast(
      market.tokens,
      () => ({
        id: market.id,
        market: market.conditionId,
        assets_ids: market.tokens,
        winning_asset_id: winner === null ? '' : market.tokens[winner],
        winning_outcome: winner === null ? '' : market.outcomes[winner],
        timestamp,
        tags: [market.category],
        event_type: 'market_resolved',
      }),
      true,
    );
  }
}
