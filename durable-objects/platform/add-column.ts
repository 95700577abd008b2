/** Adds a column to a table that an earlier release made; a table that has it is left alone. */
import { assert } from '../../domain/assert.ts';
import { type ObjectStorage, text } from './ports.ts';

/** The column by name and definition. Rows that are there take its default. Both names are our own text, never input. */
export function addColumn(storage: ObjectStorage, table: string, column: string): void {
  const made = storage.rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)[0];
  assert(made !== undefined, 'a column for a table that is not there', { table });
  // SQLite keeps the text of added columns in the statement of the table.
  if (!text(made, 'sql').includes(column)) storage.rows(`ALTER TABLE ${table} ADD COLUMN ${column}`);
}
