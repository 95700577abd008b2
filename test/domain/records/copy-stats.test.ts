/**
 * Counts of attempts and of what they made. Properties: the order of contributions does not matter; what is added and removed
 * again leaves nothing; an attempt recorded anew counts once, as recorded last; its counts are consistent with one another.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DECISIONS,
  type LedgerEntryType,
  REASON_CODES,
  SOURCE_TYPES,
} from '../../../domain/decide/reasons.ts';
import { cash, price, shares } from '../../../domain/money.ts';
import { type Position, sold } from '../../../domain/portfolio/portfolio.ts';
import {
  added,
  type CountedAttempt,
  contributionOf,
  EMPTY_STATS,
  LAG_FROM_MS,
  outcomeOf,
  ratesOf,
  removed,
  SLIPPAGE_FROM_MICROS,
  summed,
} from '../../../domain/records/copy-stats.ts';
import type { CopyStats } from '../../../domain/records/copy-stats-record.ts';
// Seeds the runs.
import '../arbitraries.ts';

const AT = 1_790_000_000_000;

/** Filled whole at the leader's price, seen and decided half a second after the leader. */
const COPY: CountedAttempt = {
  side: 'BUY',
  sourceType: 'IMMEDIATE',
  fillCount: 2,
  decision: 'EXECUTE',
  reasons: [],
  targetShareMicros: shares(10_000_000n),
  filledShareMicros: shares(10_000_000n),
  referencePriceMicros: price(500_000n),
  vwapPriceMicros: price(500_000n),
  leaderEventAtMs: AT,
  detectedAtMs: AT + 400,
  decidedAtMs: AT + 500,
  newestEventAtMs: null,
  newestDetectedAtMs: null,
  ownWaitMs: null,
};

const of = (part: Partial<CountedAttempt>): CopyStats => contributionOf({ ...COPY, ...part });
const bucket = (list: readonly number[]): number => list.indexOf(1);

describe('an attempt counts', () => {
  const nothing = { filledShareMicros: shares(0n), vwapPriceMicros: null };
  it.each<[string, Partial<CountedAttempt>, Partial<CopyStats>]>([
    ['a whole copy', {}, { executed: 1, skipped: 0, partial: 0, unfilled: 0 }],
    ['half a copy', { filledShareMicros: shares(5_000_000n) }, { executed: 1, partial: 1, unfilled: 0 }],
    [
      'one short by rounding as whole',
      { filledShareMicros: shares(9_900_000n) },
      { executed: 1, partial: 0 },
    ],
    ['one short by more as partial', { filledShareMicros: shares(9_899_999n) }, { executed: 1, partial: 1 }],
    [
      'one filled above its target as whole',
      { filledShareMicros: shares(11_000_000n) },
      { executed: 1, partial: 0 },
    ],
    [
      'an order without a counterparty',
      { ...nothing, reasons: ['LIVE_NO_FILL'] },
      { executed: 1, unfilled: 1 },
    ],
    [
      'a skip',
      { ...nothing, decision: 'SKIP', reasons: ['CARRIED'] },
      { skipped: 1, executed: 0, unfilled: 0 },
    ],
    ['a wait as neither', { ...nothing, decision: 'WAIT' }, { skipped: 0, executed: 0, unfilled: 0 }],
  ])('%s', (_what, part, expected) => {
    expect(of(part)).toMatchObject({ attempts: 1, leaderFills: 2, wins: 0, losses: 0, ...expected });
  });

  it('each of its reasons once', () => {
    const { reasons } = of({ decision: 'SKIP', reasons: ['SPREAD_TOO_WIDE', 'BOOK_STALE'] });
    expect(reasons).toEqual({ SPREAD_TOO_WIDE: 1, BOOK_STALE: 1 });
  });

  it.each([
    [-20_001n, 0],
    [-20_000n, 1],
    [-10_001n, 1],
    [-10_000n, 2],
    [-5_000n, 3],
    [-1n, 3],
    [0n, 4],
    [4_999n, 4],
    [5_000n, 5],
    [10_000n, 6],
    [19_999n, 6],
    [20_000n, 7],
    [400_000n, 7],
  ])('a slippage of %s micros in bucket %s, whichever side it was on', (slippage, expected) => {
    const buy = of({ vwapPriceMicros: price(500_000n + slippage) });
    const sell = of({ side: 'SELL', vwapPriceMicros: price(500_000n - slippage) });
    expect([bucket(buy.slippage), bucket(sell.slippage)]).toEqual([expected, expected]);
  });

  it.each([
    [-3_000, 0],
    [0, 0],
    [999, 0],
    [1_000, 1],
    [3_000, 2],
    [5_000, 3],
    [10_000, 4],
    [19_999, 4],
    [20_000, 5],
    [86_400_000, 5],
  ])('a lag of %s ms in bucket %s', (ms, expected) => {
    const { detectionLag, copyLag } = of({ detectedAtMs: AT + ms, decidedAtMs: AT + ms });
    expect([bucket(detectionLag), bucket(copyLag)]).toEqual([expected, expected]);
  });

  it('lags from the newest fill of a group, without what waited by our own rule (A57)', () => {
    const oldest = { leaderEventAtMs: AT - 60_000, detectedAtMs: AT - 30_000 };
    const newest = { newestEventAtMs: AT, newestDetectedAtMs: AT + 2_000, ownWaitMs: 30_000 };
    const { detectionLag, copyLag } = of({ ...oldest, ...newest, decidedAtMs: AT + 34_000 });
    expect([bucket(detectionLag), bucket(copyLag)]).toEqual([1, 2]);
  });

  it.each(['EXIT', 'CORRECTION'] as const)(
    'the price and no lag of a try or a correction of an exit, which follows no new trade: %s',
    (sourceType) => {
      const { detectionLag, copyLag, slippage } = of({ sourceType, side: 'SELL' });
      expect([bucket(detectionLag), bucket(copyLag), bucket(slippage)]).toEqual([-1, -1, 4]);
    },
  );

  it('no price and no copy lag of what was not copied, and the lag of its detection all the same', () => {
    const skipped = of({ decision: 'SKIP', ...nothing });
    expect([bucket(skipped.slippage), bucket(skipped.copyLag), bucket(skipped.detectionLag)]).toEqual([
      -1, -1, 0,
    ]);
  });

  it('neither price nor lag of the operator’s own sale, which copies no leader', () => {
    const closed = of({ sourceType: 'CLOSE', side: 'SELL', fillCount: 0 });
    expect(closed).toEqual({ ...EMPTY_STATS, attempts: 1, executed: 1 });
  });

  it('in as many buckets as there are bounds, and one', () => {
    expect(EMPTY_STATS.slippage).toHaveLength(SLIPPAGE_FROM_MICROS.length + 1);
    expect(EMPTY_STATS.detectionLag).toHaveLength(LAG_FROM_MS.length + 1);
    expect(EMPTY_STATS.copyLag).toHaveLength(LAG_FROM_MS.length + 1);
  });
});

