/**
 * Allowed difference between ledger and venue while fills settle: a fill that we have booked and the venue has not, or an order
 * that the venue has filled and we have not booked. A larger difference is a real one.
 */
import { MINUTE_MS } from '../../../../domain/time.ts';
import type { OrderStore } from '../orders/order-store.ts';

/** Bounds of venue less ledger, in micros: `low` is at most zero, `high` at least. */
export interface Allowance {
  readonly low: bigint;
  readonly high: bigint;
}
export interface SettlingAllowance {
  readonly cash: Allowance;
  readonly token: (tokenId: string) => Allowance;
}

/** A fill that has not settled after this long no longer explains a difference. */
const SETTLING_MS_MAX = 10 * MINUTE_MS;

export function settlingAllowance(orders: OrderStore, nowMs: number): SettlingAllowance {
  const cash = { low: 0n, high: 0n };
  const tokens = new Map<string, { low: bigint; high: bigint }>();
  const tokenOf = (tokenId: string): { low: bigint; high: bigint } => {
    const known = tokens.get(tokenId) ?? { low: 0n, high: 0n };
    tokens.set(tokenId, known);
    return known;
  };
  for (const { record } of orders.provisional()) {
    if (nowMs - record.matchedAtMs > SETTLING_MS_MAX) continue;
    const moved = record.notionalMicros + record.feeMicros;
    // Booked by us and perhaps not yet by the venue.
    if (record.side === 'BUY') {
      cash.high += moved;
      tokenOf(record.tokenId).low -= record.shareMicros;
    } else {
      cash.low -= moved;
      tokenOf(record.tokenId).high += record.shareMicros;
    }
  }
  for (const { record, reservedCashMicros, reservedShareMicros } of orders.open()) {
    // Perhaps filled at the venue and not yet booked by us. At a better price a BUY gets more shares than it asked for.
    if (record.side === 'BUY') {
      cash.low -= reservedCashMicros;
      tokenOf(record.tokenId).high += record.shareMicros * 2n;
    } else {
      cash.high += reservedShareMicros;
      tokenOf(record.tokenId).low -= reservedShareMicros;
    }
  }
  return { cash, token: (tokenId) => tokens.get(tokenId) ?? { low: 0n, high: 0n } };
}
