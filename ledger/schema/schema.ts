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
import { SIDES, TRADING_MODES } from '../../domain/ids.ts';
import { SNAPSHOT_BUCKETS } from '../../domain/records/records.ts';
import { bigintColumn, oneOf } from './columns.ts';

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
    fillId: text('fill_id').primaryKey().notNull(),
    leaderAddress: text('leader_address').notNull(),
    txHash: text('tx_hash').notNull(),
    tokenId: text('token_id').notNull(),
    conditionId: text('condition_id').notNull(),
    side: text('side', { enum: SIDES }).notNull(),
    shareMicros: bigintColumn('share_micros').notNull(),
    priceMicros: bigintColumn('price_micros').notNull(),
    notionalMicros: bigintColumn('notional_micros').notNull(),
    eventAtMs: integer('event_at_ms').notNull(),
    detectedAtMs: integer('detected_at_ms').notNull(),
    source: text('source', { enum: LEADER_FILL_SOURCES }).notNull(),
    disposition: text('disposition', { enum: FILL_DISPOSITIONS }).notNull(),
    groupKey: text('group_key').notNull(),
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
    leaderAddress: text('leader_address').notNull(),
    txHash: text('tx_hash').notNull(),
    type: text('type', { enum: ACTIVITY_TYPES }).notNull(),
    conditionId: text('condition_id').notNull(),
    shareMicros: bigintColumn('share_micros').notNull(),
    cashMicros: bigintColumn('cash_micros').notNull(),
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
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    memberId: text('member_id').notNull(),
    groupKey: text('group_key').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.memberId] }),
    check('group_members_mode', oneOf(t.mode, TRADING_MODES)),
  ],
);

export const copyAttempts = sqliteTable(
  'copy_attempts',
  {
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    portfolioScope: text('portfolio_scope', { enum: SCOPES }).notNull(),
    leaderAddress: text('leader_address').notNull(),
    groupKey: text('group_key').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    revision: integer('revision').notNull(),
    tokenId: text('token_id').notNull(),
    conditionId: text('condition_id').notNull(),
    side: text('side', { enum: SIDES }).notNull(),
    sourceType: text('source_type', { enum: SOURCE_TYPES }).notNull(),
    fillCount: integer('fill_count').notNull(),
    decision: text('decision', { enum: DECISIONS }).notNull(),
    reasons: text('reasons', { mode: 'json' }).$type<unknown>().notNull(),
    clamps: text('clamps', { mode: 'json' }).$type<unknown>().notNull(),
    leaderNotionalMicros: bigintColumn('leader_notional_micros').notNull(),
    targetNotionalMicros: bigintColumn('target_notional_micros').notNull(),
    targetShareMicros: bigintColumn('target_share_micros').notNull(),
    effectiveRateBps: bigintColumn('effective_rate_bps').notNull(),
    referencePriceMicros: bigintColumn('reference_price_micros').notNull(),
    midPriceMicros: bigintColumn('mid_price_micros'),
    limitPriceMicros: bigintColumn('limit_price_micros'),
    filledShareMicros: bigintColumn('filled_share_micros').notNull(),
    filledNotionalMicros: bigintColumn('filled_notional_micros').notNull(),
    feeMicros: bigintColumn('fee_micros').notNull(),
    vwapPriceMicros: bigintColumn('vwap_price_micros'),
    settingsVersion: integer('settings_version').notNull(),
    leaderEventAtMs: integer('leader_event_at_ms').notNull(),
    detectedAtMs: integer('detected_at_ms').notNull(),
    decidedAtMs: integer('decided_at_ms').notNull(),
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
    check('copy_attempts_source', oneOf(t.sourceType, SOURCE_TYPES)),
    check('copy_attempts_decision_word', oneOf(t.decision, DECISIONS)),
  ],
);

