/**
 * Live order books of the tokens that are in use: the market channel keeps them, REST checks them and is the fallback. A
 * stale, crossed or dropped book is never returned as fresh (W32, W33).
 */

import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { type Book, isCrossed, ONE_DOLLAR, type PriceAt } from '../../domain/market/book.ts';
import { type BookTop, topOf } from '../../domain/market/mark.ts';
import type { MarketFacts } from '../../domain/market/market.ts';
import { sub } from '../../domain/money.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { BookMap, type BookSnapshot } from '../../polymarket/public/book-map.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import { type MarketEvent, parseMarketFrame, tokensOf } from '../../polymarket/public/market-channel.ts';
import type { Refused } from '../../polymarket/wire/refused.ts';
import type { ObjectPorts } from '../platform/ports.ts';
import type { Quarantine } from '../platform/quarantine.ts';
import type { Quote, QuoteRequest } from '../rpc.ts';
import { BookReads, type BookReceiver } from './book-reads.ts';
import type { MarketFactsStore } from './market-facts.ts';

/** A book this young is returned from memory; an older one is read by REST first. */
const FRESH_MS = SECOND_MS;
/** A token without a frame for this long is compared with REST: a channel can freeze while it still answers pings. */
const SILENT_MS = 45 * SECOND_MS;
/** Silent tokens compared with REST in one round. */
const CHECKS_PER_ROUND_MAX = 20;
/** Two sockets of 200 tokens (design.md 2). Beyond this, the token that was used longest ago is dropped. */
export const TOKENS_WANTED_MAX = 400;

export interface BookSubscriptions {
  /** Makes the sockets follow exactly these tokens. */
  follow(tokenIds: readonly TokenId[]): void;
  reconnect(why: string): void;
}

export interface BookEvents {
  /** The channel has named a market that has resolved. */
  resolved(condition: ConditionId): void;
  /** The book of a token has changed, or is gone. */
  moved(token: TokenId): void;
}

export class LiveBooks implements BookReceiver {
  private readonly books = new Map<TokenId, { readonly map: BookMap; asOfMs: number }>();
  private readonly wanted = new Map<TokenId, number>();
  private readonly lastTrades = new Map<TokenId, PriceAt>();
  /** Tokens of which the venue said last that they have no book, and when. */
  private readonly withoutBook = new Map<TokenId, number>();
  private readonly reads: BookReads;
  readonly counters = { frames: 0, refused: 0, crossed: 0, disagreements: 0, tickChanges: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    clob: ClobApi,
    private readonly facts: MarketFactsStore,
    private readonly sockets: BookSubscriptions,
    private readonly quarantine: Quarantine,
    private readonly events: BookEvents,
  ) {
    this.reads = new BookReads(ports, clob, this);
  }

  /** How many books there are, and how many were read by REST. */
  size(): { readonly live: number; readonly coldBooks: number } {
    return { live: this.books.size, coldBooks: this.reads.count };
  }

  wantedTokens(): readonly TokenId[] {
    return [...this.wanted.keys()];
  }

  /** Keeps the books of these tokens live from now on. Beyond the limit, those used longest ago are dropped. */
  want(tokenIds: readonly TokenId[]): void {
    const before = this.wanted.size;
    let changed = false;
    for (const token of tokenIds) {
      changed ||= !this.wanted.has(token);
      this.wanted.delete(token);
      this.wanted.set(token, this.ports.nowMs());
    }
    for (const token of this.wanted.keys()) {
      if (this.wanted.size <= TOKENS_WANTED_MAX) break;
      for (const known of [this.wanted, this.books, this.lastTrades, this.withoutBook]) known.delete(token);
    }
    if (changed || before !== this.wanted.size) this.sockets.follow(this.wantedTokens());
  }

  /**
   * Applies a frame of the market channel, and returns whether it is about a token that was asked for: new markets and results are
   * sent of the whole venue. Never throws; what cannot be used is quarantined.
   */
  receive(text: string): boolean {
    this.counters.frames += 1;
    const { events, refused } = parseMarketFrame(text, this.ports.nowMs());
    this.counters.refused += refused.length;
    if (refused.length > 0) this.quarantine.add(refused);
    for (const event of events) this.apply(event);
    // A change that could not be read leaves a wrong level behind: read that book again before it is used.
    for (const { tokenId } of refused) if (tokenId !== undefined) this.books.get(tokenId)?.map.drop();
    return events.some((event) => tokensOf(event).some((token) => this.wanted.has(token)));
  }

