/** When the live Wallet's jobs run, and what each of them does. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CopyIntent } from '../../../../domain/decide/decision-facts.ts';
import type { DecisionTurn } from '../../../../durable-objects/wallet/decision-turn.ts';
import { Cancels } from '../../../../durable-objects/wallet/live/cancels.ts';
import { Placing } from '../../../../durable-objects/wallet/live/placing/placing.ts';
import { WaitEnds } from '../../../../durable-objects/wallet/live/placing/wait-ends.ts';
import { WaitingList } from '../../../../durable-objects/wallet/live/placing/waiting-list.ts';
import { LiveWaitingSales, WaitLimits } from '../../../../durable-objects/wallet/live/waiting-sales.ts';
import { Watch } from '../../../../durable-objects/wallet/live/watch.ts';
import { LEADER } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import { exampleIntent, fillReport, ORDER_ID, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

let room: LiveRoom;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

function due(): Record<string, number | undefined> {
  const jobs = ['watch', 'reconcile', 'look', 'cancel', 'exits', 'snapshot'];
  return Object.fromEntries(jobs.map((job) => [job, room.dueIn(job)]).filter(([, ms]) => ms !== undefined));
}

const SALE = exampleIntent({ side: 'SELL' });

describe('the schedule', () => {
  it('wakes by reading the account and looking after orders; without secrets by nothing', () => {
    room.schedule.wake();
    expect(due()).toEqual({ reconcile: 0, watch: 0 });
    open({ secrets: {} });
    room.schedule.wake();
    expect(due()).toEqual({});
  });

  it('reconciles every minute', () => {
    room.schedule.reconcileAgain();
    expect(due()).toEqual({ reconcile: 60_000 });
  });

  it('goes on watching while ON, while orders are open and while sales wait', () => {
    room.schedule.watchAgain(false);
    expect(due()).toEqual({});
    room.schedule.watchAgain(true);
    expect(due()).toEqual({ watch: 5_000 });
    open();
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.schedule.watchAgain(false);
    expect(due()).toMatchObject({ watch: 5_000 });
    open();
    room.waits.add(SALE, START_MS);
    room.schedule.watchAgain(false);
    expect(due()).toEqual({ watch: 5_000 });
  });

  it('watches at once after a reading that left orders open', () => {
    room.schedule.watchOpen();
    expect(due()).toEqual({});
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.schedule.watchOpen();
    expect(due()).toMatchObject({ watch: 0 });
  });

  it('watches after reports: at once for absent orders, later for open ones', () => {
    room.schedule.reported(0);
    expect(due()).toEqual({});
    room.schedule.reported(1);
    expect(due()).toEqual({ watch: 0 });
    open();
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.clearDue();
    room.schedule.reported(0);
    expect(due()).toEqual({ watch: 5_000 });
  });

  it('follows a settled order by a snapshot and a look, and by waiting sales if there are any', () => {
    room.schedule.settled();
    expect(due()).toEqual({ snapshot: 5_000, look: 3_000 });
    open();
    room.waits.add(SALE, START_MS);
    room.schedule.settled();
    expect(due()).toMatchObject({ exits: 0 });
  });

  it('looks at most every eleven seconds', () => {
    room.schedule.looking();
    room.ports.atMs += 1_000;
    room.schedule.settled();
    expect(room.dueIn('look')).toBe(10_000);
    room.clearDue();
    room.ports.atMs += 9_000;
    room.schedule.settled();
    expect(room.dueIn('look')).toBe(3_000);
  });

  it('sends a cancel again after two seconds', () => {
    room.schedule.canceling();
    expect(due()).toEqual({ cancel: 2_000 });
    room.clearDue();
    room.ports.atMs += 500;
    room.schedule.cancelSoon();
    expect(due()).toEqual({ cancel: 1_500 });
    room.schedule.cancelNow();
    expect(due()).toEqual({ cancel: 0 });
    room.clearDue();
    room.ports.atMs += 5_000;
    room.schedule.cancelSoon();
    expect(due()).toEqual({ cancel: 0 });
  });
});

describe('orders of leaders that are off', () => {
  it('are the open ones of a leader who is not ON', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    expect(room.off.list()).toHaveLength(0);
    room.switches.setOverride(LEADER, 'FORCE_OFF');
    expect(room.off.list()).toHaveLength(1);
    room.changes.change(ORDER_ID, ['SEEN_CANCELED'], {});
    expect(room.off.list()).toHaveLength(0);
  });

  it('are the purchases of one whose entries are stopped, and never the sales (A61)', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    room.orders.add(
      storedOrder({ state: 'OPEN', orderKey: 's', orderId: 's', idempotencyKey: 's', side: 'SELL' }),
    );
    room.switches.setEntries(LEADER, 'OFF');
    expect(room.off.list().map(({ record }) => record.orderId)).toEqual([ORDER_ID]);
    room.switches.setEntries(LEADER, 'ON');
    room.switches.setEntries(null, 'OFF');
    expect(room.off.list().map(({ record }) => record.orderId)).toEqual([ORDER_ID]);
  });

  it('are canceled only when there are some', () => {
    room.off.cancelSoon();
    room.off.cancelNow();
    expect(due()).toEqual({});
  });

  it('are canceled in one call, again in two seconds, and asked about at once', async () => {
    const { ports, off, connection, calls, submission, schedule } = room;
    const cancels = new Cancels(ports, off, connection, calls, submission, schedule);
    await cancels.run();
    expect(room.api.canceled).toEqual([]);
    room.orders.add(storedOrder({ state: 'OPEN' }, { nextAskAtMs: START_MS + 9_000 }));
    room.switches.set('OFF');
    room.clearDue();
    await cancels.run();
    expect(room.api.canceled).toEqual([[ORDER_ID]]);
    expect(room.connection.connects).toBe(1);
    expect(due()).toEqual({ cancel: 2_000, watch: 0 });
    expect(room.orders.byId(ORDER_ID)?.nextAskAtMs).toBe(START_MS);
  });

  it('are asked about even when the cancel got no answer', async () => {
    const { ports, off, connection, calls, submission, schedule } = room;
    room.api.cancel = () => Promise.reject(new Error('silence'));
    room.orders.add(storedOrder({ state: 'OPEN' }, { nextAskAtMs: START_MS + 9_000 }));
    room.switches.set('OFF');
    await new Cancels(ports, off, connection, calls, submission, schedule).run();
    expect(room.orders.byId(ORDER_ID)?.nextAskAtMs).toBe(START_MS);
    expect(ports.logs).toMatchObject([
      {
        level: 'warn',
        message: 'a cancel got no answer; it is sent again',
        fields: { reason: 'Error: silence' },
      },
    ]);
  });

  it('are canceled at most 500 at a time', async () => {
    const { ports, off, connection, calls, submission, schedule } = room;
    for (let n = 0; n < 501; n += 1) {
      const orderId = `0x${String(n).padStart(64, '0')}`;
      room.orders.add(storedOrder({ state: 'OPEN', orderKey: orderId, orderId, idempotencyKey: orderId }));
    }
    room.switches.set('OFF');
    await new Cancels(ports, off, connection, calls, submission, schedule).run();
    expect(room.api.canceled.map((ids) => ids.length)).toEqual([500]);
  });
});

describe('sales that wait', () => {
  let decided: CopyIntent[];

  beforeEach(() => {
    decided = [];
  });

  function exits(): Placing {
    const { ports, waits, purchases, account, settings, switches, unsettled, schedule, placingRoom } = room;
    const turn = {
      decideWaiting: async (waiting: readonly { intent: CopyIntent }[]) => {
        for (const { intent } of waiting) {
          decided.push(intent);
          waits.done(intent.idempotencyKey);
        }
      },
    };
    const ends = new WaitEnds(ports.nowMs, switches, settings, account);
    const limits = new WaitLimits(settings, unsettled);
    const list = new WaitingList(ports.nowMs, waits, purchases, placingRoom, limits, ends);
    // Only what the job calls.
    return new Placing(ports, list, placingRoom, account, schedule, turn as unknown as DecisionTurn);
  }

  it('are kept, decided at the latest when their time is over, and their shares asked about meanwhile', () => {
    const waiting = new LiveWaitingSales(
      room.ports.nowMs,
      room.waits,
      room.purchases,
      room.placingRoom,
      room.schedule,
    );
    waiting.wait(SALE, { ...room.settings.of(LEADER), exitWaitMsMax: 12_000 });
    expect(room.waits.list()).toMatchObject([{ sinceMs: START_MS }]);
    expect(due()).toEqual({ exits: 12_000, watch: 5_000 });
    waiting.done(SALE.idempotencyKey);
    expect(room.waits.list()).toEqual([]);
  });

  it('are not decided when there are none', async () => {
    await exits().run();
    expect(room.connection.connects).toBe(0);
  });

  it('are decided as soon as their shares are final', async () => {
    room.waits.add(SALE, START_MS - 1_000);
    await exits().run();
    expect(decided).toMatchObject([{ idempotencyKey: SALE.idempotencyKey, waitedMs: 1_000 }]);
  });

  it('wait for an account that is not read yet', async () => {
    room.waits.add(SALE, START_MS);
    room.connection.isConnected = false;
    await exits().run();
    expect(decided).toEqual([]);
    expect(due()).toEqual({ exits: 1_000 });
  });

  it('wait for shares that are not final as long as the setting says', async () => {
    open({ live: { exitWaitMsMax: 10_000, unresolvedAgeMsMax: 30_000 } });
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
    room.clearDue();
    room.waits.add(SALE, START_MS);
    room.ports.atMs += 9_999;
    await exits().run();
    expect(decided).toEqual([]);
    expect(room.dueIn('exits')).toBe(1);
    room.ports.atMs += 1;
    await exits().run();
    expect(decided).toMatchObject([{ waitedMs: 10_000 }]);
  });

  it('wait for an unresolved purchase as long as an exit may be tried (A44)', async () => {
    open({ live: { exitWaitMsMax: 10_000, unresolvedAgeMsMax: 30_000, exitAgeMsMax: 60_000 } });
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.waits.add(SALE, START_MS);
    room.ports.atMs += 59_999;
    await exits().run();
    expect(decided).toEqual([]);
    room.ports.atMs += 5_001;
    await exits().run();
    expect(decided).toMatchObject([{ waitedMs: 60_000 }]);
  });
});

describe('the watch', () => {
  it('connects, cancels what is off, asks what is due, and looks at waiting sales', async () => {
    const { switches, schedule, off, connection, questions } = room;
    const asked: string[] = [];
    room.api.fetchOrder = async (orderId) => {
      asked.push(orderId);
      return undefined;
    };
    const watch = new Watch(switches, schedule, off, connection, questions);
    await watch.run();
    expect(due()).toEqual({ watch: 5_000 });
    expect(connection.connects).toBe(1);
    room.orders.add(storedOrder({ state: 'UNKNOWN' }));
    room.waits.add(SALE, START_MS);
    switches.set('SHADOW');
    room.clearDue();
    await watch.run();
    expect(asked).toEqual([ORDER_ID]);
    expect(due()).toMatchObject({ cancel: 0, exits: 0 });
  });

  it('reads trades whose settlement is open only while a sale waits', async () => {
    const { switches, schedule, off, connection, questions } = room;
    const read: string[] = [];
    room.api.fetchTrade = async (tradeId) => {
      read.push(tradeId);
      return [];
    };
    room.orders.add(storedOrder({ state: 'OPEN' }, { seenAtVenue: true, nextAskAtMs: START_MS + 60_000 }));
    room.evidence.take({ ...room.evidence.nothing(), fills: [fillReport()] });
    const watch = new Watch(switches, schedule, off, connection, questions);
    await watch.run();
    expect(read).toEqual([]);
    room.waits.add(SALE, START_MS);
    await watch.run();
    expect(read).toEqual(['trade-1']);
  });
});
