/**
 * Leaders' trades and other activity as typed rows from RTDS and the Data API, in one form for all sources. Old camelCase and
 * new snake_case names are both read. A bad row is refused with its field named; nothing here throws.
 */
import { ACTIVITY_TYPES, type ActivityType } from '../../domain/decide/reasons.ts';
import type { ConditionId, LeaderAddress, Side, TokenId } from '../../domain/ids.ts';
import {
  type CashMicros,
  cash,
  notionalFloor,
  type PriceMicros,
  type ShareMicros,
} from '../../domain/money.ts';
import * as z from '../../domain/zod.ts';
import { firstProblem, objectOf, type Refusals } from '../wire/refused.ts';
import {
  atMsSchema,
  cashMicrosSchema,
  conditionIdSchema,
  labelSchema,
  leaderAddressSchema,
  optional,
  priceMicrosSchema,
  shareMicrosSchema,
  sideSchema,
  someShareMicrosSchema,
  tokenIdSchema,
  txHashSchema,
} from '../wire/schemas.ts';

/** One row of a leader's trading: part or all of a transaction. */
export interface LeaderRow {
  readonly txHash: string;
  readonly leaderAddress: LeaderAddress;
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  readonly side: Side;
  readonly shareMicros: ShareMicros;
  readonly priceMicros: PriceMicros;
  /** The venue's amount; where absent, price × shares rounded down. */
  readonly notionalMicros: CashMicros;
  readonly eventAtMs: number;
  /** Hostile text, at most 300 characters, like slug and outcome. */
  readonly title: string;
  readonly slug: string;
  readonly outcome: string;
}

/** A split, merge, redemption or conversion of a leader. */
export interface ActivityRow {
  readonly type: ActivityType;
  readonly txHash: string;
  readonly leaderAddress: LeaderAddress;
  readonly conditionId: ConditionId;
  readonly shareMicros: ShareMicros;
  readonly cashMicros: CashMicros;
  readonly eventAtMs: number;
  /** Of the event that the market belongs to, hostile text; empty where the venue names none. */
  readonly eventSlug: string;
}

/** Old name → today's: the Data API had camelCase until October 2026, and RTDS still has. */
const OLD_NAMES: readonly (readonly [old: string, today: string])[] = [
  ['proxyWallet', 'proxy_wallet'],
  ['transactionHash', 'transaction_hash'],
  ['conditionId', 'condition_id'],
  ['asset', 'token_id'],
  ['usdcSize', 'usdc_size'],
  ['isCombo', 'is_combo'],
  ['eventSlug', 'event_slug'],
  ['avgPrice', 'avg_price'],
];

/** The row with today's names; where both names are present, today's wins. */
export function withTodaysNames(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const renamed: Record<string, unknown> = { ...row };
  for (const [old, today] of OLD_NAMES) {
    if (renamed[today] === undefined && row[old] !== undefined) renamed[today] = row[old];
  }
  return renamed;
}

/** Combos (module byte 3 in the 31-byte condition form) do not trade on an order book, so they cannot be copied. */
export function isCombo(row: Readonly<Record<string, unknown>>): boolean {
  return (
    row.is_combo === true ||
    (typeof row.condition_id === 'string' && /^0x03[0-9a-f]{60}$/i.test(row.condition_id))
  );
}

const leaderRowSchema = z.object({
  proxy_wallet: leaderAddressSchema,
  transaction_hash: txHashSchema,
  token_id: tokenIdSchema,
  condition_id: conditionIdSchema,
  side: sideSchema,
  size: someShareMicrosSchema,
  price: priceMicrosSchema,
  usdc_size: optional(cashMicrosSchema),
  timestamp: atMsSchema,
  title: labelSchema,
  slug: labelSchema,
  outcome: labelSchema,
});

/** Two cents, for rounding in the smallest fills. */
const NOTIONAL_TOLERANCE = 20_000n;

