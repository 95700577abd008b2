/** Identities depend only on the logical event, and no two different events share one, whatever their fields contain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carryId,
  fillId,
  groupKey,
  idempotencyKey,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
} from '../../domain/ids.ts';
import './arbitraries.ts';
import { LEADER, TOKEN } from './decide/example-facts.ts';

const OTHER = parseLeaderAddress(`0x${'b'.repeat(40)}`)!;
const TX = `0x${'Ab'.repeat(32)}`;
const FILL = {
  txHash: TX,
  leaderAddress: LEADER,
  tokenId: TOKEN,
  side: 'BUY',
  markBeforeShareMicros: 0n,
} as const;

/** Text made of the characters that a careless join would trip over. */
const tricky = fc.string({
  unit: fc.constantFrom('1', '2', ':', '|', ',', 'a', '\n', 'é', '😀'),
  maxLength: 6,
});

describe('the id of a leader fill', () => {
  it('is the same from every source and however the hash is written', () => {
    expect(fillId({ ...FILL, txHash: TX.toLowerCase() })).toBe(fillId(FILL));
    expect(fillId({ ...FILL, txHash: `0x${TX.slice(2).toUpperCase()}` })).toBe(fillId(FILL));
  });

  it.each([
    ['transaction', { txHash: `0x${'1'.repeat(64)}` }],
    ['leader', { leaderAddress: OTHER }],
    ['token', { tokenId: parseTokenId('2')! }],
    ['side', { side: 'SELL' as const }],
    ['shares before it', { markBeforeShareMicros: 1n }],
  ])('is another for another %s', (_field, change) => {
    expect(fillId({ ...FILL, ...change })).not.toBe(fillId(FILL));
  });
});

describe('the key of a group', () => {
  it('does not depend on the order in which its fills came', () => {
    const shuffled = fc
      .array(tricky, { minLength: 1, maxLength: 8 })
      .chain((ids) => fc.tuple(fc.constant(ids), fc.shuffledSubarray(ids, { minLength: ids.length })));
    fc.assert(
      fc.property(shuffled, ([ids, other]) => {
        expect(groupKey(other)).toBe(groupKey(ids));
      }),
    );
  });

  it('is another for other members, even where their texts joined are the same', () => {
    const members = fc.array(tricky, { maxLength: 5 });
    fc.assert(
      fc.property(members, members, (one, other) => {
        const same = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
        expect(groupKey(one) === groupKey(other)).toBe(same);
      }),
    );
    expect(groupKey(['1', '2'])).not.toBe(groupKey(['12']));
    expect(groupKey(['1|2'])).not.toBe(groupKey(['1', '2']));
    expect(groupKey(['1|1:2'])).not.toBe(groupKey(['1', '2']));
    expect(groupKey(['a', 'a'])).not.toBe(groupKey(['a']));
  });

  it('leaves the list that it was given as it was', () => {
    const ids = ['b', 'a'];
    groupKey(ids);
    expect(ids).toEqual(['b', 'a']);
  });
});

describe('the keys of a copy', () => {
  const intent = { leaderAddress: LEADER, tokenId: TOKEN, side: 'BUY', groupKey: groupKey(['f']) } as const;

  it('are the same for the same intent and another for any other', () => {
    const key = idempotencyKey(intent);
    expect(idempotencyKey({ ...intent })).toBe(key);
    const others = [
      { ...intent, leaderAddress: OTHER },
      { ...intent, tokenId: parseTokenId('2')! },
      { ...intent, side: 'SELL' as const },
      { ...intent, groupKey: groupKey(['g']) },
    ].map(idempotencyKey);
    expect(new Set([key, ...others]).size).toBe(5);
  });

  it('never meet: a fill, a group, a carry and an intent of the same parts are four different ids', () => {
    const group = groupKey(['f']);
    const carry = carryId({ mode: 'PAPER', sourceGroupKey: group });
    expect(new Set([fillId(FILL), group, carry, idempotencyKey(intent), groupKey([carry])]).size).toBe(5);
    expect(carryId({ mode: 'LIVE', sourceGroupKey: group })).not.toBe(carry);
  });

  it('are 64 hex digits, so that they fit a bytes32', () => {
    expect(
      [fillId(FILL), groupKey([]), idempotencyKey(intent)].every((id) => /^[0-9a-f]{64}$/.test(id)),
    ).toBe(true);
  });
});

describe('reading ids', () => {
  it('makes one leader of an address in any letter case', () => {
    expect(parseLeaderAddress(` 0x${'A'.repeat(40)} `)).toBe(LEADER);
  });

  it.each(['', '0x', `0x${'a'.repeat(39)}`, `0x${'a'.repeat(41)}`, `0x${'g'.repeat(40)}`, 'a'.repeat(42)])(
    'refuses the address %j',
    (text) => {
      expect(parseLeaderAddress(text)).toBeUndefined();
    },
  );

  it.each(['', '-1', '1.0', '0x1', '1'.repeat(79), '1 ', '１'])('refuses the token %j', (text) => {
    expect(parseTokenId(text)).toBeUndefined();
  });

  it('pads the shorter condition of Protocol V2 and refuses any other length', () => {
    expect(parseConditionId(`0x${'A'.repeat(62)}`)).toBe(`0x${'a'.repeat(62)}00`);
    expect(parseConditionId(`0x${'A'.repeat(64)}`)).toBe(`0x${'a'.repeat(64)}`);
    for (const length of [0, 61, 63, 65]) expect(parseConditionId(`0x${'a'.repeat(length)}`)).toBeUndefined();
  });
});
