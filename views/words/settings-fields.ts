/**
 * The settings as a person sees them: label, section and unit of each field, and the exact way between a stored integer
 * and the text of a form. Units differ from the stored ones only by a power of ten, so nothing is ever rounded.
 */
import type { TradingMode } from '../../domain/ids.ts';
import { leaderOverrideSchema, type ModeSettings } from '../../domain/settings/settings.ts';
import { UNIT_DIGITS, UNIT_LABELS, type Unit } from './units.ts';

export const SECTIONS = [
  'Sizing',
  'Budgeted sizing',
  'Guardrails',
  'Exits',
  'Risk limits',
  'Small trades',
  'Paper execution',
  'Live execution',
] as const;
export type Section = (typeof SECTIONS)[number];
export type SettingField = keyof ModeSettings;
interface Named {
  readonly section: Section;
  readonly label: string;
}
export type FieldKind =
  | {
      readonly kind: 'amount';
      readonly unit: Unit;
      /** It may have no value, for which this word stands. */
      readonly noValue?: 'off' | 'measured';
    }
  | { readonly kind: 'choice'; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: 'switch' }
  | { readonly kind: 'conditions' };
export type FieldSpec = Named & FieldKind;

function amount(section: Section, label: string, unit: Unit): FieldSpec {
  return { kind: 'amount', section, label, unit };
}

/** An amount for exits that may be "off": as for entries then (R51). */
function exitAmount(label: string): FieldSpec {
  return { kind: 'amount', section: 'Exits', label, unit: 'cents', noValue: 'off' };
}

