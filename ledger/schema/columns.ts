/**
 * What the tables share: closed lists of words as CHECKs, and the one column type for money: bigint in the program, a safe integer in D1, which takes no BigInt and returns numbers.
 * Throws RangeError outside ±(2^53 − 1), so that nothing is ever rounded on the way in or out.
 */
import { type SQL, sql } from 'drizzle-orm';
import { type AnySQLiteColumn, customType } from 'drizzle-orm/sqlite-core';
import { SAFE_MICROS_MAX } from '../../domain/money.ts';

/** The number that stands for the micros in D1. Throws RangeError when it would not be exact. */
export function toSafeInteger(value: bigint): number {
  if (value > SAFE_MICROS_MAX || value < -SAFE_MICROS_MAX) {
    throw new RangeError(`${value} does not fit a safe integer`);
  }
  return Number(value);
}

/** The micros of a number read from D1. Throws RangeError for anything but a safe integer. */
export function fromSafeInteger(value: unknown): bigint {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is not a safe integer`);
  return BigInt(value as number); // checked on the line above
}

/** An integer column of micros or basis points. */
export const bigintColumn = customType<{ data: bigint; driverData: number }>({
  dataType: () => 'integer',
  toDriver: toSafeInteger,
  fromDriver: fromSafeInteger,
});

/** A CHECK on one of our own lists, so that nothing foreign reaches the SQL text. */
export function oneOf(column: AnySQLiteColumn, words: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(words.map((word) => `'${word}'`).join(', '))})`;
}
