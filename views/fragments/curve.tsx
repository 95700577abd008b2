/** The equity curve as SVG drawn on the server: attributes only, so that the CSP needs no inline style or script. */
import { max, min, mulDivRound } from '../../domain/money.ts';
import { formatTime, formatUsd } from '../format.ts';
import type { SnapshotView } from '../models.ts';

const WIDTH = 960;
const HEIGHT = 190;
const INSET = 6;

/** Equity over time, oldest first. Time runs from left to right in proportion; a flat curve runs through the middle. */
export function EquityCurve({ points }: { readonly points: readonly SnapshotView[] }) {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) {
    return <p class="empty">The equity curve starts with the second minute.</p>;
  }
  const values = points.map((point) => point.equityMicros);
  const low = values.reduce((a, b) => min(a, b));
  const high = values.reduce((a, b) => max(a, b));
  const spanMs = Math.max(1, last.bucketAtMs - first.bucketAtMs);
  const path = points
    .map((point, at) => {
      const x = INSET + ((WIDTH - 2 * INSET) * (point.bucketAtMs - first.bucketAtMs)) / spanMs;
      return `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${heightOf(point.equityMicros, low, high)}`;
    })
    .join('');
  const text = `Equity from ${formatUsd(first.equityMicros)} to ${formatUsd(last.equityMicros)}`;
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text} class="curve">
        <path d={path} fill="none" stroke="currentColor" stroke-width="2" />
      </svg>
      <figcaption>
        {formatTime(first.bucketAtMs)} to {formatTime(last.bucketAtMs)} UTC, lowest {formatUsd(low)}, highest{' '}
        {formatUsd(high)}
      </figcaption>
    </figure>
  );
}

function heightOf(value: bigint, low: bigint, high: bigint): string {
  const room = BigInt(HEIGHT - 2 * INSET);
  if (high === low) return String(HEIGHT / 2);
  return String(HEIGHT - INSET - Number(mulDivRound(value - low, room, high - low)));
}
