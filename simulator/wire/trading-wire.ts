// Orders and trades in the venue's shapes, for REST and the user channel; each owner gets their own side of a trade.

import { formatMicros } from '../model/decimal.ts';
import type { World } from '../model/model.ts';
import type { PlacedOrder, TradePart, VenueTrade } from '../model/trading-model.ts';

/** An order as GET /data/orders shows it. */
export function orderJson(world: World, order: PlacedOrder): Record<string, unknown> {
  return {
    id: order.orderId,
    status: order.status,
    owner: order.owner,
    maker_address: order.funder,
    market: order.conditionId,
    asset_id: order.tokenId,
    side: order.side,
    original_size: formatMicros(order.original),
    size_matched: formatMicros(order.matched),
    price: formatMicros(order.price),
    outcome: outcomeName(world, order.conditionId, order.outcome),
    expiration: String(order.expiration),
    order_type: order.type,
    associate_trades: order.tradeIds,
    created_at: Math.floor(order.createdAtMs / 1_000),
  };
}

/** An order event of the user channel. */
export function orderEvent(
  world: World,
  order: PlacedOrder,
  type: 'PLACEMENT' | 'UPDATE' | 'CANCELLATION',
): Record<string, unknown> {
  const canceled = order.reason === '' ? 'CANCELED' : `CANCELED_${order.reason}`;
  return {
    ...orderJson(world, order),
    event_type: 'order',
    type,
    status: type === 'CANCELLATION' ? canceled : order.status,
    order_owner: order.owner,
    associate_trades: order.tradeIds.length === 0 ? null : [...order.tradeIds],
    created_at: String(Math.floor(order.createdAtMs / 1_000)),
    timestamp: String(world.nowMs),
  };
}

/** A trade as GET /data/trades shows it to an owner. The top level is always the taker's view. */
export function tradeJson(world: World, trade: VenueTrade, owner: string): Record<string, unknown> {
  const { taker } = trade;
  const own = ownPart(world, trade, owner);
  const broadcast = trade.status === 'MINED' || trade.status === 'CONFIRMED';
  return {
    id: trade.tradeId,
    taker_order_id: taker.orderId,
    market: trade.conditionId,
    asset_id: taker.tokenId,
    side: taker.side,
    size: formatMicros(taker.shares),
    fee_rate_bps: '',
    price: formatMicros(taker.price),
    status: trade.status,
    match_time: String(Math.floor(trade.matchedAtMs / 1_000)),
    match_time_nano: `${trade.matchedAtMs}000000`,
    last_update: String(Math.floor(trade.updatedAtMs / 1_000)),
    outcome: outcomeName(world, trade.conditionId, taker.outcome),
    bucket_index: trade.bucket,
    owner: own?.owner ?? taker.owner,
    maker_address: taker.account,
    transaction_hash: broadcast ? trade.transactionHash : '',
    trader_side: own === taker ? 'TAKER' : 'MAKER',
    err_msg: trade.error,
    maker_orders: trade.makers.map((maker) => ({
      order_id: maker.orderId,
      owner: maker.owner,
      maker_address: maker.account,
      matched_amount: formatMicros(maker.shares),
      price: formatMicros(maker.price),
      fee_rate_bps: '',
      asset_id: maker.tokenId,
      outcome: outcomeName(world, trade.conditionId, maker.outcome),
      side: maker.side,
    })),
  };
}

/** A trade event of the user channel. */
export function tradeEvent(world: World, trade: VenueTrade, owner: string): Record<string, unknown> {
  const shown = tradeJson(world, trade, owner);
  const legs = shown.maker_orders as Record<string, unknown>[];
  return {
    ...shown,
    maker_orders: legs.map((leg, at) => ({ ...leg, outcome_index: trade.makers[at]!.outcome })),
    event_type: 'trade',
    type: 'TRADE',
    matchtime: shown.match_time,
    trade_owner: shown.owner,
    timestamp: String(world.nowMs),
  };
}

/** An owner's part of a trade; the taker's part where they have both. */
export function ownPart(world: World, trade: VenueTrade, owner: string): TradePart | undefined {
  return [trade.taker, ...trade.makers].find(
    (part) => world.trading.traders.get(part.account)?.owner === owner,
  );
}

function outcomeName(world: World, conditionId: string, outcome: 0 | 1): string {
  return world.markets.get(conditionId)?.outcomes[outcome] ?? '';
}
