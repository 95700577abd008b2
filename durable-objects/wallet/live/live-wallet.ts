/**
 * What only the live Wallet has, as WalletCore uses it: commands, jobs, holdings, status. The decision itself is the same as on
 * paper (`../decision-turn.ts`); how the parts depend on one another is in `live-parts.ts`.
 */
import type { LeaderAddress } from '../../../domain/ids.ts';
import type { CheckItem } from '../../../domain/orders/orders.ts';
import type { LiveStatus } from '../../../domain/records/status.ts';
import type { LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import type { Jobs } from '../../platform/scheduler.ts';
import type { CloseCommand, LiveAcknowledgement } from '../../rpc.ts';
import { type Closing, closing } from '../close-intent.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import { Cancels } from './cancels.ts';
import { LiveHealth, OpenWork } from './health.ts';
import type { LiveHoldings } from './holdings.ts';
import { LiveExecutor } from './live-executor.ts';
import { LiveFunds } from './live-funds.ts';
import {
  type LiveReaders,
  type LiveStores,
  type LiveVenue,
  liveReaders,
  liveStores,
  liveVenue,
  type WalletParts,
} from './live-parts.ts';
import { OrderPlacement } from './order-placement.ts';
import type { AttemptLog } from './orders/attempt-log.ts';
import type { LiveJob } from './schedule.ts';
import { SwitchCommands } from './switch-commands.ts';
import { UnsettledShares } from './unsettled-shares.ts';
import { Exits, LiveWaitingSales, WaitLimits } from './waiting-sales.ts';
import { Watch } from './watch.ts';

export class LiveWallet {
  readonly executor: LiveExecutor;
  readonly funds: LiveFunds;
  readonly attempts: AttemptLog;
  readonly waiting: LiveWaitingSales;
  readonly holdings: LiveHoldings;
  private readonly stores: LiveStores;
  private readonly venue: LiveVenue;
  private readonly readers: LiveReaders;
  private readonly commands: SwitchCommands;
  private readonly unsettled: UnsettledShares;
  private readonly health: LiveHealth;

  constructor(private readonly parts: WalletParts) {
    const { ports, kv, book, orders, switches, settings } = parts;
    this.stores = liveStores(parts);
    this.venue = liveVenue(parts, this.stores);
    this.readers = liveReaders(parts, this.stores, this.venue);
    const { attempts, holdings, waits, schedule, state, off, differences, quarantine } = this.stores;
    const { account, submission } = this.venue;
    this.attempts = attempts;
    this.holdings = holdings;
    this.waiting = new LiveWaitingSales(ports.nowMs, waits, schedule);
    this.unsettled = new UnsettledShares(orders);
    this.funds = new LiveFunds(book, orders, state, holdings);
    const placement = new OrderPlacement(orders, this.funds, submission);
    this.executor = new LiveExecutor(account, switches, this.unsettled, this.funds, placement);
    this.commands = new SwitchCommands(ports, kv, switches, settings, account, off);
    const openWork = new OpenWork(ports.nowMs, settings, orders, waits);
    this.health = new LiveHealth(kv, switches, account, openWork, differences, quarantine);
  }

  /** The jobs of the live Wallet; waiting sales are decided again by `turn`. */
  jobs(turn: DecisionTurn): Jobs {
    const { ports, switches, settings } = this.parts;
    const { schedule, off, waits } = this.stores;
    const { connection, account, calls, submission } = this.venue;
    const { questions, reconciler, ledger } = this.readers;
    const watch = new Watch(switches, schedule, off, connection, questions);
    const cancels = new Cancels(ports, off, connection, calls, submission, schedule);
    const limits = new WaitLimits(settings, this.unsettled);
    const exits = new Exits(ports.nowMs, waits, account, limits, schedule, turn);
    return {
      watch: () => watch.run(),
      reconcile: () => reconciler.run(),
      look: () => {
        schedule.looking();
        return ledger.look();
      },
      cancel: () => cancels.run(),
      exits: () => exits.run(),
    } satisfies Record<LiveJob, unknown>;
  }

  /** After a start: answers that were awaited are lost, and the account is read again. */
  resume(): void {
    this.parts.ports.storage.transaction(() => this.venue.submission.resume());
    this.wake();
  }

  /** Reads the account and looks after open orders from now on; nothing without secrets. */
  wake(): void {
    this.stores.schedule.wake();
  }

  setState(state: LiveState, askedAtMs?: number, savedVersion?: number): LiveAcknowledgement {
    const answer = this.commands.setState(state, askedAtMs, savedVersion);
    if (answer.kind === 'done') this.wake();
    return answer;
  }

  setOverride(
    leader: LeaderAddress,
    override: LiveOverride,
    askedAtMs?: number,
    savedVersion?: number,
  ): LiveAcknowledgement<LiveOverride> {
    return this.commands.setOverride(leader, override, askedAtMs, savedVersion);
  }

  /** Cancels our open orders of leaders that are not ON any more; other orders of the account are left alone. */
  cancelWhatIsOff(): void {
    this.stores.off.cancelSoon();
  }

  check(): Promise<readonly CheckItem[]> {
    const { account, connection } = this.venue;
    return account.check.run(() => connection.channelState());
  }

  closing(command: CloseCommand): Promise<Closing> {
    return closing(command, this.parts);
  }

  /** Forgets what the venue cannot report any more: a week before the last whole reading. */
  prune(nowMs: number): void {
    this.parts.orders.prune(Math.min(nowMs, this.stores.state.readThroughMs() ?? nowMs));
    this.attempts.prune(nowMs);
    this.stores.flows.prune(nowMs);
  }

  healthy(): boolean {
    return this.health.isHealthy();
  }

  status(): LiveStatus {
    return this.health.status();
  }
}
