/** The counts of what became of a leader's trades, as they are stored and shown. How they are counted is in copy-stats.ts. */
import type { ReasonCode } from '../decide/reasons.ts';

export interface CopyStats {
  /** Rows of attempts, those of the operator's own sales (CLOSE) among them. */
  readonly attempts: number;
  /** Decided EXECUTE, in SHADOW too. WAIT is neither executed nor skipped. */
  readonly executed: number;
  readonly skipped: number;
  /** Executed and filled in part: more than nothing, and less than 99 % of the target. */
  readonly partial: number;
  /** Executed with nothing filled, or not yet. */
  readonly unfilled: number;
  /** Leader fills behind the attempts. */
  readonly leaderFills: number;
  /** Ledger entries that took shares out at a profit, and at a loss; one without either is neither. */
  readonly wins: number;
  readonly losses: number;
  /** Copies with a fill, by bucket of SLIPPAGE_FROM_MICROS. */
  readonly slippage: readonly number[];
  /** Leader's trade to our detection, of every attempt, by bucket of LAG_FROM_MS. Of a group its oldest trade counts. */
  readonly detectionLag: readonly number[];
  /** Leader's trade to our decision, of executed copies, by bucket of LAG_FROM_MS; what was gathered or waited is in it. */
  readonly copyLag: readonly number[];
  /** How many attempts have each reason; a reason that none has is absent. */
  readonly reasons: ReasonCounts;
}

export type ReasonCounts = Readonly<Partial<Record<ReasonCode, number>>>;
