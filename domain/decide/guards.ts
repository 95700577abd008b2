/**
 * One guard of a decision as a row for people: what it saw, its limit, and what it did. The list is closed and in the order
 * in which `decide` asks; explain.ts fills it in.
 */

import type { Bps, CashMicros, PriceMicros, ShareMicros } from '../money.ts';
import type { ReasonCode } from './reasons.ts';

export const GUARDRAILS = [
  'foundBefore',
  'paused',
  'exitOnly',
  'age',
  'leaderMinimum',
  'holding',
  'marketKnown',
  'accepting',
  'bookThere',
  'bookAge',
  'crossed',
  'blacklist',
  'closeTime',
  'leaderExposureKnown',
  'equityKnown',
  'budget',
  'netting',
  'spread',
  'priceAgainstLeader',
  'priceAgainstMid',
  'liquidity',
  'cash',
  'saleWithinHolding',
  'depth',
  'raiseTrade',
  'raiseBudget',
  'raiseCash',
  'raiseDepth',
  'venueMinimum',
  'smallestTrade',
  'priceCap',
  'equityPositive',
  'dailyLoss',
  'weeklyLoss',
  'drawdown',
  'totalExposure',
  'marketExposure',
  'leaderExposure',
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

/** How the value must stand to the limit. `below` and `above` leave the limit itself out. */
export type Bound = 'atMost' | 'atLeast' | 'below' | 'above';

interface Quantity<Unit extends string, Value> {
  readonly unit: Unit;
  readonly bound: Bound;
  /** Null when it was not known. */
  readonly value: Value | null;
  readonly limit: Value;
}

/** What a guard saw and what it allows, each in the unit that it is measured in. */
export type Measure =
  | (Quantity<'cash', CashMicros> & {
      /** The setting behind the limit, where that is a part of something: of the equity, or of the peak. */
      readonly limitBps: Bps | null;
    })
  | Quantity<'price', PriceMicros>
  | Quantity<'shares', ShareMicros>
  | Quantity<'ms', number>
  | { readonly unit: 'yesNo'; readonly value: boolean; readonly limit: boolean };

/** `trimmed` and `raised`: the guard changed the size and let it pass. */
export type CalmVerdict = 'passed' | 'trimmed' | 'raised' | 'notReached' | 'doesNotApply';
export type Verdict = CalmVerdict | 'stopped';

export type GuardrailRow = {
  readonly guardrail: Guardrail;
  /** Null where it was not looked at. */
  readonly measure: Measure | null;
} & (
  | { readonly verdict: 'stopped'; readonly reason: ReasonCode }
  | { readonly verdict: CalmVerdict; readonly reason: null }
);

export function cashMeasure(
  bound: Bound,
  value: CashMicros | null,
  limit: CashMicros,
  limitBps: Bps | null = null,
): Measure {
  return { unit: 'cash', bound, value, limit, limitBps };
}
export function priceMeasure(bound: Bound, value: PriceMicros | null, limit: PriceMicros): Measure {
  return { unit: 'price', bound, value, limit };
}
export function shareMeasure(bound: Bound, value: ShareMicros | null, limit: ShareMicros): Measure {
  return { unit: 'shares', bound, value, limit };
}
export function msMeasure(bound: Bound, value: number | null, limit: number): Measure {
  return { unit: 'ms', bound, value, limit };
}
/** A question whose answer had to be `limit`. */
export function mustBe(limit: boolean, value: boolean): Measure {
  return { unit: 'yesNo', value, limit };
}

export function calm(guardrail: Guardrail, measure: Measure | null, verdict: CalmVerdict): GuardrailRow {
  return { guardrail, measure, verdict, reason: null };
}

export function stopped(guardrail: Guardrail, measure: Measure | null, reason: ReasonCode): GuardrailRow {
  return { guardrail, measure, verdict: 'stopped', reason };
}

/** Stopped by the first of these codes that `decide` gave as a reason; passed without one. */
export function judged(
  guardrail: Guardrail,
  measure: Measure,
  { reasons, codes }: { readonly reasons: readonly ReasonCode[]; readonly codes: readonly ReasonCode[] },
): GuardrailRow {
  const code = codes.find((one) => reasons.includes(one));
  return code === undefined ? calm(guardrail, measure, 'passed') : stopped(guardrail, measure, code);
}
