/** The settings of one mode, Paper or Live, in the units that a person uses: for all leaders, or what differs for one. */
import type { TradingMode } from '../../domain/ids.ts';
import type { ModeSettings } from '../../domain/settings.ts';
import { CommandId, Field, FormErrors, type FormState } from '../forms.tsx';
import { Document } from '../layout.tsx';
import type { Frame } from '../models.ts';
import {
  type FieldSpec,
  fieldsOf,
  formatSetting,
  GLOBAL_ONLY,
  SECTIONS,
  SETTING_FIELDS,
  type SettingField,
  UNIT_LABELS,
} from '../settings-fields.ts';

export interface ConfigView {
  readonly frame: Frame;
  readonly mode: TradingMode;
  readonly version: number;
  /** What all leaders have. */
  readonly global: ModeSettings;
  /** Set when the page is about one leader. */
  readonly leader: { readonly address: string; readonly label: string } | undefined;
  readonly leaders: ReadonlyMap<string, string>;
  /** The texts of the form: what was typed, else what is in force. */
  readonly form: FormState;
  readonly groupForm: FormState;
  readonly commandId: string;
}

const MODES = [
  ['PAPER', 'Paper'],
  ['LIVE', 'Live'],
] as const satisfies readonly (readonly [TradingMode, string])[];

/** The address of these settings: of one mode, for all leaders or for one. */
export function configAddress(mode: TradingMode, leader = ''): string {
  return `/config?mode=${mode}${leader === '' ? '' : `&leader=${encodeURIComponent(leader)}`}`;
}

export function ConfigPage({ view }: { readonly view: ConfigView }) {
  const leader = view.leader?.address ?? '';
  return (
    <Document title="Config" frame={view.frame} path="/config">
      <nav class="ranges modes" aria-label="Which mode">
        {MODES.map(([mode, label]) => (
          <a href={configAddress(mode, leader)} aria-current={mode === view.mode ? 'true' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {view.mode === 'PAPER' ? <PaperSwitch view={view} /> : <LiveNote view={view} />}
      <nav class="ranges" aria-label="Whose settings">
        <a href={configAddress(view.mode)} aria-current={leader === '' ? 'true' : undefined}>
          All leaders
        </a>
        {[...view.leaders].map(([address, label]) => (
          <a href={configAddress(view.mode, address)} aria-current={leader === address ? 'true' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <SettingsForm view={view} />
      {view.leader === undefined ? <GroupForm view={view} /> : null}
    </Document>
  );
}

function PaperSwitch({ view }: { readonly view: ConfigView }) {
  const state = view.frame.paperTrading;
  const on = state === 'ON';
  return (
    <form method="post" action="/config/trading" class="card">
      <h2>Paper trading is {state}</h2>
      <p class="muted">
        Off stops every paper copy, exits included. It does not touch live trading. Settings are at version{' '}
        {String(view.version)}.
      </p>
      <CommandId id={`${view.commandId}:trading`} />
      <button type="submit" name="state" value={on ? 'OFF' : 'ON'} class={on ? 'danger' : ''}>
        Switch paper trading {on ? 'off' : 'on'}
      </button>
    </form>
  );
}

function LiveNote({ view }: { readonly view: ConfigView }) {
  return (
    <form method="post" action="/config/copy-from-paper" class="card">
      <h2>Live settings</h2>
      <p class="muted">
        These are apart from paper’s and start stricter; nothing is copied between them in silence. Live
        trading is switched on the page <a href="/live-trades">Live Trades</a>. Settings are at version{' '}
        {String(view.version)}.
      </p>
      <CommandId id={`${view.commandId}:copy`} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <button type="submit" class="quiet">
        Copy sizing, guardrails and small trades from paper
      </button>
    </form>
  );
}

function SettingsForm({ view }: { readonly view: ConfigView }) {
  const { leader, form } = view;
  const fields = fieldsOf(view.mode).filter((field) => leader === undefined || !GLOBAL_ONLY.includes(field));
  return (
    <form method="post" action="/config/settings" class="card">
      <h2>
        {leader === undefined
          ? `${view.mode === 'PAPER' ? 'Paper' : 'Live'} settings for all leaders`
          : `What differs for ${leader.label}`}
      </h2>
      {leader === undefined ? null : (
        <p class="muted">A blank field has the value of all leaders, which is shown in grey.</p>
      )}
      <FormErrors state={form} />
      <CommandId id={`${view.commandId}:settings`} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="leaderAddress" value={leader?.address ?? ''} />
      {SECTIONS.filter((section) => fields.some((field) => SETTING_FIELDS[field].section === section)).map(
        (section) => (
          <fieldset>
            <legend>{section}</legend>
            <div class="fields">
              {fields
                .filter((field) => SETTING_FIELDS[field].section === section)
                .map((field) => (
                  <SettingControl field={field} view={view} />
                ))}
            </div>
          </fieldset>
        ),
      )}
      <button type="submit">Save</button>
    </form>
  );
}

function SettingControl({ field, view }: { readonly field: SettingField; readonly view: ConfigView }) {
  const spec: FieldSpec = SETTING_FIELDS[field];
  const inherited = view.leader === undefined ? undefined : formatSetting(spec, view.global[field]);
  const text = view.form.values[field] ?? '';
  const unit = spec.kind === 'amount' ? { unit: UNIT_LABELS[spec.unit] } : {};
  return (
    <Field label={spec.label} error={view.form.errors[field]} {...unit}>
      {spec.kind === 'amount' ? (
        <input name={field} value={text} inputmode="decimal" placeholder={inherited ?? ''} maxlength={24} />
      ) : spec.kind === 'conditions' ? (
        <textarea name={field} rows={2} placeholder={inherited === '' ? 'none' : (inherited ?? 'none')}>
          {text}
        </textarea>
      ) : (
        <Choice field={field} text={text} inherited={inherited} words={wordsOf(spec)} />
      )}
    </Field>
  );
}

function wordsOf(spec: FieldSpec): Readonly<Record<string, string>> {
  return spec.kind === 'choice' ? spec.words : { on: 'Yes', off: 'No' };
}

function Choice(props: {
  readonly field: string;
  readonly text: string;
  readonly inherited: string | undefined;
  readonly words: Readonly<Record<string, string>>;
}) {
  const { field, text, inherited, words } = props;
  return (
    <select name={field}>
      {inherited === undefined ? null : (
        <option value="" selected={text === ''}>
          {`As for all (${words[inherited] ?? inherited})`}
        </option>
      )}
      {Object.entries(words).map(([word, label]) => (
        <option value={word} selected={word === text}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** How fills become one group: shared by both modes. */
function GroupForm({ view }: { readonly view: ConfigView }) {
  const { values, errors } = view.groupForm;
  return (
    <form method="post" action="/config/groups" class="card">
      <h2>Grouping of leader fills (paper and live)</h2>
      <FormErrors state={view.groupForm} />
      <CommandId id={`${view.commandId}:groups`} />
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <div class="fields">
        <Field label="A group closes when quiet for" unit="ms" error={errors.groupQuietMs}>
          <input name="groupQuietMs" inputmode="numeric" value={values.groupQuietMs ?? ''} maxlength={6} />
        </Field>
        <Field label="and at the latest after" unit="ms" error={errors.groupAgeMsMax}>
          <input name="groupAgeMsMax" inputmode="numeric" value={values.groupAgeMsMax ?? ''} maxlength={6} />
        </Field>
      </div>
      <button type="submit">Save</button>
    </form>
  );
}
