// The CLOB's private REST routes: credentials, orders and cancels, reads of orders and trades, balances, heartbeats.
// Reads and cancels concern all orders of the key's owner; a heartbeat concerns the key.

import type { Faults } from '../faults/faults.ts';
import { callerOf, credentialsRoute, UNAUTHORIZED } from '../matching/auth.ts';
import { cancelPlaced } from '../matching/order-entry.ts';
import { balanceAnswer, refreshSeen } from '../matching/traders.ts';
import type { World } from '../model/model.ts';
import type { ApiKey, PlacedOrder, Trader, VenueTrade } from '../model/trading-model.ts';
import { beatHeart } from '../people/upkeep.ts';
import { type Call, json, type RestAnswer, type Routes } from '../wire/http.ts';
import { orderJson, ownPart, tradeJson } from '../wire/trading-wire.ts';
import { parseJson, postOrders, type TradingContext } from './order-routes.ts';

const PAGE_ROWS = 100;
const CANCELS_MAX = 1_000;
const FIRST_CURSOR = 'MA==';
const LAST_CURSOR = 'LTE=';

type Private = (context: TradingContext, call: Call, key: ApiKey) => RestAnswer;

const PRIVATE: Record<string, Private> = {
  'GET /auth/api-keys': listKeys,
  'DELETE /auth/api-key': dropKey,
  'GET /auth/ban-status/closed-only': closedOnly,
  'GET /balance-allowance': balance,
  'GET /balance-allowance/update': updateBalance,
  'GET /data/orders': openOrders,
  'GET /data/trades': trades,
  'DELETE /order': cancelOne,
  'DELETE /orders': cancelMany,
  'DELETE /cancel-all': (context, _call, key) => cancel(context, key, idsOf(ownOpen(context.world, key))),
  'DELETE /cancel-market-orders': cancelMarket,
  'POST /v1/heartbeats': heartbeat,
  'GET /notifications': () => json(200, []),
  'DELETE /notifications': () => json(200, 'OK'),
};

/** The routes over an exchange. */
export function tradingRoutes(context: TradingContext): Routes {
  return (call) => {
    const name = `${call.method} ${call.path}`;
    if (name === 'POST /order') return postOrders(context, call, false);
    if (name === 'POST /orders') return postOrders(context, call, true);
    if (name === 'POST /auth/api-key' || name === 'GET /auth/derive-api-key') {
      return context.act(() => credentialsRoute(context.world, call, context.nowMs()));
    }
    if (name === 'GET /api/geoblock') return geoblock(context);
    const single = call.method === 'GET' && call.path.startsWith('/data/order/');
    const route = single ? oneOrder : PRIVATE[name];
    if (route === undefined) return null;
    const key = callerOf(context.world, call, context.nowMs());
    return key === null ? UNAUTHORIZED : route(context, call, key);
  };
}

/** The fault that the next order would meet, without counting it. */
function geoblock({ faults }: TradingContext): RestAnswer {
  const blocked = faults
    .list()
    .some((fault) => fault.kind === 'region' && (fault.count === null || fault.struck < fault.count));
  return json(200, { blocked, ip: '127.0.0.1', country: blocked ? 'US' : 'IE', region: '' });
}

function listKeys({ world }: TradingContext, _call: Call, key: ApiKey): RestAnswer {
  const own = [...world.trading.keys.values()].filter((one) => one.owner === key.owner);
  return json(200, { apiKeys: own.map((one) => one.key) });
}

function dropKey({ world, act }: TradingContext, _call: Call, key: ApiKey): RestAnswer {
  act(() => {
    world.trading.keys.delete(key.key);
    world.dirty.add(`api-key/${key.key}`);
  });
  return json(200, 'OK');
}

function closedOnly({ world }: TradingContext, _call: Call, key: ApiKey): RestAnswer {
  return json(200, { closed_only: ownTraders(world, key).some((trader) => trader.closedOnly) });
}

function balance({ world }: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const signatureType = Number(call.query.get('signature_type') ?? '0');
  const trader = ownTraders(world, key).find((one) => one.signatureType === signatureType);
  const answer = balanceAnswer(world, trader, {
    assetType: call.query.get('asset_type') ?? '',
    tokenId: call.query.get('token_id') ?? '',
  });
  return answer === null
    ? json(400, { error: 'GetBalanceAndAllowance invalid params: assetType invalid' })
    : json(200, answer);
}

function updateBalance({ world, faults, act }: TradingContext): RestAnswer {
  faults.balanceLag('heal');
  act(() => refreshSeen(world));
  return json(200, {});
}

function openOrders({ world, faults }: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const id = call.query.get('id')?.toLowerCase() ?? null;
  const market = call.query.get('market')?.toLowerCase() ?? null;
  const asset = call.query.get('asset_id');
  const funders = new Set(ownTraders(world, key).map((trader) => trader.funder));
  const orders = id === null ? openOf(world) : named(world, id);
  const shown = lensOf(world, faults);
  const rows = orders.filter(
    (order) =>
      shown(order) &&
      funders.has(order.funder) &&
      (market === null || order.conditionId === market) &&
      (asset === null || order.tokenId === asset),
  );
  return page(
    call,
    rows.reverse().map((order) => orderJson(world, order)),
  );
}

function oneOrder({ world, faults }: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const order = world.trading.orders.get(call.path.slice('/data/order/'.length).toLowerCase());
  const own = order !== undefined && world.trading.traders.get(order.funder)?.owner === key.owner;
  return own && lensOf(world, faults)(order)
    ? json(200, orderJson(world, order))
    : json(404, { error: 'order not found' });
}

