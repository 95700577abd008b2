/** The small-trade buffer sums its purchases in shares and cash, and flushes by the first rule that holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BufferedGroup,
  type FlushRules,
  flushReason,
  gather,
  nextFlushAtMs,
  smallestFlush,
} from '../../../domain/decide/buffering.ts';
import { cash, notionalFloor, price, priceOfFloor, shares } from '../../../domain/money.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import '../arbitraries.ts';
import { at, NOW, sh, usd } from './example-facts.ts';

/** At $10 at once, at $2 after 600 quiet milliseconds, and after 2.5 seconds in any case. */
const SETTINGS = {
  ...defaultSettings('PAPER'),
  bufferEnabled: true,
  bufferFlushNotionalMicros: 10_000_000,
  bufferExecNotionalMicrosMin: 2_000_000,
  bufferAgeMsMax: 2_500,
  bufferQuietMs: 600,
};
const RULES: FlushRules = { settings: SETTINGS, orderShareMicrosMin: null };

function group(size: string, priceText: string, addedAtMs = NOW): BufferedGroup {
  const notionalMicros = notionalFloor(sh(size), at(priceText));
  return { groupKey: `${size}${priceText}`, notionalMicros, shareMicros: sh(size), addedAtMs };
}

const anyGroup = fc
  .record({
    size: fc.bigInt({ min: 1n, max: 5_000_000n }),
    at: fc.bigInt({ min: 1n, max: 999_999n }),
    afterMs: fc.nat(3_000),
  })
  .map(
    ({ size, at: priceMicros, afterMs }): BufferedGroup => ({
      groupKey: `${size}${priceMicros}${afterMs}`,
      notionalMicros: notionalFloor(shares(size), price(priceMicros)),
      shareMicros: shares(size),
      addedAtMs: NOW + afterMs,
    }),
  );
const anyBucket = fc.array(anyGroup, { minLength: 1, maxLength: 12 });

describe('what a bucket sums to', () => {
  it('is its shares at their average price', () => {
    expect(gather([group('1', '0.9'), group('2', '0.4')])).toEqual({
      shareMicros: sh('3'),
      notionalMicros: usd('1.699998'),
      referencePriceMicros: at('0.566666'),
    });
  });

  it('is nothing for no groups at all, and for groups without shares', () => {
    expect(gather([])).toBeNull();
    expect(gather([group('0', '0.5')])).toBeNull();
  });

  it('keeps every share, and never claims a better price or more cash than was paid', () => {
    fc.assert(
      fc.property(anyBucket, (bucket) => {
        const paid = cash(bucket.reduce((sum, one) => sum + one.notionalMicros, 0n));
        const size = shares(bucket.reduce((sum, one) => sum + one.shareMicros, 0n));
        const gathered = gather(bucket)!;
        expect(gathered.shareMicros).toBe(size);
        expect(gathered.referencePriceMicros).toBe(priceOfFloor(paid, size));
        expect(gathered.notionalMicros <= paid).toBe(true);
      }),
    );
  });

  it('is the same in any order', () => {
    const shuffled = anyBucket.chain((bucket) =>
      fc.tuple(fc.constant(bucket), fc.shuffledSubarray(bucket, { minLength: bucket.length })),
    );
    fc.assert(
      fc.property(shuffled, ([bucket, other]) => {
        expect(gather(other)).toEqual(gather(bucket));
      }),
    );
  });
});

