/**
 * One Wallet's portfolio in its own SQLite: cash, positions, answers of attempts, hourly PnL. Every booked entry also goes to
 * the outbox, in the same transaction. Nothing else writes this portfolio (design.md 2).
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

/** On paper no position can be short. Live, the venue decides what happened, and a leader's slice may be. */
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

/** Cash from outside, which is no profit. Positions that an account opened with count at their cost (A21). */
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

  /** Positions that hold shares, or are short of them. */
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
   * Books one ledger entry: cash and shares move together. Returns false when it is booked already. Throws InvariantError for
   * another entry with the same reference, an overdraft on paper, or a position that moves by other shares than the entry
   * (style.md 4.3). `after` is the position after the entry, undefined when it moves cash alone. Its win or loss is counted
   * on the day of `countedAtMs`.
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
    // Live, the venue has already done it: a ledger below zero is shown as a difference, not refused.
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

  /** Sets the mark of every open position in the token; a row whose mark did not move keeps its time and revision. */
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

  /** Returns the position before the entry. */
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

  /** The stored answer of an attempt; undefined when the key is not known. */
  attemptResult(key: string): string | undefined {
    const row = this.storage.rows('SELECT result FROM attempt WHERE idempotency_key = ?', key)[0];
    return row === undefined ? undefined : text(row, 'result');
  }

  /** Stores the answer of an attempt that was decided again. */
  replaceAttempt(key: string, result: string): void {
    this.storage.rows('UPDATE attempt SET result = ? WHERE idempotency_key = ?', result, key);
  }

  /** Stores the answer of an attempt. Throws when the key already has one. */
  putAttempt(key: string, decidedAtMs: number, result: string): void {
    this.storage.rows(
      'INSERT INTO attempt (idempotency_key, decided_at, result) VALUES (?, ?, ?)',
      key,
      decidedAtMs,
      result,
    );
  }

  /** Stores the PnL of an hour, which starts at `hourAtMs`; later values of the same hour are ignored. */
  putPnlHour(hourAtMs: number, pnl: CashMicros): void {
    this.storage.rows(
      'INSERT OR IGNORE INTO pnl_hour (hour_at, pnl) VALUES (?, ?)',
      hourAtMs,
      microsColumn(pnl),
    );
    this.storage.rows('DELETE FROM pnl_hour WHERE hour_at < ?', hourAtMs - PNL_KEPT_MS);
  }

  /** The PnL that a window starts from: the first stored at or after its start; undefined when there is none. */
  pnlSince(startMs: number): CashMicros | undefined {
    const row = this.storage.rows(
      'SELECT pnl FROM pnl_hour WHERE hour_at >= ? ORDER BY hour_at LIMIT 1',
      startMs,
    )[0];
    return row === undefined ? undefined : cash(micros(row, 'pnl'));
  }

  /** Deletes answers of attempts that were decided more than ATTEMPTS_KEPT_MS ago. */
  prune(nowMs: number): void {
    this.storage.rows('DELETE FROM attempt WHERE decided_at < ?', nowMs - ATTEMPTS_KEPT_MS);
  }
}
