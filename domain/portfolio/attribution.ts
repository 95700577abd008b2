/**
 * Whose shares of the one live wallet are whose: per leader, and EXTERNAL for what no leader explains (A13, A36). Slices
 * are never negative; where they do not add up to the wallet, the difference is told and not hidden.
 */
import { EXTERNAL_LEADER, type LeaderAddress, type SliceOwner } from '../ids.ts';
import { add, max, min, type ShareMicros, shares, sub } from '../money.ts';

/** Shares of one token by leader, without EXTERNAL_LEADER. */
export type Slices = ReadonlyMap<LeaderAddress, ShareMicros>;

export interface SlicedPosition {
  readonly slices: Slices;
  readonly externalShareMicros: ShareMicros;
}

const NONE = shares(0n);

/** The holdings of one token, one for each owner, as slices. */
export function slicesOf(
  held: readonly { readonly leaderAddress: SliceOwner; readonly shareMicros: ShareMicros }[],
): SlicedPosition {
  const slices = new Map<LeaderAddress, ShareMicros>();
  let externalShareMicros = NONE;
  for (const { leaderAddress, shareMicros } of held) {
    if (leaderAddress === EXTERNAL_LEADER) externalShareMicros = shareMicros;
    else slices.set(leaderAddress, shareMicros);
  }
  return { slices, externalShareMicros };
}

function sumOf(slices: Slices): ShareMicros {
  return [...slices.values()].reduce((sum, slice) => add(sum, slice), NONE);
}

/** What the wallet holds beyond all slices; zero where they claim more than there is (see `sliceDifference`). */
export function externalSlice(walletShares: ShareMicros, slices: Slices): ShareMicros {
  return max(sub(walletShares, sumOf(slices)), NONE);
}

/** Wallet less slices less EXTERNAL: zero, or negative by what the slices claim too much. */
export function sliceDifference(walletShares: ShareMicros, slices: Slices): ShareMicros {
  return min(sub(walletShares, sumOf(slices)), NONE);
}

/**
 * Shares of the token that may be sold for a leader now: his slice less what is reserved of it, at most what the wallet has
 * and has not reserved; with the EXTERNAL slice too where the settings allow it (A13). Never negative.
 */
export function sellableShares(given: {
  /** What the venue says that we hold. */
  readonly walletShareMicros: ShareMicros;
  /** Of the token, for sales of any leader. */
  readonly reservedShareMicros: ShareMicros;
  readonly slices: Slices;
  readonly leaderAddress: LeaderAddress;
  /** For sales of this leader. */
  readonly leaderReservedShareMicros: ShareMicros;
  readonly sellUnattributed: boolean;
}): ShareMicros {
  const { walletShareMicros, slices } = given;
  const own = sub(slices.get(given.leaderAddress) ?? NONE, given.leaderReservedShareMicros);
  const attributed = given.sellUnattributed ? add(own, externalSlice(walletShareMicros, slices)) : own;
  return max(min(attributed, sub(walletShareMicros, given.reservedShareMicros)), NONE);
}

export interface SpreadSale {
  /** What leaves each slice, in the order taken; only parts above zero. */
  readonly parts: readonly { readonly owner: SliceOwner; readonly shareMicros: ShareMicros }[];
  /** What no slice could cover: the ledger knew of fewer shares than were sold. */
  readonly uncoveredShareMicros: ShareMicros;
}

/**
 * Whose shares a sale outside the app has taken: EXTERNAL ones first, then the leader with the most, equal ones by address.
 * The parts and what is uncovered add up to the size. `size` must not be negative.
 */
export function spreadExternalSale(given: SlicedPosition, size: ShareMicros): SpreadSale {
  const leaders = [...given.slices].sort(
    ([a, ofA], [b, ofB]) => (ofA === ofB ? 0 : ofA > ofB ? -1 : 1) || (a < b ? -1 : 1),
  );
  const owners: readonly (readonly [SliceOwner, ShareMicros])[] = [
    [EXTERNAL_LEADER, given.externalShareMicros],
    ...leaders,
  ];
  let left = size;
  const parts: { owner: SliceOwner; shareMicros: ShareMicros }[] = [];
  for (const [owner, slice] of owners) {
    const shareMicros = min(left, max(slice, NONE));
    if (shareMicros <= 0n) continue;
    parts.push({ owner, shareMicros });
    left = sub(left, shareMicros);
  }
  return { parts, uncoveredShareMicros: left };
}
