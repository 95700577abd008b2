/** The switches as a Wallet enforces them: D1 lowers, only the operator's command raises, and SHADOW counts its time. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TradingMode } from '../../../domain/ids.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { WalletSwitches } from '../../../durable-objects/wallet/switches.ts';
import { LEADER } from '../../domain/decide/example-facts.ts';
import { MemoryPorts, START_MS } from '../memory-ports.ts';
import { exampleControl, followed, OTHER_LEADER, walletStores } from './stores.ts';

let ports: MemoryPorts;
let control: Control | undefined;

beforeEach(() => {
  ports = new MemoryPorts();
  control = undefined;
});

/** The switches as the next instance of the Wallet finds them. */
function open(mode: TradingMode = 'LIVE'): WalletSwitches {
  return new WalletSwitches(mode, walletStores(mode, ports).kv, () => control, ports.nowMs);
}

describe('a document of D1', () => {
  it('sets a Wallet that has no state yet: paper as it says, live to SHADOW at most', () => {
    expect([open('PAPER').state(), open('LIVE').state()]).toEqual(['OFF', 'OFF']);
    const paper = open('PAPER');
    paper.lower(exampleControl());
    expect(paper.state()).toBe('ON');
    for (const [liveTrading, expected] of [
      ['ON', 'SHADOW'],
      ['SHADOW', 'SHADOW'],
      ['OFF', 'OFF'],
    ] as const) {
      ports = new MemoryPorts();
      const live = open();
      live.lower(exampleControl({ liveTrading }));
      expect(live.state()).toBe(expected);
    }
  });

  it.each([
    ['OFF', 'ON', 'OFF'],
    ['OFF', 'SHADOW', 'OFF'],
    ['SHADOW', 'ON', 'SHADOW'],
    ['SHADOW', 'OFF', 'OFF'],
    ['ON', 'ON', 'ON'],
    ['ON', 'SHADOW', 'SHADOW'],
    ['ON', 'OFF', 'OFF'],
  ] as const)('takes live from %s, where it says %s, to %s', (state, liveTrading, expected) => {
    open().set(state);
    open().lower(exampleControl({ liveTrading }));
    expect(open().state()).toBe(expected);
  });

  it('takes paper from ON to OFF, and not back', () => {
    const paper = open('PAPER');
    paper.set('ON');
    paper.lower(exampleControl({ paperTrading: 'OFF', liveTrading: 'ON' }));
    expect(paper.state()).toBe('OFF');
    paper.lower(exampleControl({ version: 2 }));
    expect(open('PAPER').state()).toBe('OFF');
  });

  it.each([
    ['INHERIT', 'FORCE_OFF', 'FORCE_OFF'],
    ['INHERIT', 'FORCE_ON', 'INHERIT'],
    ['FORCE_ON', 'INHERIT', 'INHERIT'],
    ['FORCE_OFF', 'FORCE_ON', 'FORCE_OFF'],
    ['FORCE_ON', 'FORCE_ON', 'FORCE_ON'],
  ] as const)(
    'takes a leader’s override from %s, where it says %s, to %s',
    (known, liveOverride, expected) => {
      open().setOverride(LEADER, known);
      open().lower(exampleControl({ followedUsers: [followed({ liveOverride })] }));
      expect(open().override(LEADER)).toBe(expected);
      expect(open().override(OTHER_LEADER)).toBe('INHERIT');
    },
  );

  it('lowers every leader’s override of its own, and none on paper', () => {
    const followedUsers = [followed(), followed({ leaderAddress: OTHER_LEADER, liveOverride: 'FORCE_OFF' })];
    const paper = open('PAPER');
    paper.lower(exampleControl({ followedUsers }));
    expect(paper.override(OTHER_LEADER)).toBe('INHERIT');
    const live = open();
    live.lower(exampleControl({ followedUsers }));
    expect([live.override(LEADER), live.override(OTHER_LEADER)]).toEqual(['INHERIT', 'FORCE_OFF']);
  });
});

describe('the operator’s command', () => {
  it('raises and lowers, and is kept over a restart', () => {
    open().set('ON');
    open().setOverride(LEADER, 'FORCE_ON');
    open().setOverride(OTHER_LEADER, 'FORCE_OFF');
    expect([open().state(), open().override(LEADER), open().override(OTHER_LEADER)]).toEqual([
      'ON',
      'FORCE_ON',
      'FORCE_OFF',
    ]);
    open().set('OFF');
    expect(open().state()).toBe('OFF');
  });
});

