/** Orders and fills of the live Wallet: what is open, what it reserves, and how long the rest is kept. */

import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { groupKey, type IdempotencyKey, idempotencyKey } from '../../../../../domain/ids.ts';
import { type OrderId, parseOrderId } from '../../../../../domain/orders/orders.ts';
import { DAY_MS } from '../../../../../domain/time.ts';
import type { LateCopy } from '../../../../../durable-objects/wallet/executor.ts';
import { union } from '../../../../../durable-objects/wallet/live/orders/order-record.ts';
import type {
  StoredFill,
  StoredOrder,
} from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { LEADER, sh, TOKEN, usd } from '../../../../domain/decide/example-facts.ts';
import { liveFill } from '../../../../ledger/records.ts';
import { START_MS } from '../../../memory-ports.ts';
import {
  exampleIntent,
  ORDER_ID,
  OTHER_LEADER,
  OTHER_TOKEN,
  storedOrder,
  storedShadow,
  type WalletStores,
  walletStores,
} from '../../stores.ts';

let stores: WalletStores;
const OTHER_ID = orderIdOf('e');
const EDGE_ID = orderIdOf('f');
const OTHER_KEY = keyOf('another group');

beforeEach(() => {
  stores = walletStores('LIVE');
});

/** An order id of one hex digit. */
function orderIdOf(digit: string): OrderId {
  return parseOrderId(`0x${digit.repeat(64)}`)!;
}

