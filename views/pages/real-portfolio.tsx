/**
 * The Real Portfolio: what the venue says we hold, which leaders explain it, what came from outside, where ledger and venue
 * differ, and what must be sold by hand. Nothing unknown is given a value.
 */
import { MICROS, mulDivFloor } from '../../domain/money.ts';
import {
  formatCents,
  formatDuration,
  formatShareOf,
  formatShares,
  formatTime,
  formatUsd,
  formatUsdChange,
  toneOf,
  UNKNOWN,
} from '../format.ts';
import { CommandId, FormErrors, type FormState } from '../forms.tsx';
import { EquityCurve } from '../fragments/curve.tsx';
import { PortfolioTiles } from '../fragments/tiles.tsx';
import { LeaderName, MarketName } from '../fragments/trade-tables.tsx';
import { Document, Live, TrackingNote } from '../layout.tsx';
import type {
  DifferenceView,
  Frame,
  Names,
  PositionView,
  SnapshotView,
  VenuePositionView,
} from '../models.ts';

/** One leader's part of a position, or what no leader explains. */
export interface SliceView {
  readonly position: PositionView;
  readonly external: boolean;
  /** Why nobody will sell it for us; undefined while a leader's exit still would. */
  readonly orphanedBecause: string | undefined;
}

export interface RealPositionView {
  readonly venue: VenuePositionView;
  readonly slices: readonly SliceView[];
  /** The venue's shares less the sum of the slices; zero when all is explained. */
  readonly unexplainedShareMicros: bigint;
}

export interface RealPortfolioView {
  readonly frame: Frame;
  readonly snapshot: SnapshotView | undefined;
  readonly curve: readonly SnapshotView[];
  readonly positions: readonly RealPositionView[];
  readonly positionsCut: boolean;
  readonly openDifferences: readonly DifferenceView[];
  readonly latestDifferences: readonly DifferenceView[];
  /** Null when the Wallet does not tell. */
  readonly reconciledAtMs: number | null;
  readonly collateralMicros: bigint | null;
  /** Fall from the highest profit, as a part of equity then; null when it cannot be computed. */
  readonly drawdownMicros: bigint | null;
  readonly exposureLimitBps: number;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

/** Above this, seen in two readings, a difference needs the operator (A40). */
const ALERT_MICROS = 10_000n;
const ALERT_READINGS = 2;

export function RealPortfolioPage({ view }: { readonly view: RealPortfolioView }) {
  return (
    <Document title="Real Portfolio" frame={view.frame} path="/real-portfolio">
      <TrackingNote />
      <FormErrors state={view.form} />
      <RealPortfolioLive view={view} />
      <Orphans view={view} />
      <p>
        Export: <a href="/export/venue-positions.csv">venue positions</a> ·{' '}
        <a href="/export/differences.csv">differences</a> · <a href="/export/ledger.csv?mode=LIVE">ledger</a>{' '}
        · <a href="/export/snapshots.csv?mode=LIVE">snapshots</a>
      </p>
    </Document>
  );
}

/** What moves. Polled; the forms stand outside it. */
export function RealPortfolioLive({ view }: { readonly view: RealPortfolioView }) {
  return (
    <Live id="real-portfolio" src="/live/real-portfolio">
      <Source view={view} />
      <section class="card">
        <h2>Figures</h2>
        <PortfolioTiles snapshot={view.snapshot} />
        <Risk view={view} />
        <EquityCurve points={view.curve} />
      </section>
      <section class="card">
        <h2>Positions at the venue</h2>
        {view.positionsCut ? <p class="note">There are more positions than are listed here.</p> : null}
        <RealPositions positions={view.positions} names={view.names} />
      </section>
      <Differences view={view} />
    </Live>
  );
}

function Source({ view }: { readonly view: RealPortfolioView }) {
  const { reconciledAtMs, frame, openDifferences, collateralMicros } = view;
  const age = reconciledAtMs === null ? undefined : formatDuration(frame.nowMs - reconciledAtMs);
  return (
    <p class="note">
      Source: <strong>the positions and the balance that Polymarket tells</strong> (authoritative); the ledger
      only explains them. Last reconciliation:{' '}
      {reconciledAtMs === null ? UNKNOWN : `${formatTime(reconciledAtMs)} UTC (${age} ago)`}. Collateral
      there: {formatUsd(collateralMicros)}.{' '}
      {openDifferences.length === 0
        ? 'Ledger and venue agree.'
        : `${openDifferences.length} differences between ledger and venue, see below.`}
    </p>
  );
}

function Risk({
  view: { snapshot, drawdownMicros, exposureLimitBps },
}: {
  readonly view: RealPortfolioView;
}) {
  if (snapshot === undefined) return null;
  const limit = mulDivFloor(snapshot.equityMicros, BigInt(exposureLimitBps), 10_000n);
  return (
    <p class="muted">
      Drawdown {formatUsd(drawdownMicros)} (
      {formatShareOf(drawdownMicros, drawdownMicros === null ? null : snapshot.equityMicros + drawdownMicros)}
      ) from the peak · exposure uses {formatShareOf(snapshot.exposureMicros, limit)} of its limit of{' '}
      {formatUsd(limit)}.
    </p>
  );
}

/** The venue's positions, each with its slices. */
export function RealPositions(props: {
  readonly positions: readonly RealPositionView[];
  readonly names: Names;
}) {
  const { positions, names } = props;
  if (positions.length === 0) return <p class="empty">The venue tells of no position.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th class="number">Shares</th>
          <th class="number">Average</th>
          <th class="number">Mark</th>
          <th class="number">Value</th>
          <th>Whose</th>
          <th>Read (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <PositionLine position={position} names={names} />
        ))}
      </tbody>
    </table>
  );
}

