/**
 * The logic of one Wallet: the single writer of its portfolio. Takes intents one at a time, decides once per key, hands the
 * decision to its executor, books, marks, settles. A repeated call gives the stored answer; nothing is ever booked twice.
 */

import { InvariantError } from '../../domain/assert.ts';
import { type Decision, decide } from '../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../domain/decide/decision-facts.ts';
import type { DecisionWord, ReasonCode } from '../../domain/decide/reasons.ts';
import { EXTERNAL_LEADER, type LeaderAddress, type TradingMode } from '../../domain/ids.ts';
import { fromJson, toJson } from '../../domain/json.ts';
import { markFromBook, topLevels } from '../../domain/market/book.ts';
import { add, type CashMicros, cash, negate, shares } from '../../domain/money.ts';
import { totalOf, withoutTaken } from '../../domain/portfolio/paper-fills.ts';
import { valuate } from '../../domain/portfolio/portfolio.ts';
import type { LedgerRecord, OutboxRecord } from '../../domain/records/records.ts';
import type { WalletPortfolio, WalletStatus } from '../../domain/records/status.ts';
import type { Topic } from '../../domain/records/topics.ts';
import type { Control } from '../../domain/settings/control.ts';
import { defaultSettings, type ModeSettings, settingsFor } from '../../domain/settings/settings.ts';
import type { LiveOverride, LiveState } from '../../domain/settings/switches.ts';
import { ControlCache } from '../platform/control-cache.ts';
import { KeyValue } from '../platform/key-value.ts';
import { OUTBOX_JOB, Outbox } from '../platform/outbox.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { Scheduler } from '../platform/scheduler.ts';
import type {
  CashMove,
  CashMoveResult,
  CloseCommand,
  CloseResult,
  CopyRequest,
  CopyResult,
  FeedPort,
  LiveAcknowledgement,
  Quote,
} from '../rpc.ts';
import { attemptRecord } from './attempt-record.ts';
import { AttemptStats } from './attempt-stats.ts';
import { closeKeys } from './close-intent.ts';
import type { Execution, Executor, FilledTotals, PreparedOrder } from './executor.ts';
import type { WalletKeyValue } from './keys.ts';
import { ledgerEntry } from './ledger-entry.ts';
import type { LiveDeps } from './live/account.ts';
import { LiveWallet } from './live/live-wallet.ts';
import { WalletMarks } from './marks.ts';
import { PaperExecutor } from './paper-executor.ts';
import { portfolioFacts } from './portfolio-facts.ts';
import { PortfolioStore } from './portfolio-store.ts';
import { WalletSnapshots } from './snapshots.ts';
import { WalletSwitches } from './switches.ts';
import { TakenLiquidity } from './taken-liquidity.ts';

export interface WalletDeps {
  readonly mode: TradingMode;
  readonly feed: FeedPort;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
  /** What has changed on the pages. */
  readonly tellPages: (topics: readonly Topic[]) => void;
  /** What live execution needs; null on the paper Wallet. */
  readonly live: LiveDeps | null;
}

/** Marks, settlement, snapshots and a look at D1's control document happen this often (design.md 3). */
const TICK_MS = 60_000;
/** After a copy people see the new equity this soon, without a row for every copy of a burst. */
const SNAPSHOT_DELAY_MS = 5_000;
/** What was signed may be overtaken by another copy; after this many times the intent is denied. */
const DECISIONS_MAX = 3;

