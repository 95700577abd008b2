/** What each object reports to the pages about itself: plain data that crosses RPC. Times are UTC milliseconds. */
import type { ReasonCode } from '../decide/reasons.ts';
import type { ConditionId, LeaderAddress, SliceOwner, TokenId } from '../ids.ts';
import type { MarkRule } from '../market/mark.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../money.ts';
import type { VenueCondition } from '../orders/orders.ts';
import type { OwedCounts, OwedExit } from '../portfolio/owed-exit.ts';
import type { AnswerTimes, PaperWait } from '../settings/paper-wait.ts';
import type { EntryState, LiveState } from '../settings/switches.ts';
import type { LimitReached } from './platform-limits.ts';

/** Records that wait for D1. */
export interface OutboxStatus {
  readonly depth: number;
  /** When the oldest record was written; null when none waits. */
  readonly oldestAtMs: number | null;
  /** Why the last batch failed; null after one that did not. */
  readonly error: string | null;
  /** Records that D1 refuses for their content; they wait for the operator. */
  readonly parked: number;
}

/** The last hour of decisions on leader trades (A60). */
export interface CopyingStatus {
  readonly decisions: number;
  /** Of these, skipped because we did not work: seen too late, without a book, a free call or a read account. */
  readonly skippedByUs: number;
  /** The most frequent of these reasons; null when none was. */
  readonly commonestReason: ReasonCode | null;
  /** From the leader's trade to our decision, without what waits by our own rules; null without decisions. */
  readonly lagMsP50: number | null;
  readonly lagMsP95: number | null;
}

interface ObjectStatus {
  /** False when the operator has to look. */
  readonly healthy: boolean;
  /** The control document in force; null before the first. */
  readonly controlVersion: number | null;
  readonly outbox: OutboxStatus;
  /** One line for each job that failed when it ran last; it runs again by itself. */
  readonly failingJobs: readonly string[];
  /** What the platform refuses to store: nothing is bought meanwhile. Null where nothing is; absent in earlier releases. */
  readonly limit?: LimitReached | null;
}

export interface FeedStatus extends ObjectStatus {
  readonly kind: 'feed';
  readonly leadersWatched: number;
  readonly rtds: {
    readonly state: SocketState;
    /** Why it is not to be open; null while it is. */
    readonly unused: 'SETTING' | 'NOBODY_FOLLOWED' | null;
    readonly frames: number;
    readonly reconnects: number;
    /** Zero before the first. */
    readonly lastFrameAtMs: number;
    /** Why the last connection ended; '' before that. */
    readonly lastEnd: string;
    /** While it is silent: leaders whom sweeps stand in for, and those of them who were not swept in time; else null. */
    readonly standIn: { readonly leaders: number; readonly late: number } | null;
  };
  /** All sockets of the market channel together. */
  readonly marketChannel: {
    readonly open: boolean;
    readonly reconnects: number;
    readonly lastFrameAtMs: number;
  };
  readonly openPages: number;
  readonly books: {
    readonly live: number;
    readonly frames: number;
    readonly refused: number;
    readonly crossed: number;
    readonly coldBooks: number;
    readonly disagreements: number;
    readonly tickChanges: number;
  };
  readonly counts: {
    readonly rtdsRows: number;
    readonly deliveryFailures: number;
    readonly sweeps: number;
    readonly sweepFailures: number;
    readonly seedFailures: number;
  };
  /** Public reads that the venue refused for their number, and until when nobody asks it; null while it may be asked. */
  readonly limits: { readonly refused: number; readonly pausedUntilMs: number | null };
  readonly quarantined: number;
  /** Leaders whose last sweep is too long ago, and when the oldest of these was; null when there is none (A60). */
  readonly late: { readonly sweeps: number; readonly oldestSweepAtMs: number | null };
  /** Leaders whose objects need the operator (A60): how many, and the first of them. */
  readonly troubles: { readonly count: number; readonly leaders: readonly LeaderTrouble[] };
  /** One line for each leader: when it was swept last. */
  readonly sweeps: readonly string[];
}

export interface UserStatus extends ObjectStatus {
  readonly kind: 'user';
  readonly leaderAddress: string;
  readonly seededAtMs: number | null;
  readonly lastFillAtMs: number | null;
  readonly intentsWaiting: number;
  /** Purchases of the last hour that were too old to copy when they were seen (A60). */
  readonly seenTooLate: number;
}

/** What LeaderFeed receives of a leader's object with each sweep, so that no page need wake it (A60). */
export type LeaderCondition = Pick<UserStatus, 'healthy' | 'seenTooLate' | 'outbox'>;

/** A condition that the operator must know, and when it was received. */
export interface LeaderTrouble extends LeaderCondition {
  readonly leaderAddress: LeaderAddress;
  readonly receivedAtMs: number;
}

export interface WalletStatus extends ObjectStatus {
  readonly kind: 'wallet';
  /** The switch as this Wallet enforces it. */
  readonly trading: LiveState;
  /** Why it stopped copying after a bug of ours; null while it copies. */
  readonly pausedBecause: string | null;
  /** The operator's own, as far as this Wallet knows them: of a leader with one of these nothing is copied (A53). */
  readonly ownAddresses: readonly LeaderAddress[];
  readonly openPositions: number;
  /** Exits that are owed, without dust (A44). */
  readonly owedExits: OwedCounts;
  readonly inactiveIntents: number;
  readonly copying: CopyingStatus;
  readonly lastTickAtMs: number | null;
  /** The highest PnL so far; null before the first valuation. */
  readonly peakPnlMicros: bigint | null;
  /** Null before the first valuation. */
  readonly deepestFall: DeepestFall | null;
  /** How long a paper copy waits besides its market's own delay (A55); null on the live Wallet. */
  readonly paperWait: PaperWait | null;
  /** Null on the paper Wallet. */
  readonly live: LiveStatus | null;
}