describe('what is done for a leader', () => {
  it('is on paper what the switch says', () => {
    open('PAPER').set('ON');
    expect(open('PAPER').effective(LEADER)).toEqual({ state: 'ON', exitOnly: false });
  });

  it('is live nothing for a leader whom the document does not name', () => {
    open().set('ON');
    expect(open().effective(LEADER)).toEqual({ state: 'OFF', exitOnly: true });
    control = exampleControl({ followedUsers: [followed({ leaderAddress: OTHER_LEADER })] });
    expect(open().effective(LEADER)).toEqual({ state: 'OFF', exitOnly: true });
  });

  it.each([
    ['a followed leader', {}, 'INHERIT', { state: 'ON', exitOnly: false }],
    ['a paused one', { paperEnabled: false }, 'INHERIT', { state: 'ON', exitOnly: true }],
    ['a paused one with FORCE_ON', { paperEnabled: false }, 'FORCE_ON', { state: 'ON', exitOnly: false }],
    ['a removed one', { removed: true }, 'FORCE_ON', { state: 'ON', exitOnly: true }],
    ['one with FORCE_OFF', {}, 'FORCE_OFF', { state: 'OFF', exitOnly: false }],
  ] as const)('is live, for %s, by the table of the spec', (_what, part, override, expected) => {
    control = exampleControl({ followedUsers: [followed(part)] });
    open().set('ON');
    open().setOverride(LEADER, override);
    expect(open().effective(LEADER)).toEqual(expected);
  });

  it('is counted by state, exits alone apart', () => {
    expect(open().summary()).toEqual({ OFF: 0, SHADOW: 0, ON: 0, EXIT_ONLY: 0 });
    control = exampleControl({
      followedUsers: [followed(), followed({ leaderAddress: OTHER_LEADER, removed: true })],
    });
    open().set('SHADOW');
    expect(open().summary()).toEqual({ OFF: 0, SHADOW: 1, ON: 0, EXIT_ONLY: 1 });
    open().set('OFF');
    expect(open().summary()).toEqual({ OFF: 2, SHADOW: 0, ON: 0, EXIT_ONLY: 0 });
  });
});

describe('the time in SHADOW', () => {
  it('starts when it is entered, and a restart or another SHADOW does not interrupt it', () => {
    open().set('SHADOW');
    ports.atMs += 1_000;
    open().set('SHADOW');
    open().lower(exampleControl({ liveTrading: 'SHADOW' }));
    expect(open().shadowSinceMs()).toBe(START_MS);
  });

  it.each(['OFF', 'ON'] as const)('ends with %s, and begins anew afterwards', (state) => {
    const switches = open();
    switches.set('SHADOW');
    switches.set(state);
    expect(switches.shadowSinceMs()).toBeUndefined();
    ports.atMs += 1_000;
    switches.set('SHADOW');
    expect([switches.shadowSinceMs(), open().shadowSinceMs()]).toEqual([START_MS + 1_000, START_MS + 1_000]);
  });

  it('counts from the start of the Wallet where none was stored', () => {
    walletStores('LIVE', ports).kv.put('trading', 'SHADOW');
    expect(open().shadowSinceMs()).toBe(START_MS);
    ports.atMs += 1_000;
    expect(open().shadowSinceMs()).toBe(START_MS);
  });

  it('is not counted in any other state', () => {
    open().set('ON');
    expect([open().shadowSinceMs(), walletStores('LIVE', ports).kv.get('shadowSinceMs')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('entries (A61)', () => {
  it('are allowed until somebody stops them, for all or for one leader, and stay stopped over a restart', () => {
    expect([open().entries(LEADER), open().heldEntries(null)]).toEqual(['ON', 'ON']);
    open().setEntries(LEADER, 'OFF');
    expect([open().entries(LEADER), open().entries(OTHER_LEADER)]).toEqual(['OFF', 'ON']);
    open().setEntries(LEADER, 'ON');
    open().setEntries(null, 'OFF');
    expect([open().entries(LEADER), open().heldEntries(LEADER)]).toEqual(['OFF', 'ON']);
    open().setEntries(null, 'ON');
    expect(open().entries(LEADER)).toBe('ON');
  });

  it.each([
    ['ON', 'ON', 'ON'],
    ['ON', 'OFF', 'OFF'],
    ['OFF', 'ON', 'OFF'],
    ['OFF', 'OFF', 'OFF'],
  ] as const)('are taken by D1 from %s, where it says %s, to %s', (state, liveEntries, expected) => {
    open().set('ON');
    open().setEntries(null, state);
    open().setEntries(LEADER, state);
    open().lower(exampleControl({ liveEntries }));
    open().lower(exampleControl({ followedUsers: [followed({ liveEntries })] }));
    expect([open().heldEntries(null), open().heldEntries(LEADER)]).toEqual([expected, expected]);
    expect(open().heldEntries(OTHER_LEADER)).toBe('ON');
  });

  it('of a Wallet without a state start as D1 says', () => {
    open().lower(exampleControl({ liveEntries: 'OFF' }));
    expect(open().heldEntries(null)).toBe('OFF');
  });

  it('are no matter of the paper Wallet', () => {
    open('PAPER').lower(exampleControl({ liveEntries: 'OFF' }));
    expect(open('PAPER').entries(LEADER)).toBe('ON');
  });

  it('leave the states as they are, and are counted for the screen', () => {
    control = exampleControl({
      followedUsers: [followed(), followed({ leaderAddress: OTHER_LEADER, removed: true })],
    });
    open().set('ON');
    open().setEntries(LEADER, 'OFF');
    open().setEntries(OTHER_LEADER, 'OFF');
    expect(open().effective(LEADER)).toEqual({ state: 'ON', exitOnly: false });
    expect(open().loweredAtMs(LEADER)).toBe(0);
    expect(open().leadersWithoutEntries()).toBe(1);
  });
});
