// The exchange's record of an order that reached the engine, and the engine's request for it.

import { mulDivFloor, ONE } from '../model/decimal.ts';
import { nextSequence, tokenOf, type World } from '../model/model.ts';
import type { OrderType, Side } from '../model/sides.ts';
import type { PlacedOrder, Trader } from '../model/trading-model.ts';
import type { OrderForm, Terms } from './order-form.ts';
import type { OrderRequest } from './order-rules.ts';

export interface WebWish {
  trader: Trader;
  tokenId: string;
  side: Side;
  type: OrderType;
  price: bigint;
  shares: bigint;
  webKey: string;
  orderId: string;
}

/** The record of an order posted through the API. */
export function apiOrder(
  world: World,
  given: { orderId: string; trader: Trader; form: OrderForm; terms: Terms },
): PlacedOrder {
  const { form, terms } = given;
  const { fields } = form;
  const { market, outcome } = tokenOf(world, fields.tokenId);
  return {
    orderId: given.orderId,
    number: nextSequence(world),
    origin: 'api',
    funder: given.trader.funder,
    owner: form.owner,
    metadata: fields.metadata,
    conditionId: market.conditionId,
    tokenId: fields.tokenId,
    outcome,
    side: fields.side,
    type: form.type,
    price: terms.price,
    makerAmount: fields.makerAmount,
    takerAmount: fields.takerAmount,
    original: terms.original,
    ...blankProgress(world),
    expiration: form.expiration,
    postOnly: form.postOnly,
  };
}

function blankProgress(
  world: World,
): Pick<
  PlacedOrder,
  | 'matched'
  | 'matchedCash'
  | 'fee'
  | 'status'
  | 'reason'
  | 'tradeIds'
  | 'createdAtMs'
  | 'sequence'
  | 'dueAtMs'
> {
  return {
    matched: 0n,
    matchedCash: 0n,
    fee: 0n,
    status: 'LIVE',
    reason: '',
    tradeIds: [],
    createdAtMs: world.nowMs,
    sequence: null,
    dueAtMs: null,
  };
}

/** The engine's request for an order. */
export function requestOf(order: PlacedOrder, amount: OrderRequest['amount']): OrderRequest {
  return {
    account: order.funder,
    tokenId: order.tokenId,
    side: order.side,
    type: order.type,
    price: order.price,
    amount,
    postOnly: order.postOnly,
    ...(order.type === 'GTD' ? { expiresAtMs: order.expiration * 1_000 } : {}),
  };
}

/** The record of an order made in the web UI, which has no signature of ours. */
export function webOrder(world: World, wish: WebWish): PlacedOrder {
  const { market, outcome } = tokenOf(world, wish.tokenId);
  const cash = mulDivFloor(wish.shares, wish.price, ONE);
  const [makerAmount, takerAmount] = wish.side === 'BUY' ? [cash, wish.shares] : [wish.shares, cash];
  return {
    orderId: wish.orderId,
    number: nextSequence(world),
    origin: 'web',
    funder: wish.trader.funder,
    owner: wish.webKey,
    metadata: `0x${'0'.repeat(64)}`,
    conditionId: market.conditionId,
    tokenId: wish.tokenId,
    outcome,
    side: wish.side,
    type: wish.type,
    price: wish.price,
    makerAmount,
    takerAmount,
    original: wish.shares,
    ...blankProgress(world),
    expiration: 0,
    postOnly: false,
  };
}

/** FAK and FOK never rest. */
export function isImmediate(type: OrderType): boolean {
  return type === 'FAK' || type === 'FOK';
}
