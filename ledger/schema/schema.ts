/**
 * D1 as people read it. Every table has a natural key without NULL; money is integer micros; few indexes, since each
 * costs a written row (design.md 12). The migrations add STRICT and WITHOUT ROWID, which drizzle cannot say. The live
 * Wallet's own tables are in live-schema.ts.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import {
  ACTIVITY_TYPES,
  DECISIONS,
  FILL_DISPOSITIONS,
  LEADER_FILL_SOURCES,
  LEDGER_ENTRY_TYPES,
  SOURCE_TYPES,
} from '../../domain/decide/reasons.ts';
import {
  type ConditionId,
  type FillId,
  type GroupKey,
  type IdempotencyKey,
  type LeaderAddress,
  SIDES,
  type SliceOwner,
  type TokenId,
  TRADING_MODES,
} from '../../domain/ids.ts';
import type { MarkRule } from '../../domain/market/mark.ts';
import { SNAPSHOT_BUCKETS } from '../../domain/records/records.ts';
import type { NO_CONDITION, NO_GROUP, NO_LEADER, NO_TOKEN } from '../../domain/records/sentinels.ts';
import { bpsColumn, cashColumn, oneOf, priceColumn, shareColumn, wordColumn } from './columns.ts';

/**
 * The CHECKs as released. Each allows one word that nothing writes: a narrower CHECK would rebuild a table with millions of
 * rows for no gain.
 */
const RELEASED_DISPOSITIONS = [...FILL_DISPOSITIONS, 'NOT_TRADABLE'];
const RELEASED_ENTRY_TYPES = LEDGER_ENTRY_TYPES.flatMap((type) =>
  type === 'SETTLEMENT' ? ['FEE', type] : [type],
);

export const SCOPES = ['EXEC_GLOBAL', 'SHADOW_USER'] as const;

export const leaderFills = sqliteTable(
  'leader_fills',
  {
    fillId: text('fill_id').$type<FillId>().primaryKey().notNull(),
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    txHash: text('tx_hash').notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    side: wordColumn('side', SIDES).notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    priceMicros: priceColumn('price_micros').notNull(),
    notionalMicros: cashColumn('notional_micros').notNull(),
    eventAtMs: integer('event_at_ms').notNull(),
    detectedAtMs: integer('detected_at_ms').notNull(),
    source: wordColumn('source', LEADER_FILL_SOURCES).notNull(),
    disposition: wordColumn('disposition', FILL_DISPOSITIONS).notNull(),
    groupKey: text('group_key').$type<GroupKey | typeof NO_GROUP>().notNull(),
  },
  (t) => [
    index('leader_fills_time').on(t.eventAtMs, t.fillId),
    index('leader_fills_leader').on(t.leaderAddress, t.eventAtMs, t.fillId),
    index('leader_fills_market').on(t.conditionId, t.eventAtMs, t.fillId),
    check('leader_fills_side', oneOf(t.side, SIDES)),
    check('leader_fills_source', oneOf(t.source, LEADER_FILL_SOURCES)),
    check('leader_fills_disposition', oneOf(t.disposition, RELEASED_DISPOSITIONS)),
  ],
);

export const leaderActivities = sqliteTable(
  'leader_activities',
  {
    activityId: text('activity_id').primaryKey().notNull(),
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    txHash: text('tx_hash').notNull(),
    type: wordColumn('type', ACTIVITY_TYPES).notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    cashMicros: cashColumn('cash_micros').notNull(),
    eventAtMs: integer('event_at_ms').notNull(),
    detectedAtMs: integer('detected_at_ms').notNull(),
  },
  (t) => [
    index('leader_activities_time').on(t.eventAtMs, t.activityId),
    check('leader_activities_type', oneOf(t.type, ACTIVITY_TYPES)),
  ],
);

export const groupMembers = sqliteTable(
  'group_members',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    memberId: text('member_id').notNull(),
    groupKey: text('group_key').$type<GroupKey>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.memberId] }),
    check('group_members_mode', oneOf(t.mode, TRADING_MODES)),
  ],
);

