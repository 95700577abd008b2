/** Where the money is: exposure per leader and per market as bars, and how much of each limit is used. */
import type { Child } from 'hono/jsx';
import { bps, bpsOfFloor, cash, mulDivFloor } from '../../domain/money.ts';
import type { Drawdown } from '../../domain/portfolio/performance.ts';
import { unsureLimit } from '../../domain/portfolio/worth.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import type { Names, PositionView } from '../models.ts';
import { LeaderName } from '../tables/deal-table.tsx';
import { formatAddress, formatShareOf, formatUsd } from '../words/format.ts';
import { Meter } from './meter.tsx';
import { exposureOf } from './positions.tsx';

export type RiskLimits = Pick<
  ModeSettings,
  | 'totalExposureBpsMax'
  | 'marketExposureBpsMax'
  | 'leaderExposureBpsMax'
  | 'dailyLossBpsMax'
  | 'weeklyLossBpsMax'
  | 'drawdownBpsMax'
>;

export interface RiskView {
  /** At the lower of mark and bid, which limits are parts of; and at the marks. */
  readonly equityMicros: bigint;
  readonly markedEquityMicros: bigint;
  /** Positions at the higher of cost and mark. */
  readonly exposureMicros: bigint;
  /** What rests on marks that are not good; null where the Wallet does not report it. */
  readonly unsureMicros: bigint | null;
  readonly limits: RiskLimits;
  readonly drawdown: Drawdown | null;
  /** Profit since UTC midnight and over seven days, as the breakers measure it; null where it is not known. */
  readonly dayPnlMicros: bigint | null;
  readonly weekPnlMicros: bigint | null;
  /** Null when there are more positions than were read. */
  readonly largestMarketMicros: bigint | null;
  readonly largestLeaderMicros: bigint | null;
}

/** Each limit with what uses it up. Limits are parts of equity, as the guardrails count them. */
export function RiskMeters({ view }: { readonly view: RiskView }) {
  const { limits, drawdown } = view;
  const equity = cash(view.equityMicros < 0n ? 0n : view.equityMicros);
  const limit = (part: number): bigint => bpsOfFloor(equity, bps(BigInt(part)));
  const loss = (pnl: bigint | null): bigint | null => (pnl === null ? null : pnl < 0n ? -pnl : 0n);
  const fallLimit =
    drawdown === null
      ? null
      : bpsOfFloor(cash(drawdown.peakEquityMicros), bps(BigInt(limits.drawdownBpsMax)));
  return (
    <>
      <Meter
        view={{
          label: 'Total exposure',
          usedMicros: view.exposureMicros,
          limitMicros: limit(limits.totalExposureBpsMax),
        }}
      />
      <Meter
        view={{
          label: 'Largest market',
          usedMicros: view.largestMarketMicros,
          limitMicros: limit(limits.marketExposureBpsMax),
        }}
      />
      <Meter
        view={{
          label: 'Largest leader',
          usedMicros: view.largestLeaderMicros,
          limitMicros: limit(limits.leaderExposureBpsMax),
        }}
      />
      <Meter view={{ label: 'Drawdown', usedMicros: drawdown?.fallMicros ?? null, limitMicros: fallLimit }} />
      <Meter
        view={{
          label: 'Loss since midnight UTC',
          usedMicros: loss(view.dayPnlMicros),
          limitMicros: limit(limits.dailyLossBpsMax),
        }}
      />
      <Meter
        view={{
          label: 'Loss over seven days',
          usedMicros: loss(view.weekPnlMicros),
          limitMicros: limit(limits.weeklyLossBpsMax),
        }}
      />
      <Meter
        view={{
          label: 'Without a good price',
          usedMicros: view.unsureMicros,
          limitMicros: unsureLimit(cash(view.markedEquityMicros)),
        }}
      />
      <p class="note">
        With the limits of all leaders. The decision also counts what open orders hold, and takes a leader’s
        own limits. Buying stops, and no breaker fires, while more than 1 % of the equity has no good price.
      </p>
    </>
  );
}

