/**
 * Who is watched: leaders whom the control document follows, and those whose shares a Wallet still holds, so that their
 * exits are seen. Hands the document to their FollowedUsers and to the Wallets, which sleep and do not read D1 meanwhile.
 */
import { type LeaderAddress, TRADING_MODES, type TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { withinTime } from '../platform/time-limit.ts';
import type { FollowedUserPort, HoldingWalletPort } from '../rpc.ts';
import type { WatchList } from './watch-list.ts';

/** How far back a newly followed leader's past is recorded (never copied). */
const HISTORY_MS = 15 * MINUTE_MS;

/** The Wallets are asked whose shares they hold this often: each question wakes them. */
const HELD_AGE_MS_MAX = 10 * MINUTE_MS;
/** After a change of the document they are asked every minute: a copy for a leader who was removed may still be on its way. */
const CHANGED_MS = 15 * MINUTE_MS;

/** An object that does not answer by then gets the document with the next minute; the others do not wait for it. */
const PUSH_MS_MAX = 10 * SECOND_MS;

export class FollowedLeaders {
  /** The version of the document that each FollowedUser and Wallet has taken from here. */
  private readonly pushed = new Map<LeaderAddress | TradingMode, number>();
  /** The Wallets' last answer, and when it was; undefined before the first and after one that did not come. */
  private held: { readonly leaders: ReadonlySet<LeaderAddress>; readonly atMs: number } | undefined;
  private changed = { version: -1, atMs: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly watch: WatchList,
    private readonly wallets: Readonly<Record<TradingMode, Omit<HoldingWalletPort, 'bidCame'>>>,
    private readonly user: (leader: LeaderAddress) => FollowedUserPort,
  ) {}

  /** Adds those who are followed now. Drops no leader: only the Wallets know whose shares are still held. */
  add(control: Control): void {
    const watched = this.watch.list().map(({ address, boundMs }) => ({ address, fromMs: boundMs }));
    this.watch.follow([...followedBy(control), ...watched], this.ports.nowMs());
  }

  /** Watches exactly those who are followed or whose shares are held. */
  async update(control: Control): Promise<void> {
    const held = await this.heldLeaders(control.version);
    const exitOnly = [...held].map((address) => ({ address, fromMs: this.ports.nowMs() - HISTORY_MS }));
    this.watch.follow([...followedBy(control), ...exitOnly], this.ports.nowMs());
  }

  /** Hands the document to every FollowedUser and Wallet that has not taken this version: it sleeps, and does not read D1. */
  async push(control: Control): Promise<void> {
    for (const mode of TRADING_MODES) await this.pushTo(mode, this.wallets[mode], control);
    for (const { address } of this.watch.list()) await this.pushTo(address, this.user(address), control);
  }

  private async pushTo(
    whom: LeaderAddress | TradingMode,
    port: Pick<FollowedUserPort, 'applyControl'>,
    control: Control,
  ): Promise<void> {
    if (this.pushed.get(whom) === control.version) return;
    try {
      await withinTime(
        this.ports.timers,
        { ms: PUSH_MS_MAX, what: String(whom) },
        port.applyControl(control),
      );
      this.pushed.set(whom, control.version);
    } catch (error) {
      this.ports.log('warn', 'an object did not take the control document', {
        whom,
        reason: reasonOf(error),
      });
    }
  }

  /** Leaders whose shares are held. When a Wallet does not answer, everyone who is watched stays so. */
  private async heldLeaders(version: number): Promise<ReadonlySet<LeaderAddress>> {
    const nowMs = this.ports.nowMs();
    if (version !== this.changed.version) this.changed = { version, atMs: nowMs };
    const hasChanged = nowMs - this.changed.atMs < CHANGED_MS;
    if (this.held !== undefined && !hasChanged && nowMs - this.held.atMs < HELD_AGE_MS_MAX)
      return this.held.leaders;
    this.held = undefined;
    try {
      const lists = await Promise.all(Object.values(this.wallets).map((wallet) => wallet.heldLeaders()));
      const leaders = new Set(lists.flat());
      this.held = { leaders, atMs: nowMs };
      return leaders;
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
