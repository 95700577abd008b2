/**
 * Laws of every decision, over random facts and settings: a plan never spends above its target or the cash, nor goes beyond
 * its limit; it is on the venue's grids and above its minimums; and loosening a guard never adds a skip.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../domain/decide/decide.ts';
import type { Plan } from '../../../domain/decide/decision-facts.ts';
import { meetsVenueMinimum, venueMinimumShares } from '../../../domain/decide/order-size.ts';
import { CLAMPS, REASON_CODES } from '../../../domain/decide/reasons.ts';
import {
  MARKETABLE_NOTIONAL_MIN,
  type MarketFacts,
  SHARE_STEP_MICROS,
} from '../../../domain/market/market.ts';
import { notionalCeil, notionalFloor, shares } from '../../../domain/money.ts';
import { paperFills, totalOf } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { anyTick, priceOnGrid, RUNS } from '../arbitraries.ts';
import { type AnyDecision, anyDecision } from './any-decision.ts';
import { clampNames, exampleFacts } from './example-facts.ts';

interface Executed extends AnyDecision {
  readonly decision: Decision & { kind: 'EXECUTE' };
  readonly plan: Plan;
}

/** Runs the law over decisions that ended in EXECUTE. */
function forEveryPlan(law: (executed: Executed) => void): void {
  let count = 0;
  fc.assert(
    fc.property(anyDecision, (given) => {
      const decision = decide(given.facts, given.settings);
      if (decision.kind === 'SKIP') return;
      count += 1;
      law({ ...given, decision, plan: decision.plan });
    }),
    { numRuns: RUNS * 3 },
  );
  expect(count).toBeGreaterThan(50);
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function paid({ facts, plan }: Executed) {
  return totalOf(paperFills(plan, facts.book!, facts.market!.fee));
}

describe('a plan', () => {
  it('never spends above its target, even at its limit price', () => {
    forEveryPlan(({ decision, plan }) => {
      if (plan.side === 'SELL') return;
      const most = notionalCeil(plan.shareMicros, plan.limitPriceMicros);
      expect(most <= decision.targetNotionalMicros).toBe(true);
    });
  });

  it('never overdraws the cash, fees and the rounding of every level included', () => {
    forEveryPlan((executed) => {
      if (executed.plan.side === 'SELL') return;
      const { notionalMicros, feeMicros } = paid(executed);
      expect(notionalMicros + feeMicros <= executed.facts.portfolio.cashMicros).toBe(true);
    });
  });

  it('never sells more than is held of this leader', () => {
    forEveryPlan(({ facts, plan }) => {
      if (plan.side === 'SELL') expect(plan.shareMicros <= facts.portfolio.holdingShareMicros).toBe(true);
    });
  });

  it('fills something, and nothing beyond its limit', () => {
    forEveryPlan((executed) => {
      const { plan, facts } = executed;
      const fills = paperFills(plan, facts.book!, null);
      expect(fills.length).toBeGreaterThan(0);
      for (const { priceMicros } of fills) {
        expect(
          plan.side === 'BUY' ? priceMicros <= plan.limitPriceMicros : priceMicros >= plan.limitPriceMicros,
        ).toBe(true);
      }
    });
  });

  it('is within the bounds of the leader and the mid, on the tick grid, inside one tick of nothing and of $1', () => {
    forEveryPlan(({ facts, settings, decision, plan }) => {
      const tick = facts.market!.tickPriceMicros;
      const limit = plan.limitPriceMicros;
      expect(limit % tick).toBe(0n);
      expect(limit >= tick && limit <= 1_000_000n - tick).toBe(true);
      const sign = plan.side === 'BUY' ? 1n : -1n;
      const { referencePriceMicros, sourceType, leaderEventAtMs } = facts.intent;
      const worse = sign * (limit - referencePriceMicros);
      // A45: an exit that has been owed for longer than the patience has more room, and a mid bounds it no more.
      const isLate = sourceType === 'EXIT' && facts.nowMs - leaderEventAtMs >= settings.exitPatienceMs;
      const quarter = (referencePriceMicros * BigInt(settings.exitWorseningBpsMax)) / 10_000n;
      const late = least(BigInt(settings.exitWorseningPriceMicrosMax), quarter);
      const usual = BigInt(settings.maxWorseningPriceMicros);
      expect(worse <= (isLate && late > usual ? late : usual)).toBe(true);
      // A46: with one side of the book there is no mid.
      const mid = decision.midPriceMicros;
      expect(mid === null).toBe(facts.book!.asks.length === 0 || facts.book!.bids.length === 0);
      if (mid === null) expect(plan.side).toBe('SELL');
      else if (!isLate && sourceType !== 'CLOSE')
        expect(sign * (limit - mid) <= BigInt(settings.overMidPriceMicrosMax)).toBe(true);
    });
  });

  it('is within the slippage from the best price, where that is on the tick grid (A51)', () => {
    forEveryPlan(({ facts, settings, plan }) => {
      const { slippageBpsBuy, slippageBpsSell } = settings;
      const best = (plan.side === 'BUY' ? facts.book!.asks : facts.book!.bids)[0]!.priceMicros;
      if (best % facts.market!.tickPriceMicros !== 0n) return;
      const limit = plan.limitPriceMicros * 10_000n;
      if (plan.side === 'BUY') expect(limit <= best * (10_000n + BigInt(slippageBpsBuy))).toBe(true);
      else expect(limit >= best * (10_000n - BigInt(slippageBpsSell))).toBe(true);
    });
  });

  it('is on the share grid and meets the minimums of the venue', () => {
    forEveryPlan(({ facts, plan }) => {
      expect(plan.shareMicros % SHARE_STEP_MICROS).toBe(0n);
      expect(plan.shareMicros >= facts.market!.orderShareMicrosMin).toBe(true);
      expect(notionalFloor(plan.shareMicros, plan.limitPriceMicros) >= MARKETABLE_NOTIONAL_MIN).toBe(true);
    });
  });

  it('keeps to the largest trade, the bankroll, the budget and the caps', () => {
    forEveryPlan((executed) => {
      const { facts, settings, plan } = executed;
      if (plan.side === 'SELL') return;
      const { portfolio } = facts;
      const most = notionalCeil(plan.shareMicros, plan.limitPriceMicros);
      expect(most <= BigInt(settings.maxTradeNotionalMicros)).toBe(true);
      const bank = (portfolio.equityMicros! * BigInt(settings.maxTradeBankrollBps)) / 10_000n;
      if (bank > BigInt(settings.minTradeNotionalMicros)) expect(most <= bank).toBe(true);
      const hard =
        settings.budgetedDynamicEnabled &&
        settings.sizingMode === 'budgetedDynamic' &&
        settings.budgetEnforcement === 'hard';
      if (hard)
        expect(portfolio.leaderExposureMicros + most <= BigInt(settings.budgetNotionalMicros)).toBe(true);
      const { fills } = { fills: paperFills(plan, facts.book!, null) };
      const spent = fills.reduce((sum, fill) => sum + notionalFloor(fill.shareMicros, fill.priceMicros), 0n);
      const cap = (bps: number): bigint => (portfolio.equityMicros! * BigInt(bps)) / 10_000n;
      expect(portfolio.totalExposureMicros + spent <= cap(settings.totalExposureBpsMax)).toBe(true);
      expect(portfolio.marketExposureMicros + spent <= cap(settings.marketExposureBpsMax)).toBe(true);
      expect(portfolio.leaderExposureMicros + spent <= cap(settings.leaderExposureBpsMax)).toBe(true);
    });
  });

  it('is never raised for a sale or for what was sized before', () => {
    forEveryPlan(({ facts, decision, plan }) => {
      const raised = clampNames(decision).some((clamp) => clamp.startsWith('RAISED'));
      if (plan.side === 'SELL' || facts.intent.ourNotionalMicros !== null) expect(raised).toBe(false);
      if (facts.intent.ourNotionalMicros !== null && plan.side === 'BUY') {
        expect(decision.targetNotionalMicros <= facts.intent.ourNotionalMicros).toBe(true);
      }
    });
  });

  it('leaves the multiple of itself in the book, if it is a buy', () => {
    forEveryPlan(({ facts, settings, plan }) => {
      if (plan.side === 'SELL') return;
      const available = facts
        .book!.asks.filter(({ priceMicros }) => priceMicros <= plan.limitPriceMicros)
        .reduce((sum, level) => sum + notionalFloor(level.shareMicros, level.priceMicros), 0n);
      const wanted = notionalFloor(plan.shareMicros, plan.limitPriceMicros);
      expect(available >= (wanted * BigInt(settings.depthMultiplierBps)) / 10_000n).toBe(true);
    });
  });
});

describe('the smallest order of the venue', () => {
  const market = fc
    .constantFrom(0n, 1_000_000n, 5_000_000n, 5_005_000n)
    .map((micros): MarketFacts => ({ ...exampleFacts().market!, orderShareMicrosMin: shares(micros) }));

  it('is on the share grid, meets the minimums, and a hundredth of a share less does not', () => {
    fc.assert(
      fc.property(market, anyTick.chain(priceOnGrid), (facts, limit) => {
        const smallest = venueMinimumShares(facts, limit);
        expect(smallest % SHARE_STEP_MICROS).toBe(0n);
        expect(meetsVenueMinimum(facts, smallest, limit)).toBe(true);
        expect(meetsVenueMinimum(facts, shares(smallest - SHARE_STEP_MICROS), limit)).toBe(false);
      }),
    );
  });
});

describe('a decision', () => {
  it('is EXECUTE, or SKIP with reasons of the list, each once', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        expect(CLAMPS).toEqual(expect.arrayContaining([...clampNames(decision)]));
        if (decision.kind === 'EXECUTE') return;
        expect(decision.reasons.length).toBeGreaterThan(0);
        expect(new Set(decision.reasons).size).toBe(decision.reasons.length);
        expect(REASON_CODES).toEqual(expect.arrayContaining([...decision.reasons]));
      }),
    );
  });

  it('depends on its facts and settings alone, and leaves them as they were', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const before = structuredClone({ facts, settings });
        expect(decide(facts, settings)).toEqual(decide(before.facts, before.settings));
        expect({ facts, settings }).toEqual(before);
      }),
    );
  });

  it('carries a buy alone, under CARRY or once it was gathered, and at least a hair of it', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        if (decision.kind === 'EXECUTE' || !decision.reasons.includes('CARRIED')) return;
        expect(decision.reasons).toEqual(['CARRIED']);
        expect(decision.targetShareMicros > 0n).toBe(true);
        expect(facts.intent.side).toBe('BUY');
        if (facts.intent.ourNotionalMicros === null) expect(settings.belowMinPolicy).toBe('CARRY');
      }),
    );
  });

  it('never skips an exit by a rule on opening (A43)', () => {
    const ofExits = [
      'ENGINE_PAUSED',
      'EVENT_TOO_OLD',
      'NOT_ENOUGH_POSITION_TO_SELL',
      'MARKET_UNKNOWN',
      'MARKET_NOT_ACCEPTING',
      'BOOK_UNAVAILABLE',
      'BOOK_STALE',
      'BOOK_CROSSED',
      'SPREAD_TOO_WIDE',
      'PRICE_WORSE_THAN_THEIR_FILL',
      'PRICE_TOO_FAR_OVER_MID',
      'NO_LIQUIDITY_WITHIN_BOUNDS',
      'BELOW_MIN_ORDER_SIZE',
    ] as const;
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const decision = decide(facts, settings);
        if (facts.intent.side === 'BUY' || decision.kind === 'EXECUTE') return;
        expect(ofExits).toEqual(expect.arrayContaining([...decision.reasons]));
      }),
    );
  });
});