export const SETTING_FIELDS = {
  sizingMode: {
    kind: 'choice',
    section: 'Sizing',
    label: 'How copies are sized',
    words: { fixedRate: 'A fixed part of each trade', budgetedDynamic: 'A budget per leader' },
  },
  copyRateBps: amount('Sizing', 'Copy this part of a leader’s trade', 'percent'),
  minTradeNotionalMicros: amount('Sizing', 'Smallest trade', 'usd'),
  maxTradeNotionalMicros: amount('Sizing', 'Largest trade', 'usd'),
  maxTradeBankrollBps: amount('Sizing', 'Largest part of equity per trade', 'percent'),
  leaderTradeNotionalMicrosMin: amount('Sizing', 'Ignore leader trades below', 'usd'),
  belowMinPolicy: {
    kind: 'choice',
    section: 'Sizing',
    label: 'A copy below the smallest trade is',
    words: { SKIP: 'skipped', RAISE: 'raised to it', CARRY: 'carried until large enough' },
  },
  carryAgeMsMax: amount('Sizing', 'A carry is dropped after', 'seconds'),
  fullExitPolicy: {
    kind: 'choice',
    section: 'Exits',
    label: 'At our rate: when the leader sells all of it',
    words: { RATE: 'sell the same part as always', SELL_ALL: 'sell all of ours' },
  },
  exitSizing: {
    kind: 'choice',
    section: 'Exits',
    label: 'An exit sells',
    words: { MIRROR_FRACTION: 'the fraction that the leader sold', RATE: 'our rate of what they sold' },
  },
  budgetedDynamicEnabled: { kind: 'switch', section: 'Budgeted sizing', label: 'Allow budgeted sizing' },
  budgetNotionalMicros: amount('Budgeted sizing', 'Budget per leader', 'usd'),
  budgetRateBpsMin: amount('Budgeted sizing', 'Lowest rate', 'percent'),
  budgetRateBpsMax: amount('Budgeted sizing', 'Highest rate', 'percent'),
  budgetEnforcement: {
    kind: 'choice',
    section: 'Budgeted sizing',
    label: 'When the budget is used up',
    words: { hard: 'stop buying', soft: 'go on at the lowest rate' },
  },
  maxWorseningPriceMicros: amount('Guardrails', 'Price may be worse than the leader’s by', 'cents'),
  buyPriceMicrosMax: {
    kind: 'amount',
    section: 'Guardrails',
    label: 'Highest price per share when buying (“off” for none)',
    unit: 'cents',
    noValue: 'off',
  },
  overMidPriceMicrosMax: amount('Guardrails', 'Price may be beyond the mid by', 'cents'),
  spreadPriceMicrosMax: amount('Guardrails', 'Widest spread', 'cents'),
  sellMaxWorseningPriceMicros: exitAmount(
    'When selling, price may be worse than the leader’s by (“off”: as above)',
  ),
  sellOverMidPriceMicrosMax: exitAmount('When selling, price may be beyond the mid by (“off”: as above)'),
  sellSpreadPriceMicrosMax: exitAmount('When selling, widest spread (“off”: as above)'),
  depthMultiplierBps: amount('Guardrails', 'Depth needed, as a multiple of the copy', 'times'),
  depthPolicy: {
    kind: 'choice',
    section: 'Guardrails',
    label: 'When the book is too thin',
    words: { TRIM: 'copy less', SKIP: 'skip' },
  },
  noOpensBeforeCloseMinutes: amount(
    'Guardrails',
    'No buys in the last … before the market closes',
    'minutes',
  ),
  marketBlacklist: {
    kind: 'conditions',
    section: 'Guardrails',
    label: 'Markets never bought (condition ids)',
  },
  copyAgeMsMax: amount('Guardrails', 'Copy no buy older than', 'seconds'),
  bookAgeMsMax: amount('Guardrails', 'Oldest order book to decide on', 'seconds'),
  slippageBpsBuy: amount('Guardrails', 'Buy at most above the best ask by', 'percent'),
  slippageBpsSell: amount('Guardrails', 'Sell at most below the best bid by', 'percent'),
  exitPatienceMs: amount('Exits', 'An owed exit keeps the ordinary price bounds for', 'seconds'),
  exitWorseningPriceMicrosMax: amount(
    'Exits',
    'After that it sells below the leader’s price by at most',
    'cents',
  ),
  exitWorseningBpsMax: amount('Exits', '… and by at most this part of that price', 'percent'),
  exitAgeMsMax: amount('Exits', 'An owed exit is tried for', 'seconds'),
  totalExposureBpsMax: amount('Risk limits', 'Total exposure, of equity', 'percent'),
  marketExposureBpsMax: amount('Risk limits', 'Exposure per market, of equity', 'percent'),
  leaderExposureBpsMax: amount('Risk limits', 'Exposure per leader, of equity', 'percent'),
  dailyLossBpsMax: amount('Risk limits', 'Daily loss limit', 'percent'),
  weeklyLossBpsMax: amount('Risk limits', 'Weekly loss limit', 'percent'),
  drawdownBpsMax: amount('Risk limits', 'Drawdown limit', 'percent'),
  bufferEnabled: { kind: 'switch', section: 'Small trades', label: 'Gather small trades' },
  bufferThresholdNotionalMicros: amount('Small trades', 'A trade is small below', 'usd'),
  bufferFlushNotionalMicros: amount('Small trades', 'Decide when gathered', 'usd'),
  bufferExecNotionalMicrosMin: amount('Small trades', 'Copy only if gathered at least', 'usd'),
  bufferAgeMsMax: amount('Small trades', 'Decide at the latest after', 'seconds'),
  bufferQuietMs: amount('Small trades', 'Decide after a quiet time of', 'seconds'),
  paperSubmitMs: {
    kind: 'amount',
    section: 'Paper execution',
    label: 'Besides the market’s own delay, a copy waits (“measured”: as long as live orders take)',
    unit: 'milliseconds',
    noValue: 'measured',
  },
  orderType: {
    kind: 'choice',
    section: 'Live execution',
    label: 'Order type',
    words: {
      FAK: 'FAK: fill what is there, cancel the rest',
      FOK: 'FOK: all or nothing',
      GTC: 'GTC: rest until filled or canceled',
      GTD: 'GTD: rest for a limited time',
    },
  },
  restingOrdersEnabled: {
    kind: 'switch',
    section: 'Live execution',
    label: 'Allow resting orders (GTC, GTD)',
  },
  gtdLifeSeconds: amount('Live execution', 'A GTD order rests for', 'wholeSeconds'),
  sellUnattributed: {
    kind: 'switch',
    section: 'Live execution',
    label: 'Exits may also sell shares that no leader explains',
  },
  keyInMetadata: { kind: 'switch', section: 'Live execution', label: 'Write our own key into each order' },
  submitTimeoutMs: amount('Live execution', 'Wait for the answer to an order', 'seconds'),
  unresolvedGraceMs: amount(
    'Live execution',
    'An unknown order is absent after not being seen for',
    'seconds',
  ),
  unresolvedAgeMsMax: amount('Live execution', 'An order without outcome needs attention after', 'seconds'),
  channelDownMsMax: amount('Live execution', 'Place nothing once the user channel is down for', 'seconds'),
  exitWaitMsMax: amount('Live execution', 'A sale waits for shares to become final at most', 'seconds'),
  authCallsPerSecondMax: amount('Live execution', 'Authenticated reads at most', 'perSecond'),
  shadowMsMin: amount('Live execution', 'Stay in SHADOW at least before ON', 'seconds'),
} as const satisfies Record<SettingField, FieldSpec>;

