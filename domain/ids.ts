/**
 * Identities: through them nothing is copied twice (design.md 4). Each id depends only on the logical event, never on the
 * clock or on the source that reported it. Only the functions here make a branded id.
 */
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** The address that holds a leader's funds, lower case (W35). */
export type LeaderAddress = Id<'LeaderAddress'>;
/** A decimal 256-bit outcome token (or Protocol-V2 position) id. */
export type TokenId = Id<'TokenId'>;
/** 0x and 64 hex digits, lower case; Protocol V2's 62-digit form is right-padded. */
export type ConditionId = Id<'ConditionId'>;
export type FillId = Id<'FillId'>;
export type GroupKey = Id<'GroupKey'>;
export type IdempotencyKey = Id<'IdempotencyKey'>;

export const TRADING_MODES = ['PAPER', 'LIVE'] as const;
export type TradingMode = (typeof TRADING_MODES)[number];
export const SIDES = ['BUY', 'SELL'] as const;
export type Side = (typeof SIDES)[number];

/** A wallet address in any letter case, lower-cased; undefined if it is not 0x and 40 hex digits. */
export function parseLeaderAddress(text: string): LeaderAddress | undefined {
  const lower = text.trim().toLowerCase();
  return /^0x[0-9a-f]{40}$/.test(lower) ? (lower as LeaderAddress) : undefined;
}

/** Owns the shares that no leader explains: the EXTERNAL slice of the live Wallet (A13, A36). Stored where an address would be. */
export const EXTERNAL_LEADER = 'external';
/** Who owns a slice of a position. */
export type SliceOwner = LeaderAddress | typeof EXTERNAL_LEADER;

/** A leader's address in any letter case, or EXTERNAL_LEADER; undefined for anything else. */
export function parseSliceOwner(text: string): SliceOwner | undefined {
  return text === EXTERNAL_LEADER ? EXTERNAL_LEADER : parseLeaderAddress(text);
}

/** A token id: 1 to 78 decimal digits (a uint256). */
export function parseTokenId(text: string): TokenId | undefined {
  return /^\d{1,78}$/.test(text) ? (text as TokenId) : undefined;
}

/** A condition id; the 31-byte form of Protocol V2 (62 digits) is right-padded to 64 (polymarket-api.md 1.9). */
export function parseConditionId(text: string): ConditionId | undefined {
  const lower = text.toLowerCase();
  if (/^0x[0-9a-f]{64}$/.test(lower)) return lower as ConditionId;
  return /^0x[0-9a-f]{62}$/.test(lower) ? (`${lower}00` as ConditionId) : undefined;
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Joins fields, each preceded by its length, so that two different lists never give the same text. */
function delimited(version: string, fields: readonly string[]): string {
  return [version, ...fields].map((field) => `${field.length}:${field}`).join('|');
}

/**
 * The identity of one leader fill, the same from every source: the transaction, the order owner, the token, the side, and the
 * shares already known under these (W3, W4). The next part of the same transaction starts at a higher mark, and so has
 * another id.
 */
export function fillId(fill: {
  readonly txHash: string;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly markBeforeShareMicros: bigint;
}): FillId {
  return sha256Hex(
    delimited('fill.v1', [
      fill.txHash.toLowerCase(),
      fill.leaderAddress,
      fill.tokenId,
      fill.side,
      fill.markBeforeShareMicros.toString(),
    ]),
  ) as FillId;
}

/** The key of a group: a digest of the ids of its members, in any order (A4, W10). */
export function groupKey(memberIds: readonly string[]): GroupKey {
  return sha256Hex(delimited('group.v1', [...memberIds].sort())) as GroupKey;
}

/** The id of carried shares. Never equal to a fill id, since its version differs. */
export function carryId(carry: { readonly mode: TradingMode; readonly sourceGroupKey: GroupKey }): string {
  return sha256Hex(delimited('carry.v1', [carry.mode, carry.sourceGroupKey]));
}

/** The key under which a copy can happen at most once per mode (R29–R31, A4). It does not depend on the mode. */
export function idempotencyKey(intent: {
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly side: Side;
  readonly groupKey: GroupKey;
}): IdempotencyKey {
  return sha256Hex(
    delimited('intent.v1', [intent.leaderAddress, intent.tokenId, intent.side, intent.groupKey]),
  ) as IdempotencyKey;
}
