/**
 * What a change of settings would have done to the last 24 hours: its progress, the sums so far, the result. While it is
 * not done it asks for its next part by itself; without a script a button does.
 */

import type { PreviewSums } from '../../domain/explain/preview.ts';
import type { TradingMode } from '../../domain/ids.ts';
import { CommandId } from '../frame/forms.tsx';
import { Time } from '../frame/time.tsx';
import type { ChangeView, Names } from '../models.ts';
import { FieldChanges } from './changes.tsx';
import { Sums } from './preview-sums.tsx';

export interface PreviewView {
  readonly mode: TradingMode;
  /** Whose attempts; undefined for all leaders. */
  readonly leaderLabel: string | undefined;
  /** Where the form without anything typed is. */
  readonly cancelHref: string;
  /** What is tried, against what is saved. */
  readonly fields: ChangeView['fields'];
  /** Labels of those that no decision looks at. */
  readonly notReplayed: readonly string[];
  readonly done: boolean;
  readonly startedAtMs: number;
  readonly lookedBackToMs: number;
  /** 0 to 100, by the time looked back. */
  readonly percent: number;
  readonly sums: PreviewSums;
  readonly names: Names;
  /** The form as it was typed, to be sent again; hostile text. */
  readonly form: Readonly<Record<string, string>>;
  /** How far the run has come. */
  readonly state: Readonly<Record<string, string>>;
  readonly commandId: string;
  /** Why the last part failed, or why the run cannot go on. */
  readonly error?: string | undefined;
}

export function SettingsPreview({ view }: { readonly view: PreviewView }) {
  return (
    <section class="card" id="preview" aria-labelledby="preview-title">
      <h2 id="preview-title">
        {view.done ? 'Tried' : 'Trying'} on the last 24 hours{' '}
        {view.leaderLabel === undefined ? '' : `of ${view.leaderLabel}`} (
        {view.mode === 'PAPER' ? 'paper' : 'live'}
        ): nothing is saved
      </h2>
      <Tried view={view} />
      {view.error === undefined ? null : (
        <p class="error" role="alert">
          {view.error}
        </p>
      )}
      {view.done ? null : <Progress view={view} />}
      <Sums sums={view.sums} done={view.done} mode={view.mode} names={view.names} />
      {view.done ? <SaveTried view={view} /> : null}
      <Notes />
    </section>
  );
}

function Tried({ view }: { readonly view: PreviewView }) {
  if (view.fields.length === 0)
    return <p>These settings are the ones that are saved: what differs below is due to earlier changes.</p>;
  return (
    <>
      <FieldChanges fields={view.fields} />
      {view.notReplayed.length === 0 ? null : (
        <p class="note">
          No decision looks at these, so they show no effect here: {view.notReplayed.join(', ')}.
        </p>
      )}
    </>
  );
}

/** The form that goes on. After a failure it waits for the button, so that a broken database is not queried again and again. */
function Progress({ view }: { readonly view: PreviewView }) {
  const self = view.error === undefined ? { 'hx-trigger': 'load' } : { 'hx-trigger': 'submit' };
  return (
    <form
      method="post"
      action="/config/preview"
      hx-post="/config/preview"
      hx-target="#preview"
      hx-swap="outerHTML"
      {...self}
    >
      <Hidden fields={view.form} />
      <Hidden fields={view.state} />
      <label class="field">
        <span class="label">
          Decisions looked at so far, back to <Time ms={view.lookedBackToMs} />
        </span>
        <progress max={100} value={view.percent}>
          {`${view.percent} %`}
        </progress>
      </label>
      <p class="actions">
        <button type="submit" class="quiet">
          Go on
        </button>
        <a href={view.cancelHref}>Cancel</a>
      </p>
    </form>
  );
}

function Hidden({ fields }: { readonly fields: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

function SaveTried({ view }: { readonly view: PreviewView }) {
  return (
    <form method="post" action="/config/settings">
      <Hidden fields={view.form} />
      <CommandId id={`${view.commandId}:tried`} />
      <p class="actions">
        <button type="submit">Save these settings</button>
        <a href="#settings">Go on editing</a>
        <a href={view.cancelHref}>Cancel</a>
      </p>
    </form>
  );
}

/** What such a comparison cannot know. */
function Notes() {
  return (
    <details>
      <summary>What this cannot show</summary>
      <ul>
        <li>
          Cash, exposure and holdings are those of each moment then: a copy more or less has no effect on the
          ones after it.
        </li>
        <li>
          The stored order book has the best levels that the decision then could look at, at most 20 a side.
          Looser limits may have found more; and a stricter age of the book would have asked for a fresh one.
        </li>
        <li>
          Grouping, gathering of small trades, carrying and the making of orders are not run again. Trades
          that were gathered or carried keep the size that they had.
        </li>
        <li>A live copy that the last check or the venue stopped counts as what was decided before that.</li>
      </ul>
    </details>
  );
}
