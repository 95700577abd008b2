/**
 * The switches as one Wallet enforces them, durable before any answer leaves. What D1 says may only lower one; only an
 * operator's command that reached the Wallet raises it (design.md 3). On paper there is no SHADOW and no override. Live also
 * keeps since when it has been in SHADOW without a break: a restart or a deploy is no break, OFF and ON are.
 */

import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import {
  effectiveLive,
  type LiveOverride,
  type LiveState,
  lowerOverride,
  lowerState,
} from '../../domain/settings/switches.ts';
import type { WalletKeyValue } from './keys.ts';

export class WalletSwitches {
  private current: LiveState;
  private readonly overrides: Map<string, LiveOverride>;

  constructor(
    private readonly mode: TradingMode,
    private readonly kv: WalletKeyValue,
    private readonly control: () => Control | undefined,
    private readonly nowMs: () => number,
  ) {
    this.current = kv.get('trading') ?? 'OFF';
    this.overrides = new Map(Object.entries(kv.get('overrides') ?? {}));
    // In SHADOW since before anybody counted: it counts from now.
    if (this.current === 'SHADOW' && this.shadowSinceMs() === undefined) kv.put('shadowSinceMs', nowMs());
  }

  state(): LiveState {
    return this.current;
  }

  /** When SHADOW was entered last; undefined in every other state. */
  shadowSinceMs(): number | undefined {
    return this.current === 'SHADOW' ? this.kv.get('shadowSinceMs') : undefined;
  }

  override(leader: LeaderAddress): LiveOverride {
    return this.overrides.get(leader) ?? 'INHERIT';
  }

  /** Takes from a new document what it lowers. A Wallet that was never told anything starts as the document says. */
  lower(control: Control): void {
    const wanted = this.mode === 'PAPER' ? control.paperTrading : control.liveTrading;
    const known = this.kv.get('trading') !== undefined;
    // A live Wallet never starts in ON by hearsay: its first state is SHADOW at most.
    const first = this.mode === 'PAPER' ? wanted : lowerState(wanted, 'SHADOW');
    this.put(known ? lowerState(this.current, wanted) : first);
    if (this.mode === 'PAPER') return;
    for (const user of control.followedUsers) {
      const lowered = lowerOverride(this.override(user.leaderAddress), user.liveOverride);
      if (lowered !== this.override(user.leaderAddress)) this.setOverride(user.leaderAddress, lowered);
    }
  }

  /** The operator's own word, which alone may raise. */
  set(state: LiveState): void {
    this.put(state);
  }

  setOverride(leader: LeaderAddress, override: LiveOverride): void {
    this.overrides.set(leader, override);
    this.kv.put('overrides', Object.fromEntries(this.overrides));
  }

  /** What is done for this leader now. Nobody in the document is nobody we copy. */
  effective(leader: LeaderAddress): { readonly state: LiveState; readonly exitOnly: boolean } {
    if (this.mode === 'PAPER') return { state: this.current, exitOnly: false };
    const user = this.user(leader);
    if (user === undefined) return { state: 'OFF', exitOnly: true };
    return effectiveLive({
      global: this.current,
      override: this.override(leader),
      paperFollowed: user.paperEnabled,
      removed: user.removed,
    });
  }

  /** How many leaders stand in each state, for the screen. */
  summary(): Readonly<Record<LiveState | 'EXIT_ONLY', number>> {
    const counts = { OFF: 0, SHADOW: 0, ON: 0, EXIT_ONLY: 0 };
    for (const user of this.control()?.followedUsers ?? []) {
      const { state, exitOnly } = this.effective(user.leaderAddress);
      counts[exitOnly && state !== 'OFF' ? 'EXIT_ONLY' : state] += 1;
    }
    return counts;
  }

  private user(leader: LeaderAddress): FollowedUserControl | undefined {
    return this.control()?.followedUsers.find((one) => one.leaderAddress === leader);
  }

  private put(state: LiveState): void {
    // The time first: dying in between leaves a time that nobody reads, never a SHADOW with the time of an earlier one.
    if (state === 'SHADOW' && this.current !== 'SHADOW') this.kv.put('shadowSinceMs', this.nowMs());
    this.current = state;
    this.kv.put('trading', state);
    if (state !== 'SHADOW') this.kv.delete('shadowSinceMs');
  }
}
