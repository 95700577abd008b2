/** How full the database is, what leaves it when, and the way to take it out before. */
import type { ExportName } from '../../domain/records/exports.ts';
import type { Plan } from '../../domain/settings/plans.ts';
import { Time } from '../frame/time.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import { formatBytes, UNKNOWN } from '../words/format.ts';

type StorageKind = 'facts' | 'minutes' | 'skips' | 'copies' | 'leaderFills';

export interface StorageView {
  readonly plan: Plan;
  /** Null before the clean-up has first run. */
  readonly bytes: number | null;
  readonly planBytes: number;
  readonly shareBpsMax: number;
  /** Of the last week; null on the first day. */
  readonly bytesPerDay: number | null;
  /** The database is so large that rows go before their time. */
  readonly youngRowsGo: boolean;
  /** In the last week. */
  readonly removedRows: number;
  readonly kinds: readonly {
    readonly kind: StorageKind;
    readonly keptDays: number;
    /** Null where there is none. */
    readonly oldestAtMs: number | null;
    readonly goesAtMs: number | null;
  }[];
}

const KIND_LABELS = {
  facts: 'Facts of decisions',
  minutes: 'Portfolio values by the minute',
  skips: 'Skipped copies',
  copies: 'Copies, with orders, fills and ledger',
  leaderFills: 'Leader fills',
} as const satisfies Record<StorageKind, string>;

const EXPORTED: readonly (readonly [ExportName, string])[] = [
  ['leader-trades', 'leader fills'],
  ['attempts', 'copies'],
  ['fills', 'our paper fills'],
  ['ledger', 'the ledger'],
  ['snapshots', 'portfolio values'],
  ['live-orders', 'live orders'],
  ['live-fills', 'live fills'],
  ['removed', 'daily sums of what was removed'],
];

export function Storage({ view, nowMs }: { readonly view: StorageView | undefined; readonly nowMs: number }) {
  return (
    <section class="card" id="storage">
      <h2>What the database keeps</h2>
      {view === undefined ? (
        <p class="empty">Not known while the database is away.</p>
      ) : (
        <>
          <p>{sizeInWords(view)}</p>
          <KindTable view={view} nowMs={nowMs} />
          <p class="muted">
            What an open position still needs stays, however old. Before rows go, they are added up by day.{' '}
            <a href="/config#storage">Change how long rows are kept</a>. Export first what you want to keep:
          </p>
          {EXPORTED.map(([name, what]) => (
            <ExportLinks name={name} what={what} />
          ))}
        </>
      )}
    </section>
  );
}

function sizeInWords(view: StorageView): string {
  const { plan, bytes, planBytes, shareBpsMax, bytesPerDay, removedRows, youngRowsGo } = view;
  if (bytes === null) return 'The size is not known yet: the clean-up notes it every ten minutes.';
  const name = plan === 'FREE' ? 'Free' : 'Paid';
  const share = Math.round((bytes * 1_000) / planBytes) / 10;
  const limit = shareBpsMax / 100;
  const growth =
    bytesPerDay === null
      ? 'Its growth is known tomorrow.'
      : `${bytesPerDay < 0 ? 'It shrank' : 'It grew'} by ${formatBytes(Math.abs(bytesPerDay))} a day in the last week.`;
  const early = youngRowsGo
    ? ' So that it stays there, rows go before the times below, those first that are the oldest for their kind.'
    : '';
  return (
    `${formatBytes(bytes)}, ${share} % of the ${formatBytes(planBytes)} of the ${name} plan; it is kept below ${limit} %. ` +
    `${growth} Rows removed in the last week: ${removedRows}.${early}`
  );
}

function KindTable({ view, nowMs }: { readonly view: StorageView; readonly nowMs: number }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Rows</th>
          <th>The oldest is of</th>
          <th class="number">Kept for (days)</th>
          <th>It goes</th>
        </tr>
      </thead>
      <tbody>
        {view.kinds.map(({ kind, keptDays, oldestAtMs, goesAtMs }) => (
          <tr>
            <td data-label="Rows">{KIND_LABELS[kind]}</td>
            <td data-label="The oldest is of">{oldestAtMs === null ? UNKNOWN : <Time ms={oldestAtMs} />}</td>
            <td data-label="Kept for (days)" class="number">
              {keptDays}
            </td>
            <td data-label="It goes">
              <Goes atMs={goesAtMs} nowMs={nowMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Goes({ atMs, nowMs }: { readonly atMs: number | null; readonly nowMs: number }) {
  if (atMs === null) return <span>{UNKNOWN}</span>;
  return atMs <= nowMs ? <span>now</span> : <Time ms={atMs} />;
}
