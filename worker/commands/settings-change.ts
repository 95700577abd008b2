/**
 * What a settings form makes of the control document, without saving it: shared by saving, by trying it on the last day
 * and by undo, so that the three check alike. All or nothing; errors are by field.
 */
import { type LeaderAddress, parseLeaderAddress, type TradingMode } from '../../domain/ids.ts';
import type { Control, FollowedUserControl } from '../../domain/settings/control.ts';
import { leaderOverrideSchema, modeSettingsSchema, settingsFor } from '../../domain/settings/settings.ts';
import { systemSettingsSchema } from '../../domain/settings/system-settings.ts';
import type * as z from '../../domain/zod.ts';
import { valueInWords } from '../../views/words/change-words.ts';
import {
  type FieldSpec,
  fieldsOf,
  GLOBAL_ONLY,
  parseSetting,
  SETTING_FIELDS,
  type SettingValue,
} from '../../views/words/settings-fields.ts';
import { STORAGE_FIELDS } from '../../views/words/storage-fields.ts';
import { type Change, differences, type FieldErrors, withUser } from './change-control.ts';

export type FormTexts = Readonly<Record<string, string>>;

export interface SettingsForm {
  readonly mode: TradingMode;
  /** '' for all leaders. */
  readonly leaderAddress: string;
  /** By field name, as typed. */
  readonly texts: FormTexts;
}

/** The settings of all leaders, or what differs for one (a blank field inherits). */
export function settingsChange(control: Control, { mode, leaderAddress, texts }: SettingsForm): Change {
  if (leaderAddress === '') {
    const { values, errors } = parseTexts(texts, mode, 'whole');
    if (Object.keys(errors).length > 0) return { kind: 'invalid', errors };
    // What this mode's form does not show stays as it is.
    return modeChange(control, {
      action: 'saveSettings',
      mode,
      settings: { ...control.settings[mode], ...values },
    });
  }
  const user = followed(control, leaderAddress);
  if (user === undefined) return { kind: 'invalid', errors: { form: 'this leader is not followed' } };
  const { values, errors } = parseTexts(texts, mode, 'override');
  if (Object.keys(errors).length > 0) return { kind: 'invalid', errors };
  return overrideChange(control, { action: 'saveSettings', mode, user, override: values });
}

/** The followed user with this address, in any letter case. */
export function followed(control: Control, leaderAddress: string): FollowedUserControl | undefined {
  const address = parseLeaderAddress(leaderAddress);
  return control.followedUsers.find((one) => one.leaderAddress === address);
}

/** Whole settings of a mode, checked also together with the overrides of each leader. */
export function modeChange(
  control: Control,
  given: { readonly action: string; readonly mode: TradingMode; readonly settings: object },
): Change {
  const { action, mode } = given;
  const checked = modeSettingsSchema.safeParse(given.settings);
  if (!checked.success) return { kind: 'invalid', errors: errorsOf(checked.error) };
  // Valid settings for all leaders may contradict the overrides of one of them, so the two are checked together (settings.ts).
  for (const user of control.followedUsers) {
    const merged = modeSettingsSchema.safeParse(settingsFor(checked.data, user.overrides[mode]));
    if (!merged.success)
      return { kind: 'invalid', errors: errorsOf(merged.error, ` (with the settings of ${user.label})`) };
  }
  const audit = differences({ action, subject: mode }, control.settings[mode], checked.data);
  if (audit.length === 0) return { kind: 'nothing' };
  const settings = { ...control.settings, [mode]: checked.data };
  return { kind: 'change', control: { ...control, settings }, audit, leaders: everyone(control) };
}

/** One leader's overrides, checked together with the settings of all. */
export function overrideChange(
  control: Control,
  given: {
    readonly action: string;
    readonly mode: TradingMode;
    readonly user: FollowedUserControl;
    readonly override: object;
  },
): Change {
  const { action, mode, user } = given;
  const override = leaderOverrideSchema.safeParse(given.override);
  if (!override.success) return { kind: 'invalid', errors: errorsOf(override.error) };
  const merged = modeSettingsSchema.safeParse(settingsFor(control.settings[mode], override.data));
  if (!merged.success) return { kind: 'invalid', errors: errorsOf(merged.error) };
  const about = { action: `${action} ${mode}`, subject: user.leaderAddress };
  const audit = differences(about, user.overrides[mode], override.data);
  if (audit.length === 0) return { kind: 'nothing' };
  const changed = { ...user, overrides: { ...user.overrides, [mode]: override.data } };
  return { kind: 'change', control: withUser(control, changed), audit, leaders: [user.leaderAddress] };
}

/** How fills become a group; shared by both modes. */
export function systemChange(
  control: Control,
  given: { readonly action: string; readonly system: object },
): Change {
  const checked = systemSettingsSchema.safeParse(given.system);
  if (!checked.success) return { kind: 'invalid', errors: errorsOf(checked.error) };
  const audit = differences({ action: given.action, subject: '' }, control.system, checked.data);
  if (audit.length === 0) return { kind: 'nothing' };
  return { kind: 'change', control: { ...control, system: checked.data }, audit, leaders: everyone(control) };
}

function everyone(control: Control): readonly LeaderAddress[] {
  return control.followedUsers.map((user) => user.leaderAddress);
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
function errorsOf(error: z.$ZodError, suffix = ''): FieldErrors {
  const errors: Record<string, string> = {};
  for (const issue of error.issues) {
    const field = typeof issue.path[0] === 'string' ? issue.path[0] : 'form';
    errors[field] ??= `${ownWords.has(issue.code) ? issue.message : outOfRange(field, issue)}${suffix}`;
  }
  return errors;
}

/** Where the range ends, in the unit of the field. */
function outOfRange(field: string, issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big' && issue.origin === 'number')
    return `out of range: at most ${ended(field, issue.maximum)}`;
  if (issue.code === 'too_small' && issue.origin === 'number')
    return `out of range: at least ${ended(field, issue.minimum)}`;
  return 'out of range';
}

function ended(field: string, bound: number | bigint): string {
  const stored = String(bound);
  const isNamed = Object.hasOwn(SETTING_FIELDS, field) || Object.hasOwn(STORAGE_FIELDS, field);
  return isNamed ? valueInWords(field, stored) : `${stored} ms`;
}
