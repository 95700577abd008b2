/**
 * The audit log in words: what was done in a sentence, and each field with its label and its values in the units that a
 * person uses. What is not known is shown as it is stored; all of it may be hostile text.
 */
import { formatAddress, formatUsd, UNKNOWN } from './format.ts';
import { LIVE_OVERRIDE_LABELS } from './labels.ts';
import { type FieldKind, formatSetting, SETTING_FIELDS, type SettingValue } from './settings-fields.ts';
import { STORAGE_FIELDS, type StorageField } from './storage-fields.ts';
import { UNIT_LABELS } from './units.ts';

export interface AuditWordsRow {
  readonly action: string;
  readonly subject: string;
  readonly field: string;
  readonly oldValue: string;
  readonly newValue: string;
}

export interface FieldChange {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export interface ChangeWords {
  readonly sentence: string;
  readonly fields: readonly FieldChange[];
}

/** Ids of a list that are named; the rest is counted. */
const IDS_NAMED_MAX = 3;
const MODE_WORDS: Readonly<Record<string, string>> = { PAPER: 'paper', LIVE: 'live' };

const OTHER_FIELDS: Readonly<Record<string, readonly [label: string, unit: string]>> = {
  groupQuietMs: ['A group closes when quiet for', ' ms'],
  groupAgeMsMax: ['A group closes at the latest after', ' ms'],
  label: ['Label', ''],
  paperEnabled: ['Copied on paper', ''],
  liveOverride: ['Live', ''],
  followFromMs: ['Trades are copied from', ''],
  removed: ['Removed', ''],
  leaderAddress: ['Address', ''],
  overrides: ['Settings of this leader', ''],
  paperTrading: ['Paper trading', ''],
  liveTrading: ['Live trading', ''],
  liveEntries: ['Live entries', ''],
  refused: ['Refused by the Wallet', ''],
  offAcknowledged: ['Orders when it was switched off', ''],
  cash: ['Amount', ''],
};

/** The name of a field for people, with its unit left to its values. */
export function fieldLabel(field: string): string {
  return specOf(field)?.label ?? OTHER_FIELDS[field]?.[0] ?? field;
}

function specOf(field: string): (FieldKind & { readonly label: string }) | undefined {
  // Only our own names reach an own property of the records.
  if (Object.hasOwn(STORAGE_FIELDS, field)) return STORAGE_FIELDS[field as StorageField];
  return Object.hasOwn(SETTING_FIELDS, field)
    ? SETTING_FIELDS[field as keyof typeof SETTING_FIELDS]
    : undefined;
}

/** What one command did. `nameOf` gives a leader's label; the rows are of one command. */
export function changeInWords(
  rows: readonly [AuditWordsRow, ...AuditWordsRow[]],
  nameOf: (address: string) => string | undefined,
): ChangeWords {
  const [first] = rows;
  const name = nameOf(first.subject) ?? (first.subject === '' ? UNKNOWN : formatAddress(first.subject));
  const fields = rows
    .filter((row) => row.field !== 'undoneChange' && row.field !== 'signIn')
    .map((row) => ({
      label: fieldLabel(row.field),
      before: valueInWords(row.field, row.oldValue, ofLeader(row)),
      after: valueInWords(row.field, row.newValue, ofLeader(row)),
    }));
  return { sentence: sentenceOf(rows, name), fields };
}

function ofLeader({ action }: AuditWordsRow): boolean {
  return / (PAPER|LIVE)$/.test(action);
}

function sentenceOf(rows: readonly [AuditWordsRow, ...AuditWordsRow[]], name: string): string {
  const [{ action, subject, field, newValue }] = rows;
  const [word = '', modeNamed] = action.split(' ');
  const mode = MODE_WORDS[modeNamed ?? subject];
  const whose = modeNamed === undefined ? 'for all leaders' : `of ${name}`;
  switch (word) {
    case 'saveSettings':
      return `Changed the ${mode ?? subject} settings ${whose}`;
    case 'copyFromPaper':
      return 'Copied the paper settings to live';
    case 'saveGrouping':
      return 'Changed how leader fills are grouped';
    case 'saveStorage':
      return 'Changed what the database keeps';
    case 'undo': {
      const undone = rows.find((row) => row.field === 'undoneChange')?.newValue;
      const what = mode === undefined ? systemPart(field) : `the ${mode} settings ${whose}`;
      return `Undid change no. ${undone ?? UNKNOWN} of ${what}`;
    }
    case 'followOnFirstStart':
      return 'Followed on the first start';
    case 'addLeader':
      return `Followed ${name}`;
    case 'pause':
      return `Paused ${name}`;
    case 'resume':
      return `Resumed ${name}`;
    case 'remove':
      return `Removed ${name}`;
    case 'setPaperTrading':
      return field === 'paperTrading'
        ? `Switched paper trading ${newValue}`
        : switched(rows, 'paper trading');
    case 'liveOnFirstStart':
    case 'setLiveTrading':
      return switched(rows, 'live trading');
    case 'setLiveEntries':
      return entriesInWords(rows, subject === 'LIVE' ? 'for all leaders' : `for ${name}`);
    case 'setUserLive':
      return switched(rows, `live copying of ${name}`);
    case 'signIn':
      return `Signed in, from ${newValue}`;
    case 'DEPOSIT':
      return 'Deposited paper cash';
    case 'WITHDRAWAL':
      return 'Withdrew paper cash';
    case 'setBlacklisted':
      return `Changed the blacklist of ${mode ?? subject}: market ${formatAddress(rows[0].field)}`;
    case 'resetPeak':
      return `Reset the peak of ${subject}`;
    case 'closePosition':
      return mode === undefined ? `Closed a position of ${name}` : `Sold by hand, on ${mode}, from ${name}`;
    case 'keepExit':
      return `Kept shares that an exit of ${name} owed, on ${mode ?? UNKNOWN}`;
    case 'tryExitAgain':
      return `Tried an owed exit of ${name} again, on ${mode ?? UNKNOWN}`;
    case 'confirmExits':
      return `Confirmed held sales on ${mode ?? subject}`;
    default:
      return subject === '' ? action : `${action}: ${subject}`;
  }
}

/** What a setting of both modes is about. */
function systemPart(field: string): string {
  return Object.hasOwn(STORAGE_FIELDS, field) ? 'what the database keeps' : 'how fills are grouped';
}

function switched(rows: readonly AuditWordsRow[], what: string): string {
  const set = rows.find((row) => row.field === 'liveTrading' || row.field === 'liveOverride');
  if (set !== undefined) return `Switched ${what} to ${overrideInWords(set.newValue)}`;
  const refused = rows.find((row) => row.field === 'refused');
  if (refused !== undefined)
    return `Asked to switch ${what} to ${overrideInWords(refused.oldValue)}: refused`;
  return `Switched ${what} off again`;
}

function entriesInWords(rows: readonly AuditWordsRow[], whose: string): string {
  const set = rows.find((row) => row.field === 'liveEntries');
  if (set !== undefined) return `${set.newValue === 'OFF' ? 'Stopped' : 'Allowed'} entries ${whose}`;
  const isRefused = rows.some((row) => row.field === 'refused');
  return isRefused ? `Asked to allow entries ${whose}: refused` : `Stopped entries ${whose} again`;
}

function overrideInWords(word: string): string {
  return Object.hasOwn(LIVE_OVERRIDE_LABELS, word)
    ? LIVE_OVERRIDE_LABELS[word as keyof typeof LIVE_OVERRIDE_LABELS]
    : word;
}

/** A stored value in the units of a person; '' is none, which for a leader means "as for all". */
export function valueInWords(field: string, stored: string, isLeaders = false): string {
  if (stored === '') return isLeaders ? 'as for all' : UNKNOWN;
  const spec = specOf(field);
  if (spec === undefined) return otherInWords(field, stored);
  const value = parsed(stored);
  if (value === undefined) return stored;
  // Older rows have null where a leader has no value of their own; only some amounts may have none.
  if (value === null && !(spec.kind === 'amount' && spec.noValue !== undefined))
    return isLeaders ? 'as for all' : UNKNOWN;
  return settingInWords(spec, value);
}

/** A value of a setting with its unit: "2.5 %", "off", "Yes". */
export function settingInWords(spec: FieldKind, value: SettingValue): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    const named = value.slice(0, IDS_NAMED_MAX).map(formatAddress).join(', ');
    return value.length > IDS_NAMED_MAX ? `${named} and ${value.length - IDS_NAMED_MAX} more` : named;
  }
  const text = formatSetting(spec, value);
  if (spec.kind === 'switch') return value === true ? 'Yes' : 'No';
  if (spec.kind === 'choice') return spec.words[text] ?? text;
  return spec.kind === 'amount' && value !== null ? `${text} ${UNIT_LABELS[spec.unit]}` : text;
}

