/**
 * Integer money: cash, shares and prices in micros (6 decimals), as branded bigints that cannot be mixed.
 * Decimal text is parsed digit by digit, no amount passes through a float, and every division names its rounding.
 */
import { assert } from './assert.ts';

declare const unit: unique symbol;

/** Collateral in micros: 1,000,000 is one dollar. Signed. */
export type CashMicros = bigint & { readonly [unit]: 'cash' };
/** Outcome tokens in micros: 1,000,000 is one share. Signed. */
export type ShareMicros = bigint & { readonly [unit]: 'shares' };
/** Collateral per share in micros: 0…1,000,000. */
export type PriceMicros = bigint & { readonly [unit]: 'price' };
/** Basis points: 10,000 is the whole. Signed. */
export type Bps = bigint & { readonly [unit]: 'bps' };

export const MICROS = 1_000_000n;
export const BPS = 10_000n;
/** The largest magnitude that D1 and an object's SQLite hold exactly (2^53 − 1): about $9 billion. */
export const SAFE_MICROS_MAX = 9_007_199_254_740_991n;

export function cash(micros: bigint): CashMicros {
  return micros as CashMicros;
}
export function shares(micros: bigint): ShareMicros {
  return micros as ShareMicros;
}
export function price(micros: bigint): PriceMicros {
  return micros as PriceMicros;
}
export function bps(value: bigint): Bps {
  return value as Bps;
}

/** The sum, in the same unit. */
export function add<T extends bigint>(left: T, right: NoInfer<T>): T {
  // The sum of two values of one brand has that brand; TypeScript only knows it as bigint.
  return ((left as bigint) + (right as bigint)) as T;
}
/** left − right, in the same unit. */
export function sub<T extends bigint>(left: T, right: NoInfer<T>): T {
  return ((left as bigint) - (right as bigint)) as T;
}
export function negate<T extends bigint>(value: T): T {
  return -(value as bigint) as T;
}
export function abs<T extends bigint>(value: T): T {
  return (value < 0n ? -(value as bigint) : value) as T;
}
export function min<T extends bigint>(left: T, right: NoInfer<T>): T {
  return left < right ? left : right;
}
export function max<T extends bigint>(left: T, right: NoInfer<T>): T {
  return left > right ? left : right;
}

/** value × numerator ÷ denominator, rounded down towards minus infinity. The denominator must be positive. */
export function mulDivFloor(value: bigint, numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'mulDivFloor needs a positive denominator', { denominator });
  const product = value * numerator;
  const quotient = product / denominator;
  return product < 0n && quotient * denominator !== product ? quotient - 1n : quotient;
}

/** value × numerator ÷ denominator, rounded up towards plus infinity. The denominator must be positive. */
export function mulDivCeil(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return -mulDivFloor(-value, numerator, denominator);
}

/** value × numerator ÷ denominator, rounded to the nearest, halves away from zero. The denominator must be positive. */
export function mulDivRound(value: bigint, numerator: bigint, denominator: bigint): bigint {
  const product = value * numerator;
  const half = denominator / 2n;
  return product >= 0n
    ? mulDivFloor(product + half, 1n, denominator)
    : -mulDivFloor(-product + half, 1n, denominator);
}

/** shares × price, rounded down: the least that a fill pays or a position is worth. */
export function notionalFloor(size: ShareMicros, at: PriceMicros): CashMicros {
  return cash(mulDivFloor(size, at, MICROS));
}
/** shares × price, rounded up: the most that a buy pays. */
export function notionalCeil(size: ShareMicros, at: PriceMicros): CashMicros {
  return cash(mulDivCeil(size, at, MICROS));
}
/** Shares that the cash buys at the price, rounded down, so that the spend never exceeds the cash. Zero at price zero. */
export function sharesForCashFloor(spend: CashMicros, at: PriceMicros): ShareMicros {
  return at <= 0n ? shares(0n) : shares(mulDivFloor(spend, MICROS, at));
}
/** cash ÷ shares as a price, rounded down; zero without shares. */
export function priceOfFloor(paid: CashMicros, size: ShareMicros): PriceMicros {
  return size <= 0n ? price(0n) : price(mulDivFloor(paid, MICROS, size));
}
/** The part of an amount given in basis points, rounded down. */
export function bpsOfFloor<T extends bigint>(value: T, part: Bps): T {
  return mulDivFloor(value, part, BPS) as T;
}

/** The largest multiple of the step that is not above the value. */
export function floorToStep<T extends bigint>(value: T, step: bigint): T {
  return (mulDivFloor(value, 1n, step) * step) as T;
}
/** The smallest multiple of the step that is not below the value. */
export function ceilToStep<T extends bigint>(value: T, step: bigint): T {
  return (mulDivCeil(value, 1n, step) * step) as T;
}

const DECIMAL = /^([+-]?)(\d{1,16})(?:\.(\d*))?$/;

/**
 * Parses decimal text ("12.5", "-0.000001") to micros, digit by digit.
 * Digits past the sixth place are cut off (towards zero): the venue's averages carry float noise there
 * ("0.030000004850053327"). Returns undefined for anything that is not a plain decimal, or too large to store.
 */
export function parseMicros(text: string): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const fraction = (match[3] ?? '').slice(0, 6).padEnd(6, '0');
  const micros = BigInt(match[2]!) * MICROS + BigInt(fraction);
  if (micros > SAFE_MICROS_MAX) return undefined;
  return match[1] === '-' ? -micros : micros;
}

/** The exact decimal text of micros, without trailing zeros: the inverse of `parseMicros`. */
export function formatMicros(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const value = micros < 0n ? -micros : micros;
  const fraction = (value % MICROS).toString().padStart(6, '0').replace(/0+$/, '');
  return `${sign}${value / MICROS}${fraction === '' ? '' : `.${fraction}`}`;
}
