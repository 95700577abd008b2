/** Every reason for which a copy is skipped or a leader's act is recorded without being copied: one closed list. */

export const REASON_CODES = [
  'ENGINE_PAUSED',
  'USER_DISABLED',
  'EVENT_TOO_OLD',
  'LEADER_TRADE_BELOW_MIN_NOTIONAL',
  'BUFFER_FLUSH_BELOW_MIN_EXEC',
  'BUFFER_NETTED_TO_ZERO',
  'MARKET_UNKNOWN',
  'MARKET_NOT_ACCEPTING',
  'MARKET_BLACKLISTED',
  'MARKET_TOO_CLOSE_TO_CLOSE',
  'CLOSE_TIME_UNKNOWN',
  'BOOK_UNAVAILABLE',
  'BOOK_STALE',
  'BOOK_CROSSED',
  'SPREAD_TOO_WIDE',
  'BUY_COST_PER_SHARE_TOO_HIGH',
  'PRICE_WORSE_THAN_THEIR_FILL',
  'PRICE_TOO_FAR_OVER_MID',
  'NO_LIQUIDITY_WITHIN_BOUNDS',
  'INSUFFICIENT_DEPTH',
  'EQUITY_UNKNOWN',
  'CIRCUIT_BREAKER_NO_EQUITY',
  'CIRCUIT_BREAKER_DAILY_LOSS',
  'CIRCUIT_BREAKER_WEEKLY_LOSS',
  'CIRCUIT_BREAKER_DRAWDOWN',
  'RISK_CAP_GLOBAL',
  'RISK_CAP_MARKET',
  'RISK_CAP_USER',
  'LEADER_EXPOSURE_UNKNOWN',
  'BUDGET_HARD_CAP_EXCEEDED',
  'INSUFFICIENT_CASH',
  'NOT_ENOUGH_POSITION_TO_SELL',
  'BELOW_MIN_ORDER_SIZE',
  'CARRIED',
  'CARRY_EXPIRED',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** What changed the size on its way from the raw target to the plan, in the order applied. */
export const CLAMPS = [
  'RATE_MIN',
  'RATE_MAX',
  'RAISED_TO_MIN_TRADE',
  'MAX_TRADE',
  'BANKROLL',
  'BUDGET_HEADROOM',
  'DEPTH',
  'CASH',
  'HOLDING',
  'LEADER_EXITED',
  'RAISED_TO_VENUE_MIN',
] as const;
export type Clamp = (typeof CLAMPS)[number];

/** What became of a leader fill: handed to a group, or only recorded, and why. */
export const FILL_DISPOSITIONS = [
  'GROUPED',
  'HISTORY',
  'EVENT_TOO_OLD',
  'DIFFERENCE',
  'NOT_TRADABLE',
] as const;
export type FillDisposition = (typeof FILL_DISPOSITIONS)[number];

export const SOURCE_TYPES = ['IMMEDIATE', 'AGGREGATOR', 'BUFFER', 'CARRY'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

export const LEADER_FILL_SOURCES = ['RTDS_TRADES', 'RTDS_MATCHED', 'DATA_API', 'CHAIN'] as const;
export type LeaderFillSource = (typeof LEADER_FILL_SOURCES)[number];

export const ACTIVITY_TYPES = ['SPLIT', 'MERGE', 'REDEEM', 'CONVERSION'] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

export const LEDGER_ENTRY_TYPES = ['DEPOSIT', 'WITHDRAWAL', 'TRADE_FILL', 'FEE', 'SETTLEMENT'] as const;
export type LedgerEntryType = (typeof LEDGER_ENTRY_TYPES)[number];
