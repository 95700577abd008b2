/**
 * The protocol version of a market, which decides the exchange contract. Two sources must agree: the market's `version`
 * field and the bits of its token ids (polymarket-api.md 2.4). The venue refuses an order signed for the wrong contract.
 */
import type { TokenId } from '../../domain/ids.ts';
import type { ProtocolVersion } from '../../domain/market/market.ts';

/** Bits 40 to 103 of a Protocol V2 position id are reserved and zero; in a v1 token id, a hash, they are not. */
const RESERVED_SHIFT = 40n;
const RESERVED_MASK = (1n << 64n) - 1n;

/** True when the id has the layout of a Protocol-V2 position. */
export function isPositionId(tokenId: TokenId): boolean {
  return ((BigInt(tokenId) >> RESERVED_SHIFT) & RESERVED_MASK) === 0n;
}

/** The market's version if the layout of every token id agrees; null when it is unknown or a token disagrees. */
export function agreedVersion(market: {
  readonly version: ProtocolVersion | null;
  readonly tokenIds: readonly TokenId[];
}): ProtocolVersion | null {
  const { version, tokenIds } = market;
  if (version === null || tokenIds.length === 0) return null;
  return tokenIds.every((tokenId) => isPositionId(tokenId) === (version === 'v2')) ? version : null;
}
