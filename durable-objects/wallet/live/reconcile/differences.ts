/**
 * Differences between the ledger and the venue, each with its age (R76, A40): stored at the first reading, counted while they
 * last, ended when both agree. Also the venue's positions, the authority of the Real Portfolio (R75).
 */
import type { ConditionId, TokenId } from '../../../../domain/ids.ts';
import { fromJson, toJson } from '../../../../domain/json.ts';
import {
  type CashMicros,
  cash,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
} from '../../../../domain/money.ts';
import type { Difference } from '../../../../domain/orders/reconcile.ts';
import type { MarkedPosition } from '../../../../domain/portfolio/portfolio.ts';
import type { DifferenceRecord, VenuePositionRecord } from '../../../../domain/records/live-records.ts';
import { MINUTE_MS } from '../../../../domain/time.ts';
import type { Outbox } from '../../../platform/outbox.ts';
import { type ObjectStorage, text } from '../../../platform/ports.ts';
import type { SettlingAllowance } from './settling-allowance.ts';

/** Smaller differences are rounding; ones of a single reading are settlement that is later than the match (A40). */
const ALERT_MICROS_MIN = 10_000n;
const ALERT_READINGS_MIN = 2;
const ALERT_AGE_MS_MIN = MINUTE_MS;

/** A token in the ledger, all slices together. */
export interface LedgerToken {
  readonly shareMicros: bigint;
  /** Fees included. */
  readonly costMicros: CashMicros;
  readonly markPriceMicros: PriceMicros | null;
}
export type LedgerTokens = ReadonlyMap<string, LedgerToken>;

export interface ReadPosition {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly avgPriceMicros: PriceMicros | null;
  readonly markPriceMicros: PriceMicros | null;
  readonly redeemable: boolean;
}

/** What every decision reads, as it is in SQLite and in the order of the keys. */
interface Memory {
  differences: readonly DifferenceRecord[];
  positions: readonly VenuePositionRecord[];
}

export class LiveDifferences {
  /** Each is absent until it is first read, and after each change of it. */
  private memory: Partial<Memory> = {};

