/** Which contract a market trades on: two witnesses, and silence where they disagree. */
import { describe, expect, it } from 'vitest';
import type { TokenId } from '../../../domain/ids.ts';
import { agreedVersion, isPositionId } from '../../../polymarket/public/protocol-version.ts';
import { TOKEN_1, TOKEN_2 } from '../fixture.ts';

/** Module 1, the base of the observed canary, arity 2, chain 137, outcomes 0 and 1 (polymarket-api.md 2.4). */
const position = (outcome: number): TokenId =>
  BigInt(
    `0x01${'7791f201d5a788e0039e511fc1900e5f'}0002${'0'.repeat(16)}00890000${`0${outcome}`}`,
  ).toString() as TokenId;

describe('the protocol version of a market', () => {
  it('follows from the bits of a position id', () => {
    expect(isPositionId(position(0))).toBe(true);
    expect(isPositionId(position(1))).toBe(true);
    expect(isPositionId(TOKEN_1)).toBe(false);
  });

  it.each([
    ['v1 with hashed tokens', 'v1', [TOKEN_1, TOKEN_2], 'v1'],
    ['v2 with positions', 'v2', [position(0), position(1)], 'v2'],
    ['v2 with hashed tokens', 'v2', [TOKEN_1, TOKEN_2], null],
    ['v1 with positions', 'v1', [position(0), position(1)], null],
    ['v2 with one of each', 'v2', [position(0), TOKEN_1], null],
    ['absent', null, [position(0), position(1)], null],
    ['no tokens', 'v1', [], null],
  ] as const)('%s', (_what, version, tokenIds, expected) => {
    expect(agreedVersion({ version, tokenIds })).toBe(expected);
  });
});
