/**
 * One identity per leader fill, whichever source reports it (design.md 4). Shares are summed for each source, transaction,
 * token and side; only what exceeds the high-water mark of all sources, by more than a tolerance, is a new fill.
 */

import type { IntentMember } from '../../domain/decide/members.ts';
import type { LeaderFillSource } from '../../domain/decide/reasons.ts';
import { type FillId, fillId, type LeaderAddress, type Side, type TokenId } from '../../domain/ids.ts';
import { BPS, mulDivFloor, type ShareMicros, shares } from '../../domain/money.ts';
import type { LeaderRow } from '../../polymarket/public/leader-row.ts';
import { integer, micros, type ObjectStorage, text } from '../platform/ports.ts';
import { KEPT_MS } from './retention.ts';

/** Sources split and net a transaction differently: they round to a hundredth, and some take fees off the size. */
const TOLERANCE_SHARES = 10_000n;
const TOLERANCE_BPS = 200n;

export interface NewFill {
  readonly fillId: FillId;
  readonly row: LeaderRow;
  readonly shareMicros: ShareMicros;
  /** What it is a member of an intent by: all that is reported of one transaction, token and side has one id. */
  readonly member: Pick<IntentMember, 'id' | 'fromShareMicros'>;
  /** Within the tolerance: recorded, never copied, and the mark stays. */
  readonly difference: boolean;
}

export interface MarkOutcome {
  readonly fresh: readonly NewFill[];
  /** How many rows brought nothing new. */
  readonly known: number;
}

interface Key {
  readonly leaderAddress: LeaderAddress;
  readonly txHash: string;
  readonly tokenId: TokenId;
  readonly side: Side;
}

