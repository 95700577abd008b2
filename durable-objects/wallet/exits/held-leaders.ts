/** What is held of leaders, read for others: who keeps being watched for it, and what of it no exit is to sell. */
import { EXTERNAL_LEADER, type LeaderAddress, type SliceOwner, type TokenId } from '../../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../../domain/market/market.ts';
import { type ShareMicros, sub } from '../../../domain/money.ts';
import { isDust, type OwedExit } from '../../../domain/portfolio/owed-exit.ts';
import { sliceKey } from '../../../domain/portfolio/slice-key.ts';
import { hasPayout, type PricedPosition } from '../../../domain/portfolio/worth.ts';

interface Held {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly shareMicros: ShareMicros;
}

type Slice = Pick<OwedExit, 'leaderAddress' | 'tokenId'>;

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

/** Positions that no exit is to sell: kept by the operator, or of a market that has its result. */
export function keptExits(
  open: readonly (Pick<Held, 'leaderAddress' | 'tokenId'> & Pick<PricedPosition, 'mark'>)[],
  kept: readonly OwedExit[],
): readonly Slice[] {
  const resolved = open
    .filter(hasPayout)
    .flatMap(({ leaderAddress, tokenId }) =>
      leaderAddress === EXTERNAL_LEADER ? [] : [{ leaderAddress, tokenId }],
    );
  return [...kept.map(({ leaderAddress, tokenId }) => ({ leaderAddress, tokenId })), ...resolved];
}
