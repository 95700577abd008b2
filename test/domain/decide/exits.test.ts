/**
 * Exits as a table: how much of ours a sale sells (A43), how far its price may go while it is owed (A45) and with one side of the
 * book (A46). Then the laws: an exit sells no more than there is, and exits follow the leader's holding exactly.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../domain/decide/decide.ts';
import { wantedShares } from '../../../domain/decide/exit-size.ts';
import { min, type ShareMicros, shares, sub } from '../../../domain/money.ts';
import { lowered, type OwedExit, owe } from '../../../domain/portfolio/owed-exit.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { someShares } from '../arbitraries.ts';
import { anyDecision } from './any-decision.ts';
import {
  aFraction,
  at,
  both,
  type Change,
  decideExample,
  exampleFacts,
  exampleSettings,
  levels,
  NOW,
  outcome,
  sh,
  usd,
} from './example-facts.ts';

type Row = readonly [sentence: string, change: Change, expected: string];

/** The leader sells a quarter of theirs at 0.50; we hold 100, and the best bid is 0.49. */
const A_QUARTER = aFraction('100', '400');

/** Exits by the rate wanted so many fewer of ours than was right. */
function aCorrection(size: string): Change {
  return {
    ...aFraction('1', '2'),
    intent: {
      ...aFraction('1', '2').intent,
      sourceType: 'CORRECTION',
      exit: { kind: 'CORRECTION', shareMicros: shares(BigInt(Math.round(Number(size) * 1e6))) },
    },
  };
}

