/** Random facts and settings of one decision: plausible enough that many end in EXECUTE, wild enough to reach every rule. */
import fc from 'fast-check';
import type { DecisionFacts, ExitPart } from '../../../domain/decide/decision-facts.ts';
import { type Book, topLevels } from '../../../domain/market/book.ts';
import { type PriceMicros, price, shares } from '../../../domain/money.ts';
import { contradictions, type ModeSettings } from '../../../domain/settings/settings.ts';
import { anyTick, bookOf, cashUpTo, marketBookOf, someShares } from '../arbitraries.ts';
import { CONDITION, exampleFacts, exampleSettings, NOW } from './example-facts.ts';

export interface AnyDecision {
  readonly facts: DecisionFacts;
  readonly settings: ModeSettings;
}

/** Mostly the first; one time in twenty the other. */
function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

const dollars = (max: number) => cashUpTo(BigInt(max) * 1_000_000n);
const micros = (max: number) => fc.nat(max * 1_000_000);

const anySettings = fc
  .record({
    copyRateBps: fc.nat(20_000),
    sizingMode: fc.constantFrom('fixedRate' as const, 'budgetedDynamic' as const),
    budgetedDynamicEnabled: fc.boolean(),
    budgetNotionalMicros: micros(2_000),
    budgetRateBpsMin: fc.nat(100),
    budgetRateBpsMax: fc.integer({ min: 100, max: 10_000 }),
    budgetEnforcement: fc.constantFrom('hard' as const, 'soft' as const),
    minTradeNotionalMicros: micros(10),
    maxTradeNotionalMicros: fc.integer({ min: 10_000_000, max: 1_000_000_000 }),
    maxTradeBankrollBps: fc.nat(2_000),
    belowMinPolicy: fc.constantFrom('SKIP' as const, 'RAISE' as const, 'CARRY' as const),
    fullExitPolicy: fc.constantFrom('RATE' as const, 'SELL_ALL' as const),
    leaderTradeNotionalMicrosMin: mostly(fc.constant(0), micros(10)),
    maxWorseningPriceMicros: mostly(fc.integer({ min: 5_000, max: 100_000 }), fc.nat(5_000)),
    overMidPriceMicrosMax: mostly(fc.integer({ min: 20_000, max: 500_000 }), fc.nat(20_000)),
    spreadPriceMicrosMax: mostly(fc.constant(1_000_000), fc.nat(100_000)),
    buyPriceMicrosMax: mostly(fc.constant(null), fc.nat(1_000_000)),
    depthMultiplierBps: fc.constantFrom(0, 10_000, 12_500, 30_000),
    depthPolicy: fc.constantFrom('TRIM' as const, 'SKIP' as const),
    noOpensBeforeCloseMinutes: fc.constantFrom(0, 30),
    totalExposureBpsMax: mostly(fc.constant(100_000), fc.nat(10_000)),
    marketExposureBpsMax: mostly(fc.constant(100_000), fc.nat(10_000)),
    leaderExposureBpsMax: mostly(fc.constant(100_000), fc.nat(10_000)),
    dailyLossBpsMax: mostly(fc.constant(10_000), fc.nat(1_000)),
    weeklyLossBpsMax: mostly(fc.constant(10_000), fc.nat(1_000)),
    drawdownBpsMax: mostly(fc.constant(10_000), fc.nat(1_000)),
    exitSizing: mostly(fc.constant('MIRROR_FRACTION' as const), fc.constant('RATE' as const)),
    exitPatienceMs: fc.constantFrom(0, 60_000),
    exitWorseningPriceMicrosMax: fc.nat(200_000),
    exitWorseningBpsMax: fc.nat(5_000),
    exitAgeMsMax: mostly(fc.constant(86_400_000), fc.constant(60_000)),
    slippageBpsBuy: fc.constantFrom(0, 100, 1_000, 10_000),
    slippageBpsSell: fc.constantFrom(0, 300, 1_000, 10_000),
    marketBlacklist: mostly(fc.constant<string[]>([]), fc.constant<string[]>([CONDITION])),
  })
  .map((change) => exampleSettings({ settings: change }))
  .filter((settings) => contradictions(settings).length === 0);

/** What is owed is mostly no more than the leader's own shares, and what can be sold is mostly all of these. */
const anyHolding = fc
  .record({
    own: fc.oneof(someShares, someShares, fc.constant(shares(0n))),
    sellable: mostly(fc.constant(null), someShares),
    owedPart: fc.oneof(fc.constant(0n), fc.constant(0n), fc.bigInt({ min: 0n, max: 100n })),
    owedBeyond: mostly(fc.constant(shares(0n)), someShares),
  })
  .map(({ own, sellable, owedPart, owedBeyond }) => ({
    holdingShareMicros: sellable ?? own,
    ownShareMicros: own,
    owedShareMicros: shares((own * owedPart) / 100n + owedBeyond),
  }));

