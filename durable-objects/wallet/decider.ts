/**
 * One decision on one intent: collects the facts, asks `decide`, and lets the executor carry the decision out. Called inside
 * the turn's transaction.
 */
import { assert } from '../../domain/assert.ts';
import { type Decision, decide } from '../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../domain/decide/decision-facts.ts';
import { wantedShares } from '../../domain/decide/exit-size.ts';
import type { DecisionWord, ReasonCode } from '../../domain/decide/reasons.ts';
import type { IdempotencyKey, TokenId } from '../../domain/ids.ts';
import { notionalFloor, price, type ShareMicros, shares } from '../../domain/money.ts';
import { type FilledTotals, NO_FILL } from '../../domain/portfolio/paper-fills.ts';
import { hasPayout, isGoodNow } from '../../domain/portfolio/worth.ts';
import type { Quote } from '../rpc.ts';
import type { Execution, Executor, Funds, Post } from './executor.ts';
import type { Deciding } from './intent-quotes.ts';
import type { WalletKeyValue } from './keys.ts';
import type { TakenLiquidity } from './paper/taken-liquidity.ts';
import { portfolioFacts } from './portfolio-facts.ts';
import type { PortfolioStore } from './portfolio-store.ts';
import type { WalletSwitches } from './switches.ts';

/** How an attempt ends: what the engine decided, unless the executor's last check refused it or lets it wait. */
export interface Outcome {
  readonly word: DecisionWord;
  readonly reasons: readonly ReasonCode[];
  readonly filled: FilledTotals;
  /** Shares of a SELL that are sold, or that its order now reserves. */
  readonly soldShareMicros: ShareMicros;
  /** When a pending paper copy is to fill; absent for every other. */
  readonly dueAtMs?: number;
}

export interface Decided {
  readonly facts: DecisionFacts;
  readonly decision: Decision;
  readonly outcome: Outcome;
  /** Null when nothing leaves. */
  readonly post: Post | null;
}

const NOTHING = { filled: NO_FILL, soldShareMicros: shares(0n) } as const;

export class Decider {
  constructor(
    private readonly nowMs: () => number,
    private readonly kv: WalletKeyValue,
    private readonly switches: WalletSwitches,
    private readonly taken: TakenLiquidity,
    private readonly book: PortfolioStore,
    private readonly funds: Funds,
    private readonly executor: Executor,
  ) {}

  /** The shares that this SELL should sell, whatever prevents it. */
  wanted(given: Deciding): ShareMicros {
    return wantedShares(this.factsFor(given), given.settings);
  }

  /** Whether an owed exit may be tried now; see Executor. */
  isReady(intent: CopyIntent, earlier: readonly IdempotencyKey[]): boolean {
    return this.executor.isReady(intent, earlier);
  }

  /** Shares of the token that are booked for the leader, with those of no leader where `sellUnattributed` says so. */
  held(intent: CopyIntent, sellUnattributed: boolean): ShareMicros {
    return this.funds.held(intent, sellUnattributed);
  }

  /** Whether the market of a held token has its result. */
  hasPayout(tokenId: TokenId): boolean {
    return this.book.open().some((one) => one.tokenId === tokenId && hasPayout(one));
  }

  /** Whether it is not known yet how many shares there are to sell. */
  awaits(intent: CopyIntent): boolean {
    return this.executor.awaits(intent);
  }

  /** The end of a sale that waits until that is known, whatever would be decided now. */
  waiting(given: Deciding): Decided {
    const { facts, decision } = this.preview(given);
    return { facts, decision, outcome: this.wait(), post: null };
  }

  /** What would be decided now, with its facts; nothing is executed. */
  preview(given: Deciding): { readonly facts: DecisionFacts; readonly decision: Decision } {
    const facts = this.factsFor(given);
    return { facts, decision: decide(facts, given.settings) };
  }

