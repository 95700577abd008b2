/**
 * Settings of one mode: sizing, guardrails and buffering, validated on write and on read (design.md 9).
 * Global settings are whole; a leader's override names only what differs. Defaults stand here and nowhere else (W26).
 */
import * as z from 'zod';
import type { TradingMode } from '../ids.ts';
import { ORDER_TYPES } from '../orders/orders.ts';

const microsMax = 1_000_000_000_000;
const cashMicros = z.int().min(0).max(microsMax);
const priceMicros = z.int().min(0).max(1_000_000);
const bpsOfWhole = z.int().min(0).max(10_000);
const milliseconds = (min: number, max: number) => z.int().min(min).max(max);

const sizingShape = {
  sizingMode: z.enum(['fixedRate', 'budgetedDynamic']),
  copyRateBps: z.int().min(0).max(100_000),
  minTradeNotionalMicros: cashMicros,
  maxTradeNotionalMicros: cashMicros,
  maxTradeBankrollBps: bpsOfWhole,
  budgetNotionalMicros: cashMicros,
  budgetRateBpsMin: z.int().min(0).max(100_000),
  budgetRateBpsMax: z.int().min(0).max(100_000),
  budgetEnforcement: z.enum(['hard', 'soft']),
  leaderTradeNotionalMicrosMin: cashMicros,
  belowMinPolicy: z.enum(['SKIP', 'RAISE', 'CARRY']),
  carryAgeMsMax: milliseconds(1_000, 30 * 86_400_000),
  fullExitPolicy: z.enum(['RATE', 'SELL_ALL']),
};

const guardrailShape = {
  maxWorseningPriceMicros: priceMicros,
  buyPriceMicrosMax: priceMicros.nullable(),
  overMidPriceMicrosMax: priceMicros,
  spreadPriceMicrosMax: priceMicros,
  depthMultiplierBps: z.int().min(0).max(1_000_000),
  depthPolicy: z.enum(['TRIM', 'SKIP']),
  noOpensBeforeCloseMinutes: z.int().min(0).max(525_600),
  totalExposureBpsMax: z.int().min(0).max(100_000),
  marketExposureBpsMax: z.int().min(0).max(100_000),
  leaderExposureBpsMax: z.int().min(0).max(100_000),
  dailyLossBpsMax: bpsOfWhole,
  weeklyLossBpsMax: bpsOfWhole,
  drawdownBpsMax: bpsOfWhole,
  marketBlacklist: z.array(z.string().regex(/^0x[0-9a-f]{64}$/, 'not a condition id')).max(500),
  copyAgeMsMax: milliseconds(1_000, 86_400_000),
  bookAgeMsMax: milliseconds(100, 60_000),
};

const bufferingShape = {
  bufferEnabled: z.boolean(),
  bufferThresholdNotionalMicros: cashMicros,
  bufferFlushNotionalMicros: cashMicros,
  bufferExecNotionalMicrosMin: cashMicros,
  bufferAgeMsMax: milliseconds(100, 600_000),
  bufferQuietMs: milliseconds(50, 600_000),
  bufferNetting: z.enum(['sameSideOnly', 'netBuySell']),
};

/** How live orders are made. Paper carries the fields too, so that both modes have one shape; it uses the SELL overrides. */
const executionShape = {
  orderType: z.enum(ORDER_TYPES),
  /** GTC and GTD orders rest at the venue; they are used only when this says so (R38). */
  restingOrdersEnabled: z.boolean(),
  gtdLifeSeconds: z.int().min(180).max(86_400),
  slippageBpsBuy: bpsOfWhole,
  slippageBpsSell: bpsOfWhole,
  /** Exits may be given more room than entries (R51); null means as for entries. */
  sellMaxWorseningPriceMicros: priceMicros.nullable(),
  sellOverMidPriceMicrosMax: priceMicros.nullable(),
  sellSpreadPriceMicrosMax: priceMicros.nullable(),
  /** Shares that no leader explains may be sold too (A13). */
  sellUnattributed: z.boolean(),
  /** The idempotency key stands in the order's metadata. */
  keyInMetadata: z.boolean(),
  submitTimeoutMs: milliseconds(500, 30_000),
  /** An order whose outcome is unknown is absent only when it has not been seen for this long. */
  unresolvedGraceMs: milliseconds(5_000, 600_000),
  /** An order that is unresolved for longer needs the operator. */
  unresolvedAgeMsMax: milliseconds(10_000, 3_600_000),
  /** Nothing is placed while the user channel has been down for longer. */
  channelDownMsMax: milliseconds(1_000, 600_000),
  /** A sale waits this long for shares to become final. */
  exitWaitMsMax: milliseconds(0, 600_000),
  /** Authenticated calls a second, well under the venue's limits (A28). */
  authCallsPerSecondMax: z.int().min(1).max(30),
  /** Live goes ON only after it has been in SHADOW for this long without a break (R102). */
  shadowMsMin: milliseconds(0, 30 * 86_400_000),
};

const overridableShape = { ...sizingShape, ...guardrailShape, ...bufferingShape };
const globalOnlyShape = { budgetedDynamicEnabled: z.boolean(), ...executionShape };

