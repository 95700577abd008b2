/**
 * What one fill of ours moves at the venue: collateral and fee, in the integers that the exchange itself uses, so that
 * our cash equals the venue's to the micro. Takers pay a fee on every leg, makers none (polymarket-api.md 4).
 */
import { type FeeSchedule, takerFee } from '../market/market.ts';
import { add, type CashMicros, cash, negate, notionalFloor, sub } from '../money.ts';
import type { FillReport } from './orders.ts';

export interface FillCash {
  /** Collateral against shares, without the fee. Not negative. */
  readonly notionalMicros: CashMicros;
  /** Not negative: on top of a BUY, out of the proceeds of a SELL. */
  readonly feeMicros: CashMicros;
  /** What our cash changes by: negative for a BUY. */
  readonly cashDeltaMicros: CashMicros;
}

/**
 * The cash of a fill, leg by leg: shares × price rounded down to the micro (exact where shares have two decimals and
 * the price four), the fee of each leg rounded to the nearest 0.00001. `fee` null is a market free of fees.
 */
export function fillCash(
  report: Pick<FillReport, 'side' | 'role' | 'legs'>,
  fee: FeeSchedule | null,
): FillCash {
  let notional = cash(0n);
  let paid = cash(0n);
  for (const { shareMicros, priceMicros } of report.legs) {
    notional = add(notional, notionalFloor(shareMicros, priceMicros));
    if (report.role === 'TAKER') paid = add(paid, takerFee(fee, shareMicros, priceMicros));
  }
  return {
    notionalMicros: notional,
    feeMicros: paid,
    cashDeltaMicros: report.side === 'BUY' ? negate(add(notional, paid)) : sub(notional, paid),
  };
}
