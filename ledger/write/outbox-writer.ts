/**
 * Writes the objects' outboxes to D1: one statement per record, upserts on natural keys. Applying a batch twice, or late,
 * changes nothing: what is immutable is never touched again, what changes is taken only with a higher revision.
 */
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { assert, assertNever } from '../../domain/assert.ts';
import type { OutboxRecord } from '../../domain/records/records.ts';
import { differences, liveFills, liveOrders, venuePositions } from '../schema/live-schema.ts';
import {
  copyAttempts,
  copyFills,
  groupMembers,
  leaderActivities,
  leaderFills,
  leaderPositions,
  ledgerEntries,
  markets,
  portfolioSnapshots,
  positions,
  quarantine,
} from '../schema/schema.ts';
import { copyStats } from '../schema/stats-schema.ts';

/** D1 takes more, but one batch is one transaction and everyone waits for it (design.md 3). */
export const BATCH_STATEMENTS_MAX = 40;

type Statement = BatchItem<'sqlite'>;

/** One statement per record, in the order given. */
export function statementsFor(db: DrizzleD1Database, records: readonly OutboxRecord[]): Statement[] {
  return records.map((record) => statementFor(db, record));
}

/**
 * Applies the records as one transaction: all or nothing. Throws what D1 throws; the caller keeps the batch and tries
 * again, which is harmless even if this attempt did land.
 */
export async function writeOutbox(d1: D1Database, records: readonly OutboxRecord[]): Promise<void> {
  assert(records.length <= BATCH_STATEMENTS_MAX, 'a batch is too long', { records: records.length });
  const db = drizzle(d1);
  const [first, ...rest] = statementsFor(db, records);
  if (first === undefined) return;
  await db.batch([first, ...rest]);
}

function statementFor(db: DrizzleD1Database, record: OutboxRecord): Statement {
  switch (record.kind) {
    case 'leaderFill':
      return db.insert(leaderFills).values(record).onConflictDoNothing();
    case 'leaderActivity':
      return db.insert(leaderActivities).values(record).onConflictDoNothing();
    case 'groupMember':
      return db.insert(groupMembers).values(record).onConflictDoNothing();
    case 'copyFill':
      return db.insert(copyFills).values(record).onConflictDoNothing();
    case 'ledger':
      return db.insert(ledgerEntries).values(record).onConflictDoNothing();
    case 'quarantine':
      return db.insert(quarantine).values(record).onConflictDoNothing();
    case 'attempt': {
      const { mode, portfolioScope, leaderAddress, groupKey } = copyAttempts;
      const target = [mode, portfolioScope, leaderAddress, groupKey];
      return db.insert(copyAttempts).values(record).onConflictDoUpdate(newer(copyAttempts, target));
    }
    case 'position': {
      const target = [positions.mode, positions.leaderAddress, positions.tokenId];
      return db.insert(positions).values(record).onConflictDoUpdate(newer(positions, target));
    }
    case 'snapshot': {
      const { mode, portfolioScope, leaderAddress, bucket, bucketAtMs } = portfolioSnapshots;
      const target = [mode, portfolioScope, leaderAddress, bucket, bucketAtMs];
      return db
        .insert(portfolioSnapshots)
        .values(record)
        .onConflictDoUpdate(newer(portfolioSnapshots, target));
    }
    case 'copyStats': {
      const target = [copyStats.mode, copyStats.leaderAddress, copyStats.dayAtMs];
      return db.insert(copyStats).values(record).onConflictDoUpdate(newer(copyStats, target));
    }
    case 'leaderPosition': {
      const target = [leaderPositions.leaderAddress, leaderPositions.tokenId];
      return db.insert(leaderPositions).values(record).onConflictDoUpdate(newer(leaderPositions, target));
    }
    case 'market':
      return db
        .insert(markets)
        .values(record)
        .onConflictDoUpdate(newer(markets, [markets.tokenId], ['marketNo']));
    case 'liveOrder':
      return db
        .insert(liveOrders)
        .values(record)
        .onConflictDoUpdate(newer(liveOrders, [liveOrders.orderKey]));
    case 'liveFill': {
      const target = [liveFills.orderId, liveFills.tradeId];
      return db.insert(liveFills).values(record).onConflictDoUpdate(newer(liveFills, target));
    }
    case 'venuePosition':
      return db
        .insert(venuePositions)
        .values(record)
        .onConflictDoUpdate(newer(venuePositions, [venuePositions.tokenId]));
    case 'difference': {
      const target = [differences.subject, differences.tokenId, differences.firstSeenAtMs];
      return db.insert(differences).values(record).onConflictDoUpdate(newer(differences, target));
    }
    default:
      return assertNever(record);
  }
}

/** "Take every other column from the new row, if its revision is higher." */
function newer<T extends SQLiteTable & { readonly revision: SQLiteColumn }>(
  table: T,
  target: SQLiteColumn[],
  kept: readonly string[] = [],
): { target: SQLiteColumn[]; set: Record<string, SQL>; setWhere: SQL } {
  const changing = Object.entries(getTableColumns(table)).filter(
    ([field, column]) => !target.includes(column as SQLiteColumn) && !kept.includes(field),
  );
  const excluded = (column: { readonly name: string }) => sql`excluded.${sql.identifier(column.name)}`;
  return {
    target,
    set: Object.fromEntries(changing.map(([field, column]) => [field, excluded(column)])),
    setWhere: sql`${excluded(table.revision)} > ${table.revision}`,
  };
}
