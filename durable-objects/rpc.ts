/** The calls between the Worker and the objects, and among the objects. Plain data; any call may arrive twice. */

import type { CopyIntent } from '../domain/decide/decision-facts.ts';
import type { IntentMember } from '../domain/decide/members.ts';
import type { LeaderFillSource, ReasonCode } from '../domain/decide/reasons.ts';
import type { ConditionId, LeaderAddress, TokenId, TradingMode } from '../domain/ids.ts';
import type { Book, PriceAt } from '../domain/market/book.ts';
import type { BookTop } from '../domain/market/mark.ts';
import type { MarketFacts } from '../domain/market/market.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../domain/money.ts';
import type { CheckItem } from '../domain/orders/orders.ts';
import type {
  FeedStatus,
  LeaderCondition,
  UserStatus,
  WalletPortfolio,
  WalletStatus,
} from '../domain/records/status.ts';
import type { Topic } from '../domain/records/topics.ts';
import type { Control } from '../domain/settings/control.ts';
import type { EntryState, LiveOverride, LiveState } from '../domain/settings/switches.ts';
import type { ActivityRow, LeaderRow } from '../polymarket/public/leader-row.ts';
import type { CopyResult } from './copy-answer.ts';

/** A book with the facts of its market; each may be unknown. */
export interface Quote {
  readonly book: Book | null;
  readonly market: MarketFacts | null;
}

export interface QuoteRequest {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** The book is of this time or later; without it, at most a second old. */
  readonly sinceMs?: number;
}

export interface ObserveRequest {
  readonly leaderAddress: LeaderAddress;
  readonly source: LeaderFillSource;
  /** A stream reports rows as they happen; a sweep lists each of its transactions as a whole. */
  readonly kind: 'stream' | 'sweep';
  readonly rows: readonly LeaderRow[];
  readonly activities: readonly ActivityRow[];
  readonly quotes: Readonly<Record<string, Quote>>;
  readonly detectedAtMs: number;
}

export interface SeedPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly avgPriceMicros: PriceMicros;
  /** Of the event that the market belongs to; empty where the venue names none. */
  readonly eventSlug: string;
}

export interface PositionReading {
  /** What is not in the list is not held, but for `unreadTokenIds`: what is known of those stays. */
  readonly complete: boolean;
  readonly unreadTokenIds?: readonly TokenId[];
  /** When the list was requested. */
  readonly asOfMs: number;
  /** A sweep that began later has brought every fill and act that the venue knew when it made the list. */
  readonly swept: boolean;
}

export interface CopyRequest {
  readonly intent: CopyIntent;
  /** What the intent is made of; empty where the Wallet makes it itself: a sale by hand, a try of an owed exit. */
  readonly members: readonly IntentMember[];
  readonly quote: Quote;
}

/** What a token's mark is made of, or its payout once the market has resolved. */
export interface TokenState {
  readonly tokenId: TokenId;
  /** The best prices; null while the book could not be read. A token without a book has a top without prices. */
  readonly top: BookTop | null;
  readonly lastTrade: PriceAt | null;
  /** The market has ended and has no result yet. */
  readonly ended: boolean;
  readonly payoutPriceMicros: PriceMicros | null;
}

export interface FeedPort {
  /** Book and market facts: from memory when young enough, else by REST. */
  freshQuote(request: QuoteRequest): Promise<Quote>;
  /** Marks and payouts of held tokens; their books stay subscribed from now on. `bids`: when the Wallet is to be called. */
  tokenStates(
    tokens: readonly { readonly tokenId: TokenId; readonly conditionId: ConditionId }[],
    bids?: ExitBids,
  ): Promise<readonly TokenState[]>;
}

/** What the book of a token must show before an exit that is owed of it can be sold. */
export interface WantedBid {
  readonly tokenId: TokenId;
  readonly bidPriceMicrosMin: PriceMicros;
  /** Where the book has an ask too. */
  readonly spreadPriceMicrosMax: PriceMicros;
}