describe('the least that is placed', () => {
  const eager = { ...SETTINGS, bufferFlushNotionalMicros: 1, bufferExecNotionalMicrosMin: 1 };

  it.each([
    ['the setting where it is above what the venue takes', SETTINGS, '0.3', '5', '2'],
    ['the venue’s $1, whatever a setting below it says', eager, '0.1', '5', '1'],
    ['the venue’s smallest order at that price', eager, '0.9', '5', '4.5'],
    ['the smallest order above the setting too', SETTINGS, '0.9', '5', '4.5'],
    ['rounded up', eager, '0.333333', '5.000001', '1.666666'],
    ['$1 while the smallest order is not known', eager, '0.9', null, '1'],
  ])('is %s (A57)', (_what, settings, at50, orderMin, least) => {
    const orderShareMicrosMin = orderMin === null ? null : sh(orderMin);
    expect(smallestFlush(at(at50), { settings, orderShareMicrosMin })).toBe(usd(least));
  });

  it('is reached before a bucket flushes, however low its settings are', () => {
    const rules = { settings: eager, orderShareMicrosMin: sh('5') };
    const low = [group('4.99', '0.5')];
    expect([flushReason(low, rules, NOW), nextFlushAtMs(low, rules)]).toEqual([null, NOW + 2_500]);
    expect(flushReason(low, rules, NOW + 2_500)).toBe('MAX_TIME');
    expect(flushReason([group('5', '0.5')], rules, NOW)).toBe('THRESHOLD');
  });
});

describe('flushing', () => {
  const small = notionalGroup(1_999_999n);
  const quiet = notionalGroup(2_000_000n);

  function notionalGroup(micros: bigint): BufferedGroup {
    // At a price of $0.50, so that the amount is exactly this.
    return { ...group('1', '0.5'), notionalMicros: cash(micros), shareMicros: shares(micros * 2n) };
  }

  it.each([
    ['at once when the net amount reaches the threshold', notionalGroup(10_000_000n), 0, 'THRESHOLD'],
    ['not a hair before the threshold', notionalGroup(9_999_999n), 0, null],
    ['when it has been quiet and is worth placing', quiet, 600, 'QUIET'],
    ['not before it has been quiet', quiet, 599, null],
    ['not for quiet when it is not worth placing', small, 700, null],
    ['at its age in any case', small, 2_500, 'MAX_TIME'],
    ['not a moment before its age', small, 2_499, null],
  ])('happens %s', (_when, one, afterMs, reason) => {
    expect(flushReason([one], RULES, NOW + afterMs)).toBe(reason);
  });

  it('counts quiet from the last act and age from the first', () => {
    const both = [quiet, { ...quiet, groupKey: 'later', addedAtMs: NOW + 1_000 }];
    expect(flushReason(both, RULES, NOW + 1_599)).toBeNull();
    expect(flushReason(both, RULES, NOW + 1_600)).toBe('QUIET');
    expect(
      flushReason([small, { ...small, groupKey: 'later', addedAtMs: NOW + 2_400 }], RULES, NOW + 2_500),
    ).toBe('MAX_TIME');
  });

  it('is due when quiet at exactly the amount that is worth placing, and at its age a micro below', () => {
    expect(nextFlushAtMs([quiet], RULES)).toBe(NOW + 600);
    expect(nextFlushAtMs([small], RULES)).toBe(NOW + 2_500);
  });

  it('counts groups without shares as nothing, even where a micro would flush', () => {
    const nothing = [group('0', '0.5')];
    const settings = { ...SETTINGS, bufferFlushNotionalMicros: 0, bufferExecNotionalMicrosMin: 0 };
    const eager = { ...RULES, settings };
    expect(flushReason(nothing, eager, NOW)).toBeNull();
    expect(nextFlushAtMs(nothing, eager)).toBe(NOW + 2_500);
  });

  it('never happens to an empty bucket', () => {
    expect(flushReason([], RULES, NOW + 1e9)).toBeNull();
  });

  it('is due at the time that the bucket asks to be looked at again, and not earlier', () => {
    fc.assert(
      fc.property(anyBucket, fc.nat(6_000), (bucket, afterMs) => {
        const lastMs = Math.max(...bucket.map((one) => one.addedAtMs));
        const dueMs = nextFlushAtMs(bucket, RULES);
        const nowMs = lastMs + afterMs;
        expect(flushReason(bucket, RULES, Math.max(dueMs, lastMs))).not.toBeNull();
        const reason = flushReason(bucket, RULES, nowMs);
        if (nowMs < dueMs) expect(reason === null || reason === 'THRESHOLD').toBe(true);
        else expect(reason).not.toBeNull();
      }),
    );
  });
});
