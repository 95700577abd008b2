/** Status: whether live is ready, what every object reports about itself, input that was refused, and who changed what. */
import { Document, type HeaderFrame, Live } from '../frame/layout.tsx';
import { Time } from '../frame/time.tsx';
import { CheckItems, type LiveCheckView } from '../live/live-check.tsx';
import type { AuditView, QuarantineView } from '../models.ts';
import { Limits, type LimitView } from '../status/limits.tsx';
import { ObjectSection } from '../status/object-status.tsx';
import { type ObjectsView, partsOf } from '../status/objects.ts';
import { type DatabaseView, Feeds, Overview } from '../status/overview.tsx';
import { Storage, type StorageView } from '../status/storage.tsx';
import { ExportLinks } from '../tables/export-links.tsx';
import { UNKNOWN } from '../words/format.ts';

export interface StatusView {
  /** As the Wallets themselves say where D1 does not answer. */
  readonly frame: HeaderFrame;
  readonly objects: ObjectsView;
  readonly database: DatabaseView;
  readonly nowMs: number;
  /** Undefined where D1 does not answer. */
  readonly quarantine: readonly QuarantineView[] | undefined;
  readonly audit: readonly AuditView[] | undefined;
  readonly kept: { readonly storage: StorageView; readonly limits: readonly LimitView[] } | undefined;
  /** What the check found when it was just run. */
  readonly checks: LiveCheckView;
}

export function StatusPage({ view }: { readonly view: StatusView }) {
  return (
    <Document title="Status" frame={view.frame} path="/status">
      <StatusLive view={view} />
      <LiveCheck checks={view.checks} />
      <Storage view={view.kept?.storage} nowMs={view.nowMs} />
      {view.kept === undefined ? null : <Limits plan={view.kept.storage.plan} limits={view.kept.limits} />}
      <section class="card">
        <h2>Input that was refused</h2>
        {view.quarantine === undefined ? <p class="empty">Not known while the database is away.</p> : null}
        {view.quarantine?.length === 0 ? <p class="empty">None.</p> : null}
        {view.quarantine?.map((row) => (
          <details>
            <summary>
              <Time ms={row.seenAtMs} />, {row.source}: {row.reason}
            </summary>
            <pre>{row.excerpt}</pre>
          </details>
        ))}
      </section>
      <ExportLinks name="quarantine" what="refused input" />
      <section class="card">
        <h2>Changes by the operator</h2>
        {view.audit === undefined ? <p class="empty">Not known while the database is away.</p> : null}
        {view.audit?.length === 0 ? <p class="empty">None.</p> : null}
        {view.audit === undefined || view.audit.length === 0 ? null : <AuditTable audit={view.audit} />}
        <ExportLinks name="audit" what="changes" />
      </section>
    </Document>
  );
}

/** Is live trading ready? The check places nothing. */
function LiveCheck({ checks }: { readonly checks: StatusView['checks'] }) {
  return (
    <form method="post" action="/status/live-check" class="card">
      <h2>Is live trading ready?</h2>
      <CheckItems checks={checks} />
      <button type="submit" class="quiet">
        Run the check (places nothing)
      </button>
    </form>
  );
}

export type StatusLiveView = Pick<StatusView, 'objects' | 'database' | 'nowMs'>;

/** What moves. Polled, since it must move also when nothing else does. */
export function StatusLive({ view }: { readonly view: StatusLiveView }) {
  return (
    <Live id="status" src="/part/status" on={[]} everySeconds={10}>
      <Overview view={view} />
      <Feeds objects={view.objects} nowMs={view.nowMs} />
      {partsOf(view.objects).map((part) => (
        <ObjectSection part={part} />
      ))}
    </Live>
  );
}

function AuditTable({ audit }: { readonly audit: readonly AuditView[] }) {
  return (
    <table class="wordy">
      <thead>
        <tr>
          <th>Time</th>
          <th>Who</th>
          <th>Action</th>
          <th>Subject</th>
          <th>Field</th>
          <th>Before</th>
          <th>After</th>
        </tr>
      </thead>
      <tbody>
        {audit.map((entry) => (
          <tr>
            <td data-label="Time">
              <Time ms={entry.atMs} />
            </td>
            <td data-label="Who">{entry.actor}</td>
            <td data-label="Action">{entry.action}</td>
            <td data-label="Subject">{entry.subject === '' ? UNKNOWN : entry.subject}</td>
            <td data-label="Field">{entry.field}</td>
            <td data-label="Before">{entry.oldValue}</td>
            <td data-label="After">{entry.newValue}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
