/**
 * zod schemas for the venue's numbers and ids: decimal text or JSON numbers become micros without passing through a float,
 * times become milliseconds, ids become branded types. All other schemas of polymarket/ are built from these.
 */
import {
  type ConditionId,
  type LeaderAddress,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
  SIDES,
  type Side,
  type TokenId,
} from '../../domain/ids.ts';
import {
  type CashMicros,
  cash,
  MICROS,
  type PriceMicros,
  parseMicros,
  price,
  type ShareMicros,
  shares,
} from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';

/** A smaller number is a time in seconds (valid until the year 5138), a larger one in milliseconds. */
const SECONDS_BELOW = 100_000_000_000;
/** In units of one share or dollar. */
const ONE_MICRO = 1e-6;
/** Titles are at most a line long; longer text is cut. */
const LABEL_CHARS_MAX = 300;
/** 2100-01-01: a later time is damaged or in another unit. */
const AT_MS_MAX = 4_102_444_800_000;

/**
 * Micros of decimal text or a JSON number, rounded towards zero past the sixth place; undefined for anything else.
 * Numbers go through String(n), which returns the digits sent as long as there are at most 15 significant ones; large ones
 * that String writes with an exponent (1e21) are refused. Less than a micro (1e-7, dust of the venue's sums) is zero.
 */
export function parseDecimal(value: unknown): bigint | undefined {
  if (typeof value === 'string') return parseMicros(value);
  if (typeof value !== 'number') return undefined;
  return Math.abs(value) < ONE_MICRO ? 0n : parseMicros(String(value));
}

/** Milliseconds since 1970 from seconds or milliseconds, distinguished by size; undefined for anything else. */
export function parseAtMs(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,13}$/.test(text)) return undefined;
  const count = Number(text);
  const atMs = count < SECONDS_BELOW ? count * 1_000 : count;
  return atMs > 0 && atMs <= AT_MS_MAX ? atMs : undefined;
}

/** What `parse` makes of any value; where it gives undefined, the problem is `expected`, or "missing". */
export function parsed<T>(parse: (value: unknown) => T | undefined, expected: string) {
  return z.parsedBy(z.unknown(), parse, expected);
}

/** The parser for text only: any other value is undefined. */
export function text<T>(parse: (value: string) => T | undefined): (value: unknown) => T | undefined {
  return (value) => (typeof value === 'string' ? parse(value) : undefined);
}

/** A whole number of at least 0, such as a payout, which the venue sends in micros. */
export const wholeSchema = parsed<bigint>((value) => {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? BigInt(text) : undefined;
}, 'not a whole number');

/** Shares, zero or more, in micros, rounded down. */
export const shareMicrosSchema = parsed<ShareMicros>((value) => {
  const micros = parseDecimal(value);
  return micros !== undefined && micros >= 0n ? shares(micros) : undefined;
}, 'not a decimal of at least 0');

/** Shares, at least one micro, rounded down. */
export const someShareMicrosSchema = parsed<ShareMicros>((value) => {
  const micros = parseDecimal(value);
  return micros !== undefined && micros > 0n ? shares(micros) : undefined;
}, 'not a decimal above 0');

/** Collateral, zero or more, in micros, rounded down. */
export const cashMicrosSchema = parsed<CashMicros>((value) => {
  const micros = parseDecimal(value);
  return micros !== undefined && micros >= 0n ? cash(micros) : undefined;
}, 'not a decimal of at least 0');

/** A price from 0 to 1 in micros, rounded down. */
export const priceMicrosSchema = parsed<PriceMicros>((value) => {
  const micros = parseDecimal(value);
  return micros !== undefined && micros >= 0n && micros <= MICROS ? price(micros) : undefined;
}, 'not a price from 0 to 1');

/** In any case: the market channel also sends "buy" (polymarket-api.md 0-). */
export const sideSchema = parsed<Side>(
  text((value) => SIDES.find((side) => side === value.toUpperCase())),
  'neither BUY nor SELL',
);

/** Milliseconds since 1970, from seconds or milliseconds. */
export const atMsSchema = parsed<number>(parseAtMs, 'not a time');

/** Text only: a token id sent as a JSON number has already lost digits. */
export const tokenIdSchema = parsed<TokenId>(text(parseTokenId), 'not a token id');

/** In the 64-digit form; the venue also sends 62 digits. */
export const conditionIdSchema = parsed<ConditionId>(text(parseConditionId), 'not a condition id');

/** In lower case; any case is accepted (W35). */
export const leaderAddressSchema = parsed<LeaderAddress>(text(parseLeaderAddress), 'not a wallet address');

/** 0x and 64 hex digits, lower case. */
export const txHashSchema = parsed<string>(
  text((value) => (/^0x[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined)),
  'not a transaction hash',
);

/** Display text, cut to 300 characters; '' when absent or not a string, so that a bad name never refuses a row. */
export const labelSchema = z.mapped(
  // Without `optional`, zod reports an absent key as missing before the transform runs.
  z.optional(z.unknown()),
  (value) => (typeof value === 'string' ? value.slice(0, LABEL_CHARS_MAX) : ''),
);

/** undefined for absent, null and ''; any other value must parse. */
export function optional<T>(schema: z.ZodMiniType<T>) {
  const schemaOrAbsent = z.pipe(
    z.unknown(),
    z.transform((value, context): T | undefined => {
      if (value === undefined || value === null || value === '') return undefined;
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      for (const issue of result.error.issues)
        context.issues.push({ code: 'custom', message: issue.message, input: value });
      return z.NEVER;
    }),
  );
  // Without this, zod reports an absent key as missing.
  return z.optional(schemaOrAbsent);
}
