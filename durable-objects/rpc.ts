/** What the objects say to one another: plain data that survives being delivered twice. */

import type { CopyIntent } from '../domain/decide/decide.ts';
import type { DecisionWord, LeaderFillSource, ReasonCode } from '../domain/decide/reasons.ts';
import type { ConditionId, LeaderAddress, TokenId } from '../domain/ids.ts';
import type { Book } from '../domain/market/book.ts';
import type { MarketFacts } from '../domain/market/market.ts';
import type { PriceMicros, ShareMicros } from '../domain/money.ts';
import type { Control } from '../domain/settings/control.ts';
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
