/** Cash at its edge: whatever the levels, the fee and their roundings, a buy never costs a micro more than there is (W44). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Level } from '../../../domain/market/book.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { paperFills, totalOf } from '../../../domain/portfolio/paper-fills.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { RUNS, TICKS } from '../arbitraries.ts';
import { type Change, decideExample, exampleFacts, levels, outcome } from './example-facts.ts';

/** Only cash limits the buy. */
const FREE: Partial<ModeSettings> = {
  maxTradeNotionalMicros: 1_000_000_000,
  maxTradeBankrollBps: 10_000,
  minTradeNotionalMicros: 0,
  belowMinPolicy: 'SKIP',
  depthMultiplierBps: 0,
  maxWorseningPriceMicros: 0,
  overMidPriceMicrosMax: 1_000_000,
  spreadPriceMicrosMax: 1_000_000,
  // Twenty levels from the lowest price can be twenty times it.
  slippageBpsBuy: 1_000_000,
  marketExposureBpsMax: 100_000,
  totalExposureBpsMax: 100_000,
  leaderExposureBpsMax: 100_000,
};

function buyWith(
  cashMicros: bigint,
  given: { asks: readonly Level[]; tick: bigint; target: bigint; ratePpm: bigint },
) {
  const change: Change = {
    // The limit is the last level, so that the dust before it costs next to nothing less than the limit price.
    intent: {
      ourNotionalMicros: cash(given.target),
      sourceType: 'BUFFER',
      referencePriceMicros: given.asks.at(-1)!.priceMicros,
    },
    market: {
      tickPriceMicros: price(given.tick),
      orderShareMicrosMin: shares(0n),
      fee: given.ratePpm === 0n ? null : { ratePpm: given.ratePpm, exponent: 1 },
    },
    book: { bids: levels('0.000001x1'), asks: given.asks },
    portfolio: { cashMicros: cash(cashMicros) },
    settings: FREE,
  };
  const decision = decideExample(change);
  const { book, market } = exampleFacts(change);
  const total =
    decision.kind === 'EXECUTE' ? totalOf(paperFills(decision.plan, book!, market!.fee)) : undefined;
  return {
    decision,
    spent: total?.notionalMicros ?? 0n,
    cost: total === undefined ? 0n : total.notionalMicros + total.feeMicros,
  };
}

const dustOrMore = fc
  .oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 50_000_000n }))
  .map(shares);

const edge = fc.constantFrom(...TICKS).chain((tick) =>
  fc.record({
    tick: fc.constant(tick),
    asks: fc
      .tuple(fc.nat(Number(1_000_000n / tick) - 2), fc.array(dustOrMore, { minLength: 1, maxLength: 20 }))
      .map(([first, sizes]) =>
        sizes
          .map((shareMicros, index) => ({
            priceMicros: price(BigInt(first + 1 + index) * tick),
            shareMicros,
          }))
          .filter(({ priceMicros }) => priceMicros < 1_000_000n),
      ),
    target: fc.bigInt({ min: 1_000_000n, max: 20_000_000n }),
    ratePpm: fc.constantFrom(0n, 70_000n, 250_000n),
    short: fc.bigInt({ min: -20n, max: 60n }),
  }),
);

describe('cash at its edge', () => {
  it('is never overdrawn by a micro', () => {
    fc.assert(
      fc.property(edge, (given) => {
        const rich = buyWith(10n ** 12n, given);
        const cashMicros = rich.cost - given.short;
        if (cashMicros < 0n) return;
        expect(buyWith(cashMicros, given).cost <= cashMicros).toBe(true);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  it('is never spent beyond the target either, the rounding of every level included', () => {
    fc.assert(
      fc.property(edge, (given) => {
        expect(buyWith(10n ** 12n, given).spent <= given.target).toBe(true);
      }),
      { numRuns: RUNS * 3 },
    );
    const dust = Array.from({ length: 19 }, (_, index) => ({
      priceMicros: price(500_000n + BigInt(index) * 100n),
      shareMicros: shares(1n),
    }));
    const asks = [...dust, ...levels('0.502x1000')];
    expect(
      buyWith(10n ** 12n, { asks, tick: 1_000n, target: 10_040_000n, ratePpm: 0n }).spent <= 10_040_000n,
    ).toBe(true);
  });

  it('is never overdrawn by the dust of nineteen levels, each rounded up', () => {
    const dust = Array.from({ length: 19 }, (_, index) => ({
      priceMicros: price(500_000n + BigInt(index) * 100n),
      shareMicros: shares(1n),
    }));
    const given = {
      asks: [...dust, ...levels('0.5019x1000')],
      tick: 100n,
      target: 10_000_000n,
      ratePpm: 70_000n,
    };
    const rich = buyWith(10n ** 12n, given);
    expect(buyWith(rich.cost - 1n, given).cost <= rich.cost - 1n).toBe(true);
  });

  it('is spent to within two cents of all, so that little is lost to caution', () => {
    // A share and its fee cost 0.5 + 0.0175 here, so $3 pay for 5.79 of them.
    const given = { asks: levels('0.50x1000'), tick: 10_000n, target: 20_000_000n, ratePpm: 70_000n };
    const { decision } = buyWith(3_000_000n, given);
    expect(outcome(decision)).toBe('BUY 5.79 @ 0.5 (CASH)');
  });
});
