/** The gate of the account in its order, its problems, the calls to the venue and the health that the pages show. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ModeSettings } from '../../../../../domain/settings/settings.ts';
import { LiveHealth, OpenWork } from '../../../../../durable-objects/wallet/live/health.ts';
import { VenueError } from '../../../../../polymarket/wire/venue-error.ts';
import { LEADER, usd } from '../../../../domain/decide/example-facts.ts';
import { PRACTICE_FUNDER } from '../../../../system/world/practice-account.ts';
import { START_MS } from '../../../memory-ports.ts';
import { fillReport, ORDER_ID, storedOrder } from '../../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from '../live-room.ts';

const STALE_MS = 190_000;
let room: LiveRoom;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom(options);
}

function settings(part: Partial<ModeSettings> = {}): ModeSettings {
  return { ...room.settings.of(LEADER), ...part };
}

const gate = (side: 'BUY' | 'SELL' = 'BUY', part: Partial<ModeSettings> = {}) =>
  room.account.gate(side, settings(part));

describe('the gate', () => {
  it('is open when all is ready', () => {
    expect([gate('BUY'), gate('SELL')]).toEqual([null, null]);
  });

  it('names the first reason in this order', () => {
    room.standing.setCondition('RESTARTING', '', 60_000);
    expect(gate()).toBe('LIVE_VENUE_RESTARTING');
    room.connection.downMs = 999_999;
    expect(gate()).toBe('LIVE_WS_DOWN');
    room.ports.atMs += STALE_MS + 1;
    expect(gate()).toBe('LIVE_ACCOUNT_UNREAD');
    room.standing.setProblem('CLOCK_SKEW', '');
    expect(gate()).toBe('LIVE_CLOCK_SKEW');
    room.check.isAsked = false;
    expect(gate()).toBe('LIVE_ACCOUNT_UNREAD');
    room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] });
    expect(gate()).toBe('LIVE_ACCOUNT_PROBLEM');
    room.connection.isConnected = false;
    // With a wrong clock the venue refuses the key too: the clock is what to set right.
    room.standing.setProblem('API_KEY_REFUSED', '');
    expect(gate()).toBe('LIVE_CLOCK_SKEW');
    room.standing.clearProblem('CLOCK_SKEW');
    expect(gate()).toBe('LIVE_AUTH_FAILED');
    open({ secrets: {} });
    expect(gate()).toBe('LIVE_AUTH_MISSING');
  });

  it('stays shut before the account was opened', () => {
    open({ unopened: true });
    expect(gate('SELL')).toBe('LIVE_ACCOUNT_UNREAD');
  });

  it('lets sales pass a stale balance, from 190 seconds on', () => {
    room.ports.atMs += STALE_MS;
    expect(gate('BUY')).toBeNull();
    room.ports.atMs += 1;
    expect([gate('BUY'), gate('SELL')]).toEqual(['LIVE_ACCOUNT_UNREAD', null]);
  });

  it('takes a channel that is down no longer than the setting says', () => {
    room.connection.downMs = 5_000;
    expect(gate('BUY', { channelDownMsMax: 5_000 })).toBeNull();
    expect(gate('BUY', { channelDownMsMax: 4_999 })).toBe('LIVE_WS_DOWN');
  });
});

describe('the account', () => {
  it('is starting until it is connected, checked and read', () => {
    expect(room.account.isStarting()).toBe(false);
    room.check.isAsked = false;
    expect(room.account.isStarting()).toBe(true);
    room.check.isAsked = true;
    room.connection.isConnected = false;
    expect(room.account.isStarting()).toBe(true);
    open();
    room.ports.atMs += STALE_MS + 1;
    expect(room.account.isStarting()).toBe(true);
    open({ secrets: {} });
    expect(room.account.isStarting()).toBe(false);
  });

  it('is another when the funder of the secrets is not the one it was opened with', () => {
    expect(room.account.isOther()).toBe(false);
    room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] });
    expect(room.account.isOther()).toBe(true);
    expect(room.account.status().account.problem).toContain('OTHER_ACCOUNT');
    room.connection.isConnected = false;
    expect(room.account.isOther()).toBe(false);
    open({ unopened: true });
    expect(room.account.isOther()).toBe(false);
  });

  it.each([
    [6_000, false],
    [6_001, true],
    [-6_001, true],
  ])('with a venue clock %i ms away has a problem: %s', async (awayMs, isProblem) => {
    room.api.fetchTimeMs = async () => START_MS + awayMs;
    await room.account.probe();
    expect(room.standing.problems()).toHaveLength(isProblem ? 1 : 0);
    room.api.fetchTimeMs = async () => START_MS;
    await room.account.probe();
    expect(room.standing.problems()).toHaveLength(0);
  });

  it('that may only close positions has a problem until the venue says otherwise', async () => {
    room.api.fetchClosedOnly = async () => true;
    await room.account.probe();
    expect(room.account.status().account.problem).toBe(
      'CLOSED_ONLY: the venue lets this account only close positions',
    );
    expect([gate('BUY'), gate('SELL')]).toEqual(['LIVE_ACCOUNT_PROBLEM', null]);
    room.api.fetchClosedOnly = async () => false;
    await room.account.probe();
    expect(room.standing.problems()).toHaveLength(0);
  });

  it('is not probed without credentials', async () => {
    room.connection.isConnected = false;
    room.api.fetchClosedOnly = async () => true;
    await room.account.probe();
    expect(room.standing.problems()).toHaveLength(0);
  });

  it('keeps whole seconds of its opening', () => {
    room.state.setOpened({ startMs: START_MS + 1_234, funder: PRACTICE_FUNDER, trades: ['t'] });
    expect(room.state.openedAtMs()).toBe(START_MS + 1_000);
    expect(room.state.readThroughMs()).toBe(START_MS + 1_234);
    expect(room.state.openingTrades()).toEqual(['t']);
  });

  it('knows an allowance by the contract’s address in any case', () => {
    room.state.setCollateral({ balanceMicros: usd('1'), allowanceMicros: { '0xab': 7n } });
    expect(room.state.allowance('0xAB')).toBe(7n);
    expect(room.state.allowance('0xcd')).toBeUndefined();
  });

  it('shows only the ends of its API key', () => {
    expect(room.account.status().account.apiKeyMasked).toBe('abcd…ijkl');
  });

  it('shows a condition of the venue until it has passed', () => {
    room.standing.setCondition('RESTARTING', '', 5_000);
    expect(room.account.status().account).toMatchObject({
      venueCondition: 'RESTARTING',
      venueUntilAtMs: START_MS + 5_000,
    });
    room.ports.atMs += 5_000;
    expect(room.account.status().account).toMatchObject({ venueCondition: null, venueUntilAtMs: null });
  });
});

describe('a read of the venue', () => {
  it('runs within a slot and gives it back', async () => {
    const waiting = room.calls.read(() => Promise.resolve(7));
    expect(await waiting).toBe(7);
    await expect(room.calls.read(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    for (let taken = 0; taken < 3; taken += 1) room.slots.take('read');
    expect(room.slots.free('read')).toBe(false);
  });

  it('without credentials fails', async () => {
    room.connection.isConnected = false;
    await expect(room.calls.read(() => Promise.resolve(7))).rejects.toThrow('no credentials');
  });

  it('that is refused with 401 forgets the credentials; with another status it does not', async () => {
    const failing = (status: number) => () =>
      Promise.reject(
        Object.assign(Object.create(VenueError.prototype) as VenueError, { status, message: 'x' }),
      );
    await expect(room.calls.read(failing(500))).rejects.toBeDefined();
    expect(room.connection.isConnected).toBe(true);
    await expect(room.calls.read(failing(401))).rejects.toBeDefined();
    expect(room.connection.isConnected).toBe(false);
    expect(room.standing.problems()).toMatchObject([{ problem: 'API_KEY_REFUSED' }]);
  });
});

describe('the health of the live Wallet', () => {
  function health(overdueBeforeMs = START_MS): LiveHealth {
    const { kv, switches, account, orders, waits, purchases, differences, quarantine, settings } = room;
    const nowMs = () => overdueBeforeMs + settings.global().unresolvedAgeMsMax;
    const openWork = new OpenWork(nowMs, settings, orders, waits, purchases);
    return new LiveHealth(kv, switches, account, openWork, differences, quarantine);
  }

  it('is good when nothing is wrong', () => {
    expect(health().isHealthy()).toBe(true);
  });

  it('is good without secrets while live is OFF, and bad when it is not', () => {
    open({ secrets: {} });
    expect(health().isHealthy()).toBe(false);
    room.switches.set('OFF');
    expect(health().isHealthy()).toBe(true);
  });

  it('is bad with malformed secrets even while OFF', () => {
    open({
      secrets: {
        POLYMARKET_PRIVATE_KEY: 'x',
        POLYMARKET_FUNDER_ADDRESS: 'y',
        POLYMARKET_SIGNATURE_TYPE: '3',
      },
    });
    room.switches.set('OFF');
    expect(health().isHealthy()).toBe(false);
  });

  const faults: readonly (readonly [string, () => unknown])[] = [
    ['a problem of the account', () => room.standing.setProblem('CLOSED_ONLY', '')],
    ['another account', () => room.state.setOpened({ startMs: START_MS, funder: 'another', trades: [] })],
    ['a stale balance', () => room.ports.advance(STALE_MS + 1)],
    ['a reading that failed', () => room.kv.put('reconcileError', 'x')],
    [
      'an order that is overdue',
      () => room.orders.add(storedOrder({ state: 'UNKNOWN', createdAtMs: START_MS - 1 })),
    ],
    ['a lost connection', () => room.connection.disconnect()],
  ];

  it.each(faults)('is bad with %s', async (_what, breakIt) => {
    await breakIt();
    expect(health().isHealthy()).toBe(false);
  });

  it('takes a resting order as overdue only when its outcome or a trade of it is unknown', () => {
    const rows = [
      [{ state: 'OPEN', orderType: 'GTC' }, [], 0],
      [{ state: 'UNKNOWN', orderType: 'GTC' }, [], 1],
      [{ state: 'OPEN', orderType: 'FAK' }, [], 1],
      [{ state: 'OPEN', orderType: 'GTC' }, ['t9'], 1],
    ] as const;
    for (const [record, tradeIds, overdue] of rows) {
      open();
      room.orders.add(storedOrder({ createdAtMs: START_MS - 1, ...record }, { tradeIds }));
      expect(health().status().orders.overdue, JSON.stringify(record)).toBe(overdue);
      expect(health(START_MS - 1).status().orders.overdue).toBe(0);
    }
  });

  it('takes a resting order with a booked trade as not overdue', () => {
    room.orders.add(
      storedOrder(
        { createdAtMs: START_MS - 1, state: 'OPEN', orderType: 'GTC' },
        { tradeIds: ['trade-1'], seenAtVenue: true },
      ),
    );
    room.evidence.take({
      ...room.evidence.nothing(),
      fills: [fillReport({ shareMicros: 1_000_000n as never })],
    });
    expect(health().status().orders.overdue).toBe(0);
  });

  it('counts open and unresolved orders, and names the oldest', () => {
    room.orders.add(storedOrder({ state: 'OPEN', createdAtMs: START_MS - 5, lastError: 'x' }));
    for (const [key, ageMs] of [
      ['b', 3],
      ['c', 4],
    ] as const)
      room.orders.add(
        storedOrder({
          orderKey: key,
          orderId: key,
          idempotencyKey: key,
          state: 'UNKNOWN',
          createdAtMs: START_MS - ageMs,
        }),
      );
    expect(health().status().orders).toMatchObject({
      open: 3,
      unresolved: 2,
      oldestUnresolvedAtMs: START_MS - 4,
    });
    expect(health().status().openOrders).toContain(`${ORDER_ID} BUY OPEN x`);
  });
});
