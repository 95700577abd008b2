/**
 * D1's tables of the live Wallet: orders, fills, the venue's positions, and differences between them and our ledger.
 * As in schema.ts: natural keys without NULL, integer micros, few indexes. Reasons and venue messages are hostile text.
 */
import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import {
  type ConditionId,
  type GroupKey,
  type IdempotencyKey,
  type LeaderAddress,
  SIDES,
  type SliceOwner,
  type TokenId,
} from '../../domain/ids.ts';
import { PROTOCOL_VERSIONS } from '../../domain/market/market.ts';
import { FILL_STATES, ORDER_STATES, ORDER_TYPES, type OrderId } from '../../domain/orders/orders.ts';
import type { NO_INTENT, NO_ORDER, NO_TOKEN } from '../../domain/records/sentinels.ts';
import { bigintColumn, cashColumn, oneOf, priceColumn, shareColumn, wordColumn } from './columns.ts';

export const FILL_ORIGINS = ['APP', 'EXTERNAL'] as const;
export const FILL_ROLES = ['TAKER', 'MAKER'] as const;
export const DIFFERENCE_SUBJECTS = ['CASH', 'POSITION'] as const;

export const liveOrders = sqliteTable(
  'live_orders',
  {
    orderKey: text('order_key').primaryKey().notNull(),
    shadow: integer('shadow', { mode: 'boolean' }).notNull(),
    orderId: text('order_id').$type<OrderId | typeof NO_ORDER>().notNull(),
    idempotencyKey: text('idempotency_key').$type<IdempotencyKey>().notNull(),
    leaderAddress: text('leader_address').$type<LeaderAddress>().notNull(),
    groupKey: text('group_key').$type<GroupKey>().notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    side: wordColumn('side', SIDES).notNull(),
    orderType: wordColumn('order_type', ORDER_TYPES).notNull(),
    state: wordColumn('state', ORDER_STATES).notNull(),
    limitPriceMicros: priceColumn('limit_price_micros').notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    makerMicros: bigintColumn('maker_micros').notNull(),
    takerMicros: bigintColumn('taker_micros').notNull(),
    tickPriceMicros: priceColumn('tick_price_micros').notNull(),
    orderShareMicrosMin: shareColumn('order_share_micros_min').notNull(),
    protocolVersion: wordColumn('protocol_version', PROTOCOL_VERSIONS).notNull(),
    negRisk: integer('neg_risk', { mode: 'boolean' }).notNull(),
    bestPriceMicros: priceColumn('best_price_micros').notNull(),
    bookAgeMs: integer('book_age_ms').notNull(),
    publicBody: text('public_body').notNull(),
    filledShareMicros: shareColumn('filled_share_micros').notNull(),
    filledNotionalMicros: cashColumn('filled_notional_micros').notNull(),
    feeMicros: cashColumn('fee_micros').notNull(),
    predictedShareMicros: shareColumn('predicted_share_micros'),
    predictedNotionalMicros: cashColumn('predicted_notional_micros'),
    predictedFeeMicros: cashColumn('predicted_fee_micros'),
    submits: integer('submits').notNull(),
    lastError: text('last_error').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    submittedAtMs: integer('submitted_at_ms'),
    answeredAtMs: integer('answered_at_ms'),
    finalAtMs: integer('final_at_ms'),
    revision: integer('revision').notNull(),
  },
  (t) => [
    // An intent has at most one order of each kind (A16); the same index finds the orders of an attempt.
    uniqueIndex('live_orders_intent').on(t.idempotencyKey, t.shadow),
    index('live_orders_time').on(t.createdAtMs, t.orderKey),
    check('live_orders_side', oneOf(t.side, SIDES)),
    check('live_orders_type', oneOf(t.orderType, ORDER_TYPES)),
    check('live_orders_state', oneOf(t.state, ORDER_STATES)),
    check('live_orders_protocol', oneOf(t.protocolVersion, PROTOCOL_VERSIONS)),
  ],
);

export const liveFills = sqliteTable(
  'live_fills',
  {
    tradeId: text('trade_id').notNull(),
    orderId: text('order_id').$type<OrderId>().notNull(),
    origin: wordColumn('origin', FILL_ORIGINS).notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner>().notNull(),
    idempotencyKey: text('idempotency_key').$type<IdempotencyKey | typeof NO_INTENT>().notNull(),
    tokenId: text('token_id').$type<TokenId>().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    side: wordColumn('side', SIDES).notNull(),
    role: wordColumn('role', FILL_ROLES).notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    priceMicros: priceColumn('price_micros').notNull(),
    notionalMicros: cashColumn('notional_micros').notNull(),
    feeMicros: cashColumn('fee_micros').notNull(),
    state: wordColumn('state', FILL_STATES).notNull(),
    txHash: text('tx_hash').notNull(),
    matchedAtMs: integer('matched_at_ms').notNull(),
    seenAtMs: integer('seen_at_ms').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    // The order leads, so that the fills of one order are a range of the key.
    primaryKey({ columns: [t.orderId, t.tradeId] }),
    index('live_fills_time').on(t.matchedAtMs, t.orderId, t.tradeId),
    check('live_fills_origin', oneOf(t.origin, FILL_ORIGINS)),
    check('live_fills_side', oneOf(t.side, SIDES)),
    check('live_fills_role', oneOf(t.role, FILL_ROLES)),
    check('live_fills_state', oneOf(t.state, FILL_STATES)),
  ],
);

export const venuePositions = sqliteTable(
  'venue_positions',
  {
    tokenId: text('token_id').$type<TokenId>().primaryKey().notNull(),
    conditionId: text('condition_id').$type<ConditionId>().notNull(),
    shareMicros: shareColumn('share_micros').notNull(),
    avgPriceMicros: priceColumn('avg_price_micros'),
    markPriceMicros: priceColumn('mark_price_micros'),
    redeemable: integer('redeemable', { mode: 'boolean' }).notNull(),
    readAtMs: integer('read_at_ms').notNull(),
    revision: integer('revision').notNull(),
  },
  // Closed positions are kept; pages read only open ones.
  (t) => [index('venue_positions_open').on(t.tokenId).where(sql`${t.shareMicros} > 0`)],
);

export const differences = sqliteTable(
  'differences',
  {
    subject: wordColumn('subject', DIFFERENCE_SUBJECTS).notNull(),
    tokenId: text('token_id').$type<TokenId | typeof NO_TOKEN>().notNull(),
    firstSeenAtMs: integer('first_seen_at_ms').notNull(),
    ledgerMicros: bigintColumn('ledger_micros').notNull(),
    venueMicros: bigintColumn('venue_micros').notNull(),
    readings: integer('readings').notNull(),
    lastSeenAtMs: integer('last_seen_at_ms').notNull(),
    endedAtMs: integer('ended_at_ms'),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.subject, t.tokenId, t.firstSeenAtMs] }),
    index('differences_time').on(t.firstSeenAtMs, t.subject, t.tokenId),
    index('differences_open').on(t.firstSeenAtMs).where(sql`${t.endedAtMs} is null`),
    check('differences_subject', oneOf(t.subject, DIFFERENCE_SUBJECTS)),
  ],
);
