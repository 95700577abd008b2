/** The figures of a portfolio. Every amount is text from format.ts; what is not known is a dash. */
import { formatShareOf, formatTime, formatUsd, formatUsdChange, toneOf } from '../format.ts';
import type { SnapshotView } from '../models.ts';

export function PortfolioTiles({ snapshot }: { readonly snapshot: SnapshotView | undefined }) {
  if (snapshot === undefined) return <p class="empty">The wallet has not been valued yet.</p>;
  const pnl = snapshot.equityMicros - snapshot.flowMicros;
  return (
    <>
      <dl class="tiles">
        <Tile label="Equity" value={formatUsd(snapshot.equityMicros)} />
        <Tile label="Cash" value={formatUsd(snapshot.cashMicros)} />
        <Tile
          label="Exposure"
          value={`${formatUsd(snapshot.exposureMicros)} (${formatShareOf(snapshot.exposureMicros, snapshot.equityMicros)})`}
        />
        <Tile label="PnL" value={formatUsdChange(pnl)} tone={toneOf(pnl)} />
        <Tile
          label="Realised"
          value={formatUsdChange(snapshot.realisedMicros)}
          tone={toneOf(snapshot.realisedMicros)}
        />
        <Tile
          label="Unrealised"
          value={formatUsdChange(snapshot.unrealisedMicros)}
          tone={toneOf(snapshot.unrealisedMicros)}
        />
        <Tile label="Deposits less withdrawals" value={formatUsd(snapshot.flowMicros)} />
      </dl>
      <p class="muted">Valued in the minute of {formatTime(snapshot.bucketAtMs)} UTC.</p>
    </>
  );
}

function Tile(props: { readonly label: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd class={props.tone ?? ''}>{props.value}</dd>
    </div>
  );
}
