/**
 * The trace of a decision, held to the decision: the stopped rows give exactly its reasons, every value stands to its
 * limit as the verdict says, every guard of the list has one row, and the clamps end in the size that was decided.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import type { DecisionFacts } from '../../../domain/decide/decision-facts.ts';
import {
  GUARDRAILS,
  type Guardrail,
  type GuardrailRow,
  type Measure,
} from '../../../domain/decide/guards.ts';
import { explain } from '../../../domain/explain/explain.ts';
import { formatMicros } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { anyDecision } from '../decide/any-decision.ts';
import {
  A_SALE,
  at,
  both,
  type Change,
  decideExample,
  exampleFacts,
  exampleSettings,
  levels,
  NOW,
  sh,
  usd,
} from '../decide/example-facts.ts';

function explainGuardrails(facts: DecisionFacts, settings: ModeSettings): readonly GuardrailRow[] {
  return explain(facts, settings).guardrails;
}

function reasonsOf(facts: DecisionFacts, settings: ModeSettings): readonly string[] {
  const decision = decide(facts, settings);
  return decision.kind === 'SKIP' ? [...decision.reasons].sort() : [];
}

function stoppedBy(rows: readonly GuardrailRow[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => (row.verdict === 'stopped' ? [row.reason] : [])))].sort();
}

/** Whether the value is within the limit, by the bound that the row names; what is not known is not. */
function holds(measure: Measure): boolean {
  if (measure.unit === 'yesNo') return measure.value === measure.limit;
  const { bound, value, limit } = measure;
  if (value === null) return false;
  if (bound === 'atMost') return value <= limit;
  if (bound === 'atLeast') return value >= limit;
  return bound === 'below' ? value < limit : value > limit;
}

function row(change: Change, guardrail: Guardrail): GuardrailRow {
  const rows = explainGuardrails(exampleFacts(change), exampleSettings(change));
  return rows.find((one) => one.guardrail === guardrail)!;
}

/** A row as one line: 'stopped 2.5 atMost 2 SPREAD_TOO_WIDE'. */
function line({ measure, verdict, reason }: GuardrailRow): string {
  const text = (value: bigint | number | boolean | null): string =>
    typeof value === 'bigint' ? formatMicros(value) : String(value);
  const bound = measure === null ? '' : measure.unit === 'yesNo' ? 'must be' : measure.bound;
  const seen = measure === null ? '' : ` ${text(measure.value)} ${bound} ${text(measure.limit)}`;
  return `${verdict}${seen}${reason === null ? '' : ` ${reason}`}`;
}

const BUDGETED: Change = {
  settings: {
    sizingMode: 'budgetedDynamic',
    budgetedDynamicEnabled: true,
    budgetNotionalMicros: 400_000_000,
    budgetRateBpsMax: 1_000,
  },
};
const TINY: Change = { intent: { leaderNotionalMicros: usd('10') }, settings: { minTradeNotionalMicros: 0 } };
const THIRTY_MINUTES_MS = 1_800_000;

type Row = readonly [sentence: string, guardrail: Guardrail, change: Change, expected: string];

