/**
 * The trace of a decision, as a table: a change of the example facts, and the row that one guard or clamp then has. Every guard
 * that can stop a copy has a row in which it does.
 */
import { describe, expect, it } from 'vitest';
import { GUARDRAILS, type Guardrail, type GuardrailRow } from '../../../domain/decide/guards.ts';
import { explain } from '../../../domain/explain/explain.ts';
import { formatMicros } from '../../../domain/money.ts';
import { DAY_MS } from '../../../domain/time.ts';
import {
  A_SALE,
  aFraction,
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
} from './example-facts.ts';
import { reasonsOf, stoppedBy } from './judged.ts';

function rowsOf(change: Change): readonly GuardrailRow[] {
  return explain(exampleFacts(change), exampleSettings(change)).guardrails;
}

function row(change: Change, guardrail: Guardrail): GuardrailRow {
  return rowsOf(change).find((one) => one.guardrail === guardrail)!;
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
    'stops at a reason that was found before',
    'foundBefore',
    { intent: { presetReason: 'LIVE_WS_DOWN' } },
    'stopped true must be false LIVE_WS_DOWN',
  ],
  ['judges nothing else after one', 'paused', { intent: { presetReason: 'LIVE_WS_DOWN' } }, 'notReached'],
  [
    'stops during a pause',
    'paused',
    { portfolio: { paused: true } },
    'stopped true must be false ENGINE_PAUSED',
  ],
  [
    'stops a buy for a leader whose exits alone are copied',
    'exitOnly',
    { intent: { exitOnly: true } },
    'stopped true must be false USER_DISABLED',
  ],
  ['does not judge a sale by that', 'exitOnly', both(A_SALE, { intent: { exitOnly: true } }), 'doesNotApply'],
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
    'does not judge a carry by its age',
    'age',
    { intent: { sourceType: 'CARRY', ourNotionalMicros: usd('20'), leaderEventAtMs: 0 } },
    'doesNotApply',
  ],
  ['does not judge a sale by the age of a copy', 'age', A_SALE, 'doesNotApply'],
  [
    'passes exactly the age of an exit',
    'exitAge',
    both(A_SALE, { intent: { leaderEventAtMs: NOW - DAY_MS } }),
    'passed 86400000 atMost 86400000',
  ],
  [
    'stops a millisecond beyond the age of an exit',
    'exitAge',
    both(A_SALE, { intent: { leaderEventAtMs: NOW - DAY_MS - 1 } }),
    'stopped 86400001 atMost 86400000 EVENT_TOO_OLD',
  ],
  [
    'counts towards that also how long the Wallet waited for shares',
    'exitAge',
    both(A_SALE, { intent: { leaderEventAtMs: NOW - DAY_MS - 1, waitedMs: 1 } }),
    'stopped 86400001 atMost 86400000 EVENT_TOO_OLD',
  ],
  [
    'does not judge a try of an owed exit by its age',
    'exitAge',
    both(A_SALE, { intent: { sourceType: 'EXIT', leaderEventAtMs: 0 } }),
    'doesNotApply',
  ],
  [
    'does not judge a sale by hand by its age',
    'exitAge',
    both(A_SALE, { intent: { sourceType: 'CLOSE', leaderEventAtMs: 0 } }),
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
  ['judges nothing more of an unknown market', 'accepting', { market: null }, 'notReached'],
  [
    'needs a market that takes orders',
    'accepting',
    { market: { acceptingOrders: false } },
    'stopped false must be true MARKET_NOT_ACCEPTING',
  ],
  [
    'needs a fee that is known',
    'feeKnown',
    { market: { isFeeUnknown: true } },
    'stopped false must be true FEE_UNKNOWN',
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
  ['judges nothing more of an old book', 'crossed', { book: { asOfMs: NOW - 2_001 } }, 'notReached'],
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
    'shows an unknown close as unknown',
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
  ['passes exactly the spread', 'spread', { book: { bids: levels('0.48x9') } }, 'passed 0.02 atMost 0.02'],
  [
    'has no spread to pass without bids',
    'spread',
    { book: { bids: [] }, settings: { spreadPriceMicrosMax: 1_000_000 } },
    'stopped null atMost 1 SPREAD_TOO_WIDE',
  ],
  [
    'does not judge a sale by a spread where a side is missing',
    'spread',
    both(A_SALE, { book: { asks: [] } }),
    'doesNotApply',
  ],
  ['nor by the mid', 'priceAgainstMid', both(A_SALE, { book: { asks: [] } }), 'doesNotApply'],
  [
    'has no mid to judge a buy by where a side is missing',
    'priceAgainstMid',
    { book: { bids: [] } },
    'notReached',
  ],
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
    'stops without an offer on the other side',
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
    'stops without enough depth',
    'depth',
    { book: { asks: levels('0.50x10') }, settings: { depthPolicy: 'SKIP' } },
    'stopped 5 atLeast 24.996375 INSUFFICIENT_DEPTH',
  ],
  [
    'leaves a size alone whose depth has stopped it',
    'venueMinimum',
    both(TINY, {
      book: { asks: levels('0.50x1') },
      settings: { belowMinPolicy: 'SKIP', depthPolicy: 'SKIP' },
    }),
    'notReached 1.96 atLeast 5',
  ],
  ['raises to the venue’s minimum', 'venueMinimum', TINY, 'raised 1.96 atLeast 5'],
  [
    'names what prevented the raise: the largest trade',
    'raiseTrade',
    both(TINY, { settings: { maxTradeNotionalMicros: 2_549_999 } }),
    'stopped 2.55 atMost 2.549999 BELOW_MIN_ORDER_SIZE',
  ],
  [
    'the bankroll',
    'raiseTrade',
    both(TINY, { portfolio: { equityMicros: usd('100') } }),
    'stopped 2.55 atMost 0.75 BELOW_MIN_ORDER_SIZE',
  ],
  [
    'but no bankroll without equity',
    'raiseTrade',
    both(TINY, { portfolio: { equityMicros: usd('0') } }),
    'passed 2.55 atMost 250',
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
    'names the cash when it left too little',
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
    'passes one percent without a good price',
    'marks',
    { portfolio: { unsureMicros: usd('100') } },
    'passed 100 atMost 100',
  ],
  [
    'stops beyond one percent without a good price',
    'marks',
    { portfolio: { unsureMicros: usd('100.000001') } },
    'stopped 100.000001 atMost 100 MARKS_UNCERTAIN',
  ],
  [
    'judges no loss by prices that are not good',
    'dailyLoss',
    { portfolio: { unsureMicros: usd('101') } },
    'notReached',
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
  ['does not judge a sale by risk', 'leaderExposure', A_SALE, 'doesNotApply'],
  ['does not judge a sale by depth', 'depth', A_SALE, 'doesNotApply'],
  ['owes nothing that could be bought back', 'buyingBack', {}, 'doesNotApply'],
  [
    'trims a buy by the shares that an exit owes',
    'buyingBack',
    { portfolio: { owedShareMicros: sh('5') } },
    'trimmed 5 atMost 0',
  ],
  [
    'stops a buy that only keeps what an exit owes',
    'buyingBack',
    { portfolio: { owedShareMicros: sh('40') } },
    'stopped 40 atMost 0 BOUGHT_BACK',
  ],
  [
    'keeps nothing where the buy is stopped before',
    'buyingBack',
    { portfolio: { owedShareMicros: sh('5'), dayPnlMicros: usd('-301') } },
    'notReached',
  ],
];

describe('the row of a guard', () => {
  it.each(ROWS.map((one) => [...one]))('%s (%s)', (_sentence, guardrail, change, expected) => {
    expect(line(row(change, guardrail))).toBe(expected);
    expect(stoppedBy(rowsOf(change))).toEqual(reasonsOf(decideExample(change)));
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

/** The guards of a kind of decision that do not apply, as a list; all others are not reached, since a preset reason ends it. */
function notApplying(change: Change): readonly Guardrail[] {
  const rows = rowsOf(both(change, { intent: { presetReason: 'LIVE_WS_DOWN' } }));
  return rows.flatMap((one) => (one.verdict === 'doesNotApply' ? [one.guardrail] : []));
}

/** Of sales, and of buys of what an exit still owes. */
const OF_SALES: readonly Guardrail[] = ['exitAge', 'holding', 'saleWithinHolding', 'buyingBack'];
const OF_RAISING: readonly Guardrail[] = ['raiseTrade', 'raiseBudget', 'raiseCash', 'raiseDepth'];
const OF_A_BUDGET: readonly Guardrail[] = ['leaderExposureKnown', 'budget', 'raiseBudget'];
/** Of the guards on buys, those that apply to any of them. */
const OF_BUYS: readonly Guardrail[] = [
  'exitOnly',
  'age',
  'leaderMinimum',
  'depth',
  'feeKnown',
  'blacklist',
  'equityKnown',
  'cash',
  'marks',
  'equityPositive',
  'dailyLoss',
  'weeklyLoss',
  'drawdown',
  'totalExposure',
  'marketExposure',
  'leaderExposure',
];
const OF_SOME_BUYS: readonly Guardrail[] = [
  'closeTime',
  'budget',
  ...OF_RAISING,
  'smallestTrade',
  'priceCap',
  'leaderExposureKnown',
  'buyingBack',
];
const OF_TWO_SIDES: readonly Guardrail[] = ['spread', 'priceAgainstMid'];
const CAPPED: Change = { settings: { buyPriceMicrosMax: 900_000 } };

describe('the guards that do not apply', () => {
  it.each<[kind: string, change: Change, expected: readonly Guardrail[]]>([
    ['a buy', CAPPED, [...OF_SALES, ...OF_A_BUDGET, 'smallestTrade']],
    ['a buy without a cap of a share', {}, [...OF_SALES, ...OF_A_BUDGET, 'smallestTrade', 'priceCap']],
    [
      'a buy with the close rule off',
      both(CAPPED, { settings: { noOpensBeforeCloseMinutes: 0 } }),
      [...OF_SALES, ...OF_A_BUDGET, 'smallestTrade', 'closeTime'],
    ],
    ['a buy with a hard budget', both(CAPPED, BUDGETED), [...OF_SALES, 'smallestTrade']],
    [
      'a buy with a soft budget',
      both(CAPPED, both(BUDGETED, { settings: { budgetEnforcement: 'soft' } })),
      [...OF_SALES, 'budget', 'raiseBudget', 'smallestTrade'],
    ],
    [
      'a buy that is skipped when small',
      both(CAPPED, { settings: { belowMinPolicy: 'SKIP' } }),
      [...OF_SALES, ...OF_A_BUDGET, ...OF_RAISING],
    ],
    [
      'a buy that is carried when small',
      both(CAPPED, { settings: { belowMinPolicy: 'CARRY' } }),
      [...OF_SALES, ...OF_A_BUDGET, ...OF_RAISING, 'smallestTrade'],
    ],
    [
      'a flushed buffer',
      both(CAPPED, both(BUDGETED, { intent: { sourceType: 'BUFFER', ourNotionalMicros: usd('20') } })),
      [...OF_SALES, 'leaderMinimum', 'leaderExposureKnown', ...OF_RAISING, 'smallestTrade'],
    ],
    [
      'a flushed buffer that is skipped when small',
      both(CAPPED, { intent: { ourNotionalMicros: usd('20') }, settings: { belowMinPolicy: 'SKIP' } }),
      [...OF_SALES, 'leaderMinimum', ...OF_A_BUDGET, ...OF_RAISING, 'smallestTrade'],
    ],
    [
      'a released carry',
      both(CAPPED, { intent: { sourceType: 'CARRY', ourNotionalMicros: usd('20') } }),
      [...OF_SALES, 'age', 'leaderMinimum', ...OF_A_BUDGET, ...OF_RAISING, 'smallestTrade'],
    ],
    [
      'a buy of what an exit still owes',
      both(CAPPED, { portfolio: { owedShareMicros: sh('0.01') } }),
      ['exitAge', 'holding', 'saleWithinHolding', ...OF_A_BUDGET, 'smallestTrade'],
    ],
    [
      'a buy on a book without bids',
      both(CAPPED, { book: { bids: [] } }),
      [...OF_SALES, ...OF_A_BUDGET, 'smallestTrade'],
    ],
    ['a sale', both(A_SALE, both(CAPPED, BUDGETED)), [...OF_BUYS, ...OF_SOME_BUYS]],
    [
      'a sale that would be raised, were it a buy',
      both(A_SALE, { settings: { belowMinPolicy: 'RAISE' } }),
      [...OF_BUYS, ...OF_SOME_BUYS],
    ],
    [
      'a sale that is skipped when small',
      both(A_SALE, { settings: { belowMinPolicy: 'SKIP' } }),
      [...OF_BUYS, ...OF_SOME_BUYS],
    ],
    ['a sale by the fraction', aFraction('1', '4'), [...OF_BUYS, ...OF_SOME_BUYS]],
    [
      'a sale of nothing',
      both(A_SALE, { portfolio: { holdingShareMicros: sh('0') } }),
      [...OF_BUYS, ...OF_SOME_BUYS],
    ],
    [
      'a sale that another exit owes',
      both(A_SALE, { portfolio: { owedShareMicros: sh('40') } }),
      [...OF_BUYS, ...OF_SOME_BUYS],
    ],
    [
      'a sale without asks',
      both(A_SALE, { book: { asks: [] } }),
      [...OF_BUYS, ...OF_SOME_BUYS, ...OF_TWO_SIDES],
    ],
    [
      'a sale without bids',
      both(A_SALE, { book: { bids: [] } }),
      [...OF_BUYS, ...OF_SOME_BUYS, ...OF_TWO_SIDES],
    ],
    ['a sale without a book', both(A_SALE, { book: null }), [...OF_BUYS, ...OF_SOME_BUYS]],
    [
      'a try of an owed exit',
      both(A_SALE, { intent: { sourceType: 'EXIT', leaderEventAtMs: NOW - 59_999 } }),
      [...OF_BUYS, ...OF_SOME_BUYS, 'exitAge'],
    ],
    [
      'a try that is out of patience',
      both(A_SALE, { intent: { sourceType: 'EXIT', leaderEventAtMs: NOW - 60_000 } }),
      [...OF_BUYS, ...OF_SOME_BUYS, 'exitAge', ...OF_TWO_SIDES],
    ],
    [
      'a sale by hand',
      both(A_SALE, { intent: { sourceType: 'CLOSE' } }),
      [...OF_BUYS, ...OF_SOME_BUYS, 'exitAge', ...OF_TWO_SIDES],
    ],
  ])('to %s are exactly these', (_kind, change, expected) => {
    expect(notApplying(change)).toEqual(GUARDRAILS.filter((one) => expected.includes(one)));
  });
});

describe('the clamps of a decision', () => {
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
    [
      'a sale of more than can be sold',
      both(A_SALE, { portfolio: { holdingShareMicros: sh('25.557') } }),
      ['HOLDING 40 → 25.55'],
    ],
    ['an exit of all', both(A_SALE, { intent: { leaderExited: true } }), []],
    ['what an exit still owes', { portfolio: { owedShareMicros: sh('5') } }, ['OWED_EXIT 39.21 → 34.21']],
    [
      'what an exit still owes of a buy that the cash has cut',
      { portfolio: { owedShareMicros: sh('40'), cashMicros: usd('19.997099') } },
      ['CASH 39.21 → 39.2', 'OWED_EXIT 39.2 → 0'],
    ],
    ['the venue’s minimum', TINY, ['RAISED_TO_VENUE_MIN 1.96 → 5']],
    ['nothing', {}, []],
  ] as const)('say how %s changed the size', (_name, change: Change, expected) => {
    const steps = decideExample(change).clamps;
    const text = (value: bigint | null) => (value === null ? '–' : formatMicros(value));
    expect(steps.map((step) => `${step.clamp} ${text(step.before)} → ${text(step.after)}`)).toEqual(expected);
  });
});
