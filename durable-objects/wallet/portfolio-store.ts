/**
 * The Wallet's own records in its SQLite: cash, positions, attempts, commands and PnL history. Every change also leaves a
 * row in the outbox, in the same transaction. This is the single writer of its portfolio (design.md 2).
 */

import { assert } from '../../domain/assert.ts';
import type { ConditionId, SliceOwner, TokenId, TradingMode } from '../../domain/ids.ts';
import { add, type CashMicros, cash, type PriceMicros, price, shares } from '../../domain/money.ts';
import { EMPTY_POSITION, type MarkedPosition, type Position } from '../../domain/portfolio/portfolio.ts';
import type { LedgerRecord } from '../../domain/records/records.ts';
import { NO_LEADER, NO_TOKEN } from '../../domain/records/sentinels.ts';
import { DAY_MS } from '../../domain/time.ts';
import { conditionOf, ownerOf, tokenOf } from '../platform/id-columns.ts';
import type { Outbox } from '../platform/outbox.ts';
import { integer, micros, microsColumn, type ObjectStorage, type SqlRow, text } from '../platform/ports.ts';
import type { AttemptStats } from './attempt-stats.ts';
import type { WalletKeyValue } from './keys.ts';

/** A repeated intent finds its stored answer for this long. */
const ATTEMPTS_KEPT_MS = 7 * DAY_MS;
/** The breakers look back a week; the rest is slack. */
const PNL_KEPT_MS = 9 * DAY_MS;

export interface HeldPosition extends MarkedPosition {
  readonly leaderAddress: SliceOwner;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly markedAtMs: number;
  readonly revision: number;
}

/** On paper nothing can ever be short. Live, the venue decides what happened, and a slice may be. */
const POSITION_TABLES = { PAPER: 'position', LIVE: 'live_position' } as const;
const SHARES_CHECKS = { PAPER: 'CHECK (shares >= 0)', LIVE: '' } as const;

