/** The form of one mode's settings, for all leaders or for one: sections with a sentence each, and what differs said beside it. */
import type { TradingMode } from '../../domain/ids.ts';
import { MARKETABLE_NOTIONAL_MIN } from '../../domain/market/market.ts';
import { ORDERS_ENOUGH, type PaperWait } from '../../domain/settings/paper-wait.ts';
import { PRESETS } from '../../domain/settings/presets.ts';
import { defaultSettings, type ModeSettings } from '../../domain/settings/settings.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Time } from '../frame/time.tsx';
import type { FieldMark, StaleView } from '../models.ts';
import { settingInWords } from '../words/change-words.ts';
import { formatRate } from '../words/format.ts';
import {
  type FieldSpec,
  fieldsOf,
  formatSetting,
  GLOBAL_ONLY,
  parseSetting,
  SECTIONS,
  SETTING_FIELDS,
  type Section,
  type SettingField,
} from '../words/settings-fields.ts';
import { UNIT_LABELS } from '../words/units.ts';
import { markInWords, StaleNote } from './changes.tsx';

export interface CopiedView {
  readonly copiedMicros: bigint;
  readonly leaderMicros: bigint;
  readonly sinceMs: number;
}

export interface SettingsFormView {
  readonly mode: TradingMode;
  readonly version: number;
  /** What all leaders have. */
  readonly global: ModeSettings;
  /** Set when the form is about one leader. */
  readonly leader: { readonly address: string; readonly label: string } | undefined;
  /** The texts of the form: what was typed, else what is in force. */
  readonly form: FormState;
  /** What was really copied of what the leaders bought, where it was read; null where they bought nothing. */
  readonly copied?: CopiedView | null | undefined;
  /** How long paper copies wait, where the paper Wallet said so. */
  readonly paperWait?: PaperWait | undefined;
  /** The preset that the form was filled in with. */
  readonly preset?: string | undefined;
  /** Set when the form came too late. */
  readonly stale?: StaleView | undefined;
  readonly commandId: string;
}

const SENTENCES = {
  Sizing: 'How large a copy is, and which trades of a leader are copied at all.',
  Exits:
    'How much of our shares leaves when the leader leaves, and at which price. An exit that cannot be sold now is owed: it is tried again until it is sold.',
  'Budgeted sizing':
    'In place of a fixed part of each trade, a budget per leader that is spread over all that the leader holds. It is used only when it is allowed here and chosen under Sizing.',
  Guardrails: 'When a copy is made smaller or skipped: its price, the order book, the market, its age.',
  'Risk limits':
    'How much may be at risk, and after which losses nothing more is bought. Sales are never stopped by these.',
  'Small trades': 'Many small trades of a leader can be gathered for a moment and decided on as one.',
  'Paper execution':
    'A paper copy waits as a live order would, and then fills on the order book of that moment, within the same price bound.',
  'Live execution': 'How live orders are made, and how long the Wallet waits for their outcome.',
} as const satisfies Record<Section, string>;

const anchor = (section: Section): string => `section-${section.toLowerCase().replaceAll(' ', '-')}`;

export function SettingsForm({ view }: { readonly view: SettingsFormView }) {
  const { leader, form } = view;
  const fields = fieldsOf(view.mode).filter((field) => leader === undefined || !GLOBAL_ONLY.includes(field));
  const sections = SECTIONS.filter((section) =>
    fields.some((field) => SETTING_FIELDS[field].section === section),
  );
  return (
    <form method="post" action="/config/settings" class="card" id="settings">
      <h2>
        {leader === undefined
          ? `${view.mode === 'PAPER' ? 'Paper' : 'Live'} settings for all leaders`
          : `What differs for ${leader.label}`}
      </h2>
      {leader === undefined ? null : (
        <p class="muted">
          A blank field has the value of all leaders, which is shown in grey. Clear a field to go back to it.
        </p>
      )}
      {leader === undefined ? <Presets view={view} /> : null}
      {view.stale === undefined ? <FormErrors state={form} /> : <StaleNote stale={view.stale} />}
      <CommandId id={`${view.commandId}:settings`} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="leaderAddress" value={leader?.address ?? ''} />
      <nav class="ranges" aria-label="Sections">
        {sections.map((section) => (
          <a href={`#${anchor(section)}`}>{section}</a>
        ))}
      </nav>
      {sections.map((section) => (
        <fieldset id={anchor(section)}>
          <legend>{section}</legend>
          <p class="muted">{SENTENCES[section]}</p>
          <div class="fields">
            {fields
              .filter((field) => SETTING_FIELDS[field].section === section)
              .map((field) => (
                <SettingControl field={field} view={view} />
              ))}
          </div>
        </fieldset>
      ))}
      <div class="save-bar">
        <button type="submit">Save</button>
        <button type="submit" class="quiet" formaction="/config/preview">
          Try on the last 24 hours
        </button>
      </div>
    </form>
  );
}

