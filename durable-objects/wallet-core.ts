/**
 * The logic of one Wallet: the single writer of its portfolio. Takes intents one at a time, decides once per key, executes
 * on paper, books, marks, settles. A repeated call gives the stored answer; nothing is ever booked twice.
 */
import { InvariantError } from '../domain/assert.ts';
import { type Book, markFromBook, topLevels } from '../domain/book.ts';
import type { Control } from '../domain/control.ts';
import {
  type CopyIntent,
  type Decision,
  type DecisionFacts,
  decide,
  type PortfolioFacts,
} from '../domain/decide.ts';
import { encodeFacts } from '../domain/facts.ts';
import type { LeaderAddress, TradingMode } from '../domain/ids.ts';
import { fromJson, toJson } from '../domain/json.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  negate,
  notionalFloor,
  priceOfFloor,
  shares,
  sub,
} from '../domain/money.ts';
import { paperFills, totalOf, withoutTaken } from '../domain/paper-execution.ts';
import { bought, EMPTY_POSITION, settlementPayout, sold, valuate } from '../domain/portfolio.ts';
import type { CopyAttemptRecord, LedgerRecord, OutboxRecord } from '../domain/records.ts';
import { defaultSettings, type ModeSettings, settingsFor } from '../domain/settings.ts';
import type { WalletPortfolio, WalletStatus } from '../domain/status.ts';
import { ControlCache } from './control-cache.ts';
import { KeyValue } from './key-value.ts';
import type { CopyRequest, CopyResult, FeedPort, Quote, TokenState } from './messages.ts';
import { OUTBOX_JOB, Outbox } from './outbox.ts';
import { type ObjectPorts, reasonOf } from './ports.ts';
import { Scheduler } from './scheduler.ts';
import { WalletBook } from './wallet-book.ts';
import { WalletSnapshots } from './wallet-snapshots.ts';

export interface WalletDeps {
  readonly mode: TradingMode;
  readonly feed: FeedPort;
  readonly writeOutbox: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly readControl: () => Promise<Control | undefined>;
}

/** Marks, settlement, snapshots and a look at D1's control document happen this often (design.md 3). */
const TICK_MS = 60_000;
/** After a copy people see the new equity this soon, without a row for every copy of a burst. */
const SNAPSHOT_DELAY_MS = 5_000;
/** A mark that moved is told to D1 at most this often: pages read the marks of now from the Wallet itself. */
const MARK_PUBLISH_MS = 5 * 60_000;
/** Liquidity that we took on paper is taken to be replaced by the market after this long. */
const LIQUIDITY_RECOVERY_MS = 60_000;

export type CashMove = {
  readonly commandId: string;
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly amountMicros: bigint;
};
export type CashMoveResult =
  | { readonly kind: 'booked' | 'already-booked' }
  | { readonly kind: 'refused'; readonly reason: string };

