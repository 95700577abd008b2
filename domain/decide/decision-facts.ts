/**
 * The facts of a decision and the plan that it may end in: plain data, complete enough to replay the decision later.
 * Amounts are micros, times are UTC milliseconds.
 */
import type { ConditionId, GroupKey, IdempotencyKey, LeaderAddress, Side, TokenId } from '../ids.ts';
import type { Book } from '../market/book.ts';
import type { MarketFacts } from '../market/market.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../money.ts';
import type { NewestFill } from './newest-fill.ts';
import type { ReasonCode, SourceType } from './reasons.ts';

export interface CopyIntent {
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly sourceType: SourceType;
  readonly groupKey: GroupKey;
  readonly idempotencyKey: IdempotencyKey;
  /** Leader fills behind the group. */
  readonly fillCount: number;
  readonly leaderNotionalMicros: CashMicros;
  readonly leaderShareMicros: ShareMicros;
  /** The leader's volume-weighted price, rounded down. */
  readonly referencePriceMicros: PriceMicros;
  /** The oldest leader fill of the group. */
  readonly leaderEventAtMs: number;
  readonly detectedAtMs: number;
  /** What lags count from; null where no new trade is followed (EXIT, CLOSE, CORRECTION), and in intents and facts of earlier releases. */
  readonly newest: NewestFill | null;
  /** Our target if the buffer or a carry has sized it; null if `decide` sizes it from the leader's notional. */
  readonly ourNotionalMicros: CashMicros | null;
  /** Value of all positions of the leader; null if unknown. Only budgeted sizing needs it. */
  readonly leaderExposureMicros: CashMicros | null;
  /** The leader holds none of the token after this act. */
  readonly leaderExited: boolean;
  /** How much of our shares a SELL is to sell; null on a BUY, and where the rate has to size the sale (A43). */
  readonly exit: ExitPart | null;
  /** Paused or removed: only exits are copied. */
  readonly exitOnly: boolean;
  /** How long our Wallet waited for shares to become final. This time does not count towards the age of the leader's act. */
  readonly waitedMs: number;
  /** A reason to skip that was found before the Wallet got the intent, such as a flushed buffer below its minimum. */
  readonly presetReason: ReasonCode | null;
}

/**
 * FRACTION: the leader sold `soldShareMicros` of the `heldShareMicros` that they had just before; never more than all.
 * SHARES: so many of ours, for a try of an owed exit and for a sale by hand. CORRECTION: so many more of ours than exits by the
 * rate wanted; below zero, so many fewer are owed.
 */
export type ExitPart =
  | {
      readonly kind: 'FRACTION';
      readonly soldShareMicros: ShareMicros;
      readonly heldShareMicros: ShareMicros;
    }
  | { readonly kind: 'SHARES'; readonly shareMicros: ShareMicros }
  | { readonly kind: 'CORRECTION'; readonly shareMicros: ShareMicros };

export interface PortfolioFacts {
  readonly paused: boolean;
  /** Cash that is not reserved. */
  readonly cashMicros: CashMicros;
  /** Cash and positions at the lower of mark and bid (A49). Null while a held position has no mark. */
  readonly equityMicros: CashMicros | null;
  /** The value of positions whose mark is not good. Facts of older releases say zero. */
  readonly unsureMicros: CashMicros;
  /** Exposures count positions at the higher of cost and mark. */
  readonly totalExposureMicros: CashMicros;
  readonly marketExposureMicros: CashMicros;
  readonly leaderExposureMicros: CashMicros;
  /** Shares of the token that can be sold for this leader now: at most what the wallet has and no open order holds. */
  readonly holdingShareMicros: ShareMicros;
  /**
   * Shares of the token that are booked for this leader and that no sale reserves; of a sale that waited, without those of
   * purchases decided after it.
   */
  readonly ownShareMicros: ShareMicros;
  /** Of these, the shares that exits should have sold and have not yet: no try reserves them (A44). */
  readonly owedShareMicros: ShareMicros;
  /** PnL since UTC midnight and over the last 7 days, without deposits and withdrawals (A23). */
  readonly dayPnlMicros: CashMicros;
  readonly weekPnlMicros: CashMicros;
  /** PnL now and its highest value, both without deposits and withdrawals. */
  readonly pnlMicros: CashMicros;
  readonly peakPnlMicros: CashMicros;
  /** Deposits less withdrawals. */
  readonly flowMicros: CashMicros;
}

export interface DecisionFacts {
  readonly intent: CopyIntent;
  readonly market: MarketFacts | null;
  readonly book: Book | null;
  readonly portfolio: PortfolioFacts;
  readonly nowMs: number;
}

export interface Plan {
  readonly side: Side;
  readonly limitPriceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
}
