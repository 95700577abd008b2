/** One leader: the leader's profit, that of our copies on the same base, how well they are copied, and the latest trades. */

import type { TradingMode } from '../../domain/ids.ts';
import type { CopyStats } from '../../domain/records/copy-stats-record.ts';
import { LineChart } from '../charts/chart.tsx';
import { FormErrors, type FormState } from '../frame/forms.tsx';
import { Document, Live, TrackingNote } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import { LeaderEntries } from '../live/entry-switch.tsx';
import { UserActions, UserBadges } from '../live/user-actions.tsx';
import type {
  AttemptView,
  FillView,
  Frame,
  LeaderPositionView,
  MarkedPositionView,
  Names,
  SnapshotView,
  UserView,
} from '../models.ts';
import { CopyQuality, QUALITY_DAYS } from '../portfolio/copy-quality.tsx';
import { LeaderHoldings } from '../portfolio/leader-holdings.tsx';
import { PositionsTable } from '../portfolio/positions.tsx';
import { Tile } from '../portfolio/wallet-figures.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import { AttemptsTable, FillsTable } from '../tables/trade-tables.tsx';
import {
  formatAddress,
  formatPercent,
  formatRate,
  formatShareOf,
  formatTime,
  formatUsd,
  formatUsdChange,
  toneOf,
} from '../words/format.ts';
import { MODE_LABELS } from '../words/labels.ts';
import { slicePnl } from './dashboard.tsx';
import { DivergenceLater } from './divergence.tsx';

/** The three lines of the comparison at the same moments; basis points of the most that was ever invested. */
export interface ComparisonView {
  readonly timesMs: readonly number[];
  readonly leader: readonly (bigint | null)[];
  readonly paper: readonly (bigint | null)[];
  readonly live: readonly (bigint | null)[];
}

/** What budgeted sizing makes of this leader in one mode; undefined where it is not in force. */
export interface BudgetView {
  readonly budgetMicros: bigint;
  /** Null until the leader's positions are known. */
  readonly leaderExposureMicros: bigint | null;
  /** Null until our slice was valued. */
  readonly ourExposureMicros: bigint | null;
  /** Null while the leader's exposure is not known. */
  readonly rateBps: bigint | null;
  /** What was really copied of their last buys; null where there were none. */
  readonly copied: { readonly copiedMicros: bigint; readonly leaderMicros: bigint } | null;
}

export interface UserDetailView {
  readonly frame: Frame;
  readonly user: UserView['user'];
  readonly mode: TradingMode;
  /** The leader's own profit since we follow them. */
  readonly shadow: SnapshotView | undefined;
  readonly slices: Readonly<Record<TradingMode, SnapshotView | undefined>>;
  readonly comparison: ComparisonView;
  readonly budget: BudgetView | undefined;
  readonly quality: CopyStats;
  readonly positions: readonly MarkedPositionView[];
  readonly holdings: readonly LeaderPositionView[];
  readonly holdingsCut: boolean;
  readonly fills: readonly FillView[];
  readonly attempts: readonly AttemptView[];
  /** Settings that differ for this leader. */
  readonly overrides: number;
  readonly names: Names;
  readonly form: FormState;
  readonly commandId: string;
}

export function UserPage({ view }: { readonly view: UserDetailView }) {
  const { user, frame, mode } = view;
  const address = user.leaderAddress;
  return (
    <Document title={user.label} frame={frame} path="/users">
      <FormErrors state={view.form} />
      <section class="card">
        <div class="heading">
          <span>
            <code title={address}>{formatAddress(address)}</code> <UserBadges user={user} frame={frame} />
          </span>
          <span>
            Followed since <Time ms={user.followFromMs} />
          </span>
        </div>
        <UserActions user={user} commandId={view.commandId} back={`/users/${address}`} />
        <LeaderEntries user={user} commandId={view.commandId} />
        <p>
          <a href={`https://polymarket.com/profile/${address}`} rel="noreferrer">
            Profile at Polymarket
          </a>{' '}
          · <a href={`/config?mode=${mode}&leader=${address}`}>{settingsText(view.overrides)}</a> ·{' '}
          <a href={`/trades?leader=${address}`}>all trades of this leader</a> ·{' '}
          <a href={`/paper-trades?leader=${address}`}>paper copies</a> ·{' '}
          <a href={`/live-trades?list=orders&leader=${address}`}>live orders</a> ·{' '}
          <a href={`/users/${address}/divergence`}>paper beside live</a>
        </p>
      </section>
      <nav class="ranges modes" aria-label="Which wallet">
        {(['PAPER', 'LIVE'] as const).map((one) => (
          <a href={`/users/${address}?mode=${one}`} aria-current={one === mode ? 'true' : undefined}>
            {MODE_LABELS[one]}
          </a>
        ))}
      </nav>
      <UserLive view={view} />
      <DivergenceLater leaderAddress={address} />
      <TrackingNote />
      <ExportLinks
        name="attempts"
        filters={{ leader: address }}
        mode={mode}
        what="decisions on this leader"
      />
      <ExportLinks
        name="positions"
        filters={{ leader: address }}
        mode={mode}
        what="our positions from this leader"
      />
      <ExportLinks name="statistics" filters={{ leader: address }} mode={mode} what="counts by day" />
      <ExportLinks name="leader-trades" filters={{ leader: address }} what="the leader’s trades" />
      <ExportLinks
        name="snapshots"
        filters={{ leader: address }}
        mode={mode}
        what="our result from this leader"
      />
    </Document>
  );
}

