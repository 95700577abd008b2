/** The guards that `decide` looks at before it measures anything: may this intent be decided on, in this market, on this book. */
import { isCrossed } from '../market/book.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';

/** Reasons that need neither a size nor a price. */
export function gateReasons(
  { intent, portfolio, nowMs }: DecisionFacts,
  settings: ModeSettings,
): ReasonCode[] {
  const reasons: ReasonCode[] = [];
  if (intent.presetReason !== null) return [intent.presetReason];
  if (portfolio.paused) reasons.push('ENGINE_PAUSED');
  if (intent.exitOnly && intent.side === 'BUY') reasons.push('USER_DISABLED');
  // A carry is old by nature: its own age limit holds it, and it is decided on a fresh book.
  const tooOld = nowMs - intent.leaderEventAtMs - intent.waitedMs > settings.copyAgeMsMax;
  if (tooOld && intent.sourceType !== 'CARRY') reasons.push('EVENT_TOO_OLD');
  const smallest = BigInt(settings.leaderTradeNotionalMicrosMin);
  // What was sized before holds our own amounts; the leader's were measured when they were buffered or carried.
  if (intent.leaderNotionalMicros < smallest && intent.ourNotionalMicros === null) {
    reasons.push('LEADER_TRADE_BELOW_MIN_NOTIONAL');
  }
  const nothingToSell = portfolio.holdingShareMicros <= 0n && intent.carriedShareMicros <= 0n;
  if (intent.side === 'SELL' && nothingToSell) reasons.push('NOT_ENOUGH_POSITION_TO_SELL');
  return reasons;
}

/** Reasons why this market or its book may not be decided on: fails closed (design.md 9). */
export function marketReasons(
  { intent, market, book, nowMs }: DecisionFacts,
  settings: ModeSettings,
): ReasonCode[] {
  const reasons: ReasonCode[] = [];
  if (market === null) reasons.push('MARKET_UNKNOWN');
  else if (!market.acceptingOrders) reasons.push('MARKET_NOT_ACCEPTING');
  if (book === null) reasons.push('BOOK_UNAVAILABLE');
  else if (nowMs - book.asOfMs > settings.bookAgeMsMax) reasons.push('BOOK_STALE');
  else if (isCrossed(book)) reasons.push('BOOK_CROSSED');
  if (intent.side === 'BUY' && market !== null) {
    if (settings.marketBlacklist.includes(market.conditionId)) reasons.push('MARKET_BLACKLISTED');
    if (settings.noOpensBeforeCloseMinutes > 0) {
      const opensUntilMs = (market.closeAtMs ?? 0) - settings.noOpensBeforeCloseMinutes * 60_000;
      if (market.closeAtMs === null) reasons.push('CLOSE_TIME_UNKNOWN');
      else if (nowMs >= opensUntilMs) reasons.push('MARKET_TOO_CLOSE_TO_CLOSE');
    }
  }
  return reasons;
}
