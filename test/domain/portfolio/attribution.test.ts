/** Whose shares are whose: slices and EXTERNAL add up to the wallet, or the difference is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import { formatMicros, type ShareMicros, shares } from '../../../domain/money.ts';
import {
  externalSlice,
  type Slices,
  sellableShares,
  sliceDifference,
  spreadExternalSale,
} from '../../../domain/portfolio/attribution.ts';
import { sh } from '../decide/example-facts.ts';

const A = leader('a');
const B = leader('b');
const C = leader('c');

function leader(digit: string): LeaderAddress {
  return parseLeaderAddress(`0x${digit.repeat(40)}`)!;
}

function slicesOf(...parts: readonly (readonly [LeaderAddress, string])[]): Slices {
  return new Map(parts.map(([owner, size]) => [owner, sh(size)]));
}

describe('the shares that may be sold for a leader', () => {
  const given = {
    walletShareMicros: sh('100'),
    reservedShareMicros: sh('0'),
    slices: slicesOf([A, '40'], [B, '30']),
    leaderAddress: A,
    leaderReservedShareMicros: sh('0'),
    sellUnattributed: false,
  };

  it.each([
    ['are his slice', {}, '40'],
    ['are no other leader’s', { leaderAddress: B }, '30'],
    ['are none of a leader without a slice', { leaderAddress: C }, '0'],
    ['are less what is reserved of them', { leaderReservedShareMicros: sh('15') }, '25'],
    ['are never more than the wallet has', { walletShareMicros: sh('12') }, '12'],
    ['are never more than the wallet has free', { reservedShareMicros: sh('95') }, '5'],
    ['are never negative', { reservedShareMicros: sh('120'), leaderReservedShareMicros: sh('50') }, '0'],
    ['are those of nobody too where the settings say so', { sellUnattributed: true }, '70'],
    [
      'are still within what the wallet has free',
      { sellUnattributed: true, reservedShareMicros: sh('60') },
      '40',
    ],
  ])('%s', (_sentence, change, expected) => {
    expect(formatMicros(sellableShares({ ...given, ...change }))).toBe(expected);
  });
});

describe('a sale outside the app', () => {
  const slices = slicesOf([C, '10'], [B, '25'], [A, '10']);

  it.each([
    ['takes what nobody claims first', '5', 'EXTERNAL 5'],
    ['takes the largest slice next', '20', 'EXTERNAL 8, b 12'],
    ['takes equal slices by address', '45', 'EXTERNAL 8, b 25, a 10, c 2'],
    ['says what no slice covers', '60', 'EXTERNAL 8, b 25, a 10, c 10, uncovered 7'],
    ['of nothing takes nothing', '0', ''],
  ])('%s', (_sentence, size, expected) => {
    const { parts, uncoveredShareMicros } = spreadExternalSale(
      { slices, externalShareMicros: sh('8') },
      sh(size),
    );
    const told = parts.map(
      ({ owner, shareMicros }) =>
        `${owner === EXTERNAL_LEADER ? 'EXTERNAL' : owner.at(-1)} ${formatMicros(shareMicros)}`,
    );
    if (uncoveredShareMicros > 0n) told.push(`uncovered ${formatMicros(uncoveredShareMicros)}`);
    expect(told.join(', ')).toBe(expected);
  });
});

const someSlices = fc
  .uniqueArray(fc.tuple(fc.constantFrom(A, B, C), fc.bigInt({ min: 0n, max: 100_000_000n }).map(shares)), {
    selector: ([owner]) => owner,
  })
  .map((parts): Slices => new Map(parts));
const someSize = fc.bigInt({ min: 0n, max: 200_000_000n }).map(shares);

function sum(parts: Iterable<ShareMicros>): bigint {
  return [...parts].reduce<bigint>((total, part) => total + part, 0n);
}

describe('slices', () => {
  it('and EXTERNAL add up to the wallet, or the difference says by how much they do not', () => {
    fc.assert(
      fc.property(someSize, someSlices, (wallet, slices) => {
        const external = externalSlice(wallet, slices);
        const difference = sliceDifference(wallet, slices);
        expect(sum(slices.values()) + external + difference).toBe(wallet);
        expect(external >= 0n && difference <= 0n).toBe(true);
        expect(external === 0n || difference === 0n).toBe(true);
      }),
    );
  });

  it('lose to a sale outside the app exactly its size, none more than it has', () => {
    fc.assert(
      fc.property(someSlices, someSize, someSize, (slices, externalShareMicros, size) => {
        const { parts, uncoveredShareMicros } = spreadExternalSale({ slices, externalShareMicros }, size);
        expect(sum(parts.map(({ shareMicros }) => shareMicros)) + uncoveredShareMicros).toBe(size);
        for (const { owner, shareMicros } of parts) {
          const slice = owner === EXTERNAL_LEADER ? externalShareMicros : slices.get(owner)!;
          expect(shareMicros > 0n && shareMicros <= slice).toBe(true);
        }
        const held = sum(slices.values()) + externalShareMicros;
        expect(uncoveredShareMicros).toBe(size > held ? size - held : 0n);
      }),
    );
  });

  it('lose the same whatever order they are given in', () => {
    fc.assert(
      fc.property(someSlices, someSize, (slices, size) => {
        const backwards: Slices = new Map([...slices].reverse());
        const external = { externalShareMicros: sh('1') };
        expect(spreadExternalSale({ slices: backwards, ...external }, size)).toEqual(
          spreadExternalSale({ slices, ...external }, size),
        );
      }),
    );
  });
});
