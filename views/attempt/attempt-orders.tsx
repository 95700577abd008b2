/** What came of one decision: the orders with what the venue said, our fills, and the leader's fills behind it. */
import type { Child } from 'hono/jsx';
import { Time } from '../frame/time.tsx';
import { FillState, OrderFilled, OrderState } from '../live/live-tables.tsx';
import type { AttemptView, CopyFillView, LeaderFillView, LiveFillView, LiveOrderView } from '../models.ts';
import { Amounts } from '../tables/trade-tables.tsx';
import { formatAddress, formatCents, formatDuration, formatShares, formatUsd } from '../words/format.ts';
import { FILL_SOURCE_LABELS } from '../words/labels.ts';

export type Rows = readonly (readonly [label: string, value: Child])[];

export function FactList({ rows }: { readonly rows: Rows }) {
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

export function OrderSection({ order }: { readonly order: LiveOrderView }) {
  return (
    <section>
      <h3>
        {order.shadow ? 'Shadow order' : 'Order'} <OrderState order={order} />
      </h3>
      <p>
        Filled: <OrderFilled order={order} />
      </p>
      <p>Order id: {order.orderId === '' ? 'none: it was never sent' : <code>{order.orderId}</code>}</p>
      {order.lastError === '' ? null : (
        <p class="error">
          The venue said: <span class="venue">{order.lastError}</span>
        </p>
      )}
      <FactList rows={orderRows(order)} />
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

/** Our fills, live or on paper; a note where the attempt counts fills that no row shows. */
export function OurFills(props: {
  readonly attempt: AttemptView;
  readonly liveFills: readonly LiveFillView[];
  readonly copyFills: readonly CopyFillView[];
}) {
  const { attempt, liveFills, copyFills } = props;
  if (liveFills.length + copyFills.length === 0) {
    const counted = attempt.filledShareMicros > 0n;
    return (
      <p class="empty">
        {counted ? 'The fills that the attempt counts have no rows here (yet).' : 'Nothing was filled.'}
      </p>
    );
  }
  return (
    <table>
      <thead>
        <tr>
          <th>Filled</th>
          <th class="number">Shares</th>
          <th class="number">Price</th>
          <th class="number">Amount</th>
          <th class="number">Fee</th>
          {liveFills.length === 0 ? null : <th>State</th>}
        </tr>
      </thead>
      <tbody>
        {copyFills.map((fill) => (
          <tr>
            <FillCells fill={fill} atMs={fill.filledAtMs} />
          </tr>
        ))}
        {liveFills.map((fill) => (
          <tr>
            <FillCells fill={fill} atMs={fill.matchedAtMs} />
            <td data-label="State">
              <FillState fill={fill} />{' '}
              <code title={`trade ${fill.tradeId}, order ${fill.orderId}`}>
                {formatAddress(fill.tradeId)}
              </code>{' '}
              {fill.txHash === '' ? null : <code title={fill.txHash}>{formatAddress(fill.txHash)}</code>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FillCells({ fill, atMs }: { readonly fill: CopyFillView | LiveFillView; readonly atMs: number }) {
  return (
    <>
      <td data-label="Filled">
        <Time ms={atMs} />
      </td>
      <Amounts deal={fill} />
      <td data-label="Fee" class="number">
        {formatUsd(fill.feeMicros)}
      </td>
    </>
  );
}

/** More would not be read by a person; the Trades page has them all. */
const LEADER_FILLS_SHOWN_MAX = 40;

export function LeaderFills(props: {
  readonly attempt: AttemptView;
  readonly fills: readonly LeaderFillView[];
}) {
  const { attempt, fills } = props;
  const shown = fills.slice(0, LEADER_FILLS_SHOWN_MAX);
  const missing = attempt.fillCount - shown.length;
  return (
    <>
      {shown.length === 0 ? null : (
        <table>
          <thead>
            <tr>
              <th>Traded</th>
              <th class="number">Shares</th>
              <th class="number">Price</th>
              <th class="number">Amount</th>
              <th>Seen</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((fill) => (
              <tr>
                <td data-label="Traded">
                  <Time ms={fill.eventAtMs} />
                </td>
                <Amounts deal={fill} />
                <td data-label="Seen">
                  {FILL_SOURCE_LABELS[fill.source]}, after{' '}
                  {formatDuration(fill.detectedAtMs - fill.eventAtMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {missing > 0 && attempt.sourceType !== 'CLOSE' ? (
        <p class="note">{`Not shown here: ${missing} of ${attempt.fillCount}. What is missing is further back, or not in the database yet.`}</p>
      ) : null}
    </>
  );
}
