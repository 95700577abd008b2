// The body of POST /order: its fields, and the price and size that its two amounts give on the venue's grids.
// Changes nothing. Refusals have the venue's texts where they are known.

import { formatMicros, mulDivFloor, mulDivNearest, ONE } from '../model/decimal.ts';
import { fieldsOf } from '../model/json.ts';
import type { Market } from '../model/model.ts';
import type { OrderType, Side } from '../model/sides.ts';
import type { SignatureType } from '../model/trading-model.ts';
import type { SignedFields } from './order-hash.ts';
import type { OrderRequest } from './order-rules.ts';

export interface OrderForm {
  fields: SignedFields;
  signature: string;
  /** API key named in the body. */
  owner: string;
  type: OrderType;
  postOnly: boolean;
  expiration: number;
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const BYTES32 = /^0x[0-9a-fA-F]{64}$/;
const DIGITS = /^\d{1,78}$/;
const AMOUNT = /^\d{1,30}$/;
const CENT = 10_000n;
const FOUR_DECIMALS = 100n;
export const DOLLAR_MIN = 1_000_000n;

/** The fields of a body; null when any of them is invalid. */
export function readOrderForm(value: unknown): OrderForm | null {
  const body = fieldsOf(value);
  const order = fieldsOf(body?.order);
  if (body === null || order === null) return null;
  const type = body.orderType ?? 'GTC';
  const fits =
    isSalt(order.salt) &&
    isText(order.maker, ADDRESS) &&
    isText(order.signer, ADDRESS) &&
    isText(order.tokenId, DIGITS) &&
    isText(order.makerAmount, AMOUNT) &&
    isText(order.takerAmount, AMOUNT) &&
    isText(order.timestamp, AMOUNT) &&
    isText(order.expiration ?? '0', /^\d{1,12}$/) &&
    isText(order.metadata, BYTES32) &&
    isText(order.builder, BYTES32) &&
    isText(order.signature, /^0x[0-9a-fA-F]*$/) &&
    (order.side === 'BUY' || order.side === 'SELL') &&
    [0, 1, 2, 3].includes(order.signatureType as number) &&
    ['GTC', 'GTD', 'FAK', 'FOK'].includes(type as string) &&
    typeof body.owner === 'string';
  if (!fits) return null;
  // The casts are safe: `fits` has checked each field.
  return {
    fields: {
      salt: BigInt(order.salt as number),
      maker: (order.maker as string).toLowerCase(),
      signer: (order.signer as string).toLowerCase(),
      tokenId: order.tokenId as string,
      makerAmount: BigInt(order.makerAmount as string),
      takerAmount: BigInt(order.takerAmount as string),
      side: order.side as Side,
      signatureType: order.signatureType as SignatureType,
      timestamp: BigInt(order.timestamp as string),
      metadata: (order.metadata as string).toLowerCase(),
      builder: (order.builder as string).toLowerCase(),
    },
    signature: order.signature as string,
    owner: body.owner as string,
    type: type as OrderType,
    postOnly: body.postOnly === true,
    expiration: Number(order.expiration ?? '0'),
  };
}

export interface Terms {
  price: bigint;
  /** Size in shares, as signed. */
  original: bigint;
  amount: OrderRequest['amount'];
}

/** Price and size of an order, or the refusal of its amounts. */
export function termsOf(market: Market, form: OrderForm): Terms | { error: string } {
  const { side, makerAmount, takerAmount } = form.fields;
  if (makerAmount <= 0n || takerAmount <= 0n) return { error: 'Invalid order payload' };
  const immediate = form.type === 'FAK' || form.type === 'FOK';
  const [shares, cash] = side === 'BUY' ? [takerAmount, makerAmount] : [makerAmount, takerAmount];
  const found = immediate ? immediatePrice(market, form) : restingPrice(market, shares, cash);
  if (typeof found !== 'bigint') return found;
  if (found < market.tick || found > ONE - market.tick) return offGrid(market, found);
  if (shares < market.minSize) {
    return {
      error: `Size (${formatMicros(shares)}) lower than the minimum: ${formatMicros(market.minSize)}`,
    };
  }
  if (immediate && side === 'BUY' && cash < DOLLAR_MIN) return underADollar(side, cash);
  const spends = immediate && side === 'BUY';
  return { price: found, original: shares, amount: spends ? { spend: makerAmount } : { shares } };
}

/** The refusal of an order that takes less than a dollar's worth. */
export function underADollar(side: Side, cash: bigint): { error: string } {
  return { error: `invalid amount for a marketable ${side} order ($${formatMicros(cash)}), min size: $1` };
}

/** FAK and FOK: two decimals given, four asked for, and the asked side is the given one at a price of the grid. */
function immediatePrice(market: Market, form: OrderForm): bigint | { error: string } {
  const { side, makerAmount, takerAmount } = form.fields;
  if (makerAmount % CENT !== 0n || takerAmount % FOUR_DECIMALS !== 0n) {
    return {
      error: `invalid amounts, the market ${side.toLowerCase()} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals`,
    };
  }
  const [shares, cash] = side === 'BUY' ? [takerAmount, makerAmount] : [makerAmount, takerAmount];
  const implied = mulDivNearest(cash, ONE, shares);
  const snapped = nearestTick(market, cash, shares);
  if (snapped <= 0n) return offGrid(market, implied);
  const expected =
    side === 'BUY' ? mulDivFloor(makerAmount, ONE, snapped) : mulDivFloor(makerAmount, snapped, ONE);
  const gap = expected > takerAmount ? expected - takerAmount : takerAmount - expected;
  return gap <= FOUR_DECIMALS ? snapped : offGrid(market, implied);
}

/** GTC and GTD: sizes of two decimals, and cash exactly shares × price. */
function restingPrice(market: Market, shares: bigint, cash: bigint): bigint | { error: string } {
  if (shares % CENT !== 0n) {
    return { error: 'invalid amounts, the size of an order supports a max accuracy of 2 decimals' };
  }
  const snapped = nearestTick(market, cash, shares);
  if (shares * snapped === cash * ONE) return snapped;
  const exact = mulDivFloor(shares, snapped, ONE);
  const gap = exact > cash ? exact - cash : cash - exact;
  if (snapped > 0n && gap < CENT) {
    return {
      error: `invalid amounts, the amount for a $${formatMicros(snapped)} order of size ${formatMicros(shares)} should be ${formatMicros(exact)}`,
    };
  }
  return offGrid(market, mulDivNearest(cash, ONE, shares));
}

function nearestTick(market: Market, cash: bigint, shares: bigint): bigint {
  return mulDivNearest(cash, ONE, shares * market.tick) * market.tick;
}

function offGrid(market: Market, price: bigint): { error: string } {
  return {
    error: `order ${formatMicros(price)} breaks minimum tick size rule: ${formatMicros(market.tick)}`,
  };
}

function isSalt(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
