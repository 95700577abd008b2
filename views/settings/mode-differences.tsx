/** Every setting that differs between the modes, with one button each way (A54). */
import type { TradingMode } from '../../domain/ids.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import { CommandId } from '../frame/forms.tsx';
import { settingInWords } from '../words/change-words.ts';
import {
  type FieldSpec,
  SETTING_FIELDS,
  type SettingField,
  SHARED_FIELDS,
} from '../words/settings-fields.ts';

export interface ModeDifferencesView {
  /** The page that the buttons come back to. */
  readonly mode: TradingMode;
  readonly version: number;
  /** What all leaders have, by mode. */
  readonly settings: Readonly<Record<TradingMode, ModeSettings>>;
  readonly commandId: string;
}

export function ModeDifferences({ view }: { readonly view: ModeDifferencesView }) {
  const { PAPER, LIVE } = view.settings;
  // Each mode has an execution of its own, which cannot differ from the other's.
  const fields = SHARED_FIELDS.filter(
    (field) => JSON.stringify(PAPER[field]) !== JSON.stringify(LIVE[field]),
  );
  return (
    <section class="card" id="differences">
      <h2>Where paper and live differ</h2>
      {fields.length === 0 ? (
        <p class="muted">Nowhere: paper decides by the same settings as live.</p>
      ) : (
        <>
          <p class="muted">
            Each of these makes paper a worse prediction of live. A button sets one value for all leaders at
            once.
          </p>
          <table>
            <thead>
              <tr>
                <th>Setting</th>
                <th>Paper</th>
                <th>Live</th>
                <th>Make them equal</th>
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => (
                <Row field={field} view={view} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

function Row({ field, view }: { readonly field: SettingField; readonly view: ModeDifferencesView }) {
  const spec: FieldSpec = SETTING_FIELDS[field];
  const { PAPER, LIVE } = view.settings;
  return (
    <tr>
      <td>{spec.label}</td>
      <td>{settingInWords(spec, PAPER[field])}</td>
      <td>{settingInWords(spec, LIVE[field])}</td>
      <td>
        <form method="post" action="/config/copy-setting">
          <CommandId id={`${view.commandId}:${field}`} />
          <input type="hidden" name="previousVersion" value={String(view.version)} />
          <input type="hidden" name="mode" value={view.mode} />
          <input type="hidden" name="field" value={field} />
          <button type="submit" name="to" value="LIVE" class="quiet">
            Live as paper
          </button>{' '}
          <button type="submit" name="to" value="PAPER" class="quiet">
            Paper as live
          </button>
        </form>
      </td>
    </tr>
  );
}
