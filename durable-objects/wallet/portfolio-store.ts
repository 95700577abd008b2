/**
 * One Wallet's portfolio in its own SQLite: cash, positions, answers of attempts, hourly PnL. Every booked entry also goes to
 * the outbox, in the same transaction. Nothing else writes this portfolio (design.md 2).
 */

import { assert } from '../../domain/assert.ts';
import type { SliceOwner, TokenId, TradingMode } from '../../domain/ids.ts';
import type { PriceAt } from '../../domain/market/book.ts';
import { add, type CashMicros, cash, sub } from '../../domain/money.ts';
import { EMPTY_POSITION, type Position } from '../../domain/portfolio/portfolio.ts';
import type { PricedPosition } from '../../domain/portfolio/worth.ts';
import type { LedgerRecord } from '../../domain/records/records.ts';
import { NO_LEADER, NO_TOKEN } from '../../domain/records/sentinels.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import type { Outbox } from '../platform/outbox.ts';
import { integer, micros, microsColumn, type ObjectStorage, text } from '../platform/ports.ts';
import type { AttemptStats } from './attempt-stats.ts';
import { DecidedMembers } from './intents/decided-members.ts';
import type { WalletKeyValue } from './keys.ts';
import { ClosedSums } from './minute/closed-sums.ts';
import { type HeldPosition, type Marking, PositionTable } from './position-rows.ts';

/** A repeated intent finds its stored answer for this long. */
const ATTEMPTS_KEPT_MS = 7 * DAY_MS;
/** The breakers look back a week; the rest is slack. */
const PNL_KEPT_MS = 9 * DAY_MS;
/** Far more than are decided at once. Beyond it they are read again. */
const UNANSWERED_MAX = 1_000;

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS attempt (
     idempotency_key TEXT PRIMARY KEY, decided_at INTEGER NOT NULL, result TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS attempt_decided ON attempt (decided_at)',
  `CREATE TABLE IF NOT EXISTS ledger_ref (
     ref_id TEXT NOT NULL, entry_type TEXT NOT NULL, share_delta INTEGER NOT NULL, cash_delta INTEGER NOT NULL,
     PRIMARY KEY (ref_id, entry_type)) STRICT, WITHOUT ROWID`,
  // Older releases stored the first PnL of each hour under its start: nearly the last one of the hour before.
  `CREATE TABLE IF NOT EXISTS pnl_hour (hour_at INTEGER PRIMARY KEY, pnl INTEGER NOT NULL) STRICT`,
];

/** Cash from outside, which is no profit. Positions that an account opened with count at their cost (A21). */
function flowOf(entry: LedgerRecord, after: Position | undefined): CashMicros {
  if (entry.entryType === 'OPENING') return after === undefined ? entry.cashDeltaMicros : after.costMicros;
  const flows = ['DEPOSIT', 'WITHDRAWAL', 'EXTERNAL_FLOW'];
  return flows.includes(entry.entryType) ? entry.cashDeltaMicros : cash(0n);
}

function realisedIfClosed({ shareMicros, realisedMicros }: Position): CashMicros {
  return shareMicros === 0n ? realisedMicros : cash(0n);
}

/** A position as far as its worth goes. */
export interface ValuedPosition extends PricedPosition {
  readonly leaderAddress: SliceOwner;
}

export class PortfolioStore {
  readonly members: DecidedMembers;
  private readonly rows: PositionTable;
  private readonly closed: ClosedSums;
  /** Every stored PnL by its hour: each decision asks for two. Undefined until it is read, and after a rollback. */
  private pnlByHour: Map<number, CashMicros> | undefined;
  /** Keys that have no answer yet: each copy asks three times. */
  private readonly unanswered = new Set<string>();

  constructor(
    private readonly mode: TradingMode,
    private readonly storage: ObjectStorage,
    private readonly kv: WalletKeyValue,
    private readonly outbox: Outbox,
    private readonly stats: AttemptStats,
  ) {
    for (const statement of SCHEMA) storage.rows(statement);
    this.members = new DecidedMembers(storage);
    this.rows = new PositionTable(mode, storage, kv);
    this.closed = new ClosedSums(storage, this.rows.table);
    storage.onRollback(() => {
      this.pnlByHour = undefined;
    });
  }

  cash(): CashMicros {
    return this.kv.get('cash') ?? cash(0n);
  }

  /** Deposits less withdrawals. */
  flows(): CashMicros {
    return this.kv.get('flows') ?? cash(0n);
  }

  /** What the worth of the whole is made of: open positions, and one without shares for what each leader's closed ones realised. */
  valued(): readonly ValuedPosition[] {
    const closed = [...this.closed.all()].map(([leaderAddress, realisedMicros]) => ({
      ...{ ...EMPTY_POSITION, leaderAddress, realisedMicros },
      ...{ mark: null, markPriceMicros: null, bidPriceMicros: null, ended: false },
    }));
    return [...this.open(), ...closed];
  }