const schemaOf = (mode: TradingMode): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${POSITION_TABLES[mode]} (
     leader TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL,
     shares INTEGER NOT NULL ${SHARES_CHECKS[mode]}, cost INTEGER NOT NULL, realised INTEGER NOT NULL,
     mark INTEGER, marked_at INTEGER NOT NULL, revision INTEGER NOT NULL,
     PRIMARY KEY (leader, token)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX IF NOT EXISTS ${POSITION_TABLES[mode]}_open ON ${POSITION_TABLES[mode]} (leader, token) WHERE shares <> 0`,
  `CREATE TABLE IF NOT EXISTS attempt (
     idempotency_key TEXT PRIMARY KEY, decided_at INTEGER NOT NULL, result TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS ledger_ref (
     ref_id TEXT NOT NULL, entry_type TEXT NOT NULL, share_delta INTEGER NOT NULL, cash_delta INTEGER NOT NULL,
     PRIMARY KEY (ref_id, entry_type)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS pnl_hour (hour_at INTEGER PRIMARY KEY, pnl INTEGER NOT NULL) STRICT`,
];

function positionOf(row: SqlRow): HeldPosition {
  return {
    leaderAddress: ownerOf(row, 'leader'),
    tokenId: tokenOf(row, 'token'),
    conditionId: conditionOf(row, 'condition'),
    shareMicros: shares(micros(row, 'shares')),
    costMicros: cash(micros(row, 'cost')),
    realisedMicros: cash(micros(row, 'realised')),
    markPriceMicros: row.mark === null ? null : price(micros(row, 'mark')),
    markedAtMs: integer(row, 'marked_at'),
    revision: integer(row, 'revision'),
  };
}

/** What came from outside: it is no profit. Positions that an account opened with came in at their cost (A21). */
function flowOf(entry: LedgerRecord, after: Position | undefined): CashMicros {
  if (entry.entryType === 'OPENING') return after === undefined ? entry.cashDeltaMicros : after.costMicros;
  const flows = ['DEPOSIT', 'WITHDRAWAL', 'EXTERNAL_FLOW'];
  return flows.includes(entry.entryType) ? entry.cashDeltaMicros : cash(0n);
}

export class PortfolioStore {
  private readonly table: string;

  constructor(
    private readonly mode: TradingMode,
    private readonly storage: ObjectStorage,
    private readonly kv: WalletKeyValue,
    private readonly outbox: Outbox,
    private readonly stats: AttemptStats,
  ) {
    for (const statement of schemaOf(mode)) storage.rows(statement);
    this.table = POSITION_TABLES[mode];
  }

  cash(): CashMicros {
    return this.kv.get('cash') ?? cash(0n);
  }

  /** Deposits less withdrawals. */
  flows(): CashMicros {
    return this.kv.get('flows') ?? cash(0n);
  }

  positions(): readonly HeldPosition[] {
    return this.storage.rows(`SELECT * FROM ${this.table} ORDER BY leader, token`).map(positionOf);
  }

  /** Positions that hold shares. */
  open(): readonly HeldPosition[] {
    return this.storage
      .rows(`SELECT * FROM ${this.table} WHERE shares <> 0 ORDER BY leader, token`)
      .map(positionOf);
  }

  position(leader: SliceOwner, token: TokenId): HeldPosition | undefined {
    const row = this.storage.rows(
      `SELECT * FROM ${this.table} WHERE leader = ? AND token = ?`,
      leader,
      token,
    )[0];
    return row === undefined ? undefined : positionOf(row);
  }

  /**
   * Books one ledger entry: cash and shares move together. The same entry again changes nothing and returns false; the
   * same reference with another content is our own bug (style.md 4.3). What it won or lost counts in the day of `countedAtMs`.
   */
  bookEntry(
    entry: LedgerRecord,
    after: Position | undefined,
    countedAtMs: number = entry.bookedAtMs,
  ): boolean {
    const known = this.storage.rows(
      'SELECT share_delta, cash_delta FROM ledger_ref WHERE ref_id = ? AND entry_type = ?',
      entry.refId,
      entry.entryType,
    )[0];
    if (known !== undefined) {
      assert(
        micros(known, 'share_delta') === entry.shareDeltaMicros &&
          micros(known, 'cash_delta') === entry.cashDeltaMicros,
        'a ledger reference was used for two different entries',
        { refId: entry.refId, entryType: entry.entryType },
      );
      return false;
    }
    const cashAfter = add(this.cash(), entry.cashDeltaMicros);
    // Live, what the venue did has happened: a ledger below zero is a difference that is shown, not refused.
    const allowed = cashAfter >= 0n || this.mode === 'LIVE';
    assert(allowed, 'an entry would overdraw the cash', { refId: entry.refId, cashAfter });
    this.storage.rows(
      'INSERT INTO ledger_ref (ref_id, entry_type, share_delta, cash_delta) VALUES (?, ?, ?, ?)',
      entry.refId,
      entry.entryType,
      microsColumn(entry.shareDeltaMicros),
      microsColumn(entry.cashDeltaMicros),
    );
    this.kv.put('cash', cashAfter);
    const flow = flowOf(entry, after);
    if (flow !== 0n) this.kv.put('flows', add(this.flows(), flow));
    if (after !== undefined) {
      const before = this.putPosition(entry, after);
      this.stats.booked(entry, { before, after, atMs: countedAtMs });
    }
    this.outbox.add(entry);
    return true;
  }

  /** Sets the mark of every position in the token; positions whose mark did not move are left alone. */
  mark(token: TokenId, at: PriceMicros, markedAtMs: number): void {
    this.storage.rows(
      `UPDATE ${this.table} SET mark = ?, marked_at = ?, revision = revision + 1
       WHERE token = ? AND shares <> 0 AND (mark IS NULL OR mark <> ?)`,
      microsColumn(at),
      markedAtMs,
      token,
      microsColumn(at),
    );
  }

  /** Adds the position as it is now to the outbox; nothing when there is none. */
  publishPosition(leader: SliceOwner, token: TokenId): void {
    const position = this.position(leader, token);
    if (position === undefined) return;
    this.outbox.add({
      kind: 'position',
      mode: this.mode,
      leaderAddress: position.leaderAddress,
      tokenId: position.tokenId,
      conditionId: position.conditionId,
      shareMicros: position.shareMicros,
      costMicros: position.costMicros,
      realisedMicros: position.realisedMicros,
      markPriceMicros: position.markPriceMicros,
      markedAtMs: position.markedAtMs,
      revision: position.revision,
    });
  }

  /** Returns the position as it was before. */
  private putPosition(entry: LedgerRecord, after: Position): Position {
    const { leaderAddress: leader, tokenId: token } = entry;
    assert(leader !== NO_LEADER && token !== NO_TOKEN, 'an entry of cash alone moved a position', {
      refId: entry.refId,
    });
    const before = this.position(leader, token) ?? EMPTY_POSITION;
    assert(
      after.shareMicros - before.shareMicros === entry.shareDeltaMicros,
      'a position moved by other than its ledger entry',
      { refId: entry.refId },
    );
    this.storage.rows(
      `INSERT INTO ${this.table} (leader, token, condition, shares, cost, realised, mark, marked_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, NULL, 0, 1)
       ON CONFLICT (leader, token) DO UPDATE SET shares = excluded.shares, cost = excluded.cost,
         realised = excluded.realised, revision = revision + 1`,
      leader,
      token,
      entry.conditionId,
      microsColumn(after.shareMicros),
      microsColumn(after.costMicros),
      microsColumn(after.realisedMicros),
    );
    return before;
  }

  attemptResult(key: string): string | undefined {
    const row = this.storage.rows('SELECT result FROM attempt WHERE idempotency_key = ?', key)[0];
    return row === undefined ? undefined : text(row, 'result');
  }

  /** The answer of an attempt that was decided again. */
  replaceAttempt(key: string, result: string): void {
    this.storage.rows('UPDATE attempt SET result = ? WHERE idempotency_key = ?', result, key);
  }

  putAttempt(key: string, decidedAtMs: number, result: string): void {
    this.storage.rows(
      'INSERT INTO attempt (idempotency_key, decided_at, result) VALUES (?, ?, ?)',
      key,
      decidedAtMs,
      result,
    );
  }

  /** The PnL at the first mark of an hour; later ones of the same hour are left out. */
  putPnlHour(hourAtMs: number, pnl: CashMicros): void {
    this.storage.rows(
      'INSERT OR IGNORE INTO pnl_hour (hour_at, pnl) VALUES (?, ?)',
      hourAtMs,
      microsColumn(pnl),
    );
    this.storage.rows('DELETE FROM pnl_hour WHERE hour_at < ?', hourAtMs - PNL_KEPT_MS);
  }

  /** The PnL from which a window that starts at the time is measured: the first one in it; undefined when none is known. */
  pnlSince(startMs: number): CashMicros | undefined {
    const row = this.storage.rows(
      'SELECT pnl FROM pnl_hour WHERE hour_at >= ? ORDER BY hour_at LIMIT 1',
      startMs,
    )[0];
    return row === undefined ? undefined : cash(micros(row, 'pnl'));
  }

  /** Attempts are kept a week, so that a late repeat of an intent still finds its answer. */
  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM attempt WHERE decided_at < ?', nowMs - ATTEMPTS_KEPT_MS);
  }
}
