/**
 * Everything that only the live Wallet has: switches with their acknowledgement, the account, orders and their life,
 * reconciliation, waiting sales. WalletCore owns the decision and the turn; this owns what a real exchange adds to it.
 */

import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { LeaderAddress } from '../../../domain/ids.ts';
import { add, type CashMicros, cash, shares } from '../../../domain/money.ts';
import type { CheckItem, FillReport, OrderId } from '../../../domain/orders/orders.ts';
import { valuate } from '../../../domain/portfolio/portfolio.ts';
import type { LiveStatus } from '../../../domain/records/status.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import type { LiveOverride, LiveState } from '../../../domain/settings/switches.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../../platform/ports.ts';
import { Quarantine } from '../../platform/quarantine.ts';
import type { Jobs, Scheduler } from '../../platform/scheduler.ts';
import type { CloseCommand, FeedPort, LiveAcknowledgement } from '../../rpc.ts';
import type { AttemptStats } from '../attempt-stats.ts';
import { type Closing, closing } from '../close-intent.ts';
import type { DecisionTurn } from '../decision-turn.ts';
import type { WaitingSales } from '../executor.ts';
import type { WalletKeyValue } from '../keys.ts';
import type { Pause } from '../pause.ts';
import type { PortfolioStore } from '../portfolio-store.ts';
import { SNAPSHOT_DELAY_MS } from '../snapshot-job.ts';
import type { Holdings } from '../snapshots.ts';
import type { WalletSwitches } from '../switches.ts';
import type { WalletSettings } from '../wallet-settings.ts';
import { LiveAccount, type LiveDeps } from './account.ts';
import { AccountReader } from './account-reader.ts';
import { AttemptLog } from './attempt-log.ts';
import { CallSlots } from './call-slots.ts';
import { type LedgerToken, type LedgerTokens, LiveDifferences } from './differences.ts';
import { LiveEvidence, type Told } from './evidence.ts';
import { ExitWaits } from './exit-waits.ts';
import { FillBooking } from './fill-booking.ts';
import { FlowBooking } from './flow-booking.ts';
import { isHealthy, type LiveHealth, liveStatus } from './health.ts';
import { LiveExecutor } from './live-executor.ts';
import { OrderChanges } from './order-changes.ts';
import type { OrderStore } from './order-store.ts';
import { Reconciler } from './reconciler.ts';
import { Submission } from './submission.ts';
import { SwitchCommands } from './switch-commands.ts';

export interface LiveWalletParts {
  readonly ports: ObjectPorts;
  readonly kv: WalletKeyValue;
  readonly outbox: Outbox;
  readonly book: PortfolioStore;
  readonly stats: AttemptStats;
  readonly switches: WalletSwitches;
  readonly settings: WalletSettings;
  readonly orders: OrderStore;
  readonly pause: Pause;
  readonly scheduler: Scheduler;
  readonly deps: LiveDeps;
  readonly feed: FeedPort;
}

/** The account is reconciled this often (design.md 8). */
const RECONCILE_MS = 60_000;
/** Balance and positions are read this soon after fills too, but never closer together than this. */
const SETTLED_DELAY_MS = 3_000;
const LOOK_MS_MIN = 11_000;
/** While orders may leave, something looks after them this often: so an order needs no alarm of its own. */
const WATCH_MS = 5_000;
/** A cancel that did not end its order is sent again after this long. */
const CANCEL_MS = 2_000;
const CANCELS_MAX = 500;
/** A start that is not through yet is looked at again after this long. */
const START_AGAIN_MS = 1_000;

export class LiveWallet {
  readonly executor: LiveExecutor;
  readonly attempts: AttemptLog;
  readonly waiting: WaitingSales;
  private readonly waits: ExitWaits;
  private readonly account: LiveAccount;
  private readonly orders: OrderStore;
  private readonly lifecycle: Submission;
  private readonly evidence: LiveEvidence;
  private readonly reconciler: Reconciler;
  private readonly differences: LiveDifferences;
  private readonly quarantine: Quarantine;
  private readonly flows: FlowBooking;
  private readonly switching: SwitchCommands;
  private canceledAtMs = 0;
  private lookedAtMs = 0;
  private readonly slots: CallSlots;

