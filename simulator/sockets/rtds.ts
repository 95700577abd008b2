// The live activity feed (RTDS): every trade with its wallet, about two seconds after the match, without replay.
// `trades` has taker and makers, `orders_matched` only the taker; after six minutes without a text PING it stops sending.

import type { Faults } from '../faults/faults.ts';
import { SETTLE_MS } from '../model/accounts.ts';
import { fieldsIn, fieldsOf } from '../model/json.ts';
import type { ActivityRow, World } from '../model/model.ts';
import { scatterHex, scatterWords } from '../model/random.ts';
import type { Socket } from './market-channel.ts';

const SILENT_AFTER_MS = 6 * 60_000;
/** orders_matched at 1.9-2.1 s, trades at 2.1-2.5 s after the match (measured at the venue). */
const MATCHED_JITTER_MS = 150;
const TRADES_JITTER_MS = 400;

interface Subscription {
  type: 'trades' | 'orders_matched';
  eventSlug: string | null;
  marketSlug: string | null;
}

interface Listener {
  send: (text: string) => void;
  connectionId: string;
  subscriptions: Subscription[];
  pingedAtMs: number;
}

export interface Rtds {
  open(send: (text: string) => void): Socket;
  /** Sends what is due now. */
  publish(): void;
  count(): number;
}

interface Due {
  dueAtMs: number;
  type: Subscription['type'];
  row: ActivityRow;
}

/** A feed over a world; `clock` gives the time of PINGs. */
export function createRtds(world: World, faults: Faults, clock: () => number): Rtds {
  const listeners = new Set<Listener>();
  let opened = 0;
  let seen = lastSettled(world);
  let waiting: Due[] = [];
  const takeNewRows = (): void => {
    for (const row of newRows(world, seen)) {
      seen = row.sequence;
      if (row.kind === 'TRADE') waiting.push(...framesOf(row));
    }
  };
  takeNewRows();
  // After a load: frames due by the saved time have been sent already.
  waiting = waiting.filter((frame) => frame.dueAtMs > world.nowMs);
  return {
    count: () => listeners.size,
    open(send) {
      opened += 1;
      const listener: Listener = {
        send,
        connectionId: `${scatterHex(`connection:${opened}`, 14)}=`,
        subscriptions: [],
        pingedAtMs: clock(),
      };
      listeners.add(listener);
      return {
        receive: (text) => receive(listener, text, clock()),
        close: () => void listeners.delete(listener),
      };
    },
    publish() {
      takeNewRows();
      const due = waiting
        .filter((frame) => frame.dueAtMs <= world.nowMs)
        .sort((a, b) => a.dueAtMs - b.dueAtMs);
      if (due.length === 0) return;
      waiting = waiting.filter((frame) => frame.dueAtMs > world.nowMs);
      for (const frame of due) {
        for (const listener of listeners) deliver(world, faults, listener, frame);
      }
    },
  };
}

/** When a row is sent on each kind of subscription; rows of one transaction are sent together. */
function framesOf(row: ActivityRow): Due[] {
  const settledAtMs = row.matchedAtMs + SETTLE_MS;
  const jitter = scatterWords(row.transactionHash, 1)[0]!;
  const frames: Due[] = [];
  if (row.role === 'taker') {
    frames.push({ dueAtMs: settledAtMs - 50 + (jitter % MATCHED_JITTER_MS), type: 'orders_matched', row });
  }
  frames.push({ dueAtMs: settledAtMs + 100 + (jitter % TRADES_JITTER_MS), type: 'trades', row });
  return frames;
}

/** Rows whose frames were due, and so sent, when the world was saved. */
function lastSettled(world: World): number {
  let seen = 0;
  for (let at = world.activity.length - 1; at >= 0; at -= 1) {
    const row = world.activity[at]!;
    if (row.matchedAtMs + SETTLE_MS + TRADES_JITTER_MS + 100 <= world.nowMs) {
      seen = row.sequence;
      break;
    }
  }
  return seen;
}

function newRows(world: World, seen: number): ActivityRow[] {
  let from = world.activity.length;
  while (from > 0 && world.activity[from - 1]!.sequence > seen) from -= 1;
  return world.activity.slice(from);
}