export class FillMarks {
  constructor(private readonly storage: ObjectStorage) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS fill_mark (
         tx TEXT NOT NULL, token TEXT NOT NULL, side TEXT NOT NULL, mark INTEGER NOT NULL, at_ms INTEGER NOT NULL,
         PRIMARY KEY (tx, token, side)) STRICT, WITHOUT ROWID`,
    );
    storage.rows(
      `CREATE TABLE IF NOT EXISTS source_sum (
         tx TEXT NOT NULL, token TEXT NOT NULL, side TEXT NOT NULL, source TEXT NOT NULL, shares INTEGER NOT NULL,
         seen TEXT NOT NULL, PRIMARY KEY (tx, token, side, source)) STRICT, WITHOUT ROWID`,
    );
  }

  /** Takes rows of a stream. An identical row (size, price, time) of the same source counts once. Call inside a transaction. */
  observeStream(source: LeaderFillSource, rows: readonly LeaderRow[]): MarkOutcome {
    const fresh: NewFill[] = [];
    for (const row of rows) {
      const identity = identityOf(row);
      const sum = this.sum(source, row);
      if (sum.seen.includes(identity)) continue;
      const total = shares(sum.shares + row.shareMicros);
      this.putSum(source, row, total, [...sum.seen, identity]);
      const fill = this.exceed(row, { before: sum.shares, total });
      if (fill !== undefined) fresh.push(fill);
    }
    return { fresh, known: rows.length - fresh.length };
  }

  /** The new fill that a stream's row would be; undefined where it would be none. Changes nothing. */
  preview(source: LeaderFillSource, row: LeaderRow): NewFill | undefined {
    const sum = this.sum(source, row);
    if (sum.seen.includes(identityOf(row))) return undefined;
    const total = shares(sum.shares + row.shareMicros);
    return newFill(row, { mark: this.mark(row), before: sum.shares, total });
  }

  /** Takes rows of a sweep, which lists each transaction as a whole: summed from zero, so that equal rows all count. */
  observeSweep(rows: readonly LeaderRow[]): MarkOutcome {
    const fresh: NewFill[] = [];
    const running = new Map<string, ShareMicros>();
    for (const row of rows) {
      const key = `${row.txHash}|${row.tokenId}|${row.side}`;
      const before = running.get(key) ?? 0n;
      const total = shares(before + row.shareMicros);
      running.set(key, total);
      const fill = this.exceed(row, { before, total });
      if (fill !== undefined) fresh.push(fill);
    }
    return { fresh, known: rows.length - fresh.length };
  }

  /** Forgets old transactions. */
  prune(nowMs: number): void {
    const old = 'SELECT tx FROM fill_mark WHERE at_ms < ?';
    this.storage.rows(`DELETE FROM source_sum WHERE tx IN (${old})`, nowMs - KEPT_MS);
    this.storage.rows('DELETE FROM fill_mark WHERE at_ms < ?', nowMs - KEPT_MS);
  }

  /** The new fill, and its mark. */
  private exceed(
    row: LeaderRow,
    { before, total }: { readonly before: bigint; readonly total: ShareMicros },
  ): NewFill | undefined {
    const fill = newFill(row, { mark: this.mark(row), before, total });
    if (fill === undefined || fill.difference) return fill;
    this.storage.rows(
      `INSERT INTO fill_mark (tx, token, side, mark, at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tx, token, side) DO UPDATE SET mark = excluded.mark`,
      row.txHash,
      row.tokenId,
      row.side,
      Number(total),
      row.eventAtMs,
    );
    return fill;
  }

  private mark(row: LeaderRow): bigint {
    const found = this.storage.rows(
      'SELECT mark FROM fill_mark WHERE tx = ? AND token = ? AND side = ?',
      row.txHash,
      row.tokenId,
      row.side,
    )[0];
    return found === undefined ? 0n : BigInt(integer(found, 'mark'));
  }

  private sum(source: LeaderFillSource, row: LeaderRow): { shares: bigint; seen: readonly string[] } {
    const found = this.storage.rows(
      'SELECT shares, seen FROM source_sum WHERE tx = ? AND token = ? AND side = ? AND source = ?',
      row.txHash,
      row.tokenId,
      row.side,
      source,
    )[0];
    if (found === undefined) return { shares: 0n, seen: [] };
    const seen = text(found, 'seen');
    return { shares: micros(found, 'shares'), seen: seen === '' ? [] : seen.split(' ') };
  }

  private putSum(
    source: LeaderFillSource,
    row: LeaderRow,
    total: ShareMicros,
    seen: readonly string[],
  ): void {
    this.storage.rows(
      `INSERT INTO source_sum (tx, token, side, source, shares, seen) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (tx, token, side, source) DO UPDATE SET shares = excluded.shares, seen = excluded.seen`,
      row.txHash,
      row.tokenId,
      row.side,
      source,
      Number(total),
      seen.join(' '),
    );
  }
}

/** What a source's sum, which the row moves from `before` to `total`, has beyond the mark; undefined when nothing. */
function newFill(
  row: LeaderRow,
  { mark, before, total }: { readonly mark: bigint; readonly before: bigint; readonly total: ShareMicros },
): NewFill | undefined {
  const excess = total - mark;
  if (excess <= 0n) return undefined;
  // A source can differ only from a mark that another one set. Where its own sum is the mark, or there is none yet, even the
  // smallest row beside a large one is a fill.
  const tolerance = mark === before ? 0n : differenceAllowed(mark);
  const difference = excess <= tolerance;
  const member = { id: fillId({ ...keyOf(row), markBeforeShareMicros: 0n }), fromShareMicros: shares(mark) };
  // A difference has an id of its own: the id made from the mark belongs to the fill that may still exceed it.
  const key = difference
    ? { ...keyOf(row), txHash: `${row.txHash}:difference`, markBeforeShareMicros: total }
    : { ...keyOf(row), markBeforeShareMicros: mark };
  return { fillId: fillId(key), row, shareMicros: shares(excess), member, difference };
}

/** By what two reports of a stream are the same. */
function identityOf({ shareMicros, priceMicros, eventAtMs }: LeaderRow): string {
  return `${shareMicros}@${priceMicros}@${eventAtMs}`;
}

/** What one source may have more of a transaction than another reported: rounding and fees (design.md 4). */
export function differenceAllowed(markShareMicros: bigint): bigint {
  return TOLERANCE_SHARES + mulDivFloor(markShareMicros, TOLERANCE_BPS, BPS);
}

function keyOf(row: LeaderRow): Key {
  return { leaderAddress: row.leaderAddress, txHash: row.txHash, tokenId: row.tokenId, side: row.side };
}
