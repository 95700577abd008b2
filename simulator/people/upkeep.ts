// The work of each tick for trading: late orders arrive, delayed ones take effect, trades settle, missing heartbeats cancel
// orders, and changes of the book (expiry, tick, closing) reach the traders' orders.

import type { Faults } from '../faults/faults.ts';
import { uuidOf } from '../matching/auth.ts';
import { cancelPlaced, enterOrder, releaseDelayed } from '../matching/order-entry.ts';
import { refreshSeen } from '../matching/traders.ts';
import { absorbMatches, passTrades, sweepOrders } from '../matching/trades.ts';
import { nextSequence, type World } from '../model/model.ts';
import { scatterHex } from '../model/random.ts';
import type { ApiKey } from '../model/trading-model.ts';

/** Without a heartbeat for this long, every open order of the key is cancelled. */
const HEARTBEAT_MS = 10_000;

/** Updates trading to the present; called in every tick. */
export function keepUp(world: World, faults: Faults): void {
  for (const arrival of world.trading.arrivals.values()) {
    if (arrival.dueAtMs > world.nowMs) continue;
    world.trading.arrivals.delete(arrival.number);
    world.dirty.add(`arrival/${arrival.number}`);
    const key = world.trading.keys.get(arrival.key);
    if (key !== undefined) enterOrder(world, faults, { key, body: JSON.parse(arrival.body) as unknown });
  }
  for (const orderId of [...world.trading.open]) {
    const order = world.trading.orders.get(orderId)!;
    if (order.dueAtMs !== null && order.dueAtMs <= world.nowMs) releaseDelayed(world, faults, order);
  }
  for (const key of world.trading.keys.values()) {
    if (key.heartbeat !== null && world.nowMs - key.heartbeat.atMs > HEARTBEAT_MS) stopHeart(world, key);
  }
  passTrades(world);
}

/** Updates trades, orders and the cache after the engine's work; called before every save. */
export function catchUp(world: World, faults: Faults): void {
  absorbMatches(world, faults);
  sweepOrders(world);
  if (!faults.balanceLag()) refreshSeen(world);
}

/** Accepts a heartbeat: the first has no id, each later one the id returned last. */
export function beatHeart(world: World, key: ApiKey, id: string): { ok: boolean; id: string } {
  const expected = key.heartbeat?.id ?? '';
  if (id !== expected) return { ok: false, id: expected };
  const next = uuidOf(scatterHex(`heartbeat:${key.key}:${nextSequence(world)}`, 32));
  key.heartbeat = { id: next, atMs: world.nowMs };
  world.dirty.add(`api-key/${key.key}`);
  return { ok: true, id: next };
}

function stopHeart(world: World, key: ApiKey): void {
  key.heartbeat = null;
  world.dirty.add(`api-key/${key.key}`);
  for (const orderId of [...world.trading.open]) {
    const order = world.trading.orders.get(orderId)!;
    if (order.owner === key.key) cancelPlaced(world, order);
  }
}
