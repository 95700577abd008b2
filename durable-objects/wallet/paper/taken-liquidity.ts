/**
 * Liquidity that paper copies have taken. The venue's book does not know of them, so the next decision subtracts it
 * (`withoutTaken`); the market is assumed to replace each taking after a while (A56). Only the paper Wallet adds to it.
 */
import type { CopyIntent } from '../../../domain/decide/decision-facts.ts';
import type { Side, TokenId } from '../../../domain/ids.ts';
import { type Book, ONE_DOLLAR, topLevels } from '../../../domain/market/book.ts';
import type { MarketFacts } from '../../../domain/market/market.ts';
import { price, shares, sub } from '../../../domain/money.ts';
import { type TakenLevel, withoutTaken } from '../../../domain/portfolio/paper-fills.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { micros, microsColumn, type ObjectStorage } from '../../platform/ports.ts';

/** The market has replaced a taking after this long. */
export const LIQUIDITY_RECOVERY_MS = MINUTE_MS;

/** A walk of a book: `side` is the taker's. */
interface Walk {
  readonly tokenId: TokenId;
  readonly side: Side;
  /** The condition's other token; undefined where the market is not known. */
  readonly otherTokenId: TokenId | undefined;
}

export class TakenLiquidity {
  /** When liquidity was last taken, as far as is known: the live Wallet never takes any, and then has nothing to read. */
  private lastAtMs: number;

  constructor(private readonly storage: ObjectStorage) {
    // Earlier releases kept one row a level, whose recovery began again with each taking. Its rows lasted a minute.
    storage.rows('DROP TABLE IF EXISTS taken');
    storage.rows(
      `CREATE TABLE IF NOT EXISTS takings (
         token TEXT NOT NULL, side TEXT NOT NULL, price INTEGER NOT NULL, shares INTEGER NOT NULL, at_ms INTEGER NOT NULL)
         STRICT`,
    );
    storage.rows('CREATE INDEX IF NOT EXISTS takings_of ON takings (token, side, at_ms)');
    const last = storage.rows('SELECT max(at_ms) AS at FROM takings')[0]?.at;
    this.lastAtMs = typeof last === 'number' ? last : 0;
  }

  /** What our copies have left of the book for this intent, as far as a decision looks at it. */
  leftOf(
    book: Book,
    given: {
      readonly intent: Pick<CopyIntent, 'tokenId' | 'side'>;
      readonly market: MarketFacts | null;
      readonly nowMs: number;
    },
  ): Book {
    const { intent, market, nowMs } = given;
    const { tokenId, side } = intent;
    const otherTokenId = market?.outcomeTokenIds.find((one) => one !== tokenId);
    return topLevels(withoutTaken(book, side, this.levels({ tokenId, side, otherTokenId }, nowMs)));
  }

  /**
   * What the walk does not find: takings of its own side, and of the other token from the opposite side at $1 less the price.
   * The venue matches a BUY of Up at p with a BUY of Down at 1 − p, so an ask of Up and a bid of Down are one order.
   */
  levels({ tokenId, side, otherTokenId }: Walk, nowMs: number): readonly TakenLevel[] {
    const own = this.of(tokenId, side, nowMs);
    if (otherTokenId === undefined) return own;
    const mirrored = this.of(otherTokenId, side === 'BUY' ? 'SELL' : 'BUY', nowMs);
    return [...own, ...mirrored.map((one) => ({ ...one, priceMicros: sub(ONE_DOLLAR, one.priceMicros) }))];
  }

  add(token: TokenId, side: Side, { priceMicros, shareMicros }: TakenLevel, nowMs: number): void {
    // Too late a time, after a transaction that was rolled back, only costs reads.
    this.lastAtMs = Math.max(this.lastAtMs, nowMs);
    this.storage.rows('DELETE FROM takings WHERE at_ms <= ?', nowMs - LIQUIDITY_RECOVERY_MS);
    this.storage.rows(
      'INSERT INTO takings (token, side, price, shares, at_ms) VALUES (?, ?, ?, ?, ?)',
      token,
      side,
      microsColumn(priceMicros),
      microsColumn(shareMicros),
      nowMs,
    );
  }

  private of(token: TokenId, side: Side, nowMs: number): readonly TakenLevel[] {
    if (this.lastAtMs <= nowMs - LIQUIDITY_RECOVERY_MS) return [];
    const rows = this.storage.rows(
      'SELECT price, sum(shares) AS shares FROM takings WHERE token = ? AND side = ? AND at_ms > ? GROUP BY price',
      token,
      side,
      nowMs - LIQUIDITY_RECOVERY_MS,
    );
    return rows.map((row) => ({
      priceMicros: price(micros(row, 'price')),
      shareMicros: shares(micros(row, 'shares')),
    }));
  }
}
