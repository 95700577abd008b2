/** Rows of our own orders and trades that could not be parsed: what is kept of them, and what an unread one stops. */
import { beforeEach, describe, expect, it } from 'vitest';
import { RefusedRows } from '../../../../../durable-objects/wallet/live/account/refused-rows.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

const ROW = { reason: 'trade size: missing', excerpt: '{"id":"t1"}' };

let room: LiveRoom;
let rows: RefusedRows;

beforeEach(() => {
  room = liveRoom();
  rows = new RefusedRows(room.quarantine, room.standing);
});

const quarantined = () => room.ports.outboxedOf('quarantine');
const problems = () => room.standing.problems().map(({ problem, message }) => [problem, message]);

describe('a row that could not be parsed', () => {
  it('of the user channel is kept with its source, and stops nothing', () => {
    rows.fromChannel(ROW);
    expect(quarantined()).toMatchObject([{ source: 'user channel', ...ROW }]);
    expect([rows.count(), problems()]).toEqual([0, []]);
  });

  it('of a read is kept, counted, and stops trading', () => {
    rows.fromRead(ROW);
    expect(quarantined()).toMatchObject([{ source: 'our trades', ...ROW }]);
    expect([rows.count(), problems()]).toEqual([1, [['UNREADABLE_RECORDS', ROW.reason]]]);
    rows.fromRead({ ...ROW, reason: 'another' });
    expect(rows.count()).toBe(2);
  });

  it('stops trading until a read is whole again; other problems stay', () => {
    room.standing.setProblem('BANNED', 'x');
    rows.fromRead(ROW);
    rows.wholeRead();
    expect([rows.count(), problems()]).toEqual([1, [['BANNED', 'x']]]);
  });
});
