/**
 * Shares of purchases that were too small to place, kept per token until together they are enough. Sales are never carried (A43).
 * A release is a new group over carry ids, never over fill ids. Carries that grow too old are given up in a visible row.
 */
import { assert } from '../../domain/assert.ts';
import type { ExitPart } from '../../domain/decide/decision-facts.ts';
import { keptLonger, type NewestFill, newestOf } from '../../domain/decide/newest-fill.ts';
import {
  type ConditionId,
  carryId,
  type GroupKey,
  groupKey,
  type TokenId,
  type TradingMode,
} from '../../domain/ids.ts';
import { MARKETABLE_NOTIONAL_MIN } from '../../domain/market/market.ts';
import {
  add,
  type CashMicros,
  mulDivFloor,
  notionalFloor,
  type PriceMicros,
  price,
  type ShareMicros,
  shares,
} from '../../domain/money.ts';
import { addColumn } from '../platform/add-column.ts';
import { conditionOf, tokenOf } from '../platform/id-columns.ts';
import { integer, micros, type ObjectStorage, text } from '../platform/ports.ts';
import type { Dispatch, Group, Groups } from './groups.ts';
import { NEWEST_COLUMN, newestIn, newestText } from './newest-column.ts';

interface CarryRow {
  readonly carryId: string;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  readonly fillCount: number;
  readonly eventAtMs: number;
  readonly newest: NewestFill | null;
  /** Zero in rows of an earlier release, which know no newest fill either. */
  readonly addedAtMs: number;
}

export interface ReleaseMinimums {
  /** The token's smallest order at the venue. */
  readonly orderShareMicros: ShareMicros;
  /** The least that the mode's buffer places; zero where it does not gather. The venue's $1 holds besides. */
  readonly notionalMicros: CashMicros;
}

export class Carries {
  constructor(
    private readonly mode: TradingMode,
    private readonly storage: ObjectStorage,
    private readonly groups: Groups,
  ) {
    storage.rows(
      `CREATE TABLE IF NOT EXISTS carry (
         mode TEXT NOT NULL, carry_id TEXT NOT NULL, token TEXT NOT NULL, condition TEXT NOT NULL, shares INTEGER NOT NULL,
         price INTEGER NOT NULL, fills INTEGER NOT NULL, event_at INTEGER NOT NULL,
         PRIMARY KEY (mode, carry_id)) STRICT, WITHOUT ROWID`,
    );
    addColumn(storage, 'carry', NEWEST_COLUMN);
    addColumn(storage, 'carry', 'added_at INTEGER NOT NULL DEFAULT 0');
    // Earlier releases carried sales too, as negative shares.
    storage.rows('DELETE FROM carry WHERE shares < 0');
  }

  /** The shares carried of a token. */
  balance(token: TokenId): ShareMicros {
    return this.rows(token).reduce((sum, row) => add(sum, row.shareMicros), shares(0n));
  }

