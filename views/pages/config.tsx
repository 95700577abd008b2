/** The settings of one mode, Paper or Live, in the units that a person uses: for all leaders, or what differs for one. */
import type { TradingMode } from '../../domain/ids.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../domain/settings/system-settings.ts';
import { CommandId, Field, FormErrors, type FormState } from '../frame/forms.tsx';
import { Document } from '../frame/layout.tsx';
import type { FieldMark, Frame, StaleView } from '../models.ts';
import { markInWords, StaleNote } from '../settings/changes.tsx';
import { ModeDifferences } from '../settings/mode-differences.tsx';
import { SettingsForm, type SettingsFormView } from '../settings/settings-form.tsx';
import { type PreviewView, SettingsPreview } from '../settings/settings-preview.tsx';
import { StorageForm, type StorageFormView } from '../settings/storage-form.tsx';

export interface ConfigView extends SettingsFormView, Pick<StorageFormView, 'storageForm' | 'staleStorage'> {
  readonly frame: Frame;
  readonly leaders: ReadonlyMap<string, string>;
  /** What all leaders have, by mode. */
  readonly settings: Readonly<Record<TradingMode, ModeSettings>>;
  readonly groupForm: FormState;
  /** Set when the form of grouping, or the button that copies from paper, came too late. */
  readonly staleGroups?: StaleView | undefined;
  readonly staleCopy?: StaleView | undefined;
  /** What the typed settings would have done, when that was asked. */
  readonly preview?: PreviewView | undefined;
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
      <p>
        <a href="/config/history">History of changes, and undo</a>
      </p>
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
      {view.preview === undefined ? null : <SettingsPreview view={view.preview} />}
      <SettingsForm view={view} />
      {view.leader === undefined ? (
        <>
          <ModeDifferences view={view} />
          <GroupForm view={view} />
          <StorageForm view={view} />
        </>
      ) : null}
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
      {view.staleCopy === undefined ? null : <StaleNote stale={view.staleCopy} />}
      <p class="muted">
        These are apart from paper’s and start with a lower cap per trade; nothing is copied between them in
        silence. Live trading is switched on the page <a href="/live-trades">Live Trades</a>. Settings are at
        version {String(view.version)}.
      </p>
      <CommandId id={`${view.commandId}:copy`} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <button type="submit" class="quiet">
        Copy sizing, guardrails and small trades from paper
      </button>
    </form>
  );
}

/** How fills become one group: shared by both modes. */
function GroupForm({ view }: { readonly view: ConfigView }) {
  const { values, errors } = view.groupForm;
  const marks = view.staleGroups?.marks ?? {};
  return (
    <form method="post" action="/config/groups" class="card">
      <h2>Grouping of leader fills (paper and live)</h2>
      <p class="muted">
        Fills of one leader, token and side that come close together are copied as one trade. A longer wait
        makes fewer and larger copies, each of them later.
      </p>
      {view.staleGroups === undefined ? (
        <FormErrors state={view.groupForm} />
      ) : (
        <StaleNote stale={view.staleGroups} />
      )}
      <CommandId id={`${view.commandId}:groups`} />
      <input type="hidden" name="mode" value={view.mode} />
      <input type="hidden" name="previousVersion" value={String(view.version)} />
      <div class="fields">
        <Field
          label="A group closes when quiet for"
          unit="ms"
          error={errors.groupQuietMs}
          hint={<GroupHint field="groupQuietMs" text={values.groupQuietMs} mark={marks.groupQuietMs} />}
        >
          <input name="groupQuietMs" inputmode="numeric" value={values.groupQuietMs ?? ''} maxlength={6} />
        </Field>
        <Field
          label="and at the latest after"
          unit="ms"
          error={errors.groupAgeMsMax}
          hint={<GroupHint field="groupAgeMsMax" text={values.groupAgeMsMax} mark={marks.groupAgeMsMax} />}
        >
          <input name="groupAgeMsMax" inputmode="numeric" value={values.groupAgeMsMax ?? ''} maxlength={6} />
        </Field>
      </div>
      <button type="submit">Save</button>
    </form>
  );
}

function GroupHint(props: {
  readonly field: 'groupQuietMs' | 'groupAgeMsMax';
  readonly text: string | undefined;
  readonly mark: FieldMark | undefined;
}) {
  const { text, mark } = props;
  const usual = String(DEFAULT_SYSTEM_SETTINGS[props.field]);
  return (
    <>
      {mark === undefined ? null : <small class="mark">{markInWords(mark, (ms) => `${ms} ms`)}</small>}
      {text === usual ? null : <small>default: {usual} ms</small>}
    </>
  );
}
