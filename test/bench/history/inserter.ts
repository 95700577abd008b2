// Writes rows straight into a D1 file, through the same columns that the product writes through, thousands in a second.
import type { DatabaseSync } from 'node:sqlite';
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

export type Put<Row> = (row: Row) => void;

/** Puts one row at a time into the table; what it does not name in `without` must be in the row, or null. */
export function inserter<Row extends object>(
  sqlite: DatabaseSync,
  table: SQLiteTable,
  without: readonly string[] = [],
): Put<Row> {
  const columns = Object.entries(getTableColumns(table)).filter(([field]) => !without.includes(field));
  const names = columns.map(([, column]) => `"${column.name}"`).join(', ');
  const places = columns.map(() => '?').join(', ');
  const statement = sqlite.prepare(`INSERT INTO "${getTableName(table)}" (${names}) VALUES (${places})`);
  return (row) => {
    const values = row as Readonly<Record<string, unknown>>;
    statement.run(
      ...columns.map(([field, column]) => {
        const value = values[field];
        // Whatever the column makes of it is what D1 would be given: text, a number or null.
        return (value === null ? null : column.mapToDriverValue(value)) as string | number | null;
      }),
    );
  };
}

/** Runs it without indices and builds them afterwards, in the order in which the planner knew them: far quicker. */
export function withoutIndices(sqlite: DatabaseSync, run: () => void): void {
  const found = sqlite
    .prepare(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
       AND name NOT LIKE '_cf%' AND tbl_name NOT LIKE '_cf%' AND tbl_name NOT LIKE 'd1_%' ORDER BY rowid`,
    )
    .all() as { name: string; sql: string }[];
  for (const { name } of found) sqlite.exec(`DROP INDEX "${name}"`);
  run();
  for (const { sql } of found) sqlite.exec(sql);
}