export class WalletCore {
  private readonly kv: WalletKeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly stats: AttemptStats;
  private readonly book: PortfolioStore;
  private readonly taken: TakenLiquidity;
  private readonly snapshots: WalletSnapshots;
  private readonly marks: WalletMarks;
  private readonly switches: WalletSwitches;
  private readonly executor: Executor;
  private readonly live: LiveWallet | null;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: WalletDeps,
  ) {
    this.kv = new KeyValue(ports.storage);
    this.control = new ControlCache(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox, deps.tellPages);
    this.stats = new AttemptStats(deps.mode, ports, this.outbox);
    this.book = new PortfolioStore(deps.mode, ports.storage, this.kv, this.outbox, this.stats);
    this.taken = new TakenLiquidity(ports.storage);
    this.marks = new WalletMarks({ mode: deps.mode, book: this.book, kv: this.kv, nowMs: ports.nowMs });
    this.switches = new WalletSwitches(deps.mode, this.kv, () => this.control.get(), ports.nowMs);
    this.live = deps.live === null ? null : this.liveWallet(deps.live);
    this.executor = this.live?.executor ?? new PaperExecutor(this.book, this.outbox, this.taken);
    const holdings = () => this.live?.holdings();
    this.snapshots = new WalletSnapshots(deps.mode, this.book, this.kv, this.outbox, holdings);
    this.scheduler = new Scheduler(ports, {
      [OUTBOX_JOB]: () => this.outbox.drain(),
      tick: () => this.tick(),
      snapshot: () => this.snapshot(),
      ...this.live?.jobs(),
    });
    this.outbox.attach(this.scheduler);
    this.scheduler.resume();
    this.live?.resume();
  }

  alarm(): Promise<void> {
    return this.scheduler.alarmFired();
  }

  /** Wakes the Wallet: reads the control document and starts the minute. Harmless when it already runs. */
  async ensureRunning(): Promise<void> {
    if (this.control.get() === undefined) await this.refreshControl();
    this.scheduler.at('tick', this.ports.nowMs());
    this.live?.wake();
  }

  applyControl(control: Control): void {
    const first = this.control.get() === undefined;
    if (!this.control.apply(control)) return;
    const before = this.switches.state();
    this.switches.lower(control);
    if (first && this.deps.mode === 'PAPER') this.openPortfolio(control);
    // A switch that D1 lowered to OFF ends our open orders as a command would.
    if (this.live !== null && before !== 'OFF') this.live.cancelWhatIsOff();
  }

  /** The paper switch as enforced here, durable before the answer leaves. ON also ends a pause after a bug of ours. */
  setTrading(state: 'ON' | 'OFF'): { readonly state: 'ON' | 'OFF' } {
    // The live Wallet has more states and its own command.
    if (this.deps.mode === 'LIVE') return { state: 'OFF' };
    this.switches.set(state);
    if (state === 'ON') this.kv.delete('paused');
    return { state };
  }

  /** The live switch. OFF is stored in this turn: from the answer on no further order leaves (A17). */
  setLive(state: LiveState, askedAtMs?: number): LiveAcknowledgement {
    return this.live?.setState(state, askedAtMs) ?? { kind: 'refused', reason: 'this is the paper Wallet' };
  }

  /** One leader's live override; FORCE_OFF ends his open orders. */
  setUserLive(leader: LeaderAddress, override: LiveOverride, askedAtMs?: number): LiveAcknowledgement {
    return (
      this.live?.setOverride(leader, override, askedAtMs) ?? {
        kind: 'refused',
        reason: 'this is the paper Wallet',
      }
    );
  }

  liveCheck(): ReturnType<LiveWallet['check']> {
    return this.live?.check() ?? Promise.resolve([]);
  }

  /** Sells what is left of a leader's position, through the same decision as any copy. Once per command. */
  async closePosition(command: CloseCommand): Promise<CloseResult> {
    if (this.live === null) return { kind: 'refused', reason: 'this is the paper Wallet' };
    let result = this.stored(closeKeys(command));
    if (result === undefined) {
      const quoted = await this.live.closing(command);
      if (quoted.kind === 'refused') return quoted;
      result = await this.copy({ intent: quoted.intent, quote: quoted.quote });
    }
    if (result.kind === 'inactive') return { kind: 'refused', reason: 'live trading is off for this leader' };
    if (result.decision === 'SKIP') return { kind: 'skipped', reasons: result.reasons };
    return { kind: 'accepted' };
  }

  heldLeaders(): readonly LeaderAddress[] {
    const leaders = new Set(this.book.open().map((position) => position.leaderAddress));
    return [...leaders].filter((leader) => leader !== EXTERNAL_LEADER);
  }

  /** Books a deposit or a withdrawal once per command id. Withdrawals are limited to the cash that is there. */
  moveCash(move: CashMove): CashMoveResult {
    if (move.amountMicros <= 0n) return { kind: 'refused', reason: 'the amount must be above zero' };
    if (move.amountMicros > 1_000_000_000_000n)
      return { kind: 'refused', reason: 'the amount is above $1,000,000' };
    const delta = move.kind === 'DEPOSIT' ? cash(move.amountMicros) : negate(cash(move.amountMicros));
    return this.ports.storage.transaction(() => {
      const known = this.kv.get(`command:${move.commandId}`);
      if (known !== undefined) return { kind: 'already-booked' };
      if (add(this.book.cash(), delta) < 0n)
        return { kind: 'refused', reason: 'there is not that much cash' };
      this.kv.put(`command:${move.commandId}`, move.kind);
      this.book.bookEntry(this.cashEntry(move.kind, `command:${move.commandId}`, delta), undefined);
      this.snapshots.take(this.ports.nowMs());
      return { kind: 'booked' };
    });
  }

  /** Decides on an intent and executes it; the same key again gives the stored answer (R30, R32). */
  async copy(request: CopyRequest): Promise<CopyResult> {
    const known = this.stored(request.intent);
    if (known !== undefined) return known;
    const settings = this.settingsOf(request.intent.leaderAddress);
    const quote = await this.freshEnough(request, settings);
    return this.decideUntilDone({ intent: request.intent, quote, settings, waited: false });
  }

  /** What the Wallet is worth this moment, at the marks it has; pages show it beside the charts from D1. */
  portfolio(): WalletPortfolio {
    const open = this.book.open();
    const whole = this.live?.holdings();
    const value = valuate(whole?.cashMicros ?? this.book.cash(), whole?.positions ?? this.book.positions());
    return {
      atMs: this.ports.nowMs(),
      cashMicros: value.cashMicros,
      equityMicros: value.equityMicros,
      exposureMicros: value.exposureMicros,
      realisedMicros: value.realisedMicros,
      unrealisedMicros: value.unrealisedMicros,
      flowMicros: this.book.flows(),
      positions: open.map((one) => ({
        leaderAddress: one.leaderAddress,
        tokenId: one.tokenId,
        markPriceMicros: one.markPriceMicros,
        markedAtMs: one.markedAtMs,
      })),
    };
  }

  status(): WalletStatus {
    const outbox = this.outbox.status();
    const paused = this.kv.get('paused') ?? null;
    const equity = this.portfolio().equityMicros;
    const sound = paused === null && outbox.error === null && outbox.parked === 0;
    return {
      kind: 'wallet',
      healthy: sound && (this.live?.healthy() ?? equity !== null),
      trading: this.switches.state(),
      pausedBecause: paused,
      controlVersion: this.control.get()?.version ?? null,
      openPositions: this.book.open().length,
      inactiveIntents: this.kv.get('inactive') ?? 0,
      lastTickAtMs: this.kv.get('tickAt') ?? null,
      peakPnlMicros: this.kv.get('peakPnl') ?? null,
      deepestFall: this.kv.get('deepestFall') ?? null,
      outbox,
      live: this.live?.status() ?? null,
    };
  }

  private liveWallet(deps: LiveDeps): LiveWallet {
    return new LiveWallet({
      ports: this.ports,
      kv: this.kv,
      outbox: this.outbox,
      book: this.book,
      stats: this.stats,
      switches: this.switches,
      deps,
      feed: this.deps.feed,
      scheduler: () => this.scheduler,
      settingsOf: (leader) => this.settingsOf(leader),
      control: () => this.control.get(),
      decideAgain: (wait) => this.decideAgain(wait),
      snapshotSoon: () => this.scheduler.at('snapshot', this.ports.nowMs() + SNAPSHOT_DELAY_MS),
      pause: (reason) => this.pause(reason),
    });
  }

  private openPortfolio(control: Control): void {
    const amount = cash(BigInt(control.system.paperOpeningDepositMicros));
    if (amount === 0n) return;
    this.ports.storage.transaction(() => {
      this.book.bookEntry(this.cashEntry('DEPOSIT', 'opening', amount), undefined);
      this.snapshots.take(this.ports.nowMs());
    });
  }

  private cashEntry(entryType: 'DEPOSIT' | 'WITHDRAWAL', refId: string, delta: CashMicros): LedgerRecord {
    const { mode } = this.deps;
    return ledgerEntry({ mode, refId, entryType, cashDeltaMicros: delta, bookedAtMs: this.ports.nowMs() });
  }

  private settingsOf(leader: LeaderAddress): ModeSettings {
    const control = this.control.get();
    const global = control?.settings[this.deps.mode] ?? defaultSettings(this.deps.mode);
    const user = control?.followedUsers.find((one) => one.leaderAddress === leader);
    return settingsFor(global, user?.overrides[this.deps.mode]);
  }

  private stored(intent: Pick<CopyIntent, 'idempotencyKey'>): CopyResult | undefined {
    const known = this.book.attemptResult(intent.idempotencyKey);
    return known === undefined ? undefined : fromJson<CopyResult>(known);
  }

  /** The quote handed along when it is young enough, else a fresh one; a feed that does not answer leaves none. */
  private async freshEnough(request: CopyRequest, settings: ModeSettings): Promise<Quote> {
    const { quote, intent } = request;
    if (this.switches.effective(intent.leaderAddress).state === 'OFF' || intent.presetReason !== null)
      return quote;
    const ageMs = quote.book === null ? Number.POSITIVE_INFINITY : this.ports.nowMs() - quote.book.asOfMs;
    if (quote.market !== null && ageMs <= settings.bookAgeMsMax) return quote;
    try {
      return await this.deps.feed.freshQuote({ tokenId: intent.tokenId, conditionId: intent.conditionId });
    } catch (error) {
      this.ports.log('warn', 'no fresh book from the feed', {
        token: intent.tokenId,
        reason: reasonOf(error),
      });
      return quote;
    }
  }

  /** Prepares outside the turn, decides and books inside one; what another copy has overtaken is decided once more. */
  private async decideUntilDone(given: Deciding): Promise<CopyResult> {
    for (let tries = 0; tries < DECISIONS_MAX; tries += 1) {
      const known = given.waited ? undefined : this.stored(given.intent);
      if (known !== undefined) return known;
      const result = this.turn(given, await this.prepared(given));
      if (result !== 'again') return result;
    }
    const denied = { ...given.intent, presetReason: 'LIVE_PORTFOLIO_CHANGED' as const };
    const result = this.turn({ ...given, intent: denied }, null);
    return result === 'again' ? { kind: 'inactive' } : result;
  }

  private async prepared(given: Deciding): Promise<PreparedOrder | null> {
    try {
      const facts = this.factsFor(given);
      const preparing = this.executor.prepare(facts, decide(facts, given.settings), given.settings);
      // Paper has nothing to prepare, and must not lose its turn.
      return preparing === null ? null : await preparing;
    } catch (error) {
      this.pause(reasonOf(error));
      return null;
    }
  }

  /** One synchronous turn: gate, facts, decision, execution, all durable together or not at all; then what may leave. */
  private turn(given: Deciding, prepared: PreparedOrder | null): CopyResult | 'again' {
    const { intent } = given;
    // Another delivery of the same intent may have been decided while we prepared.
    const known = given.waited ? undefined : this.stored(intent);
    if (known !== undefined) return known;
    if (this.switches.effective(intent.leaderAddress).state === 'OFF') return this.inactive(given);
    const run = (): Booked | 'again' =>
      this.ports.storage.transaction(() => this.bookDecision(given, prepared));
    let booked: Booked | 'again';
    try {
      booked = run();
    } catch (error) {
      this.live?.forget();
      if (!(error instanceof InvariantError)) throw error;
      this.pause(reasonOf(error));
      booked = run();
    }
    if (booked === 'again') return booked;
    // Nothing has come between the checks above and this: the POST starts in the same turn.
    booked.start?.();
    return booked.result;
  }

  /** OFF: nothing is placed. On paper what was buffered or carried has no other row to end in, so its end is recorded. */
  private inactive(given: Deciding): CopyResult {
    const { intent } = given;
    const held = intent.sourceType === 'BUFFER' || intent.sourceType === 'CARRY';
    if (held && this.deps.mode === 'PAPER') {
      const ended = { ...intent, presetReason: intent.presetReason ?? ('ENGINE_PAUSED' as const) };
      const booked = this.ports.storage.transaction(() =>
        this.bookDecision({ ...given, intent: ended }, null),
      );
      if (booked !== 'again') return booked.result;
    }
    if (given.waited) return this.endWait(given);
    this.kv.put('inactive', (this.kv.get('inactive') ?? 0) + 1);
    return { kind: 'inactive' };
  }

  /** Our own bug: stop copying, keep everything, show it (style.md 4.3). */
  private pause(reason: string): void {
    this.kv.put('paused', reason);
    this.ports.log('error', 'the Wallet pauses on an invariant', { reason });
  }

  private factsFor({ intent, quote, settings }: Deciding): DecisionFacts {
    const nowMs = this.ports.nowMs();
    const taken = this.taken.levels(intent.tokenId, intent.side, nowMs);
    const effective = this.switches.effective(intent.leaderAddress);
    const gate = intent.presetReason ?? this.executor.gate(intent, settings);
    const given = { ...intent, presetReason: gate, exitOnly: intent.exitOnly || effective.exitOnly };
    return {
      intent: given,
      market: quote.market,
      book: quote.book === null ? null : topLevels(withoutTaken(quote.book, intent.side, taken)),
      portfolio: portfolioFacts({
        intent: given,
        settings,
        book: this.book,
        kv: this.kv,
        executor: this.executor,
        venueExposureMicros: this.live?.venueExposure() ?? null,
        nowMs,
      }),
      nowMs,
    };
  }

  private bookDecision(given: Deciding, prepared: PreparedOrder | null): Booked | 'again' {
    const { settings, quote } = given;
    const facts = this.factsFor(given);
    const { intent, nowMs } = facts;
    const decision = decide(facts, settings);
    const execution: Execution | null =
      decision.kind === 'EXECUTE'
        ? this.executor.execute({ facts, decision, settings, prepared, waited: given.waited })
        : null;
    if (execution?.kind === 'again') return 'again';
    const nothingYet =
      !given.waited &&
      hasNothingToSell(decision) &&
      settings.exitWaitMsMax > 0 &&
      this.executor.awaits(intent);
    const outcome = outcomeOf(decision, nothingYet ? { kind: 'wait' } : execution);
    const mark = quote.book === null ? undefined : markFromBook(quote.book);
    if (mark !== undefined && outcome.word === 'EXECUTE') this.book.mark(intent.tokenId, mark, nowMs);
    const record = attemptRecord({
      mode: this.deps.mode,
      facts,
      decision,
      ...outcome,
      settingsVersion: this.control.get()?.version ?? 0,
      revision: given.waited ? 2 : 1,
    });
    this.outbox.add(record);
    this.stats.attempted(record, given.waited ? this.live?.attempts.get(intent.idempotencyKey) : undefined);
    this.live?.attempts.keep(record);
    if (outcome.filled.shareMicros > 0n) {
      this.book.publishPosition(intent.leaderAddress, intent.tokenId);
      this.scheduler.at('snapshot', nowMs + SNAPSHOT_DELAY_MS);
    }
    const result: CopyResult = {
      kind: 'decided',
      decision: outcome.word,
      reasons: outcome.word === 'EXECUTE' ? [] : outcome.reasons,
      carriedShareMicros:
        outcome.word === 'SKIP' && outcome.reasons.includes('CARRIED')
          ? decision.targetShareMicros
          : shares(0n),
      orderShareMicrosMin: quote.market?.orderShareMicrosMin ?? null,
    };
    if (given.waited) this.book.replaceAttempt(intent.idempotencyKey, toJson(result));
    else this.book.putAttempt(intent.idempotencyKey, nowMs, toJson(result));
    if (outcome.word === 'WAIT') this.live?.wait(given.intent, settings);
    else this.live?.waits.done(intent.idempotencyKey);
    return { result, start: execution?.kind === 'done' ? execution.start : null };
  }

  /** A sale whose shares are final now, or that has waited long enough: decided on a fresh book. */
  private async decideAgain(intent: CopyIntent): Promise<void> {
    const settings = this.settingsOf(intent.leaderAddress);
    const quote = await this.freshEnough({ intent, quote: { book: null, market: null } }, settings);
    await this.decideUntilDone({ intent, quote, settings, waited: true });
  }

  /** Switched off while it waited: its row says so, and nothing is sold. */
  private endWait(given: Deciding): CopyResult {
    const intent = { ...given.intent, presetReason: 'LIVE_MODE_OFF' as const };
    const booked = this.ports.storage.transaction(() => this.bookDecision({ ...given, intent }, null));
    return booked === 'again' ? { kind: 'inactive' } : booked.result;
  }

  private refreshControl(): Promise<void> {
    return this.control.refresh(this.ports, {
      read: this.deps.readControl,
      take: (control) => {
        this.applyControl(control);
      },
    });
  }

  /** Once a minute: control, marks, settlement, snapshot. */
  private async tick(): Promise<void> {
    this.scheduler.at('tick', this.ports.nowMs() + TICK_MS);
    await this.refreshControl();
    const held = this.book.open().map(({ tokenId, conditionId }) => ({ tokenId, conditionId }));
    const tokens = [...new Map(held.map((one) => [one.tokenId, one])).values()];
    try {
      const states = tokens.length === 0 ? [] : await this.deps.feed.tokenStates(tokens);
      this.ports.storage.transaction(() => {
        this.marks.take(states);
        this.marks.publish();
      });
    } catch (error) {
      if (error instanceof InvariantError) this.kv.put('paused', reasonOf(error));
      this.ports.log('warn', 'no marks this minute', { reason: reasonOf(error) });
    }
    this.ports.storage.transaction(() => {
      this.takeSnapshot();
      this.book.prune(this.ports.nowMs());
      this.live?.prune(this.ports.nowMs());
      this.kv.put('tickAt', this.ports.nowMs());
    });
    this.stats.publish(this.ports.nowMs());
  }

  private snapshot(): void {
    this.ports.storage.transaction(() => this.takeSnapshot());
  }

  /** A live Wallet that has not read its account is worth nobody knows what. */
  private takeSnapshot(): void {
    if (this.live?.isOpened() ?? true) this.snapshots.take(this.ports.nowMs());
  }
}

