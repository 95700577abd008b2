/**
 * The rows that leave an object through its outbox for D1, where people read them. Each has a natural key; those that
 * change carry a revision, and D1 takes only a higher one, so that a batch may land late or twice (design.md 3).
 */

import type {
  ActivityType,
  Clamp,
  DecisionWord,
  FillDisposition,
  LeaderFillSource,
  LedgerEntryType,
  ReasonCode,
  SourceType,
} from '../decide/reasons.ts';
import type { Side, TradingMode } from '../ids.ts';
import type { CopyStats } from './copy-stats-record.ts';
import type {
  DifferenceRecord,
  LiveFillRecord,
  LiveOrderRecord,
  VenuePositionRecord,
} from './live-records.ts';

/** Stands for "the whole Wallet" or "no leader" in keys: never NULL in a unique key (style.md 4.2). */
export const NO_LEADER = '';

/** Immutable; key fillId. */
export interface LeaderFillRecord {
  readonly kind: 'leaderFill';
  readonly fillId: string;
  readonly leaderAddress: string;
  readonly txHash: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly shareMicros: bigint;
  readonly priceMicros: bigint;
  readonly notionalMicros: bigint;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  readonly source: LeaderFillSource;
  readonly disposition: FillDisposition;
  /** The shared group the fill went into; '' when it was only recorded. */
  readonly groupKey: string;
}

/** Immutable; key activityId. */
export interface LeaderActivityRecord {
  readonly kind: 'leaderActivity';
  readonly activityId: string;
  readonly leaderAddress: string;
  readonly txHash: string;
  readonly type: ActivityType;
  readonly conditionId: string;
  readonly shareMicros: bigint;
  readonly cashMicros: bigint;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
}

/** Immutable; key (mode, memberId): which shared group's or carry's shares ended in which attempt's group. */
export interface GroupMemberRecord {
  readonly kind: 'groupMember';
  readonly mode: TradingMode;
  /** A shared group key or a carry id. */
  readonly memberId: string;
  readonly groupKey: string;
}

/** Key (mode, leaderAddress, groupKey); revision rises when late fills refresh the totals. */
export interface CopyAttemptRecord {
  readonly kind: 'attempt';
  readonly mode: TradingMode;
  readonly portfolioScope: 'EXEC_GLOBAL';
  readonly leaderAddress: string;
  readonly groupKey: string;
  readonly idempotencyKey: string;
  readonly revision: number;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly sourceType: SourceType;
  /** Leader fills behind the group. */
  readonly fillCount: number;
  readonly decision: DecisionWord;
  /** Why it was skipped or waits; for an executed live copy, how its order ended when not in a fill. */
  readonly reasons: readonly ReasonCode[];
  readonly clamps: readonly Clamp[];
  readonly leaderNotionalMicros: bigint;
  readonly targetNotionalMicros: bigint;
  readonly targetShareMicros: bigint;
  readonly effectiveRateBps: bigint;
  readonly referencePriceMicros: bigint;
  readonly midPriceMicros: bigint | null;
  readonly limitPriceMicros: bigint | null;
  readonly filledShareMicros: bigint;
  readonly filledNotionalMicros: bigint;
  readonly feeMicros: bigint;
  readonly vwapPriceMicros: bigint | null;
  readonly settingsVersion: number;
  readonly leaderEventAtMs: number;
  readonly detectedAtMs: number;
  readonly decidedAtMs: number;
  /** The facts that the decision saw, as JSON of at most 2 KB: enough to replay it. */
  readonly facts: string;
}

/** Immutable; key (mode, fillKey). */
export interface CopyFillRecord {
  readonly kind: 'copyFill';
  readonly mode: TradingMode;
  readonly fillKey: string;
  readonly groupKey: string;
  readonly leaderAddress: string;
  readonly tokenId: string;
  readonly side: Side;
  readonly shareMicros: bigint;
  readonly priceMicros: bigint;
  readonly notionalMicros: bigint;
  readonly feeMicros: bigint;
  readonly filledAtMs: number;
}

