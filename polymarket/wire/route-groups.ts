/**
 * The venue's limits on public reads, by route (polymarket-api.md 1.7, 0-), and which of them go first. A route that is not listed
 * counts towards the limit of its host alone.
 */

export interface RouteGroup {
  readonly name: string;
  /** Requests in ten seconds, as published or measured. */
  readonly limit: number;
  /** Lower goes first: books of what is held, results of markets, leaders' trades, the rest. */
  readonly rank: number;
}

const BOOKS = 0;
const RESULTS = 1;
const SWEEPS = 2;
const REST = 3;

const GROUPS: readonly (readonly [path: RegExp, group: RouteGroup])[] = [
  [/^\/books$/, { name: 'books', limit: 500, rank: BOOKS }],
  [/^\/book$/, { name: 'book', limit: 1_500, rank: BOOKS }],
  [/^\/v2\/resolutions$/, { name: 'resolutions', limit: 200, rank: RESULTS }],
  [/^\/v2\/trades$/, { name: 'trades', limit: 200, rank: SWEEPS }],
  [/^\/v2\/activity$/, { name: 'activity', limit: 400, rank: SWEEPS }],
  [/^\/v2\/positions$/, { name: 'positions', limit: 200, rank: REST }],
  [/^\/markets\/keyset$/, { name: 'markets', limit: 300, rank: REST }],
  [/^\/public-search$/, { name: 'search', limit: 350, rank: REST }],
];
/** The lowest limit that any of the hosts has in all, the Data API's. */
const OTHERS: RouteGroup = { name: 'others', limit: 1_000, rank: REST };

export function routeGroupOf(pathname: string): RouteGroup {
  return GROUPS.find(([path]) => path.test(pathname))?.[1] ?? OTHERS;
}
