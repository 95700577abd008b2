/** What people read for each of our own words. A new reason or clamp without a sentence does not compile. */

import type {
  Clamp,
  DecisionWord,
  FillDisposition,
  LeaderFillSource,
  ReasonCode,
  SourceType,
} from '../../domain/decide/reasons.ts';
import type { TradingMode } from '../../domain/ids.ts';
import type { MarkRule } from '../../domain/market/mark.ts';
import type { FillState, OrderState } from '../../domain/orders/orders.ts';
import type { EntryState, LiveOverride, LiveState } from '../../domain/settings/switches.ts';

export const MODE_LABELS = { PAPER: 'Paper', LIVE: 'Live' } as const satisfies Record<TradingMode, string>;

export const REASON_LABELS = {
  ENGINE_PAUSED: 'Paper trading is switched off',
  OWN_WALLET: 'This is your own wallet: it is not copied',
  USER_DISABLED: 'This leader is paused',
  EVENT_TOO_OLD: 'The trade was too old when we saw it',
  LEADER_TRADE_BELOW_MIN_NOTIONAL: 'The leader’s trade is below the minimum to copy',
  BUFFER_FLUSH_BELOW_MIN_EXEC: 'The gathered small trades are still too small',
  BUFFER_NETTED_TO_ZERO: 'The gathered small trades came to nothing',
  MARKET_UNKNOWN: 'The market is not known',
  MARKET_NOT_ACCEPTING: 'The market takes no orders',
  FEE_UNKNOWN: 'The market’s fee is not known',
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
  MARKS_UNCERTAIN: 'Too much of the equity has no good price',
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
  CARRY_SOLD: 'The leader sold it before our part was large enough to buy',
  BOUGHT_BACK: 'Shares that an exit still owed are kept instead of bought',
  OWED_LOWERED: 'An earlier sale by the rate was too large, so less is owed',
  PAPER_PENDING: 'Waits as long as a live order would take',
  PAPER_WAITING_FOR_PURCHASE: 'Waits until the purchase of these shares has ended',
  PAPER_NO_BOOK: 'No order book could be read when it was due',
  PAPER_FOUND_LATE: 'It was found too long after it was due',
  LIVE_MODE_OFF: 'Live trading is off',
  LIVE_ENTRIES_OFF: 'Entries are stopped: nothing is bought',
  LIVE_SHADOW_ONLY: 'Shadow: the order is recorded, not placed',
  LIVE_AUTH_MISSING: 'No trading key is configured',
  LIVE_AUTH_FAILED: 'The venue does not accept our credentials',
  LIVE_ACCOUNT_PROBLEM: 'The trading account has a problem that a person must mend',
  LIVE_ACCOUNT_UNREAD: 'The account’s balance and positions have not been read yet',
  LIVE_REGION_BLOCKED: 'The venue does not take orders from where we run',
  LIVE_CLOCK_SKEW: 'Our clock differs too much from the venue’s',
  LIVE_WS_DOWN: 'The channel for our own orders has been down too long',
  LIVE_VENUE_RESTARTING: 'The venue’s matching engine is restarting',
  LIVE_VENUE_POST_ONLY: 'The venue takes only resting orders for now',
  LIVE_VENUE_CANCEL_ONLY: 'The venue takes only cancellations for now',
  LIVE_VENUE_DISABLED: 'The venue has switched trading off',
  LIVE_RATE_LIMITED: 'The venue’s rate limit is used up for now',
  LIVE_PROTOCOL_UNKNOWN: 'The market’s contract version is not known',
  LIVE_NOT_MARKETABLE_WITHIN_BOUNDS: 'The best price is beyond the slippage limit',
  LIVE_TICK_ROUNDING_VIOLATES_BOUNDS: 'Rounding to the tick would break the price bounds',
  LIVE_AMOUNTS_IMPOSSIBLE: 'No amounts fit the venue’s precision within the bounds',
  LIVE_BELOW_MIN_ORDER_SIZE: 'After rounding the order is below the venue’s minimum',
  LIVE_ORDER_TYPE_DISABLED: 'Resting orders are not enabled in the settings',
  LIVE_INSUFFICIENT_FUNDS: 'There is not enough free cash in the account',
  LIVE_ALLOWANCE_TOO_LOW: 'The exchange contract may not move enough of our cash or shares',
  LIVE_PORTFOLIO_CHANGED: 'Cash or shares changed between the decision and the order',
  LIVE_NO_SLOT: 'Too many calls to the venue were unanswered',
  LIVE_WAITING_FOR_SLOT: 'Waits until the venue has answered earlier calls, or takes more orders',
  LIVE_SOLD_BEFORE_PLACED: 'The leader had sold it again before our order could leave',
  LIVE_WAITING_FOR_SHARES: 'Waits until the shares to sell are final',
  LIVE_NO_FILL: 'The order met no liquidity',
  LIVE_TRADE_FAILED: 'Every trade of the order failed at the venue',
  LIVE_ORDER_REJECTED: 'The venue rejected the order',
  LIVE_SHARES_NOT_THERE_YET: 'The venue did not see the shares yet',
  LIVE_REFUSED_FOR_NOW: 'The venue refused the order for a reason that passes',
  LIVE_ORDER_UNKNOWN: 'The outcome of the order is not known yet',
  LIVE_NEVER_ARRIVED: 'The order is proven never to have arrived',
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
  OWED_EXIT: 'cut by shares that an exit still owed and that are kept',
} as const satisfies Record<Clamp, string>;

