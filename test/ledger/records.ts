/** Example rows for tests: whole records, of which a test names only what it is about. */
import type {
  CopyAttemptRecord,
  CopyFillRecord,
  GroupMemberRecord,
  LeaderActivityRecord,
  LeaderFillRecord,
  LeaderPositionRecord,
  LedgerRecord,
  MarketRecord,
  PositionRecord,
  QuarantineRecord,
  SnapshotRecord,
} from '../../domain/records.ts';

export const LEADER = `0x${'a'.repeat(40)}`;
export const OTHER_LEADER = `0x${'b'.repeat(40)}`;
export const CONDITION = `0x${'c'.repeat(64)}`;
export const TOKEN = '11111111111111111111';
export const AT = Date.UTC(2026, 10, 20, 12);

export function leaderFill(part: Partial<LeaderFillRecord> = {}): LeaderFillRecord {
  return {
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
  };
}

export function activity(part: Partial<LeaderActivityRecord> = {}): LeaderActivityRecord {
  return {
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
  };
}

export function groupMember(part: Partial<GroupMemberRecord> = {}): GroupMemberRecord {
  return { kind: 'groupMember', mode: 'PAPER', memberId: 'group-1', groupKey: 'group-1', ...part };
}

export function attempt(part: Partial<CopyAttemptRecord> = {}): CopyAttemptRecord {
  return {
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
    facts: '{"book":null}',
    ...part,
  };
}

export function copyFill(part: Partial<CopyFillRecord> = {}): CopyFillRecord {
  return {
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
  };
}

export function ledgerEntry(part: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
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
  };
}

export function position(part: Partial<PositionRecord> = {}): PositionRecord {
  return {
    kind: 'position',
    mode: 'PAPER',
    leaderAddress: LEADER,
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: 11_900_000n,
    costMicros: 4_998_000n,
    realisedMicros: 0n,
    markPriceMicros: 450_000n,
    markedAtMs: AT + 400,
    revision: 1,
    ...part,
  };
}

export function snapshot(part: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
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
    revision: 1,
    ...part,
  };
}

export function leaderPosition(part: Partial<LeaderPositionRecord> = {}): LeaderPositionRecord {
  return {
    kind: 'leaderPosition',
    leaderAddress: LEADER,
    tokenId: TOKEN,
    conditionId: CONDITION,
    shareMicros: 100_000_000n,
    costMicros: 42_000_000n,
    revision: 1,
    ...part,
  };
}

export function market(part: Partial<MarketRecord> = {}): MarketRecord {
  return {
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
  };
}

export function quarantined(part: Partial<QuarantineRecord> = {}): QuarantineRecord {
  return {
    kind: 'quarantine',
    quarantineId: 'q-1',
    source: 'RTDS',
    reason: 'price: not a decimal',
    excerpt: '{"price":"x"}',
    seenAtMs: AT,
    ...part,
  };
}
