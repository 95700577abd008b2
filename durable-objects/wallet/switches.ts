/**
 * The switches as one Wallet enforces them, durable before any answer leaves. D1 can only lower one; only an operator's command
 * that reached the Wallet raises it (design.md 3). On paper there is no SHADOW and no override. Live also stores since when it
 * has been in SHADOW without a break: a restart or a deploy is no break, OFF and ON are.
 */

import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import {
  type EntryState,
  effectiveLive,
  type LiveOverride,
  type LiveState,
  lowerEntries,
  lowerOverride,
  lowerState,
} from '../../domain/settings/switches.ts';
import type { WalletKeyValue } from './keys.ts';

export class WalletSwitches {
  private isOffUnstored = false;

  constructor(
    private readonly mode: TradingMode,
    private readonly kv: WalletKeyValue,
    private readonly control: () => Control | undefined,
    private readonly nowMs: () => number,
  ) {
    // In SHADOW without a stored time: it counts from now.
    if (this.state() === 'SHADOW' && this.shadowSinceMs() === undefined) kv.put('shadowSinceMs', nowMs());
  }

  state(): LiveState {
    return this.isOffUnstored ? 'OFF' : (this.kv.get('trading') ?? 'OFF');
  }

  /** When SHADOW was entered last; undefined in every other state. */
  shadowSinceMs(): number | undefined {
    return this.state() === 'SHADOW' ? this.kv.get('shadowSinceMs') : undefined;
  }

  /** When the leader's switch, or the global one, was last lowered; 0 if never. */
  loweredAtMs(leader: LeaderAddress): number {
    return Math.max(this.kv.get('loweredAt') ?? 0, this.kv.get(`loweredAt:${leader}`) ?? 0);
  }

  override(leader: LeaderAddress): LiveOverride {
    return this.kv.get('overrides')?.[leader] ?? 'INHERIT';
  }

  /** Applies what a new document lowers. A Wallet without a stored state starts as the document says, live in SHADOW at most. */
  lower(control: Control): void {
    const wanted = this.mode === 'PAPER' ? control.paperTrading : control.liveTrading;
    const known = this.kv.get('trading') !== undefined;
    // D1 alone can never put a new live Wallet ON.
    const first = this.mode === 'PAPER' ? wanted : lowerState(wanted, 'SHADOW');
    this.put(known ? lowerState(this.state(), wanted) : first);
    if (this.mode === 'PAPER') return;
    if (control.liveEntries === 'OFF') this.setEntries(null, 'OFF');
    for (const user of control.followedUsers) {
      if (user.liveEntries === 'OFF') this.setEntries(user.leaderAddress, 'OFF');
      const lowered = lowerOverride(this.override(user.leaderAddress), user.liveOverride);
      if (lowered !== this.override(user.leaderAddress)) this.setOverride(user.leaderAddress, lowered);
    }
  }

  /** The operator's command: the only way to raise a switch. */
  set(state: LiveState): void {
    this.put(state);
  }

  /** OFF in memory alone, where nothing can be stored: it ends with this instance, unless `storeOff` comes first. */
  offUnstored(): void {
    this.isOffUnstored = true;
  }

  /** Stores an OFF that holds in memory alone; nothing to do where what is stored is OFF too. */
  storeOff(): void {
    if (this.isOffUnstored && (this.kv.get('trading') ?? 'OFF') !== 'OFF') this.put('OFF');
  }

  setOverride(leader: LeaderAddress, override: LiveOverride): void {
    const lowered = lowerOverride(this.override(leader), override) === override;
    if (lowered && override !== this.override(leader)) this.kv.put(`loweredAt:${leader}`, this.nowMs());
    this.kv.put('overrides', { ...this.kv.get('overrides'), [leader]: override });
  }

  /** The switch for entries as it is held: the global one for null, else the leader's own. Always ON on paper. */
  heldEntries(leader: LeaderAddress | null): EntryState {
    return this.kv.get(leader === null ? 'entries' : `entries:${leader}`) ?? 'ON';
  }

  setEntries(leader: LeaderAddress | null, state: EntryState): void {
    if (state !== this.heldEntries(leader))
      this.kv.put(leader === null ? 'entries' : `entries:${leader}`, state);
  }

  /** Whether purchases may be made for this leader, as far as the switches for entries say (A61). */
  entries(leader: LeaderAddress): EntryState {
    return lowerEntries(this.heldEntries(null), this.heldEntries(leader));
  }

  /** Followed leaders whose own switch stops entries. */
  leadersWithoutEntries(): number {
    const users = this.control()?.followedUsers ?? [];
    return users.filter((user) => !user.removed && this.heldEntries(user.leaderAddress) === 'OFF').length;
  }

  /** What applies to this leader now. A leader who is not in the document is not copied. */
  effective(leader: LeaderAddress): { readonly state: LiveState; readonly exitOnly: boolean } {
    if (this.mode === 'PAPER') return { state: this.state(), exitOnly: false };
    const user = this.user(leader);
    if (user === undefined) return { state: 'OFF', exitOnly: true };
    return effectiveLive({
      global: this.state(),
      override: this.override(leader),
      paperFollowed: user.paperEnabled,
      removed: user.removed,
    });
  }

  /** How many leaders are in each state, for the screen. */
  summary(): Readonly<Record<LiveState | 'EXIT_ONLY', number>> {
    const counts = { OFF: 0, SHADOW: 0, ON: 0, EXIT_ONLY: 0 };
    for (const user of this.control()?.followedUsers ?? []) {
      const { state, exitOnly } = this.effective(user.leaderAddress);
      counts[exitOnly ? 'EXIT_ONLY' : state] += 1;
    }
    return counts;
  }

  private user(leader: LeaderAddress): FollowedUserControl | undefined {
    return this.control()?.followedUsers.find((one) => one.leaderAddress === leader);
  }

  private put(state: LiveState): void {
    // The time first: a crash in between leaves an unused time, never a SHADOW with the time of an earlier one.
    const before = this.state();
    if (state === 'SHADOW' && before !== 'SHADOW') this.kv.put('shadowSinceMs', this.nowMs());
    if (state !== before && lowerState(state, before) === state) this.kv.put('loweredAt', this.nowMs());
    this.kv.put('trading', state);
    this.isOffUnstored = false;
    if (state !== 'SHADOW') this.kv.delete('shadowSinceMs');
  }
}