function trades({ world, faults }: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const { query } = call;
  const text = (name: string): string | null => query.get(name)?.toLowerCase() || null;
  const [id, market, asset, maker] = ['id', 'market', 'asset_id', 'maker_address'].map(text);
  const after = Number(text('after') ?? 0);
  const before = Number(text('before') ?? Number.MAX_SAFE_INTEGER);
  if (Number.isNaN(after) || Number.isNaN(before)) return json(400, { error: 'invalid time' });
  const { lateMs } = faults.reads();
  const { trades: all } = world.trading;
  const one = typeof id === 'string' ? all.get(id) : undefined;
  const asked = typeof id !== 'string' ? [...all.values()] : one === undefined ? [] : [one];
  // The cheap questions first: each reading asks for a few of many trades.
  const rows = asked.filter((trade) => {
    const matchedS = Math.floor(trade.matchedAtMs / 1_000);
    return (
      matchedS >= after &&
      matchedS <= before &&
      world.nowMs - trade.matchedAtMs >= lateMs &&
      (market === null || trade.conditionId === market) &&
      (asset === null || concerns(trade, (part) => part.tokenId === asset)) &&
      (maker === null || concerns(trade, (part) => part.account === maker)) &&
      ownPart(world, trade, key.owner) !== undefined
    );
  });
  return page(
    call,
    rows.reverse().map((trade) => tradeJson(world, trade, key.owner)),
  );
}

/** The orders that a read shows now. */
function lensOf(world: World, faults: Faults): (order: PlacedOrder) => boolean {
  const { endedHidden, lateMs } = faults.reads();
  return (order) =>
    world.nowMs - order.createdAtMs >= lateMs && !(endedHidden && !world.trading.open.has(order.orderId));
}

function cancelOne(context: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const id = (parseJson(call.body) as { orderID?: unknown } | undefined | null)?.orderID;
  if (typeof id !== 'string') return json(400, { error: 'Invalid orderID' });
  return cancel(context, key, [id]);
}

function cancelMany(context: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const ids = parseJson(call.body);
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string') || ids.length > CANCELS_MAX)
    return json(400, { error: 'Invalid order payload' });
  return cancel(context, key, ids);
}

function cancelMarket(context: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const wish = (parseJson(call.body) ?? {}) as { market?: unknown; asset_id?: unknown };
  const market = typeof wish.market === 'string' ? wish.market.toLowerCase() : '';
  const asset = typeof wish.asset_id === 'string' ? wish.asset_id : '';
  if (market === '' && asset === '') return json(400, { error: 'Invalid order payload' });
  const meant = ownOpen(context.world, key).filter(
    (order) => (market === '' || order.conditionId === market) && (asset === '' || order.tokenId === asset),
  );
  return cancel(context, key, idsOf(meant));
}

function cancel({ world, act }: TradingContext, key: ApiKey, ids: readonly string[]): RestAnswer {
  const canceled: string[] = [];
  const notCanceled: Record<string, string> = {};
  act(() => {
    for (const id of ids) {
      const found = world.trading.orders.get(id.toLowerCase());
      const own = found !== undefined && world.trading.traders.get(found.funder)?.owner === key.owner;
      const reason = cancelPlaced(world, own ? found : undefined);
      if (reason === null) canceled.push(id);
      else notCanceled[id] = reason;
    }
  });
  return json(200, { canceled, not_canceled: notCanceled });
}

function heartbeat({ world, act }: TradingContext, call: Call, key: ApiKey): RestAnswer {
  const id = (parseJson(call.body) as { heartbeat_id?: unknown } | undefined | null)?.heartbeat_id;
  const answer = act(() => beatHeart(world, key, typeof id === 'string' ? id : ''));
  return json(answer.ok ? 200 : 400, {
    heartbeat_id: answer.id,
    ...(answer.ok ? {} : { error: 'Invalid Heartbeat ID' }),
  });
}

function page(call: Call, rows: unknown[]): RestAnswer {
  const cursor = call.query.get('next_cursor') || FIRST_CURSOR;
  const from = Number(decode(cursor));
  if (!Number.isInteger(from) || from < 0) return json(400, { error: 'invalid cursor' });
  const data = rows.slice(from, from + PAGE_ROWS);
  const next = from + PAGE_ROWS < rows.length ? btoa(String(from + PAGE_ROWS)) : LAST_CURSOR;
  return json(200, { limit: PAGE_ROWS, count: data.length, next_cursor: next, data });
}

function decode(cursor: string): string {
  try {
    return atob(cursor);
  } catch {
    // Not base64: no number either.
    return 'x';
  }
}

function ownTraders(world: World, key: ApiKey): Trader[] {
  return [...world.trading.traders.values()].filter((trader) => trader.owner === key.owner);
}

function openOf(world: World): PlacedOrder[] {
  return [...world.trading.open].map((id) => world.trading.orders.get(id)!);
}

function ownOpen(world: World, key: ApiKey): PlacedOrder[] {
  const funders = new Set(ownTraders(world, key).map((trader) => trader.funder));
  return openOf(world).filter((order) => funders.has(order.funder));
}

function named(world: World, id: string): PlacedOrder[] {
  const order = world.trading.orders.get(id);
  return order === undefined ? [] : [order];
}

function idsOf(orders: readonly PlacedOrder[]): string[] {
  return orders.map((order) => order.orderId);
}

function concerns(trade: VenueTrade, test: (part: { tokenId: string; account: string }) => boolean): boolean {
  return [trade.taker, ...trade.makers].some(test);
}
