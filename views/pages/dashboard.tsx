/** The Dashboard: how both wallets stand, what leaders just did and what became of it, and what needs attention. */
import { EquityCurve } from '../fragments/curve.tsx';
import { PortfolioTiles } from '../fragments/tiles.tsx';
import { AttemptsTable, FillsTable } from '../fragments/trade-tables.tsx';
import { Document, Live, TrackingNote } from '../layout.tsx';
import type { AttemptView, FillView, Frame, Names, SnapshotView } from '../models.ts';

export interface DashboardView {
  readonly frame: Frame;
  readonly snapshot: SnapshotView | undefined;
  /** The live Wallet's. */
  readonly live: SnapshotView | undefined;
  readonly curve: readonly SnapshotView[];
  readonly range: CurveRange;
  readonly fills: readonly FillView[];
  readonly attempts: readonly AttemptView[];
  readonly attention: readonly string[];
  readonly names: Names;
}

export const CURVE_RANGES = ['1H', '6H', '1D', '1W', '1M', 'ALL'] as const;
export type CurveRange = (typeof CURVE_RANGES)[number];

export function DashboardPage({ view }: { readonly view: DashboardView }) {
  return (
    <Document title="Dashboard" frame={view.frame} path="/">
      <TrackingNote />
      <DashboardLive view={view} />
    </Document>
  );
}

/** What moves. Polled. */
export function DashboardLive({ view }: { readonly view: DashboardView }) {
  return (
    <Live
      id="dashboard"
      src={`/live/dashboard?range=${view.range}`}
      on={['trades', 'paper', 'live', 'switches']}
    >
      {view.attention.length === 0 ? null : (
        <section class="card attention">
          <h2>Needs attention</h2>
          <ul>
            {view.attention.map((line) => (
              <li>{line}</li>
            ))}
          </ul>
        </section>
      )}
      <section class="card">
        <h2>Paper wallet</h2>
        <PortfolioTiles snapshot={view.snapshot} />
        <EquityCurve points={view.curve} />
        <p class="ranges">
          {CURVE_RANGES.map((range) => (
            <a href={`/?range=${range}`} aria-current={range === view.range ? 'true' : undefined}>
              {range}
            </a>
          ))}
        </p>
      </section>
      <section class="card">
        <h2>Live wallet</h2>
        <PortfolioTiles snapshot={view.live} />
        <p>
          <a href="/real-portfolio">Real Portfolio</a> · <a href="/live-trades">Live Trades</a>
        </p>
      </section>
      <section class="card">
        <h2>Latest copies and skips</h2>
        <AttemptsTable attempts={view.attempts} names={view.names} />
        <p>
          <a href="/paper-trades">All paper trades</a>
        </p>
      </section>
      <section class="card">
        <h2>Latest leader trades</h2>
        <FillsTable fills={view.fills} names={view.names} />
        <p>
          <a href="/trades">All leader trades</a>
        </p>
      </section>
    </Live>
  );
}
