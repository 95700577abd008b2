/** The paper portfolio: figures, open positions, and moving paper cash in and out. */
import { MICROS, mulDivFloor } from '../../domain/money.ts';
import { formatCents, formatShares, formatTime, formatUsd, formatUsdChange, toneOf } from '../format.ts';
import { CommandId, Field, FormErrors, type FormState } from '../forms.tsx';
import { EquityCurve } from '../fragments/curve.tsx';
import { PortfolioTiles } from '../fragments/tiles.tsx';
import { LeaderName, MarketName } from '../fragments/trade-tables.tsx';
import { Document, Live, TrackingNote } from '../layout.tsx';
import type { Frame, Names, PositionView, SnapshotView } from '../models.ts';

export interface PaperPortfolioView {
  readonly frame: Frame;
  readonly snapshot: SnapshotView | undefined;
  readonly curve: readonly SnapshotView[];
  readonly positions: readonly PositionView[];
  /** Set when there are more positions than are listed. */
  readonly positionsCut: boolean;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

type LiveView = Pick<PaperPortfolioView, 'snapshot' | 'curve' | 'positions' | 'positionsCut' | 'names'>;

export function PaperPortfolioPage({ view }: { readonly view: PaperPortfolioView }) {
  return (
    <Document title="Paper Portfolio" frame={view.frame} path="/paper-portfolio">
      <TrackingNote />
      <PaperPortfolioLive view={view} />
      <CashForm view={view} />
      <p>
        Export: <a href="/export/ledger.csv">ledger</a> · <a href="/export/fills.csv">fills</a> ·{' '}
        <a href="/export/snapshots.csv">snapshots</a>
      </p>
    </Document>
  );
}

/** What moves. Polled. */
export function PaperPortfolioLive({ view }: { readonly view: LiveView }) {
  return (
    <Live id="portfolio" src="/live/paper-portfolio" on={['paper']}>
      <section class="card">
        <h2>Figures</h2>
        <PortfolioTiles snapshot={view.snapshot} />
        <EquityCurve points={view.curve} />
      </section>
      <section class="card">
        <h2>Open positions</h2>
        {view.positionsCut ? <p class="note">There are more positions than are listed here.</p> : null}
        <PositionsTable positions={view.positions} names={view.names} />
      </section>
    </Live>
  );
}

function PositionsTable({
  positions,
  names,
}: {
  readonly positions: readonly PositionView[];
  readonly names: Names;
}) {
  if (positions.length === 0) return <p class="empty">Nothing is held.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th>Leader</th>
          <th class="number">Shares</th>
          <th class="number">Cost</th>
          <th class="number">Mark</th>
          <th class="number">Value</th>
          <th class="number">Unrealised</th>
          <th class="number">Realised</th>
          <th>Marked (UTC)</th>
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

function PositionLine({ position, names }: { readonly position: PositionView; readonly names: Names }) {
  const { shareMicros, costMicros, realisedMicros, markPriceMicros } = position;
  // Rounded down, as the Wallet values it; without a mark there is no value, and none is made up.
  const value = markPriceMicros === null ? null : mulDivFloor(shareMicros, markPriceMicros, MICROS);
  const unrealised = value === null ? null : value - costMicros;
  return (
    <tr>
      <td data-label="Market">
        <MarketName names={names} tokenId={position.tokenId} />
      </td>
      <td data-label="Leader">
        <LeaderName names={names} address={position.leaderAddress} />
      </td>
      <td data-label="Shares" class="number">
        {formatShares(shareMicros)}
      </td>
      <td data-label="Cost" class="number">
        {formatUsd(costMicros)}
      </td>
      <td data-label="Mark" class="number">
        {formatCents(markPriceMicros)}
      </td>
      <td data-label="Value" class="number">
        {formatUsd(value)}
      </td>
      <td data-label="Unrealised" class={`number ${toneOf(unrealised)}`}>
        {formatUsdChange(unrealised)}
      </td>
      <td data-label="Realised" class={`number ${toneOf(realisedMicros)}`}>
        {formatUsdChange(realisedMicros)}
      </td>
      <td data-label="Marked">{formatTime(position.markedAtMs)}</td>
    </tr>
  );
}

function CashForm({ view }: { readonly view: PaperPortfolioView }) {
  const { values, errors } = view.form;
  return (
    <form method="post" action="/paper-portfolio/cash" class="card">
      <h2>Deposit or withdraw paper cash</h2>
      <FormErrors state={view.form} />
      <CommandId id={view.commandId} />
      <Field label="Amount" unit="USD" error={errors.amount}>
        <input name="amount" inputmode="decimal" value={values.amount ?? ''} required maxlength={20} />
      </Field>
      <button type="submit" name="kind" value="DEPOSIT">
        Deposit
      </button>{' '}
      <button type="submit" name="kind" value="WITHDRAWAL" class="quiet">
        Withdraw
      </button>
    </form>
  );
}