/** All that the owed exits of one Wallet wait for; it replaces what the Wallet named before. */
export interface ExitBids {
  readonly mode: TradingMode;
  readonly bids: readonly WantedBid[];
}

export interface ReadingPort {
  /** Asks for a reading of the leader's positions, requested at this time or later; it comes by `seed`, or never. */
  askReading(leader: LeaderAddress, sinceMs: number): Promise<void>;
}

export interface FollowedUserPort {
  /** Resolves once the rows are stored. A sweep is answered with the object's condition; a stream need not wait for it. */
  observe(request: ObserveRequest): Promise<LeaderCondition | undefined>;
  seed(positions: readonly SeedPosition[], reading: PositionReading): Promise<void>;
  applyControl(control: Control): Promise<void>;
}

export interface WalletPort {
  copy(request: CopyRequest): Promise<CopyResult>;
}

/** A Wallet as LeaderFeed calls it. */
export interface HoldingWalletPort {
  /** Leaders whose shares this Wallet still holds. */
  heldLeaders(): Promise<readonly LeaderAddress[]>;
  applyControl(control: Control): Promise<void>;
  /** The book of the token has moved into the bounds that the Wallet named: its owed exits are looked at now. */
  bidCame(token: TokenId): Promise<void>;
}

export type CashMove = {
  readonly commandId: string;
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly amountMicros: bigint;
};
export type CashMoveResult =
  | { readonly kind: 'booked' | 'already-booked' }
  | { readonly kind: 'refused'; readonly reason: string };

/** A Wallet's answer to a switch; on paper no order is ever on its way. */
export type LiveAcknowledgement<State = LiveState> =
  | {
      readonly kind: 'done';
      readonly state: LiveState;
      /** Posted, without an answer so far. */
      readonly inFlightOrderIds: readonly string[];
      /** Open at the venue; a cancel is sent for each. */
      readonly cancelingOrderIds: readonly string[];
      /** Why it holds in the Wallet's memory alone, and no order was looked at; absent where it is stored. */
      readonly notStored?: string;
    }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** What the Wallet holds instead. */
      readonly held?: State;
    };

export type Refusal = { readonly kind: 'refused'; readonly reason: string };

/** `before` is null where there was no peak yet. */
export type PeakReset =
  | { readonly kind: 'reset'; readonly before: CashMicros | null; readonly peakPnlMicros: CashMicros }
  | Refusal;

/** The one LeaderFeed. */
export const FEED_NAME = 'feed';
/** The two Wallets. */
export const WALLET_NAMES = { PAPER: 'paper', LIVE: 'live' } as const;

/** What every object offers. A control document changes nothing unless its version is higher than the stored one. */
interface ObjectRpc extends Rpc.DurableObjectBranded {
  applyControl(control: Control): Promise<void>;
  /** The release that the object runs, which after a deploy may be the one before the Worker's; '' where it has no id. */
  release(): Promise<string>;
}

/** The LeaderFeed object. There is one, named FEED_NAME. */
export interface LeaderFeedRpc extends ObjectRpc, FeedPort, ReadingPort {
  ensureRunning(): Promise<void>;
  /** Books as they are now, for a page; null where there is none. With `askVenue`, others are read by REST. */
  glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]>;
  /** Sends topics to the open pages; returns how many pages are open. */
  announce(topics: readonly Topic[]): Promise<number>;
  /** Counts one try of a secret, or refuses it (platform/throttle.ts); in memory, for all isolates of the Worker. */
  allowsTry(client: string, isKnown: boolean): Promise<boolean>;
  /** The try was right: it is taken back. */
  trySucceeded(client: string, isKnown: boolean): Promise<void>;
  /** The event stream of one open page. */
  fetch(request: Request): Promise<Response>;
  status(): Promise<FeedStatus>;
}

/** A FollowedUser object, named by its leader's address. */
export interface FollowedUserRpc extends ObjectRpc, FollowedUserPort {
  status(): Promise<UserStatus>;
}

