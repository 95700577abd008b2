/**
 * Who is watched: leaders whom the control document follows, and those whose shares a Wallet still holds, so that their
 * exits are seen. Hands the document to their FollowedUsers.
 */
import type { LeaderAddress, TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { FollowedUserPort, WalletPort } from '../rpc.ts';
import type { WatchList } from './watch-list.ts';

/** How far back a newly followed leader's past is recorded (never copied). */
const HISTORY_MS = 15 * MINUTE_MS;

export class FollowedLeaders {
  /** The version of the document that each leader's FollowedUser has taken from here. */
  private readonly pushed = new Map<LeaderAddress, number>();

  constructor(
    private readonly ports: ObjectPorts,
    private readonly watch: WatchList,
    private readonly wallets: Readonly<Record<TradingMode, WalletPort>>,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Adds those who are followed now. Drops no leader: only the Wallets know whose shares are still held. */
  add(control: Control): void {
    const watched = this.watch.list().map(({ address, boundMs }) => ({ address, fromMs: boundMs }));
    this.watch.follow([...followedBy(control), ...watched], this.ports.nowMs());
  }

  /** Watches exactly those who are followed or whose shares are held. */
  async update(control: Control): Promise<void> {
    const held = await this.heldLeaders();
    const exitOnly = [...held].map((address) => ({ address, fromMs: this.ports.nowMs() - HISTORY_MS }));
    this.watch.follow([...followedBy(control), ...exitOnly], this.ports.nowMs());
  }

  /** Hands the document to every FollowedUser that has not taken this version: it sleeps, and does not read D1 by itself. */
  async push(control: Control): Promise<void> {
    for (const { address } of this.watch.list()) {
      if (this.pushed.get(address) === control.version) continue;
      try {
        await this.user(address).applyControl(control);
        this.pushed.set(address, control.version);
      } catch (error) {
        this.ports.log('warn', 'a FollowedUser did not take the control document', {
          reason: reasonOf(error),
        });
      }
    }
  }

  /** Leaders whose shares are held. When a Wallet does not answer, everyone who is watched stays so. */
  private async heldLeaders(): Promise<ReadonlySet<LeaderAddress>> {
    try {
      const lists = await Promise.all(Object.values(this.wallets).map((wallet) => wallet.heldLeaders()));
      return new Set(lists.flat());
    } catch (error) {
      this.ports.log('warn', 'a Wallet did not report whose shares it holds', { reason: reasonOf(error) });
      return new Set(this.watch.list().map((leader) => leader.address));
    }
  }
}

function followedBy(control: Control): { readonly address: LeaderAddress; readonly fromMs: number }[] {
  return control.followedUsers
    .filter((user) => !user.removed && (user.paperEnabled || user.liveOverride === 'FORCE_ON'))
    .map((user) => ({ address: user.leaderAddress, fromMs: user.followFromMs - HISTORY_MS }));
}
