/**
 * What a reading of a leader's positions says about one token after conversions (A48). A conversion burns the same number of
 * shares of each NO token that it converts, so what is missing is about that number, or the sum of several.
 */
import { add, BPS, max, min, mulDivFloor, type ShareMicros, shares, sub } from '../money.ts';

/** A leader left with less has nothing of it (A43): the venue's lists leave it out, and it cannot be sold. */
export const LEADER_DUST_SHARES = shares(100_000n);
/** Two sources of fills may differ by as much of what was traded. */
const DRIFT_BPS = 200n;

export interface TokenReading {
  /** By all acts that are known. */
  readonly heldShareMicros: ShareMicros;
  /** By the venue's list. */
  readonly readShareMicros: ShareMicros;
  readonly tradedShareMicros: ShareMicros;
}

export type ConversionVerdict =
  | { readonly kind: 'NOTHING' }
  /** Gone by conversions; `unexplainedShareMicros` of what is missing is more than they can have taken. */
  | {
      readonly kind: 'CONVERTED';
      readonly shareMicros: ShareMicros;
      readonly unexplainedShareMicros: ShareMicros;
    }
  /** Missing, and no number that was converted fits. */
  | { readonly kind: 'UNEXPLAINED'; readonly shareMicros: ShareMicros };

/** `amounts` are the numbers that the conversions which may have touched the token burnt of each of theirs; zero where unknown. */
export function conversionVerdict(token: TokenReading, amounts: readonly ShareMicros[]): ConversionVerdict {
  const { heldShareMicros: held, readShareMicros: read } = token;
  const missing = sub(held, read);
  const drift = max(shares(mulDivFloor(token.tradedShareMicros, DRIFT_BPS, BPS)), LEADER_DUST_SHARES);
  if (missing <= drift || amounts.length === 0) return { kind: 'NOTHING' };
  const known = amounts.filter((amount) => amount > 0n);
  const [first, ...others] = known;
  if (first === undefined) return { kind: 'UNEXPLAINED', shareMicros: missing };
  const least = others.reduce((low, amount) => min(low, amount), first);
  const most = others.reduce((sum, amount) => add(sum, amount), first);
  // Who is left with nothing may have held less than was known.
  if (add(missing, drift) < least && read >= LEADER_DUST_SHARES)
    return { kind: 'UNEXPLAINED', shareMicros: missing };
  const over = sub(missing, most);
  if (over <= drift) return { kind: 'CONVERTED', shareMicros: missing, unexplainedShareMicros: shares(0n) };
  return { kind: 'CONVERTED', shareMicros: most, unexplainedShareMicros: over };
}
