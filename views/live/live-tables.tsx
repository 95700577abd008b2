/** Tables of live orders and live fills. Whatever the venue wrote is hostile and only ever text. */
import { MICROS, mulDivRound } from '../../domain/money.ts';
import { drawerLink } from '../frame/drawer.tsx';
import { Time } from '../frame/time.tsx';
import type { LiveFillView, LiveOrderView, Names } from '../models.ts';
import { AMOUNT_COLUMNS, type Column, DealTable, whoseColumns } from '../tables/deal-table.tsx';
import { attemptPath } from '../tables/trade-tables.tsx';
import {
  formatAddress,
  formatCents,
  formatShareOf,
  formatShares,
  formatUsd,
  UNKNOWN,
} from '../words/format.ts';
import { FILL_STATE_LABELS, ORDER_STATE_LABELS } from '../words/labels.ts';

const ORDER_TONES: Readonly<Partial<Record<LiveOrderView['state'], string>>> = {
  FILLED: 'good',
  PARTIAL: 'good',
  REJECTED: 'bad',
  UNKNOWN: 'bad',
};
const FILL_TONES: Readonly<Partial<Record<LiveFillView['state'], string>>> = {
  CONFIRMED: 'good',
  FAILED: 'bad',
};

export function OrderState({ order }: { readonly order: LiveOrderView }) {
  return (
    <span class={`badge ${ORDER_TONES[order.state] ?? 'skip'}`} title={order.state}>
      {ORDER_STATE_LABELS[order.state]}
    </span>
  );
}

export function FillState({ fill }: { readonly fill: LiveFillView }) {
  return (
    <>
      <span class={`badge ${FILL_TONES[fill.state] ?? 'skip'}`}>{FILL_STATE_LABELS[fill.state]}</span>{' '}
      <small>{fill.role.toLowerCase()}</small>
    </>
  );
}

export function OriginBadge({ origin }: { readonly origin: LiveFillView['origin'] }) {
  return (
    <span class={`badge ${origin === 'APP' ? 'good' : 'skip'}`} title="Who placed the order behind this fill">
      {origin}
    </span>
  );
}

/** What was filled of an order: of a shadow order, what the paper walker predicts. */
export function OrderFilled({ order }: { readonly order: LiveOrderView }) {
  if (order.shadow) {
    return (
      <>
        predicted {formatShares(order.predictedShareMicros)} at{' '}
        {formatCents(averagePrice(order.predictedNotionalMicros, order.predictedShareMicros))}
      </>
    );
  }
  if (order.filledShareMicros === 0n) return <span class="muted">nothing</span>;
  return (
    <>
      {formatShares(order.filledShareMicros)} at{' '}
      {formatCents(averagePrice(order.filledNotionalMicros, order.filledShareMicros))} (
      {formatShareOf(order.filledShareMicros, order.shareMicros)})
    </>
  );
}

/** Rounded to the nearest micro; null without shares. */
export function averagePrice(notionalMicros: bigint | null, shareMicros: bigint | null): bigint | null {
  if (notionalMicros === null || shareMicros === null || shareMicros === 0n) return null;
  return mulDivRound(notionalMicros, MICROS, shareMicros);
}

/** Shares at the limit price: the most that a BUY may spend, the least that a SELL may bring. */
function orderAmount(order: LiveOrderView): bigint {
  return order.side === 'BUY' ? order.makerMicros : order.takerMicros;
}

export function OrdersTable(props: { readonly orders: readonly LiveOrderView[]; readonly names: Names }) {
  const { orders, names } = props;
  if (orders.length === 0) return <p class="empty">No order here yet.</p>;
  const columns: readonly Column<LiveOrderView>[] = [
    {
      heading: 'Created',
      cell: (order) => (
        <a {...drawerLink(attemptPath({ ...order, mode: 'LIVE' }))}>
          <Time ms={order.createdAtMs} />
        </a>
      ),
    },
    ...whoseColumns(names),
    ...ORDER_COLUMNS,
  ];
  return <DealTable rows={orders} columns={columns} />;
}

const ORDER_COLUMNS: readonly Column<LiveOrderView>[] = [
  { heading: 'Type', cell: (order) => order.orderType },
  { heading: 'Limit', isNumber: true, cell: (order) => formatCents(order.limitPriceMicros) },
  { heading: 'Shares', isNumber: true, cell: (order) => formatShares(order.shareMicros) },
  { heading: 'Amount', isNumber: true, cell: (order) => formatUsd(orderAmount(order)) },
  { heading: 'State', cell: (order) => <OrderState order={order} /> },
  { heading: 'Filled', cell: (order) => <OrderFilled order={order} /> },
  {
    heading: 'What the venue said',
    label: 'Venue',
    cell: ({ lastError }) =>
      lastError === '' ? <span class="muted">{UNKNOWN}</span> : <span class="venue">{lastError}</span>,
  },
];

export function LiveFillsTable(props: { readonly fills: readonly LiveFillView[]; readonly names: Names }) {
  const { fills, names } = props;
  if (fills.length === 0) return <p class="empty">No fill here yet.</p>;
  const columns: readonly Column<LiveFillView>[] = [
    { heading: 'Matched', cell: (fill) => <Time ms={fill.matchedAtMs} /> },
    { heading: 'Origin', cell: (fill) => <OriginBadge origin={fill.origin} /> },
    ...whoseColumns(names),
    ...AMOUNT_COLUMNS,
    FEE_COLUMN,
    { heading: 'State', cell: (fill) => <FillState fill={fill} /> },
    { heading: 'Trade', cell: (fill) => <TradeIds fill={fill} /> },
  ];
  return <DealTable rows={fills} columns={columns} />;
}

export const FEE_COLUMN: Column<{ readonly feeMicros: bigint }> = {
  heading: 'Fee',
  isNumber: true,
  cell: (fill) => formatUsd(fill.feeMicros),
};

export function TradeIds({ fill }: { readonly fill: LiveFillView }) {
  return (
    <>
      <code title={`trade ${fill.tradeId}, order ${fill.orderId}`}>{formatAddress(fill.tradeId)}</code>{' '}
      {fill.txHash === '' ? null : <code title={fill.txHash}>{formatAddress(fill.txHash)}</code>}
    </>
  );
}
