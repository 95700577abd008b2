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
import type {
  ConditionId,
  FillId,
  GroupKey,
  IdempotencyKey,
  LeaderAddress,
  Side,
  SliceOwner,
  TokenId,
  TradingMode,
} from '../ids.ts';
import type { MarkRule } from '../market/mark.ts';
import type { Bps, CashMicros, PriceMicros, ShareMicros } from '../money.ts';
import type { CopyStats } from './copy-stats-record.ts';
import type {
  DifferenceRecord,
  LiveFillRecord,
  LiveOrderRecord,
  VenuePositionRecord,
} from './live-records.ts';
import type { NO_CONDITION, NO_GROUP, NO_LEADER, NO_TOKEN } from './sentinels.ts';

/** Immutable; key fillId. */
export interface LeaderFillRecord {
  readonly kind: 'leaderFill';
  readonly fillId: FillId;
  readonly leaderAddress: LeaderAddress;
  readonly txHash: string;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  readonly notionalMicros: CashMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
  readonly source: LeaderFillSource;
  readonly disposition: FillDisposition;
  /** The shared group that the fill went into. */
  readonly groupKey: GroupKey | typeof NO_GROUP;
}

/** Immutable; key activityId. */
export interface LeaderActivityRecord {
  readonly kind: 'leaderActivity';
  readonly activityId: string;
  readonly leaderAddress: LeaderAddress;
  readonly txHash: string;
  readonly type: ActivityType;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly cashMicros: CashMicros;
  readonly eventAtMs: number;
  readonly detectedAtMs: number;
}

/** Immutable; key (mode, memberId): which shared group's or carry's shares ended in which attempt's group. */
export interface GroupMemberRecord {
  readonly kind: 'groupMember';
  readonly mode: TradingMode;
  /** A shared group key or a carry id. */
  readonly memberId: string;
  readonly groupKey: GroupKey;
}

/** Key (mode, leaderAddress, groupKey); revision rises when late fills refresh the totals. */
export interface CopyAttemptRecord {
  readonly kind: 'attempt';
  readonly mode: TradingMode;
  readonly portfolioScope: 'EXEC_GLOBAL';
  readonly leaderAddress: LeaderAddress;
  readonly groupKey: GroupKey;
  readonly idempotencyKey: IdempotencyKey;
  readonly revision: number;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly sourceType: SourceType;
  /** Leader fills behind the group. */
  readonly fillCount: number;
  readonly decision: DecisionWord;
  /** Why it was skipped or waits; for an executed copy, how it ended when not in a fill. */
  readonly reasons: readonly ReasonCode[];
  readonly clamps: readonly Clamp[];
  readonly leaderNotionalMicros: CashMicros;
  readonly targetNotionalMicros: CashMicros;
  readonly targetShareMicros: ShareMicros;
  readonly effectiveRateBps: Bps;
  readonly referencePriceMicros: PriceMicros;
  readonly midPriceMicros: PriceMicros | null;
  readonly limitPriceMicros: PriceMicros | null;
  readonly filledShareMicros: ShareMicros;
  readonly filledNotionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
  readonly vwapPriceMicros: PriceMicros | null;
  readonly settingsVersion: number;
  /** Of the oldest leader fill of the group. */
  readonly leaderEventAtMs: number;
  readonly detectedAtMs: number;
  readonly decidedAtMs: number;
  /** When the paper copy fills, or was to fill (A55); null where it does not wait, live, and in rows of older releases. */
  readonly dueAtMs: number | null;
  /** Of the newest leader fill, which lags count from (A57); null where no new trade is followed, and in rows of older releases. */
  readonly newestEventAtMs: number | null;
  readonly newestDetectedAtMs: number | null;
  /** How long it waited by our own rules until the decision: in its group, a buffer, a carry, as a sale for its shares. */
  readonly ownWaitMs: number | null;
  /** The facts that the decision saw, as JSON of at most 2 KB: enough to replay it. */
  readonly facts: string;
}

/** Immutable; key (mode, fillKey). */
export interface CopyFillRecord {
  readonly kind: 'copyFill';
  readonly mode: TradingMode;
  readonly fillKey: string;
  readonly groupKey: GroupKey;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  readonly notionalMicros: CashMicros;
  readonly feeMicros: CashMicros;
  readonly filledAtMs: number;
}

/** Immutable; key (mode, portfolioScope, refId, entryType). */
export interface LedgerRecord {
  readonly kind: 'ledger';
  readonly mode: TradingMode;
  readonly portfolioScope: 'EXEC_GLOBAL';
  readonly refId: string;
  readonly entryType: LedgerEntryType;
  readonly leaderAddress: SliceOwner | typeof NO_LEADER;
  readonly conditionId: ConditionId | typeof NO_CONDITION;
  readonly tokenId: TokenId | typeof NO_TOKEN;
  readonly shareDeltaMicros: ShareMicros;
  readonly cashDeltaMicros: CashMicros;
  readonly priceMicros: PriceMicros | null;
  readonly bookedAtMs: number;
}

/** Key (mode, leaderAddress, tokenId). */
export interface PositionRecord {
  readonly kind: 'position';
  readonly mode: TradingMode;
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
  readonly realisedMicros: CashMicros;
  readonly markPriceMicros: PriceMicros | null;
  /** Which rule gave the mark (A49); null without one, and in rows of older releases. */
  readonly markRule: MarkRule | null;
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
  readonly leaderAddress: SliceOwner | typeof NO_LEADER;
  readonly bucket: SnapshotBucket;
  readonly bucketAtMs: number;
  readonly equityMicros: CashMicros;
  readonly cashMicros: CashMicros;
  readonly exposureMicros: CashMicros;
  readonly realisedMicros: CashMicros;
  readonly unrealisedMicros: CashMicros;
  /** Deposits less withdrawals since the start: PnL = equity − flows. */
  readonly flowMicros: CashMicros;
  /** The highest exposure of any snapshot up to this one: what a return is measured on (W47). */
  readonly peakExposureMicros: CashMicros;
  readonly revision: number;
}

/** Key (leaderAddress, tokenId): what the leader holds. */
export interface LeaderPositionRecord {
  readonly kind: 'leaderPosition';
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly costMicros: CashMicros;
  readonly revision: number;
}

/** Key tokenId: what a page needs to know of an outcome token. Hostile text inside. */
export interface MarketRecord {
  readonly kind: 'market';
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly title: string;
  readonly slug: string;
  readonly outcome: string;
  readonly closeAtMs: number | null;
  readonly tickPriceMicros: PriceMicros | null;
  readonly acceptingOrders: boolean;
  /** Payout per share once resolved. */
  readonly payoutPriceMicros: PriceMicros | null;
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

/** In place of a day's first moment: all days together. */
export const ALL_DAYS = 0;

/** Key (mode, leaderAddress, dayAtMs): counts of one UTC day or of all, for one leader or for the whole Wallet (NO_LEADER). */
export interface CopyStatsRecord extends CopyStats {
  readonly kind: 'copyStats';
  readonly mode: TradingMode;
  readonly leaderAddress: SliceOwner | typeof NO_LEADER;
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
