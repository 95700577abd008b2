/**
 * Our parts of a venue trade: as taker, as maker on one or more legs, across outcomes. The same for REST rows and for
 * messages of the user channel (polymarket-api.md 5.1); what other people did in the trade is left out.
 */
import * as z from 'zod';
import { SIDES, type Side, type TokenId } from '../domain/ids.ts';
import { MICROS, type PriceMicros, price, type ShareMicros, shares } from '../domain/money.ts';
import {
  FILL_STATES,
  type FillLeg,
  type FillReport,
  type FillState,
  parseOrderId,
} from '../domain/orders.ts';
import {
  conditionIdSchema,
  optional,
  parseAtMs,
  priceMicrosSchema,
  shareMicrosSchema,
  someShareMicrosSchema,
  tokenIdSchema,
  txHashSchema,
} from './decimal.ts';
import { orderIdSchema, tradeIdSchema } from './order-report.ts';

/** Who we are in a trade. */
export interface Account {
  readonly apiKey: string;
  /** Lower case. */
  readonly funderAddress: string;
}

/** A trade has a few dozen makers at most; the limit is against rubbish. */
const LEGS_MAX = 5_000;

/** Seconds, milliseconds, or an ISO date. */
const tradeAtMsSchema = z.unknown().transform((value, context): number => {
  const atMs = parseAtMs(value) ?? (typeof value === 'string' ? Date.parse(value) : Number.NaN);
  if (atMs > 0) return atMs;
  context.addIssue({ code: 'custom', message: value === undefined ? 'missing' : 'not a time' });
  return z.NEVER;
});

const fillStateSchema = z.string().transform((value, context): FillState => {
  const word = value
    .trim()
    .toUpperCase()
    .replace(/^TRADE_STATUS_/, '');
  // Matched by the engine, not yet sent to the chain: no less provisional than MATCHED.
  if (word === 'MATCHED_NOT_BROADCASTED') return 'MATCHED';
  const state = FILL_STATES.find((known) => known === word);
  if (state !== undefined) return state;
  context.addIssue({ code: 'custom', message: `a status nobody has seen, ${word.slice(0, 40)}` });
  return z.NEVER;
});

/** Other people's legs are read only as far as sums need them. */
const legSchema = z.object({
  // Other people's may be anything.
  order_id: z.string().max(200),
  owner: z.string().nullish(),
  maker_address: z.string().nullish(),
  matched_amount: shareMicrosSchema,
  price: priceMicrosSchema,
  asset_id: tokenIdSchema,
  side: z.enum(SIDES).nullish().or(z.literal('')),
});
type Leg = z.infer<typeof legSchema>;

export const tradeSchema = z
  .object({
    id: tradeIdSchema,
    taker_order_id: orderIdSchema,
    market: conditionIdSchema,
    asset_id: tokenIdSchema,
    side: z.enum(SIDES),
    size: someShareMicrosSchema,
    price: priceMicrosSchema,
    status: fillStateSchema,
    match_time: optional(tradeAtMsSchema),
    matchtime: optional(tradeAtMsSchema),
    last_update: optional(tradeAtMsSchema),
    timestamp: optional(tradeAtMsSchema),
    owner: z.string().nullish(),
    trader_side: z.string().nullish(),
    transaction_hash: optional(txHashSchema),
    maker_orders: z.array(legSchema).max(LEGS_MAX).nullish(),
  })
  .refine((trade) => matchedAtMsOf(trade) !== undefined, { path: ['match_time'], message: 'missing' });
export type Trade = z.infer<typeof tradeSchema>;

function matchedAtMsOf(trade: {
  readonly match_time?: number | undefined;
  readonly matchtime?: number | undefined;
  readonly last_update?: number | undefined;
  readonly timestamp?: number | undefined;
}): number | undefined {
  return trade.match_time ?? trade.matchtime ?? trade.last_update ?? trade.timestamp;
}

