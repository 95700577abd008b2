/** Leaders who keep being watched for what is held of them. */
import { EXTERNAL_LEADER, type LeaderAddress, type SliceOwner, type TokenId } from '../../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../../domain/market/market.ts';
import { type ShareMicros, sub } from '../../../domain/money.ts';
import { isDust, type OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { sliceKey } from '../../../domain/portfolio/slice-key.ts';

interface Held {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly shareMicros: ShareMicros;
}

/** The leaders of open positions, each once. One of whom only dust is left is not among them (A47). */
export function heldLeaders(open: readonly Held[], rows: readonly OwedExit[]): readonly LeaderAddress[] {
  const dust = new Map(rows.filter(isDust).map((row) => [sliceKey(row), row]));
  const leaders = new Set<LeaderAddress>();
  for (const slice of open) {
    const { leaderAddress, shareMicros } = slice;
    const left = dust.get(sliceKey(slice));
    const isOnlyDust = left !== undefined && sub(shareMicros, left.shareMicros) < SHARE_STEP_MICROS;
    if (leaderAddress !== EXTERNAL_LEADER && !isOnlyDust) leaders.add(leaderAddress);
  }
  return [...leaders];
}
