/** The rules of the small-trade buffer, which holds purchases only (A43): when a bucket of small groups flushes, and what they sum to. */

import {
  add,
  type CashMicros,
  cash,
  notionalFloor,
  type PriceMicros,
  priceOfFloor,
  type ShareMicros,
  shares,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';

export interface BufferedGroup {
  readonly groupKey: string;
  /** Our own raw target of the group. */
  readonly notionalMicros: CashMicros;
  readonly shareMicros: ShareMicros;
  readonly addedAtMs: number;
}

export interface Gathered {
  readonly notionalMicros: CashMicros;
  readonly shareMicros: ShareMicros;
  readonly referencePriceMicros: PriceMicros;
}

/** The shares of the groups at their average price, which is rounded down; null when they come to nothing. */
export function gather(groups: readonly BufferedGroup[]): Gathered | null {
  const size = groups.reduce((sum, group) => add(sum, group.shareMicros), shares(0n));
  if (size === 0n) return null;
  const paid = groups.reduce((sum, group) => add(sum, group.notionalMicros), cash(0n));
  const referencePriceMicros = priceOfFloor(paid, size);
  return {
    shareMicros: size,
    notionalMicros: notionalFloor(size, referencePriceMicros),
    referencePriceMicros,
  };
}

export type FlushReason = 'THRESHOLD' | 'MAX_TIME' | 'QUIET';

/** Why the bucket flushes now, by the first rule that holds (paper-behaviour.md 3.3); null while it waits. */
export function flushReason(
  groups: readonly BufferedGroup[],
  settings: ModeSettings,
  nowMs: number,
): FlushReason | null {
  if (groups.length === 0) return null;
  const amount = gather(groups)?.notionalMicros ?? cash(0n);
  const firstMs = Math.min(...groups.map((group) => group.addedAtMs));
  const lastMs = Math.max(...groups.map((group) => group.addedAtMs));
  if (amount >= BigInt(settings.bufferFlushNotionalMicros)) return 'THRESHOLD';
  if (nowMs - firstMs >= settings.bufferAgeMsMax) return 'MAX_TIME';
  const isWorthIt = amount >= BigInt(settings.bufferExecNotionalMicrosMin);
  return isWorthIt && nowMs - lastMs >= settings.bufferQuietMs ? 'QUIET' : null;
}

/** When the bucket flushes if no group joins it. Assumes at least one group. */
export function nextFlushAtMs(groups: readonly BufferedGroup[], settings: ModeSettings): number {
  const firstMs = Math.min(...groups.map((group) => group.addedAtMs));
  const lastMs = Math.max(...groups.map((group) => group.addedAtMs));
  const amount = gather(groups)?.notionalMicros ?? cash(0n);
  const isWorthIt = amount >= BigInt(settings.bufferExecNotionalMicrosMin);
  const byAgeMs = firstMs + settings.bufferAgeMsMax;
  return isWorthIt ? Math.min(byAgeMs, lastMs + settings.bufferQuietMs) : byAgeMs;
}