function settingsText(overrides: number): string {
  if (overrides === 0) return 'settings: as for all leaders';
  return overrides === 1 ? 'settings: 1 differs' : `settings: ${overrides} differ`;
}

/** What moves. */
export function UserLive({ view }: { readonly view: UserDetailView }) {
  const { user, mode, names } = view;
  const topic = mode === 'PAPER' ? 'paper' : 'live';
  const label = MODE_LABELS[mode].toLowerCase();
  return (
    <Live id="user" src={`/part/users/${user.leaderAddress}?mode=${mode}`} on={['trades', topic, 'switches']}>
      <section class="card">
        <h2>Results</h2>
        <Results view={view} />
        <Comparison view={view.comparison} />
      </section>
      <section class="card">
        <h2>
          How well this leader is copied on {label}, last {String(QUALITY_DAYS)} days
        </h2>
        <CopyQuality stats={view.quality} />
      </section>
      <div class="columns">
        {view.budget === undefined ? null : <Budget budget={view.budget} />}
        <section class="card">
          <h2>What the leader holds</h2>
          <LeaderHoldings
            holdings={view.holdings}
            cut={view.holdingsCut}
            tradedAtMs={view.fills[0]?.eventAtMs ?? null}
            names={names}
          />
        </section>
      </div>
      <section class="card">
        <h2>Our {label} positions from this leader</h2>
        <PositionsTable positions={view.positions} names={names} withLeader={false} />
      </section>
      <section class="card">
        <h2>Latest {label} decisions</h2>
        <AttemptsTable attempts={view.attempts} names={names} />
      </section>
      <section class="card">
        <h2>Latest trades of the leader</h2>
        <FillsTable fills={view.fills} names={names} />
      </section>
    </Live>
  );
}

function Results({ view }: { readonly view: UserDetailView }) {
  const { shadow, slices } = view;
  const shown = (label: string, pnl: bigint | null, more: string) => (
    <Tile label={label} value={formatUsdChange(pnl)} tone={toneOf(pnl)} more={more} />
  );
  return (
    <dl class="tiles">
      {shown('The leader’s profit since then', shadow?.equityMicros ?? null, exposureAt(shadow))}
      {shown('Paper PnL', slicePnl(slices.PAPER), exposureAt(slices.PAPER))}
      {shown('Live PnL', slicePnl(slices.LIVE), exposureAt(slices.LIVE))}
    </dl>
  );
}

/** The exposure of a slice, and the time of its figures. */
function exposureAt(slice: SnapshotView | undefined): string {
  const exposure = `exposure ${formatUsd(slice?.exposureMicros)}`;
  return slice === undefined ? exposure : `${exposure}, ${formatTime(slice.bucketAtMs)} UTC`;
}

/** A leader trades at a hundred times our size: only parts of what each has invested can be laid over one another (W47). */
function Comparison({ view }: { readonly view: ComparisonView }) {
  const { timesMs, leader, paper, live } = view;
  const gap = (ours: readonly (bigint | null)[]) =>
    leader.map((value, at) => {
      const own = ours[at] ?? null;
      return value === null || own === null ? null : value - own;
    });
  const empty = 'The comparison starts with the second hour.';
  return (
    <>
      <LineChart
        view={{
          id: 'chart-comparison',
          title: 'Return, as part of the most that each has had invested',
          unit: 'percent',
          timesMs,
          series: [
            { label: 'Leader', colour: '--accent-2', values: leader },
            { label: 'Paper', colour: '--accent', values: paper },
            { label: 'Live', colour: '--accent-3', values: live },
          ],
          empty,
        }}
      />
      <LineChart
        view={{
          id: 'chart-gap',
          title: 'Tracking gap: the leader’s return less ours',
          unit: 'percent',
          timesMs,
          series: [
            { label: 'Paper gap', colour: '--accent', values: gap(paper) },
            { label: 'Live gap', colour: '--accent-3', values: gap(live) },
          ],
          empty,
        }}
      />
    </>
  );
}

function Budget({ budget }: { readonly budget: BudgetView }) {
  const { budgetMicros, leaderExposureMicros, ourExposureMicros, rateBps, copied } = budget;
  const left = ourExposureMicros === null ? null : budgetMicros - ourExposureMicros;
  const headroom = left !== null && left < 0n ? 0n : left;
  return (
    <section class="card">
      <h2>Budget</h2>
      <dl class="tiles">
        <Tile label="Budget" value={formatUsd(budgetMicros)} />
        <Tile label="The leader’s exposure" value={formatUsd(leaderExposureMicros)} />
        <Tile
          label="Our exposure from this leader"
          value={formatUsd(ourExposureMicros)}
          more={formatShareOf(ourExposureMicros, budgetMicros)}
        />
        <Tile
          label="Rate in force"
          value={formatPercent(rateBps)}
          more={copied === null ? '' : `${formatRate(copied)} of their buys really copied`}
        />
        <Tile label="Headroom" value={formatUsd(headroom)} />
      </dl>
    </section>
  );
}
