/** Facts of a market that orders depend on, and the venue's fee on a fill. An unknown fact is null, never a default. */
import type { ConditionId, TokenId } from '../ids.ts';
import { type CashMicros, cash, MICROS, mulDivRound, type PriceMicros, type ShareMicros } from '../money.ts';

export const PROTOCOL_VERSIONS = ['v1', 'v2'] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

export interface FeeSchedule {
  /** The rate in millionths: 0.07 is 70,000. */
  readonly ratePpm: bigint;
  /** Power of p × (1 − p), whole. The venue uses 1 today; of a fraction the whole part, so that the fee is rounded up. */
  readonly exponent: number;
}

/** The highest rate that the venue documents (polymarket-api.md 4): what a sale is reckoned with where the fee is not known. */
export const HIGHEST_FEE: FeeSchedule = { ratePpm: 70_000n, exponent: 1 };

export interface MarketFacts {
  readonly tokenId: TokenId;
  readonly conditionId: ConditionId;
  /** Both tokens of the condition, outcome 0 first. */
  readonly outcomeTokenIds: readonly TokenId[];
  readonly tickPriceMicros: PriceMicros;
  readonly orderShareMicrosMin: ShareMicros;
  /** Null if the market has no fees; HIGHEST_FEE if they are not known. */
  readonly fee: FeeSchedule | null;
  /** The venue sends a fee that cannot be read: nothing is bought. */
  readonly isFeeUnknown?: boolean;
  readonly acceptingOrders: boolean;
  /** Which exchange contract an order is signed for; null if unknown, and then no live order is placed. */
  readonly protocolVersion: ProtocolVersion | null;
  readonly negRisk: boolean | null;
  /** How long the venue delays taker orders before matching them (sports markets); zero for no delay. */
  readonly takerDelayMs: number;
  /** Null if the venue gives no close time. */
  readonly closeAtMs: number | null;
  readonly asOfMs: number;
}

/** Order sizes are multiples of a hundredth of a share, whatever the tick (A10). */
export const SHARE_STEP_MICROS = 10_000n;
/** The venue refuses marketable orders worth less than $1 (polymarket-api.md 3.3). */
export const MARKETABLE_NOTIONAL_MIN = cash(1_000_000n);
/** Fees are rounded to five decimals (polymarket-api.md 4). */
const FEE_STEP_MICROS = 10n;

/** The taker's fee on shares at a price: shares × rate × (p × (1 − p))^exponent, rounded to the nearest 0.00001. */
export function takerFee(fee: FeeSchedule | null, size: ShareMicros, at: PriceMicros): CashMicros {
  if (fee === null) return cash(0n);
  let numerator = size * fee.ratePpm;
  let denominator = MICROS;
  for (let power = 0; power < fee.exponent; power += 1) {
    numerator *= at * (MICROS - at);
    denominator *= MICROS * MICROS;
  }
  return cash(mulDivRound(numerator, 1n, denominator * FEE_STEP_MICROS) * FEE_STEP_MICROS);
}
