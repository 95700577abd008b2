/** What people read for each of our own words. A new reason or clamp without a sentence does not compile. */
import type { Clamp, FillDisposition, LeaderFillSource, ReasonCode, SourceType } from '../domain/reasons.ts';

export const REASON_LABELS = {
  ENGINE_PAUSED: 'Paper trading is switched off',
  USER_DISABLED: 'This leader is paused',
  EVENT_TOO_OLD: 'The trade was too old when we saw it',
  LEADER_TRADE_BELOW_MIN_NOTIONAL: 'The leader’s trade is below the minimum to copy',
  BUFFER_FLUSH_BELOW_MIN_EXEC: 'The gathered small trades are still too small',
  BUFFER_NETTED_TO_ZERO: 'The gathered buys and sells cancelled out',
  MARKET_UNKNOWN: 'The market is not known',
  MARKET_NOT_ACCEPTING: 'The market takes no orders',
  MARKET_BLACKLISTED: 'The market is on the blacklist',
  MARKET_TOO_CLOSE_TO_CLOSE: 'The market closes too soon',
  CLOSE_TIME_UNKNOWN: 'The market’s closing time is not known',
  BOOK_UNAVAILABLE: 'There was no order book',
  BOOK_STALE: 'The order book was too old',
  BOOK_CROSSED: 'The order book was crossed',
  SPREAD_TOO_WIDE: 'The spread is too wide',
  BUY_COST_PER_SHARE_TOO_HIGH: 'The price per share is above the limit',
  PRICE_WORSE_THAN_THEIR_FILL: 'The price is too much worse than the leader’s',
  PRICE_TOO_FAR_OVER_MID: 'The price is too far from the mid',
  NO_LIQUIDITY_WITHIN_BOUNDS: 'Nobody offers within the price bounds',
  INSUFFICIENT_DEPTH: 'The book is too thin',
  EQUITY_UNKNOWN: 'The equity is not known',
  CIRCUIT_BREAKER_NO_EQUITY: 'There is no equity left',
  CIRCUIT_BREAKER_DAILY_LOSS: 'The daily loss limit is reached',
  CIRCUIT_BREAKER_WEEKLY_LOSS: 'The weekly loss limit is reached',
  CIRCUIT_BREAKER_DRAWDOWN: 'The drawdown limit is reached',
  RISK_CAP_GLOBAL: 'The total exposure limit is reached',
  RISK_CAP_MARKET: 'The limit per market is reached',
  RISK_CAP_USER: 'The limit per leader is reached',
  LEADER_EXPOSURE_UNKNOWN: 'The leader’s own exposure is not known',
  BUDGET_HARD_CAP_EXCEEDED: 'The budget for this leader is used up',
  INSUFFICIENT_CASH: 'There is not enough cash',
  NOT_ENOUGH_POSITION_TO_SELL: 'We hold nothing of it to sell',
  BELOW_MIN_ORDER_SIZE: 'The copy is below the venue’s minimum',
  CARRIED: 'Too small for now: added to the carry',
  CARRY_EXPIRED: 'The carry stayed too small for too long',
} as const satisfies Record<ReasonCode, string>;

export const CLAMP_LABELS = {
  RATE_MIN: 'raised to the lowest rate',
  RATE_MAX: 'cut to the highest rate',
  RAISED_TO_MIN_TRADE: 'raised to the smallest trade',
  MAX_TRADE: 'cut to the largest trade',
  BANKROLL: 'cut to the share of equity per trade',
  BUDGET_HEADROOM: 'cut to what is left of the budget',
  DEPTH: 'cut to the depth of the book',
  CASH: 'cut to the cash',
  HOLDING: 'cut to what we hold',
  LEADER_EXITED: 'all sold, as the leader did',
  RAISED_TO_VENUE_MIN: 'raised to the venue’s minimum',
} as const satisfies Record<Clamp, string>;

export const DISPOSITION_LABELS = {
  GROUPED: 'Waiting for a decision',
  HISTORY: 'From before we followed',
  EVENT_TOO_OLD: 'Too old when we saw it',
  DIFFERENCE: 'Sources differ a little: only recorded',
  NOT_TRADABLE: 'Not a trade on the order book',
} as const satisfies Record<FillDisposition, string>;

export const SOURCE_TYPE_LABELS = {
  IMMEDIATE: 'Immediate',
  AGGREGATOR: 'Grouped',
  BUFFER: 'Buffered',
  CARRY: 'Carried',
} as const satisfies Record<SourceType, string>;

export const FILL_SOURCE_LABELS = {
  RTDS_TRADES: 'Stream',
  RTDS_MATCHED: 'Stream (matched)',
  DATA_API: 'Sweep',
  CHAIN: 'Chain',
} as const satisfies Record<LeaderFillSource, string>;
