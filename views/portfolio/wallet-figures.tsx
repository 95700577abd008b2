/** The figures of a Wallet with profit by window and its chart. Every amount is text from format.ts; unknown is a dash. */
import type { TradingMode } from '../../domain/ids.ts';
import { type Drawdown, fallsOf, profitOf } from '../../domain/portfolio/performance.ts';
import { LineChart } from '../charts/chart.tsx';
import { Time } from '../frame/time.tsx';
import type { SnapshotView } from '../models.ts';
import { formatShareOf, formatUsd, formatUsdChange, toneOf } from '../words/format.ts';

export const RANGES = ['1H', '1D', '1W', '1M', 'ALL'] as const;
export type Range = (typeof RANGES)[number];

/** Null where the last valuation is older than the window. */
export type ProfitByRange = Readonly<Record<Range, bigint | null>>;

export interface WalletFiguresView {
  readonly mode: TradingMode;
  readonly range: Range;
  readonly snapshot: SnapshotView | undefined;
  /** The snapshot is the Wallet's own report of this moment; else it is the last that reached D1. */
  readonly isNow: boolean;
  /** Profit since then, without deposits and withdrawals; undefined before the first snapshot. */
  readonly windows: ProfitByRange | undefined;
  /** Profit since the last valuation at or before UTC midnight, as the breaker measures it; null where it is not known. */
  readonly dayPnlMicros: bigint | null;
  /** Snapshots of the range, oldest first. */
  readonly line: readonly SnapshotView[];
}

/** Sales and settlements with a gain and with a loss. */
export interface WinsView {
  readonly wins: number;
  readonly losses: number;
}

export interface WalletTilesView {
  readonly figures: WalletFiguresView;
  /** The fall from the peak now, and the deepest ever, as the Wallet remembers them; null when it does not report them. */
  readonly drawdown: Drawdown | null;
  readonly deepest: Drawdown | null;
  readonly wins: WinsView;
}

export function WalletTiles({ view }: { readonly view: WalletTilesView }) {
  const { snapshot, windows } = view.figures;
  if (snapshot === undefined) {
    return <p class="empty">The wallet has not been valued yet: its figures come with its first minute.</p>;
  }
  const { equityMicros, cashMicros, exposureMicros, realisedMicros, unrealisedMicros, flowMicros } = snapshot;
  const profit = profitOf(snapshot);
  return (
    <>
      <dl class="tiles">
        <Tile label="Equity" value={formatUsd(equityMicros)} />
        <Tile
          label="PnL"
          value={formatUsdChange(profit)}
          tone={toneOf(profit)}
          more={formatShareOf(profit, flowMicros)}
        />
        <Tile
          label="Exposure"
          value={formatUsd(exposureMicros)}
          more={formatShareOf(exposureMicros, equityMicros)}
        />
        <Tile label="Cash" value={formatUsd(cashMicros)} />
        <Tile label="Realised" value={formatUsdChange(realisedMicros)} tone={toneOf(realisedMicros)} />
        <Tile label="Unrealised" value={formatUsdChange(unrealisedMicros)} tone={toneOf(unrealisedMicros)} />
        <DrawdownTile label="Drawdown now" drawdown={view.drawdown} />
        <DrawdownTile label="Deepest drawdown" drawdown={view.deepest} />
        <WinTile wins={view.wins} />
        <Tile label="Paid in" value={formatUsd(flowMicros)} />
      </dl>
      {windows === undefined ? null : <ProfitWindows windows={windows} />}
      {view.figures.isNow ? (
        <p class="muted">
          Valued at <Time ms={snapshot.bucketAtMs} />.
        </p>
      ) : (
        <p class="muted">
          Valued in the minute of <Time ms={snapshot.bucketAtMs} />: the Wallet gives no newer figures now.
        </p>
      )}
    </>
  );
}

export function Tile(props: {
  readonly label: string;
  readonly value: string;
  readonly tone?: string;
  readonly more?: string;
}) {
  const { label, value, tone = '', more } = props;
  return (
    <div>
      <dt>{label}</dt>
      <dd class={tone}>
        {value} {more === undefined ? null : <small>{more}</small>}
      </dd>
    </div>
  );
}

function DrawdownTile(props: { readonly label: string; readonly drawdown: Drawdown | null }) {
  const { label, drawdown } = props;
  const fall = drawdown?.fallMicros ?? null;
  const value = formatUsd(fall === null ? null : -fall);
  if (drawdown === null) return <Tile label={label} value={value} />;
  return <Tile label={label} value={value} more={formatShareOf(fall, drawdown.peakEquityMicros)} />;
}

/** Sales and ended markets; worthless shares count as losses in both modes (A52). */
function WinTile({ wins: { wins, losses } }: { readonly wins: WinsView }) {
  const closed = wins + losses;
  const value = formatShareOf(BigInt(wins), BigInt(closed));
  const more = closed === 0 ? 'none closed yet' : `${wins} of ${closed} closed`;
  return <Tile label="Win rate" value={value} more={more} />;
}

function ProfitWindows({ windows }: { readonly windows: ProfitByRange }) {
  return (
    <dl class="windows" aria-label="PnL by window">
      {RANGES.map((range) => (
        <div>
          <dt>{range}</dt>
          <dd class={toneOf(windows[range])}>{formatUsdChange(windows[range])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Which range the charts show. */
export function RangeLinks(props: { readonly path: string; readonly range: Range }) {
  return (
    <nav class="ranges" aria-label="Range of the charts">
      {RANGES.map((range) => (
        <a href={`${props.path}?range=${range}`} aria-current={range === props.range ? 'true' : undefined}>
          {range}
        </a>
      ))}
    </nav>
  );
}

const TOO_FEW = 'The chart starts with the second minute.';

/** Equity of a Wallet, and what was paid in, so that a deposit is not taken for a gain. */
export function EquityChart({ figures }: { readonly figures: WalletFiguresView }) {
  const { line, mode } = figures;
  return (
    <LineChart
      view={{
        id: `chart-equity-${mode}`,
        title: 'Equity',
        unit: 'usd',
        timesMs: line.map((one) => one.bucketAtMs),
        series: [
          { label: 'Equity', colour: '--accent', values: line.map((one) => one.equityMicros), filled: true },
          { label: 'Paid in', colour: '--muted', values: line.map((one) => one.flowMicros), dashed: true },
        ],
        empty: TOO_FEW,
      }}
    />
  );
}

export function ExposureChart({ figures }: { readonly figures: WalletFiguresView }) {
  const { line, mode } = figures;
  return (
    <LineChart
      view={{
        id: `chart-exposure-${mode}`,
        title: 'Exposure',
        unit: 'usd',
        timesMs: line.map((one) => one.bucketAtMs),
        series: [
          {
            label: 'Exposure',
            colour: '--accent-2',
            values: line.map((one) => one.exposureMicros),
            filled: true,
          },
        ],
        empty: TOO_FEW,
      }}
    />
  );
}

/** How far profit was below its highest point of the range. */
export function DrawdownChart({ figures }: { readonly figures: WalletFiguresView }) {
  const { line, mode } = figures;
  return (
    <LineChart
      view={{
        id: `chart-drawdown-${mode}`,
        title: 'Drawdown from the peak of the range',
        unit: 'usd',
        timesMs: line.map((one) => one.bucketAtMs),
        series: [{ label: 'Drawdown', colour: '--bad', values: fallsOf(line), filled: true }],
        empty: TOO_FEW,
      }}
    />
  );
}