/** Immutable; key (mode, portfolioScope, refId, entryType). */
export interface LedgerRecord {
  readonly kind: 'ledger';
  readonly mode: TradingMode;
  readonly portfolioScope: 'EXEC_GLOBAL';
  readonly refId: string;
  readonly entryType: LedgerEntryType;
  readonly leaderAddress: string;
  readonly conditionId: string;
  readonly tokenId: string;
  readonly shareDeltaMicros: bigint;
  readonly cashDeltaMicros: bigint;
  readonly priceMicros: bigint | null;
  readonly bookedAtMs: number;
}

/** Key (mode, leaderAddress, tokenId). */
export interface PositionRecord {
  readonly kind: 'position';
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly shareMicros: bigint;
  readonly costMicros: bigint;
  readonly realisedMicros: bigint;
  readonly markPriceMicros: bigint | null;
  readonly markedAtMs: number;
  readonly revision: number;
}

export const SNAPSHOT_BUCKETS = ['MINUTE', 'HOUR', 'DAY'] as const;
export type SnapshotBucket = (typeof SNAPSHOT_BUCKETS)[number];

/** Key (mode, portfolioScope, leaderAddress, bucket, bucketAtMs). SHADOW_USER rows are the leader's own, mode-neutral (A35). */
export interface SnapshotRecord {
  readonly kind: 'snapshot';
  readonly mode: TradingMode;
  readonly portfolioScope: 'EXEC_GLOBAL' | 'SHADOW_USER';
  readonly leaderAddress: string;
  readonly bucket: SnapshotBucket;
  readonly bucketAtMs: number;
  readonly equityMicros: bigint;
  readonly cashMicros: bigint;
  readonly exposureMicros: bigint;
  readonly realisedMicros: bigint;
  readonly unrealisedMicros: bigint;
  /** Deposits less withdrawals since the start: PnL = equity − flows. */
  readonly flowMicros: bigint;
  /** The highest exposure of any snapshot up to this one: what a return is measured on (W47). */
  readonly peakExposureMicros: bigint;
  readonly revision: number;
}

/** Key (leaderAddress, tokenId): what the leader himself holds. */
export interface LeaderPositionRecord {
  readonly kind: 'leaderPosition';
  readonly leaderAddress: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly shareMicros: bigint;
  readonly costMicros: bigint;
  readonly revision: number;
}

/** Key tokenId: what a page needs to know of an outcome token. Hostile text inside. */
export interface MarketRecord {
  readonly kind: 'market';
  readonly tokenId: string;
  readonly conditionId: string;
  readonly title: string;
  readonly slug: string;
  readonly outcome: string;
  readonly closeAtMs: number | null;
  readonly tickPriceMicros: bigint | null;
  readonly acceptingOrders: boolean;
  /** Payout per share once resolved. */
  readonly payoutPriceMicros: bigint | null;
  readonly revision: number;
}

/** Immutable; key quarantineId: input that was refused, with its reason and an excerpt. Hostile text inside. */
export interface QuarantineRecord {
  readonly kind: 'quarantine';
  readonly quarantineId: string;
  readonly source: string;
  readonly reason: string;
  readonly excerpt: string;
  readonly seenAtMs: number;
}

/** Stands for all days together where a day's first moment would. */
export const ALL_DAYS = 0;

/** Key (mode, leaderAddress, dayAtMs): counts of one UTC day or of all, for one leader or for the whole Wallet (NO_LEADER). */
export interface CopyStatsRecord extends CopyStats {
  readonly kind: 'copyStats';
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly dayAtMs: number;
  readonly revision: number;
}

export type OutboxRecord =
  | LiveOrderRecord
  | LiveFillRecord
  | VenuePositionRecord
  | DifferenceRecord
  | LeaderFillRecord
  | LeaderActivityRecord
  | GroupMemberRecord
  | CopyAttemptRecord
  | CopyFillRecord
  | LedgerRecord
  | PositionRecord
  | SnapshotRecord
  | CopyStatsRecord
  | LeaderPositionRecord
  | MarketRecord
  | QuarantineRecord;