/** What only the live Wallet has: its account at the venue, its orders and how they compare. */
export interface LiveStatus {
  readonly account: AccountStatus;
  readonly userChannel: {
    readonly state: SocketState;
    readonly reconnects: number;
    /** Null while it is up. */
    readonly downSinceAtMs: number | null;
  };
  /** When SHADOW was entered last; null in every other state. */
  readonly shadowSinceAtMs: number | null;
  /** OFF: no purchase is made for any leader (A61). */
  readonly entries: EntryState;
  /** Followed leaders whose own switch stops entries. */
  readonly leadersWithoutEntries: number;
  /** How many leaders are in each state. */
  readonly effectiveUsers: {
    readonly on: number;
    readonly shadow: number;
    readonly exitsOnly: number;
    readonly off: number;
  };
  readonly orders: {
    readonly lastAtMs: number | null;
    readonly open: number;
    readonly unresolved: number;
    readonly oldestUnresolvedAtMs: number | null;
    /** Without an outcome for longer than the settings allow. */
    readonly overdue: number;
  };
  /** Sales that wait for shares. */
  readonly waitingExits: number;
  /** What waits until an order may leave: too many calls are unanswered, or orders have left within the last second. */
  readonly queued: { readonly intents: number; readonly oldestAtMs: number | null };
  /** How long the newest orders took from decision to answer. */
  readonly answers: AnswerTimes;
  readonly reconciliation: {
    readonly lastAtMs: number | null;
    readonly error: string | null;
    readonly differences: number;
    readonly alertingDifferences: number;
  };
  /** The venue's words: hostile text. */
  readonly lastError: { readonly message: string; readonly atMs: number } | null;
  readonly quarantinedFrames: number;
  /** One line for each order that is still open. */
  readonly openOrders: readonly string[];
}

export interface AccountStatus {
  readonly auth: AuthState;
  /** Why it is not OK; '' when there is nothing to say. */
  readonly authReason: string;
  readonly authProbedAtMs: number | null;
  /** The first and last characters of the API key; '' without one. */
  readonly apiKeyMasked: string;
  /** What keeps orders from leaving until the operator has fixed it; null when nothing does. */
  readonly problem: string | null;
  /** A passing state of the venue, and when it is expected to end. */
  readonly venueCondition: VenueCondition | null;
  readonly venueUntilAtMs: number | null;
  /** What the venue's rate headers say; null where they say nothing. */
  readonly rateRemaining: number | null;
  readonly rateTier: string;
  readonly rateWarning: string;
  readonly collateralMicros: bigint | null;
  /** When the account was first read; the ledger starts there. */
  readonly openedAtMs: number | null;
  readonly region: string | null;
}

export type SocketState = 'STOPPED' | 'CONNECTING' | 'OPEN' | 'WAITING';
export type AuthState = 'MISSING' | 'MALFORMED' | 'PENDING' | 'OK' | 'FAILED';

/** A Wallet's worth this moment, all of it from one turn of the Wallet. Equity is null while a held position has no mark. */
export interface WalletPortfolio {
  readonly atMs: number;
  readonly cashMicros: CashMicros;
  readonly equityMicros: CashMicros | null;
  readonly exposureMicros: CashMicros;
  readonly realisedMicros: CashMicros;
  readonly unrealisedMicros: CashMicros;
  readonly flowMicros: CashMicros;
  readonly risk: WalletRisk;
  readonly deepestFall: DeepestFall | null;
  readonly positions: readonly PositionMark[];
  /** Rows that owe something, dust included, the longest owed first (A44). */
  readonly owedExits: readonly OwedExit[];
  /**
   * Positions that no exit is to sell: the operator keeps them although an exit owed them (A44), or their market has its result,
   * and they wait for redemption.
   */
  readonly keptExits: readonly { readonly leaderAddress: LeaderAddress; readonly tokenId: TokenId }[];
}

/** What the breakers and caps judge a Wallet by. */
export interface WalletRisk {
  /** Cash and positions at the lower of mark and bid; null while a held position has no mark. */
  readonly equityMicros: CashMicros | null;
  /** The value of positions whose mark is not good. */
  readonly unsureMicros: CashMicros;
  /** Positions at the higher of cost and mark, without what orders hold. */
  readonly exposureMicros: CashMicros;
  /** Since the last valuation at or before UTC midnight, and seven days ago. */
  readonly dayPnlMicros: CashMicros;
  readonly weekPnlMicros: CashMicros;
  readonly pnlMicros: CashMicros;
  readonly peakPnlMicros: CashMicros;
  /** Deposits less withdrawals. */
  readonly flowMicros: CashMicros;
}

/** The largest fall of PnL from its peak, and the equity at that peak. */
export interface DeepestFall {
  readonly fallMicros: CashMicros;
  readonly peakEquityMicros: CashMicros;
}

export interface PositionMark {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly markPriceMicros: PriceMicros | null;
  /** Null without a mark. */
  readonly markRule: MarkRule | null;
  /** When the mark was current; zero before the first. */
  readonly markedAtMs: number;
}
