/** Paper beside live, or beside SHADOW, for one leader: a row for each copy and what the two differ by (A55). */
import { type Divergence, summedDivergence } from '../../domain/records/divergence.ts';
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

const PANEL_HEADINGS = ['Decided', 'Market', 'Side', 'Against', 'Difference', 'Of it'];
/** Copies that the panel lists; it adds up all that it is given. */
const PANEL_ROWS = 5;

export type DivergencePanelView = Pick<DivergencePageView, 'leaderAddress' | 'rows' | 'names' | 'paging'>;

/** For the leader's page, looked for in a request of its own: it reads several hundred rows. */
export function DivergenceLater({ leaderAddress }: { readonly leaderAddress: string }) {
  return (
    <div hx-get={`/part/users/${leaderAddress}/divergence`} hx-trigger="load" hx-swap="outerHTML">
      <p class="note">
        <a href={`/users/${leaderAddress}/divergence`}>Paper beside live</a>
      </p>
    </div>
  );
}

/** The newest copies of one leader with what live differs by from paper, and that of all of them together. */
export function DivergencePanel({ view }: { readonly view: DivergencePanelView }) {
  const { leaderAddress, rows, names, paging } = view;
  const copies = rows.length === 1 ? 'newest copy' : `newest ${rows.length} copies`;
  const compared = rows.flatMap(({ parts }) => parts ?? []);
  const all = summedDivergence(compared);
  return (
    <section class="card" id="divergence">
      <h2>Paper beside live</h2>
      {rows.length === 0 ? (
        <p class="empty">
          {paging.next === undefined ? 'No copy here yet.' : 'No copy among the newest decisions.'}
        </p>
      ) : (
        <>
          {compared.length === 0 ? (
            <p>{`Of the ${copies} none can be compared: one of the two did not make it, or paper waits.`}</p>
          ) : (
            <p>
              {`Of the ${copies} ${compared.length} can be compared. Live, or SHADOW where it was not ON, less paper is `}
              <strong>{formatUsdChange(all.wholeMicros)}</strong>
              {` in all: ${partsOf(all).join(', ') || 'in no part of it'}.`}
            </p>
          )}
          <DealTable
            rows={rows.slice(0, PANEL_ROWS)}
            columns={columnsOf(names).filter(({ heading }) => PANEL_HEADINGS.includes(heading))}
          />
        </>
      )}
      <p>
        <a href={`/users/${leaderAddress}/divergence`}>All copies, with the fills of both</a>
      </p>
    </section>
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
  NONE: 'no copy of the other found',
} as const satisfies Record<DivergenceView['joined'], string>;

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
          {row.against === 'NONE' ? '' : row.against} {JOINED[row.joined]}{' '}
          {row.reasons.map((reason) => (
            <span class="chip" title={reason}>
              {REASON_LABELS[reason]}
            </span>
          ))}
        </>
      ),
    },
    {
      heading: 'Leader price, bound',
      isNumber: true,
      cell: (row) => `${formatCents(row.leaderPriceMicros)}, ${formatCents(row.limitPriceMicros)}`,
    },
    { heading: 'Paper', cell: (row) => <FillText fill={row.paper} /> },
    { heading: 'Predicted', cell: (row) => <FillText fill={row.predicted} /> },
    { heading: 'Real', cell: (row) => <FillText fill={row.real} /> },
    {
      heading: 'Difference',
      isNumber: true,
      cell: ({ parts }) => (parts === null ? UNKNOWN : formatUsdChange(parts.wholeMicros)),
    },
    { heading: 'Of it', cell: ({ parts }) => <Parts parts={parts} /> },
  ];
}

const PARTS = {
  delay: 'delayMicros',
  spread: 'spreadMicros',
  fee: 'feeMicros',
  rounding: 'roundingMicros',
  minimum: 'minimumMicros',
  cap: 'capMicros',
} as const satisfies Record<string, keyof Divergence>;

function partsOf(parts: Divergence): readonly string[] {
  const some = Object.entries(PARTS).filter(([, key]) => parts[key] !== 0n);
  return some.map(([name, key]) => `${name} ${formatUsdChange(parts[key])}`);
}

/** The parts of the difference that are not zero, a line each: as columns they are wider than a screen. */
function Parts({ parts }: { readonly parts: Divergence | null }) {
  if (parts === null) return UNKNOWN;
  const some = partsOf(parts);
  if (some.length === 0) return 'nothing';
  return (
    <>
      {some.map((part) => (
        <div class="small">{part}</div>
      ))}
    </>
  );
}
