/** The small-trade buffer nets in shares, so that side and size always agree, and flushes by the first rule that holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BufferedGroup, flushReason, net, nextFlushAtMs } from '../../../domain/decide/buffering.ts';
import { cash, notionalFloor, price, priceOfFloor, shares } from '../../../domain/money.ts';
import { defaultSettings } from '../../../domain/settings/settings.ts';
import '../arbitraries.ts';
import { at, NOW, sh, usd } from './example-facts.ts';

const SETTINGS = { ...defaultSettings('PAPER'), bufferEnabled: true };

function group(side: 'BUY' | 'SELL', size: string, priceText: string, addedAtMs = NOW): BufferedGroup {
  const notionalMicros = notionalFloor(sh(size), at(priceText));
  return { groupKey: `${side}${size}${priceText}`, side, notionalMicros, shareMicros: sh(size), addedAtMs };
}

const anyGroup = fc
  .record({
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    size: fc.bigInt({ min: 1n, max: 5_000_000n }),
    at: fc.bigInt({ min: 1n, max: 999_999n }),
    afterMs: fc.nat(3_000),
  })
  .map(
    ({ side, size, at: priceMicros, afterMs }): BufferedGroup => ({
      groupKey: `${side}${size}${priceMicros}${afterMs}`,
      side,
      notionalMicros: notionalFloor(shares(size), price(priceMicros)),
      shareMicros: shares(size),
      addedAtMs: NOW + afterMs,
    }),
  );
const anyBucket = fc.array(anyGroup, { minLength: 1, maxLength: 12 });

function signed(some: readonly BufferedGroup[]): bigint {
  return some.reduce((sum, one) => sum + (one.side === 'BUY' ? one.shareMicros : -one.shareMicros), 0n);
}

describe('netting', () => {
  it('of a buy of 1 at 90 cents and a sale of 2 at 40 is a sale of 1 at 40', () => {
    expect(net([group('BUY', '1', '0.9'), group('SELL', '2', '0.4')])).toEqual({
      side: 'SELL',
      shareMicros: sh('1'),
      notionalMicros: usd('0.4'),
      referencePriceMicros: at('0.4'),
    });
  });

  it('comes to nothing when as much was sold as was bought, and for no groups at all', () => {
    expect(net([group('BUY', '2', '0.5'), group('SELL', '2', '0.9')])).toBeNull();
    expect(net([])).toBeNull();
  });

  it('keeps exactly the shares that are left, on the side that they are on', () => {
    fc.assert(
      fc.property(anyBucket, (bucket) => {
        const left = signed(bucket);
        const netted = net(bucket);
        if (netted === null) expect(left).toBe(0n);
        else expect(netted.side === 'BUY' ? netted.shareMicros : -netted.shareMicros).toBe(left);
      }),
    );
  });

  it('is the same in any order', () => {
    const shuffled = anyBucket.chain((bucket) =>
      fc.tuple(fc.constant(bucket), fc.shuffledSubarray(bucket, { minLength: bucket.length })),
    );
    fc.assert(
      fc.property(shuffled, ([bucket, other]) => {
        expect(net(other)).toEqual(net(bucket));
      }),
    );
  });

  it('never claims a better price or more cash than the side that is left had', () => {
    fc.assert(
      fc.property(anyBucket, (bucket) => {
        const netted = net(bucket);
        if (netted === null) return;
        const kept = bucket.filter((one) => one.side === netted.side);
        const paid = cash(kept.reduce((sum, one) => sum + one.notionalMicros, 0n));
        const size = shares(kept.reduce((sum, one) => sum + one.shareMicros, 0n));
        expect(netted.referencePriceMicros).toBe(priceOfFloor(paid, size));
        expect(netted.notionalMicros <= paid).toBe(true);
      }),
    );
  });
});

describe('flushing', () => {
  const small = notionalGroup(99_999n);
  const quiet = notionalGroup(100_000n);

  function notionalGroup(micros: bigint): BufferedGroup {
    // At a price of $0.50, so that the netted amount is exactly this.
    return { ...group('BUY', '1', '0.5'), notionalMicros: cash(micros), shareMicros: shares(micros * 2n) };
  }

  it.each([
    ['at once when the net amount reaches the threshold', notionalGroup(500_000n), 0, 'THRESHOLD'],
    ['not a hair before the threshold', notionalGroup(499_999n), 0, null],
    ['when it has been quiet and is worth placing', quiet, 600, 'QUIET'],
    ['not before it has been quiet', quiet, 599, null],
    ['not for quiet when it is not worth placing', small, 700, null],
    ['at its age in any case', small, 2_500, 'MAX_TIME'],
    ['not a moment before its age', small, 2_499, null],
  ])('happens %s', (_when, one, afterMs, reason) => {
    expect(flushReason([one], SETTINGS, NOW + afterMs)).toBe(reason);
  });

  it('counts quiet from the last act and age from the first', () => {
    const both = [quiet, { ...quiet, groupKey: 'later', addedAtMs: NOW + 1_000 }];
    expect(flushReason(both, SETTINGS, NOW + 1_599)).toBeNull();
    expect(flushReason(both, SETTINGS, NOW + 1_600)).toBe('QUIET');
    expect(
      flushReason([small, { ...small, groupKey: 'later', addedAtMs: NOW + 2_400 }], SETTINGS, NOW + 2_500),
    ).toBe('MAX_TIME');
  });

  it('is due when quiet at exactly the amount that is worth placing, and at its age a micro below', () => {
    expect(nextFlushAtMs([quiet], SETTINGS)).toBe(NOW + 600);
    expect(nextFlushAtMs([small], SETTINGS)).toBe(NOW + 2_500);
  });

  it('counts what nets to nothing as nothing, even where a micro would flush', () => {
    const nothing = [quiet, { ...quiet, side: 'SELL', groupKey: 'back' } as const];
    const eager = { ...SETTINGS, bufferFlushNotionalMicros: 1, bufferExecNotionalMicrosMin: 1 };
    expect(flushReason(nothing, eager, NOW)).toBeNull();
    expect(nextFlushAtMs(nothing, eager)).toBe(NOW + 2_500);
  });

  it('never happens to an empty bucket', () => {
    expect(flushReason([], SETTINGS, NOW + 1e9)).toBeNull();
  });

  it('is due at the time that the bucket asks to be looked at again, and not earlier', () => {
    fc.assert(
      fc.property(anyBucket, fc.nat(6_000), (bucket, afterMs) => {
        const lastMs = Math.max(...bucket.map((one) => one.addedAtMs));
        const dueMs = nextFlushAtMs(bucket, SETTINGS);
        const nowMs = lastMs + afterMs;
        expect(flushReason(bucket, SETTINGS, Math.max(dueMs, lastMs))).not.toBeNull();
        const reason = flushReason(bucket, SETTINGS, nowMs);
        if (nowMs < dueMs) expect(reason === null || reason === 'THRESHOLD').toBe(true);
        else expect(reason).not.toBeNull();
      }),
    );
  });
});
