/**
 * What differs between the two Wallets: how a decision becomes fills (design.md 2). Paper waits as long as live would and fills
 * from the book; live signs, stores and posts. Everything else of a Wallet is the same code.
 */
import type { Decision } from '../../domain/decide/decide.ts';
import type { CopyIntent, DecisionFacts } from '../../domain/decide/decision-facts.ts';
import type { ReasonCode } from '../../domain/decide/reasons.ts';
import type { IdempotencyKey } from '../../domain/ids.ts';
import type { CashMicros, ShareMicros } from '../../domain/money.ts';
import type { FilledTotals } from '../../domain/portfolio/paper-fills.ts';
import type { PlacedOrderRecord } from '../../domain/records/live-records.ts';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import type { CopyDecision } from '../copy-answer.ts';

/** An order that leaves in the turn of its decision. */
export interface Post {
  readonly order: PlacedOrderRecord;
  /** Stores the order with what is written after its POST; in the transaction of the decision. */
  store(copy: LateCopy): void;
  /** Starts the POST; once the transaction is committed. */
  start(): void;
}

/** What a copy leaves behind besides its order: written after the POST, and made again from the order after a crash. */
export interface LateCopy {
  readonly attempt: CopyAttemptRecord;
  /** What a repeated call is answered. */
  readonly answer: CopyDecision;
  /** A sale that waited: it has an attempt and an answer already. */
  readonly waited: boolean;
}

export type Execution =
  | {
      readonly kind: 'done';
      readonly filled: FilledTotals;
      /** Shares of a SELL that are sold, or that its order now reserves. */
      readonly soldShareMicros: ShareMicros;
      readonly reasons: readonly ReasonCode[];
      /** When a pending paper copy is to fill; absent for every other. */
      readonly dueAtMs?: number;
      /** Null when nothing leaves. */
      readonly post: Post | null;
    }
  | { readonly kind: 'refused'; readonly reason: ReasonCode }
  /** The shares to be sold are not final yet; with a reason, what else it waits for. */
  | { readonly kind: 'wait'; readonly reason?: ReasonCode };

/** Cash that open orders may still spend, as part of what is at risk (A42). */
export interface ReservedCash {
  readonly total: CashMicros;
  readonly market: CashMicros;
  readonly leader: CashMicros;
}

/** What a decision may spend and sell, and what is at risk besides the ledger. */
export interface Funds {
  freeCash(): CashMicros;
  /** Shares of the token that may be sold for the leader. */
  sellable(intent: CopyIntent, settings: ModeSettings): ShareMicros;
  /** Shares of the token that are booked for the leader, reserved or not; with those of no leader where `sellUnattributed` says so. */
  held(intent: CopyIntent, sellUnattributed: boolean): ShareMicros;
  /** Of these, as the settings say, the shares that no sale of this leader or another reserves. */
  own(intent: CopyIntent, settings: ModeSettings): ShareMicros;
  /** The shares that exits owe, at most `ownShareMicros` (A44). */
  owed(intent: CopyIntent, ownShareMicros: ShareMicros): ShareMicros;
  reserved(intent: CopyIntent): ReservedCash;
  /** The venue's own value of what is held; null on paper. The higher of it and the ledger's counts against the caps. */
  venueExposure(): CashMicros | null;
}

/** Sales that wait until the shares they would sell are final, or bought; live, also what waits until an order may leave. */
export interface WaitingSales {
  /** Keeps the intent; it is decided again once what it waits for has come, or its time is over. */
  wait(intent: CopyIntent, settings: ModeSettings, reason?: ReasonCode): void;
  /** An exit has arrived: purchases of the same that wait are lowered by its fraction (A44). Before the exit itself waits. */
  exited(intent: CopyIntent): void;
  /** The intent with this key has been decided. */
  done(key: string): void;
  /** A purchase was decided: sales that wait came before it, and sell nothing of it. `bought`: its shares so far. */
  purchased(intent: CopyIntent, bought: ShareMicros): void;
}

export interface Executor {
  /** Why a sale waits. */
  readonly waitReason: ReasonCode;
  /** Why nothing of this intent may be executed now; null when all is ready. */
  gate(intent: CopyIntent, settings: ModeSettings): ReasonCode | null;
  /**
   * Whether shares that a sale would sell may still be on their way, or an earlier sale of the same waits: then nothing that is
   * decided of it now is final.
   */
  awaits(intent: CopyIntent): boolean;
  /** Shares that are held of purchases decided after this sale began to wait: it sells none of them (A44). */
  boughtLater(intent: CopyIntent): ShareMicros;
  /**
   * Whether a try of an owed exit may be made: nothing of the same is open, sale or purchase, and every trade that the venue
   * named for the orders of these earlier keys is booked.
   */
  isReady(intent: CopyIntent, earlier: readonly IdempotencyKey[]): boolean;
  /** Inside the caller's transaction: all of it becomes durable together, or none. */
  execute(given: {
    readonly facts: DecisionFacts;
    readonly decision: Decision & { readonly kind: 'EXECUTE' };
    readonly settings: ModeSettings;
    /** A sale no longer waits for shares to become final. */
    readonly waited: boolean;
    /** How long the intent has waited for whatever it waited for; 0 for a new one. */
    readonly waitedForMs?: number;
  }): Execution;
}