  /** Positions that hold shares, or are short of them. */
  open(): readonly HeldPosition[] {
    return this.rows.open();
  }

  position(leader: SliceOwner, token: TokenId): HeldPosition | undefined {
    return this.rows.of(leader, token);
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

  /** Sets the mark of every open position in the token. */
  mark(token: TokenId, marking: Marking): void {
    this.rows.mark(token, marking);
  }

  /** The same for many tokens at once. */
  markAll(markings: readonly (readonly [token: TokenId, marking: Marking])[]): void {
    this.rows.markAll(markings);
  }

  /** The newest good mark of the token among what is held; null if it never had one. */
  lastGoodMark(token: TokenId): PriceAt | null {
    return this.rows.lastGoodMark(token);
  }

  /** The reference of the position's next settlement. Older releases numbered theirs by revision, without the letter. */
  nextSettlement({ leaderAddress, tokenId }: Pick<HeldPosition, 'leaderAddress' | 'tokenId'>): string {
    const prefix = `settle:${leaderAddress}:${tokenId}:n`;
    const before = this.storage.rows(
      'SELECT count(*) AS known FROM ledger_ref WHERE ref_id >= ? AND ref_id < ?',
      prefix,
      `${prefix}~`,
    )[0]!;
    return `${prefix}${integer(before, 'known') + 1}`;
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
      markRule: position.mark?.rule ?? null,
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
    this.rows.put({ leaderAddress: leader, tokenId: token, conditionId: entry.conditionId }, after);
    this.closed.add(leader, sub(realisedIfClosed(after), realisedIfClosed(before)));
    return before;
  }

  /** The stored answer of an attempt; undefined when the key is not known. */
  attemptResult(key: string): string | undefined {
    if (this.unanswered.has(key)) return undefined;
    const row = this.storage.rows('SELECT result FROM attempt WHERE idempotency_key = ?', key)[0];
    if (row !== undefined) return text(row, 'result');
    if (this.unanswered.size >= UNANSWERED_MAX) this.unanswered.clear();
    this.unanswered.add(key);
    return undefined;
  }

  /** Stores the answer of an attempt that was decided again. */
  replaceAttempt(key: string, result: string): void {
    this.storage.rows('UPDATE attempt SET result = ? WHERE idempotency_key = ?', result, key);
  }

  /** Stores the answer of an attempt. Throws when the key already has one. */
  putAttempt(key: string, decidedAtMs: number, result: string): void {
    this.unanswered.delete(key);
    this.storage.rows(
      'INSERT INTO attempt (idempotency_key, decided_at, result) VALUES (?, ?, ?)',
      key,
      decidedAtMs,
      result,
    );
  }

  /**
   * Stores the PnL of a valuation under the whole hour that it is in or ends, so that the last valuation at or before every
   * whole hour is known. The very first is stored under the hour before too, where it is not replaced. Of what is older than
   * PNL_KEPT_MS the last is kept.
   */
  putPnl(atMs: number, pnl: CashMicros): void {
    const known = this.pnl();
    const hourMs = Math.ceil(atMs / HOUR_MS) * HOUR_MS;
    for (const hour of known.size === 0 ? [hourMs - HOUR_MS, hourMs] : [hourMs]) {
      if (known.get(hour) === pnl) continue;
      this.storage.rows(
        'INSERT INTO pnl_hour (hour_at, pnl) VALUES (?, ?) ON CONFLICT (hour_at) DO UPDATE SET pnl = excluded.pnl',
        hour,
        microsColumn(pnl),
      );
      known.set(hour, pnl);
    }
    const old = [...known.keys()].filter((hour) => hour <= hourMs - PNL_KEPT_MS);
    if (old.length < 2) return;
    const last = Math.max(...old);
    this.storage.rows('DELETE FROM pnl_hour WHERE hour_at < ?', last);
    for (const hour of old) if (hour < last) known.delete(hour);
  }

  /**
   * The PnL of the last valuation at or before the time, however old (A50): exact for whole hours, else up to an hour earlier.
   * Of a Wallet that is younger the first there is; undefined when it was never valued.
   */
  pnlAt(atMs: number): CashMicros | undefined {
    const known = this.pnl();
    const hours = [...known.keys()];
    const before = hours.filter((hour) => hour <= atMs);
    return known.get(before.length > 0 ? Math.max(...before) : Math.min(...hours));
  }

  private pnl(): Map<number, CashMicros> {
    this.pnlByHour ??= new Map(
      this.storage
        .rows('SELECT hour_at, pnl FROM pnl_hour')
        .map((row) => [integer(row, 'hour_at'), cash(micros(row, 'pnl'))]),
    );
    return this.pnlByHour;
  }

  /** Deletes answers of attempts that were decided more than ATTEMPTS_KEPT_MS ago, and members that are old enough. */
  prune(nowMs: number): void {
    this.members.prune(nowMs);
    this.storage.rows('DELETE FROM attempt WHERE decided_at < ?', nowMs - ATTEMPTS_KEPT_MS);
  }
}
