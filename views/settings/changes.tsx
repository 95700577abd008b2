/** Saved changes as people read them: who, when, and each field with its old and its new value; and the note of a form that came too late. */
import type { Child } from 'hono/jsx';
import { Time } from '../frame/time.tsx';
import type { ChangeView, FieldMark, StaleView } from '../models.ts';

/** One change; `children` is what can be done about it. */
export function ChangeItem({ change, children }: { readonly change: ChangeView; readonly children?: Child }) {
  return (
    <li class="change">
      <p>
        <strong>{change.sentence}</strong>{' '}
        <span class="muted">
          no. {String(change.no)}, <Time ms={change.atMs} />, by {change.actor}
        </span>
      </p>
      <FieldChanges fields={change.fields} />
      {children}
    </li>
  );
}

/** Each field with its old and its new value; nothing where there are none. */
export function FieldChanges({ fields }: Pick<ChangeView, 'fields'>) {
  return fields.length === 0 ? null : (
    <dl class="changed">
      {fields.map((field) => (
        <div>
          <dt>{field.label}</dt>
          <dd>
            <del>{field.before}</del> → <ins>{field.after}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Says that somebody else saved in between, what, and what saving again will do. */
export function StaleNote({ stale }: { readonly stale: StaleView }) {
  return (
    <section class="stale" role="alert">
      <p class="error">
        The settings were changed in the meantime by another tab or person. Nothing of yours was saved yet.
      </p>
      {!stale.baseKnown ? (
        <p>It is not known which version this form was made from, so every field that differs is marked.</p>
      ) : (
        <ul class="changes">
          {stale.changes.map((change) => (
            <ChangeItem change={change} />
          ))}
        </ul>
      )}
      {stale.more ? (
        <p>
          There were more: see the <a href="/config/history">history of changes</a>.
        </p>
      ) : null}
      <p>
        {Object.keys(stale.marks).length === 0
          ? 'No field of yours is touched by that. Press the button again to save on top.'
          : 'What you typed is kept below. Fields that you had not touched show their new values; both kinds are marked. Look at the marks, then save on top.'}
      </p>
    </section>
  );
}

/** What somebody else has made of a field; `words` gives the text of a form in words. */
export function markInWords(mark: FieldMark, words: (text: string) => string): string {
  const was = mark.was === undefined ? '' : ` (before: ${words(mark.was)})`;
  return mark.kind === 'theirs'
    ? `Changed meanwhile: this is the new value${was}.`
    : `Meanwhile saved as ${words(mark.now)}${was}; what you typed stays.`;
}