  /** Carries shares of a purchase that a Wallet found too small. The same group again changes nothing. */
  add(group: Group, size: ShareMicros, nowMs: number): void {
    assert(group.side === 'BUY', 'only purchases are carried');
    this.storage.rows(
      `INSERT OR IGNORE INTO carry
         (mode, carry_id, token, condition, shares, price, fills, event_at, newest, added_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.mode,
      carryId({ mode: this.mode, sourceGroupKey: group.groupKey }),
      group.tokenId,
      group.conditionId,
      Number(size),
      Number(group.referencePriceMicros),
      group.fillCount,
      group.eventAtMs,
      newestText(group),
      nowMs,
    );
  }

  /** Takes the token's carries out as a release once they reach both minimums together; undefined before that. */
  releaseDue(token: TokenId, least: ReleaseMinimums, nowMs: number): Dispatch | undefined {
    const rows = this.rows(token);
    const total = this.balance(token);
    const at = this.averagePrice(rows);
    const notional = notionalFloor(total, at);
    const enough =
      total >= least.orderShareMicros &&
      notional > MARKETABLE_NOTIONAL_MIN &&
      notional >= least.notionalMicros;
    return enough ? this.take(rows, nowMs, null) : undefined;
  }

  /** Takes out carries older than the limit, one attempt per token that is only recorded: their shares are given up. */
  expire(ageMsMax: number, nowMs: number): Dispatch[] {
    const tokens = [...Map.groupBy(this.rows(), (row) => row.tokenId).values()];
    return tokens.flatMap((rows) => {
      const old = rows.filter((row) => nowMs - row.eventAtMs > ageMsMax);
      return old.length === 0 ? [] : [this.take(old, nowMs, 'CARRY_EXPIRED')];
    });
  }

  /**
   * Lowers the token's carries of purchases until a time by the fraction that the leader has sold (A43); if all of it was
   * sold, takes them out as one attempt that is only recorded. Without a fraction they stay.
   */
  lower(
    token: TokenId,
    exit: ExitPart | null,
    { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: number },
  ): Dispatch[] {
    const rows = this.rows(token).filter((row) => row.eventAtMs <= untilMs);
    if (rows.length === 0 || exit?.kind !== 'FRACTION') return [];
    const { soldShareMicros: sold, heldShareMicros: held } = exit;
    if (sold >= held) return [this.take(rows, nowMs, 'CARRY_SOLD')];
    for (const row of rows) {
      this.storage.rows(
        'UPDATE carry SET shares = ? WHERE mode = ? AND carry_id = ?',
        Number(mulDivFloor(row.shareMicros, held - sold, held)),
        this.mode,
        row.carryId,
      );
    }
    return [];
  }

  /** When the oldest carry exceeds the limit; undefined when nothing is carried. */
  nextExpiryAtMs(ageMsMax: number): number | undefined {
    const row = this.storage.rows('SELECT min(event_at) AS at FROM carry WHERE mode = ?', this.mode)[0];
    return typeof row?.at === 'number' ? row.at + ageMsMax + 1 : undefined;
  }

  private rows(token?: TokenId): CarryRow[] {
    return this.storage
      .rows('SELECT * FROM carry WHERE mode = ? ORDER BY event_at, carry_id', this.mode)
      .filter((row) => token === undefined || row.token === token)
      .map((row) => ({
        carryId: text(row, 'carry_id'),
        tokenId: tokenOf(row, 'token'),
        conditionId: conditionOf(row, 'condition'),
        shareMicros: shares(micros(row, 'shares')),
        priceMicros: price(micros(row, 'price')),
        fillCount: integer(row, 'fills'),
        eventAtMs: integer(row, 'event_at'),
        newest: newestIn(row),
        addedAtMs: integer(row, 'added_at'),
      }));
  }

  /** The price of the shares that are left, weighted by them and rounded down (A57). */
  private averagePrice(rows: readonly CarryRow[]): PriceMicros {
    const size = rows.reduce((sum, row) => sum + row.shareMicros, 0n);
    const worth = rows.reduce((sum, row) => sum + row.shareMicros * row.priceMicros, 0n);
    return price(size === 0n ? 0n : mulDivFloor(worth, 1n, size));
  }

  private take(rows: readonly CarryRow[], nowMs: number, presetReason: Dispatch['presetReason']): Dispatch {
    const first = rows[0]!;
    const key: GroupKey = groupKey(rows.map((row) => row.carryId));
    for (const row of rows) {
      this.groups.join(this.mode, row.carryId, key, nowMs);
      this.storage.rows('DELETE FROM carry WHERE mode = ? AND carry_id = ?', this.mode, row.carryId);
    }
    const total = rows.reduce((sum, row) => add(sum, row.shareMicros), shares(0n));
    const at = this.averagePrice(rows);
    const notional = notionalFloor(total, at);
    return {
      group: {
        groupKey: key,
        tokenId: first.tokenId,
        conditionId: first.conditionId,
        side: 'BUY',
        parts: rows.map(({ carryId: id, shareMicros, priceMicros, eventAtMs }) => ({
          id,
          fromShareMicros: shares(0n),
          shareMicros,
          notionalMicros: notionalFloor(shareMicros, priceMicros),
          eventAtMs,
          detectedAtMs: nowMs,
          fill: null,
        })),
        fillCount: rows.reduce((sum, row) => sum + row.fillCount, 0),
        shareMicros: total,
        notionalMicros: notional,
        referencePriceMicros: at,
        eventAtMs: Math.max(...rows.map((row) => row.eventAtMs)),
        detectedAtMs: nowMs,
        newest: newestOf(
          rows.map(
            ({ newest, addedAtMs }) => newest && keptLonger(newest, { sinceMs: addedAtMs, untilMs: nowMs }),
          ),
        ),
      },
      sourceType: 'CARRY',
      ourNotionalMicros: notional,
      leaderExited: false,
      exit: null,
      presetReason,
    };
  }
}
