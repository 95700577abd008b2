// Gamma: market and event metadata, profiles and search, plus the geoblock probe, in the venue's shapes.

import { formatMicros, jsonNumber, ONE } from '../model/decimal.ts';
import { gammaConditionId, saysItTakesOrders } from '../model/markets.ts';
import type { Account, Market, World } from '../model/model.ts';
import { type Call, json, listParam, type RestAnswer, type Routes } from '../wire/http.ts';
import { levelsOf } from '../wire/wire.ts';

const PAGE_MAX = 100;
const SEARCH_MAX = 50;

/** The routes over a world. */
export function gammaRoutes(world: World): Routes {
  return (call) => {
    if (call.method !== 'GET') return null;
    switch (call.path) {
      case '/markets':
        return listMarkets(world, call, false);
      case '/markets/keyset':
        return listMarkets(world, call, true);
      case '/events/keyset':
        return listEvents(world, call);
      case '/public-profile':
        return publicProfile(world, call);
      case '/public-search':
        return publicSearch(world, call);
      case '/api/geoblock':
        return json(200, { blocked: false, ip: '127.0.0.1', country: 'IE', region: 'L' });
      default:
        return null;
    }
  };
}

function listMarkets(world: World, call: Call, keyset: boolean): RestAnswer {
  const { query } = call;
  if (keyset && query.has('offset'))
    return json(422, { type: 'validation error', error: 'offset is not supported' });
  const tokens = listParam(query, 'clob_token_ids');
  const conditions = listParam(query, 'condition_ids').map((id) => id.toLowerCase());
  const slugs = listParam(query, 'slug');
  const closed = query.get('closed') === 'true';
  const found = [...world.markets.values()].filter(
    (market) =>
      (tokens.length === 0 || market.tokens.some((token) => tokens.includes(token))) &&
      (conditions.length === 0 ||
        conditions.includes(market.conditionId) ||
        conditions.includes(gammaConditionId(market))) &&
      (slugs.length === 0 || slugs.includes(market.slug)) &&
      (market.status === 'resolved') === closed,
  );
  const from = pageStart(query.get('after_cursor'));
  const limit = limitOf(query);
  const shown = found.slice(from, from + limit).map((market) => gammaMarket(world, market, true));
  if (!keyset) return json(200, shown, { 'cache-control': 'public, max-age=300' });
  const more = from + limit < found.length;
  return json(200, { markets: shown, ...(more ? { next_cursor: btoa(String(from + limit)) } : {}) });
}

function listEvents(world: World, call: Call): RestAnswer {
  const slugs = listParam(call.query, 'slug');
  const bySlug = new Map<string, Market[]>();
  for (const market of world.markets.values()) {
    if (slugs.length > 0 && !slugs.includes(market.event.slug)) continue;
    const together = bySlug.get(market.event.slug);
    if (together === undefined) bySlug.set(market.event.slug, [market]);
    else together.push(market);
  }
  const events = [...bySlug.values()].map((markets) => ({
    ...gammaEvent(markets[0]!),
    markets: markets.map((market) => gammaMarket(world, market, false)),
  }));
  const from = pageStart(call.query.get('after_cursor'));
  const limit = limitOf(call.query);
  const more = from + limit < events.length;
  return json(200, {
    events: events.slice(from, from + limit),
    ...(more ? { next_cursor: btoa(String(from + limit)) } : {}),
  });
}

function gammaEvent(market: Market): Record<string, unknown> {
  return {
    id: market.event.id,
    ticker: market.event.slug,
    slug: market.event.slug,
    title: market.event.title,
    endDate: new Date(market.closeAtMs).toISOString(),
    active: true,
    closed: market.status === 'resolved',
    negRisk: market.negRisk,
  };
}

