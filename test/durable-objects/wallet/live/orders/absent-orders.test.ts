/** An order that is proven absent: sent again while everything still speaks for it, else ended; never anything between. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReasonCode } from '../../../../../domain/decide/reasons.ts';
import type { ModeSettings } from '../../../../../domain/settings/settings.ts';
import {
  AbsentOrders,
  ResendCheck,
} from '../../../../../durable-objects/wallet/live/orders/absent-orders.ts';
import type { StoredOrder } from '../../../../../durable-objects/wallet/live/orders/order-store.ts';
import { LEADER } from '../../../../domain/decide/example-facts.ts';
import { START_MS } from '../../../memory-ports.ts';
import { exampleIntent, ORDER_ID, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom } from '../live-room.ts';

let room: LiveRoom;
let check: ResendCheck;
let absent: AbsentOrders;

beforeEach(() => open({ copyAgeMsMax: 60_000 }));

function open(live: Partial<ModeSettings>): void {
  room = liveRoom({ live });
  check = new ResendCheck(room.switches, room.settings, room.pause, room.account, room.submission);
  absent = new AbsentOrders(room.ports, room.orders, room.changes, room.submission, check);
}

/** An order of unknown outcome whose leader traded this long ago. */
function unknown(
  record: Parameters<typeof storedOrder>[0] = {},
  { ageMs = 1_000, waitedMs = 0, turnedAway = null as ReasonCode | null } = {},
): StoredOrder {
  const side = record.side ?? 'BUY';
  const intent = exampleIntent({ side, leaderEventAtMs: START_MS - ageMs, waitedMs });
  const order = storedOrder(
    { state: 'UNKNOWN', submits: 1, ...record },
    { intent, waitClass: true, turnedAway },
  );
  room.orders.add(order);
  return order;
}

function order(): StoredOrder {
  return room.orders.byId(ORDER_ID)!;
}

describe('an absent order', () => {
  it('is posted again with the same bytes under fresh headers, counted, and given its time', async () => {
    unknown();
    absent.take(ORDER_ID);
    expect(room.api.posts).toMatchObject([{ body: '{}', headers: { signed: '{}' } }]);
    expect(order()).toMatchObject({
      sentAtMs: START_MS,
      waitClass: false,
      nextAskAtMs: START_MS + 5_000 + 1_000,
      record: { state: 'SUBMITTED', submits: 2, submittedAtMs: START_MS },
    });
  });

  it('ends as never arrived when it may not be sent again', async () => {
    unknown({ submits: 3 });
    absent.take(ORDER_ID);
    expect(room.api.posts).toHaveLength(0);
    expect(order().record).toMatchObject({ state: 'REJECTED', lastError: 'the venue never had it' });
  });

  it('that the venue turned away for a passing reason ends CANCELED, never REJECTED (A59)', async () => {
    unknown({ submits: 3, lastError: 'RESTARTING: soon' }, { turnedAway: 'LIVE_VENUE_RESTARTING' });
    absent.take(ORDER_ID);
    expect(room.api.posts).toHaveLength(0);
    expect(order()).toMatchObject({
      endedByAbsence: true,
      record: { state: 'CANCELED', filledShareMicros: 0n, lastError: 'RESTARTING: soon' },
    });
  });

  it('that is posted again is not turned away any more: without an answer it never arrived (A59)', async () => {
    unknown({}, { turnedAway: 'LIVE_VENUE_RESTARTING' });
    absent.take(ORDER_ID);
    expect(order()).toMatchObject({ turnedAway: null, record: { state: 'SUBMITTED', submits: 2 } });
    room.submission.lost(order(), 'no answer');
    room.switches.set('OFF');
    absent.take(ORDER_ID);
    expect(order().record).toMatchObject({ state: 'REJECTED', lastError: 'the venue never had it' });
  });

  it('is left alone in every other state, and where it is not ours', async () => {
    absent.take(ORDER_ID);
    room.orders.add(storedOrder({ state: 'OPEN' }));
    absent.take(ORDER_ID);
    expect(order().record.state).toBe('OPEN');
    expect(room.api.posts).toHaveLength(0);
  });

  it('that is not UNKNOWN does not wait for the venue either', async () => {
    unknown({ state: 'OPEN' });
    room.standing.setCondition('RESTARTING', '', 20_000);
    absent.take(ORDER_ID);
    expect(order().nextAskAtMs).toBe(START_MS);
  });

  it('waits for the venue to take orders again, and is asked about then', async () => {
    unknown();
    const untilMs = room.standing.setCondition('RESTARTING', '', 20_000);
    absent.take(ORDER_ID);
    expect(order()).toMatchObject({ nextAskAtMs: untilMs, record: { state: 'UNKNOWN' } });
    expect(room.dueIn('watch')).toBe(20_000);
  });

  it('ends when the intent is too old once the venue takes orders again', async () => {
    unknown();
    room.standing.setCondition('RESTARTING', '', 60_000);
    absent.take(ORDER_ID);
    expect(order().record.state).toBe('REJECTED');
  });

  it('ends when no credentials are left to sign its headers', async () => {
    unknown();
    room.connection.isConnected = false;
    absent.take(ORDER_ID);
    expect(order().record.state).toBe('REJECTED');
  });
});

