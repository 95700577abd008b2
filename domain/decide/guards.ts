/**
 * The guards of a decision: which there are, which decisions each is for, and the comparison of a value with its limit. One
 * comparison gives the verdict, the reason to skip and, when a trace is asked for, the row that people read.
 */
import { type Bps, bps, type CashMicros, type PriceMicros, type ShareMicros } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';
import { canRaise, hasHardBudget, isBudgeted, isNetted, isSizedHere, sellsAll } from './sizing.ts';

type AppliesTo = (facts: DecisionFacts, settings: ModeSettings) => boolean;

const all: AppliesTo = () => true;
const buys: AppliesTo = ({ intent }) => intent.side === 'BUY';
const sales: AppliesTo = ({ intent }) => intent.side === 'SELL';
/** A sale that only lowers a carry looks at no market, book or price. */
const orders: AppliesTo = (facts) => !isNetted(facts);

/** Every guard, in the order in which people read them, with the decisions that it applies to. */
const APPLIES_TO = {
  foundBefore: all,
  paused: all,
  exitOnly: buys,
  // Carries are exempt: carryAgeMsMax limits their age instead.
  age: ({ intent }) => intent.sourceType !== 'CARRY',
  // Amounts that were sized before are ours; the leader's were measured when they were buffered or carried.
  leaderMinimum: isSizedHere,
  holding: sales,
  marketKnown: orders,
  accepting: orders,
  bookThere: orders,
  bookAge: orders,
  crossed: orders,
  blacklist: buys,
  closeTime: (facts, settings) => buys(facts, settings) && settings.noOpensBeforeCloseMinutes > 0,
  leaderExposureKnown: (facts, settings) => isBudgeted(settings) && isSizedHere(facts),
  equityKnown: buys,
  budget: (facts, settings) => buys(facts, settings) && hasHardBudget(settings),
  netting: isNetted,
  spread: orders,
  priceAgainstLeader: orders,
  priceAgainstMid: orders,
  liquidity: orders,
  cash: buys,
  saleWithinHolding: (facts, settings) =>
    sales(facts, settings) && orders(facts, settings) && !sellsAll(facts, settings),
  depth: orders,
  raiseTrade: canRaise,
  raiseBudget: (facts, settings) => canRaise(facts, settings) && hasHardBudget(settings),
  raiseCash: canRaise,
  raiseDepth: canRaise,
  venueMinimum: orders,
  // CARRY releases at the venue's minimum, and RAISE raises to it.
  smallestTrade: (facts, settings) =>
    buys(facts, settings) && settings.belowMinPolicy === 'SKIP' && isSizedHere(facts),
  priceCap: (facts, settings) => buys(facts, settings) && settings.buyPriceMicrosMax !== null,
  equityPositive: buys,
  dailyLoss: buys,
  weeklyLoss: buys,
  drawdown: buys,
  totalExposure: buys,
  marketExposure: buys,
  leaderExposure: buys,
} as const satisfies Record<string, AppliesTo>;

export type Guardrail = keyof typeof APPLIES_TO;
// The keys of an object literal are those that its type names.
export const GUARDRAILS = Object.keys(APPLIES_TO) as readonly Guardrail[];

/** Whether the guard has anything to say of this decision, were nothing to stop it before. */
export function appliesTo(guardrail: Guardrail, facts: DecisionFacts, settings: ModeSettings): boolean {
  return APPLIES_TO[guardrail](facts, settings);
}

/** How the value must compare with the limit. `below` and `above` leave the limit itself out. */
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

/** One guard of a decision as a row for people: what it saw, its limit, and what it did. */
export type GuardrailRow = {
  readonly guardrail: Guardrail;
  /** Null where it was not looked at. */
  readonly measure: Measure | null;
} & (
  | { readonly verdict: 'stopped'; readonly reason: ReasonCode }
  | { readonly verdict: CalmVerdict; readonly reason: null }
);

/** What follows when the value is not within the limit: a reason to skip, or a verdict that lets the copy go on. */
export type Otherwise = ReasonCode | 'trimmed' | 'raised' | 'notReached';

/**
 * Judges the guards of one decision and keeps the reasons to skip. Every method returns whether the value is within its
 * limit; a guard that does not apply to the decision is neither judged nor kept, and counts as within.
 */
export class Guards {
  /** In the order found; one may be there twice. */
  readonly reasons: ReasonCode[] = [];

