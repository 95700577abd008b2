/**
 * What the operator's control document says about one leader. Without a document the leader is unknown: defaults apply and
 * no mode copies them.
 */
import { type LeaderAddress, TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { FollowedUserControl } from '../../domain/settings/control.ts';
import { defaultSettings, type ModeSettings, settingsFor } from '../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../domain/settings/system-settings.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { ControlCache } from '../platform/control-cache.ts';
import type { GroupWindow } from './groups.ts';

export class LeaderControl {
  constructor(
    readonly leaderAddress: LeaderAddress,
    private readonly control: ControlCache,
  ) {}

  /** The leader's entry; undefined while they are not in the document, or there is none. */
  user(): FollowedUserControl | undefined {
    return this.control.get()?.followedUsers.find((one) => one.leaderAddress === this.leaderAddress);
  }

  /** Whether they were not followed yet, or are not known to be. Event times are whole seconds: the second of the follow counts. */
  isHistory(eventAtMs: number): boolean {
    const user = this.user();
    return user === undefined || eventAtMs < user.followFromMs - (user.followFromMs % SECOND_MS);
  }

  /** The mode's settings with the leader's own overrides. */
  settings(mode: TradingMode): ModeSettings {
    const global = this.control.get()?.settings[mode] ?? defaultSettings(mode);
    return settingsFor(global, this.user()?.overrides[mode]);
  }

  /** The longest age at which any mode still copies a fill. */
  copyAgeMsMax(): number {
    return Math.max(...TRADING_MODES.map((mode) => this.settings(mode).copyAgeMsMax));
  }

  groupWindow(): GroupWindow {
    const system = this.control.get()?.system ?? DEFAULT_SYSTEM_SETTINGS;
    return { quietMs: system.groupQuietMs, ageMsMax: system.groupAgeMsMax };
  }

  /** Modes that may copy this leader now, so that no other is called; the Wallet itself checks again. */
  activeModes(): readonly TradingMode[] {
    const control = this.control.get();
    const user = this.user();
    if (control === undefined || user === undefined) return [];
    const live = control.liveTrading !== 'OFF' && user.liveOverride !== 'FORCE_OFF';
    return live ? ['LIVE', 'PAPER'] : ['PAPER'];
  }
}
