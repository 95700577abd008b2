/**
 * Every small value that a Wallet keeps under a name in its own SQLite, with its type. The types are the contract between
 * releases: a stored value outlives the code that wrote it. Times are UTC milliseconds.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import type { PriceAt } from '../../domain/market/book.ts';
import type { Mark } from '../../domain/market/mark.ts';
import type { CashMicros, PriceMicros } from '../../domain/money.ts';
import type { AccountProblem, CheckItem, VenueCondition } from '../../domain/orders/orders.ts';
import type { CopySlot } from '../../domain/records/copying.ts';
import type { DeepestFall } from '../../domain/records/status.ts';
import type { AnswerTimes } from '../../domain/settings/paper-wait.ts';
import type { EntryState, LiveOverride, LiveState } from '../../domain/settings/switches.ts';
import type { ControlKeys } from '../platform/control-cache.ts';
import type { KeyValue } from '../platform/key-value.ts';
import type { QuarantineKeys } from '../platform/quarantine.ts';

export type WalletKeyValue = KeyValue<WalletKeys>;

export interface WalletKeys extends ControlKeys, PortfolioKeys, SwitchKeys, LiveKeys {
  /** Why the Wallet is paused after a bug of ours; absent while it is not. */
  paused: string;
  /** Intents that arrived while the mode was OFF. */
  inactive: number;
  /** When the last minute's work ended. */
  tickAt: number;
  /** Paper: how long live orders take, as the live Wallet said last. */
  liveAnswers: AnswerTimes;
  /** The decisions of the last hour. */
  recentCopies: readonly CopySlot[];
  /** The kind of a cash command, once it is booked. */
  [command: `command:${string}`]: string;
}

interface PortfolioKeys {
  /** Set once the positions have the columns of their marks' rules. */
  [table: `markColumns:${string}`]: 1;
  cash: CashMicros;
  /** Deposits less withdrawals. */
  flows: CashMicros;
  /** The highest PnL so far. */
  peakPnl: CashMicros;
  deepestFall: DeepestFall;
  /** The largest exposure so far, of the whole Wallet ('') or of one leader. */
  [peak: `peakExposure:${string}`]: CashMicros;
  /** Start of the ten minutes in which HOUR and DAY snapshots were last written. */
  rollupSlot: number;
  [slice: `slice:${string}`]: SliceState;
  /** Number of the five minutes in which all moved marks were last sent to D1. */
  markSlot: number;
  /** The marks of all open positions, so many to a row: a minute moves them all, and each row written is billed. */
  [chunk: `marks:${number}`]: readonly StoredMark[];
  /** By `leader:token`, the revision of the position that was last sent to D1. */
  markRevisions: Readonly<Record<string, number>>;
}

interface SwitchKeys {
  trading: LiveState;
  overrides: Readonly<Record<string, LiveOverride>>;
  /** When SHADOW was entered last. */
  shadowSinceMs: number;
  /** When the switch was last lowered: what was placed before is not tried again by itself (A44). */
  loweredAt: number;
  [leaderLowered: `loweredAt:${LeaderAddress}`]: number;
  /** When the last OFF was stored. */
  offAt: number;
  /** When the last FORCE_OFF of this leader was stored. */
  [leaderOff: `offAt:${LeaderAddress}`]: number;
  /** Absent while entries were never stopped, which is ON. */
  entries: EntryState;
  [leaderEntries: `entries:${LeaderAddress}`]: EntryState;
  /** When entries were last stopped by a command. */
  entriesOffAt: number;
  [leaderEntriesOff: `entriesOffAt:${LeaderAddress}`]: number;
}

interface LiveKeys extends QuarantineKeys {
  /** From decision to answer of the newest answered orders in markets without a delay of their own, in ms. */
  answerTimes: readonly number[];
  lastError: { readonly message: string; readonly atMs: number };
  /** When the account was first read; the ledger starts there. */
  accountOpenedAt: number;
  /** The funder address whose account the books describe. */
  accountFunder: string;
  /** Keys of fills that the opening balance already contains. */
  openingTrades: readonly string[];
  collateral: { readonly balanceMicros: CashMicros; readonly atMs: number };
  /** What each exchange contract may move, by lower-case address. */
  allowances: Readonly<Record<string, bigint>>;
  authProbedAt: number;
  region: { readonly state: CheckItem['state']; readonly sentence: string; readonly atMs: number };
  lastReconcileAt: number;
  reconcileError: string;
  /** Our trades have been read completely up to this time. */
  readThrough: number;
  /** Deposits, withdrawals and redemptions have been read completely up to this time. */
  flowsThrough: number;
  accountProblems: Readonly<Partial<Record<AccountProblem, StoredProblem>>>;
  venueCondition: StoredCondition;
}

/** The mark of one position; `revision` is the position's with this mark. */
export interface StoredMark {
  readonly slice: string;
  readonly revision: number;
  readonly mark: Mark;
  readonly bidPriceMicros: PriceMicros | null;
  readonly ended: boolean;
  /** Null if it never had a good mark. */
  readonly lastGood: PriceAt | null;
}

/** A leader's slice at its last snapshot. */
export interface SliceState {
  readonly signature: string;
  readonly hourMs: number;
}

/** A fault of the account, which a person has to fix. */
export interface StoredProblem {
  readonly problem: AccountProblem;
  readonly message: string;
  readonly sinceMs: number;
}

/** A passing state of the venue in which it accepts no orders. */
export interface StoredCondition {
  readonly condition: VenueCondition;
  readonly message: string;
  readonly untilMs: number;
  /** How often in a row it was reported without an accepted order in between; the pauses grow with it. */
  readonly times: number;
}
