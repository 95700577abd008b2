/** The counts behind "how well it copies": of one leader or of a whole Wallet, over the last thirty days. */

import type { TradingMode } from '../../domain/ids.ts';
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import { readStats } from '../../ledger/read/stats.ts';
import { QUALITY_DAYS } from '../../views/portfolio/copy-quality.tsx';
import type { Env } from '../env.ts';

const DAY_MS = 86_400_000;

/** One row is read for each day on which anything was counted. */
export function copyQuality(
  env: Env,
  given: { readonly mode: TradingMode; readonly leaderAddress: string; readonly nowMs: number },
): Promise<CopyStats> {
  const { mode, leaderAddress, nowMs } = given;
  const sinceDayMs = nowMs - (nowMs % DAY_MS) - (QUALITY_DAYS - 1) * DAY_MS;
  return readStats(env.DB, { mode, leaderAddress, sinceDayMs });
}
