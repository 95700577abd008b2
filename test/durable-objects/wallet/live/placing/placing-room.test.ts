/** Whether an order may leave now, and whom it would overtake. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../../domain/decide/decision-facts.ts';
import { groupKey, idempotencyKey } from '../../../../../domain/ids.ts';
import { ExitWaits } from '../../../../../durable-objects/wallet/exits/exit-waits.ts';
import type { CallSlots } from '../../../../../durable-objects/wallet/live/account/call-slots.ts';
import type { Submission } from '../../../../../durable-objects/wallet/live/orders/submission.ts';
import { PlacingRoom } from '../../../../../durable-objects/wallet/live/placing/placing-room.ts';
import { QueuedPurchases } from '../../../../../durable-objects/wallet/live/placing/queued-purchases.ts';
import { LEADER, TOKEN } from '../../../../domain/decide/example-facts.ts';
import { MemoryPorts } from '../../../memory-ports.ts';
import { exampleIntent, OTHER_TOKEN } from '../../stores.ts';

let waits: ExitWaits;
let purchases: QueuedPurchases;
let room: PlacingRoom;
let venue: { free: number; gathered: number; nextAtMs: number };

beforeEach(() => {
  const { storage } = new MemoryPorts();
  waits = new ExitWaits(storage);
  purchases = new QueuedPurchases(storage);
  venue = { free: 2, gathered: 0, nextAtMs: 0 };
  const slots = { ordersFree: () => venue.free, nextOrderAtMs: () => venue.nextAtMs };
  const submission = { gatheredOrders: () => venue.gathered };
  // Only what the room asks of them.
  room = new PlacingRoom(slots as CallSlots, purchases, waits, submission as Submission);
});

function intent(name: string, part: Partial<CopyIntent>): CopyIntent {
  const { side = 'BUY', tokenId = TOKEN } = part;
  const key = idempotencyKey({ leaderAddress: LEADER, tokenId, side, groupKey: groupKey([name]) });
  return exampleIntent({ side, tokenId, idempotencyKey: key, ...part });
}
const buy = (name: string, part: Partial<CopyIntent> = {}) => intent(name, { ...part, side: 'BUY' });
const sale = (name: string, part: Partial<CopyIntent> = {}) => intent(name, { ...part, side: 'SELL' });

describe('an order', () => {
  it('may leave while a call and a token are free, those of this turn taken off', () => {
    expect([room.free(), room.isOpen(buy('a'), false), room.isOpen(sale('a'), false)]).toEqual([
      2,
      true,
      true,
    ]);
    venue.gathered = 1;
    expect(room.free()).toBe(1);
    venue.gathered = 3;
    expect(room.free()).toBe(0);
    for (const waited of [false, true])
      expect([room.isOpen(buy('a'), waited), room.isOpen(sale('a'), waited)]).toEqual([false, false]);
  });

  it('to buy queues behind whatever waits for a call, and behind no sale that waits for its shares', () => {
    waits.add(sale('exit', { tokenId: OTHER_TOKEN }), 1);
    expect(room.isOpen(buy('a'), false)).toBe(true);
    waits.setForCall(sale('exit', { tokenId: OTHER_TOKEN }).idempotencyKey);
    expect(room.isOpen(buy('a'), false)).toBe(false);
  });

  it('to buy queues behind any other purchase that waits, until its turn has come', () => {
    purchases.add(buy('first', { tokenId: OTHER_TOKEN }), 1);
    expect([room.isOpen(buy('a'), false), room.isOpen(buy('a'), true)]).toEqual([false, true]);
  });

  it('to sell overtakes purchases of other tokens, and none of its own', () => {
    purchases.add(buy('other', { tokenId: OTHER_TOKEN }), 1);
    expect(room.isOpen(sale('exit'), false)).toBe(true);
    purchases.add(buy('same'), 2);
    expect([room.isOpen(sale('exit'), false), room.isOpen(sale('exit'), true)]).toEqual([false, true]);
  });

  it('to sell queues behind another sale of the same', () => {
    waits.add(sale('first'), 1, true);
    expect(room.isOpen(sale('second'), false)).toBe(false);
    expect(room.isOpen(sale('second', { tokenId: OTHER_TOKEN }), false)).toBe(true);
  });

  it.each(['CLOSE', 'EXIT'] as const)('of a %s sells what is there, whatever waits', (sourceType) => {
    purchases.add(buy('same'), 1);
    waits.add(sale('first'), 1, true);
    expect(room.isOpen(sale('by itself', { sourceType }), false)).toBe(true);
    expect(room.before(sale('by itself', { sourceType }))).toEqual([]);
  });
});

it('an exit comes after the purchases of the same that came until then', () => {
  purchases.add(buy('before'), 5);
  purchases.add(buy('with it'), 7);
  purchases.add(buy('after'), 8);
  purchases.add(buy('other', { tokenId: OTHER_TOKEN }), 1);
  const names = room.before(sale('exit'), 7).map((one) => one.intent.idempotencyKey);
  expect(names).toEqual([buy('before').idempotencyKey, buy('with it').idempotencyKey]);
  expect(room.before(sale('exit'))).toHaveLength(3);
});

it('the next token is a time only while it is yet to come', () => {
  venue.nextAtMs = 500;
  expect([room.nextTokenAtMs(499), room.nextTokenAtMs(500), room.nextTokenAtMs(501)]).toEqual([
    500,
    undefined,
    undefined,
  ]);
});

it('a sale waits for a call from then on, and a purchase is kept elsewhere', () => {
  waits.add(sale('a'), 1);
  room.waitForCall(buy('a'));
  expect(waits.forCall()).toEqual([]);
  room.waitForCall(sale('a'));
  expect(waits.forCall()).toHaveLength(1);
});