export const DISPOSITION_LABELS = {
  GROUPED: 'Waiting for a decision',
  HISTORY: 'From before we followed',
  EVENT_TOO_OLD: 'Too old when we saw it',
  DIFFERENCE: 'Sources differ a little: only recorded',
} as const satisfies Record<FillDisposition, string>;

export const SOURCE_TYPE_LABELS = {
  IMMEDIATE: 'Immediate',
  AGGREGATOR: 'Grouped',
  BUFFER: 'Buffered',
  CARRY: 'Carried',
  CLOSE: 'Sold by the operator',
  EXIT: 'Owed exit tried again',
  ACTIVITY: 'The leader merged or converted',
  CORRECTION: 'Correction of an exit by the rate',
} as const satisfies Record<SourceType, string>;

export const FILL_SOURCE_LABELS = {
  RTDS_TRADES: 'Stream',
  RTDS_MATCHED: 'Stream (matched)',
  DATA_API: 'Sweep',
  CHAIN: 'Chain',
} as const satisfies Record<LeaderFillSource, string>;

export const DECISION_LABELS = {
  EXECUTE: 'Copied',
  SKIP: 'Skipped',
  WAIT: 'Waiting',
} as const satisfies Record<DecisionWord, string>;

export const ORDER_STATE_LABELS = {
  SHADOW_ONLY: 'Shadow',
  PREPARED: 'Prepared',
  SUBMITTED: 'Submitted',
  DELAYED: 'Delayed by the venue',
  OPEN: 'Open',
  PARTIAL: 'Partly filled',
  FILLED: 'Filled',
  CANCELED: 'Canceled',
  REJECTED: 'Rejected',
  UNKNOWN: 'Outcome unknown',
} as const satisfies Record<OrderState, string>;

export const FILL_STATE_LABELS = {
  MATCHED: 'Matched',
  MINED: 'Mined',
  CONFIRMED: 'Confirmed',
  RETRYING: 'Retrying',
  FAILED: 'Failed',
} as const satisfies Record<FillState, string>;

/** Purchases of the live Wallet (A61). */
export const ENTRY_LABELS = { OFF: 'stopped', ON: 'allowed' } as const satisfies Record<EntryState, string>;

export const LIVE_STATE_LABELS = {
  OFF: 'Off: nothing is placed or recorded',
  SHADOW: 'Shadow: orders are recorded, none is placed',
  ON: 'On: orders are placed with real money',
} as const satisfies Record<LiveState, string>;

export const LIVE_OVERRIDE_LABELS = {
  INHERIT: 'Live while followed on paper',
  FORCE_ON: 'Live even if paused on paper',
  FORCE_OFF: 'Never live',
} as const satisfies Record<LiveOverride, string>;

/** What a mark is, where it is not the mid of a narrow book (A49). */
export const MARK_RULE_LABELS = {
  MID: '',
  LAST_TRADE: 'last trade',
  BID: 'bid',
  STALE: 'stale',
  NO_BID: 'nobody bids',
  PAYOUT: 'payout',
} as const satisfies Record<MarkRule, string>;
