/** The venue's positions with the leaders that explain them. Nothing unknown is given a value. */

import { EXTERNAL_LEADER } from '../../domain/ids.ts';
import { MICROS, mulDivFloor } from '../../domain/money.ts';
import { Time } from '../frame/time.tsx';
import type { MarkedPositionView, Names, PositionView, VenuePositionView } from '../models.ts';
import { MarkNote, SellLink } from '../portfolio/positions.tsx';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { formatCents, formatShares, formatUsd, formatUsdChange, toneOf, UNKNOWN } from '../words/format.ts';

export interface RealPositionView {
  readonly venue: VenuePositionView;
  /** What the leaders' copies and EXTERNAL hold of it. */
  readonly slices: readonly MarkedPositionView[];
  /** The venue's shares less the sum of the slices; zero when all is explained. */
  readonly unexplainedShareMicros: bigint;
  /** Reconciliation has found the two to differ; else the ledger may only be ahead of the last reading. */
  readonly differs: boolean;
}

/** The venue's positions, each with its slices. */
export function RealPositions(props: {
  readonly positions: readonly RealPositionView[];
  readonly names: Names;
}) {
  const { positions, names } = props;
  if (positions.length === 0) return <p class="empty">The venue reports no position.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          <th class="number">Shares</th>
          <th class="number">Average</th>
          <th class="number">Mark</th>
          <th class="number">Value</th>
          <th>Marked</th>
          <th>Whose</th>
          <th>Read</th>
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

interface Worth {
  readonly priceMicros: bigint | null;
  /** The position whose mark it is; undefined for a payout and for a mark of the reading. */
  readonly marked: MarkedPositionView | undefined;
  /** Null for a payout, which does not change any more, and without a mark. */
  readonly atMs: number | null;
}

/**
 * What a share is worth now: the payout once the market is resolved, else the ledger's mark, which moves each minute, else the
 * mark of the reading; null when none is known.
 */
function worthOf({ venue, slices }: RealPositionView, names: Names): Worth {
  const payout = names.markets.get(venue.tokenId)?.payoutPriceMicros ?? null;
  if (payout !== null) return { priceMicros: payout, marked: undefined, atMs: null };
  const marked = slices[0];
  if (marked !== undefined && marked.markPriceMicros !== null)
    return { priceMicros: marked.markPriceMicros, marked, atMs: marked.markedAtMs };
  const atMs = venue.markPriceMicros === null ? null : venue.readAtMs;
  return { priceMicros: venue.markPriceMicros, marked: undefined, atMs };
}

function PositionLine({ position, names }: { readonly position: RealPositionView; readonly names: Names }) {
  const { venue, slices, unexplainedShareMicros, differs } = position;
  const { priceMicros: worth, marked, atMs } = worthOf(position, names);
  // Rounded down, as the Wallet values it; without a mark there is no value, and none is made up.
  const value = worth === null ? null : mulDivFloor(venue.shareMicros, worth, MICROS);
  const isLost = worth === 0n && slices.length === 0 && !differs;
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
        {formatCents(worth)} {marked === undefined ? null : <MarkNote position={marked} />}
      </td>
      <td data-label="Value" class="number">
        {formatUsd(value)}
      </td>
      <td data-label="Marked">{atMs === null ? UNKNOWN : <Time ms={atMs} />}</td>
      <td data-label="Whose">
        <ul class="slices">
          {slices.map((slice) => (
            <SliceLine slice={slice} names={names} worth={worth} />
          ))}
          {isLost ? (
            <li class="muted">worthless: the loss is booked</li>
          ) : unexplainedShareMicros === 0n ? null : differs ? (
            <li class="loss">not explained: {formatShares(unexplainedShareMicros)}</li>
          ) : (
            <li class="muted">since the last reading: {formatShares(-unexplainedShareMicros)}</li>
          )}
        </ul>
      </td>
      <td data-label="Read">
        <Time ms={venue.readAtMs} />
      </td>
    </tr>
  );
}

function SliceLine(props: {
  readonly slice: PositionView;
  readonly names: Names;
  readonly worth: bigint | null;
}) {
  const { slice, names, worth } = props;
  const { shareMicros, costMicros, leaderAddress } = slice;
  const profit = worth === null ? null : mulDivFloor(shareMicros, worth, MICROS) - costMicros;
  return (
    <li>
      <LeaderName names={names} address={leaderAddress === '' ? EXTERNAL_LEADER : leaderAddress} />:{' '}
      {formatShares(shareMicros)} for {formatUsd(costMicros)}{' '}
      <span class={toneOf(profit)}>{formatUsdChange(profit)}</span> <SellLink position={slice} />
    </li>
  );
}