function parsed(stored: string): SettingValue | undefined {
  try {
    const value: unknown = JSON.parse(stored);
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
      return value as SettingValue;
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
    return isList ? value : undefined;
  } catch {
    // Not JSON: shown as it is stored.
    return undefined;
  }
}

function otherInWords(field: string, stored: string): string {
  if (field === 'cash') return cashInWords(stored);
  if (field === 'overrides') return overridesInWords(stored);
  const unit = OTHER_FIELDS[field]?.[1] ?? '';
  const value = parsed(stored);
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  if (field === 'liveOverride') return overrideInWords(String(value ?? stored));
  if (field === 'followFromMs' && typeof value === 'number' && Number.isSafeInteger(value) && value > 0)
    return value < 8_640_000_000_000_000
      ? `${new Date(value).toISOString().slice(0, 19).replace('T', ' ')} UTC`
      : stored;
  return typeof value === 'string' || typeof value === 'number' ? `${value}${unit}` : stored;
}

/** Stored as decimal dollars. */
function cashInWords(stored: string): string {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(stored);
  if (match === null) return stored;
  return formatUsd(BigInt(`${match[1]}${(match[2] ?? '').padEnd(6, '0')}`));
}

/** A leader's overrides as a whole: which fields, by mode. Their values are in the rows of their own changes. */
function overridesInWords(stored: string): string {
  let byMode: unknown;
  try {
    byMode = JSON.parse(stored);
  } catch {
    return stored;
  }
  if (typeof byMode !== 'object' || byMode === null || Array.isArray(byMode)) return stored;
  const parts = Object.entries(byMode).flatMap(([mode, own]) => {
    const names = Object.keys(own ?? {}).map(fieldLabel);
    return names.length === 0 ? [] : [`${MODE_WORDS[mode] ?? mode}: ${names.join(', ')}`];
  });
  return parts.length === 0 ? 'none' : parts.join('; ');
}
