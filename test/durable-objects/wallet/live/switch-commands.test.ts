/** The live switches as commands: what each does, what refuses a raise, and what the answer names. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SwitchCommands } from '../../../../durable-objects/wallet/live/switch-commands.ts';
import { LEADER } from '../../../domain/decide/example-facts.ts';
import { PRACTICE_KEY } from '../../../system/world/practice-account.ts';
import { START_MS } from '../../memory-ports.ts';
import { followed, ORDER_ID, OTHER_LEADER, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom, type RoomOptions } from './live-room.ts';

const HOUR_MS = 3_600_000;
let room: LiveRoom;
let commands: SwitchCommands;

beforeEach(() => open());

function open(options: RoomOptions = {}): void {
  room = liveRoom({ live: { shadowMsMin: HOUR_MS }, ...options });
  const { ports, kv, switches, settings, account, off, schedule } = room;
  commands = new SwitchCommands(ports, kv, switches, settings, account, off, schedule);
}

/** In SHADOW since an hour ago. */
function shadowed(): void {
  room.switches.set('SHADOW');
  room.ports.atMs += HOUR_MS;
  room.state.setCollateral({ balanceMicros: room.state.collateral()!.balanceMicros, allowanceMicros: {} });
}

function refusal(
  answer: ReturnType<SwitchCommands['setState'] | SwitchCommands['setOverride']>,
): string | undefined {
  return answer.kind === 'refused' ? answer.reason : undefined;
}

describe('OFF', () => {
  it('is stored, and answers with the orders that are on their way and those that are canceled', () => {
    room.orders.add(storedOrder({ state: 'SUBMITTED' }));
    room.orders.add(storedOrder({ state: 'OPEN', orderKey: 'b', orderId: 'b', idempotencyKey: 'b' }));
    expect(commands.setState('OFF')).toEqual({
      kind: 'done',
      state: 'OFF',
      inFlightOrderIds: [ORDER_ID],
      cancelingOrderIds: ['b'],
    });
    expect(room.switches.state()).toBe('OFF');
    expect(room.dueIn('cancel')).toBe(0);
  });

  it('keeps the problems of the account, and cancels nothing where nothing is open', () => {
    room.standing.setProblem('CLOSED_ONLY', 'closed');
    commands.setState('OFF');
    expect(room.standing.problems()).toHaveLength(1);
    expect(room.dueIn('cancel')).toBeUndefined();
  });

  it('refuses a raise that was asked for before it or at the same moment', () => {
    commands.setState('OFF');
    room.ports.atMs += 5_000;
    expect(refusal(commands.setState('SHADOW', START_MS))).toBe('OFF was pressed after this was asked for');
    expect(commands.setState('SHADOW', START_MS + 1).kind).toBe('done');
  });
});

describe('SHADOW', () => {
  it('takes the problems of the account as looked at, and leaves a pause', () => {
    room.standing.setProblem('CLOSED_ONLY', 'closed');
    room.pause.start('a bug');
    expect(commands.setState('SHADOW')).toMatchObject({ kind: 'done', state: 'SHADOW' });
    expect(room.standing.problems()).toHaveLength(0);
    expect(room.pause.reason()).toBe('a bug');
  });
});

describe('a raise', () => {
  it.each([
    ['OFF', 'SHADOW'],
    ['SHADOW', 'ON'],
  ] as const)('is refused while D1 says %s', (saved, state) => {
    room.setControl({ liveTrading: saved });
    room.switches.set('OFF');
    expect(refusal(commands.setState(state))).toBe(`meanwhile live trading was set to ${saved}`);
    expect(room.switches.state()).toBe('OFF');
  });
});

