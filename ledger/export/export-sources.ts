/** Where each export comes from: its table, its order, which of its filters an index serves, and what it leaves out. */
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { DecisionWord, ReasonCode, SourceType } from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import type { OrderState } from '../../domain/orders/orders.ts';
import type { ExportName } from '../../domain/records/exports.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import { auditLog } from '../schema/control-schema.ts';
import {
  differences,
  type FILL_ORIGINS,
  liveFills,
  liveOrders,
  venuePositions,
} from '../schema/live-schema.ts';
import {
  copyAttempts,
  copyFills,
  leaderActivities,
  leaderFills,
  ledgerEntries,
  markets,
  portfolioSnapshots,
  positions,
  quarantine,
} from '../schema/schema.ts';
import { copyStats } from '../schema/stats-schema.ts';
import { daySums } from '../schema/storage-schema.ts';

/** As the pages' filters; what is undefined narrows nothing. Only what the export has may be set. */
export interface ExportFilter {
  readonly leaderAddress?: string | undefined;
  readonly decision?: DecisionWord | undefined;
  readonly reason?: ReasonCode | undefined;
  readonly sourceType?: SourceType | undefined;
  /** From a search of market text, at most 10; an empty list matches nothing. */
  readonly conditionIds?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
  readonly state?: OrderState | undefined;
  readonly shadow?: boolean | undefined;
  readonly origin?: (typeof FILL_ORIGINS)[number] | undefined;
  /** True: also what is closed. */
  readonly closed?: boolean | undefined;
}

/** Every export of a table of D1; the followed users come from the control document, `divergence` is computed. */
export type TableExport = Exclude<ExportName, 'users' | 'divergence'>;

export interface Source {
  readonly table: SQLiteTable;
  /** First in the order; undefined for tables that are paged by key alone. */
  readonly time: SQLiteColumn | undefined;
  /** What `from` and `to` mean, where that is not the time of the order. */
  readonly dated?: SQLiteColumn;
  /** Unique together with the time and the fixed part. */
  readonly keys: readonly SQLiteColumn[];
  /** Never read: large, or of no meaning outside. */
  readonly without: readonly string[];
  /** Always so, by field. */
  readonly fixed: (mode: TradingMode, filter: ExportFilter) => Readonly<Record<string, string>>;
  /** Parts of the table with an index each, as conditions of our own text. */
  readonly parts?: readonly string[];
  /** Filters that have an index in the order of the export; the first that is set leads. */
  readonly leads?: readonly Lead[];
  /** Rows name a token, so title and outcome of its market are added at the end. */
  readonly named: boolean;
}
export type Lead = 'market' | 'leader' | 'decision';

const ofMode = (mode: TradingMode) => ({ mode });
const nothing = () => ({});

const SOURCES = {
  'leader-trades': {
    table: leaderFills,
    time: leaderFills.eventAtMs,
    keys: [leaderFills.fillId],
    without: [],
    fixed: nothing,
    leads: ['market', 'leader'],
    named: true,
  },
  attempts: {
    table: copyAttempts,
    time: copyAttempts.decidedAtMs,
    keys: [copyAttempts.groupKey],
    without: ['facts'],
    fixed: ofMode,
    leads: ['market', 'leader', 'decision'],
    named: true,
  },
  fills: {
    table: copyFills,
    time: copyFills.filledAtMs,
    keys: [copyFills.fillKey],
    without: [],
    fixed: ofMode,
    named: true,
  },
  ledger: {
    table: ledgerEntries,
    time: ledgerEntries.bookedAtMs,
    keys: [ledgerEntries.refId, ledgerEntries.entryType],
    without: [],
    fixed: ofMode,
    named: false,
  },
  snapshots: {
    table: portfolioSnapshots,
    time: portfolioSnapshots.bucketAtMs,
    keys: [portfolioSnapshots.bucket],
    without: ['revision'],
    // The whole Wallet, or one leader's slice, by the minute: a range of the primary key.
    fixed: (mode, { leaderAddress = NO_LEADER }) => ({
      mode,
      portfolioScope: 'EXEC_GLOBAL',
      leaderAddress,
      bucket: 'MINUTE',
    }),
    named: false,
  },
  // The live Wallet's own tables: there is no other mode. The body of an order, which never holds the API key or the
  // signature, is long and says nothing that its columns do not.
  'live-orders': {
    table: liveOrders,
    time: liveOrders.createdAtMs,
    keys: [liveOrders.orderKey],
    without: ['publicBody'],
    fixed: nothing,
    named: true,
  },
  'live-fills': {
    table: liveFills,
    time: liveFills.matchedAtMs,
    keys: [liveFills.orderId, liveFills.tradeId],
    without: [],
    fixed: nothing,
    named: true,
  },
  'venue-positions': {
    table: venuePositions,
    time: undefined,
    keys: [venuePositions.tokenId],
    without: ['revision'],
    fixed: nothing,
    named: true,
  },
  differences: {
    table: differences,
    time: differences.firstSeenAtMs,
    keys: [differences.subject, differences.tokenId],
    without: ['revision'],
    fixed: nothing,
    named: false,
  },
  positions: {
    table: positions,
    time: undefined,
    keys: [positions.tokenId, positions.leaderAddress],
    without: ['revision'],
    fixed: ofMode,
    // What is below zero is rare and never hidden.
    parts: ['t.share_micros > 0', 't.share_micros < 0'],
    named: true,
  },
  audit: {
    table: auditLog,
    time: undefined,
    dated: auditLog.atMs,
    keys: [auditLog.auditNo],
    without: [],
    fixed: nothing,
    named: false,
  },
  quarantine: {
    table: quarantine,
    time: quarantine.seenAtMs,
    keys: [quarantine.quarantineId],
    without: [],
    fixed: nothing,
    named: false,
  },
  activities: {
    table: leaderActivities,
    time: leaderActivities.eventAtMs,
    keys: [leaderActivities.activityId],
    without: [],
    fixed: nothing,
    named: false,
  },
  markets: {
    table: markets,
    time: undefined,
    keys: [markets.marketNo],
    without: ['revision'],
    fixed: nothing,
    leads: ['market'],
    named: false,
  },
  statistics: {
    table: copyStats,
    time: undefined,
    dated: copyStats.dayAtMs,
    keys: [copyStats.leaderAddress, copyStats.dayAtMs],
    without: ['revision'],
    fixed: ofMode,
    leads: ['leader'],
    named: false,
  },
  // Sums by day of rows that the clean-up has removed.
  removed: {
    table: daySums,
    time: undefined,
    dated: daySums.dayAtMs,
    keys: [daySums.kind, daySums.mode, daySums.leaderAddress, daySums.dayAtMs, daySums.word],
    without: [],
    fixed: nothing,
    named: false,
  },
} as const satisfies Record<TableExport, Source>;

/** All positions, also closed ones, in the order of the primary key. */
const ALL_POSITIONS: Source = {
  table: positions,
  time: undefined,
  keys: [positions.leaderAddress, positions.tokenId],
  without: ['revision'],
  fixed: ofMode,
  leads: ['leader'],
  named: true,
};

/** The source of an export. Of our own positions the open ones are the rule, of the venue's all that it ever reported. */
export function sourceOf(name: TableExport, { closed }: ExportFilter): Source {
  if (name === 'positions' && closed === true) return ALL_POSITIONS;
  if (name === 'venue-positions' && closed === false) {
    return { ...SOURCES['venue-positions'], parts: ['t.share_micros > 0'] };
  }
  return SOURCES[name];
}
