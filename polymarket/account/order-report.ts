/**
 * What the venue says of one of our orders, over REST and on the user channel: one schema for both, with the venue's
 * quirks ('' for a decimal, null for a list, statuses with prefixes or as whole sentences) mended here once.
 */
import * as z from 'zod';
import { SIDES } from '../../domain/ids.ts';
import { MICROS } from '../../domain/money.ts';
import {
  type OrderId,
  type OrderReport,
  parseOrderId,
  type ReportStatus,
} from '../../domain/orders/orders.ts';
import { optional, shareMicrosSchema, tokenIdSchema } from '../wire/schemas.ts';

/** One order has at most a few dozen trades; the limit is against rubbish. */
const TRADE_IDS_MAX = 10_000;
const STATUS_CHARS_MAX = 80;
/** Sizes are shares now, once were six-decimal integers (polymarket-api.md 1.5): no dot and this many cannot be told apart. */
const AMBIGUOUS_SHARES_MIN = 1_000_000n * MICROS;

export const orderIdSchema = z.unknown().transform((value, context): OrderId => {
  const id = typeof value === 'string' ? parseOrderId(value) : undefined;
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: value === undefined ? 'missing' : 'not an order id' });
  return z.NEVER;
});

export const tradeIdSchema = z.string().min(1).max(200);

/** Longer beginnings first: CANCELED_MARKET_RESOLVED is also a CANCELED. */
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

/** The status behind whatever the venue wrote; UNKNOWN_STATUS for a word that nobody has seen. */
export function reportStatusOf(raw: string): ReportStatus {
  const word = raw
    .trim()
    .toUpperCase()
    .replace(/^ORDER_STATUS_/, '');
  const found = STATUS_BEGINNINGS.find(
    // "LIVELY" is not LIVE: a word ends, or goes on with a reason.
    ([beginning]) =>
      word === beginning || word.startsWith(`${beginning}_`) || word.startsWith(`${beginning} `),
  );
  return found?.[1] ?? 'UNKNOWN_STATUS';
}

/** An order as REST and the user channel tell it. A message without a status has that of its kind. */
export const orderReportSchema = z
  .object({
    id: orderIdSchema,
    status: z.string().nullish(),
    type: z.string().nullish(),
    asset_id: tokenIdSchema,
    side: z.enum(SIDES),
    original_size: optional(shareMicrosSchema),
    size_matched: optional(shareMicrosSchema),
    associate_trades: z.array(tradeIdSchema).max(TRADE_IDS_MAX).nullish(),
  })
  .transform((order): OrderReport => {
    const raw = order.status || statusOfKind(order);
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
  });

/** What a message without a status says by its kind; an UPDATE is told apart by what is left. */
function statusOfKind(order: {
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