describe('an absent order may be sent again', () => {
  const may = (given: StoredOrder): boolean => check.mayResend(given, START_MS);

  it('while the leader is ON, the intent fresh, the account ready and a call free', () => {
    expect(may(unknown())).toBe(true);
  });

  it.each(['OFF', 'SHADOW'] as const)('not in %s', (state) => {
    room.switches.set(state);
    expect(may(unknown())).toBe(false);
  });

  it('for a leader whose exits alone are copied, only as a sale', () => {
    const user = room.settings.control()!.followedUsers[0]!;
    room.setControl({ followedUsers: [{ ...user, removed: true }] });
    expect(room.switches.effective(LEADER)).toMatchObject({ state: 'ON', exitOnly: true });
    expect(may(storedOrder({ side: 'BUY', submits: 1 }, { intent: freshIntent('BUY') }))).toBe(false);
    expect(may(storedOrder({ side: 'SELL', submits: 1 }, { intent: freshIntent('SELL') }))).toBe(true);
  });

  it.each([null, LEADER])('only as a sale while entries are stopped (A61), for %s', (leader) => {
    room.switches.setEntries(leader, 'OFF');
    expect(may(storedOrder({ side: 'BUY', submits: 1 }, { intent: freshIntent('BUY') }))).toBe(false);
    expect(may(storedOrder({ side: 'SELL', submits: 1 }, { intent: freshIntent('SELL') }))).toBe(true);
  });

  it('not a fourth time', () => {
    expect(may(unknown({ submits: 2 }))).toBe(true);
    expect(may(unknown({ submits: 3, orderKey: 'b', idempotencyKey: 'b' }))).toBe(false);
  });

  it('not while the Wallet is paused', () => {
    room.pause.start('a bug');
    expect(may(unknown())).toBe(false);
  });

  it('as long as the intent is at most as old as the setting says; its own wait does not count', () => {
    expect(may(unknown({}, { ageMs: 60_000 }))).toBe(true);
    open({ copyAgeMsMax: 60_000 });
    expect(may(unknown({}, { ageMs: 60_001 }))).toBe(false);
    open({ copyAgeMsMax: 60_000 });
    expect(may(unknown({}, { ageMs: 65_000, waitedMs: 5_000 }))).toBe(true);
  });

  it('not while the account is not ready', () => {
    room.standing.setProblem('CLOCK_SKEW', '');
    expect(may(unknown())).toBe(false);
  });

  it('not while no call is free', () => {
    for (let taken = 0; taken < 5; taken += 1) room.slots.take('cancel');
    expect(may(unknown())).toBe(false);
  });

  function freshIntent(side: 'BUY' | 'SELL') {
    return exampleIntent({ side, leaderEventAtMs: START_MS });
  }
});

describe('waiting for the venue', () => {
  it('helps until the condition ends, not from then on', () => {
    const given = unknown();
    const untilMs = room.standing.setCondition('RESTARTING', '', 20_000);
    expect(check.laterMs(given, untilMs - 1)).toBe(untilMs);
    expect(check.laterMs(given, untilMs)).toBeUndefined();
  });

  it('does not help without a condition, an intent that stays fresh, or a POST that is left', () => {
    expect(check.laterMs(unknown(), START_MS)).toBeUndefined();
    room.standing.setCondition('RESTARTING', '', 59_000);
    expect(check.laterMs(storedAt(1_000, 2), START_MS)).toBe(START_MS + 59_000);
    expect(check.laterMs(storedAt(1_001, 2), START_MS)).toBeUndefined();
    expect(check.laterMs(storedAt(1_000, 3), START_MS)).toBeUndefined();
  });

  function storedAt(ageMs: number, submits: number): StoredOrder {
    return storedOrder({ submits }, { intent: exampleIntent({ leaderEventAtMs: START_MS - ageMs }) });
  }
});
