/**
 * The guards of a decision: their names, which decisions each applies to, and how a value is compared with its limit. One
 * comparison gives the verdict, the reason to skip and, if a trace is wanted, the row that people read.
 */
import { type Bps, bps, type CashMicros, type PriceMicros, type ShareMicros } from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';
import type { DecisionFacts } from './decision-facts.ts';
import type { ReasonCode } from './reasons.ts';
import { canRaise, hasHardBudget, isBoundedAsUsual, isBudgeted, isSizedHere } from './sizing.ts';

type AppliesTo = (facts: DecisionFacts, settings: ModeSettings) => boolean;

const all: AppliesTo = () => true;
const buys: AppliesTo = ({ intent }) => intent.side === 'BUY';
const sales: AppliesTo = ({ intent }) => intent.side === 'SELL';

/** Every guard with the decisions that it applies to, in the order in which people read them. */
const APPLIES_TO = {
  foundBefore: all,
  paused: all,
  exitOnly: buys,
  // Carries are exempt: carryAgeMsMax limits their age instead.
  age: ({ intent }) => intent.side === 'BUY' && intent.sourceType !== 'CARRY',
  // A try of an owed exit is exempt: its row has an age of its own. A sale by hand is always new.
  exitAge: ({ intent }) =>
    intent.side === 'SELL' && intent.sourceType !== 'EXIT' && intent.sourceType !== 'CLOSE',
  // The amounts of a flushed buffer or a carry are ours; the leader's were checked when they were buffered or carried.
  leaderMinimum: isSizedHere,
  holding: sales,
  marketKnown: all,
  accepting: all,
  feeKnown: buys,
  bookThere: all,
  bookAge: all,
  crossed: all,
  blacklist: buys,
  closeTime: (facts, settings) => buys(facts, settings) && settings.noOpensBeforeCloseMinutes > 0,
  leaderExposureKnown: (facts, settings) => isBudgeted(settings) && isSizedHere(facts),
  equityKnown: buys,
  budget: (facts, settings) => buys(facts, settings) && hasHardBudget(settings),
  // Both compare with a price that needs the two sides of the book (A46).
  spread: (facts, settings) => facts.intent.side === 'BUY' || isBoundedAsUsual(facts, settings),
  priceAgainstLeader: all,
  priceAgainstMid: (facts, settings) => facts.intent.side === 'BUY' || isBoundedAsUsual(facts, settings),
  liquidity: all,
  cash: buys,
  saleWithinHolding: sales,
  depth: buys,
  raiseTrade: canRaise,
  raiseBudget: (facts, settings) => canRaise(facts, settings) && hasHardBudget(settings),
  raiseCash: canRaise,
  raiseDepth: canRaise,
  venueMinimum: all,
  // CARRY releases at the venue's minimum, and RAISE raises to it.
  smallestTrade: (facts, settings) =>
    buys(facts, settings) && settings.belowMinPolicy === 'SKIP' && isSizedHere(facts),
  priceCap: (facts, settings) => buys(facts, settings) && settings.buyPriceMicrosMax !== null,
  marks: buys,
  equityPositive: buys,
  dailyLoss: buys,
  weeklyLoss: buys,
  drawdown: buys,
  totalExposure: buys,
  marketExposure: buys,
  leaderExposure: buys,
  buyingBack: ({ intent, portfolio }) => intent.side === 'BUY' && portfolio.owedShareMicros > 0n,
} as const satisfies Record<string, AppliesTo>;

export type Guardrail = keyof typeof APPLIES_TO;
// The keys of an object literal are those that its type names.
export const GUARDRAILS = Object.keys(APPLIES_TO) as readonly Guardrail[];

/** Whether the guard is judged in this decision, unless an earlier guard stops it. */
export function appliesTo(guardrail: Guardrail, facts: DecisionFacts, settings: ModeSettings): boolean {
  return APPLIES_TO[guardrail](facts, settings);
}

