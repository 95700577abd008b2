/** What the operator must know first: everything that is wrong, each as a sentence with a link to where to look. */

import type { TradingMode } from '../../domain/ids.ts';
import { add } from '../../domain/money.ts';
import { isSure } from '../../domain/portfolio/worth.ts';
import { isOutboxLate } from '../../domain/records/copying.ts';
import { limitIn, type PlatformLimit } from '../../domain/records/platform-limits.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { QuarantineRow, Snapshot } from '../../ledger/read/portfolio.ts';
import type { AttentionView } from '../../views/status/attention.tsx';
import { type LimitView, METER_LABELS, shareInWords } from '../../views/status/limits.tsx';
import { type ObjectsView, type Part, partsOf } from '../../views/status/objects.ts';
import { exitsPath } from '../../views/words/addresses.ts';
import { owedInWords } from '../../views/words/exit-words.ts';
import { limitInWords } from '../../views/words/limit-words.ts';
import { copyingAttention } from './copying-attention.ts';

/** The Wallet values itself every minute; after this it is late. */
const SNAPSHOT_LATE_MS = 5 * MINUTE_MS;

/** Everything that needs the operator now, the most serious first. */
export function attention(given: {
  readonly control: Control;
  readonly objects: ObjectsView;
  /** The Wallets' last valuations; undefined where there is none. */
  readonly snapshots: Readonly<Record<TradingMode, Snapshot | undefined>>;
  /** What the Wallets report of this moment; undefined where one does not answer. */
  readonly worth: Readonly<Record<TradingMode, WalletPortfolio | undefined>>;
  /** The latest input that was refused. */
  readonly refused: QuarantineRow | undefined;
  /** Of the plan. */
  readonly limits: readonly LimitView[];
  readonly nowMs: number;
}): readonly AttentionView[] {
  const { control, objects, snapshots, worth, refused, limits, nowMs } = given;
  const found: AttentionView[] = [
    ...otherVersions(control, objects),
    ...liveAttention(control, objects.live, nowMs),
  ];
  found.push(...owedExits('PAPER', objects.paper), ...owedExits('LIVE', objects.live));
  found.push(...ownWallet(control, objects));
  const parts = partsOf(objects);
  for (const limit of limitsReached(parts)) found.push({ text: limitInWords(limit), href: '/status#limits' });
  for (const { title, status } of parts)
    if (!status.healthy) found.push({ text: `${title} needs attention.`, href: '/status' });
  for (const { title, status } of parts) {
    if (status.kind === 'no-answer' || status.outbox.oldestAtMs === null) continue;
    const { depth, oldestAtMs } = status.outbox;
    if (isOutboxLate(status.outbox, nowMs))
      found.push({
        text: `${title}: ${depth} rows wait for the database, the oldest since`,
        atMs: oldestAtMs,
        href: '/status',
      });
  }
  found.push(...copyingAttention(control, objects));
  if (control.paperTrading === 'OFF')
    found.push({ text: 'Paper trading is switched off: nothing is copied on paper.', href: '/config' });
  if (!control.followedUsers.some((user) => !user.removed))
    found.push({ text: 'Nobody is followed yet: add a leader.', href: '/users' });
  for (const [mode, snapshot] of Object.entries(snapshots)) {
    // Nothing is valued while a held position has no price: buys are skipped then, and the profit shown does not change.
    const wallet = objects[mode === 'PAPER' ? 'paper' : 'live'];
    // A Wallet that holds nothing sleeps, and its value does not change.
    const isAsleep =
      wallet.kind === 'wallet' && wallet.openPositions === 0 && !(wallet.live && wallet.trading !== 'OFF');
    if (!isAsleep && snapshot !== undefined && nowMs - snapshot.bucketAtMs > SNAPSHOT_LATE_MS)
      found.push({
        text: `The ${mode.toLowerCase()} wallet was last valued at`,
        atMs: snapshot.bucketAtMs,
        href: '/status',
      });
  }
  for (const [mode, now] of Object.entries(worth)) {
    if (now === undefined || isSure(now.risk.unsureMicros, add(now.risk.pnlMicros, now.risk.flowMicros)))
      continue;
    // Amounts are on the portfolio page, under Risk.
    const name = mode.toLowerCase();
    const href = mode === 'PAPER' ? '/paper-portfolio' : '/real-portfolio';
    found.push({ text: `More than 1 % of the ${name} wallet has no good price: it buys nothing.`, href });
  }
  for (const { name, shareBps, isWarned } of limits)
    if (isWarned)
      found.push({
        text: `${METER_LABELS[name]}: ${shareInWords(shareBps)} of the plan is used.`,
        href: '/status#limits',
      });
  if (refused !== undefined && nowMs - refused.seenAtMs < HOUR_MS)
    found.push({ text: 'Input was refused in the last hour.', href: '/status' });
  return found;
}

