/** The guardrails on opening: price cap, exposure caps and circuit breakers. Exits are always allowed (A23). */
import { type Book, levelsWithin, walk } from '../market/book.ts';
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
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts, PortfolioFacts } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';

interface PlannedBuy {
  readonly book: Book;
  readonly limit: PriceMicros;
  readonly shareMicros: ShareMicros;
}

/** What the book would take for a planned BUY, each level rounded down, and of how many shares. */
export function plannedSpend(planned: PlannedBuy): {
  readonly spent: CashMicros;
  readonly size: ShareMicros;
} {
  const taken = walk(levelsWithin(planned.book, 'BUY', planned.limit), planned.shareMicros);
  return {
    spent: taken.reduce(
      (sum, level) => add(sum, notionalFloor(level.shareMicros, level.priceMicros)),
      cash(0n),
    ),
    size: taken.reduce((sum, level) => add(sum, level.shareMicros), shares(0n)),
  };
}

/** Part of the equity, in basis points as the settings hold it, rounded down. */
export function partOf(equity: CashMicros, part: number): CashMicros {
  return bpsOfFloor(equity, bps(BigInt(part)));
}

/** How far the profit may fall from its peak: a part of the peak of flow-adjusted equity, which deposits do not move. */
export function drawdown(
  { peakPnlMicros, pnlMicros, flowMicros }: PortfolioFacts,
  settings: ModeSettings,
): { readonly fallen: CashMicros; readonly limit: CashMicros } {
  return {
    fallen: sub(peakPnlMicros, pnlMicros),
    limit: partOf(abs(add(peakPnlMicros, flowMicros)), settings.drawdownBpsMax),
  };
}

/** Every guardrail that a planned BUY breaks. Limits themselves pass; only beyond them does one fire, except the price cap (≥). */
export function buyGuardrails(
  facts: DecisionFacts,
  settings: ModeSettings,
  planned: PlannedBuy,
): readonly ReasonCode[] {
  const { portfolio } = facts;
  const { spent, size } = plannedSpend(planned);
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
  const { dayPnlMicros, weekPnlMicros } = facts.portfolio;
  const reasons: ReasonCode[] = [];
  if (dayPnlMicros < negate(partOf(equity, settings.dailyLossBpsMax))) {
    reasons.push('CIRCUIT_BREAKER_DAILY_LOSS');
  }
  if (weekPnlMicros < negate(partOf(equity, settings.weeklyLossBpsMax))) {
    reasons.push('CIRCUIT_BREAKER_WEEKLY_LOSS');
  }
  const { fallen, limit } = drawdown(facts.portfolio, settings);
  if (fallen > limit) reasons.push('CIRCUIT_BREAKER_DRAWDOWN');
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
    add(held, planned.spent) > partOf(planned.equity, part);
  if (over(totalExposureMicros, settings.totalExposureBpsMax)) reasons.push('RISK_CAP_GLOBAL');
  if (over(marketExposureMicros, settings.marketExposureBpsMax)) reasons.push('RISK_CAP_MARKET');
  if (over(leaderExposureMicros, settings.leaderExposureBpsMax)) reasons.push('RISK_CAP_USER');
  return reasons;
}
