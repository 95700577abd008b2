/** Whether the shares that a sale would sell are final: only orders and fills of its own leader and token count. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseOrderId } from '../../../../domain/orders/orders.ts';
import { UnsettledShares } from '../../../../durable-objects/wallet/live/unsettled-shares.ts';
import { sh } from '../../../domain/decide/example-facts.ts';
import { exampleIntent, fillReport, OTHER_LEADER, OTHER_TOKEN, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom } from './live-room.ts';

const OTHER_ID = parseOrderId(`0x${'e'.repeat(64)}`)!;
const SALE = exampleIntent({ side: 'SELL' });

let room: LiveRoom;
let unsettled: UnsettledShares;

beforeEach(() => {
  room = liveRoom();
  unsettled = new UnsettledShares(room.orders, room.waits);
});

describe('a sale need not wait', () => {
  it('for an open order in another token, or of another leader', () => {
    room.orders.add(storedOrder({ state: 'OPEN', tokenId: OTHER_TOKEN }));
    expect(unsettled.isSettled(SALE)).toBe(true);
    expect(unsettled.isSettled({ ...SALE, tokenId: OTHER_TOKEN })).toBe(false);
    expect(unsettled.isSettled({ ...SALE, tokenId: OTHER_TOKEN, leaderAddress: OTHER_LEADER })).toBe(true);
  });

  it('for shares of another leader that may still fail', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.reports.onFills([fillReport()]);
    expect(unsettled.isSettled(SALE)).toBe(false);
    expect(unsettled.isSettled({ ...SALE, leaderAddress: OTHER_LEADER })).toBe(true);
    expect(unsettled.isSettled({ ...SALE, tokenId: OTHER_TOKEN })).toBe(true);
  });
});

describe('shares that may still fail', () => {
  it('are those that were bought, not those that were sold', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.reports.onFills([fillReport({ shareMicros: sh('4') })]);
    expect(unsettled.provisional(SALE)).toBe(sh('4'));
    room.reports.onFills([fillReport({ shareMicros: sh('4'), state: 'CONFIRMED' })]);
    expect(unsettled.provisional(SALE)).toBe(0n);
    const sale = { orderKey: OTHER_ID, orderId: OTHER_ID, idempotencyKey: 'b' };
    room.orders.add(storedOrder({ side: 'SELL', state: 'OPEN', ...sale }, { seenAtVenue: true }));
    room.reports.onFills([fillReport({ tradeId: 't2', side: 'SELL', orderId: OTHER_ID })]);
    expect(room.orders.provisional()).toHaveLength(1);
    expect(unsettled.provisional(SALE)).toBe(0n);
  });
});