  constructor(private readonly parts: LiveWalletParts) {
    const { ports, kv, outbox, book, switches, settings } = parts;
    const settingsOf = (leader: LeaderAddress): ModeSettings => settings.of(leader);
    this.slots = new CallSlots(ports.nowMs, () => this.settings().authCallsPerSecondMax);
    const { slots } = this;
    this.attempts = new AttemptLog(ports.storage, outbox, parts.stats);
    this.waits = new ExitWaits(ports.storage);
    this.orders = parts.orders;
    this.waiting = { wait: (intent, of) => this.wait(intent, of), done: (key) => this.waits.done(key) };
    this.differences = new LiveDifferences(ports.storage, outbox);
    this.quarantine = new Quarantine(ports, kv, outbox);
    this.flows = new FlowBooking(ports.storage, book, ports.nowMs);
    this.account = this.openAccount();
    const settled = (): void => this.settled();
    const noteError = (message: string): void =>
      kv.put('lastError', { message: message.slice(0, 200), atMs: ports.nowMs() });
    const { orders, account, attempts } = this;
    const reopened = (): void => {
      this.cancelWhatIsOff();
      this.at('watch', ports.nowMs());
    };
    const changes = new OrderChanges({ ports, orders, attempts, settled, reopened, noteError });
    this.lifecycle = new Submission({
      ports,
      orders,
      changes,
      account,
      slots,
      switches,
      settingsOf,
      askSoon: (atMs) => this.at('watch', atMs),
      isPaused: () => kv.get('paused') !== undefined,
      noteError,
    });
    this.evidence = new LiveEvidence({
      ports,
      kv,
      orders,
      fills: new FillBooking(book, orders, ports.nowMs),
      changes,
      account,
      graceMs: () => this.settings().unresolvedGraceMs,
      settled,
    });
    this.switching = new SwitchCommands({
      ports,
      kv,
      switches,
      account,
      orders,
      control: () => settings.control(),
      wake: () => this.wake(),
      cancel: () => this.at('cancel', ports.nowMs()),
    });
    this.reconciler = this.openReconciler();
    this.executor = new LiveExecutor({
      book,
      orders: this.orders,
      account: this.account,
      switches,
      slots,
      submit: (order, headers) => this.lifecycle.submit(order, headers),
      venueExposure: () => this.venueExposure(),
    });
  }

  private openReconciler(): Reconciler {
    const { ports, kv, book, deps, feed } = this.parts;
    const { account, slots } = this;
    const dataHost = { baseUrl: deps.dataUrl, fetch: deps.fetch, nowMs: ports.nowMs };
    return new Reconciler({
      ports,
      kv,
      book,
      orders: this.orders,
      account: this.account,
      lifecycle: this.lifecycle,
      evidence: this.evidence,
      flows: this.flows,
      quarantine: this.quarantine,
      pause: this.parts.pause,
      differences: this.differences,
      feed,
      reader: new AccountReader({ ports, book, account, slots, feed, dataHost }),
      dataHost,
    });
  }

  /** An order has ended or a fill has moved. */
  private settled(): void {
    const { ports } = this.parts;
    this.at('snapshot', ports.nowMs() + SNAPSHOT_DELAY_MS);
    // People look at the Real Portfolio right after a copy: the venue's word on it is asked for soon, once for a burst.
    this.at('look', Math.max(ports.nowMs() + SETTLED_DELAY_MS, this.lookedAtMs + LOOK_MS_MIN));
    if (this.waits.list().length > 0) this.at('exits', ports.nowMs());
  }

  private openAccount(): LiveAccount {
    const { ports, kv, deps } = this.parts;
    return new LiveAccount(
      ports,
      kv,
      { ...deps, slots: this.slots },
      {
        onOrder: (report) => this.heard({ orders: new Map([[report.orderId, report]]), fills: [] }),
        onFills: (reports) => this.heardFills(reports),
        // There is no replay: what happened while it was down is read now.
        onOpen: () => this.at('reconcile', ports.nowMs()),
        onRefused: ({ reason, excerpt }) =>
          this.quarantine.add([{ source: 'user channel', reason, excerpt }]),
        onUnread: ({ reason, excerpt }) => {
          this.reconciler.unread += 1;
          this.account.setProblem('UNREADABLE_RECORDS', reason);
          this.quarantine.add([{ source: 'our trades', reason, excerpt }]);
        },
      },
    );
  }

  jobs(decisions: DecisionTurn): Jobs {
    return {
      watch: () => this.watch(),
      reconcile: () => this.reconcile(),
      look: () => this.look(),
      cancel: () => this.cancel(),
      exits: () => this.exits(decisions),
    };
  }

