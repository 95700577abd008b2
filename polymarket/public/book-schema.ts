/**
 * A book as the venue sends it, on the market channel and over REST: best level last, numbers as text. One damaged level
 * refuses the whole book, because an incomplete book would look valid.
 */
import type { Level } from '../../domain/market/book.ts';
import { MICROS } from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import {
  atMsSchema,
  conditionIdSchema,
  labelSchema,
  optional,
  priceMicrosSchema,
  shareMicrosSchema,
  tokenIdSchema,
} from '../wire/schemas.ts';
import { type BookSnapshot, sortedLevels } from './book-map.ts';

/** 0.0001 is the finest tick: 9,999 prices. */
const LEVELS_MAX = 10_000;

// Sizes are totals and never negative. Prices outside 0…1 are damage; the venue uses 0 and 1 for an empty side.
const levelSchema = z.object({ price: priceMicrosSchema, size: shareMicrosSchema });
const sideSchema = z.nullish(z.array(levelSchema).check(z.maxLength(LEVELS_MAX)));

/** 0 counts as absent: a tick of 0 would divide by zero. */
const tickSchema = z.optional(
  z.mapped(optional(priceMicrosSchema), (tick) => (tick === undefined || tick <= 0n ? undefined : tick)),
);

const bookSchema = z
  .object({
    market: conditionIdSchema,
    asset_id: tokenIdSchema,
    timestamp: optional(atMsSchema),
    hash: labelSchema,
    bids: sideSchema,
    asks: sideSchema,
    tick_size: tickSchema,
    min_order_size: optional(shareMicrosSchema),
  })
  .check(
    z.refine((book) => book.bids !== undefined || book.asks !== undefined, { message: 'bids: missing' }),
  );

/** A book, best levels first. Levels without shares, or at prices 0 and 1, are left out. */
export const bookSnapshotSchema = z.mapped(
  bookSchema,
  (book): BookSnapshot => ({
    tokenId: book.asset_id,
    conditionId: book.market,
    bids: levelsOf(book.bids ?? [], 'highest'),
    asks: levelsOf(book.asks ?? [], 'lowest'),
    tickPriceMicros: book.tick_size,
    orderShareMicrosMin: book.min_order_size,
    hash: book.hash,
    venueAtMs: book.timestamp ?? 0,
  }),
);

function levelsOf(side: readonly z.infer<typeof levelSchema>[], best: 'highest' | 'lowest'): Level[] {
  const inside = side.filter((level) => level.price > 0n && level.price < MICROS);
  return sortedLevels(
    inside.map((level) => [level.price, level.size] as const),
    best,
  );
}
