/** Settings and the control document: valid as shipped, and a bad value is refused with its field named. */
import { describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import {
  type Control,
  controlSchema,
  type FollowedUserControl,
  followedUserSchema,
  paperFollowState,
} from '../../../domain/settings/control.ts';
import {
  contradictions,
  DEFAULT_SYSTEM_SETTINGS,
  defaultSettings,
  leaderOverrideSchema,
  modeSettingsSchema,
  settingsFor,
  systemSettingsSchema,
} from '../../../domain/settings/settings.ts';
import { LEADER } from '../decide/example-facts.ts';

const PAPER = defaultSettings('PAPER');

/** The fields that came with live execution: documents from before it lack them. */
const OF_EXECUTION = [
  'orderType',
  'restingOrdersEnabled',
  'gtdLifeSeconds',
  'slippageBpsBuy',
  'slippageBpsSell',
  'sellMaxWorseningPriceMicros',
  'sellOverMidPriceMicrosMax',
  'sellSpreadPriceMicrosMax',
  'sellUnattributed',
  'keyInMetadata',
  'submitTimeoutMs',
  'unresolvedGraceMs',
  'unresolvedAgeMsMax',
  'channelDownMsMax',
  'exitWaitMsMax',
  'authCallsPerSecondMax',
  'shadowMsMin',
];

/** The fields that a schema names in refusing a value, unknown keys among them; empty when it takes the value. */
function fieldsRefused(schema: ZodType, value: unknown): string[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => [...issue.path, key].join('.'))
      : [issue.path.join('.')],
  );
}

describe('the defaults', () => {
  it.each(['PAPER', 'LIVE'] as const)('of %s are valid and do not contradict themselves', (mode) => {
    expect(fieldsRefused(modeSettingsSchema, defaultSettings(mode))).toEqual([]);
    expect(contradictions(defaultSettings(mode))).toEqual([]);
  });

  it('of the system are valid', () => {
    expect(systemSettingsSchema.parse(DEFAULT_SYSTEM_SETTINGS)).toEqual(DEFAULT_SYSTEM_SETTINGS);
  });

  it('raise what is too small on paper and skip it live', () => {
    expect([PAPER.belowMinPolicy, defaultSettings('LIVE').belowMinPolicy]).toEqual(['RAISE', 'SKIP']);
  });

  it('take what is on offer at once, 1 % from the best ask and 3 % from the best bid at most (A25, R36)', () => {
    expect(defaultSettings('LIVE')).toMatchObject({
      orderType: 'FAK',
      restingOrdersEnabled: false,
      slippageBpsBuy: 100,
      slippageBpsSell: 300,
    });
  });

  it('group after 25 ms of quiet and 250 ms at most', () => {
    expect(DEFAULT_SYSTEM_SETTINGS).toMatchObject({ groupQuietMs: 25, groupAgeMsMax: 250 });
  });
});

