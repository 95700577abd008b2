/**
 * What closed positions have realised, added up by leader: the worth of a Wallet needs no more of them, so that no valuation
 * reads every position that there ever was. PortfolioStore changes it in the transaction that closes or reopens a position.
 */
import type { SliceOwner } from '../../../domain/ids.ts';
import { add, type CashMicros, cash } from '../../../domain/money.ts';
import { ownerOf } from '../../platform/id-columns.ts';
import { micros, microsColumn, type ObjectStorage } from '../../platform/ports.ts';

export class ClosedSums {
  /** Undefined until it is first read, and after a transaction that was rolled back. */
  private sums: Map<SliceOwner, CashMicros> | undefined;

  /** `table` holds the positions, from which the sums are made once. */
  constructor(
    private readonly storage: ObjectStorage,
    table: string,
  ) {
    storage.onRollback(() => {
      this.sums = undefined;
    });
    if (storage.rows("SELECT 1 FROM sqlite_master WHERE name = 'closed_sum'").length > 0) return;
    storage.transaction(() => {
      storage.rows(
        'CREATE TABLE closed_sum (leader TEXT PRIMARY KEY, realised INTEGER NOT NULL) STRICT, WITHOUT ROWID',
      );
      storage.rows(
        `INSERT INTO closed_sum SELECT leader, sum(realised) FROM ${table} WHERE shares = 0 GROUP BY leader`,
      );
    });
  }

  all(): ReadonlyMap<SliceOwner, CashMicros> {
    this.sums ??= new Map(
      this.storage
        .rows('SELECT leader, realised FROM closed_sum')
        .map((row) => [ownerOf(row, 'leader'), cash(micros(row, 'realised'))]),
    );
    return this.sums;
  }

  /** Adds to the sum of a leader: more than nothing where a position closed, less where one was opened again. */
  add(leader: SliceOwner, change: CashMicros): void {
    if (change === 0n) return;
    const after = add(this.all().get(leader) ?? cash(0n), change);
    this.storage.rows(
      'INSERT INTO closed_sum (leader, realised) VALUES (?, ?) ON CONFLICT (leader) DO UPDATE SET realised = excluded.realised',
      leader,
      microsColumn(after),
    );
    this.sums?.set(leader, after);
  }
}
