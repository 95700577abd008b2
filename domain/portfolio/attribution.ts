/**
 * Which shares of the live wallet belong to whom: a slice per leader, and EXTERNAL for what no leader explains (A13, A36). A
 * slice below zero counts as none, and slices may claim more than the wallet holds: reconciliation reports that difference.
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

/** What the wallet holds beyond all slices; zero where they claim as much as there is, or more. */
export function externalSlice(walletShares: ShareMicros, slices: Slices): ShareMicros {
  const claimed = [...slices.values()].reduce((sum, slice) => add(sum, slice), NONE);
  return max(sub(walletShares, claimed), NONE);
}

/** EXTERNAL shares that open sales of other leaders hold: what each has reserved beyond its own slice. */
export function externalReserved(given: {
  readonly slices: Slices;
  /** Reserved for open sales, by leader. */
  readonly reserved: Slices;
  readonly leaderAddress: LeaderAddress;
}): ShareMicros {
  return [...given.reserved]
    .filter(([owner]) => owner !== given.leaderAddress)
    .map(([owner, reserved]) => max(sub(reserved, max(given.slices.get(owner) ?? NONE, NONE)), NONE))
    .reduce(add, NONE);
}

/**
 * Shares of the token that may be sold for a leader now: the leader's slice less what is reserved of it, at most what the wallet
 * holds, the venue has too, and no sale reserves; with the EXTERNAL slice where the settings allow it (A13, A47). Never negative.
 */
export function sellableShares(given: {
  /** Shares of the token that the wallet holds. */
  readonly walletShareMicros: ShareMicros;
  /** By how much the venue's last reading was below the ledger of that moment; fills since then move both. Not negative. */
  readonly missingShareMicros: ShareMicros;
  /** Reserved for sales of the token, for all leaders. */
  readonly reservedShareMicros: ShareMicros;
  readonly slices: Slices;
  readonly leaderAddress: LeaderAddress;
  /** Reserved for sales of this leader. */
  readonly leaderReservedShareMicros: ShareMicros;
  /** Of EXTERNAL, reserved for sales of other leaders. */
  readonly externalReservedShareMicros: ShareMicros;
  readonly sellUnattributed: boolean;
}): ShareMicros {
  const { slices } = given;
  const walletShareMicros = sub(given.walletShareMicros, given.missingShareMicros);
  const own = sub(slices.get(given.leaderAddress) ?? NONE, given.leaderReservedShareMicros);
  const external = sub(externalSlice(walletShareMicros, slices), given.externalReservedShareMicros);
  const attributed = given.sellUnattributed ? add(own, max(external, NONE)) : own;
  return max(min(attributed, sub(walletShareMicros, given.reservedShareMicros)), NONE);
}

export interface SpreadSale {
  /** What leaves each slice, in the order taken; only parts above zero. */
  readonly parts: readonly { readonly owner: SliceOwner; readonly shareMicros: ShareMicros }[];
  /** What no slice could cover: the ledger held fewer shares than were sold. */
  readonly uncoveredShareMicros: ShareMicros;
}

/**
 * Which slices a sale outside the app takes from: EXTERNAL first, then the largest slice, equal ones by address. The parts and
 * the uncovered rest add up to `size`, which must not be negative.
 */
export function spreadExternalSale(given: SlicedPosition, size: ShareMicros): SpreadSale {
  const leaders = [...given.slices].sort(byShares);
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

type Slice = readonly [LeaderAddress, ShareMicros];

/** The larger slice first, equal ones by address. */
function byShares([a, ofA]: Slice, [b, ofB]: Slice): number {
  if (ofA === ofB) return a < b ? -1 : 1;
  return ofA > ofB ? -1 : 1;
}