  /** The connection of these tokens was lost, so their books may be out of date: drop them until the next snapshots. */
  disconnected(tokenIds: readonly TokenId[]): void {
    for (const token of tokenIds) this.books.get(token)?.map.drop();
    for (const token of tokenIds) if (this.books.has(token)) this.events.moved(token);
  }

  /** Book and facts from memory; the book is null when there is none, or it is crossed. Its age is not checked. */
  quoteNow(token: TokenId): Quote {
    const held = this.books.get(token);
    const snapshot = held?.map.toSnapshot();
    const lastTrade = this.lastTrades.get(token);
    const book =
      held === undefined || snapshot === undefined ? null : toBook(snapshot, held.asOfMs, lastTrade);
    return { book: book !== null && isCrossed(book) ? null : book, market: this.factsOf(token, snapshot) };
  }

  /** A book that is not older than asked for, by REST if need be, and the facts of its market; either may be null. */
  async freshQuote({ tokenId, conditionId, sinceMs }: QuoteRequest): Promise<Quote> {
    this.want([tokenId]);
    const now = this.quoteNow(tokenId);
    const notBeforeMs = sinceMs ?? this.ports.nowMs() - FRESH_MS;
    const young = now.book !== null && now.book.asOfMs >= notBeforeMs;
    const [book] = await Promise.all([
      young ? now.book : this.readBookSince(tokenId, notBeforeMs),
      this.facts.ensure(conditionId),
    ]);
    return { book, market: this.quoteNow(tokenId).market };
  }

