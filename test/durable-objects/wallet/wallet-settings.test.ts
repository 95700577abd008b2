/** The settings in force: the mode's own, with what one leader overrides, and the defaults before the first document. */
import { describe, expect, it } from 'vitest';
import type { Control } from '../../../domain/settings/control.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { WalletSettings } from '../../../durable-objects/wallet/wallet-settings.ts';
import { LEADER } from '../../domain/decide/example-facts.ts';
import { exampleControl, followed, OTHER_LEADER } from './stores.ts';

const settingsOf = (control: Control | undefined, mode: 'PAPER' | 'LIVE' = 'PAPER'): WalletSettings =>
  new WalletSettings(mode, { get: () => control });

describe('without a document', () => {
  it('the defaults of the mode are in force, under version 0', () => {
    for (const mode of ['PAPER', 'LIVE'] as const) {
      const settings = settingsOf(undefined, mode);
      expect(settings.control()).toBeUndefined();
      expect(settings.version()).toBe(0);
      expect(settings.global()).toEqual(defaultSettings(mode));
      expect(settings.of(LEADER)).toEqual(defaultSettings(mode));
    }
  });
});

describe('with a document', () => {
  const settings = {
    PAPER: { ...defaultSettings('PAPER'), copyRateBps: 700 },
    LIVE: { ...defaultSettings('LIVE'), copyRateBps: 300 },
  };
  const overrides = { PAPER: { copyRateBps: 50 }, LIVE: { copyRateBps: 20 } };
  const control = exampleControl({ version: 7, settings, followedUsers: [followed({ overrides })] });

  it('those of the mode are in force', () => {
    expect(settingsOf(control).control()).toBe(control);
    expect(settingsOf(control).version()).toBe(7);
    expect(settingsOf(control).global()).toEqual(settings.PAPER);
    expect(settingsOf(control, 'LIVE').global()).toEqual(settings.LIVE);
  });

  it('a leader’s overrides count for that leader and mode only', () => {
    expect(settingsOf(control).of(LEADER)).toEqual({ ...settings.PAPER, copyRateBps: 50 });
    expect(settingsOf(control, 'LIVE').of(LEADER)).toEqual({ ...settings.LIVE, copyRateBps: 20 });
    expect(settingsOf(control).of(OTHER_LEADER)).toEqual(settings.PAPER);
  });
});
