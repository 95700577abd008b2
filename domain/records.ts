/**
 * The rows that leave an object through its outbox for D1, where people read them. Each has a natural key; those that
 * change carry a revision, and D1 takes only a higher one, so that a batch may land late or twice (design.md 3).
 */
import type { Side, TradingMode } from './ids.ts';
import type { FillState, OrderState, OrderType, ProtocolVersion } from './orders.ts';
import type {
  ActivityType,
  Clamp,
  DecisionWord,
  FillDisposition,
  LeaderFillSource,
  LedgerEntryType,
  ReasonCode,
  SourceType,
} from './reasons.ts';

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

/**
 * Key orderKey: the order id, or `shadow:` and the idempotency key. An order of ours on the live Wallet, real or shadow;
 * (idempotencyKey, shadow) is unique too (A16). Shadow rows are written once and never changed (R69).
 */
export interface LiveOrderRecord {
  readonly kind: 'liveOrder';
  readonly orderKey: string;
  readonly shadow: boolean;
  /** '' for a shadow order. */
  readonly orderId: string;
  readonly idempotencyKey: string;
  readonly leaderAddress: string;
  readonly groupKey: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly state: OrderState;
  readonly limitPriceMicros: bigint;
  /** The shares asked for (BUY) or given (SELL). */
  readonly shareMicros: bigint;
  readonly makerMicros: bigint;
  readonly takerMicros: bigint;
  readonly tickPriceMicros: bigint;
  readonly orderShareMicrosMin: bigint;
  readonly protocolVersion: ProtocolVersion;
  readonly negRisk: boolean;
  readonly bestPriceMicros: bigint;
  readonly bookAgeMs: number;
  /** The order as JSON without signature and owner. */
  readonly publicBody: string;
  readonly filledShareMicros: bigint;
  readonly filledNotionalMicros: bigint;
  readonly feeMicros: bigint;
  /** What the paper walker predicts for it; null for real orders. */
  readonly predictedShareMicros: bigint | null;
  readonly predictedNotionalMicros: bigint | null;
  readonly predictedFeeMicros: bigint | null;
  /** How often its bytes were sent. */
  readonly submits: number;
  /** Why the venue refused it, or why its outcome is unknown; '' otherwise. Hostile text. */
  readonly lastError: string;
  readonly createdAtMs: number;
  readonly submittedAtMs: number | null;
  readonly answeredAtMs: number | null;
  readonly finalAtMs: number | null;
  readonly revision: number;
}

/** Key (tradeId, orderId). Origin EXTERNAL: no order of ours explains it (R77). */
export interface LiveFillRecord {
  readonly kind: 'liveFill';
  readonly tradeId: string;
  readonly orderId: string;
  readonly origin: 'APP' | 'EXTERNAL';
  /** '' for external fills, like the key below. */
  readonly leaderAddress: string;
  readonly idempotencyKey: string;
  readonly tokenId: string;
  readonly conditionId: string;
  readonly side: Side;
  readonly role: 'TAKER' | 'MAKER';
  readonly shareMicros: bigint;
  readonly priceMicros: bigint;
  readonly notionalMicros: bigint;
  readonly feeMicros: bigint;
  readonly state: FillState;
  readonly txHash: string;
  readonly matchedAtMs: number;
  readonly seenAtMs: number;
  readonly revision: number;
}

/** Key tokenId: a position as the venue tells it, the authority of the Real Portfolio (R61, R75). */
export interface VenuePositionRecord {
  readonly kind: 'venuePosition';
  readonly tokenId: string;
  readonly conditionId: string;
  readonly shareMicros: bigint;
  readonly avgPriceMicros: bigint | null;
  readonly markPriceMicros: bigint | null;
  readonly redeemable: boolean;
  readonly readAtMs: number;
  readonly revision: number;
}

/** Key (subject, tokenId, firstSeenAtMs): a difference between the ledger and the venue, with its age (R76, A40). */
export interface DifferenceRecord {
  readonly kind: 'difference';
  readonly subject: 'CASH' | 'POSITION';
  /** '' for cash. */
  readonly tokenId: string;
  readonly firstSeenAtMs: number;
  readonly ledgerMicros: bigint;
  readonly venueMicros: bigint;
  /** Readings in a row in which it was there. */
  readonly readings: number;
  readonly lastSeenAtMs: number;
  /** When the two agreed again. */
  readonly endedAtMs: number | null;
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
  | LeaderPositionRecord
  | MarketRecord
  | QuarantineRecord;

/** Stands for "what no leader explains" where a leader's address would: the EXTERNAL slice of the live Wallet (A13, A36). */
export const EXTERNAL_LEADER = 'external';
