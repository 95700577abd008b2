/**
 * Our fills in a venue trade: as taker, or as maker on one or more legs, also across outcomes. Reads REST rows and messages
 * of the user channel alike (polymarket-api.md 5.1); other accounts' parts are left out.
 */
import type { Side, TokenId } from '../../domain/ids.ts';
import { MICROS, type PriceMicros, price, type ShareMicros, shares } from '../../domain/money.ts';
import { FILL_STATES, type FillLeg, type FillReport, type FillState } from '../../domain/orders/orders.ts';
import * as z from '../../domain/zod.ts';
import { firstProblem, objectOf } from '../wire/refused.ts';
import {
  conditionIdSchema,
  optional,
  parseAtMs,
  parsed,
  priceMicrosSchema,
  shareMicrosSchema,
  sideSchema,
  someShareMicrosSchema,
  tokenIdSchema,
  txHashSchema,
} from '../wire/schemas.ts';
import { orderIdSchema, tradeIdSchema } from './order-report.ts';

/** How a trade identifies us. */
export interface Account {
  readonly apiKey: string;
  /** Lower case. */
  readonly funderAddress: string;
}

/** A trade has a few dozen makers at most; the limit guards against damaged input. */
const LEGS_MAX = 5_000;

/** Seconds, milliseconds, or an ISO date. */
const tradeAtMsSchema = parsed<number>((value) => {
  const atMs = parseAtMs(value) ?? (typeof value === 'string' ? Date.parse(value) : Number.NaN);
  return atMs > 0 ? atMs : undefined;
}, 'not a time');

const fillStateSchema = z.pipe(
  z.string(),
  z.transform((value: string, context): FillState => {
    const word = value
      .trim()
      .toUpperCase()
      .replace(/^TRADE_STATUS_/, '');
    // Matched and not yet sent to the chain: as provisional as MATCHED.
    if (word === 'MATCHED_NOT_BROADCASTED') return 'MATCHED';
    const state = FILL_STATES.find((known) => known === word);
    if (state !== undefined) return state;
    // Quote only a plain word: in capitals, or cut, a credential would no longer be recognised and hidden.
    const quoted = /^[A-Z_]{1,40}$/.test(word) ? `, ${word}` : '';
    context.issues.push({ code: 'custom', message: `unknown status${quoted}`, input: value });
    return z.NEVER;
  }),
);

/** The fields needed in every trade. The taker's own fields and the legs are parsed separately, and only if ours. */
const tradeSchema = z
  .object({
    id: tradeIdSchema,
    market: conditionIdSchema,
    status: fillStateSchema,
    match_time: optional(tradeAtMsSchema),
    matchtime: optional(tradeAtMsSchema),
    last_update: optional(tradeAtMsSchema),
    timestamp: optional(tradeAtMsSchema),
    owner: z.nullish(z.string()),
    trader_side: z.nullish(z.string()),
    transaction_hash: optional(txHashSchema),
  })
  .check(
    z.refine((trade) => matchedAtMsOf(trade) !== undefined, { path: ['match_time'], message: 'missing' }),
  );
type Trade = z.infer<typeof tradeSchema>;

/** The taker's direction, from which the side of a maker's leg without one follows. */
const directionSchema = z.object({ asset_id: tokenIdSchema, side: sideSchema });

const takerSchema = z.extend(directionSchema, {
  taker_order_id: orderIdSchema,
  size: someShareMicrosSchema,
  price: priceMicrosSchema,
});
type Taker = z.infer<typeof takerSchema>;

/** The fields of other accounts' legs that sums need. */
const legSchema = z.object({
  matched_amount: shareMicrosSchema,
  price: priceMicrosSchema,
  asset_id: tokenIdSchema,
});

const ourLegSchema = z.extend(legSchema, {
  order_id: orderIdSchema,
  side: z.union([z.nullish(sideSchema), z.literal('')]),
});

/** The result of reading a row or message. Damage in other accounts' fields does not make it unread. */
type TradeReading =
  | { readonly kind: 'fills'; readonly fills: readonly FillReport[] }
  /** The reason starts with `trade` and names the field; it quotes at most an unknown status. */
  | { readonly kind: 'unread'; readonly reason: string };

/**
 * One report per order of ours in the trade, as taker and as maker: all of them, or `unread`. The list is never empty: a
 * trade of our account in which we find no part of ours is unread.
 */
