// A practice exchange on a virtual clock for the tests of this folder; its people act only when a test says so.

import { createPracticeExchange } from '../../simulator/exchange.ts';
import type { World } from '../../simulator/model/model.ts';
import type { RowStorage } from '../../simulator/model/store.ts';
import type { PracticeExchange } from '../../simulator/practice-exchange.ts';

export const START_MS = 1_795_427_000_000;
export const SILENT = { makers: false, crowd: false, leaders: false, series: false };

export interface Bench {
  exchange: PracticeExchange;
  /** What is saved; throws where nothing is. */
  saved(): Map<string, string>;
  /** Lets virtual time pass in tenths of a second. */
  pass(ms: number): void;
  get(url: string): { status: number; body: unknown };
  nowMs(): number;
}

/**
 * An exchange over the given rows; without `live` only what the test does happens. Nothing is saved unless `rows` are given or
 * `saved` asks for it: saving takes a third of a long run.
 */
export function openBench(
  options: { live?: boolean; seed?: string; rows?: Map<string, string>; atMs?: number; saved?: boolean } = {},
): Bench {
  let now = options.atMs ?? START_MS;
  const storage = options.rows === undefined && options.saved !== true ? null : memoryStorage(options.rows);
  const exchange = createPracticeExchange({
    nowMs: () => now,
    seed: options.seed ?? 'test',
    storage,
    ...(options.live === true ? {} : { automation: SILENT }),
  });
  return {
    exchange,
    saved: () => {
      if (storage === null) throw new Error('this exchange saves nothing: open it with `saved`');
      return storage.rows;
    },
    nowMs: () => now,
    pass: (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        now += 100;
        exchange.step(now);
      }
    },
    get: (url) => {
      const answer = exchange.handleRequest({ method: 'GET', url });
      return { status: answer.status, body: JSON.parse(answer.body) };
    },
  };
}

export function post(
  exchange: PracticeExchange,
  url: string,
  body: unknown,
): { status: number; body: unknown } {
  const answer = exchange.handleRequest({
    method: 'POST',
    url,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: JSON.parse(answer.body) };
}

/** Names of the fields of an object, with the kind of each value. */
export function shapeOf(value: unknown): Record<string, string> {
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name,
      Array.isArray(inner) ? 'array' : inner === null ? 'null' : typeof inner,
    ]),
  );
}

/** The total value in the exchange; always equal to `meta.deposits`. */
export function totalValue(world: World): bigint {
  let total = world.meta.fees;
  for (const account of world.accounts.values()) total += account.cash;
  for (const market of world.markets.values()) total += market.escrow;
  return total;
}

/** Rows kept in memory. */
function memoryStorage(rows: Map<string, string> = new Map()): RowStorage & { rows: Map<string, string> } {
  return {
    rows,
    load: () => rows.entries(),
    save: (puts, deletes) => {
      for (const [key, value] of puts) rows.set(key, value);
      for (const key of deletes) rows.delete(key);
    },
    clear: () => rows.clear(),
  };
}
