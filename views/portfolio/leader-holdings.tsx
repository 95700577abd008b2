/** The leader's own positions, the most valuable first, and up to when they are known. */
import { MICROS, mulDivRound } from '../../domain/money.ts';
import { Time } from '../frame/time.tsx';
import type { LeaderPositionView, Names } from '../models.ts';
import { MarketName } from '../tables/deal-table.tsx';
import { formatCents, formatShares, formatUsd } from '../words/format.ts';

export function LeaderHoldings(props: {
  readonly holdings: readonly LeaderPositionView[];
  readonly cut: boolean;
  /** Of their newest trade that is recorded; null before the first. */
  readonly tradedAtMs: number | null;
  readonly names: Names;
}) {
  const { holdings, cut, tradedAtMs, names } = props;
  if (holdings.length === 0) return <p class="empty">No position of this leader is known.</p>;
  return (
    <table>
      <caption>
        {tradedAtMs === null ? (
          'As it was read when the leader was followed.'
        ) : (
          <>
            Up to their trade of <Time ms={tradedAtMs} />.
          </>
        )}
        {cut ? ' The leader holds more than is listed here.' : null}
      </caption>
      <thead>
        <tr>
          <th>Market</th>
          <th class="number">Shares</th>
          <th class="number">Cost</th>
          <th class="number">Average</th>
        </tr>
      </thead>
      <tbody>
        {holdings.map(({ tokenId, conditionId, shareMicros, costMicros }) => (
          <tr>
            <td data-label="Market">
              <MarketName names={names} tokenId={tokenId} conditionId={conditionId} />
            </td>
            <td data-label="Shares" class="number">
              {formatShares(shareMicros)}
            </td>
            <td data-label="Cost" class="number">
              {formatUsd(costMicros)}
            </td>
            <td data-label="Average" class="number">
              {formatCents(shareMicros > 0n ? mulDivRound(costMicros, MICROS, shareMicros) : null)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
