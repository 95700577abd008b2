/** Stopping entries as a command: what it stores and answers, and what refuses to allow them again (A61). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeaderAddress } from '../../../../domain/ids.ts';
import type { EntryState } from '../../../../domain/settings/switches.ts';
import { EntryCommands } from '../../../../durable-objects/wallet/live/entry-commands.ts';
import { LEADER } from '../../../domain/decide/example-facts.ts';
import { START_MS } from '../../memory-ports.ts';
import { followed, ORDER_ID, OTHER_LEADER, storedOrder } from '../stores.ts';
import { type LiveRoom, liveRoom } from './live-room.ts';

let room: LiveRoom;
let commands: EntryCommands;

beforeEach(() => {
  room = liveRoom();
  const { ports, kv, switches, settings, off } = room;
  commands = new EntryCommands(ports.nowMs, kv, switches, settings, off);
});

function set(
  state: EntryState,
  leaderAddress: LeaderAddress | null = null,
  given: { readonly askedAtMs?: number; readonly savedVersion?: number } = {},
) {
  return commands.set({ leaderAddress, state, askedAtMs: given.askedAtMs ?? room.ports.atMs + 1, ...given });
}

function refusal(answer: ReturnType<typeof set>): string | undefined {
  return answer.kind === 'refused' ? answer.reason : undefined;
}

describe('OFF', () => {
  it('is stored, and answers with the purchases that are on their way and those that are canceled', () => {
    const sale = { orderKey: 'sale', orderId: 'sale', idempotencyKey: 'sale', side: 'SELL' } as const;
    room.orders.add(storedOrder({ state: 'SUBMITTED' }));
    room.orders.add(storedOrder({ state: 'OPEN', orderKey: 'b', orderId: 'b', idempotencyKey: 'b' }));
    room.orders.add(storedOrder({ state: 'OPEN', ...sale }));
    expect(set('OFF')).toEqual({
      kind: 'done',
      state: 'ON',
      inFlightOrderIds: [ORDER_ID],
      cancelingOrderIds: ['b'],
    });
    expect(room.switches.entries(LEADER)).toBe('OFF');
    expect(room.dueIn('cancel')).toBe(0);
  });

  it('of one leader leaves the orders of all others alone', () => {
    room.orders.add(storedOrder({ state: 'OPEN' }));
    expect(set('OFF', OTHER_LEADER)).toMatchObject({ kind: 'done', cancelingOrderIds: [] });
    expect([room.switches.entries(LEADER), room.switches.entries(OTHER_LEADER)]).toEqual(['ON', 'OFF']);
    expect(room.dueIn('cancel')).toBeUndefined();
    expect(set('OFF', LEADER)).toMatchObject({ kind: 'done', cancelingOrderIds: [ORDER_ID] });
  });
});

describe.each([
  ['for all', null],
  ['for one leader', LEADER],
] as const)('ON, %s', (_whom, leader) => {
  const document = (liveEntries: EntryState, version: number) =>
    room.setControl(
      leader === null ? { version, liveEntries } : { version, followedUsers: [followed({ liveEntries })] },
    );

  it('is refused when OFF was pressed after it was asked for, or at the same moment', () => {
    set('OFF', leader);
    room.ports.atMs += 5_000;
    const answer = set('ON', leader, { askedAtMs: START_MS });
    expect(answer).toMatchObject({ kind: 'refused', held: 'OFF' });
    expect(refusal(answer)).toBe('entries were stopped after this was asked for');
    expect(set('ON', leader, { askedAtMs: START_MS + 1 }).kind).toBe('done');
    expect(room.switches.heldEntries(leader)).toBe('ON');
  });

  it('is refused while D1 says OFF', () => {
    document('OFF', 9);
    room.switches.setEntries(leader, 'OFF');
    expect(refusal(set('ON', leader))).toContain('meanwhile');
    expect(room.switches.heldEntries(leader)).toBe('OFF');
  });

  it('is refused once a command that was saved later has been answered', () => {
    expect(set('ON', leader, { savedVersion: 7 }).kind).toBe('done');
    expect(refusal(set('ON', leader, { savedVersion: 6 }))).toContain('meanwhile');
    expect(set('ON', leader, { savedVersion: 7 }).kind).toBe('done');
  });
});

it('an OFF for all does not refuse the ON of one leader', () => {
  set('OFF');
  set('OFF', LEADER, { askedAtMs: START_MS });
  room.ports.atMs += 1;
  expect(set('ON', LEADER).kind).toBe('done');
  expect(room.switches.entries(LEADER)).toBe('OFF');
});