function deliver(world: World, faults: Faults, listener: Listener, frame: Due): void {
  if (frame.row.withdrawn === true) return;
  if (world.nowMs - listener.pingedAtMs > SILENT_AFTER_MS) return;
  const market = world.markets.get(frame.row.conditionId);
  const wanted = listener.subscriptions.some(
    (one) =>
      one.type === frame.type &&
      (one.eventSlug === null || one.eventSlug === market?.event.slug) &&
      (one.marketSlug === null || one.marketSlug === market?.slug),
  );
  if (wanted)
    faults.frame('rtds', JSON.stringify(rtdsMessage(world, listener.connectionId, frame)), listener.send);
}

function rtdsMessage(world: World, connectionId: string, frame: Due): unknown {
  const { row } = frame;
  const market = world.markets.get(row.conditionId);
  const account = world.accounts.get(row.wallet);
  const outcome = world.tokens.get(row.tokenId)?.outcome;
  return {
    connection_id: connectionId,
    payload: {
      asset: row.tokenId,
      bio: account?.bio ?? '',
      conditionId: row.conditionId,
      eventSlug: market?.event.slug ?? '',
      icon: market?.icon ?? '',
      name: account?.name ?? '',
      outcome: market === undefined || outcome === undefined ? '' : market.outcomes[outcome],
      outcomeIndex: outcome ?? 999,
      price: Number(row.price),
      profileImage: '',
      proxyWallet: mixedCase(row.wallet),
      pseudonym: account?.pseudonym ?? '',
      side: row.side,
      size: Number(row.size),
      slug: market?.slug ?? '',
      timestamp: row.timestamp,
      title: market?.question ?? '',
      transactionHash: row.transactionHash,
    },
    timestamp: world.nowMs,
    topic: 'activity',
    type: frame.type,
  };
}

/** RTDS writes wallets in mixed case, the Data API in lower case; the same address always gets the same case. */
export function mixedCase(address: string): string {
  const bits = scatterWords(address, 2);
  return `0x${[...address.slice(2)]
    .map((letter, at) => ((bits[at >> 5]! >>> (at & 31)) & 1 ? letter.toUpperCase() : letter))
    .join('')}`;
}

function receive(listener: Listener, text: string, nowMs: number): void {
  if (text.toUpperCase() === 'PING') {
    listener.pingedAtMs = nowMs;
    listener.send('PONG');
    return;
  }
  const message = fieldsIn(text);
  // Without an action the venue accepts the message and sends nothing.
  if (message === null || (message.action !== 'subscribe' && message.action !== 'unsubscribe')) return;
  const parsed = parseSubscriptions(message.subscriptions);
  // One bad topic or type spoils the whole array.
  if (parsed === null) return;
  const wanted = new Set(parsed.map((one) => one.type));
  listener.subscriptions = listener.subscriptions.filter((one) => !wanted.has(one.type));
  if (message.action === 'subscribe') listener.subscriptions.push(...parsed);
}

function parseSubscriptions(value: unknown): Subscription[] | null {
  if (!Array.isArray(value)) return null;
  const parsed: Subscription[] = [];
  for (const entry of value) {
    const { topic, type, filters } = fieldsOf(entry) ?? {};
    if (topic !== 'activity') return null;
    const narrow = parseFilters(filters);
    if (narrow === null) return null;
    if (type === '*') parsed.push({ type: 'trades', ...narrow }, { type: 'orders_matched', ...narrow });
    else if (type === 'trades' || type === 'orders_matched') parsed.push({ type, ...narrow });
    else return null;
  }
  return parsed;
}

function parseFilters(value: unknown): { eventSlug: string | null; marketSlug: string | null } | null {
  if (value === undefined || value === '') return { eventSlug: null, marketSlug: null };
  // Filters are compact JSON in a string; spaces make them invalid.
  const filter = typeof value === 'string' && !value.includes(' ') ? fieldsIn(value) : null;
  if (filter === null) return null;
  const { event_slug: eventSlug, market_slug: marketSlug } = filter;
  return {
    eventSlug: typeof eventSlug === 'string' ? eventSlug : null,
    marketSlug: typeof marketSlug === 'string' ? marketSlug : null,
  };
}
