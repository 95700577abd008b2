// The CLOB's public REST routes: books, market facts, prices, health, in the venue's shapes.

import { formatMicros, jsonNumber } from '../model/decimal.ts';
import { fieldsOf } from '../model/json.ts';
import { type Market, tokenOf, type World } from '../model/model.ts';
import { type Call, json, type RestAnswer, type Routes } from '../wire/http.ts';
import { compactMarket, longMarket } from '../wire/market-rows.ts';
import { lastTradePrice, levelsOf, wireBook } from '../wire/wire.ts';
import { listRoute } from './clob-lists.ts';

const BOOKS_MAX = 500;

/** The routes over a world; `clock` answers /time. */
export function clobRoutes(world: World, clock: () => number): Routes {
  return (call) => {
    switch (call.path) {
      case '/ok':
        return json(200, 'OK');
      case '/time':
        return json(200, Math.floor(clock() / 1_000));
      case '/version':
        return json(200, { version: 2 });
      case '/book':
        return withToken(world, call, true, (tokenId) => wireBook(world, tokenId));
      case '/books':
        return call.method === 'POST' ? books(world, call.body) : json(405, { error: 'Method Not Allowed' });
      case '/tick-size':
        return withToken(world, call, false, (_token, market) => ({
          minimum_tick_size: jsonNumber(market.tick),
        }));
      case '/neg-risk':
        return withToken(world, call, false, (_token, market) => ({ neg_risk: market.negRisk }));
      case '/fee-rate':
        return withToken(world, call, false, (_token, market) => ({
          base_fee: market.feeRate === 0n ? 0 : 1000,
        }));
      case '/midpoint':
      case '/spread':
      case '/price':
      case '/last-trade-price':
        return withToken(world, call, true, (tokenId, market) => priceAnswer(world, call, tokenId, market));
      default:
        return listRoute(world, call) ?? marketRoute(world, call);
    }
  };
}

function marketRoute(world: World, call: Call): RestAnswer | null {
  const [, collection, id = ''] = call.path.split('/');
  if (collection === 'clob-markets' && id !== '') {
    const market = world.markets.get(id.toLowerCase());
    return market === undefined ? json(404, { error: 'market not found' }) : json(200, compactMarket(market));
  }
  if (collection === 'markets-by-token' && id !== '') {
    const place = world.tokens.get(id);
    if (place === undefined) return json(404, { error: 'market not found' });
    const market = world.markets.get(place.conditionId)!;
    return json(200, {
      condition_id: market.conditionId,
      primary_token_id: market.tokens[0],
      secondary_token_id: market.tokens[1],
    });
  }
  // Gamma has /markets and /markets/keyset; the CLOB only answers for a condition here.
  if (collection === 'markets' && id.startsWith('0x')) {
    const market = world.markets.get(id.toLowerCase());
    return market === undefined
      ? json(404, { error: 'market not found' })
      : json(200, longMarket(world, market));
  }
  return null;
}

function withToken(
  world: World,
  call: Call,
  needsBook: boolean,
  answer: (tokenId: string, market: Market) => unknown,
): RestAnswer {
  const tokenId = call.query.get('token_id') ?? '';
  if (tokenId === '') return json(400, { error: 'Invalid token id' });
  const place = world.tokens.get(tokenId);
  const market = place === undefined ? undefined : world.markets.get(place.conditionId);
  if (market === undefined || (needsBook && market.status !== 'open')) {
    return json(404, {
      error: needsBook ? 'No orderbook exists for the requested token id' : 'market not found',
    });
  }
  const value = answer(tokenId, market);
  return value === null
    ? json(404, { error: 'No orderbook exists for the requested token id' })
    : json(200, value);
}

function books(world: World, body: string): RestAnswer {
  let wanted: unknown;
  try {
    wanted = JSON.parse(body);
  } catch {
    // Not JSON: the venue answers 400, as for any other wrong payload.
    wanted = null;
  }
  if (!Array.isArray(wanted)) return json(400, { error: 'Invalid payload' });
  if (wanted.length > BOOKS_MAX) return json(400, { error: 'Payload exceeds the limit' });
  const known: string[] = [];
  for (const entry of wanted) {
    const tokenId = fieldsOf(entry)?.token_id;
    if (typeof tokenId !== 'string') continue;
    const place = world.tokens.get(tokenId);
    // Unknown ids are left out, as at the venue.
    if (place !== undefined && world.markets.get(place.conditionId)!.status === 'open') known.push(tokenId);
  }
  return json(
    200,
    known.reverse().map((tokenId) => wireBook(world, tokenId)),
  );
}

function priceAnswer(world: World, call: Call, tokenId: string, market: Market): unknown {
  const { book, outcome } = tokenOf(world, tokenId);
  if (call.path === '/last-trade-price') {
    return { price: lastTradePrice(market) || '0.5', side: market.lastTradePrice === null ? '' : 'BUY' };
  }
  const levels = levelsOf(book, outcome);
  const bid = levels.bids[0]?.price;
  const ask = levels.asks[0]?.price;
  if (call.path === '/price') {
    const price = call.query.get('side')?.toUpperCase() === 'SELL' ? ask : bid;
    return price === undefined ? null : { price: formatMicros(price) };
  }
  if (bid === undefined || ask === undefined) return null;
  if (call.path === '/spread') return { spread: formatMicros(ask - bid) };
  return { mid: formatMicros((bid + ask) / 2n) };
}