/** Fields in the order shown. */
export const FIELD_NAMES = Object.keys(SETTING_FIELDS) as SettingField[]; // the keys of the record above
/** Set for the whole mode only, never for one leader. */
export const GLOBAL_ONLY: readonly SettingField[] = FIELD_NAMES.filter(
  (field) => !Object.hasOwn(leaderOverrideSchema.shape, field),
);

/** The sections of one mode alone. */
const OF_ONE_MODE: Readonly<Partial<Record<Section, TradingMode>>> = {
  'Paper execution': 'PAPER',
  'Live execution': 'LIVE',
};

function modeOf(field: SettingField): TradingMode | undefined {
  return OF_ONE_MODE[SETTING_FIELDS[field].section];
}

/** The fields that a mode's form shows: each mode has an execution of its own. */
export function fieldsOf(mode: TradingMode): readonly SettingField[] {
  return FIELD_NAMES.filter((field) => (modeOf(field) ?? mode) === mode);
}

/** The fields that mean the same in both modes: what can differ between them, and be copied from one to the other. */
export const SHARED_FIELDS: readonly SettingField[] = FIELD_NAMES.filter(
  (field) => modeOf(field) === undefined,
);

export type SettingValue = string | number | boolean | null | readonly string[];

/** The text of a stored value in a form: the exact inverse of `parseSetting`. */
export function formatSetting(spec: FieldKind, value: SettingValue): string {
  if (value === null) return (spec.kind === 'amount' ? spec.noValue : undefined) ?? 'off';
  if (Array.isArray(value)) return value.join('\n');
  if (spec.kind === 'amount' && typeof value === 'number') return shiftDown(value, UNIT_DIGITS[spec.unit]);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

export type ParsedSetting =
  | { readonly kind: 'value'; readonly value: SettingValue }
  | { readonly kind: 'wrong'; readonly message: string };

/** The stored value of a form's text. Ranges are the schema's business; here only the form of the text is judged. */
export function parseSetting(spec: FieldKind, text: string): ParsedSetting {
  const given = text.trim();
  switch (spec.kind) {
    case 'amount': {
      if (spec.noValue !== undefined && (given === '' || given.toLowerCase() === spec.noValue))
        return { kind: 'value', value: null };
      return parseAmount(given, spec.unit);
    }
    case 'choice':
      return Object.hasOwn(spec.words, given)
        ? { kind: 'value', value: given }
        : { kind: 'wrong', message: 'choose one of the list' };
    case 'switch':
      return given === 'on' || given === 'off'
        ? { kind: 'value', value: given === 'on' }
        : { kind: 'wrong', message: 'choose on or off' };
    case 'conditions': {
      const ids = given.toLowerCase() === 'none' ? [] : given.split(/[\s,]+/).filter((id) => id !== '');
      return { kind: 'value', value: ids.map((id) => id.toLowerCase()) };
    }
  }
}

function parseAmount(text: string, unit: Unit): ParsedSetting {
  const digits = UNIT_DIGITS[unit];
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text);
  if (match === null) return { kind: 'wrong', message: `give a number in ${UNIT_LABELS[unit]}, such as 2.5` };
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > digits) {
    return {
      kind: 'wrong',
      message: digits === 0 ? 'give a whole number' : `at most ${digits} decimal places`,
    };
  }
  // At most 18 digits; what is beyond 2^53 is refused by the schema's range, never rounded into it.
  return { kind: 'value', value: Number(match[1] + fraction.padEnd(digits, '0')) };
}

function shiftDown(value: number, digits: number): string {
  const text = String(value).padStart(digits + 1, '0');
  const fraction = digits === 0 ? '' : text.slice(-digits).replace(/0+$/, '');
  const whole = digits === 0 ? text : text.slice(0, -digits);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
