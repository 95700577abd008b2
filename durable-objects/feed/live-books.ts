/**
 * Books and market facts, owned by LeaderFeed: the market channel for the tokens that matter, REST as cross-check and
 * fallback. A stale, crossed or dropped book is never handed out as fresh (W32, W33).
 */

import type { ConditionId, TokenId } from '../../domain/ids.ts';
import { type Book, isCrossed, markFromBook } from '../../domain/market/book.ts';
import type { MarketFacts } from '../../domain/market/market.ts';
import { BookMap, type BookSnapshot } from '../../polymarket/public/book-map.ts';
import type { ClobApi } from '../../polymarket/public/clob-api.ts';
import { type MarketEvent, parseMarketFrame } from '../../polymarket/public/market-channel.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import type { Quarantine } from '../platform/quarantine.ts';
import type { Quote } from '../rpc.ts';
import type { MarketFactsStore } from './market-facts.ts';

/** A book is handed out from memory while the venue vouched for it this recently; else REST confirms it first. */
const FRESH_MS = 1_000;
/** A subscribed token without any frame for this long is checked against REST: channels freeze while PONG still works. */
const SILENT_MS = 45_000;
/** REST checks of silent tokens in one round. */
const CHECKS_PER_ROUND_MAX = 5;
/** Two sockets of 200 tokens (design.md 2); the least recently wanted goes. */
export const TOKENS_WANTED_MAX = 400;

export interface BookSubscriptions {
  /** Makes the sockets follow exactly these tokens. */
  follow(tokenIds: readonly TokenId[]): void;
  reconnect(why: string): void;
}

export class LiveBooks {
  private readonly books = new Map<TokenId, { readonly map: BookMap; asOfMs: number }>();
  private readonly wanted = new Map<TokenId, number>();
  private readonly asking = new Map<TokenId, Promise<Book | null>>();
  readonly counters = { frames: 0, refused: 0, crossed: 0, coldBooks: 0, disagreements: 0, tickChanges: 0 };

  constructor(
    private readonly ports: ObjectPorts,
    private readonly clob: ClobApi,
    private readonly facts: MarketFactsStore,
    private readonly sockets: BookSubscriptions,
    private readonly quarantine: Quarantine,
  ) {}

  bookCount(): number {
    return this.books.size;
  }

  wantedTokens(): readonly TokenId[] {
    return [...this.wanted.keys()];
  }

