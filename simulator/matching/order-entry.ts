// From a posted order to its answer: its owner, signature and amounts, duplicates, and matching.
// An order that reaches the engine is remembered by its hash, also a killed one; one refused before that is not.

import type { Faults } from '../faults/faults.ts';
import { formatMicros, mulDivFloor, ONE } from '../model/decimal.ts';
import { cancelOrders, type OrderOutcome, placeOrder, wouldTake } from '../model/engine.ts';
import { type Market, tokenOf, type World } from '../model/model.ts';
import { bidsInBook, tokenPrice } from '../model/sides.ts';
import type { ApiKey, PlacedOrder, Trader } from '../model/trading-model.ts';
import {
  DOLLAR_MIN,
  type OrderForm,
  readOrderForm,
  type Terms,
  termsOf,
  underADollar,
} from './order-form.ts';
import { EXCHANGES, exchangeOf, hashOrder, isSignedBy } from './order-hash.ts';
import type { OrderRequest } from './order-rules.ts';
import { apiOrder, isImmediate, requestOf, type WebWish, webOrder } from './placed-order.ts';
import { bestPrice } from './taking.ts';
import { refreshTrader, refuseFunds } from './traders.ts';
import { absorbMatches, concludeImmediate, endOrder, noticeOrder } from './trades.ts';

/** Beyond this many orders the oldest ended ones are removed. */
const ORDERS_MAX = 20_000;

/** The HTTP status and the body of the answer to a posted order. */
export interface EntryAnswer {
  status: number;
  body: Record<string, unknown>;
  order: PlacedOrder | null;
}

/** Checks a body posted under an API key and places its order. */
export function enterOrder(world: World, faults: Faults, given: { key: ApiKey; body: unknown }): EntryAnswer {
  const form = readOrderForm(given.body);
  if (form === null) return refused('Invalid order payload');
  const trader = traderFor(world, given.key, form);
  if (typeof trader === 'string') return refused(trader);
  const place = world.tokens.get(form.fields.tokenId);
  if (place === undefined) return refused(`the orderbook ${form.fields.tokenId} does not exist`, 404);
  const { market } = tokenOf(world, form.fields.tokenId);
  const exchange = exchangeOf(market);
  if (!isSignedBy(trader.owner, { fields: form.fields, signature: form.signature, exchange })) {
    return refused(whyNotSigned(trader, form, exchange));
  }
  const { orderId } = hashOrder(form.fields, exchange);
  if (world.trading.orders.has(orderId)) return refused(`order ${orderId} is invalid. Duplicated.`);
  const terms = termsOf(market, form);
  if ('error' in terms) return refused(terms.error);
  const unfit = refuseOrder(world, market, { form, trader });
  if (unfit !== null) return refused(unfit);
  const order = apiOrder(world, { orderId, trader, form, terms });
  return placeRemembered(world, faults, { order, terms, market });
}

/** An order made in the web UI by the same account: placed like any other, under another API key. */
export function enterWebOrder(
  world: World,
  faults: Faults,
  wish: WebWish,
): { order: PlacedOrder } | { error: string } {
  const { market } = tokenOf(world, wish.tokenId);
  const terms: Terms = { price: wish.price, original: wish.shares, amount: { shares: wish.shares } };
  const answer = placeRemembered(world, faults, { order: webOrder(world, wish), terms, market });
  return answer.order === null ? { error: String(answer.body.error) } : { order: answer.order };
}

/** Places a delayed order on the book as it is now. */
export function releaseDelayed(world: World, faults: Faults, order: PlacedOrder): void {
  const market = world.markets.get(order.conditionId);
  order.dueAtMs = null;
  if (market === undefined) {
    endOrder(world, order, 'CANCELED_MARKET_RESOLVED', 'the market is gone');
    return;
  }
  const spends = order.side === 'BUY' && isImmediate(order.type) && order.origin === 'api';
  const amount = spends ? { spend: order.makerAmount } : { shares: order.original };
  const outcome = matchRecorded(world, order, requestOf(order, amount));
  if (outcome.kind === 'refused') endOrder(world, order, 'CANCELED', outcome.error);
  else engaged(world, faults, order, outcome);
}

/** Cancels one order; returns null, or the reason why it was not cancelled. */
export function cancelPlaced(world: World, order: PlacedOrder | undefined): string | null {
  if (order === undefined) return 'order not found';
  if (order.status === 'DELAYED') return 'the order is delayed and cannot be canceled';
  if (order.status !== 'LIVE') return "order can't be found - already canceled or matched";
  cancelOrders(world, order.conditionId, order.funder, (resting) => resting.sequence === order.sequence);
  endOrder(world, order, 'CANCELED', '');
  return null;
}

function placeRemembered(
  world: World,
  faults: Faults,
  given: { order: PlacedOrder; terms: Terms; market: Market },
): EntryAnswer {
  const { order, terms, market } = given;
  const request = requestOf(order, terms.amount);
  if ((market.delayS ?? 0) > 0 && market.status === 'open' && wouldTake(world, request)) {
    order.status = 'DELAYED';
    order.dueAtMs = world.nowMs + market.delayS! * 1_000;
    remember(world, order);
    noticeOrder(world, order, 'PLACEMENT');
    return accepted(order, 'delayed', { making: '0', taking: '0' });
  }
  const outcome = matchRecorded(world, order, request);
  if (outcome.kind === 'refused') {
    if (!isKill(outcome.error)) return refused(outcome.error);
    remember(world, order);
    endOrder(world, order, 'CANCELED', outcome.error);
    return { ...refused(outcome.error), order };
  }
  remember(world, order);
  engaged(world, faults, order, outcome);
  const [making, taking] =
    order.side === 'BUY' ? [outcome.cash, outcome.shares] : [outcome.shares, outcome.cash];
  const none = outcome.status === 'live';
  return accepted(order, outcome.status, {
    making: none ? '' : formatMicros(making),
    taking: none ? '' : formatMicros(taking),
  });
}