const ROWS: readonly Row[] = [
  [
    'tells a reason that was found before',
    'foundBefore',
    { intent: { presetReason: 'LIVE_WS_DOWN' } },
    'stopped true must be false LIVE_WS_DOWN',
  ],
  ['looks at nothing else after one', 'paused', { intent: { presetReason: 'LIVE_WS_DOWN' } }, 'notReached'],
  ['tells a pause', 'paused', { portfolio: { paused: true } }, 'stopped true must be false ENGINE_PAUSED'],
  [
    'tells that only exits are copied',
    'exitOnly',
    { intent: { exitOnly: true } },
    'stopped true must be false USER_DISABLED',
  ],
  ['does not ask that of a sale', 'exitOnly', both(A_SALE, { intent: { exitOnly: true } }), 'doesNotApply'],
  [
    'passes exactly the age',
    'age',
    { intent: { leaderEventAtMs: NOW - 60_000 } },
    'passed 60000 atMost 60000',
  ],
  [
    'stops a millisecond beyond the age',
    'age',
    { intent: { leaderEventAtMs: NOW - 60_001 } },
    'stopped 60001 atMost 60000 EVENT_TOO_OLD',
  ],
  [
    'does not hold a carry to its age',
    'age',
    { intent: { sourceType: 'CARRY', ourNotionalMicros: usd('20'), leaderEventAtMs: 0 } },
    'doesNotApply',
  ],
  [
    'passes exactly the leader’s minimum',
    'leaderMinimum',
    { settings: { leaderTradeNotionalMicrosMin: 200_000_000 } },
    'passed 200 atLeast 200',
  ],
  [
    'stops below the leader’s minimum',
    'leaderMinimum',
    { settings: { leaderTradeNotionalMicrosMin: 200_000_001 } },
    'stopped 200 atLeast 200.000001 LEADER_TRADE_BELOW_MIN_NOTIONAL',
  ],
  [
    'needs something to sell',
    'holding',
    { intent: { side: 'SELL' } },
    'stopped 0 above 0 NOT_ENOUGH_POSITION_TO_SELL',
  ],
  ['needs the market', 'marketKnown', { market: null }, 'stopped false must be true MARKET_UNKNOWN'],
  ['asks an unknown market nothing', 'accepting', { market: null }, 'notReached'],
  [
    'needs a market that takes orders',
    'accepting',
    { market: { acceptingOrders: false } },
    'stopped false must be true MARKET_NOT_ACCEPTING',
  ],
  ['needs a book', 'bookThere', { book: null }, 'stopped false must be true BOOK_UNAVAILABLE'],
  [
    'passes exactly the age of a book',
    'bookAge',
    { book: { asOfMs: NOW - 2_000 } },
    'passed 2000 atMost 2000',
  ],
  [
    'stops beyond the age of a book',
    'bookAge',
    { book: { asOfMs: NOW - 2_001 } },
    'stopped 2001 atMost 2000 BOOK_STALE',
  ],
  ['asks an old book nothing more', 'crossed', { book: { asOfMs: NOW - 2_001 } }, 'notReached'],
  [
    'stops at a crossed book',
    'crossed',
    { book: { bids: levels('0.50x10') } },
    'stopped true must be false BOOK_CROSSED',
  ],
  [
    'stops at the blacklist',
    'blacklist',
    { settings: { marketBlacklist: [`0x${'c'.repeat(64)}`] } },
    'stopped true must be false MARKET_BLACKLISTED',
  ],
  [
    'stops exactly at the close rule',
    'closeTime',
    { market: { closeAtMs: NOW + THIRTY_MINUTES_MS } },
    'stopped 1800000 above 1800000 MARKET_TOO_CLOSE_TO_CLOSE',
  ],
  [
    'passes a millisecond before the close rule',
    'closeTime',
    { market: { closeAtMs: NOW + THIRTY_MINUTES_MS + 1 } },
    'passed 1800001 above 1800000',
  ],
  [
    'tells an unknown close as unknown',
    'closeTime',
    { market: { closeAtMs: null } },
    'stopped null above 1800000 CLOSE_TIME_UNKNOWN',
  ],
  [
    'has no close rule when it is off',
    'closeTime',
    { settings: { noOpensBeforeCloseMinutes: 0 } },
    'doesNotApply',
  ],
  [
    'needs the leader’s exposure',
    'leaderExposureKnown',
    both(BUDGETED, { intent: { leaderExposureMicros: null } }),
    'stopped false must be true LEADER_EXPOSURE_UNKNOWN',
  ],
  [
    'needs the equity',
    'equityKnown',
    { portfolio: { equityMicros: null } },
    'stopped false must be true EQUITY_UNKNOWN',
  ],
  [
    'passes exactly the budget',
    'budget',
    both(BUDGETED, { portfolio: { leaderExposureMicros: usd('380') } }),
    'passed 20 atMost 20',
  ],
  [
    'trims to the budget',
    'budget',
    both(BUDGETED, { portfolio: { leaderExposureMicros: usd('390') } }),
    'trimmed 20 atMost 10',
  ],
  [
    'stops at a budget that is used up',
    'budget',
    both(BUDGETED, { portfolio: { leaderExposureMicros: usd('400') } }),
    'stopped 20 atMost 0 BUDGET_HARD_CAP_EXCEEDED',
  ],
  [
    'nets a sale with the carry',
    'netting',
    both(A_SALE, { intent: { carriedShareMicros: sh('3') }, portfolio: { holdingShareMicros: sh('0') } }),
    'stopped 3 atMost 3 CARRIED',
  ],
  [
    'asks no market for that',
    'marketKnown',
    both(A_SALE, {
      market: null,
      intent: { carriedShareMicros: sh('3') },
      portfolio: { holdingShareMicros: sh('0') },
    }),
    'doesNotApply',
  ],
  ['passes exactly the spread', 'spread', { book: { bids: levels('0.48x9') } }, 'passed 0.02 atMost 0.02'],
  [
    'stops a hair beyond the spread',
    'spread',
    { book: { bids: levels('0.479999x9') } },
    'stopped 0.020001 atMost 0.02 SPREAD_TOO_WIDE',
  ],
  [
    'passes exactly the leader’s price and the tolerance',
    'priceAgainstLeader',
    { intent: { referencePriceMicros: at('0.49') } },
    'passed 0.5 atMost 0.5',
  ],
  [
    'stops beyond the leader’s price and the tolerance',
    'priceAgainstLeader',
    { intent: { referencePriceMicros: at('0.489999') } },
    'stopped 0.5 atMost 0.499999 PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'stops a sale below them',
    'priceAgainstLeader',
    both(A_SALE, { intent: { referencePriceMicros: at('0.500001') } }),
    'stopped 0.49 atLeast 0.490001 PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'passes exactly so far over the mid',
    'priceAgainstMid',
    { settings: { overMidPriceMicrosMax: 5_000 } },
    'passed 0.5 atMost 0.5',
  ],
  [
    'stops too far over the mid',
    'priceAgainstMid',
    { settings: { overMidPriceMicrosMax: 4_999 } },
    'stopped 0.5 atMost 0.499999 PRICE_TOO_FAR_OVER_MID',
  ],
  [
    'stops between two ticks',
    'liquidity',
    {
      intent: { referencePriceMicros: at('0.509') },
      book: { bids: levels('0.505x9'), asks: levels('0.515x900') },
    },
    'stopped 0.515 atMost 0.51 NO_LIQUIDITY_WITHIN_BOUNDS',
  ],
  [
    'stops without anybody on the other side',
    'liquidity',
    { book: { asks: [] } },
    'stopped null atMost 0.51 NO_LIQUIDITY_WITHIN_BOUNDS',
  ],
  [
    'passes exactly the cash',
    'cash',
    { portfolio: { cashMicros: usd('19.9971') } },
    'passed 19.9971 atMost 19.9971',
  ],
  [
    'trims to the cash',
    'cash',
    { portfolio: { cashMicros: usd('19.997099') } },
    'trimmed 19.9971 atMost 19.997099',
  ],
  [
    'trims a sale to what is held',
    'saleWithinHolding',
    both(A_SALE, { portfolio: { holdingShareMicros: sh('25') } }),
    'trimmed 40 atMost 25',
  ],
  ['trims to the depth', 'depth', { book: { asks: levels('0.50x10') } }, 'trimmed 5 atLeast 24.996375'],
  [
    'stops for want of depth',
    'depth',
    { book: { asks: levels('0.50x10') }, settings: { depthPolicy: 'SKIP' } },
    'stopped 5 atLeast 24.996375 INSUFFICIENT_DEPTH',
  ],
  ['raises to the venue’s minimum', 'venueMinimum', TINY, 'raised 1.96 atLeast 5'],
  [
    'tells what stood against raising: the largest trade',
    'raiseTrade',
    both(TINY, { settings: { maxTradeNotionalMicros: 2_549_999 } }),
    'stopped 2.55 atMost 2.549999 BELOW_MIN_ORDER_SIZE',
  ],
  [
    'the budget',
    'raiseBudget',
    both(TINY, both(BUDGETED, { portfolio: { leaderExposureMicros: usd('398') } })),
    'stopped 400.55 atMost 400 BUDGET_HARD_CAP_EXCEEDED',
  ],
  [
    'the cash',
    'raiseCash',
    both(TINY, { portfolio: { cashMicros: usd('2') } }),
    'stopped 2.55 atMost 2 INSUFFICIENT_CASH',
  ],
  [
    'the depth',
    'raiseDepth',
    both(TINY, { book: { asks: levels('0.50x4') } }),
    'stopped 2 atLeast 3.1875 INSUFFICIENT_DEPTH',
  ],
  ['has nothing to raise in a plain copy', 'raiseTrade', {}, 'doesNotApply'],
  [
    'stops below the venue’s minimum',
    'venueMinimum',
    both(TINY, { settings: { belowMinPolicy: 'SKIP' } }),
    'stopped 1.96 atLeast 5 BELOW_MIN_ORDER_SIZE',
  ],
  [
    'carries below the venue’s minimum',
    'venueMinimum',
    both(TINY, { settings: { belowMinPolicy: 'CARRY' } }),
    'stopped 1.96 atLeast 5 CARRIED',
  ],
  [
    'says when the cash left too little',
    'venueMinimum',
    { portfolio: { cashMicros: usd('1') } },
    'stopped 1.96 atLeast 5 INSUFFICIENT_CASH',
  ],
  [
    'passes exactly the smallest trade',
    'smallestTrade',
    { intent: { leaderNotionalMicros: usd('50') }, settings: { belowMinPolicy: 'SKIP' } },
    'passed 5 atLeast 5',
  ],
  [
    'stops below the smallest trade',
    'smallestTrade',
    { intent: { leaderNotionalMicros: usd('49.99') }, settings: { belowMinPolicy: 'SKIP' } },
    'stopped 4.999 atLeast 5 BELOW_MIN_ORDER_SIZE',
  ],
  [
    'stops exactly at the cap of a share',
    'priceCap',
    { settings: { buyPriceMicrosMax: 500_000 } },
    'stopped 0.5 below 0.5 BUY_COST_PER_SHARE_TOO_HIGH',
  ],
  [
    'passes below the cap of a share',
    'priceCap',
    { settings: { buyPriceMicrosMax: 500_001 } },
    'passed 0.5 below 0.500001',
  ],
  [
    'needs equity',
    'equityPositive',
    { portfolio: { equityMicros: usd('0') } },
    'stopped 0 above 0 CIRCUIT_BREAKER_NO_EQUITY',
  ],
  [
    'passes exactly the daily loss',
    'dailyLoss',
    { portfolio: { dayPnlMicros: usd('-300') } },
    'passed -300 atLeast -300',
  ],
  [
    'stops beyond the daily loss',
    'dailyLoss',
    { portfolio: { dayPnlMicros: usd('-300.000001') } },
    'stopped -300.000001 atLeast -300 CIRCUIT_BREAKER_DAILY_LOSS',
  ],
  [
    'stops beyond the weekly loss',
    'weeklyLoss',
    { portfolio: { weekPnlMicros: usd('-800.000001') } },
    'stopped -800.000001 atLeast -800 CIRCUIT_BREAKER_WEEKLY_LOSS',
  ],
  [
    'passes exactly the drawdown',
    'drawdown',
    { portfolio: { peakPnlMicros: usd('1000'), pnlMicros: usd('-320') } },
    'passed 1320 atMost 1320',
  ],
  [
    'stops beyond the drawdown',
    'drawdown',
    { portfolio: { peakPnlMicros: usd('1000'), pnlMicros: usd('-320.000001') } },
    'stopped 1320.000001 atMost 1320 CIRCUIT_BREAKER_DRAWDOWN',
  ],
  [
    'passes exactly the total exposure',
    'totalExposure',
    { portfolio: { totalExposureMicros: usd('6980.395') } },
    'passed 7000 atMost 7000',
  ],
  [
    'stops beyond the total exposure',
    'totalExposure',
    { portfolio: { totalExposureMicros: usd('6980.395001') } },
    'stopped 7000.000001 atMost 7000 RISK_CAP_GLOBAL',
  ],
  [
    'stops beyond the exposure of a market',
    'marketExposure',
    { portfolio: { marketExposureMicros: usd('480.395001') } },
    'stopped 500.000001 atMost 500 RISK_CAP_MARKET',
  ],
  [
    'stops beyond the exposure of a leader',
    'leaderExposure',
    { portfolio: { leaderExposureMicros: usd('1980.395001') } },
    'stopped 2000.000001 atMost 2000 RISK_CAP_USER',
  ],
  ['asks a sale for no risk', 'leaderExposure', A_SALE, 'doesNotApply'],
];

