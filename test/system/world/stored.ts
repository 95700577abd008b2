/** What the objects of a World have stored, read behind their backs, and what of it they have still to do. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow } from '../../../durable-objects/platform/ports.ts';
import type { Home } from './homes.ts';

/** Tables in which an object keeps what it has still to do. */
const WORK_TABLES = ['outbox', 'pending_fill', 'dispatch', 'buffered', 'stat_note', 'pending_copy'];

/** What an object has still to do, in words; empty when nothing. */
export function workOf(home: Home<unknown>): readonly string[] {
  if (!home.life.alive) return [`${home.name} is dead`];
  return workTables(home)
    .filter(({ anyRow }) => anyRow.get() !== undefined)
    .map(({ name }) => `${home.name} has rows in ${name}`);
}

interface WorkTable {
  readonly name: string;
  readonly anyRow: StatementSync;
}

/** Asked for every second of a run; every object makes its tables when its first instance is made. */
const workTablesOf = new WeakMap<DatabaseSync, readonly WorkTable[]>();

function workTables(home: Home<unknown>): readonly WorkTable[] {
  const known = workTablesOf.get(home.database);
  if (known !== undefined) return known;
  const names = WORK_TABLES.map((name) => `'${name}'`).join();
  const tables = storedRows(
    home,
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name IN (${names})`,
  ).map(({ name }) => ({
    name: String(name),
    anyRow: home.database.prepare(`SELECT 1 FROM ${String(name)} LIMIT 1`),
  }));
  workTablesOf.set(home.database, tables);
  return tables;
}

/** What an object has stored, read behind its back. */
export function storedRows(home: Pick<Home<unknown>, 'database'>, query: string): readonly SqlRow[] {
  // node:sqlite types its rows more widely than what these tables hold.
  return home.database.prepare(query).all() as SqlRow[];
}

/** Everything that an object has stored, as text. */
export function storedTextOf(home: Pick<Home<unknown>, 'database'>): string {
  const textOf = (_key: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  return storedRows(home, "SELECT name FROM sqlite_master WHERE type = 'table'")
    .flatMap(({ name }) => storedRows(home, `SELECT * FROM "${String(name)}"`))
    .map((row) => JSON.stringify(row, textOf))
    .join('\n');
}