describe('settings of a mode', () => {
  it.each([
    ['copyRateBps', -1],
    ['copyRateBps', 100_001],
    ['copyRateBps', 1.5],
    ['copyRateBps', Number.NaN],
    ['copyRateBps', '100'],
    ['copyRateBps', null],
    ['minTradeNotionalMicros', -1],
    ['maxTradeNotionalMicros', 1_000_000_000_001],
    ['maxTradeBankrollBps', 10_001],
    ['belowMinPolicy', 'ROUND'],
    ['sizingMode', 'fixed'],
    ['carryAgeMsMax', 999],
    ['maxWorseningPriceMicros', 1_000_001],
    ['buyPriceMicrosMax', 1_000_001],
    ['spreadPriceMicrosMax', -1],
    ['depthMultiplierBps', 1_000_001],
    ['noOpensBeforeCloseMinutes', 525_601],
    ['dailyLossBpsMax', 10_001],
    ['copyAgeMsMax', 999],
    ['bookAgeMsMax', 60_001],
    ['bufferAgeMsMax', 99],
    ['bufferQuietMs', 49],
    ['bufferNetting', ''],
    ['bufferEnabled', 'yes'],
    ['orderType', 'MARKET'],
    ['restingOrdersEnabled', 1],
    ['gtdLifeSeconds', 179],
    ['slippageBpsBuy', 10_001],
    ['slippageBpsSell', -1],
    ['sellMaxWorseningPriceMicros', 1_000_001],
    ['sellOverMidPriceMicrosMax', -1],
    ['sellSpreadPriceMicrosMax', '0'],
    ['submitTimeoutMs', 499],
    ['unresolvedGraceMs', 4_999],
    ['channelDownMsMax', 999],
    ['exitWaitMsMax', -1],
    ['authCallsPerSecondMax', 0],
  ])('refuse %s of %s', (field, value) => {
    expect(fieldsRefused(modeSettingsSchema, { ...PAPER, [field]: value })).toContain(field);
  });

  it.each([
    ['copyRateBps', 0],
    ['copyRateBps', 100_000],
    ['maxTradeBankrollBps', 10_000],
    ['buyPriceMicrosMax', null],
    ['buyPriceMicrosMax', 0],
    ['buyPriceMicrosMax', 1_000_000],
    ['bookAgeMsMax', 100],
    ['bookAgeMsMax', 60_000],
    ['orderType', 'FOK'],
    ['sellMaxWorseningPriceMicros', 0],
    ['gtdLifeSeconds', 180],
  ])('take %s of exactly %s', (field, value) => {
    expect(fieldsRefused(modeSettingsSchema, { ...PAPER, [field]: value })).toEqual([]);
  });

  it.each([
    ['minTradeNotionalMicros', { minTradeNotionalMicros: 250_000_001 }],
    ['budgetRateBpsMin', { budgetRateBpsMin: 101 }],
    ['budgetNotionalMicros', { budgetedDynamicEnabled: true, sizingMode: 'budgetedDynamic' }],
    ['bufferExecNotionalMicrosMin', { bufferExecNotionalMicrosMin: 500_001 }],
    ['bufferQuietMs', { bufferQuietMs: 2_501 }],
    ['orderType', { orderType: 'GTC' }],
    ['orderType', { orderType: 'GTD' }],
  ])('refuse a contradiction at %s', (field, change) => {
    expect(fieldsRefused(modeSettingsSchema, { ...PAPER, ...change })).toEqual([field]);
  });

  it('take limits that meet exactly', () => {
    const meeting = {
      ...PAPER,
      minTradeNotionalMicros: PAPER.maxTradeNotionalMicros,
      budgetRateBpsMin: PAPER.budgetRateBpsMax,
      bufferExecNotionalMicrosMin: PAPER.bufferFlushNotionalMicros,
      bufferQuietMs: PAPER.bufferAgeMsMax,
    };
    expect(fieldsRefused(modeSettingsSchema, meeting)).toEqual([]);
  });

  it('name an unknown key, so that a misspelt limit is never dropped in silence', () => {
    expect(fieldsRefused(modeSettingsSchema, { ...PAPER, maxSpread: 1 })).toEqual(['maxSpread']);
  });

  it.each(Object.keys(PAPER).filter((field) => !OF_EXECUTION.includes(field)))(
    'need %s: a missing one is never filled in',
    (field) => {
      const { [field]: _gone, ...rest } = PAPER as unknown as Record<string, unknown>;
      expect(fieldsRefused(modeSettingsSchema, rest)).toContain(field);
    },
  );

  it('saved before live execution read as they were, with the shipped execution beside them', () => {
    const saved = { ...PAPER, copyRateBps: 321 } as unknown as Record<string, unknown>;
    for (const field of OF_EXECUTION) delete saved[field];
    expect(modeSettingsSchema.parse(saved)).toEqual({ ...PAPER, copyRateBps: 321 });
  });

  it('keep what is said of execution, and fill only what is not', () => {
    const { slippageBpsBuy: _gone, ...rest } = { ...PAPER, orderType: 'FOK', slippageBpsSell: 7 };
    expect(modeSettingsSchema.parse(rest)).toMatchObject({
      orderType: 'FOK',
      slippageBpsSell: 7,
      slippageBpsBuy: PAPER.slippageBpsBuy,
    });
  });

  it.each([true, false])('read as they were without the removed fokForCorrections (%s)', (value) => {
    expect(modeSettingsSchema.parse({ ...PAPER, fokForCorrections: value })).toEqual(PAPER);
  });

  it.each(['text', null, 3, [PAPER]])('refuse %j, which is no document at all', (given) => {
    expect(modeSettingsSchema.safeParse(given).success).toBe(false);
  });

  it('name every bad field at once', () => {
    const fields = fieldsRefused(modeSettingsSchema, { ...PAPER, copyRateBps: -1, bookAgeMsMax: 0 });
    expect(fields.sort()).toEqual(['bookAgeMsMax', 'copyRateBps']);
  });

  it('keep only condition ids on the blacklist', () => {
    const good = `0x${'c'.repeat(64)}`;
    expect(fieldsRefused(modeSettingsSchema, { ...PAPER, marketBlacklist: [good] })).toEqual([]);
    const bad = { ...PAPER, marketBlacklist: [good, '0xABC', '12345'] };
    expect(fieldsRefused(modeSettingsSchema, bad)).toEqual(['marketBlacklist.1', 'marketBlacklist.2']);
    const long = { ...PAPER, marketBlacklist: Array.from({ length: 501 }, () => good) };
    expect(fieldsRefused(modeSettingsSchema, long)).toEqual(['marketBlacklist']);
  });
});

