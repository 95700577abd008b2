/**
 * Liquidity that paper copies have taken. The venue's book does not know of them, so the next decision subtracts it
 * (`withoutTaken`); the market is assumed to have replaced it after a while. Only the paper Wallet adds to it.
 */
import type { Side, TokenId } from '../../domain/ids.ts';
import { price, shares } from '../../domain/money.ts';
import type { TakenLevel } from '../../domain/portfolio/paper-fills.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { micros, microsColumn, type ObjectStorage } from '../platform/ports.ts';

/** The market has replaced what was taken after this long. */
const RECOVERY_MS = MINUTE_MS;

export class TakenLiquidity {
  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS taken (
         token TEXT NOT NULL, side TEXT NOT NULL, price INTEGER NOT NULL, shares INTEGER NOT NULL, at_ms INTEGER NOT NULL,
         PRIMARY KEY (token, side, price)) STRICT, WITHOUT ROWID`,
    );
  }

  /** What was taken from this side of the token's book and is not replaced yet; `side` is that of our copies. */
  levels(token: TokenId, side: Side, nowMs: number): readonly TakenLevel[] {
    const rows = this.storage.rows(
      'SELECT price, shares FROM taken WHERE token = ? AND side = ? AND at_ms > ?',
      token,
      side,
      nowMs - RECOVERY_MS,
    );
    return rows.map((row) => ({
      priceMicros: price(micros(row, 'price')),
      shareMicros: shares(micros(row, 'shares')),
    }));
  }

  /** Adds to what was taken at the price; the recovery of the whole level starts again. */
  add(token: TokenId, side: Side, { priceMicros, shareMicros }: TakenLevel, nowMs: number): void {
    this.storage.rows('DELETE FROM taken WHERE at_ms <= ?', nowMs - RECOVERY_MS);
    this.storage.rows(
      `INSERT INTO taken (token, side, price, shares, at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (token, side, price) DO UPDATE SET shares = shares + excluded.shares, at_ms = excluded.at_ms`,
      token,
      side,
      microsColumn(priceMicros),
      microsColumn(shareMicros),
      nowMs,
    );
  }
}
