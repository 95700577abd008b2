/** What a decision saw: the top of the book as a small table, and the other facts line by line. */

import type { DecisionFacts } from '../../domain/decide/decision-facts.ts';
import type { Book } from '../../domain/market/book.ts';
import { formatMicros } from '../../domain/money.ts';
import { Time } from '../frame/time.tsx';
import { formatCents, formatDuration, formatShareOf, formatShares, formatUsd } from '../words/format.ts';
import { REASON_LABELS } from '../words/labels.ts';
import { FactList, type Rows } from './attempt-orders.tsx';
import { BestLevels } from './book-levels.tsx';

/** The best levels of both sides, beside each other. */
export function SeenBook({ book, nowMs }: { readonly book: Book | null; readonly nowMs: number }) {
  if (book === null) return <p class="empty">There was no order book.</p>;
  return (
    <>
      <p class="note">
        {`${formatDuration(nowMs - book.asOfMs)} old; ${book.bids.length} bids and ${book.asks.length} asks were kept, the best are here.`}
      </p>
      <BestLevels book={book} />
    </>
  );
}

export function SeenFacts({ facts }: { readonly facts: DecisionFacts }) {
  const { market, portfolio } = facts;
  return (
    <>
      <h4>The leader’s act</h4>
      <FactList rows={intentRows(facts)} />
      <h4>The market</h4>
      {market === null ? (
        <p class="empty">The market was not known.</p>
      ) : (
        <FactList rows={marketRows(market)} />
      )}
      <h4>Our portfolio</h4>
      <FactList rows={portfolioRows(portfolio)} />
    </>
  );
}

function yesNo(answer: boolean): string {
  return answer ? 'yes' : 'no';
}

function intentRows({ intent }: DecisionFacts): Rows {
  return [
    ['Shares', formatShares(intent.leaderShareMicros)],
    ['Sized before', intent.ourNotionalMicros === null ? 'no' : formatUsd(intent.ourNotionalMicros)],
    ['The leader holds in all', formatUsd(intent.leaderExposureMicros)],
    ['The leader is out', yesNo(intent.leaderExited)],
    ['Part of the exit', exitText(intent.exit)],
    ['Only exits are copied', yesNo(intent.exitOnly)],
    ['Waited for shares', formatDuration(intent.waitedMs)],
    ['Found before', intent.presetReason === null ? 'nothing' : REASON_LABELS[intent.presetReason]],
  ];
}

/** "120 of 480 shares", or the shares that our own sale is about. */
function exitText(exit: DecisionFacts['intent']['exit']): string {
  if (exit === null) return 'not known';
  if (exit.kind === 'CORRECTION') return `${formatShares(exit.shareMicros)} of our shares besides`;
  return exit.kind === 'SHARES'
    ? `${formatShares(exit.shareMicros)} of our shares`
    : `${formatShares(exit.soldShareMicros)} of their ${formatShares(exit.heldShareMicros)} shares`;
}

function marketRows(market: NonNullable<DecisionFacts['market']>): Rows {
  // A rate in millionths is the same text as micros of one.
  const fee =
    market.fee === null
      ? 'none'
      : `${formatMicros(market.fee.ratePpm)} × (p × (1 − p))^${market.fee.exponent}`;
  return [
    ['Takes orders', yesNo(market.acceptingOrders)],
    ['Tick', formatCents(market.tickPriceMicros)],
    ['Smallest order', `${formatShares(market.orderShareMicrosMin)} shares`],
    ['Fee of a share', fee],
    ['Closes', <Time ms={market.closeAtMs} />],
  ];
}

function portfolioRows(portfolio: DecisionFacts['portfolio']): Rows {
  const { equityMicros: equity } = portfolio;
  const ofEquity = (micros: bigint): string =>
    equity === null || equity <= 0n
      ? formatUsd(micros)
      : `${formatUsd(micros)} (${formatShareOf(micros, equity)})`;
  return [
    ['Free cash', formatUsd(portfolio.cashMicros)],
    ['Equity', formatUsd(equity)],
    ['Total exposure', ofEquity(portfolio.totalExposureMicros)],
    ['In this market', ofEquity(portfolio.marketExposureMicros)],
    ['After this leader', ofEquity(portfolio.leaderExposureMicros)],
    ['Held for this leader', `${formatShares(portfolio.ownShareMicros)} shares`],
    ['Of these owed to exits', `${formatShares(portfolio.owedShareMicros)} shares`],
    ['Can be sold now', `${formatShares(portfolio.holdingShareMicros)} shares`],
    ['Profit since midnight UTC', formatUsd(portfolio.dayPnlMicros)],
    ['Profit over seven days', formatUsd(portfolio.weekPnlMicros)],
    ['Profit in all', formatUsd(portfolio.pnlMicros)],
    ['Highest profit', formatUsd(portfolio.peakPnlMicros)],
    ['Paid in', formatUsd(portfolio.flowMicros)],
  ];
}
