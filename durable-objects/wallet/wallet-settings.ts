/** The settings in force for one Wallet, from the newest control document it has; the defaults before the first one. */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { defaultSettings, type ModeSettings, settingsFor } from '../../domain/settings/settings.ts';
import type { ControlCache } from '../platform/control-cache.ts';

export class WalletSettings {
  constructor(
    readonly mode: TradingMode,
    private readonly cache: Pick<ControlCache, 'get'>,
  ) {}

  control(): Control | undefined {
    return this.cache.get();
  }

  /** The version that an attempt records; 0 before the first document. */
  version(): number {
    return this.control()?.version ?? 0;
  }

  /** The settings of the mode, without any leader's overrides. */
  global(): ModeSettings {
    return this.control()?.settings[this.mode] ?? defaultSettings(this.mode);
  }

  /** The settings for this leader. */
  of(leader: LeaderAddress): ModeSettings {
    const user = this.control()?.followedUsers.find((one) => one.leaderAddress === leader);
    return settingsFor(this.global(), user?.overrides[this.mode]);
  }
}
