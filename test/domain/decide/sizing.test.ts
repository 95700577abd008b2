/** Sizing: the worked numbers of paper-behaviour.md 16.1, and the laws that hold of any target and clamp. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampTarget, hasHardBudget, largestTrade, rawTarget } from '../../../domain/decide/sizing.ts';
import { add, bps } from '../../../domain/money.ts';
import type { ModeSettings } from '../../../domain/settings/settings.ts';
import { cashUpTo } from '../arbitraries.ts';
import { exampleSettings, usd } from './example-facts.ts';

const DYNAMIC: Partial<ModeSettings> = { sizingMode: 'budgetedDynamic', budgetedDynamicEnabled: true };

function dynamic(budget: string, lowBps: number, highBps: number): ModeSettings {
  return exampleSettings({
    settings: {
      ...DYNAMIC,
      budgetNotionalMicros: Number(usd(budget)),
      budgetRateBpsMin: lowBps,
      budgetRateBpsMax: highBps,
    },
  });
}

describe('the raw target', () => {
  it('is a fixed part of what the leader did: 100 bps of $1,000 are $10', () => {
    const settings = exampleSettings({ settings: { copyRateBps: 100 } });
    expect(rawTarget(settings, { notionalMicros: usd('1000'), exposureMicros: null })).toEqual({
      targetNotionalMicros: usd('10'),
      effectiveRateBps: bps(100n),
      clamps: [],
    });
  });

  it.each([
    ['between the rates', dynamic('40', 0, 200), '100', '4000', '1', 100n, []],
    ['below the lowest rate', dynamic('10', 50, 100), '100', '100000', '0.5', 50n, ['RATE_MIN']],
    ['above the highest rate', dynamic('500', 0, 200), '100', '1000', '2', 200n, ['RATE_MAX']],
    ['without any exposure', dynamic('500', 0, 100), '100', '0', '1', 100n, ['RATE_MAX']],
    ['with a negative exposure', dynamic('500', 0, 100), '100', '-5', '1', 100n, ['RATE_MAX']],
    ['of nothing at all', dynamic('0', 50, 100), '100', '0.000001', '0.5', 50n, ['RATE_MIN']],
    ['of nothing', dynamic('500', 0, 100), '0', '1000', '0', 0n, []],
  ] as const)('follows the budget %s', (_what, settings, notional, exposure, target, rate, clamps) => {
    const made = rawTarget(settings, { notionalMicros: usd(notional), exposureMicros: usd(exposure) });
    expect(made).toEqual({
      targetNotionalMicros: usd(target),
      effectiveRateBps: bps(rate),
      clamps: clamps.map((clamp) => ({ clamp, unit: 'cash', before: null, after: usd(target) })),
    });
  });

  it('is unknown, never guessed, without the exposure of the leader', () => {
    expect(rawTarget(dynamic('40', 0, 200), { notionalMicros: usd('100'), exposureMicros: null })).toEqual({
      reason: 'LEADER_EXPOSURE_UNKNOWN',
    });
  });

  it('is fixed while dynamic sizing is switched off for all, whatever the mode says', () => {
    const settings = { ...dynamic('40', 0, 200), budgetedDynamicEnabled: false, copyRateBps: 100 };
    const target = rawTarget(settings, { notionalMicros: usd('100'), exposureMicros: null });
    expect(target).toMatchObject({ targetNotionalMicros: usd('1') });
    expect(hasHardBudget(settings)).toBe(false);
  });

  it('is fixed in the fixed mode, though dynamic sizing is switched on for all', () => {
    const settings: ModeSettings = { ...dynamic('40', 0, 200), sizingMode: 'fixedRate', copyRateBps: 100 };
    const target = rawTarget(settings, { notionalMicros: usd('100'), exposureMicros: null });
    expect(target).toMatchObject({ targetNotionalMicros: usd('1'), clamps: [] });
  });

  it('stays between the lowest and the highest rate, and gives the rate rounded down', () => {
    const rates = fc.tuple(fc.nat(10_000), fc.nat(10_000)).map(([a, b]) => (a <= b ? [a, b] : [b, a]));
    fc.assert(
      fc.property(
        cashUpTo(10n ** 12n),
        cashUpTo(10n ** 12n),
        cashUpTo(10n ** 12n),
        rates,
        (notional, exposure, budget, [low = 0, high = 0]) => {
          const settings = {
            ...exampleSettings({ settings: DYNAMIC }),
            budgetNotionalMicros: Number(budget),
            budgetRateBpsMin: low,
            budgetRateBpsMax: high,
          };
          const target = rawTarget(settings, { notionalMicros: notional, exposureMicros: exposure });
          if ('reason' in target) throw new Error(target.reason);
          const { targetNotionalMicros: raw, effectiveRateBps: rate } = target;
          expect(
            raw >= (notional * BigInt(low)) / 10_000n && raw <= (notional * BigInt(high)) / 10_000n,
          ).toBe(true);
          expect(notional * rate <= raw * 10_000n).toBe(true);
          if (target.clamps.length === 0 && exposure > 0n)
            expect(raw * exposure <= notional * budget).toBe(true);
        },
      ),
    );
  });
});

describe('the clamps', () => {
  const settings = exampleSettings();

  it.each([
    ['$1 to the smallest trade of $5', '1', '10000', true, '5', ['RAISED_TO_MIN_TRADE']],
    ['$50 to 75 bps of $1,000', '50', '1000', true, '7.5', ['BANKROLL']],
    ['$50 of $100 to the smallest trade, not the bankroll', '50', '100', true, '5', ['RAISED_TO_MIN_TRADE']],
    ['$50 of $100 to the bankroll where nothing may be raised', '50', '100', false, '0.75', ['BANKROLL']],
    ['$300 to the largest trade of $250', '300', '1000000', true, '250', ['MAX_TRADE']],
    ['$300 to the largest trade, then the bankroll', '300', '10000', true, '75', ['MAX_TRADE', 'BANKROLL']],
    ['$50 of no equity to nothing less', '50', '0', true, '50', []],
    ['$1 to nothing more where nothing may be raised', '1', '10000', false, '1', []],
    ['$250 exactly to nothing else', '250', '1000000', true, '250', []],
    ['$75 of $10,000 to nothing else', '75', '10000', true, '75', []],
    ['$50 to a bankroll of exactly the smallest trade', '50', '666.666667', true, '5', ['BANKROLL']],
    ['$5 exactly to nothing else', '5', '10000', true, '5', []],
  ] as const)('bring %s', (_what, raw, equity, raise, target, clamps) => {
    const given = { targetNotionalMicros: usd(raw), equityMicros: usd(equity), raise };
    const made = clampTarget(settings, given);
    expect(made.targetNotionalMicros).toBe(usd(target));
    expect(made.clamps.map((step) => step.clamp)).toEqual(clamps);
  });

  it.each([
    ['0', '250'],
    ['-10000', '250'],
    ['0.000134', '0.000001'],
    ['10000', '75'],
    ['1000000', '250'],
  ] as const)('allow one buy of an equity of $%s at most $%s', (equity, most) => {
    expect(largestTrade(settings, usd(equity))).toBe(usd(most));
  });

  const anySettings = fc
    .record({ a: fc.nat(10 ** 9), b: fc.nat(10 ** 9), bankroll: fc.nat(10_000) })
    .map(({ a, b, bankroll }) => ({
      ...settings,
      minTradeNotionalMicros: Math.min(a, b),
      maxTradeNotionalMicros: Math.max(a, b),
      maxTradeBankrollBps: bankroll,
    }));

  it('never exceed the largest trade, nor the part of the bankroll unless that is below the smallest trade', () => {
    fc.assert(
      fc.property(
        anySettings,
        cashUpTo(10n ** 10n),
        cashUpTo(10n ** 11n),
        fc.boolean(),
        (some, raw, equity, raise) => {
          const { targetNotionalMicros: target } = clampTarget(some, {
            targetNotionalMicros: raw,
            equityMicros: equity,
            raise,
          });
          const smallest = BigInt(some.minTradeNotionalMicros);
          const bank = (equity * BigInt(some.maxTradeBankrollBps)) / 10_000n;
          expect(target <= BigInt(some.maxTradeNotionalMicros)).toBe(true);
          if (bank > 0n) expect(target <= bank || (raise && target === smallest)).toBe(true);
          if (raise) expect(target >= smallest || raw >= smallest).toBe(true);
          else expect(target <= raw).toBe(true);
        },
      ),
    );
  });

  it('leave a target as it is once it has been clamped, and name a clamp exactly when the target changed', () => {
    fc.assert(
      fc.property(
        anySettings,
        cashUpTo(10n ** 10n),
        cashUpTo(10n ** 11n),
        fc.boolean(),
        (some, raw, equity, raise) => {
          const given = { equityMicros: equity, raise };
          const once = clampTarget(some, { ...given, targetNotionalMicros: raw });
          const twice = clampTarget(some, { ...given, targetNotionalMicros: once.targetNotionalMicros });
          expect(twice.targetNotionalMicros).toBe(once.targetNotionalMicros);
          if (once.clamps.length === 0) expect(once.targetNotionalMicros).toBe(raw);
        },
      ),
    );
  });

  it('never make a larger act smaller than a smaller one', () => {
    fc.assert(
      fc.property(
        anySettings,
        cashUpTo(10n ** 10n),
        cashUpTo(10n ** 10n),
        cashUpTo(10n ** 11n),
        fc.boolean(),
        (some, one, more, equity, raise) => {
          const given = { equityMicros: equity, raise };
          const small = clampTarget(some, { ...given, targetNotionalMicros: one });
          const large = clampTarget(some, { ...given, targetNotionalMicros: add(one, more) });
          expect(small.targetNotionalMicros <= large.targetNotionalMicros).toBe(true);
        },
      ),
    );
  });
});
