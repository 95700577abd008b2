/**
 * The live switches as commands: what a person's OFF, SHADOW or ON does, and what it answers. OFF is stored before anything
 * else in the same turn; ON is refused in words while something stands against it (A17), and comes only after its time in
 * SHADOW (R102).
 */

import type { LeaderAddress } from '../../../domain/ids.ts';
import type { Control } from '../../../domain/settings/control.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import { formatShadowTime, shadowTime } from '../../../domain/settings/shadow-time.ts';
import { type LiveOverride, type LiveState, lowerState } from '../../../domain/settings/switches.ts';
import type { ObjectPorts } from '../../platform/ports.ts';
import type { LiveAcknowledgement } from '../../rpc.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { WalletSwitches } from '../switches.ts';
import type { LiveAccount } from './account.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

/** What a switch answers: from then on no further order leaves; these are still on their way or being canceled. */
export interface SwitchCommandsParts {
  readonly ports: ObjectPorts;
  readonly kv: WalletKeyValue;
  readonly switches: WalletSwitches;
  readonly account: LiveAccount;
  readonly orders: OrderStore;
  readonly control: () => Control | undefined;
  readonly wake: () => void;
  /** Starts canceling what is not ON any more. */
  readonly cancel: () => void;
}

export class SwitchCommands {
  constructor(private readonly parts: SwitchCommandsParts) {}

  /** `askedAtMs` is when the person asked: a raise that was on its way while OFF was acknowledged is refused (A17). */
  setState(state: LiveState, askedAtMs = this.parts.ports.nowMs()): LiveAcknowledgement {
    const { switches, kv, ports, account } = this.parts;
    if (state === 'OFF') kv.put('offAt', ports.nowMs());
    else {
      const saved = this.parts.control()?.liveTrading ?? 'OFF';
      if (lowerState(saved, state) !== state)
        return { kind: 'refused', reason: `meanwhile live trading was set to ${saved}` };
      if (askedAtMs <= (kv.get('offAt') ?? -1))
        return { kind: 'refused', reason: 'OFF was pressed after this was asked for' };
    }
    if (state === 'ON') {
      const obstacle = this.tooEarly() ?? this.obstacle();
      if (obstacle !== undefined) return { kind: 'refused', reason: obstacle };
      kv.delete('paused');
    }
    switches.set(state);
    // Switching on is the word of a person who has looked at what was wrong.
    if (state !== 'OFF') account.standing.clearProblem();
    this.parts.wake();
    return this.acknowledge();
  }

  setOverride(
    leader: LeaderAddress,
    override: LiveOverride,
    askedAtMs = this.parts.ports.nowMs(),
  ): LiveAcknowledgement {
    const { switches, kv, ports } = this.parts;
    const key = `offAt:${leader}` as const;
    if (override === 'FORCE_OFF') kv.put(key, ports.nowMs());
    else if (askedAtMs <= (kv.get(key) ?? 0))
      return { kind: 'refused', reason: 'OFF was pressed for this leader after this was asked for' };
    switches.setOverride(leader, override);
    return this.acknowledge();
  }

  /** Why the step to ON comes too early, as a sentence. Where it is ON already there is no step to take. */
  private tooEarly(): string | undefined {
    const { switches, control, ports } = this.parts;
    if (switches.state() === 'ON') return undefined;
    const sinceMs = switches.shadowSinceMs();
    if (sinceMs === undefined) return 'live trading is OFF: switch to SHADOW first';
    const { shadowMsMin } = control()?.settings.LIVE ?? defaultSettings('LIVE');
    const time = shadowTime({ sinceMs, nowMs: ports.nowMs(), wantedMs: shadowMsMin });
    return time.leftMs > 0 ? `ON comes too early: ${formatShadowTime(time)}` : undefined;
  }

  /** Why live may not be switched on now, as a sentence. */
  private obstacle(): string | undefined {
    const { secrets } = this.parts.account;
    if (secrets.kind === 'missing') return `these secrets are not set: ${secrets.names.join(', ')}`;
    if (secrets.kind === 'malformed') return secrets.sentence;
    if (this.parts.account.ready() === null)
      return 'the venue has not given us credentials yet; see the Status page';
    if (this.parts.account.openedAtMs() === undefined)
      return 'the account has not been read yet; try again in a minute';
    return undefined;
  }

  private acknowledge(): LiveAcknowledgement {
    const off = this.offOrders();
    const answered = ({ record }: StoredOrder): boolean =>
      record.state !== 'PREPARED' && record.state !== 'SUBMITTED';
    if (off.length > 0) this.parts.cancel();
    return {
      kind: 'done',
      state: this.parts.switches.state(),
      inFlightOrderIds: off.filter((order) => !answered(order)).map((order) => order.record.orderId),
      cancelingOrderIds: off.filter(answered).map((order) => order.record.orderId),
    };
  }

  /** Open orders of whoever is not ON. */
  offOrders(): readonly StoredOrder[] {
    return this.parts.orders
      .open()
      .filter((order) => this.parts.switches.effective(order.intent.leaderAddress).state !== 'ON');
  }
}
