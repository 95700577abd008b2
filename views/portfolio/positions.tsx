/** Open positions of a Wallet's ledger, and what they add up to per leader and market. Nothing unknown is given a value. */
import { parseLeaderAddress } from '../../domain/ids.ts';
import { MICROS, max, mulDivFloor } from '../../domain/money.ts';
import { Time } from '../frame/time.tsx';
import type { MarkedPositionView, Names, PositionView } from '../models.ts';
import { LeaderName, MarketName } from '../tables/deal-table.tsx';
import { sellPath } from '../words/addresses.ts';
import {
  formatCents,
  formatDuration,
  formatShareOf,
  formatShares,
  formatUsd,
  formatUsdChange,
  toneOf,
} from '../words/format.ts';
import { MARK_RULE_LABELS } from '../words/labels.ts';

/** What a position is worth at its mark, rounded down as the Wallet values it; null without a mark. */
export function markedValue({ shareMicros, markPriceMicros }: PositionView): bigint | null {
  return markPriceMicros === null ? null : mulDivFloor(shareMicros, markPriceMicros, MICROS);
}

export function unrealisedOf(position: PositionView): bigint | null {
  const value = markedValue(position);
  return value === null ? null : value - position.costMicros;
}

/** What is at risk in a position: the higher of its cost and its value, as the guardrails count it (A49). */
export function exposureOf(position: PositionView): bigint {
  return max<bigint>(markedValue(position) ?? 0n, position.costMicros);
}

/** A younger mark needs no word on its age. */
const MARK_AGE_SAID_MS = 60_000;

export function PositionsTable(props: {
  readonly positions: readonly MarkedPositionView[];
  readonly names: Names;
  /** Left out where all are of one leader. */
  readonly withLeader?: boolean;
}) {
  const { positions, names, withLeader = true } = props;
  if (positions.length === 0) return <p class="empty">Nothing is held.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Market</th>
          {withLeader ? <th>Leader</th> : null}
          <th class="number">Shares</th>
          <th class="number">Cost</th>
          <th class="number">Mark</th>
          <th class="number">Value</th>
          <th class="number">Unrealised</th>
          <th class="number">Realised</th>
          <th>Marked</th>
          <th>By hand</th>
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <PositionLine position={position} names={names} withLeader={withLeader} />
        ))}
      </tbody>
    </table>
  );
}

function PositionLine(props: {
  readonly position: MarkedPositionView;
  readonly names: Names;
  readonly withLeader: boolean;
}) {
  const { position, names, withLeader } = props;
  const { shareMicros, costMicros, realisedMicros, markPriceMicros } = position;
  const unrealised = unrealisedOf(position);
  return (
    <tr>
      <td data-label="Market">
        <MarketName names={names} tokenId={position.tokenId} conditionId={position.conditionId} />
      </td>
      {withLeader ? (
        <td data-label="Leader">
          <LeaderName names={names} address={position.leaderAddress} />
        </td>
      ) : null}
      <td data-label="Shares" class="number">
        {formatShares(shareMicros)}
      </td>
      <td data-label="Cost" class="number">
        {formatUsd(costMicros)}
      </td>
      <td data-label="Mark" class="number">
        {formatCents(markPriceMicros)} <MarkNote position={position} />
      </td>
      <td data-label="Value" class="number">
        {formatUsd(markedValue(position))}
      </td>
      <td data-label="Unrealised" class={`number ${toneOf(unrealised)}`}>
        {formatUsdChange(unrealised)} <small>{formatShareOf(unrealised, costMicros)}</small>
      </td>
      <td data-label="Realised" class={`number ${toneOf(realisedMicros)}`}>
        {formatUsdChange(realisedMicros)}
      </td>
      <td data-label="Marked">
        <Time ms={position.markedAtMs} />
      </td>
      <td data-label="By hand">
        <SellLink position={position} />
      </td>
    </tr>
  );
}

/** The way to a sale by hand; what came from outside is sold at the venue. */
export function SellLink({ position }: { readonly position: PositionView }) {
  return parseLeaderAddress(position.leaderAddress) === undefined || position.shareMicros <= 0n ? null : (
    <a href={sellPath(position)}>Sell…</a>
  );
}

/** A mark that is no mid of a narrow book says what it is, and one that is older than a minute says how old. */
export function MarkNote(props: { readonly position: Pick<MarkedPositionView, 'markRule' | 'markAgeMs'> }) {
  const { markRule, markAgeMs } = props.position;
  const rule = markRule === null ? '' : MARK_RULE_LABELS[markRule];
  const age = markAgeMs === null || markAgeMs <= MARK_AGE_SAID_MS ? '' : `${formatDuration(markAgeMs)} old`;
  const text = [rule, age].filter((one) => one !== '').join(', ');
  return text === '' ? null : <small>{text}</small>;
}
