/** What the page Config shows of the control document: the texts of its forms, and how two texts of a field compare. */

import type { TradingMode } from '../../domain/ids.ts';
import type { Control } from '../../domain/settings/control.ts';
import { PRESETS, type PresetName } from '../../domain/settings/presets.ts';
import type { ModeSettings } from '../../domain/settings/settings.ts';
import type { ConfigView } from '../../views/pages/config.tsx';
import {
  FIELD_NAMES,
  type FieldSpec,
  formatSetting,
  parseSetting,
  SETTING_FIELDS,
  type SettingField,
  type SettingValue,
} from '../../views/words/settings-fields.ts';
import { STORAGE_FIELD_NAMES, STORAGE_FIELDS } from '../../views/words/storage-fields.ts';
import { followed } from '../commands/settings-change.ts';
import type { Texts } from '../form-data.ts';
import type { AppPorts } from '../ports.ts';
import { frameOf, leaderNames } from './page-data.ts';

/** Whose settings the page is about; '' for all leaders. */
export interface Wanted {
  readonly mode: TradingMode;
  readonly leaderAddress: string;
}

export const GROUP_FIELDS = ['groupQuietMs', 'groupAgeMsMax'] as const;

/** The page with nothing typed and nothing wrong. */
export function configView(control: Control, wanted: Wanted, ports: AppPorts): ConfigView {
  const user = followed(control, wanted.leaderAddress);
  return {
    frame: frameOf(control, ports.nowMs()),
    mode: wanted.mode,
    version: control.version,
    global: control.settings[wanted.mode],
    settings: control.settings,
    leader: user === undefined ? undefined : { address: user.leaderAddress, label: user.label },
    leaders: leaderNames(control),
    form: {
      values: settingsTexts(control, { ...wanted, leaderAddress: user?.leaderAddress ?? '' }),
      errors: {},
    },
    groupForm: { values: groupTexts(control), errors: {} },
    storageForm: { values: storageTexts(control), errors: {} },
    commandId: ports.newId(),
  };
}

/** The page with the form filled in by a preset, for the operator to look at and save. */
export function presetView(
  control: Control,
  preset: PresetName,
  wanted: Wanted,
): Pick<ConfigView, 'form' | 'preset'> {
  const { label, settings } = PRESETS[preset];
  const texts = { ...settingsTexts(control, wanted) };
  const values: Readonly<Partial<ModeSettings>> = settings;
  for (const field of FIELD_NAMES) {
    const value = values[field];
    if (value !== undefined) texts[field] = formatSetting(SETTING_FIELDS[field], value);
  }
  return { form: { values: texts, errors: {} }, preset: label };
}

/** The settings form's texts: of all leaders, or what differs for one; nothing for one who is not followed. */
export function settingsTexts(control: Control, { mode, leaderAddress }: Wanted): Texts {
  const user = followed(control, leaderAddress);
  const shown: Readonly<Record<string, unknown>> =
    leaderAddress === '' ? control.settings[mode] : (user?.overrides[mode] ?? {});
  const texts: Record<string, string> = {};
  for (const field of FIELD_NAMES) {
    // The value of this very field, or nothing where the leader inherits.
    const value = shown[field] as SettingValue | undefined;
    if (value !== undefined) texts[field] = textOf(SETTING_FIELDS[field], value, leaderAddress !== '');
  }
  return texts;
}

/** An override's empty list is the word "none": blank means "as for all". */
function textOf(spec: FieldSpec, value: SettingValue, override: boolean): string {
  const text = formatSetting(spec, value);
  return override && text === '' ? 'none' : text;
}

export function groupTexts({ system }: Control): Texts {
  return Object.fromEntries(GROUP_FIELDS.map((field) => [field, String(system[field])]));
}

export function storageTexts({ system }: Control): Texts {
  return Object.fromEntries(
    STORAGE_FIELD_NAMES.map((field) => [field, formatSetting(STORAGE_FIELDS[field], system[field])]),
  );
}

/** Whether two texts of a field are the same value; blank, which inherits, is like nothing else. */
export function sameSetting(field: string, left: string, right: string): boolean {
  if (left.trim() === right.trim()) return true;
  // Only our own names reach an own property of the record.
  const spec = Object.hasOwn(SETTING_FIELDS, field) ? SETTING_FIELDS[field as SettingField] : undefined;
  if (spec === undefined || left.trim() === '' || right.trim() === '') return false;
  const [one, other] = [parseSetting(spec, left), parseSetting(spec, right)];
  return (
    one.kind === 'value' &&
    other.kind === 'value' &&
    JSON.stringify(one.value) === JSON.stringify(other.value)
  );
}
