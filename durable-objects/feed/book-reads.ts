/** Books by REST: one read at a time for each token, and those of many tokens in few calls. */
import type { TokenId } from '../../domain/ids.ts';
import type { BookSnapshot } from '../../polymarket/public/book-map.ts';
import { BOOKS_MAX, type ClobApi } from '../../polymarket/public/clob-api.ts';
import type { Refused } from '../../polymarket/wire/refused.ts';
import { type ObjectPorts, reasonOf } from '../platform/ports.ts';
import { batchesOf } from './in-turns.ts';

/** Who receives what was read. */
export interface BookReceiver {
  bookRead(snapshot: BookSnapshot, readAtMs: number): void;
  /** The venue has no book of the token. */
  noBook(token: TokenId, readAtMs: number): void;
  refused(refused: readonly Refused[]): void;
}

/** The tokens whose books the venue has sent. */
type Found = ReadonlySet<TokenId>;
const NONE: Found = new Set();

export class BookReads {
  /** Reads for one token, that were asked for by themselves or with others. */
  private readonly running = new Map<TokenId, Promise<Found>>();
  /** Tokens read so far. */
  count = 0;

  constructor(
    private readonly ports: ObjectPorts,
    private readonly clob: ClobApi,
    private readonly receiver: BookReceiver,
  ) {}

  isReading(token: TokenId): boolean {
    return this.running.has(token);
  }

  /** Whether the venue has sent the book. Never rejects: without an answer the book stays as it was. */
  async one(token: TokenId): Promise<boolean> {
    const found = await (this.running.get(token) ?? this.start([token], () => this.readOne(token)));
    return found.has(token);
  }

  /** Those of the tokens whose books the venue has sent. Never rejects, as `one`. */
  async many(tokens: readonly TokenId[]): Promise<Found> {
    const wanted = [...new Set(tokens)];
    const reads = wanted.flatMap((token) => this.running.get(token) ?? []);
    const missing = wanted.filter((token) => !this.running.has(token));
    for (const batch of batchesOf(missing, BOOKS_MAX))
      reads.push(this.start(batch, () => this.readBatch(batch)));
    const found = await Promise.all(reads);
    return new Set(found.flatMap((one) => [...one]));
  }

  private start(tokens: readonly TokenId[], read: () => Promise<Found>): Promise<Found> {
    this.count += tokens.length;
    const running = read().finally(() => {
      for (const token of tokens) this.running.delete(token);
    });
    for (const token of tokens) this.running.set(token, running);
    return running;
  }

  private async readOne(token: TokenId): Promise<Found> {
    const readAtMs = this.ports.nowMs();
    try {
      const snapshot = await this.clob.fetchBook(token);
      if (snapshot === undefined) {
        this.receiver.noBook(token, readAtMs);
        return NONE;
      }
      this.receiver.bookRead(snapshot, readAtMs);
      return new Set([token]);
    } catch (error) {
      this.ports.log('warn', 'no book by REST', { token, reason: reasonOf(error) });
      return NONE;
    }
  }

  private async readBatch(tokens: readonly TokenId[]): Promise<Found> {
    const readAtMs = this.ports.nowMs();
    try {
      const { books, refused, complete } = await this.clob.fetchBooks(tokens);
      if (refused.length > 0) this.receiver.refused(refused);
      for (const snapshot of books.values()) this.receiver.bookRead(snapshot, readAtMs);
      // While a book of the answer cannot be read, a missing one may be that one.
      if (complete) for (const token of tokens) if (!books.has(token)) this.receiver.noBook(token, readAtMs);
      return new Set(books.keys());
    } catch (error) {
      this.ports.log('warn', 'no books by REST', { tokens: tokens.length, reason: reasonOf(error) });
      return NONE;
    }
  }
}
