/** Paper beside live, or beside SHADOW, for one leader: a row for each copy and what the two differ by (A55). */
import type { Divergence } from '../../domain/records/divergence.ts';
import { Document } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import { averagePrice } from '../live/live-tables.tsx';
import type { DivergenceView, Frame, Names } from '../models.ts';
import { type Column, DealTable, MarketName } from '../tables/deal-table.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import { Paging, type PagingView } from '../tables/filters.tsx';
import { formatCents, formatShares, formatUsdChange, UNKNOWN } from '../words/format.ts';
import { REASON_LABELS } from '../words/labels.ts';

export interface DivergencePageView {
  readonly frame: Frame;
  readonly leaderAddress: string;
  readonly label: string;
  readonly rows: readonly DivergenceView[];
  readonly names: Names;
  readonly paging: PagingView;
}

export function DivergencePage({ view }: { readonly view: DivergencePageView }) {
  const { frame, label, leaderAddress, rows, names, paging } = view;
  return (
    <Document title={`${label}: paper beside live`} frame={frame} path="/users">
      <section class="card">
        <p>
          <a href={`/users/${leaderAddress}`}>{label}</a>. The difference is live less paper: what a BUY
          costs, what a SELL brings, fee included.
        </p>
        {rows.length === 0 ? (
          <p class="empty">No copy here yet.</p>
        ) : (
          <DealTable rows={rows} columns={columnsOf(names)} />
        )}
        <Paging paging={paging} />
      </section>
      <ExportLinks name="divergence" filters={{ leader: leaderAddress }} what="paper beside live" />
    </Document>
  );
}

type Fill = DivergenceView['paper'];

function FillText({ fill }: { readonly fill: Fill }) {
  if (fill === null) return <span class="muted">{UNKNOWN}</span>;
  return (
    <>
      {formatShares(fill.shareMicros)} at {formatCents(averagePrice(fill.notionalMicros, fill.shareMicros))}
    </>
  );
}

const JOINED = {
  KEY: '',
  FILLS: 'joined by the leader’s trades',
  PART: 'part of a gathered copy',
  NONE: 'not copied by the other',
} as const satisfies Record<DivergenceView['joined'], string>;

function part(heading: string, of: (parts: Divergence) => bigint): Column<DivergenceView> {
  return {
    heading,
    isNumber: true,
    cell: ({ parts }) => (parts === null ? UNKNOWN : formatUsdChange(of(parts))),
  };
}

function columnsOf(names: Names): readonly Column<DivergenceView>[] {
  return [
    { heading: 'Decided', cell: (row) => <Time ms={row.decidedAtMs} /> },
    {
      heading: 'Market',
      cell: (row) => <MarketName names={names} tokenId={row.tokenId} conditionId={row.conditionId} />,
    },
    { heading: 'Side', cell: ({ side }) => side, className: ({ side }) => side.toLowerCase() },
    {
      heading: 'Against',
      cell: (row) => (
        <>
          {row.against} {JOINED[row.joined]}{' '}
          {row.reasons.map((reason) => (
            <span class="chip" title={reason}>
              {REASON_LABELS[reason]}
            </span>
          ))}
        </>
      ),
    },
    { heading: 'Leader price', isNumber: true, cell: (row) => formatCents(row.leaderPriceMicros) },
    { heading: 'Bound', isNumber: true, cell: (row) => formatCents(row.limitPriceMicros) },
    { heading: 'Paper', cell: (row) => <FillText fill={row.paper} /> },
    { heading: 'Predicted', cell: (row) => <FillText fill={row.predicted} /> },
    { heading: 'Real', cell: (row) => <FillText fill={row.real} /> },
    part('Difference', (parts) => parts.wholeMicros),
    part('Delay', (parts) => parts.delayMicros),
    part('Spread', (parts) => parts.spreadMicros),
    part('Fee', (parts) => parts.feeMicros),
    part('Rounding', (parts) => parts.roundingMicros),
    part('Minimum', (parts) => parts.minimumMicros),
    part('Cap', (parts) => parts.capMicros),
  ];
}
