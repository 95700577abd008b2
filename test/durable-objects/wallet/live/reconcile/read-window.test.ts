/** From when on trades are read. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../../../../domain/time.ts';
import { ReadWindow } from '../../../../../durable-objects/wallet/live/reconcile/read-window.ts';
import { sh } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

let room: LiveRoom;

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

describe('the window of trades', () => {
  let window: ReadWindow;

  beforeEach(() => {
    open();
    room.state.setOpened({ startMs: START_MS - 10 * DAY_MS, funder: PRACTICE_FUNDER, trades: [] });
    room.state.setReadThrough(START_MS - 2 * MINUTE_MS);
    window = new ReadWindow(room.orders, room.state, room.differences, room.refused);
  });

  const ago = (startS: number): number => (room.ports.nowMs() - startS * 1_000) / MINUTE_MS;

  it('reaches a day back at the first reading and every ten minutes, else a minute before the last', () => {
    expect(ago(window.startS(START_MS))).toBe(24 * 60 + 1);
    expect(ago(window.startS(START_MS))).toBe(3);
    room.ports.atMs += 10 * MINUTE_MS - 1;
    room.state.setReadThrough(room.ports.atMs);
    expect(Math.floor(ago(window.startS(room.ports.atMs)))).toBe(1);
    room.ports.atMs += 1;
    expect(ago(window.startS(room.ports.atMs))).toBe(24 * 60 + 1);
  });

  it('reaches as far back as nothing was read, but not before the opening', () => {
    room.state.setReadThrough(START_MS - 3 * DAY_MS);
    expect(ago(window.startS(START_MS))).toBe(3 * 24 * 60 + 1);
    room.state.setReadThrough(START_MS - 30 * DAY_MS);
    expect(window.startS(START_MS)).toBe((START_MS - 10 * DAY_MS) / 1_000 - 1);
  });

  it('reaches back to our oldest open order or provisional fill, a day at most', () => {
    window.startS(START_MS);
    room.orders.add(
      storedOrder({ state: 'OPEN', createdAtMs: START_MS - 20 * MINUTE_MS }, { seenAtVenue: true }),
    );
    expect(ago(window.startS(START_MS))).toBe(21);
    const early = fillReport({ matchedAtMs: START_MS - 40 * MINUTE_MS, shareMicros: sh('1') });
    room.evidence.take({ ...room.evidence.nothing(), fills: [early] });
    expect(ago(window.startS(START_MS))).toBe(41);
    room.orders.add(
      storedOrder({
        state: 'OPEN',
        createdAtMs: START_MS - 3 * DAY_MS,
        orderKey: 'b',
        orderId: 'b',
        idempotencyKey: 'b',
      }),
    );
    expect(ago(window.startS(START_MS))).toBe(24 * 60 + 1);
  });
});