export const copyFills = sqliteTable(
  'copy_fills',
  {
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    fillKey: text('fill_key').notNull(),
    groupKey: text('group_key').notNull(),
    leaderAddress: text('leader_address').notNull(),
    tokenId: text('token_id').notNull(),
    side: text('side', { enum: SIDES }).notNull(),
    shareMicros: bigintColumn('share_micros').notNull(),
    priceMicros: bigintColumn('price_micros').notNull(),
    notionalMicros: bigintColumn('notional_micros').notNull(),
    feeMicros: bigintColumn('fee_micros').notNull(),
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
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    portfolioScope: text('portfolio_scope', { enum: SCOPES }).notNull(),
    refId: text('ref_id').notNull(),
    entryType: text('entry_type', { enum: LEDGER_ENTRY_TYPES }).notNull(),
    leaderAddress: text('leader_address').notNull(),
    conditionId: text('condition_id').notNull(),
    tokenId: text('token_id').notNull(),
    shareDeltaMicros: bigintColumn('share_delta_micros').notNull(),
    cashDeltaMicros: bigintColumn('cash_delta_micros').notNull(),
    priceMicros: bigintColumn('price_micros'),
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
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    leaderAddress: text('leader_address').notNull(),
    tokenId: text('token_id').notNull(),
    conditionId: text('condition_id').notNull(),
    shareMicros: bigintColumn('share_micros').notNull(),
    costMicros: bigintColumn('cost_micros').notNull(),
    realisedMicros: bigintColumn('realised_micros').notNull(),
    markPriceMicros: bigintColumn('mark_price_micros'),
    markedAtMs: integer('marked_at_ms').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.leaderAddress, t.tokenId] }),
    // Closed positions stay for ever; pages read only open ones.
    index('positions_open').on(t.mode, t.tokenId).where(sql`${t.shareMicros} > 0`),
    index('positions_short').on(t.mode, t.tokenId).where(sql`${t.shareMicros} < 0`),
    check('positions_mode', oneOf(t.mode, TRADING_MODES)),
  ],
);

export const portfolioSnapshots = sqliteTable(
  'portfolio_snapshots',
  {
    mode: text('mode', { enum: TRADING_MODES }).notNull(),
    portfolioScope: text('portfolio_scope', { enum: SCOPES }).notNull(),
    leaderAddress: text('leader_address').notNull(),
    bucket: text('bucket', { enum: SNAPSHOT_BUCKETS }).notNull(),
    bucketAtMs: integer('bucket_at_ms').notNull(),
    equityMicros: bigintColumn('equity_micros').notNull(),
    cashMicros: bigintColumn('cash_micros').notNull(),
    exposureMicros: bigintColumn('exposure_micros').notNull(),
    realisedMicros: bigintColumn('realised_micros').notNull(),
    unrealisedMicros: bigintColumn('unrealised_micros').notNull(),
    flowMicros: bigintColumn('flow_micros').notNull(),
    /** The most that was ever invested, up to then; 0 in rows from before it was kept. */
    peakExposureMicros: bigintColumn('peak_exposure_micros').notNull().default(sql`0`),
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
    leaderAddress: text('leader_address').notNull(),
    tokenId: text('token_id').notNull(),
    conditionId: text('condition_id').notNull(),
    shareMicros: bigintColumn('share_micros').notNull(),
    costMicros: bigintColumn('cost_micros').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.leaderAddress, t.tokenId] }),
    // Closed positions stay for ever; pages read only open ones.
    index('leader_positions_open').on(t.leaderAddress, t.tokenId).where(sql`${t.shareMicros} > 0`),
  ],
);

/** A rowid table of its own number, which the full-text index `market_search` refers to. */
export const markets = sqliteTable(
  'markets',
  {
    marketNo: integer('market_no').primaryKey(),
    tokenId: text('token_id').notNull(),
    conditionId: text('condition_id').notNull(),
    title: text('title').notNull(),
    slug: text('slug').notNull(),
    outcome: text('outcome').notNull(),
    closeAtMs: integer('close_at_ms'),
    tickPriceMicros: bigintColumn('tick_price_micros'),
    acceptingOrders: integer('accepting_orders', { mode: 'boolean' }).notNull(),
    payoutPriceMicros: bigintColumn('payout_price_micros'),
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

export const controlVersions = sqliteTable(
  'control_versions',
  {
    version: integer('version').primaryKey(),
    commandId: text('command_id').notNull(),
    control: text('control').notNull(),
    savedAtMs: integer('saved_at_ms').notNull(),
    actor: text('actor').notNull().default('operator'),
  },
  (t) => [uniqueIndex('control_versions_command').on(t.commandId)],
);

export const auditLog = sqliteTable(
  'audit_log',
  {
    auditNo: integer('audit_no').primaryKey({ autoIncrement: true }),
    atMs: integer('at_ms').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    field: text('field').notNull(),
    oldValue: text('old_value').notNull(),
    newValue: text('new_value').notNull(),
    commandId: text('command_id').notNull(),
    /** Who did it: 'operator' after the password, else the address that Cloudflare Access vouches for. */
    actor: text('actor').notNull().default('operator'),
  },
  (t) => [index('audit_log_command').on(t.commandId)],
);

/** How far a bounded clean-up has come. */
export const maintenance = sqliteTable('maintenance', {
  name: text('name').primaryKey().notNull(),
  throughMs: integer('through_ms').notNull(),
});
