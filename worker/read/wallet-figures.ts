/** Figures of one Wallet: its worth, profit over the usual windows, drawdown, and its line for a chart. */
import type { TradingMode } from '../../domain/ids.ts';
import { type Drawdown, profitSince, utcMidnight } from '../../domain/portfolio/performance.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import type { WalletPortfolio } from '../../domain/records/status.ts';
import { readAsOf, readEnds, type Series } from '../../ledger/read/curves.ts';
import type { Snapshot } from '../../ledger/read/portfolio.ts';
import {
  type ProfitByRange,
  RANGES,
  type Range,
  type WalletFiguresView,
} from '../../views/portfolio/wallet-figures.tsx';
import type { Env } from '../env.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SPANS_MS = {
  '1H': HOUR_MS,
  '1D': DAY_MS,
  '1W': 7 * DAY_MS,
  '1M': 30 * DAY_MS,
  ALL: Number.POSITIVE_INFINITY,
} as const satisfies Record<Range, number>;

/** Points of a line: one row is read for each, and a page may show two Wallets. */
const POINTS = 72;

/** The range that an address asks for; a day when it asks for none that there is. */
export function rangeOf(wanted: string | undefined): Range {
  return RANGES.find((range) => range === wanted) ?? '1D';
}

export function seriesOf(mode: TradingMode): Series {
  return { mode, scope: 'EXEC_GLOBAL', leaderAddress: NO_LEADER, bucket: 'MINUTE' };
}

/** Evenly spread moments from the first to the last, both included. */
export function momentsBetween(firstMs: number, lastMs: number, count: number): readonly number[] {
  const step = (lastMs - firstMs) / (count - 1);
  return Array.from({ length: count }, (_, at) => Math.round(firstMs + at * step));
}

/**
 * Figures of a Wallet: its worth as it reports it now, else as its last snapshot in D1 says; profit and chart end with that.
 * Without either everything is unknown.
 */
export async function walletFigures(
  env: Env,
  given: {
    readonly mode: TradingMode;
    readonly range: Range;
    readonly nowMs: number;
    readonly now: WalletPortfolio | undefined;
  },
): Promise<WalletFiguresView> {
  const { mode, range, nowMs } = given;
  const series = seriesOf(mode);
  const ends = await readEnds(env.DB, series);
  if (ends === undefined) {
    return {
      mode,
      range,
      snapshot: undefined,
      isNow: false,
      windows: undefined,
      dayPnlMicros: null,
      line: [],
    };
  }
  const now = snapshotNow(mode, given.now);
  const { first } = ends;
  const last = now ?? ends.last;
  const startMs = Math.max(first.bucketAtMs, nowMs - SPANS_MS[range]);
  const sampled = momentsBetween(startMs, Math.max(startMs, ends.last.bucketAtMs), POINTS);
  const windowStarts = RANGES.flatMap((one) => (one === 'ALL' ? [] : [nowMs - SPANS_MS[one]]));
  const midnightMs = utcMidnight(nowMs);
  const line = await readAsOf(env.DB, series, [...sampled, ...windowStarts, midnightMs]);
  const shown = line.filter((one) => one.bucketAtMs >= startMs);
  return {
    mode,
    range,
    snapshot: last,
    isNow: now !== undefined,
    windows: windowsOf(last, line, nowMs),
    dayPnlMicros: given.now?.risk.dayPnlMicros ?? profitSince(last, line, midnightMs),
    line: now === undefined ? shown : [...shown, now],
  };
}

/** The Wallet's report as a point of the line; undefined while it has no equity, since a position has no mark. */
function snapshotNow(mode: TradingMode, now: WalletPortfolio | undefined): Snapshot | undefined {
  if (now === undefined || now.equityMicros === null) return undefined;
  const { atMs, cashMicros, equityMicros, exposureMicros, realisedMicros, unrealisedMicros, flowMicros } =
    now;
  return {
    mode,
    portfolioScope: 'EXEC_GLOBAL',
    leaderAddress: NO_LEADER,
    bucket: 'MINUTE',
    bucketAtMs: atMs,
    ...{ cashMicros, equityMicros, exposureMicros, realisedMicros, unrealisedMicros, flowMicros },
    peakExposureMicros: exposureMicros,
    revision: 0,
  };
}

function windowsOf(last: Snapshot, line: readonly Snapshot[], nowMs: number): ProfitByRange {
  const since = (range: Range): bigint | null => profitSince(last, line, nowMs - SPANS_MS[range]);
  return { '1H': since('1H'), '1D': since('1D'), '1W': since('1W'), '1M': since('1M'), ALL: since('ALL') };
}

/** The fall of profit from the highest that the Wallet remembers; null while either is not known. */
export function drawdownNow(snapshot: Snapshot | undefined, peakPnlMicros: bigint | null): Drawdown | null {
  if (snapshot === undefined || peakPnlMicros === null) return null;
  const profit = snapshot.equityMicros - snapshot.flowMicros;
  const fallMicros = peakPnlMicros > profit ? peakPnlMicros - profit : 0n;
  return { fallMicros, peakEquityMicros: peakPnlMicros + snapshot.flowMicros };
}
