/**
 * The rules of the small-trade buffer: when a bucket of small groups flushes, and what its groups net to. Netting counts
 * shares, so that side and size cannot disagree (W38).
 */

import type { Side } from '../ids.ts';
import {
  abs,
  add,
  type CashMicros,
  cash,
  notionalFloor,
  type PriceMicros,
  priceOfFloor,
  type ShareMicros,
  shares,
  sub,
} from '../money.ts';
import type { ModeSettings } from '../settings/settings.ts';

export interface BufferedGroup {
  readonly groupKey: string;
  readonly side: Side;
  /** Our own raw target of the group. */
  readonly notionalMicros: CashMicros;
  readonly shareMicros: ShareMicros;
  readonly addedAtMs: number;
}

export interface Netted {
  readonly side: Side;
  readonly notionalMicros: CashMicros;
  readonly shareMicros: ShareMicros;
  readonly referencePriceMicros: PriceMicros;
}

/** BUY less SELL in shares, at the average price (rounded down) of the side that is left; null when nothing is left. */
export function net(groups: readonly BufferedGroup[]): Netted | null {
  const of = (side: Side): { size: ShareMicros; paid: CashMicros } =>
    groups
      .filter((group) => group.side === side)
      .reduce(
        (sum, group) => ({
          size: add(sum.size, group.shareMicros),
          paid: add(sum.paid, group.notionalMicros),
        }),
        {
          size: shares(0n),
          paid: cash(0n),
        },
      );
  const buys = of('BUY');
  const sells = of('SELL');
  const left = sub(buys.size, sells.size);
  if (left === 0n) return null;
  const side: Side = left > 0n ? 'BUY' : 'SELL';
  const kept = side === 'BUY' ? buys : sells;
  const referencePriceMicros = priceOfFloor(kept.paid, kept.size);
  return {
    side,
    shareMicros: abs(left),
    notionalMicros: notionalFloor(abs(left), referencePriceMicros),
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
  const amount = net(groups)?.notionalMicros ?? cash(0n);
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
  const amount = net(groups)?.notionalMicros ?? cash(0n);
  const isWorthIt = amount >= BigInt(settings.bufferExecNotionalMicrosMin);
  const byAgeMs = firstMs + settings.bufferAgeMsMax;
  return isWorthIt ? Math.min(byAgeMs, lastMs + settings.bufferQuietMs) : byAgeMs;
}