describe('a guard, explained', () => {
  it.each(ROWS.map((one) => [...one]))('%s (%s)', (_sentence, guardrail, change, expected) => {
    expect(line(row(change, guardrail))).toBe(expected);
    expect(stoppedBy(explainGuardrails(exampleFacts(change), exampleSettings(change)))).toEqual(
      reasonsOf(exampleFacts(change), exampleSettings(change)),
    );
  });

  it('has a row of the table in which it stops, unless it can only trim', () => {
    const stopping = new Set(ROWS.flatMap(([, name, , line]) => (line.startsWith('stopped') ? [name] : [])));
    expect(GUARDRAILS.filter((one) => !stopping.has(one))).toEqual(['cash', 'saleWithinHolding']);
  });

  it('names the setting behind a limit that is a part of the equity', () => {
    expect(row({}, 'totalExposure').measure).toMatchObject({ limitBps: 7_000n });
    expect(row({}, 'dailyLoss').measure).toMatchObject({ limitBps: 300n });
  });
});

describe('over random decisions', () => {
  it('the stopped rows give exactly the reasons of the decision, and none of an executed one', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(stoppedBy(explainGuardrails(facts, settings))).toEqual(reasonsOf(facts, settings));
      }),
    );
  });

  it('the decision is the same whether a trace is asked for or not', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(explain(facts, settings).decision).toEqual(decide(facts, settings));
      }),
    );
  });

  it('every guard has one row, in the order of the list', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        expect(explainGuardrails(facts, settings).map((one) => one.guardrail)).toEqual([...GUARDRAILS]);
      }),
    );
  });

  it('a row that passed has its value within the limit, and one that did not has it beyond', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        for (const { guardrail, measure, verdict } of explainGuardrails(facts, settings)) {
          // A netted sale always ends there, and a budget that is used up stops even what would fit it.
          if (measure === null || guardrail === 'netting' || guardrail === 'budget') continue;
          if (verdict === 'notReached') continue;
          expect(holds(measure), `${guardrail} ${verdict}`).toBe(verdict === 'passed');
        }
      }),
    );
  });

  it('an executed copy has looked at every guard that applies', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        if (decide(facts, settings).kind === 'SKIP') return;
        const missed = explainGuardrails(facts, settings).filter((one) => one.verdict === 'notReached');
        expect(missed.map((one) => one.guardrail)).toEqual([]);
      }),
    );
  });

  it('each clamp goes on where the one before ended, and the last ends in the size that was decided', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        const steps = decision.clamps;
        const raised = steps.some((step) => step.clamp === 'RAISED_TO_VENUE_MIN');
        const spend = steps.filter((step) => step.unit === 'cash').at(-1);
        if (spend !== undefined && !raised) expect(spend.after).toBe(decision.targetNotionalMicros);
        const size = steps.filter((step) => step.unit === 'shares').at(-1);
        if (size !== undefined) expect(size.after).toBe(decision.targetShareMicros);
        for (const unit of ['cash', 'shares'] as const) {
          const chain = steps.filter((step) => step.unit === unit);
          chain.slice(1).forEach((step, index) => {
            expect(step.before).toBe(chain[index]?.after);
          });
        }
      }),
    );
  });
});

