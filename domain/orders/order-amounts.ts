/**
 * The two integers of an order that the exchange takes: which pairs of amounts are within its precision, and what they
 * imply. Market-type orders (FAK, FOK) give 2 decimals and ask for at most 4, whatever the tick; resting ones (GTC, GTD)
 * are whole hundredths of a share at exactly the price (polymarket-api.md 3.2, A41). Nothing here rounds against us.
 */
import type { Side } from '../ids.ts';
import { type FeeSchedule, SHARE_STEP_MICROS } from '../market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  floorToStep,
  MICROS,
  max,
  mulDivCeil,
  mulDivFloor,
  type PriceMicros,
  type ShareMicros,
  shares,
} from '../money.ts';
import type { PlannedOrder } from './orders.ts';

/** Base units of six decimals. BUY gives cash for shares, SELL gives shares for cash. */
export interface Amounts {
  readonly makerMicros: bigint;
  readonly takerMicros: bigint;
}

/** Two decimals: what a market-type order may give. Cents of cash, or hundredths of a share. */
const GIVEN_STEP_MICROS = 10_000n;
/** Four decimals: what it may ask for; three on the coarsest tick, whose official table has no more. */
const ASKED_STEP_MICROS = 100n;
const ASKED_STEP_COARSE_MICROS = 1_000n;
const COARSE_TICK_MICROS = 100_000n;
/**
 * Slack for rounding: the fee of each leg is rounded by at most half a step of ten micros, so this covers 100 legs.
 */
const FEE_ROUNDING_MICROS_MAX = 500n;

function gcd(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  // Euclid: the smaller at least halves every second step.
  while (small > 0n) [large, small] = [small, large % small];
  return large;
}

/** What one order may give at most (cash for a BUY, shares for a SELL), at a price on the grid of the tick. */
export interface Giving {
  readonly given: bigint;
  readonly at: PriceMicros;
  readonly tick: PriceMicros;
}

function askedStep({ tick }: Giving): bigint {
  return tick >= COARSE_TICK_MICROS ? ASKED_STEP_COARSE_MICROS : ASKED_STEP_MICROS;
}

/**
 * The largest market-type pair whose ratio is exactly the price. May be zero where the price allows only coarse pairs.
 */
export function exactAmounts(side: Side, giving: Giving): Amounts {
  const { given, at } = giving;
  const asked = askedStep(giving);
  if (side === 'BUY') {
    // cash = k cents; shares = k × 10^10 ÷ price must be a multiple of the step: k × 10^10 ÷ step ÷ price is whole.
    const step = (GIVEN_STEP_MICROS * at) / gcd(at, (GIVEN_STEP_MICROS * MICROS) / asked);
    const makerMicros = floorToStep(given, step);
    return { makerMicros, takerMicros: mulDivFloor(makerMicros, MICROS, at) };
  }
  // shares = k hundredths; cash = k × price ÷ 100 must be a multiple of the step: k × price ÷ (100 × step) is whole.
  const scale = (asked * MICROS) / GIVEN_STEP_MICROS;
  const step = (GIVEN_STEP_MICROS * scale) / gcd(at, scale);
  const makerMicros = floorToStep(given, step);
  return { makerMicros, takerMicros: mulDivFloor(makerMicros, at, MICROS) };
}

/**
 * The market-type pair that gives the most of `given` and asks for what the price makes of it, rounded down to the
 * decimals that it may have: its implied price is the price or less than a tick worse, so the caller aims inside its bound.
 */
export function roundedAmounts(side: Side, giving: Giving): Amounts {
  const { given, at } = giving;
  const makerMicros = floorToStep(given, GIVEN_STEP_MICROS);
  const asked = side === 'BUY' ? mulDivFloor(makerMicros, MICROS, at) : mulDivFloor(makerMicros, at, MICROS);
  return { makerMicros, takerMicros: floorToStep(asked, askedStep(giving)) };
}

/** The pair of a resting order: hundredths of a share, and the cash for them at exactly the price (a grid price). */
export function restingAmounts(side: Side, size: ShareMicros, at: PriceMicros): Amounts {
  const whole = floorToStep(size, SHARE_STEP_MICROS);
  const worth = mulDivFloor(whole, at, MICROS);
  return side === 'BUY'
    ? { makerMicros: worth, takerMicros: whole }
    : { makerMicros: whole, takerMicros: worth };
}

/** Shares that the pair asks for (BUY) or gives (SELL). */
export function sharesOf(order: Amounts & { readonly side: Side }): ShareMicros {
  return shares(order.side === 'BUY' ? order.takerMicros : order.makerMicros);
}

/** Cash that the pair gives (BUY) or asks for (SELL). */
export function cashOf(order: Amounts & { readonly side: Side }): CashMicros {
  return cash(order.side === 'BUY' ? order.makerMicros : order.takerMicros);
}

/** Whether the price that the amounts imply is at or inside the bound, by cross-multiplication as the contract does it. */
export function impliedWithin(order: Amounts & { readonly side: Side }, bound: PriceMicros): boolean {
  const paid = cashOf(order) * MICROS;
  const worth = sharesOf(order) * bound;
  return order.side === 'BUY' ? paid <= worth : paid >= worth;
}

/**
 * What an order holds until it has ended: the cash of a BUY with the most that its fee can be (the rate on all of it,
 * rounded up: shares × p × (1 − p) is never more than the cash), or the shares of a SELL, whose fee comes out of the
 * proceeds. A schedule without p × (1 − p) counts the shares that are asked for.
 */
export function reservationOf(
  order: Pick<PlannedOrder, 'side' | 'makerMicros' | 'takerMicros'>,
  fee: FeeSchedule | null,
): { readonly cashMicros: CashMicros; readonly shareMicros: ShareMicros } {
  if (order.side === 'SELL') return { cashMicros: cash(0n), shareMicros: shares(order.makerMicros) };
  const spend = cash(order.makerMicros);
  if (fee === null) return { cashMicros: spend, shareMicros: shares(0n) };
  const base = fee.exponent === 0 ? max(order.makerMicros, order.takerMicros) : order.makerMicros;
  const most = mulDivCeil(base, fee.ratePpm, MICROS) + FEE_ROUNDING_MICROS_MAX;
  return { cashMicros: add(spend, cash(most)), shareMicros: shares(0n) };
}