/** One report per order of ours in the trade: the taker's, and each maker's. Empty when we have no part in it. */
export function fillsOf(trade: Trade, account: Account): readonly FillReport[] {
  const legs = trade.maker_orders ?? [];
  const common = {
    tradeId: trade.id,
    conditionId: trade.market,
    state: trade.status,
    txHash: trade.transaction_hash ?? '',
    matchedAtMs: matchedAtMsOf(trade) ?? 0,
  };
  const reports: FillReport[] = [];
  if (isTaker(trade, account)) {
    reports.push({
      ...common,
      orderId: trade.taker_order_id,
      role: 'TAKER',
      tokenId: trade.asset_id,
      side: trade.side,
      shareMicros: trade.size,
      priceMicros: trade.price,
      legs: takerLegs(trade, legs),
    });
  }
  for (const leg of legs) {
    const orderId = parseOrderId(leg.order_id);
    if (orderId === undefined || leg.matched_amount === 0n || !isOurs(leg, account)) continue;
    reports.push({
      ...common,
      orderId,
      role: 'MAKER',
      tokenId: leg.asset_id,
      side: leg.side || makerSide(trade, leg.asset_id),
      shareMicros: leg.matched_amount,
      priceMicros: leg.price,
      legs: [{ shareMicros: leg.matched_amount, priceMicros: leg.price }],
    });
  }
  return mergedByOrder(reports);
}

/** `owner` at the top is the taker's in the rows recorded, so it decides where the role is not told. */
function isTaker(trade: Trade, account: Account): boolean {
  const role = trade.trader_side?.toUpperCase();
  if (role === 'TAKER') return true;
  return role !== 'MAKER' && trade.owner === account.apiKey;
}

function isOurs(leg: Leg, account: Account): boolean {
  return leg.owner === account.apiKey || leg.maker_address?.toLowerCase() === account.funderAddress;
}

/** Equal tokens trade against each other; different ones are minted or merged together, on the same side. */
function makerSide(trade: Trade, tokenId: TokenId): Side {
  if (trade.asset_id !== tokenId) return trade.side;
  return trade.side === 'BUY' ? 'SELL' : 'BUY';
}

/** What each maker gave, in terms of the taker's token; one leg at the average where the legs do not add up. */
function takerLegs(trade: Trade, legs: readonly Leg[]): readonly FillLeg[] {
  let sum = 0n;
  const own: FillLeg[] = [];
  for (const leg of legs) {
    sum += leg.matched_amount;
    if (leg.matched_amount === 0n) continue;
    const sameToken = leg.asset_id === trade.asset_id;
    own.push({
      shareMicros: leg.matched_amount,
      priceMicros: sameToken ? leg.price : price(MICROS - leg.price),
    });
  }
  return sum === trade.size && own.length > 0 ? own : [{ shareMicros: trade.size, priceMicros: trade.price }];
}

/** An order of ours that stands on several legs of one trade is one fill of their sum: the key is (trade, order). */
function mergedByOrder(reports: readonly FillReport[]): readonly FillReport[] {
  const byOrder = new Map<string, FillReport>();
  for (const report of reports) {
    const key = `${report.role} ${report.orderId}`;
    const before = byOrder.get(key);
    byOrder.set(key, before === undefined ? report : joined(before, report));
  }
  return [...byOrder.values()];
}

function joined(one: FillReport, other: FillReport): FillReport {
  const legs = [...one.legs, ...other.legs];
  const size: ShareMicros = shares(one.shareMicros + other.shareMicros);
  return { ...one, shareMicros: size, legs, priceMicros: averagePrice(legs, size) };
}

/** Rounded down; only shown, since the legs are what is booked. */
function averagePrice(legs: readonly FillLeg[], size: ShareMicros): PriceMicros {
  const notional = legs.reduce((sum, leg) => sum + leg.shareMicros * leg.priceMicros, 0n);
  return price(notional / size);
}