/** Each makes one guard looser without touching the size. */
const LOOSER: readonly (readonly [
  guard: string,
  change: (settings: ModeSettings) => Partial<ModeSettings>,
])[] = [
  ['spread', () => ({ spreadPriceMicrosMax: 1_000_000 })],
  ['cap of a share', () => ({ buyPriceMicrosMax: null })],
  ['close', () => ({ noOpensBeforeCloseMinutes: 0 })],
  ['total cap', (one) => ({ totalExposureBpsMax: one.totalExposureBpsMax * 2 })],
  ['cap of a market', (one) => ({ marketExposureBpsMax: one.marketExposureBpsMax * 2 })],
  ['cap of a leader', (one) => ({ leaderExposureBpsMax: one.leaderExposureBpsMax * 2 })],
  ['daily loss', (one) => ({ dailyLossBpsMax: one.dailyLossBpsMax * 2 })],
  ['weekly loss', (one) => ({ weeklyLossBpsMax: one.weeklyLossBpsMax * 2 })],
  ['drawdown', (one) => ({ drawdownBpsMax: one.drawdownBpsMax * 2 })],
  ['blacklist', () => ({ marketBlacklist: [] })],
  ['age of a leader trade', (one) => ({ copyAgeMsMax: one.copyAgeMsMax * 2 })],
  ['age of a book', (one) => ({ bookAgeMsMax: one.bookAgeMsMax * 2 })],
  ['smallest leader trade', () => ({ leaderTradeNotionalMicrosMin: 0 })],
  ['age of an exit', (one) => ({ exitAgeMsMax: one.exitAgeMsMax * 2 })],
  ['spread of a sale', () => ({ sellSpreadPriceMicrosMax: 1_000_000 })],
];

