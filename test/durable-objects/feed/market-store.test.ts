/** What LeaderFeed keeps of markets: it must not grow with all those that there ever were (design.md 12). */
import { expect, it } from 'vitest';
import { parseConditionId, parseTokenId } from '../../../domain/ids.ts';
import { price, shares } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { MarketStore, type StoredMarket } from '../../../durable-objects/feed/market-store.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';

const condition = (number: number) => parseConditionId(`0x${number.toString(16).padStart(64, '0')}`)!;
const token = (number: number) => parseTokenId(String(1_000_000 + number))!;

function market(number: number, part: Partial<StoredMarket> = {}): StoredMarket {
  return {
    facts: [
      {
        tokenId: token(number),
        conditionId: condition(number),
        outcomeTokenIds: [token(number)],
        tickPriceMicros: price(10_000n),
        orderShareMicrosMin: shares(5_000_000n),
        fee: null,
        acceptingOrders: true,
        protocolVersion: 'v2',
        negRisk: false,
        takerDelayMs: 0,
        closeAtMs: START_MS + number,
        asOfMs: START_MS,
      },
    ],
    title: 'Will it rain?',
    slug: 'rain',
    outcomes: ['Yes'],
    payouts: null,
    closed: false,
    revision: 1,
    ...part,
  };
}

/** A store that has seen so many markets, of which the last ten have no result yet. */
function seen(count: number, ports = new MemoryPorts()): { ports: MemoryPorts; store: MarketStore } {
  const store = new MarketStore(ports.storage);
  ports.storage.transaction(() => {
    for (let number = 0; number < count; number += 1)
      store.write(
        condition(number),
        market(number, number < count - 10 ? { payouts: [price(0n)] } : {}),
        START_MS,
      );
  });
  return { ports, store };
}

/** The rows that each statement of a start and of some use brings. */
function rowsRead(
  ports: MemoryPorts,
  use: (store: MarketStore) => void,
): readonly (readonly [string, number])[] {
  const next = ports.restarted();
  const read: [string, number][] = [];
  const counted = {
    ...next.storage,
    rows: (query: string, ...bindings: readonly (string | number | null)[]) => {
      const rows = next.storage.rows(query, ...bindings);
      read.push([query, rows.length]);
      return rows;
    },
  };
  use(new MarketStore(counted));
  return read;
}

it('40,000 markets change no figure: not of a start, of a look, of a write or of a pruning', () => {
  const figures = (count: number) =>
    rowsRead(seen(count).ports, (store) => {
      expect(store.open.size).toBe(10);
      expect(store.of(condition(0))?.payouts).toEqual([price(0n)]);
      expect(store.of(condition(count - 1))?.payouts).toBeNull();
      store.write(condition(count), market(count), START_MS);
      store.prune(START_MS);
    });
  expect(figures(40_000)).toEqual(figures(20));
});

it('of markets in memory the one that was used longest ago goes, and comes back with its next use', () => {
  const { store } = seen(2_500);
  for (let number = 0; number < 2_001; number += 1) store.of(condition(number));
  expect([store.conditionOf(token(0)), store.conditionOf(token(1))]).toEqual([undefined, condition(1)]);
  store.of(condition(1));
  store.of(condition(2_100));
  expect([store.conditionOf(token(1)), store.conditionOf(token(2))]).toEqual([condition(1), undefined]);
  expect(store.of(condition(0))?.facts[0]?.tokenId).toBe(token(0));
  expect(store.conditionOf(token(0))).toBe(condition(0));
});

it('markets with a result are deleted after thirty days, by an index; the others stay', () => {
  const { ports, store } = seen(100);
  store.prune(START_MS + 30 * DAY_MS);
  expect(ports.storage.rows('SELECT 1 FROM market')).toHaveLength(100);
  store.prune(START_MS + 30 * DAY_MS + 1);
  expect(ports.storage.rows('SELECT 1 FROM market')).toHaveLength(10);
  const plans = [
    'DELETE FROM market WHERE open = 0 AND at_ms < ?',
    'SELECT condition, close_at, ended FROM market WHERE open = 1',
    'SELECT body FROM market WHERE condition = ?',
  ].map((query) => String(ports.storage.rows(`EXPLAIN QUERY PLAN ${query}`)[0]?.detail));
  expect(plans).toEqual([
    expect.stringContaining('SEARCH market USING'),
    expect.stringContaining('INDEX market_open'),
    expect.stringContaining('SEARCH market USING PRIMARY KEY'),
  ]);
});

it('the table of an earlier release is taken over: results, close times and ends are read out of its facts', () => {
  const { ports } = seen(12);
  const rows = ports.storage.rows('SELECT condition, at_ms, body FROM market ORDER BY condition');
  const earlier = new MemoryPorts();
  earlier.storage.rows(
    'CREATE TABLE market (condition TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  for (const row of rows)
    earlier.storage.rows(
      'INSERT INTO market VALUES (?, ?, ?)',
      ...[row.condition ?? '', row.at_ms ?? 0, row.body ?? ''],
    );
  const [, , third] = rows;
  const closed = String(third?.body).replace('"closed":false', '"closed":true');
  earlier.storage.rows('UPDATE market SET body = ? WHERE condition = ?', closed, third?.condition ?? '');
  const { open } = new MarketStore(earlier.storage);
  expect(open.size).toBe(10);
  expect([...open].slice(0, 2)).toEqual([
    [condition(2), { closeAtMs: START_MS + 2, ended: true }],
    [condition(3), { closeAtMs: START_MS + 3, ended: false }],
  ]);
});
