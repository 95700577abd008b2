/** What came of one decision: the orders with what the venue said, our fills, and the leader's fills behind it. */
import type { Child } from 'hono/jsx';
import { Time } from '../frame/time.tsx';
import { FEE_COLUMN, FillState, OrderFilled, OrderState, TradeIds } from '../live/live-tables.tsx';
import type { AttemptView, CopyFillView, LeaderFillView, LiveFillView, LiveOrderView } from '../models.ts';
import { AMOUNT_COLUMNS, type Column, DealTable } from '../tables/deal-table.tsx';
import { SEEN_COLUMN } from '../tables/trade-tables.tsx';
import { formatCents, formatDuration, formatShares, formatUsd } from '../words/format.ts';

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
    return <p class="empty">{noFillsText(attempt)}</p>;
  }
  const columns: readonly Column<CopyFillView | LiveFillView>[] = [
    { heading: 'Filled', cell: (fill) => <Time ms={timeOf(fill)} /> },
    ...AMOUNT_COLUMNS,
    FEE_COLUMN,
  ];
  // An attempt has fills of one mode only.
  return liveFills.length === 0 ? (
    <DealTable rows={copyFills} columns={columns} />
  ) : (
    <DealTable rows={liveFills} columns={[...columns, STATE_COLUMN]} />
  );
}

function noFillsText({ filledShareMicros, reasons }: AttemptView): string {
  if (filledShareMicros > 0n) return 'The fills that the attempt counts have no rows here (yet).';
  return reasons.includes('PAPER_PENDING') ? 'Nothing is filled yet.' : 'Nothing was filled.';
}

const STATE_COLUMN: Column<LiveFillView> = {
  heading: 'State',
  cell: (fill) => (
    <>
      <FillState fill={fill} /> <TradeIds fill={fill} />
    </>
  ),
};

function timeOf(fill: CopyFillView | LiveFillView): number {
  return 'filledAtMs' in fill ? fill.filledAtMs : fill.matchedAtMs;
}

const LEADER_COLUMNS: readonly Column<LeaderFillView>[] = [
  { heading: 'Traded', cell: (fill) => <Time ms={fill.eventAtMs} /> },
  ...AMOUNT_COLUMNS,
  SEEN_COLUMN,
];

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
      {shown.length === 0 ? null : <DealTable rows={shown} columns={LEADER_COLUMNS} />}
      {missing > 0 && attempt.sourceType !== 'CLOSE' ? (
        <p class="note">{`Not shown here: ${missing} of ${attempt.fillCount}. What is missing is further back, or not in the database yet.`}</p>
      ) : null}
    </>
  );
}