describe('the clamps, explained', () => {
  it.each([
    ['the largest trade', { settings: { maxTradeNotionalMicros: 10_000_000 } }, ['MAX_TRADE 20 → 10']],
    ['the bankroll', { intent: { leaderNotionalMicros: usd('2000') } }, ['BANKROLL 200 → 75']],
    [
      'the budget',
      both(BUDGETED, { portfolio: { leaderExposureMicros: usd('390') } }),
      ['BUDGET_HEADROOM 20 → 10'],
    ],
    ['the highest rate', both(BUDGETED, { intent: { leaderExposureMicros: usd('1') } }), ['RATE_MAX – → 20']],
    ['the depth', { book: { asks: levels('0.50x10') } }, ['DEPTH 39.21 → 7.84']],
    ['the cash', { portfolio: { cashMicros: usd('19.997099') } }, ['CASH 39.21 → 39.2']],
    ['an exit', both(A_SALE, { intent: { leaderExited: true } }), ['LEADER_EXITED 40 → 100']],
    ['the venue’s minimum', TINY, ['RAISED_TO_VENUE_MIN 1.96 → 5']],
    ['nothing', {}, []],
  ] as const)('tell from what to what %s changed the size', (_name, change: Change, expected) => {
    const steps = decideExample(change).clamps;
    const text = (value: bigint | null) => (value === null ? '–' : formatMicros(value));
    expect(steps.map((step) => `${step.clamp} ${text(step.before)} → ${text(step.after)}`)).toEqual(expected);
  });
});
