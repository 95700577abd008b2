/** A Wallet's portfolio as its page shows it: figures, how much of each limit is used, open positions. Bounded reads only. */

import { EXTERNAL_LEADER, type TradingMode } from '../../domain/ids.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import type { WalletStatus } from '../../domain/records/status.ts';
import type { Control } from '../../domain/settings/control.ts';
import { listOpenPositions, POSITIONS_MAX } from '../../ledger/read/portfolio.ts';
import { readStats } from '../../ledger/read/stats.ts';
import type { PositionView } from '../../views/models.ts';
import type { PaperPortfolioLiveView } from '../../views/pages/paper-portfolio.tsx';
import { exposureBy, type RiskView } from '../../views/portfolio/exposure.tsx';
import { exposureOf } from '../../views/portfolio/positions.tsx';
import type { WalletTilesView } from '../../views/portfolio/wallet-figures.tsx';
import type { NoAnswer } from '../../views/status/objects.ts';
import type { Env } from '../env.ts';
import { paperWalletStatus } from './object-status.ts';
import { namesFor } from './page-data.ts';
import { largestOf, pageOf } from './position-pages.ts';
import { drawdownNow, rangeOf, walletFigures } from './wallet-figures.ts';

/** Figures of a Wallet and its wins; the drawdown comes from the Wallet itself (`withDrawdown`). */
export async function walletTiles(
  env: Env,
  given: { readonly mode: TradingMode; readonly range: string | undefined; readonly nowMs: number },
): Promise<WalletTilesView> {
  const { mode, nowMs } = given;
  const [figures, { wins, losses }] = await Promise.all([
    walletFigures(env, { mode, range: rangeOf(given.range), nowMs }),
    readStats(env.DB, { mode, leaderAddress: NO_LEADER, sinceDayMs: 'all' }),
  ]);
  return { figures, drawdown: null, deepest: null, wins: { wins, losses } };
}

/** The same with the drawdown from the peak that the Wallet itself remembers. */
export function withDrawdown(tiles: WalletTilesView, status: WalletStatus | NoAnswer): WalletTilesView {
  if (status.kind === 'no-answer') return tiles;
  return {
    ...tiles,
    drawdown: drawdownNow(tiles.figures.snapshot, status.peakPnlMicros),
    deepest: status.deepestFall,
  };
}

/** How much of each limit is used; undefined while the Wallet has not been valued. */
export function riskOf(
  control: Control,
  tiles: WalletTilesView,
  positions: readonly PositionView[],
): RiskView | undefined {
  const { figures, drawdown } = tiles;
  const { mode, snapshot, windows } = figures;
  if (snapshot === undefined || windows === undefined) return undefined;
  // The largest sums of a list that was cut are not known, and nothing is shown in their place.
  const isCut = positions.length >= POSITIONS_MAX;
  const largest = (of: readonly PositionView[], keyOf: (one: PositionView) => string): bigint | null =>
    isCut ? null : (exposureBy(of, keyOf)[0]?.exposureMicros ?? 0n);
  // What came from outside has no leader, and no leader's limit.
  const copied = positions.filter((one) => one.leaderAddress !== EXTERNAL_LEADER);
  return {
    snapshot,
    limits: control.settings[mode],
    drawdown,
    dayPnlMicros: windows['1D'],
    weekPnlMicros: windows['1W'],
    largestMarketMicros: largest(positions, (one) => one.conditionId),
    largestLeaderMicros: largest(copied, (one) => one.leaderAddress),
  };
}

/** The Paper Portfolio, without its form. */
export async function paperPortfolio(
  env: Env,
  control: Control,
  given: { readonly range: string | undefined; readonly page: string | undefined; readonly nowMs: number },
): Promise<PaperPortfolioLiveView> {
  const [status, positions, figures] = await Promise.all([
    paperWalletStatus(env),
    listOpenPositions(env.DB, 'PAPER'),
    walletTiles(env, { mode: 'PAPER', ...given }),
  ]);
  const tiles = withDrawdown(figures, status);
  const byExposure = [...positions].sort((left, right) => (exposureOf(left) < exposureOf(right) ? 1 : -1));
  const shown = pageOf(byExposure, given.page);
  return {
    tiles,
    risk: riskOf(control, tiles, positions),
    all: positions,
    ...shown,
    positionsCut: positions.length >= POSITIONS_MAX,
    names: await namesFor(env, control, [...shown.positions, ...largestOf(positions)]),
  };
}