const anyExit: fc.Arbitrary<ExitPart | null> = fc.oneof(
  fc.constant(null),
  fc.record({ kind: fc.constant('SHARES' as const), shareMicros: someShares }),
  fc
    .tuple(fc.oneof(fc.bigInt({ min: 1n, max: 100n }), fc.constant(100n)), someShares)
    .map(([percent, heldShareMicros]) => ({
      kind: 'FRACTION' as const,
      soldShareMicros: shares((heldShareMicros * percent) / 100n + 1n),
      heldShareMicros,
    })),
);

const anyPortfolio = fc.record({
  paused: mostly(fc.constant(false), fc.constant(true)),
  cashMicros: fc.oneof(dollars(20), dollars(10_000), dollars(10_000)),
  equityMicros: mostly(fc.oneof(dollars(1_000), dollars(100_000), dollars(100_000)), fc.constant(null)),
  totalExposureMicros: dollars(2_000),
  marketExposureMicros: dollars(500),
  leaderExposureMicros: dollars(1_000),
  dayPnlMicros: mostly(dollars(10), dollars(1_000)).map((loss) => -loss as typeof loss),
  weekPnlMicros: mostly(dollars(10), dollars(1_000)).map((loss) => -loss as typeof loss),
  pnlMicros: dollars(1_000),
  peakPnlMicros: dollars(1_000),
  flowMicros: dollars(10_000),
});

/** A price near the middle of the book, as a leader who has just traded in it would have. */
function near(middle: bigint, off: number): PriceMicros {
  const at = middle + BigInt(off);
  return price(at < 1n ? 1n : at > 999_999n ? 999_999n : at);
}

function sidesOf(book: Book, sides: 'both' | 'bids' | 'asks'): Book {
  if (sides === 'both') return book;
  return sides === 'bids' ? { ...book, asks: [] } : { ...book, bids: [] };
}

const anyFacts = anyTick.chain((tick) =>
  fc
    .record({
      book: mostly(marketBookOf(tick), bookOf(tick)),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      off: mostly(fc.integer({ min: -5_000, max: 20_000 }), fc.integer({ min: -50_000, max: 50_000 })),
      notional: fc.oneof(dollars(20), dollars(5_000)),
      presized: mostly(fc.constant(null), dollars(50)),
      exposure: mostly(dollars(10_000), fc.constant(null)),
      exit: anyExit,
      ofSale: fc.constantFrom('IMMEDIATE' as const, 'EXIT' as const, 'EXIT' as const, 'CLOSE' as const),
      sides: mostly(fc.constant('both' as const), fc.constantFrom('bids' as const, 'asks' as const)),
      leaderExited: fc.boolean(),
      waitedMs: fc.constant(0),
      exitOnly: mostly(fc.constant(false), fc.constant(true)),
      orderMin: fc.constantFrom(0n, 1_000_000n, 5_000_000n, 5_000_000n, 15_000_000n),
      ratePpm: fc.constantFrom(null, 70_000n, 250_000n),
      ageMs: mostly(fc.nat(60_000), fc.nat(100_000)),
      bookAgeMs: mostly(fc.nat(2_000), fc.nat(4_000)),
      closeInMs: mostly(fc.integer({ min: 1_800_000, max: 10_000_000 }), fc.constant(null)),
      portfolio: anyPortfolio,
      holding: anyHolding,
    })
    .map((one): DecisionFacts => {
      const middle = one.side === 'BUY' ? one.book.asks[0] : one.book.bids[0];
      return exampleFacts({
        intent: {
          side: one.side,
          leaderNotionalMicros: one.notional,
          referencePriceMicros: near(
            middle?.priceMicros ?? 500_000n,
            one.side === 'BUY' ? one.off : -one.off,
          ),
          ourNotionalMicros: one.side === 'SELL' ? null : one.presized,
          sourceType: one.side === 'SELL' ? one.ofSale : one.presized === null ? 'IMMEDIATE' : 'BUFFER',
          leaderExposureMicros: one.exposure,
          leaderExited: one.side === 'SELL' && one.leaderExited,
          exit: one.side === 'SELL' ? one.exit : null,
          exitOnly: one.exitOnly,
          waitedMs: one.waitedMs,
          leaderEventAtMs: NOW - one.ageMs,
        },
        market: {
          tickPriceMicros: tick,
          orderShareMicrosMin: shares(one.orderMin),
          fee: one.ratePpm === null ? null : { ratePpm: one.ratePpm, exponent: 1 },
          closeAtMs: one.closeInMs === null ? null : NOW + one.closeInMs,
        },
        book: { ...sidesOf(topLevels(one.book), one.sides), asOfMs: NOW - one.bookAgeMs },
        portfolio: { ...one.portfolio, ...one.holding },
      });
    }),
);

export const anyDecision: fc.Arbitrary<AnyDecision> = fc.record({ facts: anyFacts, settings: anySettings });