export const copyAttempts = sqliteTable(
  'copy_attempts',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    portfolioScope: wordColumn('portfolio_scope', SCOPES).notNull(),
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    groupKey: text('group_key').$type<GroupKey>().notNull(),
    idempotencyKey: text('idempotency_key').$type<IdempotencyKey>().notNull(),
    revision: integer('revision').notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    side: wordColumn('side', SIDES).notNull(),
    sourceType: wordColumn('source_type', SOURCE_TYPES).notNull(),
    fillCount: integer('fill_count').notNull(),
    decision: wordColumn('decision', DECISIONS).notNull(),
    reasons: text('reasons', { mode: 'json' }).$type<unknown>().notNull(),
    clamps: text('clamps', { mode: 'json' }).$type<unknown>().notNull(),
    leaderNotionalMicros: cashColumn('leader_notional_micros').notNull(),
    targetNotionalMicros: cashColumn('target_notional_micros').notNull(),
    targetShareMicros: shareColumn('target_share_micros').notNull(),
    effectiveRateBps: bpsColumn('effective_rate_bps').notNull(),
    referencePriceMicros: priceColumn('reference_price_micros').notNull(),
    midPriceMicros: priceColumn('mid_price_micros'),
    limitPriceMicros: priceColumn('limit_price_micros'),
    filledShareMicros: shareColumn('filled_share_micros').notNull(),
    filledNotionalMicros: cashColumn('filled_notional_micros').notNull(),
    feeMicros: cashColumn('fee_micros').notNull(),
    vwapPriceMicros: priceColumn('vwap_price_micros'),
    settingsVersion: integer('settings_version').notNull(),
    leaderEventAtMs: integer('leader_event_at_ms').notNull(),
    detectedAtMs: integer('detected_at_ms').notNull(),
    decidedAtMs: integer('decided_at_ms').notNull(),
    dueAtMs: integer('due_at_ms'),
    newestEventAtMs: integer('newest_event_at_ms'),
    newestDetectedAtMs: integer('newest_detected_at_ms'),
    ownWaitMs: integer('own_wait_ms'),
    facts: text('facts').notNull(),
  },
  (t) => [
    // The key that the requirement names is over (mode, scope, leader, group): R54.
    primaryKey({ columns: [t.mode, t.portfolioScope, t.leaderAddress, t.groupKey] }),
    index('copy_attempts_time').on(t.mode, t.decidedAtMs, t.groupKey),
    index('copy_attempts_leader').on(t.mode, t.leaderAddress, t.decidedAtMs, t.groupKey),
    index('copy_attempts_decision').on(t.mode, t.decision, t.decidedAtMs, t.groupKey),
    index('copy_attempts_market').on(t.mode, t.conditionId, t.decidedAtMs, t.groupKey),
    check('copy_attempts_mode', oneOf(t.mode, TRADING_MODES)),
    check('copy_attempts_side', oneOf(t.side, SIDES)),
    // No check on the source: a further word would mean copying the whole table. Reads check it (`wordColumn`).
    check('copy_attempts_decision_word', oneOf(t.decision, DECISIONS)),
  ],
);

export const copyFills = sqliteTable(
  'copy_fills',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    fillKey: text('fill_key').notNull(),
    groupKey: text('group_key').$type<GroupKey>().notNull(),
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    side: wordColumn('side', SIDES).notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    priceMicros: priceColumn('price_micros').notNull(),
    notionalMicros: cashColumn('notional_micros').notNull(),
    feeMicros: cashColumn('fee_micros').notNull(),
    filledAtMs: integer('filled_at_ms').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.fillKey] }),
    index('copy_fills_time').on(t.mode, t.filledAtMs, t.fillKey),
    check('copy_fills_mode', oneOf(t.mode, TRADING_MODES)),
    check('copy_fills_side', oneOf(t.side, SIDES)),
  ],
);

