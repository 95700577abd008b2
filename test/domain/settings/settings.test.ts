/** Settings and the control document: valid as shipped, and a bad value is refused with its field named. */
import { describe, expect, it } from 'vitest';
import {
  type Control,
  controlSchema,
  type FollowedUserControl,
  followedUserSchema,
  paperFollowState,
} from '../../../domain/settings/control.ts';
import {
  contradictions,
  defaultSettings,
  leaderOverrideSchema,
  type ModeSettings,
  modeSettingsSchema,
  settingsFor,
  storedOverrideSchema,
} from '../../../domain/settings/settings.ts';
import { DEFAULT_SYSTEM_SETTINGS, systemSettingsSchema } from '../../../domain/settings/system-settings.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { ZodMiniType } from '../../../domain/zod.ts';
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
  'paperSubmitMs',
  'authCallsPerSecondMax',
  'shadowMsMin',
];

/** The fields that came with owed exits (A43–A45): documents from before them lack them. */
const OF_EXITS = [
  'exitSizing',
  'exitPatienceMs',
  'exitWorseningPriceMicrosMax',
  'exitWorseningBpsMax',
  'exitAgeMsMax',
];

const MICROS_MAX = 1_000_000_000_000;

/** The least and the most of every number. */
const RANGES: readonly (readonly [field: keyof ModeSettings, least: number, most: number])[] = [
  ['copyRateBps', 0, 100_000],
  ['minTradeNotionalMicros', 0, MICROS_MAX],
  ['maxTradeNotionalMicros', 0, MICROS_MAX],
  ['maxTradeBankrollBps', 0, 10_000],
  ['budgetNotionalMicros', 0, MICROS_MAX],
  ['budgetRateBpsMin', 0, 100_000],
  ['budgetRateBpsMax', 0, 100_000],
  ['leaderTradeNotionalMicrosMin', 0, MICROS_MAX],
  ['carryAgeMsMax', 1_000, 30 * DAY_MS],
  ['maxWorseningPriceMicros', 0, 1_000_000],
  ['buyPriceMicrosMax', 0, 1_000_000],
  ['overMidPriceMicrosMax', 0, 1_000_000],
  ['spreadPriceMicrosMax', 0, 1_000_000],
  ['depthMultiplierBps', 0, 1_000_000],
  ['noOpensBeforeCloseMinutes', 0, 525_600],
  ['totalExposureBpsMax', 0, 100_000],
  ['marketExposureBpsMax', 0, 100_000],
  ['leaderExposureBpsMax', 0, 100_000],
  ['dailyLossBpsMax', 0, 10_000],
  ['weeklyLossBpsMax', 0, 10_000],
  ['drawdownBpsMax', 0, 10_000],
  ['copyAgeMsMax', 1_000, DAY_MS],
  ['bookAgeMsMax', 100, 60_000],
  ['bufferThresholdNotionalMicros', 0, MICROS_MAX],
  ['bufferAgeMsMax', 100, 600_000],
  ['bufferQuietMs', 50, 600_000],
  ['gtdLifeSeconds', 180, 86_400],
  ['slippageBpsBuy', 0, 10_000],
  ['slippageBpsSell', 0, 10_000],
  ['exitPatienceMs', 0, DAY_MS],
  ['exitWorseningPriceMicrosMax', 0, 1_000_000],
  ['exitWorseningBpsMax', 0, 10_000],
  ['exitAgeMsMax', 60_000, 30 * DAY_MS],
  ['submitTimeoutMs', 500, 30_000],
  ['unresolvedGraceMs', 5_000, 600_000],
  ['unresolvedAgeMsMax', 10_000, 3_600_000],
  ['channelDownMsMax', 1_000, 600_000],
  ['exitWaitMsMax', 0, 600_000],
  ['paperSubmitMs', 0, 30_000],
  ['authCallsPerSecondMax', 1, 30],
  ['shadowMsMin', 0, 30 * DAY_MS],
];