describe('a ledger entry', () => {
  const held: Position = { shareMicros: shares(10n), costMicros: cash(50n), realisedMicros: cash(7n) };
  it.each<[string, LedgerEntryType, bigint, bigint, Partial<CopyStats> | undefined]>([
    ['a sale above cost wins', 'TRADE_FILL', -4n, 21n, { wins: 1, losses: 0 }],
    ['a sale below cost loses', 'TRADE_FILL', -4n, 19n, { wins: 0, losses: 1 }],
    ['a sale at cost does neither', 'TRADE_FILL', -4n, 20n, undefined],
    ['a settlement at $1 wins', 'SETTLEMENT', -10n, 100n, { wins: 1, losses: 0 }],
    ['a settlement at nothing loses', 'SETTLEMENT', -10n, 0n, { wins: 0, losses: 1 }],
    ['a redemption of ours wins', 'EXTERNAL_CONVERSION', -10n, 100n, { wins: 1, losses: 0 }],
  ])('%s', (_what, entryType, shareDeltaMicros, received, expected) => {
    const after = sold(held, { size: shares(-shareDeltaMicros), received: cash(received) });
    const outcome = outcomeOf(
      { entryType, shareDeltaMicros: shares(shareDeltaMicros) },
      { before: held, after },
    );
    if (expected === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toEqual({ ...EMPTY_STATS, ...expected });
  });

  it('that brings shares in makes nothing, whatever the books say', () => {
    const after = { ...held, shareMicros: shares(20n), realisedMicros: cash(9n) };
    expect(
      outcomeOf({ entryType: 'TRADE_FILL', shareDeltaMicros: shares(10n) }, { before: held, after }),
    ).toBeUndefined();
  });

  it('that is reversed takes back just what it had counted', () => {
    const size = { entryType: 'TRADE_FILL', shareDeltaMicros: shares(-4n) } as const;
    const undo = { entryType: 'REVERSAL', shareDeltaMicros: shares(4n) } as const;
    for (const received of [0n, 19n, 20n, 21n, 400n]) {
      const after = sold(held, { size: shares(4n), received: cash(received) });
      const made = outcomeOf(size, { before: held, after }) ?? EMPTY_STATS;
      const undone = outcomeOf(undo, { before: after, after: held }) ?? EMPTY_STATS;
      expect(added(made, undone)).toEqual(EMPTY_STATS);
    }
  });
});

const attempts: fc.Arbitrary<CountedAttempt> = fc.record({
  side: fc.constantFrom('BUY', 'SELL'),
  sourceType: fc.constantFrom(...SOURCE_TYPES),
  fillCount: fc.nat({ max: 20 }),
  decision: fc.constantFrom(...DECISIONS),
  reasons: fc.uniqueArray(fc.constantFrom(...REASON_CODES), { maxLength: 4 }),
  targetShareMicros: fc.bigInt({ min: 0n, max: 1_000n }).map(shares),
  filledShareMicros: fc.bigInt({ min: 0n, max: 1_000n }).map(shares),
  referencePriceMicros: fc.bigInt({ min: 0n, max: 1_000_000n }).map(price),
  vwapPriceMicros: fc.option(fc.bigInt({ min: 0n, max: 1_000_000n }).map(price)),
  leaderEventAtMs: fc.constant(AT),
  detectedAtMs: fc.integer({ min: AT - 2_000, max: AT + 60_000 }),
  decidedAtMs: fc.integer({ min: AT - 2_000, max: AT + 60_000 }),
  newestEventAtMs: fc.option(fc.integer({ min: AT, max: AT + 10_000 })),
  newestDetectedAtMs: fc.option(fc.integer({ min: AT, max: AT + 60_000 })),
  ownWaitMs: fc.option(fc.nat({ max: 60_000 })),
});
const total = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0);