/** Links that fill the form in; nothing is saved by them. */
function Presets({ view }: { readonly view: SettingsFormView }) {
  return view.preset === undefined ? (
    <p class="muted">
      Fill in:{' '}
      {Object.entries(PRESETS).map(([name, { label }]) => (
        <a href={`/config?mode=${view.mode}&preset=${name}#settings`}>{label}</a>
      ))}
    </p>
  ) : (
    <p role="status">Filled in with “{view.preset}”. Nothing is saved before you press Save.</p>
  );
}

function SettingControl({ field, view }: { readonly field: SettingField; readonly view: SettingsFormView }) {
  const spec: FieldSpec = SETTING_FIELDS[field];
  const inherited = view.leader === undefined ? undefined : formatSetting(spec, view.global[field]);
  const text = view.form.values[field] ?? '';
  const unit = spec.kind === 'amount' ? { unit: UNIT_LABELS[spec.unit] } : {};
  const mark = view.stale?.marks[field];
  const hint = (
    <>
      {mark === undefined ? null : <MarkNote mark={mark} spec={spec} />}
      <Difference field={field} text={text} view={view} />
      {field === 'copyRateBps' ? <Copied copied={view.copied} /> : null}
      {field === 'paperSubmitMs' ? <WaitInForce wait={view.paperWait} /> : null}
      <Raised field={field} text={text === '' ? (inherited ?? '') : text} />
    </>
  );
  return (
    <Field label={spec.label} error={view.form.errors[field]} hint={hint} {...unit}>
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

/** What the field would be otherwise, where it differs: the default, or for one leader the value of all. */
function Difference(props: {
  readonly field: SettingField;
  readonly text: string;
  readonly view: SettingsFormView;
}) {
  const { field, text, view } = props;
  const spec: FieldSpec = SETTING_FIELDS[field];
  if (view.leader !== undefined) {
    if (text.trim() === '') return null;
    return <small class="differs">Own value; for all: {settingInWords(spec, view.global[field])}</small>;
  }
  const usual = defaultSettings(view.mode)[field];
  const parsed = parseSetting(spec, text);
  const same = parsed.kind === 'value' && JSON.stringify(parsed.value) === JSON.stringify(usual);
  return same ? null : <small>default: {settingInWords(spec, usual)}</small>;
}

/** The rate that was reached, beside the one that is set (A54). */
function Copied({ copied }: { readonly copied: CopiedView | null | undefined }) {
  if (copied === undefined) return null;
  if (copied === null) return <small>copied so far: no buys to copy yet</small>;
  return (
    <small>
      really copied: {formatRate(copied)} of their buys since <Time ms={copied.sinceMs} />
    </small>
  );
}

/** How long paper copies wait now, and where that time comes from (A55). */
function WaitInForce({ wait }: { readonly wait: PaperWait | undefined }) {
  if (wait === undefined) return null;
  return (
    <small>
      in force: {String(wait.ms)} ms, {waitSource(wait)}
    </small>
  );
}

function waitSource({ from, orders }: PaperWait): string {
  const measured = orders === 1 ? '1 live order was' : `${orders} live orders were`;
  if (from === 'SETTING') return 'as set here';
  if (from === 'MEASURED') return `the median from decision to answer of the newest ${orders} live orders`;
  return `the default, since ${measured} answered so far and ${ORDERS_ENOUGH} are needed`;
}

/** Says that a buffer's amount is below what the venue takes, and is raised to it (A57). */
function Raised({ field, text }: { readonly field: SettingField; readonly text: string }) {
  if (field !== 'bufferFlushNotionalMicros' && field !== 'bufferExecNotionalMicrosMin') return null;
  const spec: FieldSpec = SETTING_FIELDS[field];
  const parsed = parseSetting(spec, text);
  const least = Number(MARKETABLE_NOTIONAL_MIN);
  if (parsed.kind !== 'value' || typeof parsed.value !== 'number' || parsed.value >= least) return null;
  return (
    <small>
      Raised to {settingInWords(spec, least)}, and to a market’s smallest order: the venue takes no less.
    </small>
  );
}

/** What somebody else has made of the field since this form was opened. */
function MarkNote({ mark, spec }: { readonly mark: FieldMark; readonly spec: FieldSpec }) {
  const words = (text: string) => {
    if (text.trim() === '') return spec.kind === 'conditions' ? 'none' : 'blank';
    const parsed = parseSetting(spec, text);
    return parsed.kind === 'value' ? settingInWords(spec, parsed.value) : text;
  };
  return <small class="mark">{markInWords(mark, words)}</small>;
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
