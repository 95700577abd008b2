/** Whose shares are whose: what may be sold for a leader, and which slices a sale outside the app takes from. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXTERNAL_LEADER, type LeaderAddress, parseLeaderAddress } from '../../../domain/ids.ts';
import { add, formatMicros, min, type ShareMicros, shares } from '../../../domain/money.ts';
import {
  externalReserved,
  type Slices,
  sellableShares,
  slicesOf,
  spreadExternalSale,
} from '../../../domain/portfolio/attribution.ts';
import { sh } from '../decide/example-facts.ts';

const A = leader('a');
const B = leader('b');
const C = leader('c');

function leader(digit: string): LeaderAddress {
  return parseLeaderAddress(`0x${digit.repeat(40)}`)!;
}

function slicesFrom(...parts: readonly (readonly [LeaderAddress, string])[]): Slices {
  return new Map(parts.map(([owner, size]) => [owner, sh(size)]));
}

describe('the shares that may be sold for a leader', () => {
  const given = {
    walletShareMicros: sh('100'),
    missingShareMicros: sh('0'),
    reservedShareMicros: sh('0'),
    slices: slicesFrom([A, '40'], [B, '30']),
    leaderAddress: A,
    leaderReservedShareMicros: sh('0'),
    externalReservedShareMicros: sh('0'),
    sellUnattributed: false,
  };

  it.each([
    ['are the leader’s slice', {}, '40'],
    ['are no other leader’s', { leaderAddress: B }, '30'],
    ['are none of a leader without a slice', { leaderAddress: C }, '0'],
    ['are less what is reserved of them', { leaderReservedShareMicros: sh('15') }, '25'],
    ['are never more than the wallet has', { walletShareMicros: sh('12') }, '12'],
    ['are never more than the wallet has free', { reservedShareMicros: sh('95') }, '5'],
    ['are never negative', { reservedShareMicros: sh('120'), leaderReservedShareMicros: sh('50') }, '0'],
    [
      'are less what the venue is short of in all, once it reaches the slice (A47)',
      { missingShareMicros: sh('60') },
      '40',
    ],
    [
      'are what is there, where the venue has less than the slice (A47)',
      { missingShareMicros: sh('88') },
      '12',
    ],
    [
      'are the slice down to the micro that the venue has (A47)',
      { missingShareMicros: sh('60.000001') },
      '39.999999',
    ],
    ['are none where the venue has nothing (A47)', { missingShareMicros: sh('100') }, '0'],
    [
      'are none where the venue is short of more than the ledger has (A47)',
      { missingShareMicros: sh('130') },
      '0',
    ],
    [
      'are less what the venue is short of and what is reserved of the rest (A47)',
      { missingShareMicros: sh('50'), reservedShareMicros: sh('20') },
      '30',
    ],
    [
      'are no unattributed ones that the venue does not have (A47)',
      { missingShareMicros: sh('20'), sellUnattributed: true },
      '50',
    ],
    ['are the unattributed ones too where the settings say so', { sellUnattributed: true }, '70'],
    [
      'are less the unattributed ones that sales of other leaders hold',
      { sellUnattributed: true, externalReservedShareMicros: sh('10') },
      '60',
    ],
    [
      'are the leader’s own where others hold more unattributed ones than there are',
      { sellUnattributed: true, externalReservedShareMicros: sh('31') },
      '40',
    ],
    [
      'are still within what the wallet has free',
      { sellUnattributed: true, reservedShareMicros: sh('60') },
      '40',
    ],
  ])('%s', (_sentence, change, expected) => {
    expect(formatMicros(sellableShares({ ...given, ...change }))).toBe(expected);
  });
});

describe('the unattributed shares that sales of other leaders hold', () => {
  const slices = slicesFrom([A, '40'], [B, '30'], [C, '-5']);

  it.each([
    ['are none while each sells its own', [[B, '30']], '0'],
    ['are what a sale has beyond the slice', [[B, '32.5']], '2.5'],
    [
      'add up, from nothing where a slice is short',
      [
        [B, '31'],
        [C, '2'],
      ],
      '3',
    ],
    ['do not count what the leader’s own sale holds', [[A, '50']], '0'],
  ] as const)('%s', (_sentence, reserved, expected) => {
    const given = { slices, reserved: slicesFrom(...reserved), leaderAddress: A };
    expect(formatMicros(externalReserved(given))).toBe(expected);
  });
});

describe('the holdings of a token', () => {
  it('are the slices of their leaders, and those of EXTERNAL beside them', () => {
    const held = [
      { leaderAddress: A, shareMicros: sh('4') },
      { leaderAddress: EXTERNAL_LEADER, shareMicros: sh('7') },
      { leaderAddress: B, shareMicros: sh('-1') },
    ] as const;
    expect(slicesOf(held)).toEqual({
      slices: slicesFrom([A, '4'], [B, '-1']),
      externalShareMicros: sh('7'),
    });
    expect(slicesOf([])).toEqual({ slices: new Map(), externalShareMicros: sh('0') });
  });
});

describe('a sale outside the app', () => {
  const slices = slicesFrom([C, '10'], [B, '25'], [A, '10']);

  it.each([
    ['takes what no leader claims first', '5', 'EXTERNAL 5'],
    ['takes the largest slice next', '20', 'EXTERNAL 8, b 12'],
    ['takes equal slices by address', '45', 'EXTERNAL 8, b 25, a 10, c 2'],
    ['says what no slice covers', '60', 'EXTERNAL 8, b 25, a 10, c 10, uncovered 7'],
    ['of nothing takes nothing', '0', ''],
  ])('%s', (_sentence, size, expected) => {
    const { parts, uncoveredShareMicros } = spreadExternalSale(
      { slices, externalShareMicros: sh('8') },
      sh(size),
    );
    const said = parts.map(
      ({ owner, shareMicros }) =>
        `${owner === EXTERNAL_LEADER ? 'EXTERNAL' : owner.at(-1)} ${formatMicros(shareMicros)}`,
    );
    if (uncoveredShareMicros > 0n) said.push(`uncovered ${formatMicros(uncoveredShareMicros)}`);
    expect(said.join(', ')).toBe(expected);
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
  it('and what is beyond them are the wallet, of which no more than it holds may be sold', () => {
    fc.assert(
      fc.property(someSize, someSlices, (wallet, slices) => {
        const given = {
          walletShareMicros: wallet,
          missingShareMicros: sh('0'),
          reservedShareMicros: sh('0'),
          slices,
          leaderReservedShareMicros: sh('0'),
          externalReservedShareMicros: sh('0'),
          sellUnattributed: true,
        };
        const beyond = sellableShares({ ...given, leaderAddress: leader('d') });
        const claimed = sum(slices.values());
        expect(beyond).toBe(wallet > claimed ? wallet - claimed : 0n);
        for (const [leaderAddress, slice] of slices) {
          const own = min(add(slice, beyond), wallet);
          expect(sellableShares({ ...given, leaderAddress })).toBe(own);
        }
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

  it('below zero lose nothing', () => {
    const short = { slices: slicesFrom([A, '-5'], [B, '3']), externalShareMicros: sh('-2') };
    expect(spreadExternalSale(short, sh('4'))).toEqual({
      parts: [{ owner: B, shareMicros: sh('3') }],
      uncoveredShareMicros: sh('1'),
    });
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