export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    portfolioScope: wordColumn('portfolio_scope', SCOPES).notNull(),
    refId: text('ref_id').notNull(),
    entryType: wordColumn('entry_type', LEDGER_ENTRY_TYPES).notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner | typeof NO_LEADER>().notNull(),
    conditionId: text('condition_id').$type<ConditionId | typeof NO_CONDITION>().notNull(),
    tokenId: text('token_id').$type<TokenId | typeof NO_TOKEN>().notNull(),
    shareDeltaMicros: shareColumn('share_delta_micros').notNull(),
    cashDeltaMicros: cashColumn('cash_delta_micros').notNull(),
    priceMicros: priceColumn('price_micros'),
    bookedAtMs: integer('booked_at_ms').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.portfolioScope, t.refId, t.entryType] }),
    index('ledger_entries_time').on(t.mode, t.bookedAtMs, t.refId, t.entryType),
    check('ledger_entries_mode', oneOf(t.mode, TRADING_MODES)),
    check('ledger_entries_type', oneOf(t.entryType, RELEASED_ENTRY_TYPES)),
  ],
);

export const positions = sqliteTable(
  'positions',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner>().notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    costMicros: cashColumn('cost_micros').notNull(),
    realisedMicros: cashColumn('realised_micros').notNull(),
    markPriceMicros: priceColumn('mark_price_micros'),
    markRule: text('mark_rule').$type<MarkRule>(),
    markedAtMs: integer('marked_at_ms').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.leaderAddress, t.tokenId] }),
    // Closed positions are kept; pages read only open ones.
    index('positions_open').on(t.mode, t.tokenId).where(sql`${t.shareMicros} > 0`),
    index('positions_short').on(t.mode, t.tokenId).where(sql`${t.shareMicros} < 0`),
    check('positions_mode', oneOf(t.mode, TRADING_MODES)),
  ],
);

export const portfolioSnapshots = sqliteTable(
  'portfolio_snapshots',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    portfolioScope: wordColumn('portfolio_scope', SCOPES).notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner | typeof NO_LEADER>().notNull(),
    bucket: wordColumn('bucket', SNAPSHOT_BUCKETS).notNull(),
    bucketAtMs: integer('bucket_at_ms').notNull(),
    equityMicros: cashColumn('equity_micros').notNull(),
    cashMicros: cashColumn('cash_micros').notNull(),
    exposureMicros: cashColumn('exposure_micros').notNull(),
    realisedMicros: cashColumn('realised_micros').notNull(),
    unrealisedMicros: cashColumn('unrealised_micros').notNull(),
    flowMicros: cashColumn('flow_micros').notNull(),
    /** The most that was ever invested, up to then; 0 in rows from before it was kept. */
    peakExposureMicros: cashColumn('peak_exposure_micros').notNull().default(sql`0`),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.portfolioScope, t.leaderAddress, t.bucket, t.bucketAtMs] }),
    check('portfolio_snapshots_mode', oneOf(t.mode, TRADING_MODES)),
    check('portfolio_snapshots_scope', oneOf(t.portfolioScope, SCOPES)),
    check('portfolio_snapshots_bucket', oneOf(t.bucket, SNAPSHOT_BUCKETS)),
  ],
);

export const leaderPositions = sqliteTable(
  'leader_positions',
  {
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    costMicros: cashColumn('cost_micros').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.leaderAddress, t.tokenId] }),
    // Closed positions are kept; pages read only open ones.
    index('leader_positions_open').on(t.leaderAddress, t.tokenId).where(sql`${t.shareMicros} > 0`),
  ],
);

/** A rowid table of its own number, which the full-text index `market_search` refers to. */
export const markets = sqliteTable(
  'markets',
  {
    marketNo: integer('market_no').primaryKey(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    title: text('title').notNull(),
    slug: text('slug').notNull(),
    outcome: text('outcome').notNull(),
    closeAtMs: integer('close_at_ms'),
    tickPriceMicros: priceColumn('tick_price_micros'),
    acceptingOrders: integer('accepting_orders', { mode: 'boolean' }).notNull(),
    payoutPriceMicros: priceColumn('payout_price_micros'),
    revision: integer('revision').notNull(),
  },
  (t) => [uniqueIndex('markets_token').on(t.tokenId), index('markets_condition').on(t.conditionId)],
);

export const quarantine = sqliteTable(
  'quarantine',
  {
    quarantineId: text('quarantine_id').primaryKey().notNull(),
    source: text('source').notNull(),
    reason: text('reason').notNull(),
    excerpt: text('excerpt').notNull(),
    seenAtMs: integer('seen_at_ms').notNull(),
  },
  (t) => [index('quarantine_time').on(t.seenAtMs, t.quarantineId)],
);