export function readTrade(value: unknown, account: Account): TradeReading {
  const trade = tradeSchema.safeParse(value);
  if (!trade.success) return unread(trade.error);
  const legs = legsIn(value);
  if (legs.length > LEGS_MAX)
    return { kind: 'unread', reason: `trade maker_orders: ${legs.length} are too many` };
  const common = {
    tradeId: trade.data.id,
    conditionId: trade.data.market,
    state: trade.data.status,
    txHash: trade.data.transaction_hash ?? '',
    matchedAtMs: matchedAtMsOf(trade.data) ?? 0,
  };
  const reports: FillReport[] = [];
  if (isTaker(trade.data, account)) {
    const taker = takerSchema.safeParse(value);
    if (!taker.success) return unread(taker.error);
    const { taker_order_id: orderId, asset_id: tokenId, side, size, price: average } = taker.data;
    const own = { orderId, tokenId, side, shareMicros: size, priceMicros: average };
    reports.push({ ...common, ...own, role: 'TAKER', ...takerLegs(taker.data, legs) });
  }
  for (const [index, raw] of legs.entries()) {
    if (!isOurs(raw, account)) continue;
    const leg = ourLegSchema.safeParse(raw);
    if (!leg.success) return unread(leg.error, `maker_orders.${index}.`);
    const {
      order_id: orderId,
      asset_id: tokenId,
      matched_amount: shareMicros,
      price: priceMicros,
    } = leg.data;
    if (shareMicros === 0n) continue;
    const side = leg.data.side || makerSide(value, tokenId);
    if (side === undefined)
      return { kind: 'unread', reason: 'trade side: missing, and the taker does not give it' };
    const own = { orderId, tokenId, side, shareMicros, priceMicros };
    reports.push({
      ...common,
      ...own,
      role: 'MAKER',
      legs: [{ shareMicros, priceMicros }],
      atAverage: false,
    });
  }
  if (reports.length === 0) return { kind: 'unread', reason: 'trade: no part of ours in it' };
  return { kind: 'fills', fills: mergedByOrder(reports) };
}

/** The venue's trade id, also of a trade that is otherwise unread; '' when the id cannot be read. */
export function tradeIdOf(value: unknown): string {
  return tradeIdSchema.safeParse(objectOf(value)?.id).data ?? '';
}

function unread(error: z.$ZodError, where = ''): TradeReading {
  return { kind: 'unread', reason: `trade ${where}${firstProblem(error)}` };
}

function matchedAtMsOf(trade: {
  readonly match_time?: number | undefined;
  readonly matchtime?: number | undefined;
  readonly last_update?: number | undefined;
  readonly timestamp?: number | undefined;
}): number | undefined {
  return trade.match_time ?? trade.matchtime ?? trade.last_update ?? trade.timestamp;
}

/** Empty when it is not a list: a taker does not need it, and a maker's trade is then unread. */
function legsIn(value: unknown): readonly unknown[] {
  const legs = objectOf(value)?.maker_orders;
  return Array.isArray(legs) ? legs : [];
}

/** In recorded rows the top-level `owner` is the taker's, so it decides where the role is absent. */
function isTaker(trade: Trade, account: Account): boolean {
  const role = trade.trader_side?.toUpperCase();
  if (role === 'TAKER') return true;
  return role !== 'MAKER' && trade.owner === account.apiKey;
}

/** Decided by owner and maker address only, before the leg is parsed: a damaged leg of another account does not matter. */
function isOurs(leg: unknown, account: Account): boolean {
  const { owner, maker_address: maker } = objectOf(leg) ?? {};
  return (
    owner === account.apiKey || (typeof maker === 'string' && maker.toLowerCase() === account.funderAddress)
  );
}

/** Orders for the same token trade on opposite sides; for the two tokens of a market, on the same side (mint or merge). */
function makerSide(value: unknown, tokenId: TokenId): Side | undefined {
  const taker = directionSchema.safeParse(value).data;
  if (taker === undefined || taker.asset_id !== tokenId) return taker?.side;
  return taker.side === 'BUY' ? 'SELL' : 'BUY';
}

/** Each maker's part in terms of the taker's token; one leg at the average price when they do not parse or add up. */
function takerLegs(taker: Taker, legs: readonly unknown[]): Pick<FillReport, 'legs' | 'atAverage'> {
  const average = { legs: [{ shareMicros: taker.size, priceMicros: taker.price }], atAverage: true };
  let sum = 0n;
  const own: FillLeg[] = [];
  for (const raw of legs) {
    const leg = legSchema.safeParse(raw);
    if (!leg.success) return average;
    const { matched_amount: shareMicros, asset_id: tokenId, price: legPrice } = leg.data;
    sum += shareMicros;
    if (shareMicros === 0n) continue;
    own.push({ shareMicros, priceMicros: tokenId === taker.asset_id ? legPrice : price(MICROS - legPrice) });
  }
  return sum === taker.size ? { legs: own, atAverage: false } : average;
}

/** Several legs of one order in one trade become one fill with their sum, because fills are keyed by trade and order. */
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

/** Rounded down. For display only: the legs are what is booked. */
function averagePrice(legs: readonly FillLeg[], size: ShareMicros): PriceMicros {
  const notional = legs.reduce((sum, leg) => sum + leg.shareMicros * leg.priceMicros, 0n);
  return price(notional / size);
}
