/**
 * What moved a token of the leader within the last minutes, as a text in its row: a reading of their positions may arrive after
 * acts that are newer than it, and these move the holding on top of it. No statement of its own is spent on them.
 */
import {
  abs,
  add,
  notionalFloor,
  type PriceMicros,
  price,
  priceOfFloor,
  type ShareMicros,
  shares,
} from '../../domain/money.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';

/** A reading that arrives later than this after its request is of no use: what came since may be forgotten by then. */
export const READING_MS_MAX = 2 * MINUTE_MS;
/** The venue's list lags acts by seconds: it may lack those from this long before its request. */
export const SETTLED_MS = 15 * SECOND_MS;
/** As long as a reading may take, what it may lack, and as far as block times may be ahead of our clock. */
const KEPT_MS = READING_MS_MAX + SETTLED_MS + MINUTE_MS;

export interface RecentMove {
  readonly eventAtMs: number;
  /** Below zero: sold, merged or redeemed. */
  readonly signedShareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
}

/** The moves with one more. Those of one second and direction are one, so a busy minute stays short; old ones are forgotten. */
export function withMove(moves: readonly RecentMove[], move: RecentMove): readonly RecentMove[] {
  const newestMs = moves.reduce((newest, one) => Math.max(newest, one.eventAtMs), move.eventAtMs);
  const same = moves.find((one) => one.eventAtMs === move.eventAtMs && isSale(one) === isSale(move));
  const others = moves.filter((one) => one !== same);
  return [...others, same === undefined ? move : joined(same, move)].filter(
    (one) => newestMs - one.eventAtMs <= KEPT_MS,
  );
}

/** The moves at or after the time, the oldest first. */
export function movesSince(moves: readonly RecentMove[], fromMs: number): readonly RecentMove[] {
  return moves.filter((one) => one.eventAtMs >= fromMs).sort((a, b) => a.eventAtMs - b.eventAtMs);
}

export function movesText(moves: readonly RecentMove[]): string {
  return moves
    .map(
      ({ eventAtMs, signedShareMicros, priceMicros }) => `${eventAtMs}:${signedShareMicros}:${priceMicros}`,
    )
    .join(' ');
}

/** The reverse of `movesText`; a row of an earlier release has none. */
export function movesIn(text: string): readonly RecentMove[] {
  if (text === '') return [];
  return text.split(' ').map((one) => {
    const [eventAtMs, signed, at] = one.split(':');
    return {
      eventAtMs: Number(eventAtMs),
      signedShareMicros: shares(BigInt(signed ?? 0)),
      priceMicros: price(BigInt(at ?? 0)),
    };
  });
}

function isSale({ signedShareMicros }: RecentMove): boolean {
  return signedShareMicros < 0n;
}

function joined(one: RecentMove, other: RecentMove): RecentMove {
  const size = add(abs(one.signedShareMicros), abs(other.signedShareMicros));
  const notional = add(
    notionalFloor(abs(one.signedShareMicros), one.priceMicros),
    notionalFloor(abs(other.signedShareMicros), other.priceMicros),
  );
  return {
    eventAtMs: one.eventAtMs,
    signedShareMicros: add(one.signedShareMicros, other.signedShareMicros),
    priceMicros: priceOfFloor(notional, size),
  };
}
