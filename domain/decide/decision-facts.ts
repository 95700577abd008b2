/**
 * What a decision is made from, and the plan that it may end in: plain data, complete enough to replay the decision later.
 * Amounts are micros, times are UTC milliseconds.
 */
import type { ConditionId, GroupKey, IdempotencyKey, LeaderAddress, Side, TokenId } from '../ids.ts';
import type { Book } from '../market/book.ts';
import type { MarketFacts } from '../market/market.ts';
import type { CashMicros, PriceMicros, ShareMicros } from '../money.ts';
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
  /** Our own target when it was sized before (buffer, carry); null when it is still to be sized from the leader's. */
  readonly ourNotionalMicros: CashMicros | null;
  /** What the leader holds in all; null when unknown. Only budgeted sizing needs it. */
  readonly leaderExposureMicros: CashMicros | null;
  /** Shares of the token that are carried for this leader (netted, signed), too small to place so far. */
  readonly carriedShareMicros: ShareMicros;
  /** The leader has none of the token left after this act. */
  readonly leaderExited: boolean;
  /** Paused or removed: only exits are copied. */
  readonly exitOnly: boolean;
  /** How long our own Wallet has kept it waiting for shares to become final: that does not make the leader's act older. */
  readonly waitedMs: number;
  /** A reason found before the Wallet was asked (a flushed buffer below its minimum); the attempt is then only recorded. */
  readonly presetReason: ReasonCode | null;
}

export interface PortfolioFacts {
  readonly paused: boolean;
  /** Cash that no reservation holds. */
  readonly cashMicros: CashMicros;
  /** Null while a held position has no mark. */
  readonly equityMicros: CashMicros | null;
  readonly totalExposureMicros: CashMicros;
  readonly marketExposureMicros: CashMicros;
  readonly leaderExposureMicros: CashMicros;
  /** Shares of the token attributed to this leader and not reserved. */
  readonly holdingShareMicros: ShareMicros;
  /** PnL since UTC midnight and over the last 7 days, without deposits and withdrawals (A23). */
  readonly dayPnlMicros: CashMicros;
  readonly weekPnlMicros: CashMicros;
  /** PnL now and at its highest, without flows; and the flows that are in. */
  readonly pnlMicros: CashMicros;
  readonly peakPnlMicros: CashMicros;
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
