/** The Dashboard: what needs attention, figures of both wallets, what they hold, and the latest trades with their copies. */
import type { TradingMode } from '../../domain/ids.ts';
import { Document, Live, TrackingNote } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import type { AttemptView, FillView, Frame, Names, PositionView, SnapshotView } from '../models.ts';
import { markedValue, unrealisedOf } from '../portfolio/positions.tsx';
import {
  EquityChart,
  type Range,
  RangeLinks,
  WalletTiles,
  type WalletTilesView,
} from '../portfolio/wallet-figures.tsx';
import { Attention, type AttentionView } from '../status/attention.tsx';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { AttemptsTable, FillsTable } from '../tables/trade-tables.tsx';
import { formatUsd, formatUsdChange, toneOf } from '../words/format.ts';

export interface LeaderResult {
  readonly leaderAddress: string;
  /** Our slices that copy the leader; undefined before their first snapshot. */
  readonly paper: SnapshotView | undefined;
  readonly live: SnapshotView | undefined;
}

export interface DashboardView {
  readonly frame: Frame;
  readonly range: Range;
  readonly paper: WalletTilesView;
  readonly live: WalletTilesView;
  readonly topPositions: readonly PositionView[];
  readonly topLeaders: readonly LeaderResult[];
  readonly fills: readonly FillView[];
  readonly attempts: readonly AttemptView[];
  readonly attention: readonly AttentionView[];
  readonly names: Names;
}

export function DashboardPage({ view }: { readonly view: DashboardView }) {
  return (
    <Document title="Dashboard" frame={view.frame} path="/">
      <DashboardLive view={view} />
      <TrackingNote />
    </Document>
  );
}

/** What moves. */
export function DashboardLive({ view }: { readonly view: DashboardView }) {
  const { range, names } = view;
  return (
    <Live id="dashboard" src={`/part/dashboard?range=${range}`} on={['trades', 'paper', 'live', 'switches']}>
      <Attention items={view.attention} />
      <RangeLinks path="/" range={range} />
      <div class="columns">
        <WalletCard title="Paper wallet" href="/paper-portfolio" view={view.paper} />
        <WalletCard title="Live wallet" href="/real-portfolio" view={view.live} />
        <section class="card">
          <h2>Top positions</h2>
          <TopPositions positions={view.topPositions} names={names} />
        </section>
        <section class="card">
          <h2>Top leaders</h2>
          <TopLeaders leaders={view.topLeaders} names={names} />
        </section>
      </div>
      <section class="card">
        <div class="heading">
          <h2>Latest copies and skips</h2>
          <span>
            <a href="/paper-trades">All paper trades</a> · <a href="/live-trades">all live trades</a>
          </span>
        </div>
        <AttemptsTable attempts={view.attempts} names={names} />
      </section>
      <section class="card">
        <div class="heading">
          <h2>Latest leader trades</h2>
          <a href="/trades">All leader trades</a>
        </div>
        <FillsTable fills={view.fills} names={names} />
      </section>
    </Live>
  );
}

function WalletCard(props: {
  readonly title: string;
  readonly href: string;
  readonly view: WalletTilesView;
}) {
  const { title, href, view } = props;
  return (
    <section class="card">
      <div class="heading">
        <h2>{title}</h2>
        <a href={href} aria-label={`${title}: details`}>
          Details
        </a>
      </div>
      <WalletTiles view={view} />
      {view.figures.snapshot === undefined ? null : <EquityChart figures={view.figures} />}
    </section>
  );
}

const MODE_NAMES = { PAPER: 'paper', LIVE: 'live' } as const satisfies Record<TradingMode, string>;

function TopPositions(props: { readonly positions: readonly PositionView[]; readonly names: Names }) {
  const { positions, names } = props;
  if (positions.length === 0) return <p class="empty">Nothing is held.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th>Wallet</th>
          <th class="number">Value</th>
          <th class="number">Unrealised</th>
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <tr>
            <td data-label="Market">
              <MarketName names={names} tokenId={position.tokenId} conditionId={position.conditionId} />
            </td>
            <td data-label="Wallet">{MODE_NAMES[position.mode]}</td>
            <td data-label="Value" class="number">
              {formatUsd(markedValue(position))}
            </td>
            <td data-label="Unrealised" class={`number ${toneOf(unrealisedOf(position))}`}>
              {formatUsdChange(unrealisedOf(position))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Realised and unrealised together; null without a snapshot. */
export function slicePnl(slice: SnapshotView | undefined): bigint | null {
  return slice === undefined ? null : slice.realisedMicros + slice.unrealisedMicros;
}

function TopLeaders(props: { readonly leaders: readonly LeaderResult[]; readonly names: Names }) {
  const { leaders, names } = props;
  if (leaders.length === 0) return <p class="empty">Nobody has been copied yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Leader</th>
          <th class="number">Paper PnL</th>
          <th class="number">Live PnL</th>
          <th class="number">Exposure, both</th>
          <th>As of</th>
        </tr>
      </thead>
      <tbody>
        {leaders.map(({ leaderAddress, paper, live }) => (
          <tr>
            <td data-label="Leader">
              <LeaderName names={names} address={leaderAddress} />
            </td>
            <td data-label="Paper PnL" class={`number ${toneOf(slicePnl(paper))}`}>
              {formatUsdChange(slicePnl(paper))}
            </td>
            <td data-label="Live PnL" class={`number ${toneOf(slicePnl(live))}`}>
              {formatUsdChange(slicePnl(live))}
            </td>
            <td data-label="Exposure" class="number">
              {formatUsd((paper?.exposureMicros ?? 0n) + (live?.exposureMicros ?? 0n))}
            </td>
            <td data-label="As of">
              <Time ms={olderOf(paper, live)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The older time of two figures that are shown as one; undefined where neither is there. */
function olderOf(paper: SnapshotView | undefined, live: SnapshotView | undefined): number | undefined {
  const times = [paper, live].flatMap((slice) => slice?.bucketAtMs ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
