/**
 * The venue's numbers and ids as zod schemas: decimal text or JSON numbers become micros without touching a float,
 * times become milliseconds, ids become brands. Every other schema of this folder is built from these.
 */
import * as z from 'zod';
import {
  type ConditionId,
  type LeaderAddress,
  parseConditionId,
  parseLeaderAddress,
  parseTokenId,
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

/** Below this a time is in seconds (until the year 5138), from it on in milliseconds. */
const SECONDS_BELOW = 100_000_000_000;
/** Titles are at most a line; the rest of a hostile one is of no use to anybody. */
const LABEL_CHARS_MAX = 300;
/** 2100-01-01: no event of a market is later; what claims to be is in another unit, or damaged. */
const AT_MS_MAX = 4_102_444_800_000;

/**
 * Micros of decimal text or of a JSON number, rounded towards zero past the sixth place; undefined for anything else.
 * A number goes through String(n), which gives back the digits sent while there are at most 15 significant ones; what
 * String writes with an exponent (1e-7, 1e21) is refused.
 */
export function parseDecimal(value: unknown): bigint | undefined {
  if (typeof value === 'string') return parseMicros(value);
  return typeof value === 'number' ? parseMicros(String(value)) : undefined;
}

/** Milliseconds since 1970 of seconds or milliseconds, told apart by magnitude; undefined for anything else. */
export function parseAtMs(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,13}$/.test(text)) return undefined;
  const count = Number(text);
  const atMs = count < SECONDS_BELOW ? count * 1_000 : count;
  return atMs > 0 && atMs <= AT_MS_MAX ? atMs : undefined;
}

function parsed<T>(parse: (value: unknown) => T | undefined, expected: string) {
  return z.unknown().transform((value, context): T => {
    const found = parse(value);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: value === undefined ? 'missing' : expected });
    return z.NEVER;
  });
}

function text<T>(parse: (value: string) => T | undefined): (value: unknown) => T | undefined {
  return (value) => (typeof value === 'string' ? parse(value) : undefined);
}

/** A whole number of at least 0, such as a payout that comes in micros already. */
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

/** Milliseconds since 1970, from seconds or milliseconds. */
export const atMsSchema = parsed<number>(parseAtMs, 'not a time');

/** Only text: a token id sent as a JSON number has already lost its digits. */
export const tokenIdSchema = parsed<TokenId>(text(parseTokenId), 'not a token id');

/** The 64-digit form, whichever was sent. */
export const conditionIdSchema = parsed<ConditionId>(text(parseConditionId), 'not a condition id');

/** Lower case, whichever was sent (W35). */
export const leaderAddressSchema = parsed<LeaderAddress>(text(parseLeaderAddress), 'not a wallet address');

/** 0x and 64 hex digits, lower case. */
export const txHashSchema = parsed<string>(
  text((value) => (/^0x[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined)),
  'not a transaction hash',
);

/** Text for people, cut to 300 characters; '' when it is absent or of another type: a name never costs us a row. */
export const labelSchema = z
  .unknown()
  // Without this, zod counts an absent key as missing before the transform can say otherwise.
  .optional()
  .transform((value) => (typeof value === 'string' ? value.slice(0, LABEL_CHARS_MAX) : ''));

/** Absent, null and '' mean "not told"; anything else must parse. */
export function optional<T>(schema: z.ZodType<T>) {
  const told = z.unknown().transform((value, context): T | undefined => {
    if (value === undefined || value === null || value === '') return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.addIssue({ code: 'custom', message: issue.message });
    return z.NEVER;
  });
  // Zod counts a key that is absent and comes out undefined as missing, unless the schema says that it may be.
  return told.optional();
}
