/** The venue's positions with the leaders that explain them, and those that no leader's exit will sell. Bounded reads only. */

import { EXTERNAL_LEADER } from '../../domain/ids.ts';
import { SHARE_STEP_MICROS } from '../../domain/market/market.ts';
import { shares } from '../../domain/money.ts';
import { isDust } from '../../domain/portfolio/owed-exit.ts';
import { sliceKey } from '../../domain/portfolio/slice-key.ts';
import type { Control } from '../../domain/settings/control.ts';
import {
  type DifferenceRow,
  listVenuePositions,
  readLeaderHoldings,
} from '../../ledger/read/live-portfolio.ts';
import { listOpenPositions, listShortPositions, POSITIONS_MAX } from '../../ledger/read/portfolio.ts';
import type { OrphanView } from '../../views/live/orphans.tsx';
import type { RealPositionView } from '../../views/live/real-positions.tsx';
import type { MarkedPositionView, Names, PositionView, VenuePositionView } from '../../views/models.ts';
import type { Env } from '../env.ts';
import { withMarks } from './marks-now.ts';
import { namesFor } from './page-data.ts';
import { walletPortfolio } from './status/object-status.ts';

/** Named in a warning; the rest is a number. */
const NAMED_MAX = 10;

/**
 * The venue's positions, and those that only the ledger holds, each with what explains it and whether one of the open
 * `differences` is about it; in order of their tokens.
 */
export async function realPositions(
  env: Env,
  open: readonly MarkedPositionView[],
  differences: readonly Pick<DifferenceRow, 'tokenId'>[],
  nowMs: number,
): Promise<readonly RealPositionView[]> {
  const [venue, overdrawn] = await Promise.all([
    listVenuePositions(env.DB),
    listShortPositions(env.DB, 'LIVE'),
  ]);
  const short = withMarks(overdrawn, undefined, nowMs);
  // Where a list was cut, the rest of it is not known: nothing of it may be called unexplained or not reported.
  const known = (tokenId: string): boolean =>
    [endOf(open), endOf(venue)].every((end) => end === undefined || tokenId < end);
  const held = [...open, ...short].filter((one) => known(one.tokenId));
  const reported = new Set(venue.map((one) => one.tokenId));
  // What the ledger holds and the venue does not report is in the list too, with zero shares at the venue.
  const unreported = held.filter((one) => !reported.has(one.tokenId)).map(notReported);
  const differing = new Set(differences.map((one) => one.tokenId));
  const once = new Map([...venue, ...unreported].map((one) => [one.tokenId, one]));
  const slicesOf = Map.groupBy(held, (position) => position.tokenId);
  return [...once.values()]
    .filter((one) => known(one.tokenId))
    .map((one) => {
      const slices = slicesOf.get(one.tokenId) ?? [];
      const explained = slices.reduce((sum, { shareMicros }) => sum + shareMicros, 0n);
      const differs = differing.has(one.tokenId);
      return { venue: one, slices, unexplainedShareMicros: one.shareMicros - explained, differs };
    });
}

/** The last token of a list that was cut; undefined for a whole one. */
function endOf(list: readonly { readonly tokenId: string }[]): string | undefined {
  return list.length < POSITIONS_MAX ? undefined : list.at(-1)?.tokenId;
}

function notReported({ tokenId, conditionId }: PositionView): VenuePositionView {
  const nothing = { shareMicros: shares(0n), avgPriceMicros: null, markPriceMicros: null, redeemable: false };
  return { tokenId, conditionId, ...nothing, readAtMs: 0, revision: 0 };
}

/** Positions that follow a leader: how many, and the first of them for a warning. */
export function copiedOf(all: readonly RealPositionView[]): {
  readonly positions: readonly RealPositionView[];
  readonly total: number;
} {
  const copied = all.filter(({ slices }) => slices.some((slice) => !isExternal(slice)));
  return { positions: copied.slice(0, NAMED_MAX), total: copied.length };
}

function isExternal({ leaderAddress }: PositionView): boolean {
  return leaderAddress === EXTERNAL_LEADER || leaderAddress === '';
}

/** What no leader's exit will sell, each with why. What is owed is listed there, and what the operator keeps nowhere (A44). */
export async function orphans(
  env: Env,
  control: Control,
): Promise<{ readonly orphans: readonly OrphanView[]; readonly names: Names }> {
  const [open, now] = await Promise.all([listOpenPositions(env.DB, 'LIVE'), walletPortfolio(env, 'LIVE')]);
  const owed = (now?.owedExits ?? []).filter((row) => !isDust(row));
  const known = new Set([...owed, ...(now?.keptExits ?? [])].map(sliceKey));
  const sellable = open.filter(
    (one) => !isExternal(one) && one.shareMicros >= SHARE_STEP_MICROS && !known.has(sliceKey(one)),
  );
  const holdings = await readLeaderHoldings(env.DB, sellable);
  const found = sellable.flatMap((position): OrphanView[] => {
    const because = orphanCause(position, control, holdings);
    return because === undefined ? [] : [{ position, because }];
  });
  const names = await namesFor(
    env,
    control,
    found.map((one) => one.position),
  );
  return { orphans: found, names };
}

/** Why no exit of the leader will sell this; undefined while one still would. */
function orphanCause(
  position: PositionView,
  control: Control,
  holdings: ReadonlyMap<string, bigint>,
): string | undefined {
  const user = control.followedUsers.find((one) => one.leaderAddress === position.leaderAddress);
  if (user === undefined) return 'This leader is no longer in the list.';
  if (user.liveOverride === 'FORCE_OFF')
    return 'Live is forced off for this leader: their exits are not copied.';
  // A position that was never reported is not known to be zero.
  if (holdings.get(sliceKey(position)) === 0n) return 'The leader has none of it left.';
  return undefined;
}
