/** Addresses that several parts of pages lead to. */
import type { TradingMode } from '../../domain/ids.ts';
import type { ShareMicros } from '../../domain/money.ts';
import { formatMicros } from '../../domain/money.ts';

/** The portfolio of a Wallet. */
export const PORTFOLIO_PATHS = {
  PAPER: '/paper-portfolio',
  LIVE: '/real-portfolio',
} as const satisfies Record<TradingMode, string>;

/** What a Wallet owes. */
export function exitsPath(mode: TradingMode): string {
  return `/exits?mode=${mode}`;
}

/** The sale by hand of a position, or of these shares of it. */
export function sellPath(
  position: { readonly mode: TradingMode; readonly leaderAddress: string; readonly tokenId: string },
  shareMicros?: ShareMicros,
): string {
  const { mode, leaderAddress, tokenId } = position;
  const part = shareMicros === undefined ? '' : `&shares=${formatMicros(shareMicros)}`;
  return `/sell?mode=${mode}&leader=${leaderAddress}&token=${tokenId}${part}`;
}

/** Selling everything that a Wallet holds. */
export function closePath(mode: TradingMode): string {
  return `/close?mode=${mode}`;
}