/** The fields that a schema names in refusing a value, unknown keys among them; empty when it takes the value. */
function fieldsRefused(schema: ZodMiniType, value: unknown): string[] {
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

  it('of both modes are what a new installation starts with', () => {
    const paper = {
      sizingMode: 'fixedRate',
      copyRateBps: 100,
      minTradeNotionalMicros: 1_000_000,
      maxTradeNotionalMicros: 250_000_000,
      maxTradeBankrollBps: 75,
      budgetedDynamicEnabled: false,
      budgetNotionalMicros: 0,
      budgetRateBpsMin: 0,
      budgetRateBpsMax: 100,
      budgetEnforcement: 'hard',
      leaderTradeNotionalMicrosMin: 0,
      belowMinPolicy: 'CARRY',
      carryAgeMsMax: 86_400_000,
      fullExitPolicy: 'SELL_ALL',
      maxWorseningPriceMicros: 10_000,
      buyPriceMicrosMax: null,
      overMidPriceMicrosMax: 15_000,
      spreadPriceMicrosMax: 20_000,
      depthMultiplierBps: 12_500,
      depthPolicy: 'TRIM',
      noOpensBeforeCloseMinutes: 30,
      totalExposureBpsMax: 7_000,
      marketExposureBpsMax: 500,
      leaderExposureBpsMax: 2_000,
      dailyLossBpsMax: 300,
      weeklyLossBpsMax: 800,
      drawdownBpsMax: 1_200,
      marketBlacklist: [],
      copyAgeMsMax: 60_000,
      bookAgeMsMax: 2_000,
      bufferEnabled: false,
      bufferThresholdNotionalMicros: 250_000,
      bufferFlushNotionalMicros: 500_000,
      bufferExecNotionalMicrosMin: 100_000,
      bufferAgeMsMax: 2_500,
      bufferQuietMs: 600,
      exitSizing: 'MIRROR_FRACTION',
      exitPatienceMs: 60_000,
      exitWorseningPriceMicrosMax: 100_000,
      exitWorseningBpsMax: 2_500,
      exitAgeMsMax: 86_400_000,
      orderType: 'FAK',
      restingOrdersEnabled: false,
      gtdLifeSeconds: 300,
      slippageBpsBuy: 100,
      slippageBpsSell: 300,
      sellMaxWorseningPriceMicros: null,
      sellOverMidPriceMicrosMax: null,
      sellSpreadPriceMicrosMax: null,
      sellUnattributed: false,
      keyInMetadata: true,
      submitTimeoutMs: 5_000,
      unresolvedGraceMs: 30_000,
      unresolvedAgeMsMax: 120_000,
      channelDownMsMax: 10_000,
      exitWaitMsMax: 15_000,
      paperSubmitMs: null,
      authCallsPerSecondMax: 10,
      shadowMsMin: 3_600_000,
    };
    expect(PAPER).toEqual(paper);
    expect(defaultSettings('LIVE')).toEqual({
      ...paper,
      maxTradeNotionalMicros: 25_000_000,
    });
    expect(DEFAULT_SYSTEM_SETTINGS.paperOpeningDepositMicros).toBe(10_000_000_000);
  });

  it('of the system are valid', () => {
    expect(systemSettingsSchema.parse(DEFAULT_SYSTEM_SETTINGS)).toEqual(DEFAULT_SYSTEM_SETTINGS);
  });

  it('differ between the modes in caps alone, which are lower live (A54)', () => {
    const live = defaultSettings('LIVE');
    const different = Object.keys(PAPER).filter(
      (field) =>
        JSON.stringify(PAPER[field as keyof ModeSettings]) !==
        JSON.stringify(live[field as keyof ModeSettings]),
    );
    expect(different).toEqual(['maxTradeNotionalMicros']);
    expect(live.maxTradeNotionalMicros).toBeLessThan(PAPER.maxTradeNotionalMicros);
  });

  it('take what is on offer at once, 1 % from the best ask and 3 % from the best bid at most (A25, R36)', () => {
    expect(defaultSettings('LIVE')).toMatchObject({
      orderType: 'FAK',
      restingOrdersEnabled: false,
      slippageBpsBuy: 100,
      slippageBpsSell: 300,
    });
  });

  it.each([
    [0, 0, true],
    [5_000, 5_000, true],
    [5_000, 10_000, true],
    [5_001, 10_000, false],
    [-1, 10_000, false],
    [0, 10_001, false],
    [251, 250, false],
  ])('of the system may be %d ms of quiet and %d ms at most: %s', (groupQuietMs, groupAgeMsMax, valid) => {
    const some = { ...DEFAULT_SYSTEM_SETTINGS, groupQuietMs, groupAgeMsMax };
    expect(systemSettingsSchema.safeParse(some).success).toBe(valid);
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

  it.each(RANGES)('take %s from %d to %d, and nothing beyond', (field, least, most) => {
    // Wide enough that no other setting contradicts the value.
    const wide = {
      maxTradeNotionalMicros: MICROS_MAX,
      budgetRateBpsMax: 100_000,
      bufferAgeMsMax: 600_000,
    };
    const isRefused = (value: number) =>
      fieldsRefused(modeSettingsSchema, { ...PAPER, ...wide, [field]: value }).includes(field);
    expect([least - 1, least, most, most + 1].map(isRefused)).toEqual([true, false, false, true]);
  });

  it.each([
    ['sizingMode', ['fixedRate', 'budgetedDynamic']],
    ['budgetEnforcement', ['hard', 'soft']],
    ['belowMinPolicy', ['SKIP', 'RAISE', 'CARRY']],
    ['fullExitPolicy', ['RATE', 'SELL_ALL']],
    ['exitSizing', ['MIRROR_FRACTION', 'RATE']],
    ['depthPolicy', ['TRIM', 'SKIP']],
    ['orderType', ['FAK', 'FOK', 'GTC', 'GTD']],
  ] as const)('take every word of %s', (field, words) => {
    for (const word of words) {
      const some = { ...PAPER, restingOrdersEnabled: true, budgetNotionalMicros: 1, [field]: word };
      expect(fieldsRefused(modeSettingsSchema, some)).toEqual([]);
    }
  });

  it('take a budget of a micro where sizing needs one, and none where either switch is off', () => {
    const needed = { ...PAPER, budgetedDynamicEnabled: true, sizingMode: 'budgetedDynamic' };
    expect(fieldsRefused(modeSettingsSchema, { ...needed, budgetNotionalMicros: 1 })).toEqual([]);
    expect(fieldsRefused(modeSettingsSchema, { ...needed, budgetedDynamicEnabled: false })).toEqual([]);
    expect(fieldsRefused(modeSettingsSchema, { ...needed, sizingMode: 'fixedRate' })).toEqual([]);
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

  it.each(Object.keys(PAPER).filter((field) => ![...OF_EXECUTION, ...OF_EXITS].includes(field)))(
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

  it('saved before exits mirrored a fraction read as they were, with the fraction and its bounds beside them', () => {
    const saved = { ...PAPER, fullExitPolicy: 'RATE', slippageBpsSell: 7 } as Record<string, unknown>;
    for (const field of OF_EXITS) delete saved[field];
    expect(modeSettingsSchema.parse(saved)).toEqual({ ...PAPER, fullExitPolicy: 'RATE', slippageBpsSell: 7 });
    expect(modeSettingsSchema.parse({ ...saved, exitSizing: 'RATE' })).toMatchObject({ exitSizing: 'RATE' });
  });

  it('keep what is said of execution, and fill only what is not', () => {
    const { slippageBpsBuy: _gone, ...rest } = { ...PAPER, orderType: 'FOK', slippageBpsSell: 7 };
    expect(modeSettingsSchema.parse(rest)).toMatchObject({
      orderType: 'FOK',
      slippageBpsSell: 7,
      slippageBpsBuy: PAPER.slippageBpsBuy,
    });
  });

  it.each([
    ['fokForCorrections', true],
    ['fokForCorrections', false],
    ['bufferNetting', 'netBuySell'],
  ])('read as they were without the removed %s (%s)', (field, value) => {
    expect(modeSettingsSchema.parse({ ...PAPER, [field]: value })).toEqual(PAPER);
    expect(storedOverrideSchema.parse({ copyRateBps: 5, [field]: value })).toEqual({ copyRateBps: 5 });
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
    liveEntries: 'ON',
    followFromMs: 0,
    removed: false,
    overrides: { PAPER: {}, LIVE: {} },
  };
  const control: Control = {
    version: 1,
    paperTrading: 'ON',
    liveTrading: 'OFF',
    liveEntries: 'ON',
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
    ['liveEntries', { liveEntries: 'SHADOW' }],
    ['followedUsers.0.liveEntries', { followedUsers: [{ ...user, liveEntries: 'INHERIT' }] }],
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

  it('of before A61 lets entries be ON, globally and for each leader', () => {
    const { liveEntries: _all, ...older } = control;
    const { liveEntries: _own, ...olderUser } = user;
    expect(controlSchema.parse({ ...older, followedUsers: [olderUser] })).toEqual(control);
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
