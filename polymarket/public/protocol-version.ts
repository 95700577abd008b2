/**
 * Which exchange contract a market trades on, by two witnesses that must agree: the market's own `version` field and
 * the bits of its token ids (polymarket-api.md 2.4). An order signed for the wrong contract cannot be taken.
 */
import type { TokenId } from '../../domain/ids.ts';
import type { ProtocolVersion } from '../../domain/market/market.ts';

/** Bits 40 to 103 of a Protocol-V2 position id are reserved and zero; a v1 token id is a hash, where they never are. */
const RESERVED_SHIFT = 40n;
const RESERVED_MASK = (1n << 64n) - 1n;

/** True when the id has the layout of a Protocol-V2 position. */
export function isPositionId(tokenId: TokenId): boolean {
  return ((BigInt(tokenId) >> RESERVED_SHIFT) & RESERVED_MASK) === 0n;
}

/** What the market says of itself, if each of its tokens agrees; null when it says nothing or any disagrees. */
export function agreedVersion(market: {
  readonly version: ProtocolVersion | null;
  readonly tokenIds: readonly TokenId[];
}): ProtocolVersion | null {
  const { version, tokenIds } = market;
  if (version === null || tokenIds.length === 0) return null;
  return tokenIds.every((tokenId) => isPositionId(tokenId) === (version === 'v2')) ? version : null;
}
