/** Where our ledger and the venue differ, with the age of each difference; small and fresh ones are ordinary (A40). */

import { Time } from '../frame/time.tsx';
import type { DifferenceView, Names } from '../models.ts';
import { MarketName } from '../tables/deal-table.tsx';
import { formatDuration, formatShares, formatUsd } from '../words/format.ts';

/** Above this, seen in two readings, a difference needs the operator (A40). */
const ALERT_MICROS = 10_000n;
const ALERT_READINGS = 2;

export interface DifferencesView {
  readonly openDifferences: readonly DifferenceView[];
  /** The latest of all, also ended ones. */
  readonly latestDifferences: readonly DifferenceView[];
  readonly names: Names;
  readonly nowMs: number;
}

/** Every open difference, with its age, and the latest that have ended (R76, R93). */
export function Differences({ view }: { readonly view: DifferencesView }) {
  const { openDifferences, latestDifferences, names, nowMs } = view;
  const ended = latestDifferences.filter((one) => one.endedAtMs !== null);
  const alert = openDifferences.some(isAlert);
  return (
    <section class={alert ? 'card attention' : 'card'}>
      <h2>Differences between ledger and venue</h2>
      {openDifferences.length === 0 ? (
        <p class="empty">None.</p>
      ) : (
        <DifferencesTable differences={openDifferences} names={names} nowMs={nowMs} />
      )}
      {ended.length === 0 ? null : (
        <details>
          <summary>Differences that have ended ({String(ended.length)} latest)</summary>
          <DifferencesTable differences={ended} names={names} nowMs={nowMs} />
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
          <th>First seen</th>
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
      <td data-label="First seen">
        <Time ms={firstSeenAtMs} />
      </td>
    </tr>
  );
}
