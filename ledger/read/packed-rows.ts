/**
 * Rows looked up one for each of a list, as one value each: `SELECT (SELECT packed row … LIMIT 1) FROM (VALUES …)`. D1 bills the
 * row that is found and nothing else, where a JSON list is billed for its own rows and a join by key for finding the key first.
 */
import { getTableColumns } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** All columns of a row as one JSON text, in the order of the table. Amounts are integers that a JSON number holds exactly. */
export function packed(table: SQLiteTable): string {
  const names = Object.values(getTableColumns(table)).map((column) => `"${column.name}"`);
  return `json_array(${names.join(', ')})`;
}

/** The row that `packed` made a text of, each column read by its own type. Throws where an amount is not an integer. */
export function unpacked<T extends SQLiteTable>(table: T, text: string): T['$inferSelect'] {
  const cells = JSON.parse(text) as unknown[];
  const row = Object.entries(getTableColumns(table)).map(([field, column], at) => {
    const cell = cells[at];
    return [field, cell === null ? null : column.mapFromDriverValue(cell)];
  });
  // Every column of the table is there, which is what its row is.
  return Object.fromEntries(row) as T['$inferSelect'];
}

/**
 * `(VALUES …)` of words and whole numbers, written into the text since bound values are scarce: at most 100 a statement. Throws
 * RangeError for a word that is not letters, digits and `:._-` alone, so that nothing foreign is ever part of a statement.
 */
export function valuesOf(rows: readonly (readonly (string | number)[])[]): string {
  return `(VALUES ${rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ')})`;
}

const WORD = /^[\w:.-]{0,100}$/;

/** Whether a text may be part of `valuesOf`. */
export function isWord(text: string): boolean {
  return WORD.test(text);
}

function literal(value: string | number): string {
  if (typeof value === 'string' ? !isWord(value) : !Number.isSafeInteger(value)) {
    throw new RangeError(`not a word or a whole number: ${String(value).slice(0, 100)}`);
  }
  return typeof value === 'string' ? `'${value}'` : String(value);
}
