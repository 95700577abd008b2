/** The rows of the guards on target, price, size and risk, each judged by what the parts of `decide` say themselves. */

import { belowMinTrade, type SizeSteps, sizeSteps } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import { buyGuardrails, drawdown, partOf, plannedSpend } from '../decide/guardrails.ts';
import {
  calm,
  cashMeasure,
  type Guardrail,
  type GuardrailRow,
  judged,
  type Measure,
  mustBe,
  priceMeasure,
  shareMeasure,
  stopped,
} from '../decide/guards.ts';
import { mostCost, type Priced, requiredDepth, venueMinimumShares } from '../decide/order-size.ts';
import { priceBounds, priceReasons, toleranceOf } from '../decide/price-bounds.ts';
import type { ReasonCode } from '../decide/reasons.ts';
import { clampTarget, hasHardBudget, isBudgeted } from '../decide/sizing.ts';
import { budgetHeadroom, clampedTarget, type Sized, targetFor } from '../decide/target.ts';
import { type Book, bestPrices, levelsWithin, midPrice, notionalOf } from '../market/book.ts';
import type { MarketFacts } from '../market/market.ts';
import {
  add,
  bps,
  type CashMicros,
  cash,
  negate,
  notionalCeil,
  price,
  priceOfFloor,
  SAFE_MICROS_MAX,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';

/** Rows of the target; whether one of them stopped, no target is. */
export function targetRows(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  const { intent, portfolio } = facts;
  const before = clampedTarget(facts, settings);
  const reasons = 'reason' in before ? [before.reason] : [];
  const rows: GuardrailRow[] = [];
  if (isBudgeted(settings) && intent.ourNotionalMicros === null) {
    const known = mustBe(true, intent.leaderExposureMicros !== null);
    rows.push(judged('leaderExposureKnown', known, { reasons, codes: ['LEADER_EXPOSURE_UNKNOWN'] }));
  }
  // Without the leader's exposure there is no rate, and nothing further is asked.
  if (intent.side === 'SELL' || reasons.includes('LEADER_EXPOSURE_UNKNOWN')) return rows;
  const known = mustBe(true, portfolio.equityMicros !== null);
  rows.push(judged('equityKnown', known, { reasons, codes: ['EQUITY_UNKNOWN'] }));
  const headroom = budgetHeadroom(facts, settings);
  if ('reason' in before || headroom === null) return rows;
  const measure = cashMeasure('atMost', before.targetNotionalMicros, headroom);
  const after = targetFor(facts, settings);
  if ('reason' in after) return [...rows, stopped('budget', measure, after.reason)];
  const trimmed = after.clamps.includes('BUDGET_HEADROOM');
  return [...rows, calm('budget', measure, trimmed ? 'trimmed' : 'passed')];
}

/** Rows of spread and price. Both bounds are told even where the best price is beyond either. */
export function priceRows(
  facts: DecisionFacts,
  settings: ModeSettings,
  { market, book }: { readonly market: MarketFacts; readonly book: Book },
): readonly GuardrailRow[] {
  const { intent } = facts;
  const { side } = intent;
  const { bid, ask } = bestPrices(book);
  const spread = sub(ask, bid);
  const spreadMax = toleranceOf(side, settings).spread;
  const bounds = priceBounds(intent, { mid: midPrice(book), tick: market.tickPriceMicros, settings });
  const reasons = priceReasons(side, book, bounds);
  const best = (side === 'BUY' ? book.asks : book.bids)[0]?.priceMicros ?? null;
  const bound = side === 'BUY' ? 'atMost' : 'atLeast';
  const spreadMeasure = priceMeasure('atMost', spread, spreadMax);
  const rows: GuardrailRow[] = [
    spread > spreadMax
      ? stopped('spread', spreadMeasure, 'SPREAD_TOO_WIDE')
      : calm('spread', spreadMeasure, 'passed'),
  ];
  if (best !== null) {
    rows.push(
      judged('priceAgainstLeader', priceMeasure(bound, best, bounds.worsening), {
        reasons,
        codes: ['PRICE_WORSE_THAN_THEIR_FILL'],
      }),
      judged('priceAgainstMid', priceMeasure(bound, best, bounds.overMid), {
        reasons,
        codes: ['PRICE_TOO_FAR_OVER_MID'],
      }),
    );
  }
  const worse = reasons.some((one) => one !== 'NO_LIQUIDITY_WITHIN_BOUNDS');
  // Beyond a bound the best price is beyond the limit too: that is said once.
  if (worse) return rows;
  const within = priceMeasure(bound, best, bounds.limit);
  return [...rows, judged('liquidity', within, { reasons, codes: ['NO_LIQUIDITY_WITHIN_BOUNDS'] })];
}

/** The book up to the limit that the order would have. */
export function pricedFor(
  { intent }: DecisionFacts,
  settings: ModeSettings,
  { market, book }: { readonly market: MarketFacts; readonly book: Book },
): Priced {
  const { limit } = priceBounds(intent, { mid: midPrice(book), tick: market.tickPriceMicros, settings });
  return { book, market, limit, availableMicros: notionalOf(levelsWithin(book, intent.side, limit)) };
}

/** Rows of the size and, for a buy that the venue would take, of the risk. Assumes that target and price have passed. */
export function sizeRows(
  facts: DecisionFacts,
  settings: ModeSettings,
  given: { readonly market: MarketFacts; readonly book: Book; readonly sized: Sized },
): readonly GuardrailRow[] {
  const { sized } = given;
  const { side } = facts.intent;
  const priced = pricedFor(facts, settings, given);
  const steps = sizeSteps(facts, settings, { priced, sized });
  const rows = [
    cutRow(facts, steps),
    depthRow(settings, priced, steps),
    ...raiseRows(facts, settings, { priced, steps }),
    minimumRow(priced, steps),
  ];
  if (side === 'SELL' || !steps.meetsMinimum) return rows;
  const own = belowMinTrade(sized, facts.intent, settings);
  if (settings.belowMinPolicy === 'SKIP' && facts.intent.ourNotionalMicros === null) {
    const smallest = cash(BigInt(settings.minTradeNotionalMicros));
    const measure = cashMeasure('atLeast', sized.targetNotionalMicros, smallest);
    rows.push(judged('smallestTrade', measure, { reasons: own, codes: ['BELOW_MIN_ORDER_SIZE'] }));
  }
  return [...rows, ...riskRows(facts, settings, { priced, steps })];
}

/** The first cut: a buy to the cash, a sale to what is held. */
function cutRow({ portfolio }: DecisionFacts, { first }: SizeSteps): GuardrailRow {
  const { costMicros, shareMicros } = first.uncut;
  if (costMicros !== null) {
    const measure = cashMeasure('atMost', costMicros, portfolio.cashMicros);
    return calm('cash', measure, first.clamps.includes('CASH') ? 'trimmed' : 'passed');
  }
  // All is sold with a leader who is out, however much his part would be.
  if (first.clamps.includes('LEADER_EXITED')) return calm('saleWithinHolding', null, 'doesNotApply');
  const measure = shareMeasure('atMost', shareMicros, portfolio.holdingShareMicros);
  return calm('saleWithinHolding', measure, first.clamps.includes('HOLDING') ? 'trimmed' : 'passed');
}

function depthRow(settings: ModeSettings, priced: Priced, { first, depth }: SizeSteps): GuardrailRow {
  const required = requiredDepth(first.size, priced, settings);
  const measure = cashMeasure('atLeast', priced.availableMicros, required);
  if (!depth.enough) return stopped('depth', measure, 'INSUFFICIENT_DEPTH');
  return calm('depth', measure, depth.trimmed ? 'trimmed' : 'passed');
}

/** What stood against raising a small buy to the venue's minimum; none of it applies where nothing was to be raised. */
function raiseRows(
  { portfolio }: DecisionFacts,
  settings: ModeSettings,
  { priced, steps }: { readonly priced: Priced; readonly steps: SizeSteps },
): readonly GuardrailRow[] {
  const names = ['raiseTrade', 'raiseBudget', 'raiseCash', 'raiseDepth'] as const;
  if (steps.raise === null) return names.map((name) => calm(name, null, 'doesNotApply'));
  const { shareMicros: raised, obstacles: reasons } = steps.raise;
  const row = (guardrail: Guardrail, measure: Measure, code: ReasonCode): GuardrailRow =>
    judged(guardrail, measure, { reasons, codes: [code] });
  const spend = notionalCeil(raised, priced.limit);
  const largest = clampTarget(settings, {
    targetNotionalMicros: cash(SAFE_MICROS_MAX),
    equityMicros: portfolio.equityMicros ?? cash(0n),
    raise: false,
  }).targetNotionalMicros;
  const budget = cash(BigInt(settings.budgetNotionalMicros));
  const spentWith = add(portfolio.leaderExposureMicros, spend);
  return [
    row('raiseTrade', cashMeasure('atMost', spend, largest), 'BELOW_MIN_ORDER_SIZE'),
    hasHardBudget(settings)
      ? row('raiseBudget', cashMeasure('atMost', spentWith, budget), 'BUDGET_HARD_CAP_EXCEEDED')
      : calm('raiseBudget', null, 'doesNotApply'),
    row(
      'raiseCash',
      cashMeasure('atMost', mostCost(raised, priced), portfolio.cashMicros),
      'INSUFFICIENT_CASH',
    ),
    row(
      'raiseDepth',
      cashMeasure('atLeast', priced.availableMicros, requiredDepth(raised, priced, settings)),
      'INSUFFICIENT_DEPTH',
    ),
  ];
}

/** The size before any raise against the smallest that the venue takes: five shares or so, and one dollar. */
function minimumRow(priced: Priced, steps: SizeSteps): GuardrailRow {
  const measure = shareMeasure('atLeast', steps.depth.size, venueMinimumShares(priced.market, priced.limit));
  if (steps.meetsMinimum) return calm('venueMinimum', measure, steps.raise === null ? 'passed' : 'raised');
  const reason = steps.belowMinimum ?? steps.raise?.obstacles[0];
  // Too thin a book is said once, at the depth: the size is then not judged by itself.
  return reason === undefined
    ? calm('venueMinimum', measure, 'notReached')
    : stopped('venueMinimum', measure, reason);
}

function riskRows(
  facts: DecisionFacts,
  settings: ModeSettings,
  { priced, steps }: { readonly priced: Priced; readonly steps: SizeSteps },
): readonly GuardrailRow[] {
  const planned = { book: priced.book, limit: priced.limit, shareMicros: steps.shareMicros };
  const reasons = buyGuardrails(facts, settings, planned);
  const { spent, size } = plannedSpend(planned);
  const rows: GuardrailRow[] = [];
  const judge = (guardrail: Guardrail, measure: Measure, code: ReasonCode): void => {
    rows.push(judged(guardrail, measure, { reasons, codes: [code] }));
  };
  const { portfolio } = facts;
  const cap = settings.buyPriceMicrosMax;
  if (cap !== null) {
    const measure = priceMeasure('below', priceOfFloor(spent, size), price(BigInt(cap)));
    judge('priceCap', measure, 'BUY_COST_PER_SHARE_TOO_HIGH');
  }
  const equity = portfolio.equityMicros ?? cash(0n);
  judge('equityPositive', cashMeasure('above', equity, cash(0n)), 'CIRCUIT_BREAKER_NO_EQUITY');
  if (equity <= 0n) return rows;
  const loss = (guardrail: Guardrail, pnl: CashMicros, part: number, code: ReasonCode): void =>
    judge(guardrail, cashMeasure('atLeast', pnl, negate(partOf(equity, part)), bps(BigInt(part))), code);
  loss('dailyLoss', portfolio.dayPnlMicros, settings.dailyLossBpsMax, 'CIRCUIT_BREAKER_DAILY_LOSS');
  loss('weeklyLoss', portfolio.weekPnlMicros, settings.weeklyLossBpsMax, 'CIRCUIT_BREAKER_WEEKLY_LOSS');
  const { fallen, limit } = drawdown(portfolio, settings);
  const ofPeak = bps(BigInt(settings.drawdownBpsMax));
  judge('drawdown', cashMeasure('atMost', fallen, limit, ofPeak), 'CIRCUIT_BREAKER_DRAWDOWN');
  const exposure = (guardrail: Guardrail, held: CashMicros, part: number, code: ReasonCode): void =>
    judge(guardrail, cashMeasure('atMost', add(held, spent), partOf(equity, part), bps(BigInt(part))), code);
  exposure('totalExposure', portfolio.totalExposureMicros, settings.totalExposureBpsMax, 'RISK_CAP_GLOBAL');
  exposure(
    'marketExposure',
    portfolio.marketExposureMicros,
    settings.marketExposureBpsMax,
    'RISK_CAP_MARKET',
  );
  exposure('leaderExposure', portfolio.leaderExposureMicros, settings.leaderExposureBpsMax, 'RISK_CAP_USER');
  return rows;
}