/** What a share is worth now: the payout once the market is resolved, else the mark; null when neither is known. */
function worthOf({ venue }: RealPositionView, names: Names): bigint | null {
  const payout = names.markets.get(venue.tokenId)?.payoutPriceMicros ?? null;
  return payout ?? venue.markPriceMicros;
}

function PositionLine({ position, names }: { readonly position: RealPositionView; readonly names: Names }) {
  const { venue, slices, unexplainedShareMicros } = position;
  const worth = worthOf(position, names);
  // Rounded down, as the Wallet values it; without a mark there is no value, and none is made up.
  const value = worth === null ? null : mulDivFloor(venue.shareMicros, worth, MICROS);
  return (
    <tr>
      <td data-label="Market">
        <MarketName names={names} tokenId={venue.tokenId} />{' '}
        {venue.redeemable ? (
          <span
            class="badge good"
            title="The market is resolved: redeem it at Polymarket; it is booked when seen"
          >
            redeemable
          </span>
        ) : null}
      </td>
      <td data-label="Shares" class="number">
        {formatShares(venue.shareMicros)}
      </td>
      <td data-label="Average" class="number">
        {formatCents(venue.avgPriceMicros)}
      </td>
      <td data-label="Mark" class="number">
        {formatCents(worth)}
      </td>
      <td data-label="Value" class="number">
        {formatUsd(value)}
      </td>
      <td data-label="Whose">
        <ul class="slices">
          {slices.map((slice) => (
            <SliceLine slice={slice} names={names} worth={worth} />
          ))}
          {unexplainedShareMicros === 0n ? null : (
            <li class="loss">not explained: {formatShares(unexplainedShareMicros)}</li>
          )}
        </ul>
      </td>
      <td data-label="Read">{formatTime(venue.readAtMs)}</td>
    </tr>
  );
}

function SliceLine(props: {
  readonly slice: SliceView;
  readonly names: Names;
  readonly worth: bigint | null;
}) {
  const { slice, names, worth } = props;
  const { shareMicros, costMicros, leaderAddress } = slice.position;
  const profit = worth === null ? null : mulDivFloor(shareMicros, worth, MICROS) - costMicros;
  return (
    <li>
      {slice.external ? (
        <span class="badge skip">EXTERNAL</span>
      ) : (
        <LeaderName names={names} address={leaderAddress} />
      )}
      : {formatShares(shareMicros)} for {formatUsd(costMicros)}{' '}
      <span class={toneOf(profit)}>{formatUsdChange(profit)}</span>{' '}
      {slice.orphanedBecause === undefined ? null : (
        <span class="badge bad" title={slice.orphanedBecause}>
          orphaned
        </span>
      )}
    </li>
  );
}

