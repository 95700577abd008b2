/** What an open order still holds of cash and shares: its reservation less what its fills have taken, never below zero. */
import { add, type CashMicros, cash, max, type ShareMicros, shares, sub } from '../../../../domain/money.ts';
import type { PlacedOrderRecord } from '../../../../domain/records/live-records.ts';

interface Reserving {
  readonly record: PlacedOrderRecord;
  readonly reservedCashMicros: CashMicros;
  readonly reservedShareMicros: ShareMicros;
}

export function heldCash({ record, reservedCashMicros }: Reserving): CashMicros {
  if (record.side !== 'BUY') return cash(0n);
  const spent = add(record.filledNotionalMicros, record.feeMicros);
  return max(sub(reservedCashMicros, spent), cash(0n));
}

export function heldShares({ record, reservedShareMicros }: Reserving): ShareMicros {
  if (record.side !== 'SELL') return shares(0n);
  return max(sub(reservedShareMicros, record.filledShareMicros), shares(0n));
}