  /** After a start: answers that were awaited are lost, and the account is read again. */
  resume(): void {
    this.parts.ports.storage.transaction(() => this.lifecycle.resume());
    this.wake();
  }

  wake(): void {
    if (this.account.secrets.kind !== 'ready') return;
    const nowMs = this.parts.ports.nowMs();
    this.at('reconcile', nowMs);
    this.at('watch', nowMs);
  }

  setState(state: LiveState, askedAtMs?: number): LiveAcknowledgement {
    return this.switching.setState(state, askedAtMs);
  }

  setOverride(leader: LeaderAddress, override: LiveOverride, askedAtMs?: number): LiveAcknowledgement {
    return this.switching.setOverride(leader, override, askedAtMs);
  }

  /** Cancels our own open orders of whoever is not ON any more; those of others on the account are left alone. */
  cancelWhatIsOff(): void {
    if (this.switching.offOrders().length === 0) return;
    this.at('cancel', Math.max(this.parts.ports.nowMs(), this.canceledAtMs + CANCEL_MS));
  }

  check(): Promise<readonly CheckItem[]> {
    return this.account.liveCheck();
  }

  closing(command: CloseCommand): Promise<Closing> {
    return closing(command, this.parts);
  }

  /**
   * Cash and positions as the venue told them last, its word being the authority (R75); undefined before the first reading and
   * while the two are torn by what settles or differs, when the ledger alone is whole in itself.
   */
  holdings(): Holdings | undefined {
    if (this.orders.provisional().length > 0 || this.differences.significant().length > 0) return undefined;
    const collateral = this.account.collateral();
    if (collateral === undefined || this.account.openedAtMs() === undefined) return undefined;
    const realised = this.parts.book
      .positions()
      .reduce((sum, one) => cash(sum + one.realisedMicros), cash(0n));
    const nothing = { shareMicros: shares(0n), costMicros: cash(0n), markPriceMicros: null };
    return {
      cashMicros: collateral.balanceMicros,
      positions: [...this.differences.marked(this.ledgerTokens()), { ...nothing, realisedMicros: realised }],
    };
  }

  /** What the ledger knows of each token: shares, their cost with fees, and the newest mark. */
  private ledgerTokens(): LedgerTokens {
    const tokens = new Map<string, LedgerToken>();
    for (const { tokenId, shareMicros, costMicros, markPriceMicros } of this.parts.book.open()) {
      const sum = tokens.get(tokenId);
      tokens.set(tokenId, {
        shareMicros: (sum?.shareMicros ?? 0n) + shareMicros,
        costMicros: add(sum?.costMicros ?? cash(0n), costMicros),
        markPriceMicros: markPriceMicros ?? sum?.markPriceMicros ?? null,
      });
    }
    return tokens;
  }

  venueExposure(): CashMicros {
    return valuate(cash(0n), this.differences.marked(this.ledgerTokens())).exposureMicros;
  }

  /** Whether the account was read and the ledger opened: before that nothing here is worth a known amount. */
  isOpened(): boolean {
    return this.account.openedAtMs() !== undefined;
  }

  /** Keeps a sale until its shares are final; it is decided again at the latest when its time is over. */
  wait(intent: CopyIntent, settings: ModeSettings): void {
    const nowMs = this.parts.ports.nowMs();
    this.waits.add(intent, nowMs);
    this.at('exits', nowMs + settings.exitWaitMsMax);
    this.at('watch', nowMs + WATCH_MS);
  }

  /** What the venue may still tell of is kept: a week before what was last read of it. */
  prune(nowMs: number): void {
    this.orders.prune(Math.min(nowMs, this.parts.kv.get('readThrough') ?? nowMs));
    this.attempts.prune(nowMs);
    this.flows.prune(nowMs);
  }

  healthy(): boolean {
    return isHealthy(this.health());
  }

  status(): LiveStatus {
    return liveStatus(this.health());
  }

  private health(): LiveHealth {
    const { kv, switches, ports } = this.parts;
    const { account, orders, waits, differences, quarantine } = this;
    const overdueBeforeMs = ports.nowMs() - this.settings().unresolvedAgeMsMax;
    return { kv, switches, account, orders, waits, differences, quarantine, overdueBeforeMs };
  }

  private settings(): ModeSettings {
    return this.parts.settings.global();
  }

  private at(job: string, atMs: number): void {
    this.parts.scheduler.at(job, atMs);
  }

