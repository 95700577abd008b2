/**
 * The order book of one token, kept from snapshots and level changes; changes carry absolute sizes (W32). Before the first
 * snapshot, and after a change of the tick, there is no book.
 */
import type { ConditionId, Side, TokenId } from '../../domain/ids.ts';
import { type Book, isCrossed, type Level } from '../../domain/market/book.ts';
import { type PriceMicros, price, type ShareMicros, shares } from '../../domain/money.ts';

/** A whole book as the venue sent it; its time is the venue's, where `Book` has ours. */
export interface BookSnapshot extends Omit<Book, 'asOfMs'> {
  readonly conditionId: ConditionId;
  readonly tickPriceMicros: PriceMicros | undefined;
  readonly orderShareMicrosMin: ShareMicros | undefined;
  /** Zero where the venue sends no time. */
  readonly venueAtMs: number;
}

/** The new total of one level; zero shares remove it. */
export interface LevelChange {
  readonly side: Side;
  readonly priceMicros: PriceMicros;
  readonly shareMicros: ShareMicros;
  readonly hash: string;
  readonly venueAtMs: number;
}

/** Levels best first, without empty ones; of two at the same price the later counts. */
export function sortedLevels(
  levels: Iterable<readonly [bigint, bigint]>,
  best: 'highest' | 'lowest',
): Level[] {
  const sign = best === 'highest' ? -1 : 1;
  return [...new Map(levels)]
    .filter(([, size]) => size > 0n)
    .sort(([left], [right]) => (left < right ? -sign : left > right ? sign : 0))
    .map(([at, size]) => ({ priceMicros: price(at), shareMicros: shares(size) }));
}

/** The live book of one token. */
export class BookMap {
  readonly tokenId: TokenId;
  private facts: Omit<BookSnapshot, 'bids' | 'asks'> | undefined;
  private tickPriceMicros: PriceMicros | undefined;
  private bids = new Map<bigint, bigint>();
  private asks = new Map<bigint, bigint>();
  private cached: BookSnapshot | undefined;

  constructor(tokenId: TokenId) {
    this.tokenId = tokenId;
  }

  /** Replaces the book; a snapshot without tick or minimum keeps the known ones. */
  applyBook(snapshot: BookSnapshot): void {
    this.tickPriceMicros = snapshot.tickPriceMicros ?? this.tickPriceMicros;
    const known = this.facts?.orderShareMicrosMin;
    this.facts = {
      tokenId: this.tokenId,
      conditionId: snapshot.conditionId,
      tickPriceMicros: this.tickPriceMicros,
      orderShareMicrosMin: snapshot.orderShareMicrosMin ?? known,
      hash: snapshot.hash,
      venueAtMs: snapshot.venueAtMs,
    };
    this.bids = new Map(snapshot.bids.map((level) => [level.priceMicros, level.shareMicros]));
    this.asks = new Map(snapshot.asks.map((level) => [level.priceMicros, level.shareMicros]));
    this.cached = undefined;
  }

  /** False when there is no book to change: the change is dropped, and the caller needs a snapshot. */
  applyPriceChange(change: LevelChange): boolean {
    if (this.facts === undefined) return false;
    const side = change.side === 'BUY' ? this.bids : this.asks;
    if (change.shareMicros > 0n) side.set(change.priceMicros, change.shareMicros);
    else side.delete(change.priceMicros);
    // Times arrive out of order by milliseconds; the latest is the time of the book.
    const venueAtMs = Math.max(this.facts.venueAtMs, change.venueAtMs);
    this.facts = { ...this.facts, hash: change.hash, venueAtMs };
    this.cached = undefined;
    return true;
  }

  /** A new tick drops the levels; the tick already known changes nothing. True when the levels were dropped. */
  applyTickSize(tickPriceMicros: PriceMicros): boolean {
    if (tickPriceMicros === this.tickPriceMicros) return false;
    this.tickPriceMicros = tickPriceMicros;
    this.drop();
    return true;
  }

  /** Drops the levels, after a disconnect or damage: no book until the next snapshot. */
  drop(): void {
    this.facts = undefined;
    this.bids.clear();
    this.asks.clear();
    this.cached = undefined;
  }

  get crossed(): boolean {
    const snapshot = this.toSnapshot();
    return snapshot !== undefined && isCrossed(snapshot);
  }

  /** The current book; undefined while there is none. */
  toSnapshot(): BookSnapshot | undefined {
    if (this.facts === undefined) return undefined;
    this.cached ??= {
      ...this.facts,
      tickPriceMicros: this.tickPriceMicros,
      bids: sortedLevels(this.bids, 'highest'),
      asks: sortedLevels(this.asks, 'lowest'),
    };
    return this.cached;
  }
}
