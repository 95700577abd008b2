/**
 * drizzle's conditions in statements that drizzle cannot write (INDEXED BY, values bound by number), with every value bound. drizzle's
 * own batch on D1 takes no raw SQL with values (0.45).
 */
import type { SQL } from 'drizzle-orm';
import { CasingCache } from 'drizzle-orm/casing';

export type Value = string | number;

/**
 * The text of a piece of SQL. `bind` receives each value, in order, and returns its placeholder. Throws TypeError for a value that is
 * neither text nor number.
 */
export function textOf(piece: SQL, bind: (value: Value) => string): string {
  return piece.toQuery({
    casing: new CasingCache(),
    escapeName: (name) => `"${name}"`,
    escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
    escapeParam: (_at, value) => {
      const isValue = typeof value === 'string' || typeof value === 'number';
      if (!isValue) throw new TypeError('not a text or a number');
      return bind(value);
    },
  }).sql;
}

/** The statement of this SQL, its values bound. */
export function statementOf(d1: D1Database, query: SQL): D1PreparedStatement {
  const values: Value[] = [];
  const text = textOf(query, (value) => {
    values.push(value);
    return '?';
  });
  return d1.prepare(text).bind(...values);
}
