/** The first guards of a decision: on the intent, the market and the book, before any amount is worked out. */
import { type Book, isCrossed } from '../market/book.ts';
import type { MarketFacts } from '../market/market.ts';
import { cash, shares } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import { MINUTE_MS } from '../time.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { Guards } from './guards.ts';

/** Judges the intent. A preset reason is reported alone: nothing else is judged then. */
export function judgeIntent(
  guards: Guards,
  { intent, portfolio, nowMs }: DecisionFacts,
  settings: ModeSettings,
): void {
  const { presetReason } = intent;
  guards.mustBe('foundBefore', false, presetReason !== null, presetReason ?? 'ENGINE_PAUSED');
  if (guards.stopped) return;
  guards.mustBe('paused', false, portfolio.paused, 'ENGINE_PAUSED');
  guards.mustBe('exitOnly', false, intent.exitOnly, 'USER_DISABLED');
  const ageMs = nowMs - intent.leaderEventAtMs - intent.waitedMs;
  guards.ms('age', ageMs, 'atMost', settings.copyAgeMsMax, 'EVENT_TOO_OLD');
  guards.ms('exitAge', nowMs - intent.leaderEventAtMs, 'atMost', settings.exitAgeMsMax, 'EVENT_TOO_OLD');
  const smallest = cash(BigInt(settings.leaderTradeNotionalMicrosMin));
  const notional = intent.leaderNotionalMicros;
  guards.cash('leaderMinimum', notional, 'atLeast', smallest, 'LEADER_TRADE_BELOW_MIN_NOTIONAL');
  guards.shares('holding', portfolio.holdingShareMicros, 'above', shares(0n), 'NOT_ENOUGH_POSITION_TO_SELL');
}

/** Judges the market and its book, and returns both; null when a guard stopped. Unknown or stale facts stop (design.md 9). */
export function judgeMarket(
  guards: Guards,
  { market, book, nowMs }: DecisionFacts,
  settings: ModeSettings,
): { readonly market: MarketFacts; readonly book: Book } | null {
  guards.mustBe('marketKnown', true, market !== null, 'MARKET_UNKNOWN');
  if (market !== null) guards.mustBe('accepting', true, market.acceptingOrders, 'MARKET_NOT_ACCEPTING');
  if (market !== null) guards.mustBe('feeKnown', true, market.isFeeUnknown !== true, 'FEE_UNKNOWN');
  guards.mustBe('bookThere', true, book !== null, 'BOOK_UNAVAILABLE');
  if (book !== null) {
    const fresh = guards.ms('bookAge', nowMs - book.asOfMs, 'atMost', settings.bookAgeMsMax, 'BOOK_STALE');
    if (fresh) guards.mustBe('crossed', false, isCrossed(book), 'BOOK_CROSSED');
  }
  if (market !== null) {
    const listed = settings.marketBlacklist.includes(market.conditionId);
    guards.mustBe('blacklist', false, listed, 'MARKET_BLACKLISTED');
    const untilCloseMs = market.closeAtMs === null ? null : market.closeAtMs - nowMs;
    const leastMs = settings.noOpensBeforeCloseMinutes * MINUTE_MS;
    const reason = untilCloseMs === null ? 'CLOSE_TIME_UNKNOWN' : 'MARKET_TOO_CLOSE_TO_CLOSE';
    guards.ms('closeTime', untilCloseMs, 'above', leastMs, reason);
  }
  return guards.stopped || market === null || book === null ? null : { market, book };
}
