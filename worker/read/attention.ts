/** What a person must know of first: everything that is not as it should be, each in a sentence with where to look. */

import type { TradingMode } from '../../domain/ids.ts';
import type { ObjectStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import type { QuarantineRow, Snapshot } from '../../ledger/read/portfolio.ts';
import type { AttentionView } from '../../views/status/attention.tsx';
import { LIVE_TITLE } from './page-data.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The Wallet values itself every minute; after this it is late. */
const SNAPSHOT_LATE_MS = 5 * MINUTE_MS;
/** Rows leave within a fraction of a second; what waits for this long shows that D1 takes none. */
const OUTBOX_LATE_MS = MINUTE_MS;

/** Everything that needs the operator now, the gravest first. */
export function attention(given: {
  readonly control: Control;
  readonly objects: readonly ObjectStatus[];
  /** The Wallets' last valuations; undefined where there is none. */
  readonly snapshots: Readonly<Record<TradingMode, Snapshot | undefined>>;
  /** The latest input that was refused. */
  readonly refused: QuarantineRow | undefined;
  readonly nowMs: number;
}): readonly AttentionView[] {
  const { control, objects, snapshots, refused, nowMs } = given;
  const found: AttentionView[] = [...liveAttention(control, objects, nowMs)];
  for (const { title } of objects.filter((one) => !one.healthy))
    found.push({ text: `${title} needs attention.`, href: '/status' });
  for (const { title, facts } of objects) {
    const { outboxOldestAtMs } = facts;
    if (typeof outboxOldestAtMs === 'number' && nowMs - outboxOldestAtMs > OUTBOX_LATE_MS)
      found.push({
        text: `${title}: rows have waited for the database since`,
        atMs: outboxOldestAtMs,
        href: '/status',
      });
  }
  if (control.paperTrading === 'OFF')
    found.push({ text: 'Paper trading is switched off: nothing is copied on paper.', href: '/config' });
  if (!control.followedUsers.some((user) => !user.removed))
    found.push({ text: 'Nobody is followed yet: add a leader.', href: '/users' });
  for (const [mode, snapshot] of Object.entries(snapshots)) {
    // Nothing is valued while a held position has no price: then buys are skipped, and profit stands still on the screen.
    if (snapshot !== undefined && nowMs - snapshot.bucketAtMs > SNAPSHOT_LATE_MS)
      found.push({
        text: `The ${mode.toLowerCase()} wallet was last valued at`,
        atMs: snapshot.bucketAtMs,
        href: '/status',
      });
  }
  if (refused !== undefined && nowMs - refused.seenAtMs < HOUR_MS)
    found.push({ text: 'Input was refused in the last hour.', href: '/status' });
  return found;
}

/** What the live Wallet itself reports. */
function liveAttention(control: Control, objects: readonly ObjectStatus[], nowMs: number): AttentionView[] {
  const facts = objects.find((one) => one.title === LIVE_TITLE)?.facts;
  if (facts === undefined) return [];
  const href = '/live-trades';
  const found: AttentionView[] = [];
  const { trading, accountProblem, oldestUnresolvedAtMs, openPositions } = facts;
  if (typeof trading === 'string' && trading !== control.liveTrading)
    found.push({ text: `Live is saved as ${control.liveTrading}, but the Wallet holds ${trading}.`, href });
  if (typeof accountProblem === 'string' && accountProblem !== '')
    found.push({ text: `The trading account needs you: ${accountProblem}.`, href });
  const limitMs = control.settings.LIVE.unresolvedAgeMsMax;
  if (typeof oldestUnresolvedAtMs === 'number' && nowMs - oldestUnresolvedAtMs > limitMs)
    found.push({ text: 'A live order has had no outcome since', atMs: oldestUnresolvedAtMs, href });
  if (trading === 'OFF' && typeof openPositions === 'number' && openPositions > 0)
    found.push({
      text: `Live is OFF and holds ${openPositions} positions: exits are not copied.`,
      href: '/real-portfolio',
    });
  return found;
}
