/**
 * The venue's report of one of our orders: one schema for REST and the user channel. The venue's quirks ('' for a decimal,
 * null for a list, statuses with a prefix or as a sentence) are handled here only.
 */
import { MICROS } from '../../domain/money.ts';
import {
  type OrderId,
  type OrderReport,
  parseOrderId,
  type ReportStatus,
} from '../../domain/orders/orders.ts';
import * as z from '../../domain/zod.ts';
import { optional, parsed, shareMicrosSchema, sideSchema, text, tokenIdSchema } from '../wire/schemas.ts';

/** An order has a few dozen trades at most; the limit guards against damaged input. */
const TRADE_IDS_MAX = 10_000;
const STATUS_CHARS_MAX = 80;
/** Sizes are in shares; once they were integers of six decimals (polymarket-api.md 1.5). From here on it may be either. */
const AMBIGUOUS_SHARES_MIN = 1_000_000n * MICROS;

export const orderIdSchema = parsed<OrderId>(text(parseOrderId), 'not an order id');

export const tradeIdSchema = z.string().check(z.minLength(1), z.maxLength(200));

/** Longer beginnings first: CANCELED_MARKET_RESOLVED also begins with CANCELED. */
const STATUS_BEGINNINGS: readonly (readonly [beginning: string, status: ReportStatus])[] = [
  ['CANCELED_MARKET_RESOLVED', 'CANCELED_MARKET_RESOLVED'],
  ['CANCELED', 'CANCELED'],
  ['CANCELLED', 'CANCELED'],
  ['UNMATCHED', 'UNMATCHED'],
  ['MATCHED', 'MATCHED'],
  ['DELAYED', 'DELAYED'],
  ['INVALID', 'INVALID'],
  ['LIVE', 'LIVE'],
];

/** The status for the venue's text; UNKNOWN_STATUS when it is not a known one. */
function reportStatusOf(raw: string): ReportStatus {
  const upper = raw
    .trim()
    .toUpperCase()
    .replace(/^ORDER_STATUS_/, '');
  const found = STATUS_BEGINNINGS.find(
    // Not startsWith alone: "LIVELY" is not LIVE.
    ([beginning]) =>
      upper === beginning || upper.startsWith(`${beginning}_`) || upper.startsWith(`${beginning} `),
  );
  return found?.[1] ?? 'UNKNOWN_STATUS';
}

/** An order from REST or the user channel. A message without a status gets the status of its type. */
export const orderReportSchema = z.mapped(
  z.object({
    id: orderIdSchema,
    status: z.nullish(z.string()),
    type: z.nullish(z.string()),
    asset_id: tokenIdSchema,
    side: sideSchema,
    original_size: optional(shareMicrosSchema),
    size_matched: optional(shareMicrosSchema),
    associate_trades: z.nullish(z.array(tradeIdSchema).check(z.maxLength(TRADE_IDS_MAX))),
  }),
  (order): OrderReport => {
    const raw = order.status || statusOfType(order);
    const ambiguous = (order.original_size ?? 0n) >= AMBIGUOUS_SHARES_MIN;
    return {
      orderId: order.id,
      tokenId: order.asset_id,
      side: order.side,
      status: reportStatusOf(raw),
      rawStatus: raw.slice(0, STATUS_CHARS_MAX),
      matchedShareMicros: ambiguous ? null : (order.size_matched ?? null),
      tradeIds: order.associate_trades ?? [],
    };
  },
);

/** The status that follows from a message's type; for an UPDATE, from whether shares are left. */
function statusOfType(order: {
  readonly type?: string | null | undefined;
  readonly original_size?: bigint | undefined;
  readonly size_matched?: bigint | undefined;
}): string {
  if (order.type === 'PLACEMENT') return 'LIVE';
  if (order.type === 'CANCELLATION') return 'CANCELED';
  if (order.type !== 'UPDATE' || order.original_size === undefined || order.size_matched === undefined)
    return '';
  return order.size_matched >= order.original_size ? 'MATCHED' : 'LIVE';
}
