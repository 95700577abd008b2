/**
 * What exits by the rate should have been (A43): they were sized while the leader's holding was not wholly known, and the next
 * whole reading of their positions says which fractions they sold. Shares in micros.
 */
import { add, max, mulDivFloor, type ShareMicros, shares, sub } from '../money.ts';

/** What a Wallet decided on an exit by the rate. */
export interface RateExit {
  /** Ours, less what was owed already, just before it. */
  readonly ownShareMicros: ShareMicros;
  /** What it was to sell: sold, or owed. */
  readonly wantedShareMicros: ShareMicros;
}

/** The fraction that the leader did sell; all where both are equal. */
export interface SoldFraction {
  readonly soldShareMicros: ShareMicros;
  readonly heldShareMicros: ShareMicros;
}

/**
 * How many more of ours have to be sold than the exits of one token wanted, in the order in which they were decided; below zero
 * where they wanted too many. Each fraction is of what we would have held, had the ones before it been right. Rounded down.
 */
export function missingShares(exits: readonly (RateExit & SoldFraction)[]): ShareMicros {
  return exits.reduce((missing, { ownShareMicros, wantedShareMicros, soldShareMicros, heldShareMicros }) => {
    const ours = max(sub(ownShareMicros, missing), shares(0n));
    const right = shares(mulDivFloor(ours, soldShareMicros, heldShareMicros));
    return add(missing, sub(right, wantedShareMicros));
  }, shares(0n));
}