  private heard(told: Pick<Told, 'orders' | 'fills' | 'fees'>): void {
    const { absent } = this.taken({
      ...told,
      collateralMicros: null,
      positions: null,
      ledgerCashMicros: cash(0n),
      ledgerShares: new Map(),
      settling: true,
    });
    if (absent.length > 0) this.at('watch', this.parts.ports.nowMs());
    else if (this.orders.open().length > 0) this.at('watch', this.parts.ports.nowMs() + WATCH_MS);
  }

  private taken(told: Told): ReturnType<LiveEvidence['take']> {
    try {
      return this.evidence.take(told);
    } catch (error) {
      this.parts.pause.startOnBug(error);
      throw error;
    }
  }

  /** Ours at once; what is external needs the market's fee first, and is read again should that fail. */
  private heardFills(reports: readonly FillReport[]): void {
    const ours = reports.filter((report) => this.orders.byId(report.orderId) !== undefined);
    if (ours.length > 0) this.heard({ orders: new Map(), fills: ours });
    const others = reports.filter((report) => !ours.includes(report));
    if (others.length === 0) return;
    this.reconciler
      .learnFees(others)
      .then((fees) =>
        this.heard({ orders: new Map(), fills: others.filter((one) => fees.has(one.tokenId)), fees }),
      )
      .catch((error: unknown) =>
        this.parts.ports.log('warn', 'an external fill waits for the next reading', {
          reason: reasonOf(error),
        }),
      );
  }

  private async watch(): Promise<void> {
    const { ports, switches } = this.parts;
    if (switches.state() === 'ON' || this.orders.open().length > 0 || this.waits.list().length > 0)
      this.at('watch', ports.nowMs() + WATCH_MS);
    this.cancelWhatIsOff();
    await this.account.connect();
    await this.reconciler.askDue();
    if (this.waits.list().length > 0) await this.reconciler.askProvisional();
    if (this.waits.list().length > 0) this.at('exits', ports.nowMs());
  }

  private async reconcile(): Promise<void> {
    const { ports } = this.parts;
    if (this.account.secrets.kind !== 'ready') return;
    this.at('reconcile', ports.nowMs() + RECONCILE_MS);
    await this.account.connect();
    await this.reconciler.round();
    if (this.orders.open().length > 0) this.at('watch', ports.nowMs());
  }

  private look(): Promise<void> {
    this.lookedAtMs = this.parts.ports.nowMs();
    return this.reconciler.look();
  }

  private async cancel(): Promise<void> {
    const { ports } = this.parts;
    const ids = this.switching
      .offOrders()
      .slice(0, CANCELS_MAX)
      .map((order) => order.record.orderId as OrderId);
    if (ids.length === 0) return;
    this.canceledAtMs = ports.nowMs();
    this.at('cancel', ports.nowMs() + CANCEL_MS);
    await this.account.connect();
    try {
      await this.slots.run('cancel', ports.timers, async () => this.account.ready()?.api.cancel(ids));
    } catch (error) {
      ports.log('warn', 'a cancel got no answer; it is sent again', { reason: reasonOf(error) });
    }
    // Whatever the answer says, what was matched before is read from the order and its trades.
    this.lifecycle.askNow(ids);
  }

  private async exits(decisions: DecisionTurn): Promise<void> {
    const { ports } = this.parts;
    if (this.waits.list().length === 0) return;
    await this.account.connect();
    if (this.account.isStarting()) {
      // After a restart the account is not there yet: deciding now would end a sale for want of it.
      this.at('exits', ports.nowMs() + START_AGAIN_MS);
      return;
    }
    for (const { intent, sinceMs } of this.waits.list()) {
      const waitedMs = ports.nowMs() - sinceMs;
      const settings = this.parts.settings.of(intent.leaderAddress);
      // A purchase that nobody has answered for takes longer to resolve than shares take to settle.
      const longest = Math.max(settings.exitWaitMsMax, settings.unresolvedAgeMsMax);
      const allowed = this.executor.awaits(intent) ? longest : settings.exitWaitMsMax;
      if (this.isSettled(intent) || waitedMs >= allowed)
        await decisions.decideAgain({ ...intent, waitedMs: Math.min(waitedMs, longest) });
      else this.at('exits', sinceMs + allowed);
    }
  }

  private isSettled(intent: CopyIntent): boolean {
    const { leaderAddress, tokenId } = intent;
    const open = this.orders
      .open()
      .some(({ record }) => record.leaderAddress === leaderAddress && record.tokenId === tokenId);
    return !open && this.orders.provisionalShares(leaderAddress, tokenId) === 0n;
  }
}
