/**
 * The market channel: books, level changes, ticks and results of tokens. Each event is parsed on its own; a damaged one is
 * refused and the others are kept. A frame is one object, an array, or plain text. Nothing here throws.
 */
import { type ConditionId, parseTokenId, type Side, type TokenId } from '../../domain/ids.ts';
import type { PriceMicros, ShareMicros } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { firstProblem, jsonOf, objectOf, type Refusals, type Refused, refusals } from '../wire/refused.ts';
import {
  atMsSchema,
  conditionIdSchema,
  labelSchema,
  optional,
  priceMicrosSchema,
  shareMicrosSchema,
  sideSchema,
  tokenIdSchema,
  txHashSchema,
} from '../wire/schemas.ts';
import type { BookSnapshot, LevelChange } from './book-map.ts';
import { bookSnapshotSchema } from './book-schema.ts';

/** The new total of one level, with the venue's best prices after the change. */
export interface PriceChange extends LevelChange {
  readonly tokenId: TokenId;
  /** The venue sends 0 for no bids and 1 for no asks. */
  readonly bestBidPriceMicros: PriceMicros | undefined;
  readonly bestAskPriceMicros: PriceMicros | undefined;
}

interface TokenEvent {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** When it was received, where the venue sends no time; likewise in the events below. */
  readonly venueAtMs: number;
}

export type MarketEvent =
  | { readonly kind: 'book'; readonly snapshot: BookSnapshot }
  | {
      readonly kind: 'priceChange';
      readonly conditionId: ConditionId;
      readonly venueAtMs: number;
      /** In order; may concern any token of the market. */
      readonly changes: readonly PriceChange[];
    }
  | ({
      readonly kind: 'tickSizeChange';
      readonly oldTickPriceMicros: PriceMicros | undefined;
      readonly newTickPriceMicros: PriceMicros;
    } & TokenEvent)
  | ({
      readonly kind: 'lastTradePrice';
      readonly side: Side;
      readonly priceMicros: PriceMicros;
      readonly shareMicros: ShareMicros;
      readonly txHash: string | undefined;
    } & TokenEvent)
  | ({
      readonly kind: 'bestBidAsk';
      readonly bestBidPriceMicros: PriceMicros | undefined;
      readonly bestAskPriceMicros: PriceMicros | undefined;
    } & TokenEvent)
  /** The market has a result; what it is, the Data API says. */
  | { readonly kind: 'resolved'; readonly conditionId: ConditionId }
  | { readonly kind: 'ignored'; readonly eventType: string };

export interface MarketFrame {
  readonly events: MarketEvent[];
  readonly refused: Refused[];
}

/** A first frame holds the books of all subscribed tokens; a frame far above that size is refused unparsed. */
export const MARKET_FRAME_CHARS_MAX = 8 * 1_048_576;
/** Above 500 tokens on one socket the venue sends no snapshots (polymarket-api.md 5.2); other clients use 200. */
export const TOKENS_PER_SOCKET_MAX = 200;
const EVENTS_PER_FRAME_MAX = 5_000;
const CHANGES_PER_EVENT_MAX = 20_000;

/** The first frame on a socket; the flag adds tick changes, best prices and results. */
export function subscribeFrame(tokenIds: readonly TokenId[]): string {
  return JSON.stringify({ type: 'market', assets_ids: tokenIds, custom_feature_enabled: true });
}

/** Adds tokens to a subscribed socket. */
export function subscribeMoreFrame(tokenIds: readonly TokenId[]): string {
  return JSON.stringify({ operation: 'subscribe', assets_ids: tokenIds, custom_feature_enabled: true });
}

export function unsubscribeFrame(tokenIds: readonly TokenId[]): string {
  return JSON.stringify({ operation: 'unsubscribe', assets_ids: tokenIds });
}

