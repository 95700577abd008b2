/** The reconcile job around the reading: when it does nothing, what it checks first, and how it reports what failed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../../../../../domain/assert.ts';
import { MINUTE_MS } from '../../../../../domain/time.ts';
import { START_MS } from '../../../memory-ports.ts';
import { orderReport, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

let room: LiveRoom;

beforeEach(() => {
  room = liveRoom();
});

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

describe('the reconcile job', () => {
  it('connects, and comes again in a minute, also when it fails', async () => {
    room.api.listTrades = () => Promise.reject(new Error('silence'));
    await room.reconciler.run();
    expect(room.connection.connects).toBe(1);
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });

  it('without secrets connects to nothing and does not come again', async () => {
    room = liveRoom({ secrets: {} });
    await room.reconciler.run();
    expect(room.connection.connects).toBe(0);
    expect(room.dueIn('reconcile')).toBeUndefined();
  });

  it('looks after open orders at once, also after a reading that moved none', async () => {
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.api.fetchOrder = async () => orderReport();
    room.clearDue();
    await room.reconciler.run();
    expect(room.dueIn('watch')).toBe(0);
  });

  it('notices a clock that differs and an account that may only close', async () => {
    room.api.fetchTimeMs = async () => START_MS - MINUTE_MS;
    room.api.fetchClosedOnly = async () => true;
    await room.reconciler.run();
    expect(room.standing.problems().map(({ problem }) => problem)).toEqual(
      expect.arrayContaining(['CLOCK_SKEW', 'CLOSED_ONLY']),
    );
  });

  it('reads on when the standing cannot be read, and logs that', async () => {
    room.api.fetchTimeMs = () => Promise.reject(new Error('silence'));
    await room.reconciler.run();
    expect(room.kv.get('lastReconcileAt')).toBe(START_MS);
    expect(room.ports.logs).toMatchObject([
      { message: 'the clock and the standing of the account could not be read' },
    ]);
  });

  it('logs a reading that failed, and pauses the Wallet when an assertion of ours broke', async () => {
    room.api.listTrades = () => Promise.reject(new Error('silence'));
    await room.reconciler.run();
    expect(room.ports.logs).toMatchObject([{ message: 'the account could not be reconciled' }]);
    expect(room.pause.reason()).toBeUndefined();
    room.api.listTrades = () => Promise.reject(new InvariantError('ours'));
    await room.reconciler.run();
    expect(room.pause.reason()).toContain('ours');
  });
});

describe('the minute’s reading', () => {
  it('does nothing without secrets, credentials, or the account that was opened', async () => {
    for (const change of [
      () => open({ secrets: {} }),
      () => room.connection.disconnect(),
      () => room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] }),
    ]) {
      open();
      change();
      await room.reconciler.run();
      expect(room.kv.get('lastReconcileAt')).toBeUndefined();
    }
    expect(room.dueIn('reconcile')).toBe(MINUTE_MS);
  });

  it('notes what failed, and that it succeeded after that', async () => {
    room.api.listTrades = () => Promise.reject(new Error('x'.repeat(300)));
    await room.reconciler.run();
    expect(room.kv.get('reconcileError')).toBe(`Error: ${'x'.repeat(193)}`);
    expect(room.kv.get('lastReconcileAt')).toBeUndefined();
    room.api.listTrades = async () => [];
    await room.reconciler.run();
    expect(room.kv.get('reconcileError')).toBeUndefined();
    expect(room.kv.get('lastReconcileAt')).toBe(START_MS);
  });

  it('goes on when the clock could not be read', async () => {
    let trades = 0;
    room.api.fetchTimeMs = () => Promise.reject(new Error('silence'));
    room.api.listTrades = async () => {
      trades += 1;
      return [];
    };
    await room.reconciler.run();
    expect(trades).toBe(1);
  });
});
