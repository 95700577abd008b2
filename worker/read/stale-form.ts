/**
 * The second of two tabs: what it typed laid over what the first one saved. A field that this tab did not touch takes the
 * new value, one that both changed keeps what was typed; each is marked, so that saving on top overwrites nothing unseen.
 */
import type { Control } from '../../domain/settings/control.ts';
import { listChangesSince, readControlVersions } from '../../ledger/read/audit.ts';
import type { FieldMark, StaleView } from '../../views/models.ts';
import type { Env } from '../env.ts';
import type { Texts } from '../form-data.ts';
import { changeViews } from './change-views.ts';

export interface StaleForm {
  readonly texts: Texts;
  readonly previousVersion: number;
  /** The texts of a form before anything is typed. */
  readonly textsOf: (control: Control) => Texts;
  readonly fields: readonly string[];
  /** Whether two texts of a field mean the same. */
  readonly same: (field: string, left: string, right: string) => boolean;
}

/** The form to come back with, and what to say of it. */
export async function staleForm(
  env: Env,
  control: Control,
  form: StaleForm,
): Promise<{ readonly values: Texts; readonly stale: StaleView }> {
  const base = (await readControlVersions(env.DB, [form.previousVersion])).get(form.previousVersion);
  const newest = form.textsOf(control);
  if (base === undefined) {
    const { values, marks } = mergeTexts(form, undefined, newest);
    return { values, stale: { baseKnown: false, changes: [], more: false, marks } };
  }
  const since = await listChangesSince(env.DB, form.previousVersion);
  const { values, marks } = mergeTexts(form, form.textsOf(base), newest);
  const changes = changeViews(control, since.changes);
  return { values, stale: { baseKnown: true, changes, more: since.more, marks } };
}

/**
 * The texts of the form and a mark for each field that another command has changed. Without the form's own version (`base`)
 * nothing is known of who changed what: all that was typed stays, and whatever differs from the saved value is marked.
 */
export function mergeTexts(
  { texts, fields, same }: Pick<StaleForm, 'texts' | 'fields' | 'same'>,
  base: Texts | undefined,
  newest: Texts,
): { readonly values: Texts; readonly marks: Readonly<Record<string, FieldMark>> } {
  const values: Record<string, string> = { ...texts };
  const marks: Record<string, FieldMark> = {};
  for (const field of fields) {
    const typed = texts[field] ?? '';
    const now = newest[field] ?? '';
    const was = base === undefined ? undefined : (base[field] ?? '');
    if (same(field, typed, now) || (was !== undefined && same(field, was, now))) continue;
    if (was !== undefined && same(field, typed, was)) {
      values[field] = now;
      marks[field] = { kind: 'theirs', was, now };
    } else {
      marks[field] = { kind: 'both', was, now };
    }
  }
  return { values, marks };
}