describe('counts', () => {
  it('are the same in whichever order they are added', () => {
    fc.assert(
      fc.property(fc.array(attempts), fc.func(fc.integer()), (list, rank) => {
        const counted = list.map(contributionOf);
        const shuffled = [...counted].sort((left, right) => rank(left) - rank(right));
        expect(summed(shuffled)).toEqual(summed(counted));
      }),
    );
  });

  it('are as before when something is added and taken out again', () => {
    fc.assert(
      fc.property(fc.array(attempts), attempts, (list, one) => {
        const counted = summed(list.map(contributionOf));
        expect(removed(added(counted, contributionOf(one)), contributionOf(one))).toEqual(counted);
      }),
    );
  });

  it('have an attempt that is recorded again once, as it was recorded last', () => {
    fc.assert(
      fc.property(fc.array(attempts), fc.array(attempts, { minLength: 1 }), (others, revisions) => {
        const counted = summed(others.map(contributionOf));
        let stats = counted;
        let before: CountedAttempt | undefined;
        // Each revision twice: recorded again it replaces itself.
        for (const revision of revisions.flatMap((one) => [one, one])) {
          if (before !== undefined) stats = removed(stats, contributionOf(before));
          stats = added(stats, contributionOf(revision));
          before = revision;
        }
        expect(stats).toEqual(added(counted, contributionOf(revisions.at(-1)!)));
      }),
    );
  });

  it('fit together: no part is larger than its whole, and every list counts what it says', () => {
    fc.assert(
      fc.property(fc.array(attempts), (list) => {
        const stats = summed(list.map(contributionOf));
        expect(stats.attempts).toBe(list.length);
        expect(stats.executed + stats.skipped).toBeLessThanOrEqual(stats.attempts);
        expect(stats.partial + stats.unfilled).toBeLessThanOrEqual(stats.executed);
        expect(total(stats.copyLag)).toBeLessThanOrEqual(stats.executed);
        expect(total(stats.slippage)).toBeLessThanOrEqual(stats.executed - stats.unfilled);
        expect(total(stats.detectionLag)).toBeLessThanOrEqual(stats.attempts);
        expect(total(Object.values(stats.reasons))).toBe(list.flatMap((one) => one.reasons).length);
      }),
    );
  });
});

describe('rates', () => {
  it('are exact parts of their wholes', () => {
    const stats = {
      ...EMPTY_STATS,
      attempts: 12,
      executed: 7,
      unfilled: 2,
      partial: 1,
      wins: 3,
      losses: 1,
    };
    expect(ratesOf(stats)).toEqual({
      execution: { part: 7n, whole: 12n },
      fill: { part: 5n, whole: 7n },
      partial: { part: 1n, whole: 7n },
      win: { part: 3n, whole: 4n },
    });
  });

  it('of fills leave out what SHADOW only recorded: no order was there to be filled', () => {
    const shadow = of({
      filledShareMicros: shares(0n),
      vwapPriceMicros: null,
      reasons: ['LIVE_SHADOW_ONLY'],
    });
    expect(ratesOf(shadow)).toMatchObject({ execution: { part: 1n, whole: 1n }, fill: null, partial: null });
    expect(ratesOf(summed([shadow, of({}), of({ filledShareMicros: shares(1n) })]))).toMatchObject({
      fill: { part: 2n, whole: 2n },
      partial: { part: 1n, whole: 2n },
    });
  });

  it('are unknown while there is nothing to divide by', () => {
    expect(ratesOf(EMPTY_STATS)).toEqual({ execution: null, fill: null, partial: null, win: null });
  });
});
