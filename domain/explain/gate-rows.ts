/** The rows of the guards that come before any price: of the intent, the market and its book (gates.ts judges them). */

import type { DecisionFacts } from '../decide/decision-facts.ts';
import { gateReasons, marketReasons } from '../decide/gates.ts';
import {
  calm,
  cashMeasure,
  type Guardrail,
  type GuardrailRow,
  judged,
  type Measure,
  msMeasure,
  mustBe,
  shareMeasure,
  stopped,
} from '../decide/guards.ts';
import type { ReasonCode } from '../decide/reasons.ts';
import { isCrossed } from '../market/book.ts';
import { cash, max, shares } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';

/** Rows of the gates that apply. A reason that was found before stands alone: nothing else was looked at then. */
export function gateRows(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const { intent, portfolio, nowMs } = facts;
  const reasons = gateReasons(facts, settings);
  const before = mustBe(false, intent.presetReason !== null);
  if (intent.presetReason !== null) return [stopped('foundBefore', before, intent.presetReason)];
  const row = (guardrail: Guardrail, measure: Measure, code: ReasonCode): GuardrailRow =>
    judged(guardrail, measure, { reasons, codes: [code] });
  const rows = [
    calm('foundBefore', before, 'passed'),
    row('paused', mustBe(false, portfolio.paused), 'ENGINE_PAUSED'),
  ];
  if (intent.side === 'BUY') rows.push(row('exitOnly', mustBe(false, intent.exitOnly), 'USER_DISABLED'));
  if (intent.sourceType !== 'CARRY') {
    const ageMs = nowMs - intent.leaderEventAtMs - intent.waitedMs;
    rows.push(row('age', msMeasure('atMost', ageMs, settings.copyAgeMsMax), 'EVENT_TOO_OLD'));
  }
  if (intent.ourNotionalMicros === null) {
    const smallest = cash(BigInt(settings.leaderTradeNotionalMicrosMin));
    const measure = cashMeasure('atLeast', intent.leaderNotionalMicros, smallest);
    rows.push(row('leaderMinimum', measure, 'LEADER_TRADE_BELOW_MIN_NOTIONAL'));
  }
  if (intent.side === 'SELL') {
    const toSell = max(portfolio.holdingShareMicros, intent.carriedShareMicros);
    rows.push(row('holding', shareMeasure('above', toSell, shares(0n)), 'NOT_ENOUGH_POSITION_TO_SELL'));
  }
  return rows;
}

/** Rows of the market and its book. What is not there is not looked into. */
export function marketRows(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const { intent, market, book, nowMs } = facts;
  const reasons = marketReasons(facts, settings);
  const rows: GuardrailRow[] = [];
  const add = (guardrail: Guardrail, measure: Measure, ...codes: readonly ReasonCode[]): void => {
    rows.push(judged(guardrail, measure, { reasons, codes }));
  };
  add('marketKnown', mustBe(true, market !== null), 'MARKET_UNKNOWN');
  if (market !== null) add('accepting', mustBe(true, market.acceptingOrders), 'MARKET_NOT_ACCEPTING');
  add('bookThere', mustBe(true, book !== null), 'BOOK_UNAVAILABLE');
  if (book !== null) {
    const ageMs = nowMs - book.asOfMs;
    add('bookAge', msMeasure('atMost', ageMs, settings.bookAgeMsMax), 'BOOK_STALE');
    // An old book is not asked whether it is crossed.
    if (!reasons.includes('BOOK_STALE')) add('crossed', mustBe(false, isCrossed(book)), 'BOOK_CROSSED');
  }
  if (intent.side === 'BUY' && market !== null) {
    const listed = settings.marketBlacklist.includes(market.conditionId);
    add('blacklist', mustBe(false, listed), 'MARKET_BLACKLISTED');
    if (settings.noOpensBeforeCloseMinutes > 0) {
      const untilCloseMs = market.closeAtMs === null ? null : market.closeAtMs - nowMs;
      const measure = msMeasure('above', untilCloseMs, settings.noOpensBeforeCloseMinutes * 60_000);
      add('closeTime', measure, 'CLOSE_TIME_UNKNOWN', 'MARKET_TOO_CLOSE_TO_CLOSE');
    }
  }
  return rows;
}
