// Saves and loads the exchange as rows of text under keys. Only rows named in `world.dirty` are written, all in one call, so
// that the storage can make them one transaction.

import type { Account, ActivityRow, Book, Holding, Leader, Market, Meta, Tape, World } from './model.ts';
import { createRandom, seedState } from './random.ts';
import type { TapeRow } from './tape-csv.ts';
import { emptyTrading, indexTrading, placeTradingRow, tradingRow } from './trading-model.ts';

/** Storage of the rows: SQLite of the Durable Object, or a Map in tests. */
export interface RowStorage {
  load(): Iterable<readonly [key: string, value: string]>;
  /** Applies all changes or none. */
  save(puts: readonly (readonly [key: string, value: string])[], deletes: readonly string[]): void;
  clear(): void;
}

/** An empty world. */
export function emptyWorld(seed: string, nowMs: number): World {
  const random = seedState(seed);
  const meta: Meta = {
    seed,
    startedAtMs: nowMs,
    tickAtMs: nowMs,
    steps: 0,
    sequence: 0,
    marketCounter: 0,
    fees: 0n,
    deposits: 0n,
    crowdAtMs: nowMs + 500,
    random,
  };
  return {
    meta,
    nowMs,
    random: createRandom(random),
    markets: new Map(),
    books: new Map(),
    tokens: new Map(),
    accounts: new Map(),
    leaders: new Map(),
    activity: [],
    activityByWallet: new Map(),
    tapes: new Map(),
    tapeRows: new Map(),
    trading: emptyTrading(),
    prints: [],
    notices: [],
    dirty: new Set(),
  };
}

/** The saved world; null when there is none. */
export function loadWorld(rows: Iterable<readonly [string, string]>): World | null {
  const world = emptyWorld('', 0);
  let found = false;
  for (const [key, value] of rows) {
    const kind = key.slice(0, key.indexOf('/') === -1 ? key.length : key.indexOf('/'));
    if (kind === 'meta') {
      world.meta = decodeRow<Meta>(value);
      found = true;
    } else if (kind === 'market') placeMarket(world, decodeRow<Market>(value));
    else if (kind === 'book') world.books.set(key.slice('book/'.length), decodeRow<Book>(value));
    else if (kind === 'account') placeAccount(world, decodeRow<StoredAccount>(value));
    else if (kind === 'leader') placeLeader(world, decodeRow<Leader>(value));
    else if (kind === 'tape') world.tapes.set(key.slice('tape/'.length), decodeRow<Tape>(value));
    else if (kind === 'tape-rows')
      world.tapeRows.set(key.slice('tape-rows/'.length), decodeRow<TapeRow[]>(value));
    else if (kind === 'activity') world.activity.push(decodeRow<ActivityRow>(value));
    else placeTradingRow(world.trading, kind, decodeRow(value));
  }
  if (!found) return null;
  sortLikeCreated(world);
  indexTrading(world.trading);
  world.nowMs = world.meta.tickAtMs;
  world.random = createRandom(world.meta.random);
  for (const row of world.activity) {
    const own = world.activityByWallet.get(row.wallet);
    if (own === undefined) world.activityByWallet.set(row.wallet, [row]);
    else own.push(row);
  }
  return world;
}

/** Condition ids of the books that changed since the last save. */
export function changedBooks(world: World): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const key of world.dirty) if (key.startsWith('book/')) changed.add(key.slice('book/'.length));
  return changed;
}

/** Writes the changes since the last call; without a storage they are only forgotten. */
export function saveWorld(world: World, storage: RowStorage | null): void {
  if (world.dirty.size === 0) return;
  if (storage === null) {
    world.dirty.clear();
    return;
  }
  const activity = changedActivity(world);
  const puts: [string, string][] = [];
  const deletes: string[] = [];
  for (const key of world.dirty) {
    const value = key.startsWith('activity/') ? activity.get(key) : rowValue(world, key);
    if (value === undefined) deletes.push(key);
    else puts.push([key, encodeRow(value)]);
  }
  world.dirty.clear();
  storage.save(puts, deletes);
}

/** JSON with bigints as marked strings; the mark is a control character, which is refused in all input. */
export function encodeRow(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? `\u0001${inner}` : inner,
  );
}

/** The inverse of `encodeRow`. The type is not checked: only this program writes these rows. */
export function decodeRow<Row>(text: string): Row {
  return JSON.parse(text, (_key, inner: unknown) =>
    typeof inner === 'string' && inner.startsWith('\u0001') ? BigInt(inner.slice(1)) : inner,
  ) as Row;
}

type StoredAccount = Omit<Account, 'holdings'> & { holdings: [string, Holding][] };

function rowValue(world: World, key: string): unknown {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  if (key === 'meta') return world.meta;
  if (key.startsWith('market/')) return world.markets.get(name);
  if (key.startsWith('book/')) return world.books.get(name);
  if (key.startsWith('leader/')) return world.leaders.get(name);
  if (key.startsWith('tape/')) return world.tapes.get(name);
  if (key.startsWith('tape-rows/')) return world.tapeRows.get(name);
  if (key.startsWith('account/')) {
    const account = world.accounts.get(name);
    return account === undefined ? undefined : { ...account, holdings: [...account.holdings] };
  }
  const row = tradingRow(world.trading, key);
  if (row === null) throw new Error(`no row called ${key}`);
  return row;
}

/** New activity is at the end of the list, so walk back only as far as needed. */
function changedActivity(world: World): Map<string, ActivityRow> {
  const changed = new Map<string, ActivityRow>();
  let wanted = 0;
  for (const key of world.dirty) if (key.startsWith('activity/')) wanted += 1;
  for (let at = world.activity.length - 1; at >= 0 && changed.size < wanted; at -= 1) {
    const row = world.activity[at]!;
    const key = `activity/${String(row.sequence).padStart(12, '0')}`;
    if (!world.dirty.has(key)) break;
    changed.set(key, row);
  }
  return changed;
}

function placeMarket(world: World, market: Market): void {
  world.markets.set(market.conditionId, market);
  world.tokens.set(market.tokens[0], { conditionId: market.conditionId, outcome: 0 });
  world.tokens.set(market.tokens[1], { conditionId: market.conditionId, outcome: 1 });
}

function placeAccount(world: World, stored: StoredAccount): void {
  world.accounts.set(stored.address, { ...stored, holdings: new Map(stored.holdings) });
}

function placeLeader(world: World, leader: Leader): void {
  world.leaders.set(leader.address, leader);
}

/** Restores the order of creation: the order of Maps decides which entry a random number picks. */
function sortLikeCreated(world: World): void {
  const byNumber = [...world.markets.values()].sort((a, b) => Number(a.id) - Number(b.id));
  world.markets = new Map(byNumber.map((market) => [market.conditionId, market]));
  world.leaders = new Map(
    [...world.leaders.values()].sort((a, b) => a.place - b.place).map((leader) => [leader.address, leader]),
  );
  world.accounts = new Map(
    [...world.accounts.values()]
      .sort((a, b) => a.place - b.place)
      .map((account) => [account.address, account]),
  );
  world.tapes = new Map([...world.tapes].sort((a, b) => a[1].number - b[1].number));
  world.activity.sort((a, b) => a.sequence - b.sequence);
}