export interface ExposurePart {
  readonly key: string;
  readonly exposureMicros: bigint;
}

/** Exposure by a property of each position, the largest first. */
export function exposureBy(
  positions: readonly PositionView[],
  keyOf: (position: PositionView) => string,
): readonly ExposurePart[] {
  const sums = new Map<string, bigint>();
  for (const position of positions)
    sums.set(keyOf(position), (sums.get(keyOf(position)) ?? 0n) + exposureOf(position));
  return [...sums]
    .map(([key, exposureMicros]) => ({ key, exposureMicros }))
    .sort((left, right) => (left.exposureMicros < right.exposureMicros ? 1 : -1));
}

/** Bars shown; what is smaller is one bar together. */
const BARS_MAX = 10;

export function ExposureByLeader(props: {
  readonly positions: readonly PositionView[];
  readonly names: Names;
}) {
  const parts = exposureBy(props.positions, (one) => one.leaderAddress);
  return (
    <ExposureBars
      what="Leader"
      parts={parts}
      nameOf={(key) => <LeaderName names={props.names} address={key} />}
    />
  );
}

export function ExposureByMarket(props: {
  readonly positions: readonly PositionView[];
  readonly names: Names;
}) {
  const { positions, names } = props;
  const parts = exposureBy(positions, (one) => one.conditionId);
  const titles = new Map<string, string>(
    positions.map((one) => [
      one.conditionId,
      names.markets.get(one.tokenId)?.title ?? formatAddress(one.conditionId),
    ]),
  );
  return (
    <ExposureBars
      what="Market"
      parts={parts}
      nameOf={(key) => (
        <a href={`/markets/${key}`} class="plain">{`${titles.get(key) ?? formatAddress(key)}`}</a>
      )}
    />
  );
}

function ExposureBars(props: {
  readonly what: string;
  readonly parts: readonly ExposurePart[];
  readonly nameOf: (key: string) => Child;
}) {
  const { what, parts, nameOf } = props;
  const [largest] = parts;
  if (largest === undefined) return <p class="empty">Nothing is held.</p>;
  const whole = parts.reduce((sum, part) => sum + part.exposureMicros, 0n);
  const rest = parts.slice(BARS_MAX).reduce((sum, part) => sum + part.exposureMicros, 0n);
  return (
    <table>
      <thead>
        <tr>
          <th>{what}</th>
          <th class="number">Exposure</th>
          <th class="number">Part</th>
          <td class="bar-cell"></td>
        </tr>
      </thead>
      <tbody>
        {parts.slice(0, BARS_MAX).map(({ key, exposureMicros }) => (
          <tr>
            <td data-label={what}>{nameOf(key)}</td>
            <td data-label="Exposure" class="number">
              {formatUsd(exposureMicros)}
            </td>
            <td data-label="Part" class="number">
              {formatShareOf(exposureMicros, whole)}
            </td>
            <td class="bar-cell">
              <Bar part={exposureMicros} of={largest.exposureMicros} />
            </td>
          </tr>
        ))}
        {rest === 0n ? null : (
          <tr>
            <td data-label={what}>{`${parts.length - BARS_MAX} others`}</td>
            <td data-label="Exposure" class="number">
              {formatUsd(rest)}
            </td>
            <td data-label="Part" class="number">
              {formatShareOf(rest, whole)}
            </td>
            <td class="bar-cell"></td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** A bar in proportion to the largest one: attributes only, since the CSP takes no styles. */
export function Bar({ part, of }: { readonly part: bigint; readonly of: bigint }) {
  const width = of <= 0n || part <= 0n ? 0n : mulDivFloor(part, 100n, of);
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" class="bar" aria-hidden="true">
      <rect class="fill" width={String(width)} height="8" />
    </svg>
  );
}
