/** Saving the settings of one mode: for all leaders, or what differs for one; and how fills are grouped. All or nothing. */
import type { TradingMode } from '../../domain/ids.ts';
import { parseSetting, SHARED_FIELDS } from '../../views/words/settings-fields.ts';
import { STORAGE_FIELD_NAMES, STORAGE_FIELDS } from '../../views/words/storage-fields.ts';
import type { Env } from '../env.ts';
import { type CommandResult, changeControl, type Pressed } from './change-control.ts';
import {
  type FormTexts,
  modeChange,
  type SettingsForm,
  settingsChange,
  systemChange,
} from './settings-change.ts';

interface Press extends Pressed {
  readonly previousVersion: number;
}

export interface SaveSettings extends SettingsForm, Press {}

/** Saves the settings of all leaders, or one leader's override (a blank field inherits). Errors are by field. */
export async function saveSettings(env: Env, request: SaveSettings): Promise<CommandResult> {
  return changeControl(env, { ...request, change: (control) => settingsChange(control, request) });
}

/** Gives LIVE what PAPER has, but for how live orders are made. Leaders' own settings stay as they are (A25). */
export async function copyFromPaper(env: Env, request: Press): Promise<CommandResult> {
  return changeControl(env, {
    ...request,
    change: (control) => {
      const { PAPER, LIVE } = control.settings;
      const shared = Object.fromEntries(SHARED_FIELDS.map((field) => [field, PAPER[field]]));
      return modeChange(control, { action: 'copyFromPaper', mode: 'LIVE', settings: { ...LIVE, ...shared } });
    },
  });
}

/** Gives a mode the other mode's value of one setting, for all leaders (A54). */
export async function copySetting(
  env: Env,
  { field, to, ...press }: Press & { readonly field: string; readonly to: TradingMode },
): Promise<CommandResult> {
  // Each mode has an execution of its own.
  const shared = SHARED_FIELDS.find((one) => one === field);
  if (shared === undefined)
    return { kind: 'invalid', errors: { form: 'paper and live do not share this setting' } };
  return changeControl(env, {
    ...press,
    change: (control) => {
      const from = control.settings[to === 'LIVE' ? 'PAPER' : 'LIVE'];
      const settings = { ...control.settings[to], [shared]: from[shared] };
      return modeChange(control, { action: 'saveSettings', mode: to, settings });
    },
  });
}

/** Saves how fills become a group. Whole milliseconds; shared by both modes. */
export async function saveGrouping(
  env: Env,
  request: Press & { readonly texts: FormTexts },
): Promise<CommandResult> {
  const { texts } = request;
  return changeControl(env, {
    ...request,
    change: (control) =>
      systemChange(control, {
        action: 'saveGrouping',
        system: {
          ...control.system,
          groupQuietMs: wholeNumber(texts.groupQuietMs),
          groupAgeMsMax: wholeNumber(texts.groupAgeMsMax),
        },
      }),
  });
}

/** Saves what D1 keeps, by age and by size. */
export async function saveStorage(
  env: Env,
  request: Press & { readonly texts: FormTexts },
): Promise<CommandResult> {
  const { texts } = request;
  const parsed = STORAGE_FIELD_NAMES.map(
    (field) => [field, parseSetting(STORAGE_FIELDS[field], texts[field] ?? '')] as const,
  );
  const errors = parsed.flatMap(([field, one]) => (one.kind === 'wrong' ? [[field, one.message]] : []));
  const values = parsed.flatMap(([field, one]) => (one.kind === 'value' ? [[field, one.value]] : []));
  return changeControl(env, {
    ...request,
    change: (control) =>
      errors.length > 0
        ? { kind: 'invalid', errors: Object.fromEntries(errors) }
        : systemChange(control, {
            action: 'saveStorage',
            system: { ...control.system, ...Object.fromEntries(values) },
          }),
  });
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
}
