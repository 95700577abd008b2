/** The calls between the Worker and the objects, and among the objects: plain data that may arrive twice. */

import type { CopyIntent } from '../domain/decide/decision-facts.ts';
import type { DecisionWord, LeaderFillSource, ReasonCode } from '../domain/decide/reasons.ts';
import type { ConditionId, LeaderAddress, TokenId } from '../domain/ids.ts';
import type { Book } from '../domain/market/book.ts';
import type { MarketFacts } from '../domain/market/market.ts';
import type { PriceMicros, ShareMicros } from '../domain/money.ts';
import type { CheckItem } from '../domain/orders/orders.ts';
import type { FeedStatus, UserStatus, WalletPortfolio, WalletStatus } from '../domain/records/status.ts';
import type { Topic } from '../domain/records/topics.ts';
import type { Control } from '../domain/settings/control.ts';
import type { LiveOverride, LiveState } from '../domain/settings/switches.ts';
import type { ActivityRow, LeaderRow } from '../polymarket/public/leader-row.ts';

/** A book with the facts of its market; each may be unknown. */
export interface Quote {
  readonly book: Book | null;
  readonly market: MarketFacts | null;
}

export interface ObserveRequest {
  readonly leaderAddress: LeaderAddress;
  readonly source: LeaderFillSource;
  /** A stream tells rows as they happen; a sweep tells each of its transactions whole. */
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
}

export interface CopyRequest {
  readonly intent: CopyIntent;
  readonly quote: Quote;
}

export type CopyResult =
  /** The mode is off here: nothing was written, it is only counted (A24). */
  | { readonly kind: 'inactive' }
  | {
      readonly kind: 'decided';
      /** WAIT: the Wallet keeps it and decides again by itself; for the one who asks it is done. */
      readonly decision: DecisionWord;
      readonly reasons: readonly ReasonCode[];
      /** Shares that were too small to place and are now the FollowedUser's to carry; zero otherwise. */
      readonly carriedShareMicros: ShareMicros;
      /** The venue's minimum that the Wallet saw; the FollowedUser may not have heard of the market yet. */
      readonly orderShareMicrosMin: ShareMicros | null;
    };

/** A mark, or how the market ended. */
export interface TokenState {
  readonly tokenId: TokenId;
  readonly markPriceMicros: PriceMicros | null;
  readonly markedAtMs: number;
  readonly payoutPriceMicros: PriceMicros | null;
}

export interface FeedPort {
  /** The freshest book and facts there are: from memory when young enough, else by REST. */
  freshQuote(request: { readonly tokenId: TokenId; readonly conditionId: ConditionId }): Promise<Quote>;
  /** Marks and payouts of tokens that somebody holds; asking keeps their books subscribed. */
  tokenStates(
    tokens: readonly { readonly tokenId: TokenId; readonly conditionId: ConditionId }[],
  ): Promise<readonly TokenState[]>;
}

export interface FollowedUserPort {
  observe(request: ObserveRequest): Promise<void>;
  /** `complete` says that what is not in the list is not held; `asOfMs` is when the list was asked for. */
  seed(
    positions: readonly SeedPosition[],
    given: { readonly complete: boolean; readonly asOfMs: number },
  ): Promise<void>;
  applyControl(control: Control): Promise<void>;
}

export interface WalletPort {
  copy(request: CopyRequest): Promise<CopyResult>;
  /** Leaders of whom this Wallet still holds shares. */
  heldLeaders(): Promise<readonly LeaderAddress[]>;
}

export type CashMove = {
  readonly commandId: string;
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly amountMicros: bigint;
};
export type CashMoveResult =
  | { readonly kind: 'booked' | 'already-booked' }
  | { readonly kind: 'refused'; readonly reason: string };

/** How the live Wallet answers a switch. */
export type LiveAcknowledgement<State = LiveState> =
  | {
      readonly kind: 'done';
      readonly state: LiveState;
      /** Posted, and not answered yet. */
      readonly inFlightOrderIds: readonly string[];
      /** Known to the venue; a cancel goes out for each. */
      readonly cancelingOrderIds: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** What the Wallet holds instead. */
      readonly held?: State;
    };

export type Refusal = { readonly kind: 'refused'; readonly reason: string };

/** The one LeaderFeed. */
export const FEED_NAME = 'feed';
/** The two Wallets. */
export const WALLET_NAMES = { PAPER: 'paper', LIVE: 'live' } as const;

/** What every object offers. A control document with a version that is not higher than the stored one changes nothing. */
interface ObjectRpc extends Rpc.DurableObjectBranded {
  applyControl(control: Control): Promise<void>;
}

/** The LeaderFeed object. There is one, named FEED_NAME. */
export interface LeaderFeedRpc extends ObjectRpc, FeedPort {
  ensureRunning(): Promise<void>;
  /** Books as they are now, for a page; null where there is none. `askVenue` also asks for what is not subscribed. */
  glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]>;
  /** Passes topics on to the open pages; returns how many pages are open. */
  announce(topics: readonly Topic[]): Promise<number>;
  /** The event stream of one open page. */
  fetch(request: Request): Promise<Response>;
  status(): Promise<FeedStatus>;
}

/** A FollowedUser object, named by its leader's address. */
export interface FollowedUserRpc extends ObjectRpc, FollowedUserPort {
  status(): Promise<UserStatus>;
}

/** A Wallet object, named as in WALLET_NAMES. */
export interface WalletRpc extends ObjectRpc, WalletPort {
  ensureRunning(): Promise<void>;
  moveCash(move: CashMove): Promise<CashMoveResult>;
  /** The paper switch. */
  setTrading(state: 'ON' | 'OFF'): Promise<{ readonly state: 'ON' | 'OFF' }>;
  setLive(command: LiveSwitchCommand): Promise<LiveAcknowledgement>;
  setUserLive(command: UserLiveCommand): Promise<LiveAcknowledgement<LiveOverride>>;
  /** Everything that must be ready before live may be ON. Places nothing. */
  liveCheck(): Promise<readonly CheckItem[]>;
  closePosition(command: CloseCommand): Promise<CloseResult>;
  portfolio(): Promise<WalletPortfolio>;
  status(): Promise<WalletStatus>;
}

/** How the live Wallet answers a sale by hand. `skipped`: it was decided and not placed, for these reasons. */
export type CloseResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'skipped'; readonly reasons: readonly ReasonCode[] }
  | Refusal;

export interface SwitchCommand<State> {
  readonly state: State;
  /** When the operator asked. */
  readonly askedAtMs: number;
  /** The version of the control document that carries the state; absent for OFF, which is saved afterwards. */
  readonly savedVersion?: number;
}

export type LiveSwitchCommand = SwitchCommand<LiveState>;

export interface UserLiveCommand extends Omit<SwitchCommand<LiveOverride>, 'state'> {
  readonly leaderAddress: LeaderAddress;
  readonly override: LiveOverride;
}

/** A sale by hand of all that is left of one leader's position. Executed once per `commandId`. */
export interface CloseCommand {
  readonly commandId: string;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
}
