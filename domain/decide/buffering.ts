/** The rules of the small-trade buffer, which holds purchases only (A43): when a bucket of small groups flushes, and what they sum to. */

import { MARKETABLE_NOTIONAL_MIN } from '../market/market.ts';
import {
  add,
  type CashMicros,
  cash,
  max,
  notionalCeil,
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

/** What the bucket of a token flushes by. */
export interface FlushRules {
  readonly settings: ModeSettings;
  /** The token's smallest order at the venue; null while it is not known. */
  readonly orderShareMicrosMin: ShareMicros | null;
}

/**
 * The least that is placed of what was gathered at this price: the setting, raised to what the venue takes there (A57). While
 * the smallest order is not known only the venue's $1 raises it; the decision judges the rest.
 */
export function smallestFlush(at: PriceMicros, { settings, orderShareMicrosMin }: FlushRules): CashMicros {
  const smallestOrder = notionalCeil(orderShareMicrosMin ?? shares(0n), at);
  return max(cash(BigInt(settings.bufferExecNotionalMicrosMin)), max(MARKETABLE_NOTIONAL_MIN, smallestOrder));
}

/** Whether what was gathered may be placed, as opposed to carried or only recorded. */
export function isWorthPlacing(gathered: Gathered | null, rules: FlushRules): gathered is Gathered {
  return gathered !== null && gathered.notionalMicros >= smallestFlush(gathered.referencePriceMicros, rules);
}

export type FlushReason = 'THRESHOLD' | 'MAX_TIME' | 'QUIET';

/** Why the bucket flushes now, by the first rule that holds (paper-behaviour.md 3.3); null while it waits. */
export function flushReason(
  groups: readonly BufferedGroup[],
  rules: FlushRules,
  nowMs: number,
): FlushReason | null {
  if (groups.length === 0) return null;
  const { settings } = rules;
  const gathered = gather(groups);
  const amount = gathered?.notionalMicros ?? cash(0n);
  const isWorthIt = isWorthPlacing(gathered, rules);
  const firstMs = Math.min(...groups.map((group) => group.addedAtMs));
  const lastMs = Math.max(...groups.map((group) => group.addedAtMs));
  if (isWorthIt && amount >= BigInt(settings.bufferFlushNotionalMicros)) return 'THRESHOLD';
  if (nowMs - firstMs >= settings.bufferAgeMsMax) return 'MAX_TIME';
  return isWorthIt && nowMs - lastMs >= settings.bufferQuietMs ? 'QUIET' : null;
}

/** When the bucket flushes if no group joins it. Assumes at least one group. */
export function nextFlushAtMs(groups: readonly BufferedGroup[], rules: FlushRules): number {
  const { settings } = rules;
  const firstMs = Math.min(...groups.map((group) => group.addedAtMs));
  const lastMs = Math.max(...groups.map((group) => group.addedAtMs));
  const isWorthIt = isWorthPlacing(gather(groups), rules);
  const byAgeMs = firstMs + settings.bufferAgeMsMax;
  return isWorthIt ? Math.min(byAgeMs, lastMs + settings.bufferQuietMs) : byAgeMs;
}