  constructor(
    private readonly storage: ObjectStorage,
    private readonly outbox: Outbox,
  ) {
    storage.onRollback(() => {
      this.memory = {};
    });
    storage.rows(
      `CREATE TABLE IF NOT EXISTS live_difference (
         subject TEXT NOT NULL, token TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (subject, token)) STRICT, WITHOUT ROWID`,
    );
    storage.rows(
      'CREATE TABLE IF NOT EXISTS venue_position (token TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
  }

  list(): readonly DifferenceRecord[] {
    this.memory.differences ??= this.storage
      .rows('SELECT doc FROM live_difference ORDER BY subject, token')
      .map((row) => fromJson<DifferenceRecord>(text(row, 'doc')));
    return this.memory.differences;
  }

  /** The difference of the token's shares; undefined where there is none. */
  ofToken(tokenId: TokenId): DifferenceRecord | undefined {
    return this.list().find((one) => one.subject === 'POSITION' && one.tokenId === tokenId);
  }

  /** Differences above ALERT_MICROS_MIN at the last reading. */
  significant(): readonly DifferenceRecord[] {
    return this.list().filter((one) => {
      const by = one.venueMicros - one.ledgerMicros;
      return (by < 0n ? -by : by) > ALERT_MICROS_MIN;
    });
  }

  /** Significant ones that lasted: a person has to look at them. */
  alerting(): readonly DifferenceRecord[] {
    return this.significant().filter(
      (one) => one.readings >= ALERT_READINGS_MIN && one.lastSeenAtMs - one.firstSeenAtMs >= ALERT_AGE_MS_MIN,
    );
  }

  /**
   * Stores the differences of one reading. A known one that is not among them has ended, if `cash` or `positions` says that its
   * subject was read. A reading within `room` does not count towards an alert.
   */
  take(
    found: readonly Difference[],
    read: {
      readonly cash: boolean;
      readonly positions: boolean;
      readonly nowMs: number;
      readonly room: SettlingAllowance;
    },
  ): void {
    const { nowMs } = read;
    const current = new Map(found.map((one) => [`${one.subject} ${one.tokenId}`, one]));
    for (const known of this.list()) {
      const key = `${known.subject} ${known.tokenId}`;
      const again = current.get(key);
      current.delete(key);
      if (again !== undefined) {
        this.put({
          ...known,
          ledgerMicros: again.ledgerMicros,
          venueMicros: again.venueMicros,
          readings: known.readings + (isExcused(again, read.room) ? 0 : 1),
          lastSeenAtMs: nowMs,
          revision: known.revision + 1,
        });
      } else if (known.subject === 'CASH' ? read.cash : read.positions) {
        this.storage.rows(
          'DELETE FROM live_difference WHERE subject = ? AND token = ?',
          known.subject,
          known.tokenId,
        );
        delete this.memory.differences;
        this.outbox.add({ ...known, endedAtMs: nowMs, revision: known.revision + 1 });
      }
    }
    for (const fresh of current.values())
      this.put({
        kind: 'difference',
        subject: fresh.subject,
        tokenId: fresh.tokenId,
        firstSeenAtMs: nowMs,
        ledgerMicros: fresh.ledgerMicros,
        venueMicros: fresh.venueMicros,
        readings: isExcused(fresh, read.room) ? 0 : 1,
        lastSeenAtMs: nowMs,
        endedAtMs: null,
        revision: 1,
      });
  }

  /** Stores a complete reading of the venue's positions; what is not among them is no longer held, but for `unread`. */
  takePositions(read: readonly ReadPosition[], nowMs: number, unread: readonly TokenId[] = []): void {
    const before = new Map(this.venuePositions().map((one) => [one.tokenId, one]));
    const gone = new Map(before);
    for (const one of read) {
      gone.delete(one.tokenId);
      const record = { ...one, kind: 'venuePosition', readAtMs: nowMs, revision: 0 } as const;
      this.putPosition(record, before.get(one.tokenId));
    }
    for (const tokenId of unread) gone.delete(tokenId);
    for (const [tokenId, known] of gone) {
      this.outbox.add({
        ...known,
        shareMicros: shares(0n),
        redeemable: false,
        readAtMs: nowMs,
        revision: nowMs,
      });
      this.storage.rows('DELETE FROM venue_position WHERE token = ?', tokenId);
    }
    delete this.memory.positions;
  }

  venuePositions(): readonly VenuePositionRecord[] {
    this.memory.positions ??= this.storage
      .rows('SELECT doc FROM venue_position ORDER BY token')
      .map((row) => fromJson<VenuePositionRecord>(text(row, 'doc')));
    return this.memory.positions;
  }

  /** The venue's positions for valuation, with the ledger's cost where it knows of exactly these shares. */
  marked(ledger: LedgerTokens): readonly MarkedPosition[] {
    return (
      this.venuePositions()
        // Of worthless shares that the ledger no longer holds, the loss is booked already.
        .filter((one) => one.shareMicros > 0n && (!isWorthless(one) || ledger.has(one.tokenId)))
        .map((one) => ({
          shareMicros: shares(one.shareMicros),
          costMicros: costOf(one, ledger),
          realisedMicros: cash(0n),
          // The ledger's marks move each minute; those of the reading are as old as the reading.
          markPriceMicros:
            ledger.get(one.tokenId)?.markPriceMicros ??
            (one.markPriceMicros === null ? null : price(one.markPriceMicros)),
        }))
    );
  }

  /** Stored, and sent to D1, when more than the time of the reading has changed. */
  private putPosition(record: VenuePositionRecord, known: VenuePositionRecord | undefined): void {
    const same =
      known !== undefined &&
      toJson({ ...known, readAtMs: 0, revision: 0 }) === toJson({ ...record, readAtMs: 0, revision: 0 });
    if (same) return;
    // The revision is the time of the reading, so that a position that was gone and comes back is the newer row.
    const next = { ...record, revision: record.readAtMs };
    this.storage.rows(
      'INSERT INTO venue_position (token, doc) VALUES (?, ?) ON CONFLICT (token) DO UPDATE SET doc = excluded.doc',
      record.tokenId,
      toJson(next),
    );
    this.outbox.add(next);
  }

  private put(record: DifferenceRecord): void {
    this.storage.rows(
      `INSERT INTO live_difference (subject, token, doc) VALUES (?, ?, ?)
       ON CONFLICT (subject, token) DO UPDATE SET doc = excluded.doc`,
      record.subject,
      record.tokenId,
      toJson(record),
    );
    delete this.memory.differences;
    this.outbox.add(record);
  }
}

/** Whether the shares are of a market that ended without paying them: only such a payout is a mark of zero. */
export function isWorthless({ markPriceMicros }: { readonly markPriceMicros: bigint | null }): boolean {
  return markPriceMicros === 0n;
}

/** Whether settling fills and open orders can explain the difference. A cent more than they allow for is rounding. */
function isExcused(one: Difference, room: SettlingAllowance): boolean {
  const by = one.venueMicros - one.ledgerMicros;
  const { low, high } = one.subject === 'CASH' ? room.cash : room.token(one.tokenId);
  return by >= low - ALERT_MICROS_MIN && by <= high + ALERT_MICROS_MIN && (low !== 0n || high !== 0n);
}

/** The ledger's cost of exactly these shares, else the venue's average price or mark for them, else zero. */
function costOf(one: VenuePositionRecord, ledger: LedgerTokens): CashMicros {
  const known = ledger.get(one.tokenId);
  if (known !== undefined && known.shareMicros === one.shareMicros) return known.costMicros;
  const at = one.avgPriceMicros ?? one.markPriceMicros;
  return at === null ? cash(0n) : notionalFloor(one.shareMicros, at);
}
