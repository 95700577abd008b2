/** What happened in one sentence each: what the leader did, what we did about it, and why. For a tired person. */

import type { AttemptView, Names } from '../models.ts';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import {
  formatCents,
  formatDuration,
  formatShareOf,
  formatShares,
  formatTime,
  formatUsd,
} from '../words/format.ts';
import { REASON_LABELS } from '../words/labels.ts';

export function Headline({ attempt, names }: { readonly attempt: AttemptView; readonly names: Names }) {
  return (
    <p class="headline">
      <WhatTheLeaderDid attempt={attempt} names={names} /> <strong>{whatWeDid(attempt)}</strong>
    </p>
  );
}

/** The title of the panel: the outcome in two words. */
export function outcomeTitle(attempt: AttemptView): string {
  const where = attempt.mode === 'LIVE' ? 'live' : 'on paper';
  if (attempt.decision === 'WAIT') return `Waiting, ${where}`;
  if (attempt.decision === 'SKIP') return `Skipped, ${where}`;
  if (attempt.reasons.includes('LIVE_SHADOW_ONLY')) return 'Shadow copy, live';
  if (attempt.reasons.includes('PAPER_PENDING')) return `Pending, ${where}`;
  return attempt.filledShareMicros === 0n ? `Not filled, ${where}` : `Copied, ${where}`;
}

function WhatTheLeaderDid({ attempt, names }: { readonly attempt: AttemptView; readonly names: Names }) {
  const leader = <LeaderName names={names} address={attempt.leaderAddress} />;
  const market = <MarketName names={names} tokenId={attempt.tokenId} />;
  const buys = attempt.side === 'BUY';
  const amount = `${formatUsd(attempt.leaderNotionalMicros)} at ${formatCents(attempt.referencePriceMicros)}`;
  const fills = attempt.fillCount === 1 ? '1 fill' : `${attempt.fillCount} fills`;
  switch (attempt.sourceType) {
    case 'CLOSE':
      return (
        <>
          The operator asked to sell what is left after {leader} of {market}, worth {amount}.
        </>
      );
    case 'CORRECTION':
      return (
        <>
          {leader} sold {market} for {amount} while it was not known how much they held; by now it is.
        </>
      );
    case 'BUFFER':
    case 'CARRY':
      return (
        <>
          Small trades of {leader} in {market} ({fills}) were gathered: for us{' '}
          {buys ? 'a purchase' : 'a sale'} of {amount}.
        </>
      );
    default:
      return (
        <>
          {leader} {buys ? 'bought' : 'sold'} {market} for {amount}
          {attempt.fillCount === 1 ? '' : `, in ${fills}`}.
        </>
      );
  }
}

/** Our part as one sentence, with the reasons in words. */
export function whatWeDid(attempt: AttemptView): string {
  const why = attempt.reasons.map((reason) => lowerFirst(REASON_LABELS[reason])).join('; ');
  const because = why === '' ? '' : `: ${why}`;
  const buys = attempt.side === 'BUY';
  const where = attempt.mode === 'LIVE' ? 'with real money' : 'on paper';
  if (attempt.decision === 'WAIT') return `Our ${buys ? 'purchase' : 'sale'} waits${because}.`;
  if (attempt.decision === 'SKIP') return `We did not copy it${because}.`;
  if (attempt.reasons.includes('LIVE_SHADOW_ONLY')) {
    return `In shadow: an order for ${formatUsd(attempt.targetNotionalMicros)} was recorded, and none was placed.`;
  }
  if (attempt.reasons.includes('PAPER_PENDING')) return pending(attempt);
  if (attempt.filledShareMicros === 0n) {
    const wanted = `${formatShares(attempt.targetShareMicros)} shares at ${formatCents(attempt.limitPriceMicros)}`;
    const what = `We wanted to ${buys ? 'buy' : 'sell'} ${wanted} ${where}, and nothing is filled`;
    return `${what}${because}.`;
  }
  const part = formatShareOf(attempt.filledShareMicros, attempt.targetShareMicros);
  const got = `${formatShares(attempt.filledShareMicros)} shares for ${formatUsd(attempt.filledNotionalMicros)}`;
  const deal = `We ${buys ? 'bought' : 'sold'} ${got} at ${formatCents(attempt.vwapPriceMicros)} ${where}`;
  return `${deal}, ${part} of what we wanted${because}.`;
}

/** What it waits for, and until when. */
function pending({ side, targetShareMicros, limitPriceMicros, decidedAtMs, dueAtMs }: AttemptView): string {
  const wanted = `${formatShares(targetShareMicros)} shares at ${formatCents(limitPriceMicros)}`;
  const waits = formatDuration((dueAtMs ?? decidedAtMs) - decidedAtMs);
  const when = `${formatTime(dueAtMs)} UTC, ${waits} after the decision, as a live order would`;
  return `Our ${side === 'BUY' ? 'purchase' : 'sale'} of ${wanted} is pending on paper: it fills on the order book of ${when}.`;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
