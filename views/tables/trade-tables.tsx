/** Tables of leader fills and of copy attempts, used by the Dashboard and by their own pages. */
import type { TradingMode } from '../../domain/ids.ts';
import { copyLagMs } from '../../domain/records/lags.ts';
import { drawerLink } from '../frame/drawer.tsx';
import { Time } from '../frame/time.tsx';
import type { AttemptView, FillView, LeaderFillView, Names } from '../models.ts';
import { formatCents, formatDuration, formatShareOf, formatUsd } from '../words/format.ts';
import {
  CLAMP_LABELS,
  DECISION_LABELS,
  DISPOSITION_LABELS,
  FILL_SOURCE_LABELS,
  REASON_LABELS,
  SOURCE_TYPE_LABELS,
} from '../words/labels.ts';
import { AMOUNT_COLUMNS, type Column, DealTable, whoseColumns } from './deal-table.tsx';

/** Executed, partly executed, pending or skipped, in one word, and why. */
export function AttemptOutcome({ attempt }: { readonly attempt: AttemptView }) {
  const reasons = attempt.reasons.map((reason) => (
    <span class="chip" title={reason}>
      {REASON_LABELS[reason]}
    </span>
  ));
  if (attempt.decision !== 'EXECUTE') {
    return (
      <>
        <span class="badge skip">{DECISION_LABELS[attempt.decision]}</span> {reasons}
      </>
    );
  }
  if (attempt.reasons.includes('LIVE_SHADOW_ONLY')) {
    return (
      <>
        <span class="badge skip">Shadow</span> {formatUsd(attempt.targetNotionalMicros)} would be placed{' '}
        {reasons}
      </>
    );
  }
  if (attempt.reasons.includes('PAPER_PENDING')) {
    return (
      <>
        <span class="badge">Pending</span> {formatUsd(attempt.targetNotionalMicros)}, due{' '}
        <Time ms={attempt.dueAtMs} /> {reasons}
      </>
    );
  }
  const ratio = formatShareOf(attempt.filledShareMicros, attempt.targetShareMicros);
  const word = attempt.filledShareMicros === 0n ? 'Not filled' : 'Copied';
  return (
    <>
      <span class={`badge ${attempt.filledShareMicros === 0n ? 'skip' : 'good'}`}>{word}</span>{' '}
      {formatUsd(attempt.filledNotionalMicros)} at {formatCents(attempt.vwapPriceMicros)} ({ratio} filled){' '}
      {reasons}
    </>
  );
}

/** Where one attempt is shown, as a page and in the drawer. */
export function attemptPath(attempt: {
  readonly mode: TradingMode;
  readonly leaderAddress: string;
  readonly groupKey: string;
}): string {
  const list = attempt.mode === 'LIVE' ? '/live-trades' : '/paper-trades';
  return `${list}/${attempt.leaderAddress}/${attempt.groupKey}`;
}

export function FillsTable({ fills, names }: { readonly fills: readonly FillView[]; readonly names: Names }) {
  if (fills.length === 0) return <p class="empty">No leader trade here yet.</p>;
  const columns: readonly Column<FillView>[] = [
    { heading: 'Time', cell: (fill) => <Time ms={fill.eventAtMs} /> },
    ...whoseColumns(names),
    ...AMOUNT_COLUMNS,
    SEEN_COLUMN,
    {
      heading: 'What became of it',
      label: 'Outcome',
      cell: (fill) => <FillOutcome fill={fill} />,
    },
  ];
  return <DealTable rows={fills} columns={columns} />;
}

/** From which source we learned of a leader's fill, and how long after it. */
export const SEEN_COLUMN: Column<LeaderFillView> = {
  heading: 'Seen',
  cell: (fill) => (
    <>
      {FILL_SOURCE_LABELS[fill.source]}, after {formatDuration(fill.detectedAtMs - fill.eventAtMs)}
    </>
  ),
};

function FillOutcome({ fill }: { readonly fill: FillView }) {
  const { attempt } = fill;
  if (attempt !== undefined) {
    return (
      <a {...drawerLink(attemptPath(attempt))}>
        <AttemptOutcome attempt={attempt} />
      </a>
    );
  }
  return <span class="badge">{DISPOSITION_LABELS[fill.disposition]}</span>;
}

export function AttemptsTable(props: { readonly attempts: readonly AttemptView[]; readonly names: Names }) {
  const { attempts, names } = props;
  if (attempts.length === 0) return <p class="empty">No copy attempt here yet.</p>;
  const columns: readonly Column<AttemptView>[] = [
    {
      heading: 'Decided',
      cell: (attempt) => (
        <a {...drawerLink(attemptPath(attempt))}>
          <Time ms={attempt.decidedAtMs} />
        </a>
      ),
    },
    ...whoseColumns(names),
    {
      heading: 'Decision and reasons',
      label: 'Decision',
      cell: (attempt) => (
        <>
          <AttemptOutcome attempt={attempt} />
          <Clamps attempt={attempt} />
        </>
      ),
    },
    ...SOURCE_COLUMNS,
  ];
  return <DealTable rows={attempts} columns={columns} />;
}

const SOURCE_COLUMNS: readonly Column<AttemptView>[] = [
  {
    heading: 'Source',
    cell: ({ sourceType, fillCount }) => (
      <>
        {SOURCE_TYPE_LABELS[sourceType]}
        {fillCount > 1 ? ` (${fillCount} fills)` : ''}
      </>
    ),
  },
  {
    heading: 'Leader',
    label: 'Leader amount',
    isNumber: true,
    cell: ({ leaderNotionalMicros }) => formatUsd(leaderNotionalMicros),
  },
  { heading: 'Target', isNumber: true, cell: (attempt) => formatUsd(attempt.targetNotionalMicros) },
  { heading: 'Slippage', isNumber: true, cell: (attempt) => formatCents(slippage(attempt)) },
  {
    heading: 'Lag',
    isNumber: true,
    cell: (attempt) => formatDuration(copyLagMs(attempt)),
  },
];

export function Clamps({ attempt }: { readonly attempt: AttemptView }) {
  if (attempt.clamps.length === 0) return null;
  return <small>{attempt.clamps.map((clamp) => CLAMP_LABELS[clamp]).join(', ')}</small>;
}

/** Ours against the leader's price per share, signed against us; unknown without a fill. */
export function slippage(attempt: AttemptView): bigint | null {
  if (attempt.vwapPriceMicros === null || attempt.filledShareMicros === 0n) return null;
  const difference = attempt.vwapPriceMicros - attempt.referencePriceMicros;
  return attempt.side === 'BUY' ? difference : -difference;
}