const SIZES: readonly Row[] = [
  ['sells a quarter of ours with a quarter of theirs', A_QUARTER, 'SELL 25 @ 0.49'],
  ['sells all with all of theirs', aFraction('400', '400'), 'SELL 100 @ 0.49'],
  ['sells a third, rounded down to the hundredth', aFraction('1', '3'), 'SELL 33.33 @ 0.49'],
  [
    'sells all but the part of a hundredth that the venue does not take',
    both(aFraction('400', '400'), {
      portfolio: { ownShareMicros: sh('33.337777'), holdingShareMicros: sh('33.337777') },
    }),
    'SELL 33.33 @ 0.49',
  ],
  ['sells no more than all where more was sold than was known', aFraction('500', '400'), 'SELL 100 @ 0.49'],
  ['sells what is a micro of theirs less than all', aFraction('399.999999', '400'), 'SELL 99.99 @ 0.49'],
  [
    'calls nothing too small that the venue takes: 1 % of ours at a rate of 1 %',
    both(aFraction('4', '400'), {
      intent: { leaderNotionalMicros: usd('2') },
      portfolio: { ownShareMicros: sh('1000'), holdingShareMicros: sh('1000') },
      settings: { copyRateBps: 100, belowMinPolicy: 'SKIP', leaderTradeNotionalMicrosMin: 100_000_000 },
    }),
    'SELL 10 @ 0.49',
  ],
  [
    'is not cut by the largest trade, the bankroll or a budget, nor stopped by an unknown equity',
    both(aFraction('400', '400'), {
      portfolio: { equityMicros: null, leaderExposureMicros: usd('9000') },
      settings: {
        maxTradeNotionalMicros: 6_000_000,
        maxTradeBankrollBps: 1,
        sizingMode: 'budgetedDynamic',
        budgetedDynamicEnabled: true,
        budgetNotionalMicros: 1,
      },
    }),
    'SELL 100 @ 0.49',
  ],
  ['sells the shares that a correction names', aCorrection('12.345'), 'SELL 12.34 @ 0.49'],
  [
    'sells no more for a correction than is not owed already',
    both(aCorrection('90'), { portfolio: { owedShareMicros: sh('40') } }),
    'SELL 60 @ 0.49',
  ],
  ['sells nothing for a correction below zero', aCorrection('-10'), 'SKIP BELOW_MIN_ORDER_SIZE'],
  ['sells what is exactly the minimum of the venue', aFraction('20', '400'), 'SELL 5 @ 0.49'],
  ['does not sell less', aFraction('19.99', '400'), 'SKIP BELOW_MIN_ORDER_SIZE'],
  [
    'does not sell for less than a dollar',
    both(A_QUARTER, {
      intent: { referencePriceMicros: at('0.03') },
      book: { bids: levels('0.03x900'), asks: levels('0.04x900') },
    }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  [
    'is cut to what can be sold now',
    both(A_QUARTER, { portfolio: { holdingShareMicros: sh('10.019999') } }),
    'SELL 10.01 @ 0.49 (HOLDING)',
  ],
  [
    'sells exactly what can be sold now',
    both(A_QUARTER, { portfolio: { holdingShareMicros: sh('25') } }),
    'SELL 25 @ 0.49',
  ],
  [
    'does not sell a cut size that the venue does not take',
    both(A_QUARTER, { portfolio: { holdingShareMicros: sh('4.99') } }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  [
    'sells nothing where nothing can be sold',
    both(A_QUARTER, { portfolio: { holdingShareMicros: sh('0') } }),
    'SKIP NOT_ENOUGH_POSITION_TO_SELL',
  ],
  [
    'leaves the shares that earlier exits owe out of the base',
    both(A_QUARTER, { portfolio: { owedShareMicros: sh('40') } }),
    'SELL 15 @ 0.49',
  ],
  [
    'sells only the others where the leader is out',
    both(aFraction('400', '400'), { portfolio: { owedShareMicros: sh('40') } }),
    'SELL 60 @ 0.49',
  ],
  [
    'sells nothing where all is owed',
    both(A_QUARTER, { portfolio: { owedShareMicros: sh('100') } }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  [
    'sells nothing where more is owed than there is',
    both(aFraction('400', '400'), { portfolio: { owedShareMicros: sh('140') } }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  [
    'sells by fraction whatever the policy for full exits',
    both(A_QUARTER, { intent: { leaderExited: true }, settings: { fullExitPolicy: 'SELL_ALL' } }),
    'SELL 25 @ 0.49',
  ],
];

function ofShares(text: string, sourceType: 'EXIT' | 'CLOSE'): Change {
  return both(A_QUARTER, {
    intent: { sourceType, exit: { kind: 'SHARES', shareMicros: sh(text) } },
  });
}

const TRIES: readonly Row[] = [
  ['tries the shares that are owed', ofShares('25', 'EXIT'), 'SELL 25 @ 0.49'],
  ['tries whole hundredths', ofShares('25.019999', 'EXIT'), 'SELL 25.01 @ 0.49'],
  [
    'tries them though all are owed',
    both(ofShares('25', 'EXIT'), { portfolio: { owedShareMicros: sh('100') } }),
    'SELL 25 @ 0.49',
  ],
  [
    'tries no more than can be sold now',
    both(ofShares('25', 'EXIT'), { portfolio: { holdingShareMicros: sh('20') } }),
    'SELL 20 @ 0.49 (HOLDING)',
  ],
  ['sells so many by hand', ofShares('100', 'CLOSE'), 'SELL 100 @ 0.49'],
  [
    'takes a try as it is where the rate sizes exits',
    both(ofShares('25', 'EXIT'), { settings: { exitSizing: 'RATE' } }),
    'SELL 25 @ 0.49',
  ],
];

/** How old the leader's sale is. */
function aged(change: Change, ageMs: number): Change {
  return both(change, { intent: { leaderEventAtMs: NOW - ageMs } });
}

const AGES: readonly Row[] = [
  ['sells what is too old for a purchase', aged(A_QUARTER, 60_001), 'SELL 25 @ 0.49'],
  ['sells after exactly a day', aged(A_QUARTER, DAY_MS), 'SELL 25 @ 0.49'],
  ['does not sell after a day', aged(A_QUARTER, DAY_MS + 1), 'SKIP EVENT_TOO_OLD'],
  [
    'follows the age that is set',
    both(aged(A_QUARTER, 60_001), { settings: { exitAgeMsMax: 60_000 } }),
    'SKIP EVENT_TOO_OLD',
  ],
  ['tries what is owed however old it is', aged(ofShares('25', 'EXIT'), 9 * DAY_MS), 'SELL 25 @ 0.48'],
  ['sells by hand however old the position is', aged(ofShares('25', 'CLOSE'), 9 * DAY_MS), 'SELL 25 @ 0.49'],
];

const BY_RATE = both(A_QUARTER, { settings: { exitSizing: 'RATE' } });
const NO_FRACTION = both(A_QUARTER, { intent: { exit: null } });
const BUDGETED: Change = {
  settings: {
    sizingMode: 'budgetedDynamic',
    budgetedDynamicEnabled: true,
    budgetNotionalMicros: 400_000_000,
    budgetRateBpsMax: 1_000,
  },
};

const RATES: readonly Row[] = [
  ['sells 10 % of $200 at 0.50 where the rate sizes exits', BY_RATE, 'SELL 40 @ 0.49'],
  ['sells by the rate where the fraction is not known', NO_FRACTION, 'SELL 40 @ 0.49'],
  [
    'sells no more than is ours and not owed',
    both(BY_RATE, { portfolio: { owedShareMicros: sh('80') } }),
    'SELL 20 @ 0.49',
  ],
  [
    'sells all with a leader who is out',
    both(BY_RATE, { intent: { leaderExited: true } }),
    'SELL 100 @ 0.49',
  ],
  [
    'sells all but what is owed with a leader who is out',
    both(BY_RATE, { intent: { leaderExited: true }, portfolio: { owedShareMicros: sh('80') } }),
    'SELL 20 @ 0.49',
  ],
  [
    'sells its part with a leader who is out, where that is the policy',
    both(BY_RATE, { intent: { leaderExited: true }, settings: { fullExitPolicy: 'RATE' } }),
    'SELL 40 @ 0.49',
  ],
  [
    'is cut by no largest trade and no bankroll',
    both(BY_RATE, { settings: { maxTradeNotionalMicros: 1_000_000, maxTradeBankrollBps: 1 } }),
    'SELL 40 @ 0.49',
  ],
  [
    'is raised to no smallest trade',
    both(BY_RATE, { intent: { leaderNotionalMicros: usd('24.99') } }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  ['sells by the rate of the budget', both(BY_RATE, BUDGETED), 'SELL 40 @ 0.49'],
  [
    'sells by the highest rate of the budget where the exposure of the leader is not known',
    both(both(BY_RATE, BUDGETED), {
      intent: { leaderExposureMicros: null },
      settings: { budgetRateBpsMax: 500 },
    }),
    'SELL 20 @ 0.49',
  ],
  [
    'sells nothing for no price',
    both(BY_RATE, {
      intent: { referencePriceMicros: at('0') },
      book: { bids: levels('0.01x900'), asks: [] },
    }),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
];

/** A book of bids alone, or of asks alone. */
const bids = (text: string): Change => ({ book: { bids: levels(text), asks: [] } });
const ROOMY: Change = { settings: { sellMaxWorseningPriceMicros: 100_000 } };

const FINEST: Change = { market: { tickPriceMicros: at('0.001') } };
const AT_THE_ENDS: Change = both(FINEST, {
  book: { bids: levels('0.001x900'), asks: levels('0.999x900') },
});

const ONE_SIDED: readonly Row[] = [
  ['sells with bids alone', both(A_QUARTER, bids('0.49x900')), 'SELL 25 @ 0.49'],
  [
    'asks for no spread and no mid there',
    both(both(A_QUARTER, bids('0.49x900')), {
      settings: { spreadPriceMicrosMax: 0, overMidPriceMicrosMax: 0 },
    }),
    'SELL 25 @ 0.49',
  ],
  [
    'sells no lower than the leader and the tolerance there',
    both(A_QUARTER, bids('0.48x900')),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'sells no lower than the slippage from the best bid there',
    both(both(A_QUARTER, ROOMY), bids('0.49x900')),
    'SELL 25 @ 0.48',
  ],
  [
    'still asks for the spread where both sides are there',
    both(A_QUARTER, { book: { asks: levels('0.52x900') } }),
    'SKIP SPREAD_TOO_WIDE',
  ],
  ['does not sell without bids', both(A_QUARTER, { book: { bids: [] } }), 'SKIP NO_LIQUIDITY_WITHIN_BOUNDS'],
  [
    'does not sell on an empty book',
    both(A_QUARTER, { book: { bids: [], asks: [] } }),
    'SKIP NO_LIQUIDITY_WITHIN_BOUNDS',
  ],
  // Its prices are not those that the venue matches at: the next book is waited for, however good its bid is.
  [
    'does not sell on a crossed book',
    both(A_QUARTER, { book: { bids: levels('0.51x900'), asks: levels('0.50x900') } }),
    'SKIP BOOK_CROSSED',
  ],
  [
    'does not sell where bid and ask are the same',
    both(A_QUARTER, { book: { bids: levels('0.50x900') } }),
    'SKIP BOOK_CROSSED',
  ],
  // The ends of the finest grid: nobody quotes there, and the bid is worth nothing against what the leader got.
  [
    'does not sell for 0.1¢ where 99.9¢ is asked',
    both(A_QUARTER, AT_THE_ENDS),
    'SKIP SPREAD_TOO_WIDE, PRICE_WORSE_THAN_THEIR_FILL, PRICE_TOO_FAR_OVER_MID',
  ],
  [
    'nor when it has waited for long',
    both(tryAfter(DAY_MS, '0.50', '0.001 0.999'), FINEST),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'keeps what the leader sold at 0.1¢ and is worth no dollar there, the venue’s minimum',
    both(both(A_QUARTER, FINEST), both(bids('0.001x900'), { intent: { referencePriceMicros: at('0.001') } })),
    'SKIP BELOW_MIN_ORDER_SIZE',
  ],
  [
    'sells into 99.9¢ what the leader sold there, within the tolerance',
    both(both(A_QUARTER, FINEST), both(bids('0.999x900'), { intent: { referencePriceMicros: at('0.999') } })),
    'SELL 25 @ 0.989',
  ],
];

/** A try after so long, of a sale at the leader's price, on a book of one bid and one ask. */
function tryAfter(ageMs: number, leaderPrice: string, top: string): Change {
  const [bid = '', ask = ''] = top.split(' ');
  return both(aged(ofShares('25', 'EXIT'), ageMs), {
    intent: { referencePriceMicros: at(leaderPrice) },
    book: { bids: levels(`${bid}x900`), asks: ask === '' ? [] : levels(`${ask}x900`) },
  });
}

const PATIENCE: readonly Row[] = [
  [
    'keeps the ordinary bounds for a minute',
    tryAfter(59_999, '0.50', '0.40 0.41'),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  ['then sells 10¢ below the leader', tryAfter(60_000, '0.50', '0.40 0.41'), 'SELL 25 @ 0.4'],
  ['but no lower', tryAfter(60_000, '0.50', '0.39 0.41'), 'SKIP PRICE_WORSE_THAN_THEIR_FILL'],
  ['or 25 % below the leader, if that is less', tryAfter(60_000, '0.20', '0.15 0.16'), 'SELL 25 @ 0.15'],
  ['but no lower than that', tryAfter(60_000, '0.20', '0.14 0.16'), 'SKIP PRICE_WORSE_THAN_THEIR_FILL'],
  [
    'follows the best bid with the slippage of sales, not the leader',
    tryAfter(60_000, '0.50', '0.49 0.50'),
    'SELL 25 @ 0.48',
  ],
  [
    'asks for the spread for a minute',
    tryAfter(59_999, '0.50', '0.49 0.90'),
    'SKIP SPREAD_TOO_WIDE, PRICE_TOO_FAR_OVER_MID',
  ],
  ['then sells whatever the spread', tryAfter(60_000, '0.50', '0.49 0.90'), 'SELL 25 @ 0.48'],
  [
    'follows the patience that is set',
    both(tryAfter(1_000, '0.50', '0.40 0.41'), { settings: { exitPatienceMs: 1_000 } }),
    'SELL 25 @ 0.4',
  ],
  [
    'follows the cents that are set',
    both(tryAfter(60_000, '0.50', '0.38 0.41'), { settings: { exitWorseningPriceMicrosMax: 200_000 } }),
    'SELL 25 @ 0.38',
  ],
  [
    'follows the part of the price that is set',
    both(tryAfter(60_000, '0.50', '0.41 0.42'), { settings: { exitWorseningBpsMax: 1_000 } }),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'never has less room than before its patience ended',
    both(tryAfter(60_000, '0.50', '0.35 0.36'), { settings: { sellMaxWorseningPriceMicros: 200_000 } }),
    'SELL 25 @ 0.34',
  ],
  [
    'keeps the ordinary distance to the leader for a minute with bids alone too',
    tryAfter(59_999, '0.50', '0.40'),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  ['and then not', tryAfter(60_000, '0.50', '0.40'), 'SELL 25 @ 0.4'],
  [
    'gives more room to tries alone: a first sale that comes late keeps the ordinary bounds',
    aged(both(A_QUARTER, { book: { bids: levels('0.40x900'), asks: levels('0.41x900') } }), 60_000),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
  [
    'sells by hand whatever the spread',
    both(ofShares('25', 'CLOSE'), { book: { asks: levels('0.90x900') } }),
    'SELL 25 @ 0.49',
  ],
  [
    'sells by hand no lower than the price that was shown and the tolerance, however old it is',
    aged(both(ofShares('25', 'CLOSE'), { book: { bids: levels('0.48x900') } }), DAY_MS),
    'SKIP PRICE_WORSE_THAN_THEIR_FILL',
  ],
];

describe('an exit', () => {
  const ROWS = [...SIZES, ...TRIES, ...AGES, ...RATES, ...ONE_SIDED, ...PATIENCE];
  it.each(ROWS.map((row) => [...row]))('%s', (_sentence, change, expected) => {
    expect(outcome(decideExample(change))).toBe(expected);
  });

  it('records the shares, what they are worth at the leader’s price, and the rate that this is', () => {
    expect(decideExample(A_QUARTER)).toMatchObject({
      targetShareMicros: sh('25'),
      targetNotionalMicros: usd('12.5'),
      effectiveRateBps: 625n,
      clamps: [],
    });
  });

  it('records the mid only where the book has both sides (A46)', () => {
    expect(decideExample(A_QUARTER).midPriceMicros).toBe(at('0.495'));
    expect(decideExample(both(A_QUARTER, bids('0.49x900'))).midPriceMicros).toBeNull();
    expect(decideExample(both(A_QUARTER, { book: { bids: [] } })).midPriceMicros).toBeNull();
  });

  it('has no rate of a leader’s sale of nothing', () => {
    const decision = decideExample(both(A_QUARTER, { intent: { leaderNotionalMicros: usd('0') } }));
    expect(decision).toMatchObject({ kind: 'EXECUTE', effectiveRateBps: 0n });
  });

  it('wants its shares sold whatever skips it, so that they are owed (A44)', () => {
    for (const skip of [
      { book: null, market: null },
      { portfolio: { paused: true, holdingShareMicros: sh('0') } },
      aged({}, 9 * DAY_MS),
    ]) {
      const change = both(A_QUARTER, skip);
      expect(decideExample(change).kind).toBe('SKIP');
      expect(wantedShares(exampleFacts(change), exampleSettings(change))).toBe(sh('25'));
    }
  });

  it('says what it wanted where only the price or the venue stopped it', () => {
    for (const change of [both(A_QUARTER, bids('0.10x9')), aFraction('16', '400')]) {
      const wanted = wantedShares(exampleFacts(change), exampleSettings(change));
      expect(decideExample(change)).toMatchObject({ kind: 'SKIP', targetShareMicros: wanted });
    }
  });
});

describe('every exit', () => {
  it('sells no more than can be sold, nor than is ours and not owed, nor than the try names', () => {
    let count = 0;
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const { intent, portfolio } = facts;
        if (intent.side === 'BUY') return;
        const decision = decide(facts, settings);
        const wanted = wantedShares(facts, settings);
        expect(wanted >= 0n && wanted % 10_000n === 0n).toBe(true);
        const { ownShareMicros, owedShareMicros } = portfolio;
        const ours = ownShareMicros > owedShareMicros ? ownShareMicros - owedShareMicros : 0n;
        expect(wanted <= (intent.exit?.kind === 'SHARES' ? intent.exit.shareMicros : ours)).toBe(true);
        if (decision.kind === 'SKIP') return;
        count += 1;
        expect(decision.plan.shareMicros <= wanted).toBe(true);
        expect(decision.plan.shareMicros <= portfolio.holdingShareMicros).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(count).toBeGreaterThan(50);
  });

  it('sells the same whatever opening rules are set (A43)', () => {
    fc.assert(
      fc.property(anyDecision, anyDecision, ({ facts, settings }, { settings: other }) => {
        if (facts.intent.side === 'BUY') return;
        const opening = {
          copyRateBps: other.copyRateBps,
          minTradeNotionalMicros: other.minTradeNotionalMicros,
          maxTradeNotionalMicros: other.maxTradeNotionalMicros,
          maxTradeBankrollBps: other.maxTradeBankrollBps,
          budgetedDynamicEnabled: other.budgetedDynamicEnabled,
          budgetNotionalMicros: other.budgetNotionalMicros,
          budgetEnforcement: other.budgetEnforcement,
          leaderTradeNotionalMicrosMin: 1_000_000_000,
          belowMinPolicy: other.belowMinPolicy,
          depthMultiplierBps: other.depthMultiplierBps,
          depthPolicy: other.depthPolicy,
          copyAgeMsMax: 1_000,
          noOpensBeforeCloseMinutes: 525_600,
        };
        const mirrored = { ...settings, exitSizing: 'MIRROR_FRACTION' as const };
        const fraction = facts.intent.exit ?? {
          kind: 'FRACTION' as const,
          soldShareMicros: sh('1'),
          heldShareMicros: sh('3'),
        };
        const exit = { ...facts, intent: { ...facts.intent, exit: fraction } };
        expect(decide(exit, { ...mirrored, ...opening })).toEqual(decide(exit, mirrored));
      }),
    );
  });
});

/** What the leader does with the fraction, and which part of what is wanted or owed is sold, in percent. */
const anyStep = fc.oneof(
  fc.record({
    sold: fc.bigInt({ min: 1n, max: 1_000n }),
    held: fc.bigInt({ min: 1n, max: 1_000n }),
    part: fc.oneof(fc.constant(100n), fc.constant(0n), fc.bigInt({ min: 0n, max: 100n })),
  }),
  fc.record({ tryPart: fc.bigInt({ min: 0n, max: 100n }) }),
);

const part = (whole: ShareMicros, percent: bigint): ShareMicros =>
  shares(((whole * percent) / 1_000_000n) * 10_000n);

describe('any sequence of exits', () => {
  it('leaves ours, less what is owed, at the leader’s fraction, to 0.01 share an exit (A43, A44)', () => {
    fc.assert(
      fc.property(someShares, fc.array(anyStep, { maxLength: 12 }), (start, steps) => {
        let own = start;
        let row: OwedExit | undefined;
        // The exact mirror as a fraction.
        let over: bigint = start;
        let under = 1n;
        let exits = 0n;
        for (const step of steps) {
          const owed = row?.shareMicros ?? shares(0n);
          if ('tryPart' in step) {
            const sold = part(owed, step.tryPart);
            own = sub(own, sold);
            if (row !== undefined) row = lowered(row, sold);
            continue;
          }
          const facts = exampleFacts({
            intent: {
              side: 'SELL',
              exit: {
                kind: 'FRACTION',
                soldShareMicros: shares(step.sold),
                heldShareMicros: shares(step.held),
              },
            },
            portfolio: { ownShareMicros: own, holdingShareMicros: own, owedShareMicros: owed },
          });
          const wanted = wantedShares(
            facts,
            exampleSettings({ settings: { exitSizing: 'MIRROR_FRACTION' } }),
          );
          const sold = part(wanted, step.part);
          own = sub(own, sold);
          const missing = sub(wanted, sold);
          if (missing > 0n) {
            const { intent, nowMs } = facts;
            row = owe(row, { intent, shareMicros: missing, cause: 'LIVE_NO_FILL', held: false, nowMs });
          }
          const fraction = min(step.sold, step.held);
          over *= step.held - fraction;
          under *= step.held;
          exits += 1n;
        }
        const ours = (own - (row?.shareMicros ?? 0n)) * under;
        expect(own >= (row?.shareMicros ?? 0n)).toBe(true);
        expect(ours >= over && ours - over <= 10_000n * exits * under).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
