/** What the control document says about one leader. */
import { describe, expect, it } from 'vitest';
import type { Control } from '../../../domain/settings/control.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../../domain/settings/system-settings.ts';
import { earlierSettings } from '../../domain/settings/earlier-settings.ts';
import { controlWith, followerParts } from './follower-parts.ts';
import { LEADER } from './leader-data.ts';

const of = (control: Control | null) => followerParts(control).control;
const without = () => of(null);

describe('the settings of a leader', () => {
  it('are the mode’s own, with what the leader’s overrides name', () => {
    const control = of(
      controlWith({
        paper: { copyRateBps: 700 },
        user: { overrides: { PAPER: {}, LIVE: { copyRateBps: 900 } } },
      }),
    );
    expect(control.settings('PAPER').copyRateBps).toBe(700);
    expect(control.settings('LIVE')).toEqual({ ...earlierSettings('LIVE'), copyRateBps: 900 });
  });

  it('are the defaults without a document', () => {
    const control = without();
    expect(control.settings('LIVE')).toEqual(defaultSettings('LIVE'));
    expect(control.groupWindow()).toEqual({
      quietMs: DEFAULT_SYSTEM_SETTINGS.groupQuietMs,
      ageMsMax: DEFAULT_SYSTEM_SETTINGS.groupAgeMsMax,
    });
    expect(control.user()).toBeUndefined();
  });

  it('allow copies up to the largest age of both modes', () => {
    expect(
      of(controlWith({ paper: { copyAgeMsMax: 9_000 }, live: { copyAgeMsMax: 4_000 } })).copyAgeMsMax(),
    ).toBe(9_000);
    expect(
      of(controlWith({ paper: { copyAgeMsMax: 1_000 }, live: { copyAgeMsMax: 4_000 } })).copyAgeMsMax(),
    ).toBe(4_000);
  });

  it('take the times of a group from the system settings', () => {
    expect(of(controlWith({ system: { groupQuietMs: 7, groupAgeMsMax: 9 } })).groupWindow()).toEqual({
      quietMs: 7,
      ageMsMax: 9,
    });
  });
});

describe('the entry of a leader', () => {
  it('is the one with their address', () => {
    const base = controlWith();
    const [user] = base.followedUsers;
    const stranger = { ...user!, leaderAddress: `0x${'9'.repeat(40)}`, label: 'stranger' };
    const control = of({ ...base, followedUsers: [stranger, user!] } as Control);
    expect(control.user()).toMatchObject({ leaderAddress: LEADER, label: 'leader' });
  });
});

describe('the modes that may copy a leader', () => {
  it('are paper alone while live is OFF, or off for the leader', () => {
    expect(of(controlWith({ liveTrading: 'OFF' })).activeModes()).toEqual(['PAPER']);
    const off = { liveTrading: 'ON', user: { liveOverride: 'FORCE_OFF' } } as const;
    expect(of(controlWith(off)).activeModes()).toEqual(['PAPER']);
  });

  it('are both while live is SHADOW or ON, live first', () => {
    expect(of(controlWith({ liveTrading: 'SHADOW' })).activeModes()).toEqual(['LIVE', 'PAPER']);
    const on = { liveTrading: 'ON', user: { liveOverride: 'FORCE_ON' } } as const;
    expect(of(controlWith(on)).activeModes()).toEqual(['LIVE', 'PAPER']);
  });

  it('are none for a leader who is not in the document, and without one', () => {
    expect(of(controlWith({ user: null, liveTrading: 'ON' })).activeModes()).toEqual([]);
    expect(without().activeModes()).toEqual([]);
  });
});