function gammaMarket(world: World, market: Market, withEvents: boolean): Record<string, unknown> {
  const levels = levelsOf(world.books.get(market.conditionId)!, 0);
  const bid = levels.bids[0]?.price ?? 0n;
  const ask = levels.asks[0]?.price ?? ONE;
  const middle = (bid + ask) / 2n;
  const prices = market.payouts ?? [middle, ONE - middle];
  const resolved = market.status === 'resolved';
  return {
    id: market.id,
    question: market.question,
    conditionId: gammaConditionId(market),
    slug: market.slug,
    marketMakerAddress: '',
    endDate: new Date(market.closeAtMs).toISOString(),
    startDate: new Date(market.createdAtMs).toISOString(),
    image: market.icon,
    icon: market.icon,
    description: 'A market of the practice exchange.',
    version: market.version,
    outcomes: JSON.stringify(market.outcomes),
    outcomePrices: JSON.stringify(prices.map(formatMicros)),
    volume: formatMicros(market.volume),
    volumeNum: jsonNumber(market.volume),
    active: true,
    closed: resolved,
    archived: false,
    restricted: true,
    enableOrderBook: true,
    orderPriceMinTickSize: jsonNumber(market.tick),
    orderMinSize: jsonNumber(market.minSize),
    acceptingOrders: saysItTakesOrders(market),
    negRisk: market.negRisk,
    negRiskOther: false,
    ...(market.version === 'v1'
      ? {
          clobTokenIds: JSON.stringify(market.tokens),
          ...(resolved ? { umaResolutionStatus: 'resolved' } : {}),
        }
      : { positionIds: market.tokens, resolutionStatus: resolved ? 'resolved' : 'active' }),
    feesEnabled: market.feeRate > 0n,
    feeType: market.feeRate > 0n ? 'practice_fees' : null,
    feeSchedule:
      market.feeRate > 0n
        ? { exponent: 1, rate: Number(market.feeRate) / 10_000, takerOnly: true, rebateRate: 0.25 }
        : null,
    groupItemTitle: '',
    secondsDelay: market.delayS ?? 0,
    bestBid: jsonNumber(bid),
    bestAsk: jsonNumber(ask),
    spread: jsonNumber(ask - bid),
    lastTradePrice: market.lastTradePrice === null ? 0 : jsonNumber(market.lastTradePrice),
    ...(withEvents ? { events: [gammaEvent(market)] } : {}),
  };
}

function publicProfile(world: World, call: Call): RestAnswer {
  const address = (call.query.get('address') ?? '').toLowerCase();
  if (!/^0x[0-9a-f]{40}$/.test(address))
    return json(400, { type: 'validation error', error: 'invalid address' });
  const account = world.accounts.get(address);
  if (account === undefined || account.role === 'guest')
    return json(404, { type: 'not found error', error: 'profile not found' });
  return json(200, {
    createdAt: new Date(world.meta.startedAtMs).toISOString(),
    proxyWallet: account.address,
    profileImage: '',
    displayUsernamePublic: true,
    bio: account.bio,
    pseudonym: account.pseudonym,
    name: account.name,
    users: [{ id: String(account.place), creator: false, mod: false }],
    xUsername: '',
    verifiedBadge: false,
  });
}

function publicSearch(world: World, call: Call): RestAnswer {
  const words = (call.query.get('q') ?? '').trim().toLowerCase();
  if (words === '') return json(422, { type: 'validation error', error: 'q is required' });
  const limit = Math.min(Number(call.query.get('limit_per_type') ?? 10) || 10, SEARCH_MAX);
  const profiles = [...world.accounts.values()]
    .filter((account) => account.name.toLowerCase().includes(words))
    .slice(0, limit)
    .map(searchProfile);
  return json(200, {
    events: [],
    tags: [],
    profiles,
    pagination: { hasMore: false, totalResults: profiles.length },
  });
}

function searchProfile(account: Account): Record<string, unknown> {
  return {
    id: String(account.place),
    name: account.name,
    user: account.place,
    pseudonym: account.pseudonym,
    displayUsernamePublic: true,
    profileImage: '',
    bio: account.bio,
    proxyWallet: account.address,
  };
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 20);
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, PAGE_MAX) : 20;
}

function pageStart(cursor: string | null): number {
  if (cursor === null || cursor === '') return 0;
  try {
    const from = Number(atob(cursor));
    return Number.isSafeInteger(from) && from >= 0 ? from : 0;
  } catch {
    // A cursor that is not ours starts from the beginning.
    return 0;
  }
}
