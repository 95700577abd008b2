/** The guards on the risk of a buy: price cap, circuit breakers and exposure caps. Exits are always allowed (A23). */
import { type Book, levelsWithin, notionalOf, walk } from '../market/book.ts';
import {
  abs,
  add,
  type CashMicros,
  cash,
  negate,
  type PriceMicros,
  price,
  priceOfFloor,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';
import { UNSURE_BPS_MAX, unsureLimit } from '../portfolio/worth.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { PortfolioFacts } from './decision-facts.ts';
import type { Guardrail, Guards } from './guards.ts';
import type { ReasonCode } from './reasons.ts';
import { partOf } from './sizing.ts';

interface PlannedBuy {
  readonly book: Book;
  readonly limit: PriceMicros;
  readonly shareMicros: ShareMicros;
}

/** Judges a planned buy. A value equal to its limit passes, except a price equal to the price cap. */
export function judgeRisk(
  guards: Guards,
  planned: PlannedBuy,
  portfolio: PortfolioFacts,
  settings: ModeSettings,
): void {
  const { spent, size } = plannedSpend(planned);
  const cap = settings.buyPriceMicrosMax;
  if (cap !== null) {
    const paid = priceOfFloor(spent, size);
    guards.price('priceCap', paid, 'below', price(BigInt(cap)), 'BUY_COST_PER_SHARE_TOO_HIGH');
  }
  const equity = portfolio.equityMicros ?? cash(0n);
  const marked = add(portfolio.pnlMicros, portfolio.flowMicros);
  const unsure = portfolio.unsureMicros;
  const sure = guards.cash('marks', unsure, 'atMost', unsureLimit(marked), 'MARKS_UNCERTAIN', UNSURE_BPS_MAX);
  if (sure && !guards.cash('equityPositive', equity, 'above', cash(0n), 'CIRCUIT_BREAKER_NO_EQUITY')) return;
  // No breaker judges profit by marks that are not good (A49).
  if (sure) judgeBreakers(guards, equity, portfolio, settings);

  const exposure = (name: Guardrail, held: CashMicros, part: number, reason: ReasonCode): boolean =>
    guards.cash(name, add(held, spent), 'atMost', partOf(equity, part), reason, part);
  exposure('totalExposure', portfolio.totalExposureMicros, settings.totalExposureBpsMax, 'RISK_CAP_GLOBAL');
  exposure(
    'marketExposure',
    portfolio.marketExposureMicros,
    settings.marketExposureBpsMax,
    'RISK_CAP_MARKET',
  );
  exposure('leaderExposure', portfolio.leaderExposureMicros, settings.leaderExposureBpsMax, 'RISK_CAP_USER');
}

/** The losses of the day and the week, and the fall from the peak. */
function judgeBreakers(
  guards: Guards,
  equity: CashMicros,
  portfolio: PortfolioFacts,
  settings: ModeSettings,
): void {
  const loss = (name: Guardrail, pnl: CashMicros, part: number, reason: ReasonCode): boolean =>
    guards.cash(name, pnl, 'atLeast', negate(partOf(equity, part)), reason, part);
  loss('dailyLoss', portfolio.dayPnlMicros, settings.dailyLossBpsMax, 'CIRCUIT_BREAKER_DAILY_LOSS');
  loss('weeklyLoss', portfolio.weekPnlMicros, settings.weeklyLossBpsMax, 'CIRCUIT_BREAKER_WEEKLY_LOSS');

  // Drawdown is the fall of PnL from its peak, so that deposits and withdrawals do not count as profit or loss (A23).
  const { peakPnlMicros, pnlMicros, flowMicros } = portfolio;
  const fallen = sub(peakPnlMicros, pnlMicros);
  const ofPeak = partOf(abs(add(peakPnlMicros, flowMicros)), settings.drawdownBpsMax);
  guards.cash('drawdown', fallen, 'atMost', ofPeak, 'CIRCUIT_BREAKER_DRAWDOWN', settings.drawdownBpsMax);
}

/** What the planned buy pays on this book, each level rounded down, and the shares that it gets. */
function plannedSpend(planned: PlannedBuy): { readonly spent: CashMicros; readonly size: ShareMicros } {
  const taken = walk(levelsWithin(planned.book, 'BUY', planned.limit), planned.shareMicros);
  return {
    spent: notionalOf(taken),
    size: taken.reduce((sum, level) => add(sum, level.shareMicros), shares(0n)),
  };
}