function keyOf(group: string): IdempotencyKey {
  return idempotencyKey({ leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY', groupKey: groupKey([group]) });
}

/** A second order, of another intent. */
function another(record: Partial<StoredOrder['record']> = {}, part: Partial<StoredOrder> = {}): StoredOrder {
  return storedOrder({ orderId: OTHER_ID, idempotencyKey: OTHER_KEY, ...record }, part);
}

function fill(part: Partial<StoredFill['record']> = {}): StoredFill {
  const of = { leaderAddress: LEADER, tokenId: TOKEN, orderId: ORDER_ID, shareMicros: sh('4') };
  return { record: liveFill({ ...of, ...part }), parts: [] };
}

describe('an order', () => {
  it('is found by its id and by its key, and leaves for D1', () => {
    const order = storedOrder();
    stores.orders.add(order);
    expect(stores.orders.byId(ORDER_ID)).toEqual(order);
    expect(stores.orders.byKey(order.record.idempotencyKey)).toEqual(order);
    expect(stores.orders.open()).toEqual([order]);
    expect(stores.ports.outboxed()).toEqual([order.record]);
    expect([stores.orders.byId(OTHER_ID), stores.orders.byKey(OTHER_KEY)]).toEqual([undefined, undefined]);
  });

  it('leaves for D1 with what follows it, which it keeps until it changes', () => {
    // Only handed through: nothing here reads it.
    const late = { waited: false } as LateCopy;
    stores.orders.add(storedOrder({}, { late }));
    expect(stores.ports.outboxed()).toEqual([]);
    const next = walletStores('LIVE', stores.ports.restarted());
    const [found] = next.orders.late();
    expect(found).toEqual({ order: storedOrder().record, copy: late });
    next.orders.put({ ...next.orders.byId(ORDER_ID)!, asks: 1 }, false);
    expect(next.orders.late()).toEqual([]);
    expect(walletStores('LIVE', next.ports.restarted()).orders.late()).toEqual([]);
  });

  it('is the only real one of its key, beside one of SHADOW', () => {
    const key = storedOrder().record.idempotencyKey;
    stores.orders.add(storedShadow({ orderKey: `shadow:${key}` }));
    expect(stores.orders.byKey(key)).toBeUndefined();
    stores.orders.add(storedOrder());
    expect(() => stores.orders.add(storedOrder({ orderId: OTHER_ID }))).toThrow('UNIQUE');
    expect(stores.orders.byKey(key)?.record.orderId).toBe(ORDER_ID);
  });

  it('that is final is found, and not open', () => {
    stores.orders.add(storedOrder({ state: 'FILLED' }));
    expect(stores.orders.open()).toEqual([]);
    expect(stores.orders.byId(ORDER_ID)?.record.state).toBe('FILLED');
    expect(walletStores('LIVE', stores.ports).orders.open()).toEqual([]);
  });

  it('leaves with a higher revision when the change is for people, else only its row changes', () => {
    stores.orders.add(storedOrder());
    stores.ports.clearOutbox();
    const asked = stores.orders.put({ ...storedOrder(), asks: 1 }, false);
    expect([asked.record.revision, stores.ports.outboxed()]).toEqual([1, []]);
    const filled = { ...asked, record: { ...asked.record, state: 'FILLED' as const } };
    const sent = stores.orders.put(filled, true);
    expect(sent.record.revision).toBe(2);
    expect(stores.ports.outboxed()).toEqual([sent.record]);
    expect([stores.orders.open(), stores.orders.byId(ORDER_ID)]).toEqual([[], sent]);
  });

  it('is open again when later evidence opens it', () => {
    stores.orders.add(storedOrder({ state: 'CANCELED' }));
    const open = stores.orders.put(storedOrder({ state: 'OPEN' }), true);
    expect(stores.orders.open()).toEqual([open]);
    expect(walletStores('LIVE', stores.ports).orders.open()).toEqual([open]);
  });

  it('of SHADOW is never changed', () => {
    const shadow = storedShadow();
    stores.orders.add(shadow);
    // @ts-expect-error The compiler refuses it already.
    expect(() => stores.orders.put(shadow, false)).toThrow(InvariantError);
  });

  it('is as stored after a restart, and after a transaction that was rolled back', () => {
    stores.orders.add(storedOrder());
    const { storage } = stores.ports;
    expect(() =>
      storage.transaction(() => {
        stores.orders.put(storedOrder({ state: 'FILLED' }), true);
        stores.orders.add(another());
        stores.orders.putFill(fill());
        throw new Error('later in the turn');
      }),
    ).toThrow('later in the turn');
    expect(stores.orders.open()).toEqual([storedOrder()]);
    expect(stores.orders.provisional()).toEqual([]);
    expect(walletStores('LIVE', stores.ports).orders.open()).toEqual([storedOrder()]);
  });

  it('that has ended is read from storage once, and its fills too, until one of them changes', () => {
    stores.orders.add(storedOrder());
    stores.orders.put(storedOrder({ state: 'FILLED' }), true);
    stores.orders.putFill(fill());
    const { orders } = walletStores('LIVE', stores.ports);
    const reads: string[] = [];
    stores.ports.refusesStatement = (query) => {
      if (query.startsWith('SELECT')) reads.push(query);
      return false;
    };
    const look = () => [orders.byId(ORDER_ID)?.record.state, orders.fillsOf(ORDER_ID).length];
    look();
    const first = reads.length;
    expect([look(), look(), reads.length]).toEqual([['FILLED', 1], ['FILLED', 1], first]);
    orders.putFill(fill({ tradeId: 'another' }));
    expect(look()).toEqual(['FILLED', 2]);
    expect(orders.fill('another', ORDER_ID)?.record.tradeId).toBe('another');
    expect(() =>
      stores.ports.storage.transaction(() => {
        orders.put(storedOrder({ state: 'CANCELED' }), false);
        orders.putFill(fill({ tradeId: 'third' }));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(look()).toEqual(['FILLED', 2]);
  });

  it('says when the last real one was made', () => {
    expect(stores.orders.lastAtMs()).toBeNull();
    stores.orders.add(storedOrder({ createdAtMs: START_MS }));
    stores.orders.add(another({ createdAtMs: START_MS + 5 }));
    const shadow = { orderKey: 'shadow:x', idempotencyKey: keyOf('third') };
    stores.orders.add(storedShadow({ ...shadow, createdAtMs: START_MS + 9 }));
    expect(stores.orders.lastAtMs()).toBe(START_MS + 5);
  });
});

describe('a reservation', () => {
  const ofOther = (order: StoredOrder): boolean => order.intent.leaderAddress === OTHER_LEADER;

  it('of a BUY is its cash less what its fills have taken, fees included, and never below zero', () => {
    const order = storedOrder();
    stores.orders.add(order);
    expect(stores.orders.reservedCash()).toBe(usd('5'));
    const paid = { filledNotionalMicros: usd('2'), feeMicros: usd('0.5'), filledShareMicros: sh('4') };
    stores.orders.put(storedOrder({ state: 'PARTIAL', ...paid }), true);
    expect(stores.orders.reservedCash()).toBe(usd('2.5'));
    stores.orders.put(storedOrder({ state: 'PARTIAL', ...paid, filledNotionalMicros: usd('6') }), true);
    expect(stores.orders.reservedCash()).toBe(0n);
    expect(stores.orders.reservedShares(TOKEN)).toBe(0n);
  });

  it('of a SELL is its shares less what is filled, and never below zero', () => {
    stores.orders.add(storedOrder({ side: 'SELL' }));
    expect(stores.orders.reservedShares(TOKEN)).toBe(sh('10'));
    expect(stores.orders.reservedCash()).toBe(0n);
    stores.orders.put(storedOrder({ side: 'SELL', state: 'PARTIAL', filledShareMicros: sh('4') }), true);
    expect(stores.orders.reservedShares(TOKEN)).toBe(sh('6'));
    expect(stores.orders.reservedShares(OTHER_TOKEN)).toBe(0n);
    stores.orders.put(storedOrder({ side: 'SELL', state: 'PARTIAL', filledShareMicros: sh('12') }), true);
    expect(stores.orders.reservedShares(TOKEN)).toBe(0n);
  });

  it('adds up over open orders, or over those that are asked for', () => {
    const intent = exampleIntent({ leaderAddress: OTHER_LEADER });
    stores.orders.add(storedOrder());
    stores.orders.add(another({}, { intent }));
    expect(stores.orders.reservedCash()).toBe(usd('10'));
    expect(stores.orders.reservedCash(ofOther)).toBe(usd('5'));
    const sale = { side: 'SELL' as const, idempotencyKey: keyOf('sale') };
    stores.orders.add(storedOrder({ ...sale, orderId: orderIdOf('1') }));
    stores.orders.add(
      storedOrder({ ...sale, orderId: orderIdOf('2'), idempotencyKey: keyOf('2') }, { intent }),
    );
    expect(stores.orders.reservedShares(TOKEN)).toBe(sh('20'));
    expect([...stores.orders.reservedByLeader(TOKEN)]).toEqual([
      [LEADER, sh('10')],
      [OTHER_LEADER, sh('10')],
    ]);
  });

  it('ends with its order', () => {
    stores.orders.add(storedOrder());
    stores.orders.put(storedOrder({ state: 'CANCELED' }), true);
    expect(stores.orders.reservedCash()).toBe(0n);
  });
});

describe('a fill', () => {
  it('is provisional until its settlement has ended', () => {
    stores.orders.putFill(fill());
    stores.orders.putFill(fill({ tradeId: 'trade-2', state: 'CONFIRMED' }));
    stores.orders.putFill(fill({ tradeId: 'trade-3', state: 'FAILED' }));
    expect(stores.orders.provisional()).toEqual([fill()]);
    expect(walletStores('LIVE', stores.ports).orders.provisional()).toEqual([fill()]);
    stores.orders.putFill(fill({ state: 'CONFIRMED' }));
    expect(stores.orders.provisional()).toEqual([]);
    expect(walletStores('LIVE', stores.ports).orders.provisional()).toEqual([]);
  });

  it('is one per trade and order, as it was put last, and leaves for D1 each time', () => {
    stores.orders.putFill(fill());
    stores.orders.putFill(fill({ state: 'MINED', revision: 2 }));
    stores.orders.putFill(fill({ tradeId: 'trade-0' }));
    stores.orders.putFill(fill({ orderId: OTHER_ID }));
    expect(stores.orders.fill('trade-1', ORDER_ID)).toEqual(fill({ state: 'MINED', revision: 2 }));
    expect(stores.orders.fill('trade-0', OTHER_ID)).toBeUndefined();
    expect(stores.orders.fillsOf(ORDER_ID).map((one) => one.record.tradeId)).toEqual(['trade-0', 'trade-1']);
    expect(stores.orders.provisional()).toHaveLength(3);
    expect(stores.ports.outboxed()).toHaveLength(4);
  });

  it('counts as shares that are not final when it bought this token for this leader', () => {
    stores.orders.putFill(fill());
    stores.orders.putFill(fill({ tradeId: 'trade-2', shareMicros: sh('2') }));
    stores.orders.putFill(fill({ tradeId: 'trade-3', side: 'SELL' }));
    stores.orders.putFill(fill({ tradeId: 'trade-4', leaderAddress: OTHER_LEADER }));
    stores.orders.putFill(fill({ tradeId: 'trade-5', tokenId: OTHER_TOKEN }));
    stores.orders.putFill(fill({ tradeId: 'trade-6', state: 'CONFIRMED' }));
    expect(stores.orders.provisionalShares(LEADER, TOKEN)).toBe(sh('6'));
  });
});

describe('seven days later', () => {
  it('orders that have ended and fills that are final are forgotten; what is open is kept for good', () => {
    const old = { createdAtMs: START_MS - 7 * DAY_MS - 1 };
    stores.orders.add(storedOrder({ ...old, state: 'FILLED' }));
    stores.orders.add(another({ ...old }));
    const edge = { orderId: EDGE_ID, idempotencyKey: keyOf('edge'), createdAtMs: START_MS - 7 * DAY_MS };
    stores.orders.add(storedOrder({ ...edge, state: 'FILLED' }));
    const matchedAtMs = START_MS - 7 * DAY_MS - 1;
    stores.orders.putFill(fill({ matchedAtMs, state: 'CONFIRMED' }));
    stores.orders.putFill(fill({ matchedAtMs, tradeId: 'open' }));
    stores.orders.putFill(fill({ matchedAtMs: matchedAtMs + 1, tradeId: 'edge', state: 'CONFIRMED' }));
    stores.orders.prune(START_MS);
    const orders = [ORDER_ID, OTHER_ID, EDGE_ID].map((id) => stores.orders.byId(id) !== undefined);
    expect(orders).toEqual([false, true, true]);
    expect(stores.orders.fillsOf(ORDER_ID).map((one) => one.record.tradeId)).toEqual(['edge', 'open']);
  });
});

it('names each trade of two lists once, in the order of their first mention', () => {
  expect(union(['b', 'a'], ['a', 'c'])).toEqual(['b', 'a', 'c']);
});
