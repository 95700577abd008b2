/**
 * By how much the venue may differ from the ledger because something is still settling: a fill that we have booked and it has
 * not, or an order that it has filled and we have not booked. What is outside is a difference, however busy it is.
 */
import { MINUTE_MS } from '../../../../domain/time.ts';
import type { OrderStore } from '../orders/order-store.ts';

/** Of venue less ledger, in micros. */
export interface Allowance {
  readonly low: bigint;
  readonly high: bigint;
}
export interface SettlingAllowance {
  readonly cash: Allowance;
  readonly token: (tokenId: string) => Allowance;
}

/** A fill that has not settled by then is no excuse any more. */
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
    // Booked by us, and perhaps not by the venue yet.
    if (record.side === 'BUY') {
      cash.high += moved;
      tokenOf(record.tokenId).low -= record.shareMicros;
    } else {
      cash.low -= moved;
      tokenOf(record.tokenId).high += record.shareMicros;
    }
  }
  for (const { record, reservedCashMicros, reservedShareMicros } of orders.open()) {
    // Perhaps done at the venue, and not booked by us yet; a better price may give more than was asked for.
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
