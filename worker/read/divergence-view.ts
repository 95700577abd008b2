/** What the page of paper beside live shows of one leader: a fixed number of rows, whatever the leader did. */
import { parseLeaderAddress } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { listDivergence } from '../../ledger/read/divergence.ts';
import { formatCursor, parseCursor } from '../../ledger/read/keyset.ts';
import type { DivergencePageView } from '../../views/pages/divergence.tsx';
import type { Env } from '../env.ts';
import { frameOf, namesFor } from './page-data.ts';

/** Rows of a page, and attempts of each mode that are looked at: `test/workers/page-cost` holds the rows read below 1,000. */
const PAGE = { pageRows: 15, windowRows: 60 };

/** Undefined when no leader with this address is in the document. */
export async function divergenceView(
  env: Env,
  control: Control,
  given: { readonly address: string; readonly before: string | undefined; readonly nowMs: number },
): Promise<DivergencePageView | undefined> {
  const leaderAddress = parseLeaderAddress(given.address);
  const user = control.followedUsers.find((one) => one.leaderAddress === leaderAddress);
  if (user === undefined) return undefined;
  const from = parseCursor(given.before);
  const page = await listDivergence(env.DB, {
    ...PAGE,
    filter: { leaderAddress: user.leaderAddress },
    from,
    direction: 'newest',
  });
  return {
    frame: frameOf(control, given.nowMs),
    leaderAddress: user.leaderAddress,
    label: user.label,
    rows: page.rows,
    names: await namesFor(env, control, page.rows),
    paging: {
      path: `/users/${user.leaderAddress}/divergence`,
      filters: {},
      next: page.next === undefined ? undefined : formatCursor(page.next),
      lookedBackToMs: page.lookedToMs,
      firstPage: from === undefined,
    },
  };
}
