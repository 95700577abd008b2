/** A member cut into what is decided and what is not. */
import { describe, expect, it } from 'vitest';
import { isAllDecided, piecesOf } from '../../../domain/decide/members.ts';
import { groupKey } from '../../../domain/ids.ts';
import { shares } from '../../../domain/money.ts';

const member = (from: bigint, size: bigint, id = 'a') => ({
  id,
  fromShareMicros: shares(from),
  shareMicros: shares(size),
});
const decided = (from: bigint, size: bigint, name: string, id = 'a') => ({
  ...member(from, size, id),
  groupKey: groupKey([name]),
});

describe('a member', () => {
  it.each([
    ['of which nothing is decided is one piece', member(0n, 10n), [decided(0n, 10n, 'x', 'b')], ['0+10']],
    ['that was decided whole is one piece', member(0n, 10n), [decided(0n, 10n, 'x')], ['0+10 x']],
    ['that has grown leaves its excess', member(0n, 15n), [decided(0n, 10n, 'x')], ['0+10 x', '10+5']],
    ['that is smaller by now is decided', member(0n, 4n), [decided(0n, 10n, 'x')], ['0+4 x']],
    ['whose shares another range contains is decided', member(6n, 4n), [decided(0n, 10n, 'x')], ['6+4 x']],
    [
      'of two groups with a gap has three pieces, whatever their order',
      member(0n, 20n),
      [decided(15n, 5n, 'y'), decided(0n, 10n, 'x')],
      ['0+10 x', '10+5', '15+5 y'],
    ],
    [
      'that begins within one range and ends within the next has only decided pieces',
      member(5n, 10n),
      [decided(0n, 10n, 'x'), decided(10n, 10n, 'y')],
      ['5+5 x', '10+5 y'],
    ],
  ])('%s', (_what, of, known, expected) => {
    const pieces = piecesOf(of, known);
    const names = ['x', 'y'];
    const line = pieces.map(({ fromShareMicros, shareMicros, groupKey: key }) => {
      const name = names.find((one) => groupKey([one]) === key);
      return `${fromShareMicros}+${shareMicros}${name === undefined ? '' : ` ${name}`}`;
    });
    expect(line).toEqual(expected);
    expect(isAllDecided([of], known)).toBe(pieces.every((piece) => piece.groupKey !== null));
  });
});
