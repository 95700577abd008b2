/** A long list of positions, read whole for its sums, shown page by page: each one shown costs two rows for its market's name. */

import type { PositionView } from '../../views/models.ts';
import { exposureBy } from '../../views/portfolio/exposure.tsx';

const PER_PAGE = 60;
/** Bars of markets that are named. */
const MARKETS_NAMED = 10;

export interface PositionsPage<Position> {
  readonly positions: readonly Position[];
  readonly page: number;
  readonly pages: number;
}

/** One page; a number that there is not is the first. */
export function pageOf<Position>(
  all: readonly Position[],
  wanted: string | undefined,
): PositionsPage<Position> {
  const pages = Math.max(1, Math.ceil(all.length / PER_PAGE));
  const given = /^\d{1,4}$/.test(wanted ?? '') ? Number(wanted) : 1;
  const page = given >= 1 && given <= pages ? given : 1;
  return { positions: all.slice((page - 1) * PER_PAGE, page * PER_PAGE), page, pages };
}

/** One position of each of the largest markets, for the names of the bars. */
export function largestOf(positions: readonly PositionView[]): readonly PositionView[] {
  const largest = exposureBy(positions, (one) => one.conditionId).slice(0, MARKETS_NAMED);
  return largest.flatMap(({ key }) => positions.find((one) => one.conditionId === key) ?? []);
}
