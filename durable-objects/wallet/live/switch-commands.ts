/**
 * The live switches as commands: what the operator's OFF, SHADOW or ON does, and its answer. OFF is stored before anything
 * else in the same turn; ON is refused with a sentence while something prevents it (A17) or its time in SHADOW is not over
 * (R102).
 */

import type { LeaderAddress } from '../../../domain/ids.ts';
import { formatShadowTime, shadowTime } from '../../../domain/settings/shadow-time.ts';
import {
  type LiveOverride,
  type LiveState,
  lowerOverride,
  lowerState,
} from '../../../domain/settings/switches.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { LiveAcknowledgement } from '../../rpc.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import type { LiveAccount } from './account/account.ts';
import { CommandOrder } from './command-order.ts';
import type { OffOrders } from './off-orders.ts';
import type { LiveSchedule } from './schedule.ts';

export class SwitchCommands {
  /** '' is the global switch. */
  private readonly order = new CommandOrder();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly settings: WalletSettings,
    private readonly account: LiveAccount,
    private readonly off: OffOrders,
    private readonly schedule: LiveSchedule,
  ) {}

  /**
   * `askedAtMs` is when the operator asked: a raise that was on its way while OFF was acknowledged is refused (A17).
   * `savedVersion` is the version of the document that carries the state: commands are taken in the order in which they were
   * saved, so that the newest answer and the newest document agree.
   */
  setState(state: LiveState, askedAtMs = this.ports.nowMs(), savedVersion?: number): LiveAcknowledgement {
    const { switches, kv, ports, account } = this;
    if (state === 'OFF') kv.put('offAt', ports.nowMs());
    else {
      const held = switches.state();
      const saved = this.settings.control()?.liveTrading ?? 'OFF';
      if (lowerState(saved, state) !== state || this.isOvertaken('', savedVersion, saved !== state))
        return { kind: 'refused', reason: `meanwhile live trading was set to ${saved}`, held };
      if (askedAtMs <= (kv.get('offAt') ?? -1))
        return { kind: 'refused', reason: 'OFF was pressed after this was asked for', held };
    }
    if (state === 'ON') {
      const obstacle = this.tooEarly() ?? this.obstacle();
      if (obstacle !== undefined) return { kind: 'refused', reason: obstacle, held: switches.state() };
      kv.delete('paused');
    }
    switches.set(state);
    // The operator switches on after they have looked at what was wrong.
    if (state !== 'OFF') account.standing.clearProblem();
    const answer = this.off.acknowledge();
    this.schedule.wake();
    return answer;
  }

  setOverride(
    leader: LeaderAddress,
    override: LiveOverride,
    askedAtMs = this.ports.nowMs(),
    savedVersion?: number,
  ): LiveAcknowledgement<LiveOverride> {
    const { switches, kv, ports } = this;
    const key = `offAt:${leader}` as const;
    if (override === 'FORCE_OFF') kv.put(key, ports.nowMs());
    else {
      const held = switches.override(leader);
      const saved = this.savedOverride(leader) ?? override;
      if (
        lowerOverride(saved, override) !== override ||
        this.isOvertaken(leader, savedVersion, saved !== override)
      )
        return { kind: 'refused', reason: `meanwhile this leader was set to ${saved}`, held };
      if (askedAtMs <= (kv.get(key) ?? 0))
        return { kind: 'refused', reason: 'OFF was pressed for this leader after this was asked for', held };
    }
    switches.setOverride(leader, override);
    return this.off.acknowledge();
  }

  /** Whether a command that was saved later has been answered, or stands in the Wallet's document and says otherwise. */
  private isOvertaken(
    which: LeaderAddress | '',
    savedVersion: number | undefined,
    documentDiffers: boolean,
  ): boolean {
    if (savedVersion === undefined) return false;
    const isLate = this.order.isOvertaken(which, savedVersion);
    return isLate || (documentDiffers && savedVersion < (this.settings.control()?.version ?? 0));
  }

  private savedOverride(leader: LeaderAddress): LiveOverride | undefined {
    return this.settings.control()?.followedUsers.find((user) => user.leaderAddress === leader)?.liveOverride;
  }

  /** Why the step to ON comes too early, as a sentence. Undefined when it is ON already. */
  private tooEarly(): string | undefined {
    const { switches, ports } = this;
    if (switches.state() === 'ON') return undefined;
    const sinceMs = switches.shadowSinceMs();
    if (sinceMs === undefined) return 'live trading is OFF: switch to SHADOW first';
    const { shadowMsMin } = this.settings.global();
    const time = shadowTime({ sinceMs, nowMs: ports.nowMs(), wantedMs: shadowMsMin });
    return time.leftMs > 0 ? `ON comes too early: ${formatShadowTime(time)}` : undefined;
  }

  /** Why live may not be switched on now, as a sentence. */
  private obstacle(): string | undefined {
    const { account } = this;
    const { secrets } = account.connection;
    if (secrets.kind === 'missing') return `these secrets are not set: ${secrets.names.join(', ')}`;
    if (secrets.kind === 'malformed') return secrets.sentence;
    if (account.ready() === null) return 'the venue has not given us credentials yet; see the Status page';
    if (account.state.openedAtMs() === undefined)
      return 'the account has not been read yet; try again in a minute';
    return undefined;
  }
}