  /** Keeps the tokens' books live from now on, at the cost of those that nobody has wanted for longest. */
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
      this.wanted.delete(token);
      this.books.delete(token);
    }
    if (changed || before !== this.wanted.size) this.sockets.follow(this.wantedTokens());
  }

  /** Applies a frame of the market channel. Never throws; what cannot be used is quarantined. */
  receive(text: string): void {
    this.counters.frames += 1;
    const { events, refused } = parseMarketFrame(text);
    this.counters.refused += refused.length;
    if (refused.length > 0) this.quarantine.add(refused);
    for (const event of events) this.apply(event);
  }

  /** A disconnect: what the books say may have passed by. They are rebuilt from the next snapshots. */
  disconnected(): void {
    for (const book of this.books.values()) book.map.drop();
  }

  /** What is known this moment, without asking anyone. */
  quoteNow(token: TokenId): Quote {
    const held = this.books.get(token);
    const snapshot = held?.map.toSnapshot();
    const book = held === undefined || snapshot === undefined ? null : toBook(snapshot, held.asOfMs);
    return { book: book !== null && isCrossed(book) ? null : book, market: this.factsOf(token, snapshot) };
  }

  /** A book the venue vouched for within the last second, and the facts of its market; either null if not to be had. */
  async freshQuote(request: {
    readonly tokenId: TokenId;
    readonly conditionId: ConditionId;
  }): Promise<Quote> {
    this.want([request.tokenId]);
    const now = this.quoteNow(request.tokenId);
    const young = now.book !== null && this.ports.nowMs() - now.book.asOfMs <= FRESH_MS;
    const [book] = await Promise.all([
      young ? now.book : this.askBook(request.tokenId),
      this.facts.ensure(request.conditionId),
    ]);
    return { book, market: this.quoteNow(request.tokenId).market };
  }

  /** A look at books for a person: from memory, or else by one REST call each if wanted. Makes nothing wanted from now on. */
  async glance(tokens: readonly TokenId[], askVenue: boolean): Promise<readonly (Book | null)[]> {
    return Promise.all(
      tokens.map((token) => {
        const { book } = this.quoteNow(token);
        return book ?? (askVenue ? this.askBook(token) : null);
      }),
    );
  }

  /** The price a holder values the token at now, from memory or REST. */
  async mark(token: TokenId): Promise<{ readonly price: bigint; readonly atMs: number } | null> {
    const known = this.quoteNow(token).book;
    const young = known !== null && this.ports.nowMs() - known.asOfMs <= SILENT_MS;
    const book = young ? known : await this.askBook(token);
    const price = book === null ? undefined : markFromBook(book);
    return book === null || price === undefined ? null : { price, atMs: book.asOfMs };
  }

  /** Compares silent tokens with REST; a book that moved without a frame means a frozen channel. */
  async checkSilent(): Promise<void> {
    const nowMs = this.ports.nowMs();
    const silent = this.wantedTokens()
      .filter((token) => nowMs - (this.books.get(token)?.asOfMs ?? 0) > SILENT_MS)
      .slice(-CHECKS_PER_ROUND_MAX);
    for (const token of silent) {
      const before = this.quoteNow(token).book;
      const after = await this.askBook(token);
      if (before === null || after === null || sameTop(before, after)) continue;
      this.counters.disagreements += 1;
      this.sockets.reconnect('a book moved without a frame');
    }
  }

  private factsOf(token: TokenId, snapshot: BookSnapshot | undefined): MarketFacts | null {
    const facts = this.facts.get(token);
    if (facts === undefined) return null;
    const tick = snapshot?.tickPriceMicros;
    return tick === undefined ? facts : { ...facts, tickPriceMicros: tick };
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
        return;
      }
      case 'priceChange': {
        for (const change of event.changes) {
          const held = this.books.get(change.tokenId);
          if (held?.map.applyPriceChange(change)) held.asOfMs = nowMs;
        }
        // Only after the whole frame: a market may pass through a crossed state within one.
        for (const change of event.changes) {
          const held = this.books.get(change.tokenId);
          if (held !== undefined) this.dropIfCrossed(held.map);
        }
        return;
      }
      case 'tickSizeChange':
        this.counters.tickChanges += 1;
        this.books.get(event.tokenId)?.map.applyTickSize(event.newTickPriceMicros);
        this.facts.expire(event.conditionId);
        return;
      case 'resolved':
        this.facts.expire(event.conditionId);
        return;
      case 'lastTradePrice':
      case 'bestBidAsk':
      case 'ignored':
        return;
    }
  }

  private dropIfCrossed(map: BookMap): void {
    if (!map.crossed) return;
    this.counters.crossed += 1;
    map.drop();
  }

  /** One REST read of a book at a time per token; null when the venue has none or does not answer. */
  private askBook(token: TokenId): Promise<Book | null> {
    const running = this.asking.get(token);
    if (running !== undefined) return running;
    const asked = this.askBookOnce(token).finally(() => this.asking.delete(token));
    this.asking.set(token, asked);
    return asked;
  }

  private async askBookOnce(token: TokenId): Promise<Book | null> {
    this.counters.coldBooks += 1;
    const askedAtMs = this.ports.nowMs();
    try {
      const snapshot = await this.clob.fetchBook(token);
      if (snapshot === undefined) return null;
      const held = this.held(token);
      // A frame that came while we asked is newer than the answer.
      if (held.asOfMs < askedAtMs || held.map.toSnapshot() === undefined) {
        held.map.applyBook(snapshot);
        held.asOfMs = askedAtMs;
        this.dropIfCrossed(held.map);
      }
      return this.quoteNow(token).book;
    } catch (error) {
      this.ports.log('warn', 'no book by REST', { token, reason: reasonOf(error) });
      return null;
    }
  }
}

function toBook(snapshot: BookSnapshot, asOfMs: number): Book {
  return { tokenId: snapshot.tokenId, bids: snapshot.bids, asks: snapshot.asks, asOfMs, hash: snapshot.hash };
}

function sameTop(left: Book, right: Book): boolean {
  return (
    left.bids[0]?.priceMicros === right.bids[0]?.priceMicros &&
    left.asks[0]?.priceMicros === right.asks[0]?.priceMicros
  );
}
