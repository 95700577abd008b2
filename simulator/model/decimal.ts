// Exact decimals of the practice exchange: integer micros (6 decimals) as bigint, read and written digit by digit.
// No float holds money here; each division states its rounding.

export const ONE = 1_000_000n;
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,30}))?$/;

/** Micros of a decimal text; digits beyond the sixth are cut off (towards zero). Throws on anything else. */
export function parseMicros(text: string): bigint {
  const match = DECIMAL.exec(text.trim());
  if (match === null) throw new Error(`not a decimal number: ${JSON.stringify(text.slice(0, 40))}`);
  const [, sign, whole, fraction = ''] = match;
  const micros = BigInt(whole!) * ONE + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return sign === '-' ? -micros : micros;
}

/** The shortest decimal text of an amount: 500000n is "0.5", 73965000000n is "73965". */
export function formatMicros(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A JSON number for an amount: the Data API and RTDS send doubles, which are exact to 15 digits. */
export function jsonNumber(micros: bigint): number {
  return Number(formatMicros(micros));
}

/** a × b / divisor, rounded towards minus infinity. */
export function mulDivFloor(a: bigint, b: bigint, divisor: bigint): bigint {
  const product = a * b;
  const quotient = product / divisor;
  return product < 0n && quotient * divisor !== product ? quotient - 1n : quotient;
}

/** a × b / divisor, halves up; for non-negative amounts. */
export function mulDivNearest(a: bigint, b: bigint, divisor: bigint): bigint {
  return (a * b * 2n + divisor) / (divisor * 2n);
}

/** The largest multiple of step that is not above the amount. */
export function floorTo(amount: bigint, step: bigint): bigint {
  return amount - (((amount % step) + step) % step);
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
