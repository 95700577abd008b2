/**
 * What the tables share: closed lists of words, as columns and as CHECKs, and columns of money. An amount is a branded bigint in the program and
 * a safe integer in D1, which takes no BigInt and returns numbers. Outside ±(2^53 − 1) a column throws RangeError, so that
 * nothing is ever rounded on the way in or out.
 */
import { inArray, type SQL, sql } from 'drizzle-orm';
import { type AnySQLiteColumn, customType } from 'drizzle-orm/sqlite-core';
import { bps, cash, price, SAFE_MICROS_MAX, shares } from '../../domain/money.ts';

/** Characters of an unknown text in an error. */
const SHOWN_MAX = 100;

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

/** An integer column of the given unit. */
function columnOf<T extends bigint>(unit: (value: bigint) => T) {
  return customType<{ data: T; driverData: number }>({
    dataType: () => 'integer',
    toDriver: toSafeInteger,
    fromDriver: (value) => unit(fromSafeInteger(value)),
  });
}

export const cashColumn = columnOf(cash);
export const shareColumn = columnOf(shares);
export const priceColumn = columnOf(price);
export const bpsColumn = columnOf(bps);
/** Micros whose unit depends on another column of the row. */
export const bigintColumn = columnOf((value) => value);

/**
 * A text column of one of these words. Throws RangeError with the column's name for any other text that it reads, which drizzle's own
 * enum lets through. Writes are left to the CHECKs.
 */
export function wordColumn<const Word extends string>(name: string, words: readonly Word[]) {
  return customType<{ data: Word; driverData: string }>({
    dataType: () => 'text',
    fromDriver: (value) => {
      const word = words.find((one) => one === value);
      if (word === undefined) {
        throw new RangeError(`${name} holds an unknown word: ${String(value).slice(0, SHOWN_MAX)}`);
      }
      return word;
    },
  })(name);
}

/** The column holds this text. For a column of ids: what is no id at all matches no row. */
export function isText(column: AnySQLiteColumn, value: string): SQL {
  return sql`${column} = ${value}`;
}

/** The column holds one of these texts. */
export function isOneOfTexts(column: AnySQLiteColumn, values: readonly string[]): SQL {
  return inArray(
    column,
    values.map((value) => sql`${value}`),
  );
}

/** A CHECK on one of our own lists, so that nothing foreign reaches the SQL text. */
export function oneOf(column: AnySQLiteColumn, words: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(words.map((word) => `'${word}'`).join(', '))})`;
}