  /** Decides with the facts of this moment. `waits`: what waited goes on waiting, and nothing is to be written. */
  decide(given: Deciding): Decided | 'waits' {
    const { settings, waited, waitedSinceMs } = given;
    const facts = this.factsFor(given);
    const waitedForMs = waitedSinceMs === undefined ? facts.intent.waitedMs : facts.nowMs - waitedSinceMs;
    const decision = decide(facts, settings);
    const execution: Execution | null =
      decision.kind === 'EXECUTE'
        ? this.executor.execute({ facts, decision, settings, waited, waitedForMs })
        : null;
    if (execution?.kind === 'wait' && waited) return 'waits';
    const mayChange = decision.kind === 'SKIP' && !waited && isOfShares(given.intent, decision);
    const isNothingYet = mayChange && this.executor.awaits(given.intent);
    return {
      facts,
      decision,
      outcome:
        execution?.kind === 'wait'
          ? this.wait(execution.reason)
          : isNothingYet
            ? this.wait()
            : outcomeOf(decision, execution),
      post: execution?.kind === 'done' ? execution.post : null,
    };
  }

  private wait(reason = this.executor.waitReason): Outcome {
    return { word: 'WAIT', reasons: [reason], ...NOTHING };
  }

  private factsFor({ intent, quote, settings }: Deciding): DecisionFacts {
    const { book, kv, funds } = this;
    const nowMs = this.nowMs();
    const effective = this.switches.effective(intent.leaderAddress);
    const laterShareMicros = this.executor.boughtLater(intent);
    const gate = intent.presetReason ?? this.executor.gate(intent, settings);
    const exitOnly = intent.exitOnly || effective.exitOnly;
    const given = { ...this.priced(intent, quote, nowMs), presetReason: gate, exitOnly };
    return {
      intent: given,
      market: quote.market,
      book:
        quote.book === null ? null : this.taken.leftOf(quote.book, { intent, market: quote.market, nowMs }),
      portfolio: portfolioFacts({ book, kv, funds }, { intent: given, settings, laterShareMicros, nowMs }),
      nowMs,
    };
  }

  /** A merge has no price of the token: the mark stands for it while it is good, else the best bid (A48). */
  private priced(intent: CopyIntent, { book }: Quote, nowMs: number): CopyIntent {
    if (intent.sourceType !== 'ACTIVITY') return intent;
    const held = this.book.position(intent.leaderAddress, intent.tokenId)?.mark ?? null;
    const bid = book?.bids[0]?.priceMicros ?? price(0n);
    const referencePriceMicros = held !== null && isGoodNow(held, nowMs) ? held.priceMicros : bid;
    const leaderNotionalMicros = notionalFloor(intent.leaderShareMicros, referencePriceMicros);
    return { ...intent, referencePriceMicros, leaderNotionalMicros };
  }
}

/**
 * Whether the skip of a sale could end in other shares once those on their way have come: of an exit, whatever stops it now, since
 * what it leaves unsold is owed and is a part of what is held by then (A44).
 */
function isOfShares(intent: CopyIntent, { reasons }: Decision & { readonly kind: 'SKIP' }): boolean {
  const { side, sourceType, presetReason } = intent;
  const isExit = side === 'SELL' && sourceType !== 'CLOSE' && sourceType !== 'EXIT' && presetReason === null;
  return isExit || reasons.includes('NOT_ENOUGH_POSITION_TO_SELL');
}

function outcomeOf(
  decision: Decision,
  execution: Extract<Execution, { readonly kind: 'done' | 'refused' }> | null,
): Outcome {
  if (decision.kind === 'SKIP') return { word: 'SKIP', reasons: decision.reasons, ...NOTHING };
  assert(execution !== null, 'a copy was to be executed, and was not');
  if (execution.kind === 'refused') return { word: 'SKIP', reasons: [execution.reason], ...NOTHING };
  const { filled, soldShareMicros, reasons, dueAtMs } = execution;
  const due = dueAtMs === undefined ? {} : { dueAtMs };
  return { word: 'EXECUTE', reasons, filled, soldShareMicros, ...due };
}