/** One trade row; undefined when it was refused. */
export function parseLeaderRow(value: unknown, refused: Refusals): LeaderRow | undefined {
  const row = renamedRow(value, refused);
  if (row === undefined) return undefined;
  const result = leaderRowSchema.safeParse(row);
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return undefined;
  }
  const { data } = result;
  const computed = notionalFloor(data.size, data.price);
  const notional = data.usdc_size ?? computed;
  // A tenth covers fees and averaged prices. A larger difference is damage and would give a wrong reference price.
  const difference = notional > computed ? notional - computed : computed - notional;
  if (difference > computed / 10n + NOTIONAL_TOLERANCE) {
    refused.add(`usdc_size: ${notional} micros is not size × price (${computed})`, value);
    return undefined;
  }
  return {
    txHash: data.transaction_hash,
    leaderAddress: data.proxy_wallet,
    tokenId: data.token_id,
    conditionId: data.condition_id,
    side: data.side,
    shareMicros: data.size,
    priceMicros: data.price,
    notionalMicros: notional,
    eventAtMs: data.timestamp,
    title: data.title,
    slug: data.slug,
    outcome: data.outcome,
  };
}

/** Types that move no shares of a market, or whose shares come as trades. */
const OTHER_TYPES: readonly unknown[] = [
  'TRADE',
  'REWARD',
  'DEPOSIT',
  'WITHDRAWAL',
  'YIELD',
  'MAKER_REBATE',
  'TAKER_REBATE',
  'REFERRAL_REWARD',
  'TIP',
];

const activityRowSchema = z.object({
  type: z.enum(ACTIVITY_TYPES),
  proxy_wallet: leaderAddressSchema,
  transaction_hash: txHashSchema,
  condition_id: conditionIdSchema,
  size: shareMicrosSchema,
  usdc_size: optional(cashMicrosSchema),
  timestamp: atMsSchema,
  event_slug: labelSchema,
});

/** One row of other activity; undefined when it is of no interest or was refused. `asset` may be empty and is not read. */
export function parseActivityRow(value: unknown, refused: Refusals): ActivityRow | undefined {
  const type = objectOf(value)?.type;
  if (OTHER_TYPES.includes(type)) return undefined;
  if (type === 'MIGRATION') {
    // No exit: the shares are in another wallet now, and only the operator can say whether to follow it.
    refused.add('MIGRATION: the leader moved shares to another wallet, which is not followed', value);
    return undefined;
  }
  const row = renamedRow(value, refused);
  if (row === undefined) return undefined;
  const result = activityRowSchema.safeParse(row);
  if (!result.success) {
    refused.add(firstProblem(result.error), value);
    return undefined;
  }
  const { data } = result;
  const cashMicros = data.usdc_size ?? cashWhereAbsent(data.type, data.size);
  if (cashMicros === undefined) {
    // Absent means unavailable, not zero (polymarket-api.md 1.8).
    refused.add('usdc_size: missing', value);
    return undefined;
  }
  return {
    type: data.type,
    txHash: data.transaction_hash,
    leaderAddress: data.proxy_wallet,
    conditionId: data.condition_id,
    shareMicros: data.size,
    cashMicros,
    eventAtMs: data.timestamp,
    eventSlug: data.event_slug,
  };
}

/**
 * A full set costs and returns exactly one dollar. What a conversion paid is of no use to us, and the shares that it burnt are: it
 * must not be lost for want of it. For a redemption the amount depends on the result.
 */
function cashWhereAbsent(type: ActivityType, size: ShareMicros): CashMicros | undefined {
  if (type === 'CONVERSION') return cash(0n);
  return type === 'SPLIT' || type === 'MERGE' ? cash(size) : undefined;
}

function renamedRow(value: unknown, refused: Refusals): Record<string, unknown> | undefined {
  const row = objectOf(value);
  if (row === undefined) {
    refused.add('row: not an object', value);
    return undefined;
  }
  const renamed = withTodaysNames(row);
  if (!isCombo(renamed)) return renamed;
  refused.add('combo: not tradable on the book', value);
  return undefined;
}