  constructor(
    private readonly facts: DecisionFacts,
    private readonly settings: ModeSettings,
    /** A row is added for every guard that is judged; null keeps none. */
    private readonly trace: GuardrailRow[] | null,
  ) {}

  get stopped(): boolean {
    return this.reasons.length > 0;
  }

  /** A question whose answer must be `limit`. */
  mustBe(guardrail: Guardrail, limit: boolean, value: boolean, otherwise: Otherwise): boolean {
    const measure = this.trace && ({ unit: 'yesNo', value, limit } as const);
    return this.conclude(guardrail, measure, value === limit, otherwise);
  }

  /** `partBps` is the setting behind a limit that is a part of something. */
  cash(
    guardrail: Guardrail,
    value: CashMicros,
    bound: Bound,
    limit: CashMicros,
    otherwise: Otherwise,
    partBps: number | null = null,
  ): boolean {
    const measure = this.trace && cashMeasure(value, bound, limit, partBps);
    return this.conclude(guardrail, measure, isWithin(value, bound, limit), otherwise);
  }

  price(
    guardrail: Guardrail,
    value: PriceMicros | null,
    bound: Bound,
    limit: PriceMicros,
    otherwise: Otherwise,
  ): boolean {
    const measure = this.trace && ({ unit: 'price', bound, value, limit } as const);
    return this.conclude(guardrail, measure, isWithin(value, bound, limit), otherwise);
  }

  shares(
    guardrail: Guardrail,
    value: ShareMicros,
    bound: Bound,
    limit: ShareMicros,
    otherwise: Otherwise,
  ): boolean {
    const measure = this.trace && shareMeasure(value, bound, limit);
    return this.conclude(guardrail, measure, isWithin(value, bound, limit), otherwise);
  }

  ms(guardrail: Guardrail, value: number | null, bound: Bound, limit: number, otherwise: Otherwise): boolean {
    const measure = this.trace && ({ unit: 'ms', bound, value, limit } as const);
    return this.conclude(guardrail, measure, isWithin(value, bound, limit), otherwise);
  }

  /** For the few guards that are more than one comparison: the caller says whether the value is within. */
  judge(guardrail: Guardrail, within: boolean, otherwise: Otherwise, measure: () => Measure): boolean {
    return this.conclude(guardrail, this.trace && measure(), within, otherwise);
  }

  /** Guards that turned out to have nothing to judge. */
  doNotApply(guardrails: readonly Guardrail[]): void {
    for (const guardrail of guardrails) this.trace?.push(calm(guardrail, null, 'doesNotApply'));
  }

  private conclude(
    guardrail: Guardrail,
    measure: Measure | null,
    within: boolean,
    otherwise: Otherwise,
  ): boolean {
    if (!appliesTo(guardrail, this.facts, this.settings)) return true;
    if (measure !== null) this.trace?.push(rowOf(guardrail, measure, within ? null : otherwise));
    if (!within && !isCalm(otherwise)) this.reasons.push(otherwise);
    return within;
  }
}

export function cashMeasure(
  value: CashMicros,
  bound: Bound,
  limit: CashMicros,
  partBps: number | null = null,
): Measure {
  return { unit: 'cash', bound, value, limit, limitBps: partBps === null ? null : bps(BigInt(partBps)) };
}

export function shareMeasure(value: ShareMicros, bound: Bound, limit: ShareMicros): Measure {
  return { unit: 'shares', bound, value, limit };
}

/** A row without a reason. */
export function calm(guardrail: Guardrail, measure: Measure | null, verdict: CalmVerdict): GuardrailRow {
  return { guardrail, measure, verdict, reason: null };
}

/** Null stands for passed. */
function rowOf(guardrail: Guardrail, measure: Measure, beyond: Otherwise | null): GuardrailRow {
  if (beyond === null) return calm(guardrail, measure, 'passed');
  return isCalm(beyond)
    ? calm(guardrail, measure, beyond)
    : { guardrail, measure, verdict: 'stopped', reason: beyond };
}

function isCalm(otherwise: Otherwise): otherwise is Exclude<Otherwise, ReasonCode> {
  return otherwise === 'trimmed' || otherwise === 'raised' || otherwise === 'notReached';
}

/** What is not known is never within a limit. */
function isWithin<Value extends bigint | number>(value: Value | null, bound: Bound, limit: Value): boolean {
  if (value === null) return false;
  switch (bound) {
    case 'atMost':
      return value <= limit;
    case 'atLeast':
      return value >= limit;
    case 'below':
      return value < limit;
    case 'above':
      return value > limit;
  }
}
