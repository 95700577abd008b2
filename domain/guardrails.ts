/** The guardrails on opening: price cap, exposure caps and circuit breakers. Exits are always allowed (A23). */
import { type Book, levelsWithin, walk } from './book.ts';
import type { DecisionFacts } from './decide.ts';
import {
  abs,
  add,
  bps,
  bpsOfFloor,
  type CashMicros,
  cash,
  negate,
  notionalFloor,
  type PriceMicros,
  priceOfFloor,
  type ShareMicros,
  shares,
  sub,
} from './money.ts';
import type { ReasonCode } from './reasons.ts';
import type { ModeSettings } from './settings.ts';

interface PlannedBuy {
  readonly book: Book;
  readonly limit: PriceMicros;
  readonly shareMicros: ShareMicros;
}

/** Every guardrail that a planned BUY breaks. Limits themselves pass; only beyond them does one fire, except the price cap (≥). */
export function buyGuardrails(
  facts: DecisionFacts,
  settings: ModeSettings,
  planned: PlannedBuy,
): readonly ReasonCode[] {
  const { portfolio } = facts;
  const taken = walk(levelsWithin(planned.book, 'BUY', planned.limit), planned.shareMicros);
  const spent = taken.reduce(
    (sum, level) => add(sum, notionalFloor(level.shareMicros, level.priceMicros)),
    cash(0n),
  );
  const size = taken.reduce((sum, level) => add(sum, level.shareMicros), shares(0n));
  const reasons: ReasonCode[] = [];
  const cap = settings.buyPriceMicrosMax;
  if (cap !== null && size > 0n && priceOfFloor(spent, size) >= BigInt(cap)) {
    reasons.push('BUY_COST_PER_SHARE_TOO_HIGH');
  }
  const equity = portfolio.equityMicros;
  if (equity === null) return [...reasons, 'EQUITY_UNKNOWN'];
  if (equity <= 0n) return [...reasons, 'CIRCUIT_BREAKER_NO_EQUITY'];
  return [
    ...reasons,
    ...breakers(facts, settings, equity),
    ...exposureCaps(facts, settings, { equity, spent }),
  ];
}

function breakers(facts: DecisionFacts, settings: ModeSettings, equity: CashMicros): ReasonCode[] {
  const { dayPnlMicros, weekPnlMicros, pnlMicros, peakPnlMicros, flowMicros } = facts.portfolio;
  const reasons: ReasonCode[] = [];
  const limit = (part: number): CashMicros => negate(bpsOfFloor(equity, bps(BigInt(part))));
  if (dayPnlMicros < limit(settings.dailyLossBpsMax)) reasons.push('CIRCUIT_BREAKER_DAILY_LOSS');
  if (weekPnlMicros < limit(settings.weeklyLossBpsMax)) reasons.push('CIRCUIT_BREAKER_WEEKLY_LOSS');
  // The peak of flow-adjusted equity: deposits and withdrawals move neither side of the difference.
  const peakEquity = add(peakPnlMicros, flowMicros);
  const fallen = sub(peakPnlMicros, pnlMicros);
  if (fallen > bpsOfFloor(abs(peakEquity), bps(BigInt(settings.drawdownBpsMax)))) {
    reasons.push('CIRCUIT_BREAKER_DRAWDOWN');
  }
  return reasons;
}

function exposureCaps(
  facts: DecisionFacts,
  settings: ModeSettings,
  planned: { readonly equity: CashMicros; readonly spent: CashMicros },
): ReasonCode[] {
  const { totalExposureMicros, marketExposureMicros, leaderExposureMicros } = facts.portfolio;
  const reasons: ReasonCode[] = [];
  const over = (held: CashMicros, part: number): boolean =>
    add(held, planned.spent) > bpsOfFloor(planned.equity, bps(BigInt(part)));
  if (over(totalExposureMicros, settings.totalExposureBpsMax)) reasons.push('RISK_CAP_GLOBAL');
  if (over(marketExposureMicros, settings.marketExposureBpsMax)) reasons.push('RISK_CAP_MARKET');
  if (over(leaderExposureMicros, settings.leaderExposureBpsMax)) reasons.push('RISK_CAP_USER');
  return reasons;
}
