import { describe, expect, it } from 'vitest';
import { readStoredControl } from '../../../domain/settings/stored-control.ts';
import { initialControl } from '../../../ledger/write/control-store.ts';
import { LEADER } from '../../ledger/records.ts';

const user = {
  leaderAddress: LEADER,
  label: 'Whale',
  paperEnabled: true,
  liveOverride: 'INHERIT',
  liveEntries: 'ON',
  followFromMs: 0,
  removed: false,
  overrides: { PAPER: { copyRateBps: 50 }, LIVE: {} },
} as const;
const control = { ...initialControl(), followedUsers: [user] };

/** The document as a later release might write it: with one field more on every level. */
function ofLaterRelease(): unknown {
  const { settings, system, followedUsers } = control;
  return {
    ...control,
    sound: 'loud',
    system: { ...system, cores: 4 },
    settings: {
      PAPER: { ...settings.PAPER, colour: 'red' },
      LIVE: { ...settings.LIVE, colour: { deep: 1 } },
    },
    followedUsers: followedUsers.map((one) => ({
      ...one,
      mood: 'good',
      overrides: { ...one.overrides, PAPER: { ...one.overrides.PAPER, colour: 'blue' }, DEMO: {} },
    })),
  };
}

describe('a stored control document', () => {
  it('of this release is read as it is', () => {
    expect(readStoredControl(structuredClone(control))).toEqual(control);
  });

  it('of a later release is read without what this one does not know, on every level', () => {
    const stored = ofLaterRelease();
    const before = JSON.stringify(stored);
    expect(readStoredControl(stored)).toEqual(control);
    expect(JSON.stringify(stored)).toBe(before);
  });

  it.each([
    ['a state of the switch', { liveTrading: 'HALF' }],
    ['a version', { version: '7' }],
    [
      'a setting',
      { settings: { ...control.settings, LIVE: { ...control.settings.LIVE, belowMinPolicy: 'WAIT' } } },
    ],
    ['a leader', { followedUsers: [{ ...user, liveOverride: 'FORCE_SHADOW' }] }],
  ])('is not read where %s has a value that this release does not know', (_, change) => {
    expect(readStoredControl({ ...control, ...change })).toBeUndefined();
    expect(readStoredControl({ ...control, ...change, sound: 'loud' })).toBeUndefined();
  });

  it.each([[null], [undefined], [[]], ['text'], [7], [{}]])('is not read from %j', (stored) => {
    expect(readStoredControl(stored)).toBeUndefined();
  });
});
