/** The moves of a token's last minutes: what is kept of them, and what a reading of the positions finds. */
import { describe, expect, it } from 'vitest';
import { price, shares } from '../../../domain/money.ts';
import {
  movesIn,
  movesSince,
  movesText,
  type RecentMove,
  withMove,
} from '../../../durable-objects/follower/recent-moves.ts';
import { START_MS } from '../memory-ports.ts';

const move = (atMs: number, signed: bigint, at = 500_000n): RecentMove => ({
  eventAtMs: START_MS + atMs,
  signedShareMicros: shares(signed),
  priceMicros: price(at),
});
const kept = (...moves: readonly RecentMove[]) => moves.reduce<readonly RecentMove[]>(withMove, []);

describe('the recent moves of a token', () => {
  it('are one for each second and direction, at their average price', () => {
    const moves = kept(move(0, 3n, 400_000n), move(0, -2n), move(1_000, 5n), move(0, 1n, 800_000n));
    // A micro-share costs less than a micro: priced as far as whole micros go.
    expect(moves.map((one) => one.signedShareMicros)).toEqual([-2n, 5n, 4n]);
    const large = kept(move(0, 3_000_000n, 400_000n), move(0, 1_000_000n, 800_000n));
    expect(large).toEqual([move(0, 4_000_000n, 500_000n)]);
  });

  it('are forgotten some minutes before the newest, in whichever order they came', () => {
    expect(kept(move(0, 1n), move(195_000, 2n), move(-1, 3n))).toEqual([move(0, 1n), move(195_000, 2n)]);
    expect(kept(move(0, 1n), move(195_001, 2n))).toEqual([move(195_001, 2n)]);
  });

  it('count for a reading from its second on, the oldest first', () => {
    const moves = kept(move(2_000, 1n), move(1_000, -2n), move(999, 3n));
    expect(movesSince(moves, START_MS + 1_000)).toEqual([move(1_000, -2n), move(2_000, 1n)]);
  });

  it('come back from their text; a row of an earlier release has none', () => {
    const moves = kept(move(0, 1n), move(1_000, -2n, 0n));
    expect(movesIn(movesText(moves))).toEqual(moves);
    expect(movesIn('')).toEqual([]);
  });
});
