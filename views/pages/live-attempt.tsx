/** One live decision: its facts, the order that came of it, each fill, and how long every step took. */
import { formatCents, formatDuration, formatShares, formatTime, formatUsd, UNKNOWN } from '../format.ts';
import { LiveFillsTable, OrderFilled, OrderState } from '../fragments/live-tables.tsx';
import { AttemptOutcome, Clamps, LeaderName, MarketName } from '../fragments/trade-tables.tsx';
import { Document } from '../layout.tsx';
import type { AttemptView, Frame, LiveFillView, LiveOrderView, Names } from '../models.ts';
import { attemptRows } from './paper-trades.tsx';

export interface LiveAttemptView {
  readonly frame: Frame;
  readonly attempt: AttemptView;
  readonly orders: readonly LiveOrderView[];
  readonly fills: readonly LiveFillView[];
  readonly names: Names;
  /** As stored; '' once pruned. */
  readonly facts: string;
}

type Rows = readonly (readonly [label: string, value: string])[];

export function LiveAttemptPage({ view }: { readonly view: LiveAttemptView }) {
  const { frame, attempt, orders, fills, names, facts } = view;
  return (
    <Document title="Live copy" frame={frame} path="/live-trades">
      <section class="card">
        <p>
          {attempt.side} <MarketName names={names} tokenId={attempt.tokenId} />, after{' '}
          <LeaderName names={names} address={attempt.leaderAddress} />
        </p>
        <p>
          <AttemptOutcome attempt={attempt} /> <Clamps attempt={attempt} />
        </p>
        <Facts rows={attemptRows(attempt)} />
        <details>
          <summary>Facts that the decision saw</summary>
          <pre>{facts === '' ? 'No longer kept: facts are kept for 90 days.' : facts}</pre>
        </details>
      </section>
      {orders.length === 0 ? <p class="empty">No order came of it.</p> : null}
      {orders.map((order) => (
        <OrderSection order={order} attempt={attempt} />
      ))}
      {fills.length === 0 ? null : (
        <section class="card">
          <h2>Fills</h2>
          <LiveFillsTable fills={fills} names={names} />
        </section>
      )}
    </Document>
  );
}

function OrderSection(props: { readonly order: LiveOrderView; readonly attempt: AttemptView }) {
  const { order, attempt } = props;
  return (
    <section class="card">
      <h2>
        {order.shadow ? 'Shadow order' : 'Order'} <OrderState order={order} />
      </h2>
      <p>
        Filled: <OrderFilled order={order} />
      </p>
      {order.lastError === '' ? null : (
        <p class="error">
          The venue said: <span class="venue">{order.lastError}</span>
        </p>
      )}
      <Facts rows={orderRows(order)} />
      <h3>Timing</h3>
      <Facts rows={timingRows(order, attempt)} />
      <details>
        <summary>The exact order, without its signature</summary>
        <pre>{order.publicBody}</pre>
      </details>
    </section>
  );
}

function orderRows(order: LiveOrderView): Rows {
  const gives =
    order.side === 'BUY' ? formatUsd(order.makerMicros) : `${formatShares(order.makerMicros)} shares`;
  const takes =
    order.side === 'BUY' ? `${formatShares(order.takerMicros)} shares` : formatUsd(order.takerMicros);
  return [
    ['Order id', order.orderId === '' ? 'none: it was never sent' : order.orderId],
    ['Type', order.orderType],
    ['Limit price', formatCents(order.limitPriceMicros)],
    ['Gives at most', gives],
    ['Asks for', takes],
    ['Best price seen', formatCents(order.bestPriceMicros)],
    ['Age of the book', formatDuration(order.bookAgeMs)],
    ['Tick', formatCents(order.tickPriceMicros)],
    ['Smallest order', `${formatShares(order.orderShareMicrosMin)} shares`],
    ['Contract', `${order.protocolVersion}${order.negRisk ? ', negative risk' : ''}`],
    ['Fee', formatUsd(order.shadow ? order.predictedFeeMicros : order.feeMicros)],
    ['Times sent', String(order.submits)],
  ];
}

/** Each step since the leader traded; a step that has not happened is a dash. */
function timingRows(order: LiveOrderView, attempt: AttemptView): Rows {
  const since = (ms: number | null, from: number | null): string =>
    ms === null || from === null ? UNKNOWN : formatDuration(ms - from);
  return [
    ['Leader traded', `${formatTime(attempt.leaderEventAtMs)} UTC`],
    ['Seen after', since(attempt.detectedAtMs, attempt.leaderEventAtMs)],
    ['Decided after another', since(attempt.decidedAtMs, attempt.detectedAtMs)],
    ['Sent after another', since(order.submittedAtMs, attempt.decidedAtMs)],
    ['Answered after another', since(order.answeredAtMs, order.submittedAtMs)],
    ['Final after another', since(order.finalAtMs, order.answeredAtMs ?? order.submittedAtMs)],
    ['Seen to sent', since(order.submittedAtMs, attempt.detectedAtMs)],
  ];
}

function Facts({ rows }: { readonly rows: Rows }) {
  return (
    <dl class="facts">
      {rows.map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