describe('loosening a guard', () => {
  it.each(LOOSER)('never adds a skip: %s', (_guard, change) => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const before = decide(facts, settings);
        const after = decide(facts, { ...settings, ...change(settings) });
        if (before.kind === 'EXECUTE') expect(after).toEqual(before);
      }),
    );
  });

  it.each([
    [
      'tolerance to the leader',
      (one: ModeSettings) => ({ maxWorseningPriceMicros: one.maxWorseningPriceMicros * 2 + 1 }),
    ],
    [
      'distance to the mid',
      (one: ModeSettings) => ({ overMidPriceMicrosMax: one.overMidPriceMicrosMax * 2 + 1 }),
    ],
    [
      'tolerance of a sale to the leader',
      (one: ModeSettings) => ({ sellMaxWorseningPriceMicros: one.maxWorseningPriceMicros * 2 + 1 }),
    ],
    [
      'distance of a sale to the mid',
      (one: ModeSettings) => ({ sellOverMidPriceMicrosMax: one.overMidPriceMicrosMax * 2 + 1 }),
    ],
    ['slippage of a buy', () => ({ slippageBpsBuy: 10_000 })],
    ['slippage of a sale', () => ({ slippageBpsSell: 10_000 })],
    ['patience of an exit', () => ({ exitPatienceMs: 0 })],
  ])('never adds a price reason: %s', (_guard, change) => {
    const ofPrice = [
      'PRICE_WORSE_THAN_THEIR_FILL',
      'PRICE_TOO_FAR_OVER_MID',
      'NO_LIQUIDITY_WITHIN_BOUNDS',
    ] as const;
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const before = decide(facts, settings);
        const after = decide(facts, { ...settings, ...change(settings) });
        if (before.kind === 'SKIP' || after.kind === 'EXECUTE') return;
        expect(ofPrice.filter((reason) => after.reasons.includes(reason))).toEqual([]);
      }),
    );
  });

  it('never adds a skip: depth, of a size that no depth trims', () => {
    fc.assert(
      fc.property(anyDecision, ({ facts, settings }) => {
        const strict: ModeSettings = { ...settings, depthPolicy: 'SKIP' };
        const before = decide(facts, strict);
        const after = decide(facts, { ...strict, depthMultiplierBps: strict.depthMultiplierBps / 2 });
        if (before.kind === 'EXECUTE') expect(after).toEqual(before);
      }),
    );
  });
});