/** Matches an order; where books are recorded, what it met is kept first. */
function matchRecorded(world: World, order: PlacedOrder, request: OrderRequest): OrderOutcome {
  const { outcome, orderId } = order;
  const book = world.books.get(order.conditionId);
  const queue = bidsInBook(outcome, order.side) ? book?.asks : book?.bids;
  const met = queue?.map(({ bookPrice, remaining }) => ({
    price: tokenPrice(outcome, bookPrice),
    size: remaining,
  }));
  world.trading.metBooks?.set(orderId, met ?? []);
  return placeOrder(world, request);
}

/** The record and the answer once the engine has taken an order. */
function engaged(
  world: World,
  faults: Faults,
  order: PlacedOrder,
  outcome: OrderOutcome & { kind: 'accepted' },
): void {
  order.sequence = outcome.sequence;
  order.status = 'LIVE';
  world.trading.bySequence.set(outcome.sequence, order.orderId);
  world.dirty.add(`order/${order.orderId}`);
  noticeOrder(world, order, 'PLACEMENT');
  absorbMatches(world, faults);
  if (isImmediate(order.type)) concludeImmediate(world, order);
  const trader = world.trading.traders.get(order.funder);
  if (trader !== undefined && !faults.balanceLag()) refreshTrader(world, trader);
}

/** The trader of an order, or the venue's text why the key may not order for this account. */
function traderFor(world: World, key: ApiKey, form: OrderForm): Trader | string {
  const { maker, signer, signatureType } = form.fields;
  if (form.owner !== key.key) return 'order owner has to be the owner of the API KEY';
  if (signer !== (signatureType === 3 ? maker : key.owner))
    return 'the order signer address has to be the address of the API KEY';
  const trader = world.trading.traders.get(maker);
  if (trader === undefined || trader.owner !== key.owner)
    return signatureType === 3
      ? 'the order signer address has to be the address of the API KEY'
      : 'maker address not allowed, please use the deposit wallet flow';
  if (trader.signatureType !== signatureType) {
    return trader.signatureType === 3
      ? 'maker address not allowed, please use the deposit wallet flow'
      : 'the order signer address has to be the address of the API KEY';
  }
  if (trader.banned) return 'address banned';
  if (trader.closedOnly && form.fields.side === 'BUY') return 'address in closed only mode';
  return trader;
}

/** Signed for another version of the exchange, or not validly signed. */
function whyNotSigned(trader: Trader, form: OrderForm, right: { version: string; contract: string }): string {
  const others = [
    { version: '2', contract: EXCHANGES.ctf },
    { version: '2', contract: EXCHANGES.negRisk },
    { version: '3', contract: EXCHANGES.protocolTwo },
  ];
  const other = others.find(
    (exchange) =>
      exchange.version !== right.version &&
      isSignedBy(trader.owner, { fields: form.fields, signature: form.signature, exchange }),
  );
  return other === undefined ? 'invalid signature' : 'order_version_mismatch';
}

function refuseOrder(
  world: World,
  market: Market,
  given: { form: OrderForm; trader: Trader },
): string | null {
  const { form, trader } = given;
  const { fields } = form;
  if (form.type !== 'GTD' && form.expiration !== 0) return 'invalid expiration';
  if (market.status !== 'open') return 'the market is not yet ready to process new orders';
  const { outcome } = tokenOf(world, fields.tokenId);
  if (fields.side === 'SELL' && isImmediate(form.type)) {
    const worth = mulDivFloor(fields.makerAmount, bestPrice(world, market, outcome, 'SELL') ?? ONE, ONE);
    if (worth < DOLLAR_MIN) return underADollar('SELL', worth).error;
  }
  return refuseFunds(world, trader, {
    market,
    tokenId: fields.tokenId,
    side: fields.side,
    outcome,
    amount: fields.makerAmount,
  });
}

function remember(world: World, order: PlacedOrder): void {
  const { orders, open, bySequence } = world.trading;
  orders.set(order.orderId, order);
  open.add(order.orderId);
  world.dirty.add(`order/${order.orderId}`);
  if (orders.size <= ORDERS_MAX) return;
  for (const [orderId, oldest] of orders) {
    if (open.has(orderId)) continue;
    orders.delete(orderId);
    if (oldest.sequence !== null) bySequence.delete(oldest.sequence);
    world.dirty.add(`order/${orderId}`);
    break;
  }
}

function isKill(error: string): boolean {
  return error.includes('FAK order') || error.includes('FOK orders');
}

function accepted(
  order: PlacedOrder,
  status: 'live' | 'matched' | 'delayed',
  amounts: { making: string; taking: string },
): EntryAnswer {
  return {
    status: 200,
    order,
    body: {
      success: true,
      errorMsg: '',
      orderID: order.orderId,
      status,
      makingAmount: amounts.making,
      takingAmount: amounts.taking,
      tradeIDs: [...order.tradeIds],
      transactionsHashes: [],
    },
  };
}

function refused(error: string, status = 400): EntryAnswer {
  return { status, body: { error }, order: null };
}
