/** Open positions of D1 at the marks that their Wallet reports now: D1 gets a moved mark only every five minutes. */
import type { TradingMode } from '../../domain/ids.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import { listOpenPositions, type OpenPosition } from '../../ledger/read/portfolio.ts';
import type { MarkedPositionView } from '../../views/models.ts';
import type { Env } from '../env.ts';
import { walletPortfolio } from './object-status.ts';

export type MarkedPosition = OpenPosition & MarkedPositionView;

/** The positions of D1 with the marks that the Wallet reports now, so that they are of one moment with its figures. */
export function withMarks(
  positions: readonly OpenPosition[],
  now: WalletPortfolio | undefined,
  nowMs: number,
): readonly MarkedPosition[] {
  const keyOf = (one: { readonly leaderAddress: string; readonly tokenId: string }): string =>
    `${one.leaderAddress}:${one.tokenId}`;
  const marks = new Map((now?.positions ?? []).map((mark) => [keyOf(mark), mark]));
  return positions.map((one) => {
    const { markPriceMicros, markRule, markedAtMs } = marks.get(keyOf(one)) ?? one;
    const markAgeMs = markPriceMicros === null ? null : Math.max(0, nowMs - markedAtMs);
    return { ...one, markPriceMicros, markRule, markedAtMs, markAgeMs };
  });
}

/** The open positions of a Wallet, at its marks of now. */
export async function markedPositions(
  env: Env,
  mode: TradingMode,
  nowMs: number,
): Promise<readonly MarkedPosition[]> {
  const [open, now] = await Promise.all([listOpenPositions(env.DB, mode), walletPortfolio(env, mode)]);
  return withMarks(open, now, nowMs);
}
