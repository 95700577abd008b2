/** What each clamp of a decision made of the size, in the order in which they were applied. */
import { decide, sizeSteps } from '../decide/decide.ts';
import type { DecisionFacts } from '../decide/decision-facts.ts';
import { partOf } from '../decide/guardrails.ts';
import type { Clamp } from '../decide/reasons.ts';
import { rawTarget } from '../decide/sizing.ts';
import { budgetHeadroom, targetFor } from '../decide/target.ts';
import { type CashMicros, cash, type ShareMicros } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import { pricedFor } from './order-rows.ts';

/** From what to what a clamp changed the size; `before` is null where there was no earlier amount. */
export type ClampStep = { readonly clamp: Clamp } & (
  | { readonly unit: 'cash'; readonly before: CashMicros | null; readonly after: CashMicros }
  | { readonly unit: 'shares'; readonly before: ShareMicros; readonly after: ShareMicros }
);

/** One step for each clamp of the decision on these facts, in its order. */
export function explainClamps(facts: DecisionFacts, settings: ModeSettings): readonly ClampStep[] {
  const { intent, portfolio, market, book } = facts;
  const raw = rawTarget(settings, {
    notionalMicros: intent.leaderNotionalMicros,
    exposureMicros: intent.leaderExposureMicros,
  });
  const start = intent.ourNotionalMicros ?? ('reason' in raw ? null : raw.targetNotionalMicros);
  const sized = targetFor(facts, settings);
  const steps =
    market === null || book === null || 'reason' in sized
      ? null
      : sizeSteps(facts, settings, { priced: pricedFor(facts, settings, { market, book }), sized });
  let spend = start;
  const ofCash = (clamp: Clamp, after: CashMicros): ClampStep => {
    const before = spend;
    spend = after;
    return { clamp, unit: 'cash', before, after };
  };
  return decide(facts, settings).clamps.flatMap((clamp): ClampStep | [] => {
    switch (clamp) {
      case 'RATE_MIN':
      case 'RATE_MAX':
        // The rate was clamped before there was an amount.
        return start === null ? [] : { clamp, unit: 'cash', before: null, after: start };
      case 'RAISED_TO_MIN_TRADE':
        return ofCash(clamp, cash(BigInt(settings.minTradeNotionalMicros)));
      case 'MAX_TRADE':
        return ofCash(clamp, cash(BigInt(settings.maxTradeNotionalMicros)));
      case 'BANKROLL':
        return ofCash(clamp, partOf(portfolio.equityMicros ?? cash(0n), settings.maxTradeBankrollBps));
      case 'BUDGET_HEADROOM':
        return ofCash(clamp, budgetHeadroom(facts, settings) ?? cash(0n));
      default:
        return steps === null ? [] : ofShares(clamp, steps);
    }
  });
}

function ofShares(clamp: Clamp, steps: ReturnType<typeof sizeSteps>): ClampStep {
  const { first, depth, shareMicros } = steps;
  const unit = 'shares';
  if (clamp === 'DEPTH') return { clamp, unit, before: first.size, after: depth.size };
  if (clamp === 'RAISED_TO_VENUE_MIN') return { clamp, unit, before: depth.size, after: shareMicros };
  return { clamp, unit, before: first.uncut.shareMicros, after: first.size };
}
