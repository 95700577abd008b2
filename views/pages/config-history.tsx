/** Every saved change, newest first: when, who, what it was before and after; and the undo of changes of settings. */

import { CommandId } from '../frame/forms.tsx';
import { Document } from '../frame/layout.tsx';
import type { ChangeView, Frame } from '../models.ts';
import { ChangeItem } from '../settings/changes.tsx';
import { ExportLinks } from '../tables/export-links.tsx';

export interface HistoryItem extends ChangeView {
  readonly commandId: string;
  readonly undo:
    | { readonly kind: 'possible' }
    /** Labels of fields that have been changed again since. */
    | { readonly kind: 'moved'; readonly labels: readonly string[] }
    /** Not a change of settings. */
    | { readonly kind: 'none' };
}

export interface HistoryView {
  readonly frame: Frame;
  readonly changes: readonly HistoryItem[];
  /** The number to go on below. */
  readonly next: number | undefined;
  readonly firstPage: boolean;
  /** Why the last undo was refused. */
  readonly error: string | undefined;
  readonly commandId: string;
}

export function ConfigHistoryPage({ view }: { readonly view: HistoryView }) {
  return (
    <Document title="History of changes" frame={view.frame} path="/config">
      <p>
        <a href="/config">Config</a>
      </p>
      {view.error === undefined ? null : (
        <p class="error card" role="alert">
          {view.error}
        </p>
      )}
      <section class="card">
        <p class="muted">
          Everything that was changed, by whom and when. A change of settings can be undone while its fields
          still are what it made them; the undo is a change of its own. Switches, followed leaders and cash
          are changed back on their own pages.
        </p>
        {view.changes.length === 0 ? (
          <p class="empty">
            {view.firstPage ? 'Nothing has been changed yet.' : 'There are no older changes.'}
          </p>
        ) : (
          <ol class="changes" reversed>
            {view.changes.map((change, index) => (
              <ChangeItem change={change}>
                <Undo change={change} pressId={`${view.commandId}:undo:${String(index)}`} />
              </ChangeItem>
            ))}
          </ol>
        )}
        <p class="paging">
          {view.firstPage ? null : <a href="/config/history">Newest</a>}
          {view.next === undefined ? null : <a href={`/config/history?before=${String(view.next)}`}>Older</a>}
        </p>
      </section>
      <ExportLinks name="audit" what="changes" />
    </Document>
  );
}

function Undo({ change, pressId }: { readonly change: HistoryItem; readonly pressId: string }) {
  const { undo } = change;
  if (undo.kind === 'none') return null;
  if (undo.kind === 'moved')
    return <p class="muted">Cannot be undone: changed again since ({undo.labels.join(', ')}).</p>;
  return (
    <form method="post" action="/config/undo">
      <CommandId id={pressId} />
      <input type="hidden" name="undo" value={change.commandId} />
      <button
        type="submit"
        class="quiet"
        aria-label={`Undo change no. ${String(change.no)}: ${change.sentence}`}
      >
        Undo
      </button>
    </form>
  );
}