/** An intent on its way to a decision. */
interface Deciding {
  readonly intent: CopyIntent;
  readonly quote: Quote;
  readonly settings: ModeSettings;
  /** A sale that waited for its shares and is decided again. */
  readonly waited: boolean;
}

interface Booked {
  readonly result: CopyResult;
  readonly start: (() => void) | null;
}

const NO_FILL: FilledTotals = totalOf([]);

function hasNothingToSell(decision: Decision): boolean {
  return decision.kind === 'SKIP' && decision.reasons.includes('NOT_ENOUGH_POSITION_TO_SELL');
}

/** How the attempt ends: what the engine decided, unless the executor's last check refused it or lets it wait. */
function outcomeOf(
  decision: Decision,
  execution: Exclude<Execution, { readonly kind: 'again' }> | null,
): { readonly word: DecisionWord; readonly reasons: readonly ReasonCode[]; readonly filled: FilledTotals } {
  if (execution?.kind !== 'wait' && decision.kind === 'SKIP')
    return { word: 'SKIP', reasons: decision.reasons, filled: NO_FILL };
  if (execution === null || execution.kind === 'wait')
    return { word: 'WAIT', reasons: ['LIVE_WAITING_FOR_SHARES'], filled: NO_FILL };
  if (execution.kind === 'refused') return { word: 'SKIP', reasons: [execution.reason], filled: NO_FILL };
  return { word: 'EXECUTE', reasons: execution.reasons, filled: execution.filled };
}
