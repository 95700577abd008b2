/** Example rows for tests: whole records, of which a test names only what it is about. */
import type {
  ConditionId,
  FillId,
  GroupKey,
  IdempotencyKey,
  LeaderAddress,
  TokenId,
} from '../../domain/ids.ts';
import type { OrderId } from '../../domain/orders/orders.ts';
import { EMPTY_STATS } from '../../domain/records/copy-stats.ts';
import type {
  DifferenceRecord,
  LiveFillRecord,
  LiveOrderRecord,
  VenuePositionRecord,
} from '../../domain/records/live-records.ts';
import type {
  CopyAttemptRecord,
  CopyFillRecord,
  CopyStatsRecord,
  GroupMemberRecord,
  LeaderActivityRecord,
  LeaderFillRecord,
  LeaderPositionRecord,
  LedgerRecord,
  MarketRecord,
  PositionRecord,
  QuarantineRecord,
  SnapshotRecord,
} from '../../domain/records/records.ts';

type Id = LeaderAddress | TokenId | ConditionId | FillId | GroupKey | IdempotencyKey | OrderId;
/** A record as a test writes it: without the brands of its ids and amounts. */
export type Plain<R> = {
  readonly [Field in keyof R]: R[Field] extends infer Value ? PlainValue<Value> : never;
};
type PlainValue<Value> = Value extends Id ? string : Value extends bigint ? bigint : Value;
/** What a test names of a record. */
export type Part<R> = Partial<Plain<R>>;

/** The record with its brands, as its object would have minted them. */
export function minted<R>(record: Plain<R>): R {
  // Brands exist in types alone; a test's ids need not even look like ids.
  return record as R;
}

export const LEADER = `0x${'a'.repeat(40)}`;
export const OTHER_LEADER = `0x${'b'.repeat(40)}`;
export const CONDITION = `0x${'c'.repeat(64)}`;
export const TOKEN = '11111111111111111111';
export const AT = Date.UTC(2026, 10, 20, 12);

export function leaderFill(part: Part<LeaderFillRecord> = {}): LeaderFillRecord {
  return minted<LeaderFillRecord>({
    kind: 'leaderFill',
    fillId: 'fill-1',
    leaderAddress: LEADER,
    txHash: `0x${'1'.repeat(64)}`,
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    shareMicros: 100_000_000n,
    priceMicros: 420_000n,
    notionalMicros: 42_000_000n,
    eventAtMs: AT,
    detectedAtMs: AT + 300,
    source: 'RTDS_TRADES',
    disposition: 'GROUPED',
    groupKey: 'group-1',
    ...part,
  });
}

export function activity(part: Part<LeaderActivityRecord> = {}): LeaderActivityRecord {
  return minted<LeaderActivityRecord>({
    kind: 'leaderActivity',
    activityId: 'activity-1',
    leaderAddress: LEADER,
    txHash: `0x${'2'.repeat(64)}`,
    type: 'SPLIT',
    conditionId: CONDITION,
    shareMicros: 5_000_000n,
    cashMicros: 5_000_000n,
    eventAtMs: AT,
    detectedAtMs: AT + 300,
    ...part,
  });
}

export function groupMember(part: Part<GroupMemberRecord> = {}): GroupMemberRecord {
  return minted<GroupMemberRecord>({
    kind: 'groupMember',
    mode: 'PAPER',
    memberId: 'group-1',
    groupKey: 'group-1',
    ...part,
  });
}

export function attempt(part: Part<CopyAttemptRecord> = {}): CopyAttemptRecord {
  return minted<CopyAttemptRecord>({
    kind: 'attempt',
    mode: 'PAPER',
    portfolioScope: 'EXEC_GLOBAL',
    leaderAddress: LEADER,
    groupKey: 'group-1',
    idempotencyKey: 'key-1',
    revision: 1,
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    sourceType: 'IMMEDIATE',
    fillCount: 1,
    decision: 'EXECUTE',
    reasons: [],
    clamps: ['RAISED_TO_MIN_TRADE'],
    leaderNotionalMicros: 42_000_000n,
    targetNotionalMicros: 5_000_000n,
    targetShareMicros: 11_900_000n,
    effectiveRateBps: 100n,
    referencePriceMicros: 420_000n,
    midPriceMicros: 415_000n,
    limitPriceMicros: 430_000n,
    filledShareMicros: 11_900_000n,
    filledNotionalMicros: 4_998_000n,
    feeMicros: 12_345n,
    vwapPriceMicros: 420_000n,
    settingsVersion: 3,
    leaderEventAtMs: AT,
    detectedAtMs: AT + 300,
    decidedAtMs: AT + 350,
    dueAtMs: null,
    newestEventAtMs: null,
    newestDetectedAtMs: null,
    ownWaitMs: null,
    facts: '{"book":null}',
    ...part,
  });
}

