/** The closed lists of words that decisions, fills and ledger entries use: reasons, clamps, sources, dispositions, types. */

/** Every reason to skip a copy, or to record a leader's act without copying it. */
export const REASON_CODES = [
  'ENGINE_PAUSED',
  /** The leader is the operator's own wallet: copying it would copy our own orders again (A53). */
  'OWN_WALLET',
  'USER_DISABLED',
  'EVENT_TOO_OLD',
  'LEADER_TRADE_BELOW_MIN_NOTIONAL',
  /** Only in attempts from before such a buffer was carried (A57). */
  'BUFFER_FLUSH_BELOW_MIN_EXEC',
  'BUFFER_NETTED_TO_ZERO',
  'MARKET_UNKNOWN',
  'MARKET_NOT_ACCEPTING',
  /** The venue sends a fee of the market that cannot be read, so what a purchase would cost is not known. */
  'FEE_UNKNOWN',
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
  'MARKS_UNCERTAIN',
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
  'CARRY_SOLD',
  /** A BUY only cancelled shares that an exit still owed: they are kept instead of sold and bought again (A44). */
  'BOUGHT_BACK',
  /** An earlier exit by the rate wanted more than the leader's fraction: less is owed (A43). */
  'OWED_LOWERED',
  /** The paper copy is decided and waits as long as a live order would take (A55). */
  'PAPER_PENDING',
  /** A sale on paper whose purchase is pending. */
  'PAPER_WAITING_FOR_PURCHASE',
  /** No order book could be read while it was due. */
  'PAPER_NO_BOOK',
  /** It was found long after it was due, since nothing ran meanwhile. */
  'PAPER_FOUND_LATE',
  'LIVE_MODE_OFF',
  /** Entries are stopped, for this leader or for all: no BUY is placed (A61). */
  'LIVE_ENTRIES_OFF',
  'LIVE_SHADOW_ONLY',
  'LIVE_AUTH_MISSING',
  'LIVE_AUTH_FAILED',
  'LIVE_ACCOUNT_PROBLEM',
  'LIVE_ACCOUNT_UNREAD',
  'LIVE_REGION_BLOCKED',
  'LIVE_CLOCK_SKEW',
  'LIVE_WS_DOWN',
  'LIVE_VENUE_RESTARTING',
  'LIVE_VENUE_POST_ONLY',
  'LIVE_VENUE_CANCEL_ONLY',
  'LIVE_VENUE_DISABLED',
  'LIVE_RATE_LIMITED',
  'LIVE_PROTOCOL_UNKNOWN',
  'LIVE_NOT_MARKETABLE_WITHIN_BOUNDS',
  'LIVE_TICK_ROUNDING_VIOLATES_BOUNDS',
  'LIVE_AMOUNTS_IMPOSSIBLE',
  'LIVE_BELOW_MIN_ORDER_SIZE',
  'LIVE_ORDER_TYPE_DISABLED',
  'LIVE_INSUFFICIENT_FUNDS',
  'LIVE_ALLOWANCE_TOO_LOW',
  /** Of earlier releases, which signed an order before they decided on it. */
  'LIVE_PORTFOLIO_CHANGED',
  /** A sale for which no call to the venue was free in time: it is owed. Copies ended so before they waited for one. */
  'LIVE_NO_SLOT',
  /** No call to the venue is free, or too many orders have left within the last second: it waits for its turn. */
  'LIVE_WAITING_FOR_SLOT',
  /** The leader sold it all while the purchase waited for its turn. */
  'LIVE_SOLD_BEFORE_PLACED',
  'LIVE_WAITING_FOR_SHARES',
  'LIVE_NO_FILL',
  /** Every trade of the order FAILED at the venue (A58). */
  'LIVE_TRADE_FAILED',
  'LIVE_ORDER_REJECTED',
  /** The venue refused a sale for a passing reason: it is owed and tried again (A44). */
  'LIVE_SHARES_NOT_THERE_YET',
  'LIVE_REFUSED_FOR_NOW',
  'LIVE_ORDER_UNKNOWN',
  'LIVE_NEVER_ARRIVED',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** What can change the size between the raw target and the plan. */
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
  'OWED_EXIT',
] as const;
export type Clamp = (typeof CLAMPS)[number];

/** What happened to a leader fill: put into a group, or only recorded for the reason named. */
export const FILL_DISPOSITIONS = ['GROUPED', 'HISTORY', 'EVENT_TOO_OLD', 'DIFFERENCE'] as const;
export type FillDisposition = (typeof FILL_DISPOSITIONS)[number];

/** CLOSE: the operator sells by hand. EXIT: the Wallet tries an owed exit again (A44). ACTIVITY: the
 * leader left by merging or converting (A48). CORRECTION: what exits by the rate lack of the leader's fraction (A43). */
export const SOURCE_TYPES = [
  'IMMEDIATE',
  'AGGREGATOR',
  'BUFFER',
  'CARRY',
  'CLOSE',
  'EXIT',
  'ACTIVITY',
  'CORRECTION',
] as const;

/** WAIT: a sale of shares that are not final or not bought yet, or an order that cannot leave yet. It is decided again by itself. */
export const DECISIONS = ['EXECUTE', 'SKIP', 'WAIT'] as const;
export type DecisionWord = (typeof DECISIONS)[number];
export type SourceType = (typeof SOURCE_TYPES)[number];

/** CHAIN: logs of the venue's contracts, which design.md 2 plans. Nothing reads them yet. */
export const LEADER_FILL_SOURCES = ['RTDS_TRADES', 'RTDS_MATCHED', 'DATA_API', 'CHAIN'] as const;
export type LeaderFillSource = (typeof LEADER_FILL_SOURCES)[number];

export const ACTIVITY_TYPES = ['SPLIT', 'MERGE', 'REDEEM', 'CONVERSION'] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

export const LEDGER_ENTRY_TYPES = [
  'DEPOSIT',
  'WITHDRAWAL',
  'TRADE_FILL',
  'SETTLEMENT',
  /** Live: the holdings of the account when it was first read (A21). */
  'OPENING',
  /** Live: reverses a fill that FAILED (A20). */
  'REVERSAL',
  /** Live: a fill that no order of ours explains (R64). */
  'EXTERNAL_FILL',
  /** Live: money in or out, excluded from PnL (A21). */
  'EXTERNAL_FLOW',
  /** Live: a split, merge, redemption or conversion at the venue (A21, A22). */
  'EXTERNAL_CONVERSION',
] as const;
export type LedgerEntryType = (typeof LEDGER_ENTRY_TYPES)[number];