describe('the override of a leader', () => {
  it('names only what differs, and the rest follows the mode', () => {
    expect(settingsFor(PAPER, { copyRateBps: 250 })).toEqual({ ...PAPER, copyRateBps: 250 });
    expect(settingsFor(PAPER, {})).toEqual(PAPER);
    expect(settingsFor(PAPER, undefined)).toEqual(PAPER);
  });

  it('can switch a limit off that the mode has, and is not undone by a key without a value', () => {
    const capped = { ...PAPER, buyPriceMicrosMax: 900_000 };
    expect(settingsFor(capped, { buyPriceMicrosMax: null }).buyPriceMicrosMax).toBeNull();
    expect(settingsFor(capped, leaderOverrideSchema.parse({ copyRateBps: undefined }))).toEqual(capped);
  });

  it('cannot switch on what is for all leaders, and names any key that it does not know', () => {
    expect(fieldsRefused(leaderOverrideSchema, { budgetedDynamicEnabled: true })).toEqual([
      'budgetedDynamicEnabled',
    ]);
    expect(fieldsRefused(leaderOverrideSchema, { copyRate: 1 })).toEqual(['copyRate']);
  });

  it('is held to the same ranges', () => {
    expect(fieldsRefused(leaderOverrideSchema, { copyRateBps: -1 })).toEqual(['copyRateBps']);
  });

  it('is judged with the mode that it is laid over', () => {
    const merged = settingsFor(PAPER, { minTradeNotionalMicros: 300_000_000 });
    expect(contradictions(merged).map(({ field }) => field)).toEqual(['minTradeNotionalMicros']);
  });
});

describe('the control document', () => {
  const user: FollowedUserControl = {
    leaderAddress: LEADER,
    label: 'slow and large',
    paperEnabled: true,
    liveOverride: 'INHERIT',
    followFromMs: 0,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
  };
  const control: Control = {
    version: 1,
    paperTrading: 'ON',
    liveTrading: 'OFF',
    system: DEFAULT_SYSTEM_SETTINGS,
    settings: { PAPER, LIVE: defaultSettings('LIVE') },
    followedUsers: [user],
  };

  it('comes back from JSON as it was', () => {
    expect(controlSchema.parse(JSON.parse(JSON.stringify(control)))).toEqual(control);
  });

  it.each([
    ['version', { version: 0 }],
    ['paperTrading', { paperTrading: 'SHADOW' }],
    ['liveTrading', { liveTrading: 'on' }],
    ['system.groupQuietMs', { system: { ...DEFAULT_SYSTEM_SETTINGS, groupQuietMs: 251 } }],
    ['system.groupAgeMsMax', { system: { ...DEFAULT_SYSTEM_SETTINGS, groupAgeMsMax: 10_001 } }],
    ['settings.PAPER.copyRateBps', { settings: { PAPER: { ...PAPER, copyRateBps: -1 }, LIVE: PAPER } }],
    ['settings.LIVE.bufferQuietMs', { settings: { PAPER, LIVE: { ...PAPER, bufferQuietMs: 2_501 } } }],
    ['followedUsers.0.leaderAddress', { followedUsers: [{ ...user, leaderAddress: '0x1' }] }],
    ['followedUsers.0.label', { followedUsers: [{ ...user, label: '' }] }],
    ['followedUsers.0.liveOverride', { followedUsers: [{ ...user, liveOverride: 'ON' }] }],
    [
      'followedUsers.0.overrides.PAPER.x',
      { followedUsers: [{ ...user, overrides: { PAPER: { x: 1 }, LIVE: {} } }] },
    ],
    ['followedUsers', { followedUsers: Array.from({ length: 1_001 }, () => user) }],
    ['extra', { extra: true }],
  ])('is refused for a bad %s', (field, change) => {
    expect(fieldsRefused(controlSchema, { ...control, ...change })).toEqual([field]);
  });

  it('knows a leader in any letter case as the same', () => {
    const upper = `0x${'A'.repeat(40)}`;
    expect(followedUserSchema.parse({ ...user, leaderAddress: upper }).leaderAddress).toBe(LEADER);
  });

  it('copies only the exits of a leader who is paused or removed', () => {
    expect(paperFollowState(user)).toBe('FOLLOWED');
    expect(paperFollowState({ ...user, paperEnabled: false })).toBe('EXIT_ONLY');
    expect(paperFollowState({ ...user, removed: true })).toBe('EXIT_ONLY');
  });
});
