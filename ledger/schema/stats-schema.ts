/** D1's rollup of attempts, from which pages show rates and histograms without counting rows (design.md 12). */
import { check, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { type SliceOwner, TRADING_MODES } from '../../domain/ids.ts';
import type { NO_LEADER } from '../../domain/records/sentinels.ts';
import { oneOf, wordColumn } from './columns.ts';

/**
 * Counts of a Wallet's attempts, per leader ('' for the whole Wallet) and UTC day (0 for all days): what pages show as rates
 * and histograms without counting rows. The lists are JSON arrays, the reasons a JSON object of counts.
 */
export const copyStats = sqliteTable(
  'copy_stats',
  {
    mode: wordColumn('mode', TRADING_MODES).notNull(),
    leaderAddress: text('leader_address').$type<SliceOwner | typeof NO_LEADER>().notNull(),
    dayAtMs: integer('day_at_ms').notNull(),
    attempts: integer('attempts').notNull(),
    executed: integer('executed').notNull(),
    skipped: integer('skipped').notNull(),
    partial: integer('partial').notNull(),
    unfilled: integer('unfilled').notNull(),
    leaderFills: integer('leader_fills').notNull(),
    wins: integer('wins').notNull(),
    losses: integer('losses').notNull(),
    slippage: text('slippage', { mode: 'json' }).$type<unknown>().notNull(),
    detectionLag: text('detection_lag', { mode: 'json' }).$type<unknown>().notNull(),
    copyLag: text('copy_lag', { mode: 'json' }).$type<unknown>().notNull(),
    reasons: text('reasons', { mode: 'json' }).$type<unknown>().notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.mode, t.leaderAddress, t.dayAtMs] }),
    check('copy_stats_mode', oneOf(t.mode, TRADING_MODES)),
  ],
);