const settingsObject = z.strictObject({ ...overridableShape, ...globalOnlyShape });
export type ModeSettings = z.infer<typeof settingsObject>;

interface Contradiction {
  readonly field: keyof ModeSettings;
  readonly message: string;
}

/** Settings that are each in range but contradict one another; empty when all is well. */
export function contradictions(settings: ModeSettings): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const check = (holds: boolean, field: keyof ModeSettings, message: string): void => {
    if (!holds) found.push({ field, message });
  };
  check(
    settings.minTradeNotionalMicros <= settings.maxTradeNotionalMicros,
    'minTradeNotionalMicros',
    'the smallest trade is larger than the largest trade',
  );
  check(
    settings.budgetRateBpsMin <= settings.budgetRateBpsMax,
    'budgetRateBpsMin',
    'the lowest budget rate is above the highest',
  );
  check(
    !(settings.budgetedDynamicEnabled && settings.sizingMode === 'budgetedDynamic') ||
      settings.budgetNotionalMicros > 0,
    'budgetNotionalMicros',
    'budgeted sizing needs a budget above zero',
  );
  check(
    settings.bufferExecNotionalMicrosMin <= settings.bufferFlushNotionalMicros,
    'bufferExecNotionalMicrosMin',
    'the smallest flush that is executed is above the amount that triggers a flush',
  );
  check(
    settings.bufferQuietMs <= settings.bufferAgeMsMax,
    'bufferQuietMs',
    'the quiet time is longer than the longest time in the buffer',
  );
  check(
    settings.restingOrdersEnabled || settings.orderType === 'FAK' || settings.orderType === 'FOK',
    'orderType',
    'GTC and GTD orders rest at the venue: enable resting orders first',
  );
  return found;
}

/** What live execution starts with; also taken for documents from before there was any. */
const DEFAULTS_EXECUTION = {
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
  authCallsPerSecondMax: 10,
  shadowMsMin: 3_600_000,
} as const;

/** Fields of documents that are stored, which nothing reads any more. */
const REMOVED_FIELDS: readonly string[] = ['fokForCorrections'];

/**
 * A stored document in today's shape. Those saved before live execution, or before one of its fields, lack them and get the
 * defaults; every other field must be there. Removed fields are dropped.
 */
function inTodaysShape(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const known = Object.entries(given).filter(([field]) => !REMOVED_FIELDS.includes(field));
  return { ...DEFAULTS_EXECUTION, ...Object.fromEntries(known) };
}

/** Whole settings of a mode. Fails with a zod error whose paths are the field names. */
export const modeSettingsSchema = z.preprocess(
  inTodaysShape,
  settingsObject.superRefine((settings, context) => {
    for (const { field, message } of contradictions(settings)) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
  }),
);

/** A leader's override: any part of the overridable settings. Contradictions are judged on the merged whole. */
export const leaderOverrideSchema = z.strictObject(overridableShape).partial();
export type LeaderOverride = z.infer<typeof leaderOverrideSchema>;

const DEFAULTS_PAPER: ModeSettings = {
  sizingMode: 'fixedRate',
  copyRateBps: 100,
  minTradeNotionalMicros: 5_000_000,
  maxTradeNotionalMicros: 250_000_000,
  maxTradeBankrollBps: 75,
  budgetedDynamicEnabled: false,
  budgetNotionalMicros: 0,
  budgetRateBpsMin: 0,
  budgetRateBpsMax: 100,
  budgetEnforcement: 'hard',
  leaderTradeNotionalMicrosMin: 0,
  belowMinPolicy: 'RAISE',
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
  bufferNetting: 'sameSideOnly',
  ...DEFAULTS_EXECUTION,
};

/** LIVE starts stricter than paper and is never copied from it silently (A12, A25). */
const DEFAULTS_LIVE: ModeSettings = {
  ...DEFAULTS_PAPER,
  belowMinPolicy: 'SKIP',
  maxTradeNotionalMicros: 25_000_000,
  copyAgeMsMax: 15_000,
};

export function defaultSettings(mode: TradingMode): ModeSettings {
  return mode === 'PAPER' ? DEFAULTS_PAPER : DEFAULTS_LIVE;
}

/** The settings in force for one leader. A whole that contradicts itself is refused on write, so none is checked here. */
export function settingsFor(global: ModeSettings, override: LeaderOverride | undefined): ModeSettings {
  if (override === undefined) return global;
  const named = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
  return { ...global, ...named };
}

/** Settings shared by both modes: how a leader's fills become one group, and the first paper deposit. */
export const systemSettingsSchema = z
  .strictObject({
    groupQuietMs: milliseconds(0, 5_000),
    groupAgeMsMax: milliseconds(0, 10_000),
    paperOpeningDepositMicros: cashMicros,
  })
  .refine((settings) => settings.groupQuietMs <= settings.groupAgeMsMax, {
    path: ['groupQuietMs'],
    message: 'the quiet time is longer than the longest time of a group',
  });
export type SystemSettings = z.infer<typeof systemSettingsSchema>;

export const DEFAULT_SYSTEM_SETTINGS: SystemSettings = {
  groupQuietMs: 25,
  groupAgeMsMax: 250,
  paperOpeningDepositMicros: 10_000_000_000,
};