  /** Books for a page: from memory, or else, with `askVenue`, by REST. Subscribes to nothing. */
  async glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]> {
    const missing = tokens.filter((token) => this.quoteNow(token).book === null);
    if (askVenue && missing.length > 0) await this.reads.many(missing);
    return tokens.map((token) => this.quoteNow(token).book);
  }

  /** Reads by REST the books of these tokens of which there was no frame for long. */
  async refresh(tokens: readonly TokenId[]): Promise<void> {
    const old = tokens.filter((token) => !this.isYoung(token));
    if (old.length > 0) await this.reads.many(old);
  }

  /** What a holding's mark is made of, from memory; the top is null where the venue did not answer. */
  priceOf(token: TokenId): { readonly top: BookTop | null; readonly lastTrade: PriceAt | null } {
    const lastTrade = this.lastTrades.get(token) ?? null;
    const { book } = this.quoteNow(token);
    if (book !== null && this.isYoung(token)) return { top: topOf(book), lastTrade };
    const asOfMs = this.withoutBook.get(token);
    const top = asOfMs === undefined ? null : { bidPriceMicros: null, askPriceMicros: null, asOfMs };
    return { top, lastTrade };
  }

  private isYoung(token: TokenId): boolean {
    return this.ports.nowMs() - (this.books.get(token)?.asOfMs ?? 0) <= SILENT_MS;
  }

  /** Compares silent tokens with REST. A book that changed without a frame means a frozen channel: reconnect. */
  async checkSilent(): Promise<void> {
    const silent = this.wantedTokens()
      .filter((token) => !this.isYoung(token))
      .slice(-CHECKS_PER_ROUND_MAX);
    if (silent.length === 0) return;
    const before = new Map(silent.map((token) => [token, this.quoteNow(token).book]));
    const found = await this.reads.many(silent);
    const moved = [...found].filter((token) => {
      const [was, is] = [before.get(token), this.quoteNow(token).book];
      return was && is && !sameTop(was, is);
    });
    this.counters.disagreements += moved.length;
    if (moved.length > 0) this.sockets.reconnect('a book moved without a frame');
  }

  private factsOf(token: TokenId, snapshot: BookSnapshot | undefined): MarketFacts | null {
    const facts = this.facts.get(token);
    if (facts === undefined) return null;
    if (snapshot === undefined) return facts;
    const { tickPriceMicros = facts.tickPriceMicros, orderShareMicrosMin = facts.orderShareMicrosMin } =
      snapshot;
    return { ...facts, tickPriceMicros, orderShareMicrosMin };
  }

  private held(token: TokenId): { readonly map: BookMap; asOfMs: number } {
    const known = this.books.get(token);
    if (known !== undefined) return known;
    const made = { map: new BookMap(token), asOfMs: 0 };
    this.books.set(token, made);
    return made;
  }

  private apply(event: MarketEvent): void {
    const nowMs = this.ports.nowMs();
    switch (event.kind) {
      case 'book': {
        if (!this.wanted.has(event.snapshot.tokenId)) return;
        const held = this.held(event.snapshot.tokenId);
        held.map.applyBook(event.snapshot);
        held.asOfMs = nowMs;
        this.dropIfCrossed(held.map);
        this.events.moved(event.snapshot.tokenId);
        return;
      }
      case 'priceChange': {
        for (const change of event.changes) {
          const held = this.books.get(change.tokenId);
          if (held?.map.applyPriceChange(change)) held.asOfMs = nowMs;
        }
        // Checked after the whole frame: within one, a market may pass through a crossed state.
        for (const change of event.changes) {
          const held = this.books.get(change.tokenId);
          if (held !== undefined) this.dropIfCrossed(held.map);
        }
        for (const token of new Set(event.changes.map((change) => change.tokenId))) this.events.moved(token);
        return;
      }
      case 'tickSizeChange':
        this.counters.tickChanges += 1;
        this.books.get(event.tokenId)?.map.applyTickSize(event.newTickPriceMicros);
        this.facts.expire(event.conditionId);
        return;
      case 'resolved':
        this.events.resolved(event.conditionId);
        return;
      case 'lastTradePrice':
        this.traded(event);
        return;
      case 'bestBidAsk':
      case 'ignored':
        return;
    }
  }

  /** A trade of one outcome at p is one of the other at 1 − p: their books mirror each other (polymarket-api.md 5.1). */
  private traded(event: Extract<MarketEvent, { kind: 'lastTradePrice' }>): void {
    const { tokenId, priceMicros } = event;
    const atMs = Math.min(event.venueAtMs, this.ports.nowMs());
    const outcomes = this.facts.get(tokenId)?.outcomeTokenIds ?? [tokenId];
    for (const outcome of outcomes.length === 2 ? outcomes : [tokenId]) {
      if (!this.wanted.has(outcome) || (this.lastTrades.get(outcome)?.atMs ?? 0) > atMs) continue;
      const at = outcome === tokenId ? priceMicros : sub(ONE_DOLLAR, priceMicros);
      this.lastTrades.set(outcome, { priceMicros: at, atMs });
    }
  }

  private dropIfCrossed(map: BookMap): void {
    if (!map.crossed) return;
    this.counters.crossed += 1;
    map.drop();
  }

  /** As `readBook`; a read that is under way and began too early is read once more. */
  private async readBookSince(token: TokenId, sinceMs: number): Promise<Book | null> {
    const isUnderWay = this.reads.isReading(token);
    const book = await this.readBook(token);
    return isUnderWay && book !== null && book.asOfMs < sinceMs ? this.readBook(token) : book;
  }

  /** The book after a read by REST; null when the venue has none or does not answer. */
  private async readBook(token: TokenId): Promise<Book | null> {
    return (await this.reads.one(token)) ? this.quoteNow(token).book : null;
  }

  bookRead(snapshot: BookSnapshot, readAtMs: number): void {
    const { tokenId } = snapshot;
    if (this.withoutBook.delete(tokenId)) this.facts.bookFound(tokenId, true);
    const held = this.held(tokenId);
    // A frame that arrived during the call is newer than the answer.
    if (held.asOfMs >= readAtMs && held.map.toSnapshot() !== undefined) return;
    held.map.applyBook(snapshot);
    held.asOfMs = readAtMs;
    this.dropIfCrossed(held.map);
    this.events.moved(tokenId);
  }

  noBook(token: TokenId, readAtMs: number): void {
    this.withoutBook.set(token, readAtMs);
    this.facts.bookFound(token, false);
  }

  refused(refused: readonly Refused[]): void {
    this.quarantine.add(refused);
  }
}

function toBook(snapshot: BookSnapshot, asOfMs: number, lastTrade: PriceAt | undefined): Book {
  const { tokenId, bids, asks, hash } = snapshot;
  return { tokenId, bids, asks, asOfMs, hash, ...(lastTrade === undefined ? {} : { lastTrade }) };
}

function sameTop(left: Book, right: Book): boolean {
  return (
    left.bids[0]?.priceMicros === right.bids[0]?.priceMicros &&
    left.asks[0]?.priceMicros === right.asks[0]?.priceMicros
  );
}