/** Positions that no exit of a leader will sell, each with its cause and one click to sell it (design.md 5). */
function Orphans({ view }: { readonly view: RealPortfolioView }) {
  const orphans = view.positions.flatMap(({ slices }) =>
    slices.filter((slice) => slice.orphanedBecause !== undefined),
  );
  if (orphans.length === 0) return null;
  return (
    <section class="card attention">
      <h2>Orphaned positions</h2>
      <p class="muted">
        Nobody’s exit will sell these. Closing sells all of one at once (FAK) through the same decision and
        the same limits as every copy.
      </p>
      {orphans.map(({ position, orphanedBecause }) => (
        <div class="row">
          <div>
            <MarketName names={view.names} tokenId={position.tokenId} />, copied from{' '}
            <LeaderName names={view.names} address={position.leaderAddress} />:{' '}
            {formatShares(position.shareMicros)} shares
            <br />
            <small>{orphanedBecause}</small>
          </div>
          <form method="post" action="/real-portfolio/close">
            <CommandId
              id={`${view.commandId}:close:${position.leaderAddress.slice(0, 10)}:${position.tokenId}`}
            />
            <input type="hidden" name="leaderAddress" value={position.leaderAddress} />
            <input type="hidden" name="tokenId" value={position.tokenId} />
            <button type="submit" class="danger">
              Sell all of it
            </button>
          </form>
        </div>
      ))}
    </section>
  );
}

function Differences({ view }: { readonly view: RealPortfolioView }) {
  const { openDifferences, latestDifferences, names, frame } = view;
  const ended = latestDifferences.filter((one) => one.endedAtMs !== null);
  const alert = openDifferences.some(isAlert);
  return (
    <section class={alert ? 'card attention' : 'card'}>
      <h2>Differences between ledger and venue</h2>
      {openDifferences.length === 0 ? (
        <p class="empty">None.</p>
      ) : (
        <DifferencesTable differences={openDifferences} names={names} nowMs={frame.nowMs} />
      )}
      {ended.length === 0 ? null : (
        <details>
          <summary>Differences that have ended ({String(ended.length)} latest)</summary>
          <DifferencesTable differences={ended} names={names} nowMs={frame.nowMs} />
        </details>
      )}
    </section>
  );
}

/** Settlement lags matching, so that a small or a fresh difference is ordinary. */
function isAlert({ ledgerMicros, venueMicros, readings }: DifferenceView): boolean {
  const size = venueMicros > ledgerMicros ? venueMicros - ledgerMicros : ledgerMicros - venueMicros;
  return size > ALERT_MICROS && readings >= ALERT_READINGS;
}

function DifferencesTable(props: {
  readonly differences: readonly DifferenceView[];
  readonly names: Names;
  readonly nowMs: number;
}) {
  return (
    <table>
      <thead>
        <tr>
          <th>What</th>
          <th class="number">Ledger</th>
          <th class="number">Venue</th>
          <th class="number">Difference</th>
          <th>Age</th>
          <th class="number">Readings</th>
          <th>First seen (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {props.differences.map((difference) => (
          <DifferenceLine difference={difference} names={props.names} nowMs={props.nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function DifferenceLine(props: {
  readonly difference: DifferenceView;
  readonly names: Names;
  readonly nowMs: number;
}) {
  const { difference, names, nowMs } = props;
  const { subject, ledgerMicros, venueMicros, firstSeenAtMs, endedAtMs } = difference;
  const amount = subject === 'CASH' ? formatUsd : formatShares;
  return (
    <tr class={endedAtMs === null && isAlert(difference) ? 'alert' : ''}>
      <td data-label="What">
        {subject === 'CASH' ? 'Cash' : <MarketName names={names} tokenId={difference.tokenId} />}
      </td>
      <td data-label="Ledger" class="number">
        {amount(ledgerMicros)}
      </td>
      <td data-label="Venue" class="number">
        {amount(venueMicros)}
      </td>
      <td data-label="Difference" class="number loss">
        {amount(venueMicros - ledgerMicros)}
      </td>
      <td data-label="Age">
        {formatDuration((endedAtMs ?? nowMs) - firstSeenAtMs)}
        {endedAtMs === null ? '' : ', ended'}
      </td>
      <td data-label="Readings" class="number">
        {String(difference.readings)}
      </td>
      <td data-label="First seen">{formatTime(firstSeenAtMs)}</td>
    </tr>
  );
}
