/** The form of what D1 keeps: by age, and by the size of the plan. */
import { DEFAULT_SYSTEM_SETTINGS } from '../../domain/settings/system-settings.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import type { FieldMark, StaleView } from '../models.ts';
import { type FieldKind, formatSetting } from '../words/settings-fields.ts';
import { STORAGE_FIELD_NAMES, STORAGE_FIELDS, type StorageField } from '../words/storage-fields.ts';
import { UNIT_LABELS } from '../words/units.ts';
import { markInWords, StaleNote } from './changes.tsx';

export interface StorageFormView {
  readonly mode: string;
  readonly version: number;
  readonly commandId: string;
  readonly storageForm: FormState;
  /** Set when the form came too late. */
  readonly staleStorage?: StaleView | undefined;
}

export function StorageForm({ view }: { readonly view: StorageFormView }) {
  const { storageForm, staleStorage } = view;
  return (
    <form method="post" action="/config/storage" class="card" id="storage">
      <h2>What the database keeps, and the plan (paper and live)</h2>
      <p class="muted">
        Older rows are added up by day and removed; the youngest 14 days, what an open position still needs,
        and the log of changes always stay. While the database is too large, everything is kept for a shorter
        time in proportion. Export first what you want to keep: the links are on the page{' '}
        <a href="/status#storage">Status</a>.
      </p>
      {staleStorage === undefined ? <FormErrors state={storageForm} /> : <StaleNote stale={staleStorage} />}
      <CommandId id={`${view.commandId}:storage`} />
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <div class="fields">
        {STORAGE_FIELD_NAMES.map((field) => (
          <StorageControl field={field} form={storageForm} mark={staleStorage?.marks[field]} />
        ))}
      </div>
      <button type="submit">Save</button>
    </form>
  );
}

function StorageControl(props: {
  readonly field: StorageField;
  readonly form: FormState;
  readonly mark: FieldMark | undefined;
}) {
  const { field, form, mark } = props;
  const { label, ...kind }: FieldKind & { readonly label: string } = STORAGE_FIELDS[field];
  const text = form.values[field] ?? '';
  const unit = kind.kind === 'amount' ? UNIT_LABELS[kind.unit] : '';
  const usual = formatSetting(kind, DEFAULT_SYSTEM_SETTINGS[field]);
  const words = wordsOf(kind);
  const shown = (value: string) => words?.[value] ?? `${value} ${unit}`.trim();
  const hint = (
    <>
      {mark === undefined ? null : <small class="mark">{markInWords(mark, shown)}</small>}
      {text === usual ? null : <small>default: {shown(usual)}</small>}
    </>
  );
  return (
    <Field label={label} error={form.errors[field]} hint={hint} {...(unit === '' ? {} : { unit })}>
      {words === undefined ? (
        <input name={field} inputmode="decimal" value={text} maxlength={8} />
      ) : (
        <select name={field}>
          {Object.entries(words).map(([value, word]) => (
            <option value={value} selected={value === text}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The words to choose from; undefined for an amount. */
function wordsOf(kind: FieldKind): Readonly<Record<string, string>> | undefined {
  if (kind.kind === 'switch') return { on: 'on', off: 'off' };
  return kind.kind === 'choice' ? kind.words : undefined;
}