describe('commands in the order in which they were saved', () => {
  beforeEach(() => {
    room.switches.set('OFF');
  });

  it('one is done although the document is newer, where both say the same', () => {
    room.setControl({ version: 9, liveTrading: 'SHADOW' });
    expect(commands.setState('SHADOW', START_MS, 8).kind).toBe('done');
  });

  it('one is refused where a newer document says otherwise, and done where the document is older', () => {
    room.setControl({ version: 9, liveTrading: 'ON' });
    expect(refusal(commands.setState('SHADOW', START_MS, 8))).toBe('meanwhile live trading was set to ON');
    expect(room.switches.state()).toBe('OFF');
    expect(commands.setState('SHADOW', START_MS, 9).kind).toBe('done');
  });

  it('one is refused once a command that was saved later has been answered, whatever the answer', () => {
    shadowed();
    room.setControl({ version: 1, liveTrading: 'ON' });
    room.ports.atMs -= HOUR_MS;
    expect(refusal(commands.setState('ON', START_MS, 7))).toContain('too early');
    expect(refusal(commands.setState('SHADOW', START_MS, 6))).toContain('meanwhile');
    expect(commands.setState('SHADOW', START_MS, 7).kind).toBe('done');
  });

  it('one of a leader is judged by the commands of this leader alone', () => {
    room.setControl({ version: 1, followedUsers: [followed({ liveOverride: 'FORCE_ON' })] });
    expect(commands.setState('SHADOW', START_MS, 9).kind).toBe('done');
    expect(commands.setOverride(LEADER, 'FORCE_ON', START_MS, 5).kind).toBe('done');
    expect(commands.setOverride(OTHER_LEADER, 'INHERIT', START_MS, 4).kind).toBe('done');
    expect(refusal(commands.setOverride(LEADER, 'INHERIT', START_MS, 4))).toBe(
      'meanwhile this leader was set to FORCE_ON',
    );
    expect(room.switches.override(LEADER)).toBe('FORCE_ON');
  });

  it('one of a leader is refused where a newer document says otherwise', () => {
    room.setControl({ version: 9, followedUsers: [followed({ liveOverride: 'FORCE_ON' })] });
    expect(refusal(commands.setOverride(LEADER, 'INHERIT', START_MS, 8))).toContain('FORCE_ON');
    expect(commands.setOverride(LEADER, 'INHERIT', START_MS, 9).kind).toBe('done');
    expect(commands.setOverride(LEADER, 'FORCE_ON', START_MS, 9).kind).toBe('done');
  });
});

describe('ON', () => {
  it('comes after its time in SHADOW, and ends a pause', () => {
    shadowed();
    room.pause.start('a bug');
    expect(commands.setState('ON')).toMatchObject({ kind: 'done', state: 'ON' });
    expect(room.pause.reason()).toBeUndefined();
  });

  it('is refused a millisecond before', () => {
    shadowed();
    room.ports.atMs -= 1;
    expect(refusal(commands.setState('ON'))).toContain('ON comes too early: ');
    expect(room.switches.state()).toBe('SHADOW');
  });

  it('is refused from OFF', () => {
    room.switches.set('OFF');
    expect(refusal(commands.setState('ON'))).toBe('live trading is OFF: switch to SHADOW first');
  });

  it('where it is ON already needs no SHADOW', () => {
    expect(commands.setState('ON').kind).toBe('done');
  });

  it('is refused while secrets are missing or malformed, each in words', () => {
    open({ secrets: {} });
    expect(refusal(commands.setState('ON'))).toContain('these secrets are not set: POLYMARKET_PRIVATE_KEY, ');
    open({
      secrets: {
        POLYMARKET_PRIVATE_KEY: PRACTICE_KEY.slice(3),
        POLYMARKET_FUNDER_ADDRESS: 'x',
        POLYMARKET_SIGNATURE_TYPE: '3',
      },
    });
    expect(refusal(commands.setState('ON'))).toContain('POLYMARKET_');
  });

  it('is refused without credentials, and before the account was read', () => {
    room.connection.isConnected = false;
    expect(refusal(commands.setState('ON'))).toContain('credentials yet');
    open({ unopened: true });
    expect(refusal(commands.setState('ON'))).toContain('the account has not been read yet');
  });
});

describe('a leader’s override', () => {
  it('is stored and answers with the orders that it ends', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    expect(commands.setOverride(LEADER, 'FORCE_OFF')).toMatchObject({
      kind: 'done',
      state: 'ON',
      cancelingOrderIds: [ORDER_ID],
    });
    expect(room.switches.override(LEADER)).toBe('FORCE_OFF');
    expect(room.dueIn('cancel')).toBe(0);
  });

  it('OFF refuses a raise for this leader that was asked for before', () => {
    commands.setOverride(LEADER, 'FORCE_OFF');
    expect(refusal(commands.setOverride(LEADER, 'INHERIT', START_MS))).toBe(
      'OFF was pressed for this leader after this was asked for',
    );
    expect(room.switches.override(LEADER)).toBe('FORCE_OFF');
    expect(commands.setOverride(LEADER, 'INHERIT', START_MS + 1).kind).toBe('done');
  });

  it('is not held by an OFF of all', () => {
    commands.setState('OFF');
    expect(commands.setOverride(LEADER, 'INHERIT', START_MS).kind).toBe('done');
  });
});
