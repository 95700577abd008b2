/** Whether copying works: sweeps come, trades are seen and decided in time, and none is skipped for reasons of ours (A60). */
import type { TradingMode } from '../../domain/ids.ts';
import { isOutboxLate, lagsTooMuch, seesTooLate, skipsTooMany } from '../../domain/records/copying.ts';
import type { FeedStatus, LeaderTrouble, WalletStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { AttentionView } from '../../views/status/attention.tsx';
import type { ObjectsView } from '../../views/status/objects.ts';
import { REASON_LABELS } from '../../views/words/labels.ts';

/** What keeps trades from being copied, as sentences. */
export function copyingAttention(control: Control, { feed, paper, live }: ObjectsView): AttentionView[] {
  const found: AttentionView[] = [];
  const href = '/status';
  // For some minutes after a deploy an object may still run the release before, whose status lacks these fields.
  if (feed.kind === 'feed' && feed.late !== undefined && feed.late.oldestSweepAtMs !== null)
    found.push({
      text: `Leaders whose list is not read any more: ${feed.late.sweeps}, the first since`,
      atMs: feed.late.oldestSweepAtMs,
      href,
    });
  if (feed.kind === 'feed' && feed.troubles !== undefined) found.push(...troublesOf(control, feed.troubles));
  if (paper.kind === 'wallet') found.push(...walletAttention('PAPER', paper, control));
  if (live.kind === 'wallet') found.push(...walletAttention('LIVE', live, control));
  return found;
}

/** What LeaderFeed receives of the leaders' objects: those that it names, and how many more there are. */
function troublesOf(control: Control, { count, leaders }: FeedStatus['troubles']): AttentionView[] {
  const found = leaders.flatMap((trouble) => {
    const user = control.followedUsers.find((one) => one.leaderAddress === trouble.leaderAddress);
    return troubleOf(user?.label ?? trouble.leaderAddress, trouble);
  });
  const more = count - leaders.length;
  if (more > 0) found.push({ text: `${more} more leaders need attention.`, href: '/status' });
  return found;
}

function troubleOf(label: string, trouble: LeaderTrouble): AttentionView[] {
  const { healthy, outbox, seenTooLate, receivedAtMs } = trouble;
  const href = '/status';
  const found: AttentionView[] = [];
  if (!healthy) found.push({ text: `Leader ${label} needs attention.`, href });
  // As of when it was received: rows that it had just written are long in the database.
  if (isOutboxLate(outbox, receivedAtMs))
    found.push({
      text: `Leader ${label}: ${outbox.depth} rows wait for the database, the oldest since`,
      atMs: outbox.oldestAtMs ?? receivedAtMs,
      href,
    });
  if (seesTooLate(trouble))
    found.push({
      text: `${label}: ${seenTooLate} purchases of the last hour were seen too late to be copied.`,
      href,
    });
  return found;
}

function walletAttention(mode: TradingMode, { copying }: WalletStatus, control: Control): AttentionView[] {
  // As above: the release before has no count.
  if (copying === undefined) return [];
  const { decisions, skippedByUs, commonestReason, lagMsP95 } = copying;
  const found: AttentionView[] = [];
  const name = mode.toLowerCase();
  const href = mode === 'LIVE' ? '/live-trades' : '/trades';
  if (skipsTooMany(copying) && commonestReason !== null)
    found.push({
      text: `${skippedByUs} of ${decisions} ${name} copies of the last hour failed on our side, most often: ${REASON_LABELS[commonestReason]}.`,
      href,
    });
  if (lagsTooMuch(copying, control.settings[mode].copyAgeMsMax))
    found.push({
      text: `One in twenty ${name} copies of the last hour took ${(lagMsP95 ?? 0) / SECOND_MS} s or nearly so from the leader’s trade to our decision.`,
      href,
    });
  return found;
}
