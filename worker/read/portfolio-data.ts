/** A Wallet's portfolio as its page shows it: figures, how much of each limit is used, open positions. Bounded reads only. */

import { EXTERNAL_LEADER, type TradingMode } from '../../domain/ids.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import type { WalletPortfolio, WalletStatus } from '../../domain/records/status.ts';
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
import { withMarks } from './marks-now.ts';
import { namedIn, owedExitsView } from './owed-exits.ts';
import { namesFor } from './page-data.ts';
import { largestOf, pageOf } from './position-pages.ts';
import { paperWalletStatus, walletPortfolio } from './status/object-status.ts';
import { drawdownNow, rangeOf, walletFigures } from './wallet-figures.ts';

/** The tiles of a Wallet, and what it reports of this moment; undefined when it does not answer. */
export interface TilesNow extends WalletTilesView {
  readonly now: WalletPortfolio | undefined;
}

/** Figures of a Wallet and its wins, all from its report of this moment; else from D1, which may lag. */
export async function walletTiles(
  env: Env,
  given: { readonly mode: TradingMode; readonly range: string | undefined; readonly nowMs: number },
): Promise<TilesNow> {
  const { mode, nowMs } = given;
  const [now, { wins, losses }] = await Promise.all([
    walletPortfolio(env, mode),
    readStats(env.DB, { mode, leaderAddress: NO_LEADER, sinceDayMs: 'all' }),
  ]);
  const figures = await walletFigures(env, { mode, range: rangeOf(given.range), nowMs, now });
  return {
    figures,
    now,
    drawdown: drawdownNow(figures.snapshot, figures.isNow ? (now?.risk.peakPnlMicros ?? null) : null),
    deepest: now?.deepestFall ?? null,
    wins: { wins, losses },
  };
}

/** The same with the peak of another report of the Wallet, where it did not report its worth. */
export function withDrawdown<Tiles extends WalletTilesView>(
  tiles: Tiles,
  status: WalletStatus | NoAnswer,
): Tiles {
  if (status.kind === 'no-answer' || tiles.drawdown !== null) return tiles;
  return {
    ...tiles,
    drawdown: drawdownNow(tiles.figures.snapshot, status.peakPnlMicros),
    deepest: status.deepestFall,
  };
}

/** How much of each limit is used; undefined while the Wallet has not been valued. */
export function riskOf(
  control: Control,
  { figures, drawdown, now }: TilesNow,
  positions: readonly PositionView[],
): RiskView | undefined {
  const { mode, snapshot, windows, dayPnlMicros } = figures;
  if (snapshot === undefined || windows === undefined) return undefined;
  // The largest sums of a list that was cut are not known, and nothing is shown in their place.
  const isCut = positions.length >= POSITIONS_MAX;
  const largest = (of: readonly PositionView[], keyOf: (one: PositionView) => string): bigint | null =>
    isCut ? null : (exposureBy(of, keyOf)[0]?.exposureMicros ?? 0n);
  // What came from outside has no leader, and no leader's limit.
  const copied = positions.filter((one) => one.leaderAddress !== EXTERNAL_LEADER);
  const risk = figures.isNow ? now?.risk : undefined;
  return {
    equityMicros: risk?.equityMicros ?? snapshot.equityMicros,
    markedEquityMicros: snapshot.equityMicros,
    exposureMicros: risk?.exposureMicros ?? snapshot.exposureMicros,
    unsureMicros: risk?.unsureMicros ?? null,
    limits: control.settings[mode],
    drawdown,
    dayPnlMicros,
    weekPnlMicros: risk?.weekPnlMicros ?? windows['1W'],
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
  const [status, open, figures] = await Promise.all([
    paperWalletStatus(env),
    listOpenPositions(env.DB, 'PAPER'),
    walletTiles(env, { mode: 'PAPER', ...given }),
  ]);
  const tiles = withDrawdown(figures, status);
  const positions = withMarks(open, tiles.now, given.nowMs);
  const byExposure = [...positions].sort((left, right) => (exposureOf(left) < exposureOf(right) ? 1 : -1));
  const shown = pageOf(byExposure, given.page);
  const owed = owedExitsView('PAPER', tiles.now, given.nowMs);
  return {
    tiles,
    owed,
    risk: riskOf(control, tiles, positions),
    all: positions,
    ...shown,
    positionsCut: positions.length >= POSITIONS_MAX,
    names: await namesFor(env, control, [...shown.positions, ...largestOf(positions), ...namedIn(owed)]),
  };
}