export class WalletCore {
  private readonly kv: KeyValue;
  private readonly control: ControlCache;
  private readonly outbox: Outbox;
  private readonly scheduler: Scheduler;
  private readonly book: WalletBook;
  private readonly snapshots: WalletSnapshots;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly deps: WalletDeps,
  ) {
    this.kv = new KeyValue(ports.storage);
    this.control = new ControlCache(this.kv);
    this.outbox = new Outbox(ports, deps.writeOutbox);
    this.book = new WalletBook(deps.mode, ports.storage, this.kv, this.outbox);
    this.snapshots = new WalletSnapshots(deps.mode, this.book, this.kv, this.outbox);
    this.scheduler = new Scheduler(ports, {
      [OUTBOX_JOB]: () => this.outbox.drain(),
      tick: () => this.tick(),
      snapshot: () => this.snapshot(),
    });
    this.outbox.attach(this.scheduler);
    this.scheduler.resume();
  }

  alarm(): Promise<void> {
    return this.scheduler.alarmFired();
  }

  /** Wakes the Wallet: reads the control document and starts the minute. Harmless when it already runs. */
  async ensureRunning(): Promise<void> {
    if (this.control.get() === undefined) await this.refreshControl();
    this.scheduler.at('tick', this.ports.nowMs());
  }

  applyControl(control: Control): void {
    const first = this.control.get() === undefined;
    if (!this.control.apply(control)) return;
    // What D1 says may only lower the switch; raising it takes an operator's command that reached us (design.md 3).
    const wanted = this.deps.mode === 'PAPER' ? control.paperTrading : 'OFF';
    const never = this.kv.get('trading') === undefined;
    if (never || wanted === 'OFF') this.kv.put('trading', wanted);
    if (first && this.deps.mode === 'PAPER') this.openPortfolio(control);
  }

  /** The switch as enforced here, durable before the answer leaves. Switching on also ends a pause after a bug of ours. */
  setTrading(state: 'ON' | 'OFF'): { readonly state: 'ON' | 'OFF' } {
    // There is no live execution yet: the live Wallet stays shut whatever it is told.
    const enforced = this.deps.mode === 'LIVE' ? 'OFF' : state;
    this.kv.put('trading', enforced);
    if (enforced === 'ON') this.kv.delete('paused');
    return { state: enforced };
  }

  heldLeaders(): readonly LeaderAddress[] {
    return [...new Set(this.book.open().map((position) => position.leaderAddress))];
  }

  /** Books a deposit or a withdrawal once per command id. Withdrawals are limited to the cash that is there. */
  moveCash(move: CashMove): CashMoveResult {
    if (move.amountMicros <= 0n) return { kind: 'refused', reason: 'the amount must be above zero' };
    if (move.amountMicros > 1_000_000_000_000n)
      return { kind: 'refused', reason: 'the amount is above $1,000,000' };
    const delta = move.kind === 'DEPOSIT' ? cash(move.amountMicros) : negate(cash(move.amountMicros));
    return this.ports.storage.transaction(() => {
      const known = this.kv.get<string>(`command:${move.commandId}`);
      if (known !== undefined) return { kind: 'already-booked' };
      if (add(this.book.cash(), delta) < 0n)
        return { kind: 'refused', reason: 'there is not that much cash' };
      this.kv.put(`command:${move.commandId}`, move.kind);
      this.book.bookEntry(this.cashEntry(move.kind, `command:${move.commandId}`, delta), undefined);
      this.snapshots.take(this.ports.nowMs());
      return { kind: 'booked' };
    });
  }

  /** Decides on an intent and executes it on paper; the same key again gives the stored answer (R30, R32). */
  async copy(request: CopyRequest): Promise<CopyResult> {
    const known = this.stored(request.intent);
    if (known !== undefined) return known;
    const settings = this.settingsOf(request.intent.leaderAddress);
    const quote = await this.freshEnough(request, settings);
    // Another delivery of the same intent may have been decided while we asked for a book.
    return this.stored(request.intent) ?? this.decideAndBook(request.intent, quote, settings);
  }

  /** What the Wallet is worth this moment, at the marks it has; pages show it beside the charts from D1. */
  portfolio(): WalletPortfolio {
    const open = this.book.open();
    const value = valuate(this.book.cash(), this.book.positions());
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
    const value = valuate(this.book.cash(), this.book.open());
    const paused = this.kv.get<string>('paused') ?? null;
    return {
      title: `Wallet ${this.deps.mode}`,
      healthy: paused === null && outbox.error === null && outbox.parked === 0 && value.equityMicros !== null,
      facts: {
        trading: this.trading(),
        pausedBecause: paused,
        controlVersion: this.control.get()?.version ?? null,
        openPositions: this.book.open().length,
        inactiveIntents: this.kv.get<number>('inactive') ?? 0,
        lastTickAtMs: this.kv.get<number>('tickAt') ?? null,
        outboxDepth: outbox.depth,
        outboxOldestAtMs: outbox.oldestAtMs,
        outboxError: outbox.error,
        outboxParked: outbox.parked,
      },
      lists: {},
    };
  }

  /** Nothing can place live orders yet, so the live Wallet is off whatever the document says. */
  private trading(): 'ON' | 'OFF' {
    if (this.deps.mode === 'LIVE') return 'OFF';
    return this.kv.get<'ON' | 'OFF'>('trading') ?? 'OFF';
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
    return {
      kind: 'ledger',
      mode: this.deps.mode,
      portfolioScope: 'EXEC_GLOBAL',
      refId,
      entryType,
      leaderAddress: '',
      conditionId: '',
      tokenId: '',
      shareDeltaMicros: 0n,
      cashDeltaMicros: delta,
      priceMicros: null,
      bookedAtMs: this.ports.nowMs(),
    };
  }

  private settingsOf(leader: LeaderAddress): ModeSettings {
    const control = this.control.get();
    const global = control?.settings[this.deps.mode] ?? defaultSettings(this.deps.mode);
    const user = control?.followedUsers.find((one) => one.leaderAddress === leader);
    return settingsFor(global, user?.overrides[this.deps.mode]);
  }

  private stored(intent: CopyIntent): CopyResult | undefined {
    const known = this.book.attemptResult(intent.idempotencyKey);
    return known === undefined ? undefined : fromJson<CopyResult>(known);
  }

  /** The quote handed along when it is young enough, else a fresh one; a feed that does not answer leaves none. */
  private async freshEnough(request: CopyRequest, settings: ModeSettings): Promise<Quote> {
    const { quote, intent } = request;
    if (this.trading() === 'OFF' || intent.presetReason !== null) return quote;
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

  /** One synchronous turn: gate, facts, decision, fills, ledger and outbox, all durable together or not at all. */
  private decideAndBook(intent: CopyIntent, quote: Quote, settings: ModeSettings): CopyResult {
    // What was buffered or carried has no other row to end in: even when OFF its end is recorded, and nothing is placed.
    const held = intent.sourceType === 'BUFFER' || intent.sourceType === 'CARRY';
    if (this.trading() === 'OFF' && held && this.deps.mode === 'PAPER') {
      const ended = { ...intent, presetReason: intent.presetReason ?? ('ENGINE_PAUSED' as const) };
      return this.ports.storage.transaction(() => this.bookDecision(ended, quote, settings));
    }
    if (this.trading() === 'OFF') {
      this.kv.put('inactive', (this.kv.get<number>('inactive') ?? 0) + 1);
      return { kind: 'inactive' };
    }
    try {
      return this.ports.storage.transaction(() => this.bookDecision(intent, quote, settings));
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      // Our own bug: stop copying, keep everything, show it (style.md 4.3).
      this.kv.put('paused', reasonOf(error));
      this.ports.log('error', 'the Wallet pauses on an invariant', { reason: reasonOf(error) });
      return this.ports.storage.transaction(() => this.bookDecision(intent, quote, settings));
    }
  }

  private bookDecision(intent: CopyIntent, quote: Quote, settings: ModeSettings): CopyResult {
    const nowMs = this.ports.nowMs();
    const sinceMs = nowMs - LIQUIDITY_RECOVERY_MS;
    const book =
      quote.book === null
        ? null
        : topLevels(
            withoutTaken(quote.book, intent.side, this.book.taken(intent.tokenId, intent.side, sinceMs)),
          );
    const facts: DecisionFacts = {
      intent,
      market: quote.market,
      book,
      portfolio: this.portfolioFacts(intent),
      nowMs,
    };
    const decision = decide(facts, settings);
    const filled =
      decision.kind === 'EXECUTE' && book !== null ? this.execute(facts, decision, book) : NO_FILL;
    const mark = quote.book === null ? undefined : markFromBook(quote.book);
    if (mark !== undefined && decision.kind === 'EXECUTE') this.book.mark(intent.tokenId, mark, nowMs);
    this.outbox.add(this.attemptRecord(facts, decision, filled));
    const position = this.book.position(intent.leaderAddress, intent.tokenId);
    if (decision.kind === 'EXECUTE' && position !== undefined) {
      this.book.publishPosition(position);
      this.scheduler.at('snapshot', nowMs + SNAPSHOT_DELAY_MS);
    }
    const result: CopyResult = {
      kind: 'decided',
      decision: decision.kind,
      reasons: decision.kind === 'SKIP' ? decision.reasons : [],
      carriedShareMicros:
        decision.kind === 'SKIP' && decision.reasons.includes('CARRIED')
          ? decision.targetShareMicros
          : shares(0n),
      orderShareMicrosMin: quote.market?.orderShareMicrosMin ?? null,
    };
    this.book.putAttempt(intent.idempotencyKey, nowMs, toJson(result));
    return result;
  }

  private execute(
    facts: DecisionFacts,
    decision: Decision & { kind: 'EXECUTE' },
    book: Book,
  ): typeof NO_FILL {
    const { intent, nowMs } = facts;
    const fills = paperFills(decision.plan, book, facts.market?.fee ?? null);
    const total = totalOf(fills);
    fills.forEach((fill, level) => {
      this.outbox.add({
        kind: 'copyFill',
        mode: this.deps.mode,
        fillKey: `${intent.idempotencyKey}:${level}`,
        groupKey: intent.groupKey,
        leaderAddress: intent.leaderAddress,
        tokenId: intent.tokenId,
        side: intent.side,
        shareMicros: fill.shareMicros,
        priceMicros: fill.priceMicros,
        notionalMicros: fill.notionalMicros,
        feeMicros: fill.feeMicros,
        filledAtMs: nowMs,
      });
      const taken = {
        at: fill.priceMicros,
        size: fill.shareMicros,
        nowMs,
        sinceMs: nowMs - LIQUIDITY_RECOVERY_MS,
      };
      this.book.addTaken(intent.tokenId, intent.side, taken);
    });
    const before = this.book.position(intent.leaderAddress, intent.tokenId) ?? EMPTY_POSITION;
    const buy = intent.side === 'BUY';
    const paid = buy
      ? negate(add(total.notionalMicros, total.feeMicros))
      : sub(total.notionalMicros, total.feeMicros);
    const after = buy
      ? bought(before, { size: total.shareMicros, paid: negate(paid) })
      : sold(before, { size: total.shareMicros, received: paid });
    this.book.bookEntry(
      {
        kind: 'ledger',
        mode: this.deps.mode,
        portfolioScope: 'EXEC_GLOBAL',
        refId: `copy:${intent.idempotencyKey}`,
        entryType: 'TRADE_FILL',
        leaderAddress: intent.leaderAddress,
        conditionId: intent.conditionId,
        tokenId: intent.tokenId,
        shareDeltaMicros: buy ? total.shareMicros : negate(total.shareMicros),
        cashDeltaMicros: paid,
        priceMicros: priceOfFloor(total.notionalMicros, total.shareMicros),
        bookedAtMs: nowMs,
      },
      after,
    );
    return total;
  }

  private attemptRecord(facts: DecisionFacts, decision: Decision, filled: typeof NO_FILL): CopyAttemptRecord {
    const { intent, nowMs } = facts;
    return {
      kind: 'attempt',
      mode: this.deps.mode,
      portfolioScope: 'EXEC_GLOBAL',
      leaderAddress: intent.leaderAddress,
      groupKey: intent.groupKey,
      idempotencyKey: intent.idempotencyKey,
      revision: 1,
      tokenId: intent.tokenId,
      conditionId: intent.conditionId,
      side: intent.side,
      sourceType: intent.sourceType,
      fillCount: intent.fillCount,
      decision: decision.kind,
      reasons: decision.kind === 'SKIP' ? decision.reasons : [],
      clamps: decision.clamps,
      leaderNotionalMicros: intent.leaderNotionalMicros,
      targetNotionalMicros: decision.targetNotionalMicros,
      targetShareMicros: decision.targetShareMicros,
      effectiveRateBps: decision.effectiveRateBps,
      referencePriceMicros: intent.referencePriceMicros,
      midPriceMicros: decision.midPriceMicros,
      limitPriceMicros: decision.kind === 'EXECUTE' ? decision.plan.limitPriceMicros : null,
      filledShareMicros: filled.shareMicros,
      filledNotionalMicros: filled.notionalMicros,
      feeMicros: filled.feeMicros,
      vwapPriceMicros:
        filled.shareMicros > 0n ? priceOfFloor(filled.notionalMicros, filled.shareMicros) : null,
      settingsVersion: this.control.get()?.version ?? 0,
      leaderEventAtMs: intent.leaderEventAtMs,
      detectedAtMs: intent.detectedAtMs,
      decidedAtMs: nowMs,
      facts: encodeFacts(facts),
    };
  }

  private portfolioFacts(intent: CopyIntent): PortfolioFacts {
    const open = this.book.open();
    const value = valuate(this.book.cash(), open);
    const flows = this.book.flows();
    const pnl = value.equityMicros === null ? cash(0n) : sub(value.equityMicros, flows);
    const exposureOf = (held: typeof open): CashMicros =>
      held.reduce(
        (sum, one) =>
          add(
            sum,
            one.markPriceMicros === null
              ? one.costMicros
              : notionalFloor(one.shareMicros, one.markPriceMicros),
          ),
        cash(0n),
      );
    const nowMs = this.ports.nowMs();
    const midnightMs = nowMs - (nowMs % 86_400_000);
    const holding = open.find(
      (one) => one.leaderAddress === intent.leaderAddress && one.tokenId === intent.tokenId,
    );
    return {
      paused: this.kv.get<string>('paused') !== undefined,
      cashMicros: this.book.cash(),
      equityMicros: value.equityMicros,
      totalExposureMicros: value.exposureMicros,
      marketExposureMicros: exposureOf(open.filter((one) => one.conditionId === intent.conditionId)),
      leaderExposureMicros: exposureOf(open.filter((one) => one.leaderAddress === intent.leaderAddress)),
      holdingShareMicros: holding?.shareMicros ?? shares(0n),
      dayPnlMicros: sub(pnl, this.book.pnlSince(midnightMs) ?? pnl),
      weekPnlMicros: sub(pnl, this.book.pnlSince(nowMs - 7 * 86_400_000) ?? pnl),
      pnlMicros: pnl,
      peakPnlMicros: max(this.kv.get<CashMicros>('peakPnl') ?? cash(0n), pnl),
      flowMicros: flows,
    };
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
        this.takeStates(states);
        this.publishMarks();
      });
    } catch (error) {
      if (error instanceof InvariantError) this.kv.put('paused', reasonOf(error));
      this.ports.log('warn', 'no marks this minute', { reason: reasonOf(error) });
    }
    this.ports.storage.transaction(() => {
      this.snapshots.take(this.ports.nowMs());
      this.book.prune(this.ports.nowMs());
      this.kv.put('tickAt', this.ports.nowMs());
    });
  }

  private snapshot(): void {
    this.ports.storage.transaction(() => this.snapshots.take(this.ports.nowMs()));
  }

  private publishMarks(): void {
    const slot = Math.floor(this.ports.nowMs() / MARK_PUBLISH_MS);
    if (this.kv.get<number>('markSlot') === slot) return;
    this.kv.put('markSlot', slot);
    const told = this.kv.get<Record<string, number>>('markRevisions') ?? {};
    const open = this.book.open();
    const keyOf = (one: (typeof open)[number]): string => `${one.leaderAddress}:${one.tokenId}`;
    for (const one of open) if (told[keyOf(one)] !== one.revision) this.book.publishPosition(one);
    this.kv.put('markRevisions', Object.fromEntries(open.map((one) => [keyOf(one), one.revision])));
  }

  private takeStates(states: readonly TokenState[]): void {
    for (const state of states) {
      if (state.payoutPriceMicros !== null) this.settle(state);
      else if (state.markPriceMicros !== null)
        this.book.mark(state.tokenId, state.markPriceMicros, state.markedAtMs);
    }
  }

  /** Burns the shares and books the payout in one entry per position, so that neither can exist without the other (W24). */
  private settle(state: TokenState): void {
    if (state.payoutPriceMicros === null) return;
    for (const position of this.book.open().filter((one) => one.tokenId === state.tokenId)) {
      const received = settlementPayout(position.shareMicros, state.payoutPriceMicros);
      this.book.bookEntry(
        {
          kind: 'ledger',
          mode: this.deps.mode,
          portfolioScope: 'EXEC_GLOBAL',
          // The revision makes a position that was opened again after settlement settle again (W25).
          refId: `settle:${position.leaderAddress}:${position.tokenId}:${position.revision}`,
          entryType: 'SETTLEMENT',
          leaderAddress: position.leaderAddress,
          conditionId: position.conditionId,
          tokenId: position.tokenId,
          shareDeltaMicros: negate(position.shareMicros),
          cashDeltaMicros: received,
          priceMicros: state.payoutPriceMicros,
          bookedAtMs: this.ports.nowMs(),
        },
        sold(position, { size: position.shareMicros, received }),
      );
      const after = this.book.position(position.leaderAddress, position.tokenId);
      if (after !== undefined) this.book.publishPosition(after);
    }
  }
}

const NO_FILL = totalOf([]);