/** The events of a frame, in order, and the refused ones; plain text (PONG, NO NEW ASSETS) gives neither. */
export function parseMarketFrame(text: string, receivedAtMs: number): MarketFrame {
  const refused = refusals('MARKET_CHANNEL');
  const events: MarketEvent[] = [];
  if (text.length > MARKET_FRAME_CHARS_MAX) {
    refused.add(`frame: ${text.length} characters is too large`, text);
    return { events, refused: refused.list() };
  }
  if (!/^\s*[[{]/.test(text)) return { events, refused: [] };
  const json = jsonOf(text);
  if (json === undefined) {
    refused.add('frame: not JSON', text);
    return { events, refused: refused.list() };
  }
  const parts = Array.isArray(json) ? json : [json];
  if (parts.length > EVENTS_PER_FRAME_MAX) refused.add(`frame: ${parts.length} events are too many`, text);
  for (const part of parts.slice(0, EVENTS_PER_FRAME_MAX)) {
    const event = parseEvent(part, receivedAtMs, refused);
    if (event !== undefined) events.push(event);
  }
  return { events, refused: refused.list() };
}

/** The tokens whose books an event is about; none for news of the whole venue. */
export function tokensOf(event: MarketEvent): readonly TokenId[] {
  switch (event.kind) {
    case 'book':
      return [event.snapshot.tokenId];
    case 'priceChange':
      return event.changes.map((change) => change.tokenId);
    case 'tickSizeChange':
    case 'lastTradePrice':
    case 'bestBidAsk':
      return [event.tokenId];
    case 'resolved':
    case 'ignored':
      return [];
  }
}

function parseEvent(value: unknown, receivedAtMs: number, refused: Refusals): MarketEvent | undefined {
  const sent = objectOf(value);
  if (sent === undefined) {
    refused.add('event: not an object', value);
    return undefined;
  }
  // The time may be absent (polymarket-api.md 0-), and some messages name their market as REST does.
  const timestamp = sent.timestamp || String(receivedAtMs);
  const part = { ...sent, market: sent.market ?? sent.condition_id, timestamp };
  const eventType = eventTypeOf(part);
  if (eventType === 'price_change') return parsePriceChange(part, refused);
  const schema = eventSchemas.get(eventType);
  if (schema === undefined) return { kind: 'ignored', eventType: eventType.slice(0, 60) };
  const result = schema.safeParse(part);
  if (result.success) return result.data;
  refused.add(`${eventType} ${firstProblem(result.error)}`, value, tokenOf(part));
  return undefined;
}

/** The first frame and older recordings lack event_type; the fields present decide. */
function eventTypeOf(part: Readonly<Record<string, unknown>>): string {
  if (typeof part.event_type === 'string') return part.event_type;
  if (part.bids !== undefined || part.asks !== undefined) return 'book';
  if (part.price_changes !== undefined) return 'price_change';
  if (part.new_tick_size !== undefined) return 'tick_size_change';
  if (part.winning_asset_id !== undefined) return 'market_resolved';
  if (part.best_bid !== undefined && part.best_ask !== undefined) return 'best_bid_ask';
  if (part.fee_rate_bps !== undefined && part.price !== undefined) return 'last_trade_price';
  return 'unknown';
}

function tokenOf(part: Readonly<Record<string, unknown>>): TokenId | undefined {
  return typeof part.asset_id === 'string' ? parseTokenId(part.asset_id) : undefined;
}

const changeHeadSchema = z.object({ market: conditionIdSchema, timestamp: atMsSchema });
const changeSchema = z.object({
  asset_id: tokenIdSchema,
  price: priceMicrosSchema,
  size: shareMicrosSchema,
  side: sideSchema,
  hash: labelSchema,
  best_bid: optional(priceMicrosSchema),
  best_ask: optional(priceMicrosSchema),
});

/** A bad change is refused with its token, so that its book can be fetched again; the others are kept. */
function parsePriceChange(
  part: Readonly<Record<string, unknown>>,
  refused: Refusals,
): MarketEvent | undefined {
  const head = changeHeadSchema.safeParse(part);
  const entries = changeEntries(part);
  if (!head.success || entries === undefined || entries.length > CHANGES_PER_EVENT_MAX) {
    const reason = head.success ? 'price_changes: not a list of changes' : firstProblem(head.error);
    const tokens = (entries ?? [part])
      .slice(0, CHANGES_PER_EVENT_MAX)
      .map((entry) => tokenOf(objectOf(entry) ?? {}));
    for (const tokenId of new Set(tokens)) refused.add(`price_change ${reason}`, part, tokenId);
    return undefined;
  }
  const { market, timestamp } = head.data;
  const changes: PriceChange[] = [];
  for (const entry of entries) {
    const result = changeSchema.safeParse(entry);
    if (!result.success) {
      refused.add(`price_change ${firstProblem(result.error)}`, entry, tokenOf(objectOf(entry) ?? {}));
      continue;
    }
    const change = result.data;
    changes.push({
      tokenId: change.asset_id,
      side: change.side,
      priceMicros: change.price,
      shareMicros: change.size,
      hash: change.hash,
      bestBidPriceMicros: change.best_bid,
      bestAskPriceMicros: change.best_ask,
      venueAtMs: timestamp,
    });
  }
  return changes.length === 0
    ? undefined
    : { kind: 'priceChange', conditionId: market, venueAtMs: timestamp, changes };
}

/** Today's list, a list under the older name `changes`, or (oldest) the event itself as the only change. */
function changeEntries(part: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  if (part.price_changes !== undefined)
    return Array.isArray(part.price_changes) ? part.price_changes : undefined;
  if (!Array.isArray(part.changes)) return [part];
  return part.changes.map((change) => ({ asset_id: part.asset_id, hash: part.hash, ...objectOf(change) }));
}

const tokenEventShape = { asset_id: tokenIdSchema, market: conditionIdSchema, timestamp: atMsSchema };

function tokenEvent(data: { asset_id: TokenId; market: ConditionId; timestamp: number }): TokenEvent {
  return { tokenId: data.asset_id, conditionId: data.market, venueAtMs: data.timestamp };
}

const eventSchemas = new Map<string, z.ZodMiniType<MarketEvent>>([
  ['book', z.mapped(bookSnapshotSchema, (snapshot): MarketEvent => ({ kind: 'book', snapshot }))],
  [
    'tick_size_change',
    z.mapped(
      z.object({
        ...tokenEventShape,
        old_tick_size: optional(priceMicrosSchema),
        new_tick_size: priceMicrosSchema.check(z.refine((tick) => tick > 0n, { message: 'not above 0' })),
      }),
      (data): MarketEvent => ({
        kind: 'tickSizeChange',
        ...tokenEvent(data),
        oldTickPriceMicros: data.old_tick_size,
        newTickPriceMicros: data.new_tick_size,
      }),
    ),
  ],
  [
    'last_trade_price',
    z.mapped(
      z.object({
        ...tokenEventShape,
        price: priceMicrosSchema,
        size: shareMicrosSchema,
        side: sideSchema,
        transaction_hash: optional(txHashSchema),
      }),
      (data): MarketEvent => ({
        kind: 'lastTradePrice',
        ...tokenEvent(data),
        side: data.side,
        priceMicros: data.price,
        shareMicros: data.size,
        txHash: data.transaction_hash,
      }),
    ),
  ],
  [
    'best_bid_ask',
    z.mapped(
      z.object({
        ...tokenEventShape,
        best_bid: optional(priceMicrosSchema),
        best_ask: optional(priceMicrosSchema),
      }),
      (data): MarketEvent => ({
        kind: 'bestBidAsk',
        ...tokenEvent(data),
        bestBidPriceMicros: data.best_bid,
        bestAskPriceMicros: data.best_ask,
      }),
    ),
  ],
  [
    'market_resolved',
    z.mapped(
      z.object({ market: conditionIdSchema }),
      (data): MarketEvent => ({ kind: 'resolved', conditionId: data.market }),
    ),
  ],
]);
