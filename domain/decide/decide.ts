/**
 * The one decision engine, shared by paper and live: a pure function of the intent, the market, the book, the portfolio,
 * the settings in force and the time. It ends in EXECUTE with a plan, or SKIP with at least one reason (design.md 2).
 */

import { assert } from '../assert.ts';
import { levelsWithin, midPrice, notionalOf } from '../market/book.ts';
import { min, sharesForCashFloor } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts, Plan } from './decision-facts.ts';
import { judgeIntent, judgeMarket } from './gates.ts';
import { type GuardrailRow, Guards, shareMeasure } from './guards.ts';
import { sizeOrder } from './order-size.ts';
import { limitFor } from './price-bounds.ts';
import type { ReasonCode } from './reasons.ts';
import { judgeRisk } from './risk.ts';
import { isNetted } from './sizing.ts';
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
  if (isNetted(facts)) return netWithCarry(guards, facts, settings);

  const open = judgeMarket(guards, facts, settings);
  if (open === null) return skip(guards, NOTHING);
  const { market, book } = open;

  const mid = midPrice(book);
  const sized = targetFor(guards, facts, settings);
  if (sized === null) return skip(guards, { ...NOTHING, midPriceMicros: mid });
  const target: Sized = { ...sized, midPriceMicros: mid };

  const limit = limitFor(guards, intent, { book, mid, tick: market.tickPriceMicros, settings });
  if (guards.stopped) return skip(guards, target);

  const priced = { book, market, limit, availableMicros: notionalOf(levelsWithin(book, side, limit)) };
  const order = sizeOrder(guards, { priced, target }, facts, settings);
  const shareMicros = order.sized.targetShareMicros;
  if (order.meetsMinimum && side === 'BUY') {
    judgeRisk(guards, { book, limit, shareMicros }, portfolio, settings);
  }
  if (guards.stopped) return skip(guards, order.sized);
  return { ...order.sized, kind: 'EXECUTE', plan: { side, limitPriceMicros: limit, shareMicros } };
}

/** A SKIP with the reasons that the guards found, each once. */
function skip(guards: Guards, sized: Sized): Decision {
  const [first, ...rest] = new Set(guards.reasons);
  assert(first !== undefined, 'a copy is skipped without a reason');
  return { ...sized, kind: 'SKIP', reasons: [first, ...rest] };
}

/** A sale with nothing held, while buys are carried: it only lowers the carry, so it needs no market or book. */
function netWithCarry(guards: Guards, facts: DecisionFacts, settings: ModeSettings): Decision {
  const target = targetFor(guards, facts, settings);
  if (target === null) return skip(guards, NOTHING);
  const { leaderExited, carriedShareMicros: carried, referencePriceMicros } = facts.intent;
  const all = leaderExited && settings.fullExitPolicy === 'SELL_ALL';
  const part = sharesForCashFloor(target.targetNotionalMicros, referencePriceMicros);
  const netted = all ? carried : min(part, carried);
  const reason = netted > 0n ? 'CARRIED' : 'BELOW_MIN_ORDER_SIZE';
  guards.judge('netting', false, reason, () => shareMeasure(netted, 'atMost', carried));
  return skip(guards, { ...target, targetShareMicros: netted });
}
