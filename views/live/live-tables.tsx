/** Tables of live orders and live fills. Whatever the venue wrote is hostile and only ever text. */
import { MICROS, mulDivRound } from '../../domain/money.ts';
import { drawerLink } from '../frame/drawer.tsx';
import { Time } from '../frame/time.tsx';
import type { LiveFillView, LiveOrderView, Names } from '../models.ts';
import { Amounts, attemptPath, WhoseDeal } from '../tables/trade-tables.tsx';
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
  return (
    <table>
      <thead>
        <tr>
          <th>Created</th>
          <th>Leader</th>
          <th>Market</th>
          <th>Side</th>
          <th>Type</th>
          <th class="number">Limit</th>
          <th class="number">Shares</th>
          <th class="number">Amount</th>
          <th>State</th>
          <th>Filled</th>
          <th>What the venue said</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <OrderLine order={order} names={names} />
        ))}
      </tbody>
    </table>
  );
}

function OrderLine({ order, names }: { readonly order: LiveOrderView; readonly names: Names }) {
  return (
    <tr>
      <td data-label="Created">
        <a {...drawerLink(attemptPath({ ...order, mode: 'LIVE' }))}>
          <Time ms={order.createdAtMs} />
        </a>
      </td>
      <WhoseDeal deal={order} names={names} />
      <td data-label="Type">{order.orderType}</td>
      <td data-label="Limit" class="number">
        {formatCents(order.limitPriceMicros)}
      </td>
      <td data-label="Shares" class="number">
        {formatShares(order.shareMicros)}
      </td>
      <td data-label="Amount" class="number">
        {formatUsd(orderAmount(order))}
      </td>
      <td data-label="State">
        <OrderState order={order} />
      </td>
      <td data-label="Filled">
        <OrderFilled order={order} />
      </td>
      <td data-label="Venue">
        {order.lastError === '' ? (
          <span class="muted">{UNKNOWN}</span>
        ) : (
          <span class="venue">{order.lastError}</span>
        )}
      </td>
    </tr>
  );
}

export function LiveFillsTable(props: { readonly fills: readonly LiveFillView[]; readonly names: Names }) {
  const { fills, names } = props;
  if (fills.length === 0) return <p class="empty">No fill here yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Matched</th>
          <th>Origin</th>
          <th>Leader</th>
          <th>Market</th>
          <th>Side</th>
          <th class="number">Shares</th>
          <th class="number">Price</th>
          <th class="number">Amount</th>
          <th class="number">Fee</th>
          <th>State</th>
          <th>Trade</th>
        </tr>
      </thead>
      <tbody>
        {fills.map((fill) => (
          <FillLine fill={fill} names={names} />
        ))}
      </tbody>
    </table>
  );
}

function FillLine({ fill, names }: { readonly fill: LiveFillView; readonly names: Names }) {
  return (
    <tr>
      <td data-label="Matched">
        <Time ms={fill.matchedAtMs} />
      </td>
      <td data-label="Origin">
        <OriginBadge origin={fill.origin} />
      </td>
      <WhoseDeal deal={fill} names={names} />
      <Amounts deal={fill} />
      <td data-label="Fee" class="number">
        {formatUsd(fill.feeMicros)}
      </td>
      <td data-label="State">
        <FillState fill={fill} />
      </td>
      <td data-label="Trade">
        <code title={`trade ${fill.tradeId}, order ${fill.orderId}`}>{formatAddress(fill.tradeId)}</code>{' '}
        {fill.txHash === '' ? null : <code title={fill.txHash}>{formatAddress(fill.txHash)}</code>}
      </td>
    </tr>
  );
}
