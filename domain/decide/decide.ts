/**
 * The one decision engine, shared by paper and live: a pure function of the intent, the market, the book, the portfolio,
 * the settings in force and the time. It ends in EXECUTE with a plan, or SKIP with at least one reason (design.md 2).
 */

import { assert } from '../assert.ts';
import { levelsWithin, midPrice, notionalOf } from '../market/book.ts';
import { SHARE_STEP_MICROS } from '../market/market.ts';
import { floorToStep, min, notionalCeil, shares, sub } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts, Plan } from './decision-facts.ts';
import { exitTarget } from './exit-size.ts';
import { judgeIntent, judgeMarket } from './gates.ts';
import { type GuardrailRow, Guards, shareMeasure } from './guards.ts';
import { meetsVenueMinimum, type Priced, sizeOrder } from './order-size.ts';
import { limitFor } from './price-bounds.ts';
import type { ReasonCode } from './reasons.ts';
import { judgeRisk } from './risk.ts';
import { NOTHING, type Sized, targetFor } from './target.ts';

export type Decision =
  | (Sized & { readonly kind: 'EXECUTE'; readonly plan: Plan })
  | (Sized & { readonly kind: 'SKIP'; readonly reasons: readonly [ReasonCode, ...ReasonCode[]] });

/**
 * Decides on one intent, stage by stage: the intent itself, the market and its book, the target, the price, the size, the
 * risk. The first stage that finds a reason ends the decision with all reasons of that stage; size and risk count as one.
 * guards.ts lists which guards apply to which decisions. Every guard that was judged adds a row to the trace, if one is
 * given. Reads no clock, and no book deeper than 20 levels.
 */
export function decide(
  facts: DecisionFacts,
  settings: ModeSettings,
  trace: GuardrailRow[] | null = null,
): Decision {
  const { intent, portfolio } = facts;
  const { side } = intent;
  const guards = new Guards(facts, settings, trace);
  judgeIntent(guards, facts, settings);
  if (guards.stopped) return skip(guards, NOTHING);
  const open = judgeMarket(guards, facts, settings);
  if (open === null) return skip(guards, NOTHING);
  const { market, book } = open;

  // A missing side has no price, so there is no mid (A46).
  const mid = book.bids.length > 0 && book.asks.length > 0 ? midPrice(book) : null;
  const sized = side === 'BUY' ? targetFor(guards, facts, settings) : exitTarget(facts, settings);
  if (sized === null) return skip(guards, { ...NOTHING, midPriceMicros: mid });
  const target: Sized = { ...sized, midPriceMicros: mid };

  const limit = limitFor(guards, facts, { book, mid, tick: market.tickPriceMicros, settings });
  if (guards.stopped) return skip(guards, target);

  const priced: Priced = {
    book,
    market,
    limit,
    availableMicros: notionalOf(levelsWithin(book, side, limit)),
  };
  const order = sizeOrder(guards, { priced, target }, facts, settings);
  const shareMicros = order.sized.targetShareMicros;
  if (order.meetsMinimum && side === 'BUY') {
    judgeRisk(guards, { book, limit, shareMicros }, portfolio, settings);
  }
  if (guards.stopped) return skip(guards, order.sized);
  const kept = side === 'BUY' ? buyBack(guards, order.sized, priced, facts) : order.sized;
  if (guards.stopped) return skip(guards, kept);
  return {
    ...kept,
    kind: 'EXECUTE',
    plan: { side, limitPriceMicros: limit, shareMicros: kept.targetShareMicros },
  };
}

/**
 * A BUY that would execute first cancels shares that an exit of the same still owes, and buys only the rest (A44). Where the
 * rest is too small for the venue nothing is bought. The clamp says how many shares are kept.
 */
function buyBack(
  guards: Guards,
  sized: Sized,
  { market, limit }: Priced,
  { portfolio }: DecisionFacts,
): Sized {
  const before = sized.targetShareMicros;
  const kept = min(portfolio.owedShareMicros, before);
  if (kept <= 0n) return sized;
  const after = floorToStep(sub(before, kept), SHARE_STEP_MICROS);
  const enough = meetsVenueMinimum(market, after, limit);
  guards.judge('buyingBack', false, enough ? 'trimmed' : 'BOUGHT_BACK', () =>
    shareMeasure(portfolio.owedShareMicros, 'atMost', shares(0n)),
  );
  const step = { clamp: 'OWED_EXIT', unit: 'shares', before, after } as const;
  const targetNotionalMicros = min(sized.targetNotionalMicros, notionalCeil(after, limit));
  return { ...sized, targetNotionalMicros, targetShareMicros: after, clamps: [...sized.clamps, step] };
}

/** A SKIP with the reasons that the guards found, each once. */
function skip(guards: Guards, sized: Sized): Decision {
  const [first, ...rest] = new Set(guards.reasons);
  assert(first !== undefined, 'a copy is skipped without a reason');
  return { ...sized, kind: 'SKIP', reasons: [first, ...rest] };
}