export function copyFill(part: Part<CopyFillRecord> = {}): CopyFillRecord {
  return minted<CopyFillRecord>({
    kind: 'copyFill',
    mode: 'PAPER',
    fillKey: 'copy-fill-1',
    groupKey: 'group-1',
    leaderAddress: LEADER,
    tokenId: TOKEN,
    side: 'BUY',
    shareMicros: 11_900_000n,
    priceMicros: 420_000n,
    notionalMicros: 4_998_000n,
    feeMicros: 12_345n,
    filledAtMs: AT + 351,
    ...part,
  });
}

export function ledgerEntry(part: Part<LedgerRecord> = {}): LedgerRecord {
  return minted<LedgerRecord>({
    kind: 'ledger',
    mode: 'PAPER',
    portfolioScope: 'EXEC_GLOBAL',
    refId: 'copy:key-1',
    entryType: 'TRADE_FILL',
    leaderAddress: LEADER,
    conditionId: CONDITION,
    tokenId: TOKEN,
    shareDeltaMicros: 11_900_000n,
    cashDeltaMicros: -4_998_000n,
    priceMicros: 420_000n,
    bookedAtMs: AT + 351,
    ...part,
  });
}

export function position(part: Part<PositionRecord> = {}): PositionRecord {
  return minted<PositionRecord>({
    kind: 'position',
    mode: 'PAPER',
    leaderAddress: LEADER,
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: 11_900_000n,
    costMicros: 4_998_000n,
    realisedMicros: 0n,
    markPriceMicros: 450_000n,
    markRule: 'MID',
    markedAtMs: AT + 400,
    revision: 1,
    ...part,
  });
}

export function snapshot(part: Part<SnapshotRecord> = {}): SnapshotRecord {
  return minted<SnapshotRecord>({
    kind: 'snapshot',
    mode: 'PAPER',
    portfolioScope: 'EXEC_GLOBAL',
    leaderAddress: '',
    bucket: 'MINUTE',
    bucketAtMs: AT,
    equityMicros: 10_123_450_000n,
    cashMicros: 9_118_340_000n,
    exposureMicros: 1_005_110_000n,
    realisedMicros: 23_000_000n,
    unrealisedMicros: 100_450_000n,
    flowMicros: 10_000_000_000n,
    peakExposureMicros: 2_000_000_000n,
    revision: 1,
    ...part,
  });
}

export function copyStats(part: Part<CopyStatsRecord> = {}): CopyStatsRecord {
  return minted<CopyStatsRecord>({
    kind: 'copyStats',
    mode: 'PAPER',
    leaderAddress: LEADER,
    dayAtMs: Date.UTC(2026, 10, 20),
    ...EMPTY_STATS,
    attempts: 3,
    executed: 1,
    skipped: 2,
    leaderFills: 4,
    slippage: [0, 0, 0, 0, 1, 0, 0, 0],
    detectionLag: [1, 2, 0, 0, 0, 0],
    copyLag: [0, 1, 0, 0, 0, 0],
    reasons: { SPREAD_TOO_WIDE: 2, BOOK_STALE: 1 },
    revision: 1,
    ...part,
  });
}

export function leaderPosition(part: Part<LeaderPositionRecord> = {}): LeaderPositionRecord {
  return minted<LeaderPositionRecord>({
    kind: 'leaderPosition',
    leaderAddress: LEADER,
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: 100_000_000n,
    costMicros: 42_000_000n,
    revision: 1,
    ...part,
  });
}

export function market(part: Part<MarketRecord> = {}): MarketRecord {
  return minted<MarketRecord>({
    kind: 'market',
    tokenId: TOKEN,
    conditionId: CONDITION,
    title: 'Will it rain in Lisbon on Friday?',
    slug: 'rain-lisbon-friday',
    outcome: 'Yes',
    closeAtMs: AT + 86_400_000,
    tickPriceMicros: 10_000n,
    acceptingOrders: true,
    payoutPriceMicros: null,
    revision: 1,
    ...part,
  });
}

