// The CLOB's lists of markets and of past prices, in the venue's shapes.

import type { World } from '../model/model.ts';
import { type Call, json, type RestAnswer } from '../wire/http.ts';
import { longMarket, simpleMarket } from '../wire/market-rows.ts';

const PAGE_ROWS = 500;
const LAST_CURSOR = 'LTE=';
const INTERVAL_S: Readonly<Record<string, number>> = {
  '1h': 3_600,
  '6h': 21_600,
  '1d': 86_400,
  '1w': 604_800,
  '1m': 2_592_000,
};

/** The answer of a list; null for any other route. */
export function listRoute(world: World, call: Call): RestAnswer | null {
  switch (call.path) {
    case '/sampling-markets':
      return page(call, openMarkets(world), (market) => longMarket(world, market));
    case '/sampling-simplified-markets':
      return page(call, openMarkets(world), (market) => simpleMarket(world, market));
    case '/simplified-markets':
      return page(call, [...world.markets.values()], (market) => simpleMarket(world, market));
    case '/prices-history':
      return pricesHistory(world, call);
    default:
      return null;
  }
}

function openMarkets(world: World) {
  return [...world.markets.values()].filter((market) => market.status === 'open');
}

function page<Row>({ query }: Call, rows: readonly Row[], show: (row: Row) => unknown): RestAnswer {
  const from = Number(atob(query.get('next_cursor') || 'MA==')) || 0;
  const shown = rows.slice(from, from + PAGE_ROWS);
  const isLast = from + PAGE_ROWS >= rows.length;
  return json(200, {
    limit: PAGE_ROWS,
    count: shown.length,
    next_cursor: isLast ? LAST_CURSOR : btoa(String(from + PAGE_ROWS)),
    data: shown.map(show),
  });
}

/** The prices at which the token traded, oldest first. */
function pricesHistory(world: World, { query }: Call): RestAnswer {
  const token = query.get('market') ?? '';
  if (!world.tokens.has(token)) return json(400, { error: 'invalid filters: market' });
  const intervalS = INTERVAL_S[query.get('interval') ?? ''];
  const endS = Number(query.get('endTs') ?? Number.POSITIVE_INFINITY);
  const startS = Number(
    query.get('startTs') ?? (intervalS === undefined ? 0 : world.nowMs / 1_000 - intervalS),
  );
  const history = world.activity
    .filter((row) => row.kind === 'TRADE' && row.role === 'taker' && row.tokenId === token)
    .filter((row) => row.timestamp >= startS && row.timestamp <= endS)
    .map((row) => ({ t: row.timestamp, p: Number(row.price) }));
  return json(200, { history });
}