/** Settings of a later release, and a database that went back in time. */
function otherVersions({ version, laterVersion }: Control, objects: ObjectsView): AttentionView[] {
  const found: AttentionView[] = [];
  if (laterVersion !== undefined)
    found.push({
      text: `Version ${laterVersion} of the settings is of a later release and cannot be read here: version ${version} is in force. Deploy that release again, or save the settings.`,
      href: '/config',
    });
  const held = partsOf(objects).flatMap(({ title, status }) =>
    status.kind !== 'no-answer' && (status.controlVersion ?? 0) > Math.max(version, laterVersion ?? 0)
      ? [`${title} works with version ${status.controlVersion}`]
      : [],
  );
  if (held.length > 0)
    found.push({
      text: `The database went back in time: it holds version ${version} of the settings, and ${held.join(', ')}. Look at them and save them, so that they hold everywhere.`,
      href: '/config',
    });
  return found;
}

/** Limits of the platform that the objects report, or that keep them from answering or from reaching D1; each once. */
function limitsReached(parts: readonly Part[]): ReadonlySet<PlatformLimit> {
  const found = parts.flatMap(({ status }) =>
    status.kind === 'no-answer'
      ? [limitIn(status.noAnswerBecause)]
      : [status.limit?.limit, limitIn(status.outbox.error ?? '')],
  );
  return new Set(found.filter((limit) => limit !== undefined));
}

/** Leaders that are the operator's own wallet (A53). */
function ownWallet(control: Control, { live, paper }: ObjectsView): AttentionView[] {
  const own = [live, paper].flatMap((one) => (one.kind === 'wallet' ? one.ownAddresses : []));
  return control.followedUsers
    .filter((user) => !user.removed && own.includes(user.leaderAddress))
    .map((user) => ({
      text: `${user.label} is your own wallet: nothing of it is copied. Remove it.`,
      href: `/users/${user.leaderAddress}`,
    }));
}

/** Exits that a Wallet owes, without dust and what waits for the leader's next exit (A44, A47). */
function owedExits(mode: TradingMode, wallet: ObjectsView['paper']): AttentionView[] {
  if (wallet.kind === 'no-answer') return [];
  const text = owedInWords(mode, wallet.owedExits);
  return text === undefined ? [] : [{ text, href: exitsPath(mode) }];
}

/** What the live Wallet itself reports. */
function liveAttention(control: Control, wallet: ObjectsView['live'], nowMs: number): AttentionView[] {
  if (wallet.kind === 'no-answer') return [];
  const href = '/live-trades';
  const found: AttentionView[] = [];
  const { trading, openPositions, live } = wallet;
  if (trading !== control.liveTrading)
    found.push({ text: `Live is saved as ${control.liveTrading}, but the Wallet holds ${trading}.`, href });
  const entries = live?.entries ?? 'ON';
  if (entries !== control.liveEntries)
    found.push({
      text: `Live entries are saved as ${control.liveEntries}, but the Wallet holds ${entries}.`,
      href,
    });
  if (entries === 'OFF' && trading !== 'OFF')
    found.push({ text: 'Entries are stopped: live buys nothing, and exits go on.', href });
  const stoppedLeaders = live?.leadersWithoutEntries ?? 0;
  if (stoppedLeaders > 0 && trading !== 'OFF')
    found.push({ text: `Entries are stopped for ${stoppedLeaders} of the leaders.`, href });
  const problem = live?.account.problem ?? null;
  if (problem !== null) found.push({ text: `The trading account needs you: ${problem}.`, href });
  const limitMs = control.settings.LIVE.unresolvedAgeMsMax;
  const oldestUnresolvedAtMs = live?.orders.oldestUnresolvedAtMs ?? null;
  if (oldestUnresolvedAtMs !== null && nowMs - oldestUnresolvedAtMs > limitMs)
    found.push({ text: 'A live order has had no outcome since', atMs: oldestUnresolvedAtMs, href });
  const differences = live?.reconciliation.alertingDifferences ?? 0;
  if (differences > 0)
    found.push({
      text: `The ledger and the venue have differed in ${differences} places for a minute or more.`,
      href: '/real-portfolio',
    });
  if (trading === 'OFF' && openPositions > 0)
    found.push({
      text: `Live is OFF and holds ${openPositions} positions: exits are not copied.`,
      href: '/real-portfolio',
    });
  return found;
}