export function quarantined(part: Part<QuarantineRecord> = {}): QuarantineRecord {
  return minted<QuarantineRecord>({
    kind: 'quarantine',
    quarantineId: 'q-1',
    source: 'RTDS',
    reason: 'price: not a decimal',
    excerpt: '{"price":"x"}',
    seenAtMs: AT,
    ...part,
  });
}

export const ORDER_ID = `0x${'d'.repeat(64)}`;

export function liveOrder(part: Part<LiveOrderRecord> = {}): LiveOrderRecord {
  return minted<LiveOrderRecord>({
    kind: 'liveOrder',
    orderKey: ORDER_ID,
    shadow: false,
    orderId: ORDER_ID,
    idempotencyKey: 'key-1',
    leaderAddress: LEADER,
    groupKey: 'group-1',
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    orderType: 'FAK',
    state: 'FILLED',
    limitPriceMicros: 430_000n,
    shareMicros: 11_600_000n,
    makerMicros: 4_980_000n,
    takerMicros: 11_600_000n,
    tickPriceMicros: 10_000n,
    orderShareMicrosMin: 5_000_000n,
    protocolVersion: 'v2',
    negRisk: false,
    bestPriceMicros: 420_000n,
    bookAgeMs: 120,
    publicBody: '{"order":{"side":"BUY"},"orderType":"FAK"}',
    filledShareMicros: 11_600_000n,
    filledNotionalMicros: 4_872_000n,
    feeMicros: 11_000n,
    predictedShareMicros: null,
    predictedNotionalMicros: null,
    predictedFeeMicros: null,
    submits: 1,
    lastError: '',
    createdAtMs: AT + 352,
    submittedAtMs: AT + 353,
    answeredAtMs: AT + 403,
    finalAtMs: AT + 450,
    revision: 1,
    ...part,
  });
}

/** What SHADOW records: never sent, with the fill that the paper walker predicts. */
export function shadowOrder(part: Part<LiveOrderRecord> = {}): LiveOrderRecord {
  return liveOrder({
    orderKey: 'shadow:key-1',
    shadow: true,
    orderId: '',
    state: 'SHADOW_ONLY',
    filledShareMicros: 0n,
    filledNotionalMicros: 0n,
    feeMicros: 0n,
    predictedShareMicros: 11_500_000n,
    predictedNotionalMicros: 4_830_000n,
    predictedFeeMicros: 10_900n,
    submits: 0,
    submittedAtMs: null,
    answeredAtMs: null,
    finalAtMs: AT + 352,
    ...part,
  });
}

export function liveFill(part: Part<LiveFillRecord> = {}): LiveFillRecord {
  return minted<LiveFillRecord>({
    kind: 'liveFill',
    tradeId: 'trade-1',
    orderId: ORDER_ID,
    origin: 'APP',
    leaderAddress: LEADER,
    idempotencyKey: 'key-1',
    tokenId: TOKEN,
    conditionId: CONDITION,
    side: 'BUY',
    role: 'TAKER',
    shareMicros: 11_600_000n,
    priceMicros: 420_000n,
    notionalMicros: 4_872_000n,
    feeMicros: 11_000n,
    state: 'MATCHED',
    txHash: '',
    matchedAtMs: AT + 440,
    seenAtMs: AT + 450,
    revision: 1,
    ...part,
  });
}

export function venuePosition(part: Part<VenuePositionRecord> = {}): VenuePositionRecord {
  return minted<VenuePositionRecord>({
    kind: 'venuePosition',
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: 11_600_000n,
    avgPriceMicros: 420_000n,
    markPriceMicros: 450_000n,
    redeemable: false,
    readAtMs: AT + 500,
    revision: 1,
    ...part,
  });
}

export function difference(part: Part<DifferenceRecord> = {}): DifferenceRecord {
  return minted<DifferenceRecord>({
    kind: 'difference',
    subject: 'POSITION',
    tokenId: TOKEN,
    firstSeenAtMs: AT + 500,
    ledgerMicros: 11_600_000n,
    venueMicros: 11_000_000n,
    readings: 1,
    lastSeenAtMs: AT + 500,
    endedAtMs: null,
    revision: 1,
    ...part,
  });
}
