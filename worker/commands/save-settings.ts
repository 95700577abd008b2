/** Saving the settings of one mode: for all leaders, or what differs for one; and how fills are grouped. All or nothing. */
import type { z } from 'zod';
import type { Control } from '../../domain/control.ts';
import { parseLeaderAddress, type TradingMode } from '../../domain/ids.ts';
import {
  leaderOverrideSchema,
  modeSettingsSchema,
  settingsFor,
  systemSettingsSchema,
} from '../../domain/settings.ts';
import {
  type FieldSpec,
  fieldsOf,
  GLOBAL_ONLY,
  parseSetting,
  SETTING_FIELDS,
  type SettingValue,
} from '../../views/settings-fields.ts';
import type { Env } from '../env.ts';
import {
  type Change,
  type CommandResult,
  changeControl,
  differences,
  type FieldErrors,
  withUser,
} from './change-control.ts';

export type FormTexts = Readonly<Record<string, string>>;

export interface SaveSettings {
  readonly mode: TradingMode;
  readonly commandId: string;
  readonly previousVersion: number;
  /** '' for all leaders. */
  readonly leaderAddress: string;
  /** By field name, as typed. */
  readonly texts: FormTexts;
  readonly nowMs: number;
}

/** Saves the settings of all leaders, or one leader's override (a blank field inherits). Errors are by field. */
export async function saveSettings(env: Env, request: SaveSettings): Promise<CommandResult> {
  return changeControl(env, {
    ...request,
    change: (control) =>
      request.leaderAddress === '' ? globalChange(control, request) : overrideChange(control, request),
  });
}

function globalChange(control: Control, { texts, mode }: SaveSettings): Change {
  const { values, errors } = parseTexts(texts, mode, 'whole');
  if (Object.keys(errors).length > 0) return { kind: 'invalid', errors };
  // What this mode's form does not show stays as it is.
  const checked = modeSettingsSchema.safeParse({ ...control.settings[mode], ...values });
  if (!checked.success) return { kind: 'invalid', errors: errorsOf(checked.error) };
  // What is whole for all leaders may contradict what one of them has of his own: judged together (settings.ts).
  for (const user of control.followedUsers) {
    const merged = modeSettingsSchema.safeParse(settingsFor(checked.data, user.overrides[mode]));
    if (!merged.success)
      return { kind: 'invalid', errors: errorsOf(merged.error, ` (with the settings of ${user.label})`) };
  }
  const audit = differences({ action: 'saveSettings', subject: mode }, control.settings[mode], checked.data);
  if (audit.length === 0) return { kind: 'nothing' };
  const settings = { ...control.settings, [mode]: checked.data };
  return { kind: 'change', control: { ...control, settings }, audit, leaders: everyone(control) };
}

function overrideChange(control: Control, { texts, leaderAddress, mode }: SaveSettings): Change {
  const address = parseLeaderAddress(leaderAddress);
  const user = control.followedUsers.find((one) => one.leaderAddress === address);
  if (user === undefined) return { kind: 'invalid', errors: { form: 'this leader is not followed' } };
  const { values, errors } = parseTexts(texts, mode, 'override');
  if (Object.keys(errors).length > 0) return { kind: 'invalid', errors };
  const override = leaderOverrideSchema.safeParse(values);
  if (!override.success) return { kind: 'invalid', errors: errorsOf(override.error) };
  const merged = modeSettingsSchema.safeParse(settingsFor(control.settings[mode], override.data));
  if (!merged.success) return { kind: 'invalid', errors: errorsOf(merged.error) };
  const about = { action: `saveSettings ${mode}`, subject: user.leaderAddress };
  const audit = differences(about, user.overrides[mode], override.data);
  if (audit.length === 0) return { kind: 'nothing' };
  const changed = { ...user, overrides: { ...user.overrides, [mode]: override.data } };
  return { kind: 'change', control: withUser(control, changed), audit, leaders: [user.leaderAddress] };
}

/** Gives LIVE what PAPER has, but for how live orders are made. Leaders' own settings stay as they are (A25). */
export async function copyFromPaper(
  env: Env,
  request: Pick<SaveSettings, 'commandId' | 'previousVersion' | 'nowMs'>,
): Promise<CommandResult> {
  return changeControl(env, {
    ...request,
    change: (control): Change => {
      const { PAPER, LIVE } = control.settings;
      const shared = Object.fromEntries(fieldsOf('PAPER').map((field) => [field, PAPER[field]]));
      const checked = modeSettingsSchema.safeParse({ ...LIVE, ...shared });
      if (!checked.success) return { kind: 'invalid', errors: errorsOf(checked.error) };
      const audit = differences({ action: 'copyFromPaper', subject: 'LIVE' }, LIVE, checked.data);
      if (audit.length === 0) return { kind: 'nothing' };
      const settings = { ...control.settings, LIVE: checked.data };
      return { kind: 'change', control: { ...control, settings }, audit, leaders: everyone(control) };
    },
  });
}

/** Saves how fills become a group. Whole milliseconds; shared by both modes. */
export async function saveGrouping(
  env: Env,
  request: Omit<SaveSettings, 'leaderAddress' | 'mode'>,
): Promise<CommandResult> {
  return changeControl(env, {
    ...request,
    change: (control): Change => {
      const given = {
        ...control.system,
        groupQuietMs: wholeNumber(request.texts.groupQuietMs),
        groupAgeMsMax: wholeNumber(request.texts.groupAgeMsMax),
      };
      const checked = systemSettingsSchema.safeParse(given);
      if (!checked.success) return { kind: 'invalid', errors: errorsOf(checked.error) };
      const audit = differences({ action: 'saveGrouping', subject: '' }, control.system, checked.data);
      if (audit.length === 0) return { kind: 'nothing' };
      return {
        kind: 'change',
        control: { ...control, system: checked.data },
        audit,
        leaders: everyone(control),
      };
    },
  });
}

function everyone(control: Control) {
  return control.followedUsers.map((user) => user.leaderAddress);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
}

function parseTexts(
  texts: FormTexts,
  mode: TradingMode,
  kind: 'whole' | 'override',
): { readonly values: Record<string, SettingValue>; readonly errors: Record<string, string> } {
  const values: Record<string, SettingValue> = {};
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(mode)) {
    const text = texts[field] ?? '';
    if (kind === 'override' && (GLOBAL_ONLY.includes(field) || text.trim() === '')) continue;
    const spec: FieldSpec = SETTING_FIELDS[field];
    const parsed = parseSetting(spec, text);
    if (parsed.kind === 'wrong') errors[field] = parsed.message;
    else values[field] = parsed.value;
  }
  return { values, errors };
}

/** Issues whose message is a sentence of settings.ts. */
const ownWords: ReadonlySet<string> = new Set(['custom', 'invalid_format']);

/** The first message of each field; what names no field goes to the form. */
function errorsOf(error: z.ZodError, suffix = ''): FieldErrors {
  const errors: Record<string, string> = {};
  for (const issue of error.issues) {
    const field = typeof issue.path[0] === 'string' ? issue.path[0] : 'form';
    errors[field] ??= `${ownWords.has(issue.code) ? issue.message : 'out of range'}${suffix}`;
  }
  return errors;
}
