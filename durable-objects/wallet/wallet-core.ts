/**
 * One Wallet, the single writer of its portfolio: wires its parts together and takes the commands of the Worker and the other
 * objects. A repeated command gives the stored answer; nothing is ever booked twice. Start at `decision-turn.ts` for a copy.
 */
import { assert } from '../../domain/assert.ts';
import type { LeaderAddress, TokenId } from '../../domain/ids.ts';
import { owedCounts } from '../../domain/portfolio/owed-exit.ts';
import { isStoring, skipsTooMany } from '../../domain/records/copying.ts';
import type { WalletPortfolio, WalletStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { EntryState, LiveOverride, LiveState } from '../../domain/settings/switches.ts';
import type { CopyResult } from '../copy-answer.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox } from '../platform/outbox.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import { type Jobs, Scheduler } from '../platform/scheduler.ts';
import type {
  CashMove,
  CashMoveResult,
  CloseCommand,
  CloseResult,
  CopyRequest,
  EntriesCommand,
  ExitCommand,
  ExitCommandResult,
  LiveAcknowledgement,
  PaperState,
  PeakReset,
} from '../rpc.ts';
import { AttemptBooking, AttemptRows } from './attempt-booking.ts';
import { AttemptStats } from './attempt-stats.ts';
import { CashMoves } from './cash-moves.ts';
import { Decider } from './decider.ts';
import { DecisionTurn } from './decision-turn.ts';
import { closePosition } from './exits/close-position.ts';
import { ExitBooking } from './exits/exit-booking.ts';
import { ExitCommands } from './exits/exit-commands.ts';
import { ExitTries } from './exits/exit-tries.ts';
import { heldLeaders, keptExits } from './exits/held-leaders.ts';
import { OwedExits } from './exits/owed-exits.ts';
import { MarksAndBids } from './exits/wanted-bids.ts';
import { RecentCopies } from './health/recent-copies.ts';
import { StorageGate } from './health/storage-gate.ts';
import { IntentQuotes } from './intent-quotes.ts';
import type { WalletKeyValue } from './keys.ts';
import { type LiveWallet, liveWallet } from './live/live-wallet.ts';
import { OrderStore } from './live/orders/order-store.ts';
import type { SwitchCommands } from './live/switch-commands.ts';
import { WalletMarks } from './marks.ts';
import { MemoryCheck } from './minute/memory-check.ts';
import { MINUTE_JOB, MinuteSchedule } from './minute/minute-schedule.ts';
import { MarkReading, MinuteWork } from './minute/minute-work.ts';
import { type PaperWallet, paperWallet } from './paper/paper-wallet.ts';
import { TakenLiquidity } from './paper/taken-liquidity.ts';
import { Pause } from './pause.ts';
import { PortfolioStore } from './portfolio-store.ts';
import { SnapshotJob } from './snapshot-job.ts';
import { WalletSnapshots } from './snapshots.ts';
import { WalletSwitches } from './switches.ts';
import type { WalletDeps } from './wallet-deps.ts';
import { WalletSettings } from './wallet-settings.ts';

/** Owed exits are tried again. */
const EXITS_JOB = 'owed';
const NOT_LIVE = { kind: 'refused', reason: 'this is the paper Wallet' } as const;
const NOT_PAPER = { kind: 'refused', reason: 'this is the live Wallet' } as const;

type Asked = readonly [askedAtMs?: number, savedVersion?: number];

export class WalletCore {
  private readonly kv: WalletKeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly book: PortfolioStore;
  private readonly switches: WalletSwitches;
  private readonly pause: Pause;
  private readonly gate: StorageGate;
  private readonly live: LiveWallet | null;
  private readonly paper: PaperWallet | null;
  private readonly turn: DecisionTurn;
  private readonly cashMoves: CashMoves;
  private readonly snapshot: SnapshotJob;
  private readonly minutes: MinuteSchedule;
  private readonly minute: MinuteWork;
  private readonly memory: MemoryCheck;
  private readonly owed: OwedExits;
  private readonly exitCommands: ExitCommands;
  private readonly recent: RecentCopies;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: WalletDeps,
  ) {
    const { mode, feed, answerTimes } = deps;
    const { storage, nowMs, log } = ports;
    this.kv = new KeyValue(storage);
    this.control = new ControlCache(this.kv);
    this.recent = new RecentCopies(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox, deps.publishTopics);
    // Filled at the end: the parts that do a job need the scheduler to make jobs due.
    const jobs: Record<string, Jobs[string]> = {};
    this.scheduler = new Scheduler(ports, jobs, [OUTBOX_JOB]);
    const { kv, outbox, recent, scheduler } = this;
    const settings = new WalletSettings(mode, this.control);
    const stats = new AttemptStats(mode, ports, outbox);
    this.book = new PortfolioStore(mode, storage, kv, outbox, stats);
    this.switches = new WalletSwitches(mode, kv, () => settings.control(), nowMs);
    const orders = deps.live === null ? null : new OrderStore(storage, outbox);
    this.pause = new Pause(kv, log);
    this.owed = new OwedExits(storage, nowMs, (atMs) => scheduler.at(EXITS_JOB, atMs));
    const { book, switches, pause, owed } = this;
    this.exitCommands = new ExitCommands(storage, owed, switches);
    const shared = { ports, kv, outbox, scheduler, settings, stats, book, switches, pause, feed, owed };
    const live = orders && deps.live && liveWallet({ ...shared, orders, deps: deps.live });
    this.live = live;
    this.minutes = new MinuteSchedule(nowMs, scheduler, book, live?.schedule ?? null);
    this.gate = new StorageGate(ports.limits, switches, this.minutes, this.exitCommands);
    const snapshots = new WalletSnapshots(mode, book, kv, outbox, () => live?.holdings.whole());
    this.snapshot = new SnapshotJob(ports, scheduler, snapshots, live?.holdings ?? null);
    const { snapshot } = this;
    const taken = new TakenLiquidity(storage);
    this.paper = live === null ? paperWallet({ ...shared, snapshot, taken, recent, answerTimes }) : null;
    const own = live ?? this.paper;
    assert(own !== null, 'a Wallet is live or on paper');
    const { executor, funds, pruning } = own;
    const rows = new AttemptRows(outbox, stats, own.attempts, recent);
    const exits = new ExitBooking(owed, switches, own.waiting);
    const booking = new AttemptBooking(settings, book, rows, snapshot, exits);
    const quotes = new IntentQuotes(ports, feed, settings, switches);
    const decider = new Decider(nowMs, kv, switches, taken, book, funds, executor);
    this.turn = new DecisionTurn(mode, ports, kv, switches, quotes, decider, booking, pause);
    this.cashMoves = new CashMoves(mode, ports, kv, book, snapshots, this.paper?.pending ?? null);
    const asks = new MarksAndBids(mode, feed, owed, settings);
    const held = new WalletMarks(mode, book, kv, nowMs, live?.unsettled ?? null);
    const marks = new MarkReading(ports, asks, book, held, pause);
    const tries = new ExitTries(ports, owed, switches, quotes, decider, this.turn);
    this.minute = new MinuteWork(ports, kv, marks, snapshot, [book, owed, tries, recent, pruning], stats);
    this.memory = new MemoryCheck(ports, pause, book, switches, owed, orders);
    Object.assign(jobs, {
      [OUTBOX_JOB]: () => outbox.drain(),
      [MINUTE_JOB]: () => this.tick(),
      snapshot: () => {
        snapshot.run();
        // What an order of ours, or a trade of the operator's, has opened is valued every minute from now on.
        this.minutes.again();
      },
      [EXITS_JOB]: async () => {
        const nextMs = await tries.run();
        if (nextMs !== undefined) scheduler.at(EXITS_JOB, nextMs);
      },
      ...own.jobs(this.turn),
    });
    outbox.attach(scheduler);
    scheduler.resume();
    this.turn.resume(orders?.late() ?? []);
    live?.submission.resume();
    live?.schedule.resume(kv.get('lastReconcileAt') !== undefined);
  }

  alarm(): Promise<void> {
    return this.scheduler.alarmFired();
  }

  /** Wakes the Wallet: reads the control document and does the minute's work. Harmless when it already runs. */
  async ensureRunning(): Promise<void> {
    if (this.control.get() === undefined) await this.refreshControl();
    this.minutes.now();
    this.live?.schedule.wake();
  }

  applyControl(control: Control): void {
    const first = this.control.get() === undefined;
    if (!this.control.apply(control)) return;
    const before = this.switches.state();
    this.switches.lower(control);
    if (first && this.deps.mode === 'PAPER') this.cashMoves.openPaper(control);
    // A switch that D1 lowered to OFF ends our open orders as a command would.
    if (this.live !== null && before !== 'OFF') this.live.off.cancelSoon();
    this.paper?.obeySwitch();
    this.exitCommands.holdWhatIsOff();
  }

  /** The paper switch as enforced here (live has its own), durable before the answer leaves. ON also ends a pause after a bug of ours. */
  setTrading(state: PaperState, ...asked: Asked): LiveAcknowledgement<PaperState> {
    return this.gate.switched(state, () => this.paper?.switch.set(state, ...asked) ?? NOT_PAPER);
  }

  /** OFF is stored in this turn: from the answer on no further order leaves (A17). */
  setLive(state: LiveState, ...asked: Asked): LiveAcknowledgement {
    return this.gate.switched(state, () => this.live?.commands.setState(state, ...asked) ?? NOT_LIVE);
  }

  /** One leader's live override; FORCE_OFF ends their open orders. */
  setUserLive(...command: Parameters<SwitchCommands['setOverride']>): LiveAcknowledgement<LiveOverride> {
    return this.exitCommands.afterSwitch(this.live?.commands.setOverride(...command) ?? NOT_LIVE);
  }

  /** The live switch for entries; OFF cancels open purchases and leaves exits alone (A61). */
  setEntries(command: EntriesCommand): LiveAcknowledgement<EntryState> {
    return this.live?.entries.set(command) ?? NOT_LIVE;
  }

  liveCheck(): ReturnType<LiveWallet['account']['runCheck']> {
    return this.live?.account.runCheck() ?? Promise.resolve([]);
  }

  /** Sells a leader's position or a part of it, through the same decision as any copy. Once per command. */
  closePosition(command: CloseCommand): Promise<CloseResult> {
    const { book, ports, deps, turn, switches } = this;
    this.minutes.soon();
    return closePosition(command, { book, feed: deps.feed, ports, turn, switches });
  }

  /** The operator's word on owed exits. */
  commandExit(command: ExitCommand): ExitCommandResult {
    return this.exitCommands.run(command);
  }

  heldLeaders(): readonly LeaderAddress[] {
    return heldLeaders(this.book.open(), this.owed.open());
  }

  /** The book of a token shows a bid that owed exits of it wait for (A44). */
  bidCame(token: TokenId): void {
    this.owed.bidCame(token);
  }

  /** Books a deposit or a withdrawal once per command id. Withdrawals are limited to the cash that is there. */
  moveCash(move: CashMove): CashMoveResult {
    this.minutes.soon();
    return this.cashMoves.move(move);
  }

  /** Makes the PnL of this moment the peak that the drawdown counts from. */
  resetPeak(): PeakReset {
    return this.snapshot.resetPeak();
  }

  /** Decides on an intent and executes it; the same key again gives the stored answer (R30, R32). */
  async copy(request: CopyRequest): Promise<CopyResult> {
    this.gate.admit(request.intent);
    this.minutes.soon();
    const isOwn = this.deps.own.includes(request.intent.leaderAddress);
    const intent = isOwn ? { ...request.intent, presetReason: 'OWN_WALLET' as const } : request.intent;
    return this.turn.copy({ ...request, intent });
  }

  /** The portfolio's value at the marks of this moment; pages show it beside the charts from D1. */
  portfolio(): WalletPortfolio {
    const kept = keptExits(this.book.open(), this.owed.kept());
    return { ...this.snapshot.worth(), owedExits: this.owed.open(), keptExits: kept };
  }

  status(): WalletStatus {
    const nowMs = this.ports.nowMs();
    const outbox = this.outbox.status();
    const paused = this.kv.get('paused') ?? null;
    const copying = this.recent.status(nowMs);
    const failing = this.scheduler.failing();
    const isWorking = isStoring(outbox, nowMs) && !failing.isTooOften;
    const sound = paused === null && isWorking && !skipsTooMany(copying);
    return {
      kind: 'wallet',
      healthy: sound && (this.live?.health.isHealthy() ?? this.portfolio().equityMicros !== null),
      trading: this.switches.state(),
      pausedBecause: paused,
      ownAddresses: this.deps.own,
      controlVersion: this.control.get()?.version ?? null,
      openPositions: this.book.open().length,
      owedExits: owedCounts(this.owed.open()),
      inactiveIntents: this.kv.get('inactive') ?? 0,
      copying,
      lastTickAtMs: this.kv.get('tickAt') ?? null,
      peakPnlMicros: this.kv.get('peakPnl') ?? null,
      deepestFall: this.kv.get('deepestFall') ?? null,
      outbox,
      failingJobs: failing.lines,
      limit: this.ports.limits.reached(),
      paperWait: this.paper?.wait() ?? null,
      live: this.live?.health.status() ?? null,
    };
  }

  private refreshControl(): Promise<void> {
    const take = (control: Control): void => this.applyControl(control);
    return this.control.refresh(this.ports, { read: this.deps.readControl, take });
  }

  private async tick(): Promise<void> {
    this.minutes.again();
    this.gate.store();
    await this.refreshControl();
    await this.minute.run();
    this.memory.run();
    await this.paper?.measure(); // last: it asks the live Wallet, which may be slow
  }
}