/** A Wallet object, named as in WALLET_NAMES. */
export interface WalletRpc extends ObjectRpc, WalletPort, HoldingWalletPort {
  ensureRunning(): Promise<void>;
  moveCash(move: CashMove): Promise<CashMoveResult>;
  /** The paper switch. */
  setTrading(command: PaperSwitchCommand): Promise<LiveAcknowledgement<PaperState>>;
  setLive(command: LiveSwitchCommand): Promise<LiveAcknowledgement>;
  setUserLive(command: UserLiveCommand): Promise<LiveAcknowledgement<LiveOverride>>;
  setEntries(command: EntriesCommand): Promise<LiveAcknowledgement<EntryState>>;
  /** Everything that must be ready before live may be ON. Places nothing. */
  liveCheck(): Promise<readonly CheckItem[]>;
  closePosition(command: CloseCommand): Promise<CloseResult>;
  commandExit(command: ExitCommand): Promise<ExitCommandResult>;
  /** Makes the PnL of this moment the peak that the drawdown counts from. */
  resetPeak(): Promise<PeakReset>;
  portfolio(): Promise<WalletPortfolio>;
  status(): Promise<WalletStatus>;
}

/** A Wallet's answer to a sale by hand. */
export type CloseResult =
  | { readonly kind: 'accepted' }
  /** The live Wallet is in SHADOW: the order is recorded, nothing is sold. */
  | { readonly kind: 'shadow' }
  /** Decided, and not placed for these reasons. */
  | {
      readonly kind: 'skipped';
      readonly reasons: readonly ReasonCode[];
      /** Null while the market's facts are unknown. */
      readonly orderShareMicrosMin: ShareMicros | null;
    }
  | CloseRefusal;

/** Nothing was decided. `about` says what was wrong with: the command's shares, the price, or neither. */
export interface CloseRefusal extends Refusal {
  readonly about: 'shares' | 'price' | 'other';
}

export interface SwitchCommand<State> {
  readonly state: State;
  /** When the operator asked. */
  readonly askedAtMs: number;
  /** The version of the control document that carries the state; absent for OFF, which is saved afterwards. */
  readonly savedVersion?: number;
}

export type LiveSwitchCommand = SwitchCommand<LiveState>;

export type PaperState = Exclude<LiveState, 'SHADOW'>;

export type PaperSwitchCommand = SwitchCommand<PaperState>;

export interface UserLiveCommand extends Omit<SwitchCommand<LiveOverride>, 'state'> {
  readonly leaderAddress: LeaderAddress;
  readonly override: LiveOverride;
}

/** Stops entries, or allows them again: for one leader, or for all where it is null (A61). */
export interface EntriesCommand extends SwitchCommand<EntryState> {
  readonly leaderAddress: LeaderAddress | null;
}

/** The operator's word on owed exits: try them again (confirming held ones), or keep the shares (A44). */
export interface ExitCommand {
  /** RELEASE: of held rows. TRY_AGAIN: of one that is blocked or expired. */
  readonly action: 'RELEASE' | 'TRY_AGAIN' | 'KEEP';
  /** Null: all rows that are held. */
  readonly exit: { readonly leaderAddress: LeaderAddress; readonly tokenId: TokenId } | null;
  /** With `exit` null: only these of them, and none that owes more by now than the operator was shown. */
  readonly listed?: readonly ListedExit[];
}

/** A sale that the operator was shown before confirming it. */
export interface ListedExit {
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly shareMicros: ShareMicros;
}

export type ExitCommandResult = { readonly kind: 'done'; readonly rows: number } | Refusal;

/** A sale by hand of a leader's position. Executed once per `commandId`. */
export interface CloseCommand {
  readonly commandId: string;
  /** Null: all of it. */
  readonly shareMicros: ShareMicros | null;
  /** Nothing is sold while the best bid is below this: the bid that the operator was shown, less the slippage allowed. */
  readonly bidPriceMicrosMin?: PriceMicros;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
}