/** How the value must compare with the limit. `below` and `above` exclude the limit itself. */
export type Bound = 'atMost' | 'atLeast' | 'below' | 'above';

interface Quantity<Unit extends string, Value> {
  readonly unit: Unit;
  readonly bound: Bound;
  /** Null if unknown. */
  readonly value: Value | null;
  readonly limit: Value;
}

/** The value that a guard saw and its limit, in one unit. */
export type Measure =
  | (Quantity<'cash', CashMicros> & {
      /** The setting behind a limit that is a part of the equity or of its peak; null for other limits. */
      readonly limitBps: Bps | null;
    })
  | Quantity<'price', PriceMicros>
  | Quantity<'shares', ShareMicros>
  | Quantity<'ms', number>
  | { readonly unit: 'yesNo'; readonly value: boolean; readonly limit: boolean };

/** `trimmed` and `raised`: the guard changed the size and did not stop the copy. */
export type CalmVerdict = 'passed' | 'trimmed' | 'raised' | 'notReached' | 'doesNotApply';
export type Verdict = CalmVerdict | 'stopped';

/** One guard of a decision as people read it: the value, the limit and the verdict. */
export type GuardrailRow = {
  readonly guardrail: Guardrail;
  /** Null if the guard was not judged. */
  readonly measure: Measure | null;
} & (
  | { readonly verdict: 'stopped'; readonly reason: ReasonCode }
  | { readonly verdict: CalmVerdict; readonly reason: null }
);

/** What a value beyond its limit leads to: a reason to skip, or a verdict with which the copy goes on. */
export type Otherwise = ReasonCode | 'trimmed' | 'raised' | 'notReached';

/**
 * Judges the guards of one decision and collects the reasons to skip. The methods return whether the value is within its
 * limit. A guard that does not apply to the decision is not judged: it counts as within and adds no row.
 */
export class Guards {
  /** In the order found. The same reason can occur twice. */
  readonly reasons: ReasonCode[] = [];

  constructor(
    private readonly facts: DecisionFacts,
    private readonly settings: ModeSettings,
    /** Gets a row for every guard that is judged; null for no rows. */
    private readonly trace: GuardrailRow[] | null,
  ) {}

  get stopped(): boolean {
    return this.reasons.length > 0;
  }

  /** A yes-or-no guard: the value must equal the limit. */
  mustBe(guardrail: Guardrail, limit: boolean, value: boolean, otherwise: Otherwise): boolean {
    const measure = this.trace && ({ unit: 'yesNo', value, limit } as const);
    return this.conclude(guardrail, measure, value === limit, otherwise);
  }

  /** `partBps` is the setting behind a limit that is a part of the equity or of its peak. */
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

  /** For guards that need more than one comparison: the caller says whether the value is within. */
  judge(guardrail: Guardrail, within: boolean, otherwise: Otherwise, measure: () => Measure): boolean {
    return this.conclude(guardrail, this.trace && measure(), within, otherwise);
  }

  /** Adds rows for guards that apply in general, but have nothing to judge in this decision. */
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

/** A row of a guard that did not stop the copy. */
export function calm(guardrail: Guardrail, measure: Measure | null, verdict: CalmVerdict): GuardrailRow {
  return { guardrail, measure, verdict, reason: null };
}

/** The row of a judged guard; `beyond` is null if the value is within the limit. */
function rowOf(guardrail: Guardrail, measure: Measure, beyond: Otherwise | null): GuardrailRow {
  if (beyond === null) return calm(guardrail, measure, 'passed');
  return isCalm(beyond)
    ? calm(guardrail, measure, beyond)
    : { guardrail, measure, verdict: 'stopped', reason: beyond };
}

function isCalm(otherwise: Otherwise): otherwise is Exclude<Otherwise, ReasonCode> {
  return otherwise === 'trimmed' || otherwise === 'raised' || otherwise === 'notReached';
}

/** An unknown value is never within its limit. */
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
