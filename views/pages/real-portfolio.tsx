/**
 * The Real Portfolio: what the venue says we hold, which leaders explain it, what came from outside, where ledger and venue
 * differ, and what must be sold by hand. Nothing unknown is given a value.
 */
import type { LiveState } from '../../domain/settings/switches.ts';
import { OwedExits, type OwedExitsView } from '../exits/owed-exits.tsx';
import { FormErrors, type FormState } from '../frame/forms.tsx';
import { Document, Live, TrackingNote } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import { Differences } from '../live/differences.tsx';
import { Orphans, OrphansLater, type OrphansView } from '../live/orphans.tsx';
import { RealPositions, type RealPositionView } from '../live/real-positions.tsx';
import type { DifferenceView, Frame, Names, PositionView } from '../models.ts';
import { ExposureByLeader, ExposureByMarket, RiskMeters, type RiskView } from '../portfolio/exposure.tsx';
import { PositionPages } from '../portfolio/position-pages.tsx';
import { ResetPeakForm } from '../portfolio/reset-peak.tsx';
import {
  DrawdownChart,
  EquityChart,
  ExposureChart,
  RangeLinks,
  WalletTiles,
  type WalletTilesView,
} from '../portfolio/wallet-figures.tsx';
import { MarketName } from '../tables/deal-table.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import { formatDuration, formatShares, formatUsd, UNKNOWN } from '../words/format.ts';

export interface RealPortfolioView {
  readonly frame: Frame;
  readonly tiles: WalletTilesView;
  readonly owed: OwedExitsView;
  /** Undefined before the first snapshot. */
  readonly risk: RiskView | undefined;
  /** What the ledger holds, for the exposure per leader and market. */
  readonly ledgerPositions: readonly PositionView[];
  /** One page of them. */
  readonly positions: readonly RealPositionView[];
  readonly page: number;
  readonly pages: number;
  /** Copied positions whose exits are not copied, while the Wallet holds OFF; the first ones, and how many. */
  readonly unattended: { readonly positions: readonly RealPositionView[]; readonly total: number };
  readonly positionsCut: boolean;
  readonly openDifferences: readonly DifferenceView[];
  readonly latestDifferences: readonly DifferenceView[];
  /** Null when the Wallet does not report it. */
  readonly reconciledAtMs: number | null;
  readonly collateralMicros: bigint | null;
  /** As the Wallet itself holds it; undefined when it does not answer. */
  readonly walletState: LiveState | undefined;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

export function RealPortfolioPage({ view }: { readonly view: RealPortfolioView }) {
  return (
    <Document title="Real Portfolio" frame={view.frame} path="/real-portfolio">
      <FormErrors state={view.form} />
      <RealPortfolioLive view={view} />
      <OrphansLater />
      <ResetPeakForm mode="LIVE" form={view.form} commandId={view.commandId} />
      <TrackingNote />
      <ExportLinks name="venue-positions" filters={{ closed: '0' }} what="what the venue holds for us" />
      <ExportLinks name="differences" what="differences" />
      <ExportLinks name="positions" mode="LIVE" what="positions by leader" />
      <ExportLinks name="ledger" mode="LIVE" what="ledger" />
      <ExportLinks name="snapshots" mode="LIVE" what="equity by the minute" />
    </Document>
  );
}

/** What moves. Polled; the forms are outside it. */
export function RealPortfolioLive({ view }: { readonly view: RealPortfolioView }) {
  return (
    <Live
      id="real-portfolio"
      src={`/part/real-portfolio?range=${view.tiles.figures.range}&page=${view.page}`}
      on={['live', 'switches']}
    >
      <Source view={view} />
      <Unattended view={view} />
      <section class="card">
        <div class="heading">
          <h2>Figures</h2>
          <RangeLinks path="/real-portfolio" range={view.tiles.figures.range} />
        </div>
        <WalletTiles view={view.tiles} />
        <EquityChart figures={view.tiles.figures} />
      </section>
      <div class="columns">
        <section class="card">
          <DrawdownChart figures={view.tiles.figures} />
        </section>
        <section class="card">
          <ExposureChart figures={view.tiles.figures} />
        </section>
        <section class="card">
          <h2>Risk</h2>
          {view.risk === undefined ? <p class="empty">Not valued yet.</p> : <RiskMeters view={view.risk} />}
        </section>
        <section class="card">
          <h2>Exposure by leader</h2>
          <ExposureByLeader positions={view.ledgerPositions} names={view.names} />
        </section>
        <section class="card">
          <h2>Exposure by market</h2>
          <ExposureByMarket positions={view.ledgerPositions} names={view.names} />
        </section>
      </div>
      <OwedExits view={view.owed} names={view.names} />
      <section class="card">
        <h2>Positions at the venue</h2>
        {view.positionsCut ? <p class="note">There are more positions than are listed here.</p> : null}
        <RealPositions positions={view.positions} names={view.names} />
        <PositionPages path="/real-portfolio" page={view.page} pages={view.pages} />
      </section>
      <Differences view={{ ...view, nowMs: view.frame.nowMs }} />
    </Live>
  );
}

function Source({ view }: { readonly view: RealPortfolioView }) {
  const { reconciledAtMs, frame, openDifferences, collateralMicros } = view;
  // Without a reading nothing is known, and nothing is claimed.
  const agreement = reconciledAtMs === null ? 'No difference is recorded.' : 'Ledger and venue agree.';
  const age = reconciledAtMs === null ? undefined : formatDuration(frame.nowMs - reconciledAtMs);
  return (
    <p class="note">
      Source: <strong>the positions and the balance that Polymarket reports</strong> (authoritative); the
      ledger only explains them. Last reconciliation:{' '}
      {reconciledAtMs === null ? (
        UNKNOWN
      ) : (
        <>
          <Time ms={reconciledAtMs} /> ({age} ago)
        </>
      )}
      . Collateral there: {formatUsd(collateralMicros)}.{' '}
      {openDifferences.length === 0
        ? agreement
        : `Differences between ledger and venue: ${openDifferences.length}.`}
    </p>
  );
}

/** OFF stops exits too: whatever is held stays until somebody acts, and that is said loudly (A7). */
function Unattended({ view: { unattended, names } }: { readonly view: RealPortfolioView }) {
  const { positions, total } = unattended;
  if (total === 0) return null;
  const others = total - positions.length;
  return (
    <section class="card attention" role="alert">
      <h2>Live is OFF: exits are not copied</h2>
      <p>These positions stay as they are, whatever their leaders do, until live is on again:</p>
      <ul>
        {positions.map(({ venue }) => (
          <li>
            <MarketName names={names} tokenId={venue.tokenId} conditionId={venue.conditionId} />,{' '}
            {formatShares(venue.shareMicros)} shares
          </li>
        ))}
        {others === 0 ? null : <li>{`and ${others} others`}</li>}
      </ul>
    </section>
  );
}

/** Positions that no leader's exit will sell, as a page of its own for browsers without scripts. */
export function OrphansPage({ frame, view }: { readonly frame: Frame; readonly view: OrphansView }) {
  return (
    <Document title="Orphaned positions" frame={frame} path="/real-portfolio">
      <Orphans view={view} />
      <p>
        <a href="/real-portfolio">Real Portfolio</a>
      </p>
    </Document>
  );
}
