/**
 * Settings of one mode: sizing, guardrails, buffering and execution, validated on write and on read (design.md 9).
 * Global settings are complete; a leader's override names only what differs. All defaults are here (W26).
 */
import type { TradingMode } from '../ids.ts';
import { ORDER_TYPES } from '../orders/orders.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';
import * as z from '../zod.ts';
import { whole } from './whole.ts';

const cashMicros = whole(0, 1_000_000_000_000);
const priceMicros = whole(0, 1_000_000);
const bpsOfWhole = whole(0, 10_000);
const milliseconds = whole;

const sizingShape = {
  sizingMode: z.enum(['fixedRate', 'budgetedDynamic']),
  copyRateBps: whole(0, 100_000),
  minTradeNotionalMicros: cashMicros,
  maxTradeNotionalMicros: cashMicros,
  maxTradeBankrollBps: bpsOfWhole,
  budgetNotionalMicros: cashMicros,
  budgetRateBpsMin: whole(0, 100_000),
  budgetRateBpsMax: whole(0, 100_000),
  budgetEnforcement: z.enum(['hard', 'soft']),
  leaderTradeNotionalMicrosMin: cashMicros,
  belowMinPolicy: z.enum(['SKIP', 'RAISE', 'CARRY']),
  carryAgeMsMax: milliseconds(SECOND_MS, 30 * DAY_MS),
  fullExitPolicy: z.enum(['RATE', 'SELL_ALL']),
  /** How exits are sized: by the fraction that the leader sold, or by our rate of it (A43). */
  exitSizing: z.enum(['MIRROR_FRACTION', 'RATE']),
};

const guardrailShape = {
  maxWorseningPriceMicros: priceMicros,
  buyPriceMicrosMax: z.nullable(priceMicros),
  overMidPriceMicrosMax: priceMicros,
  spreadPriceMicrosMax: priceMicros,
  depthMultiplierBps: whole(0, 1_000_000),
  depthPolicy: z.enum(['TRIM', 'SKIP']),
  noOpensBeforeCloseMinutes: whole(0, 525_600),
  totalExposureBpsMax: whole(0, 100_000),
  marketExposureBpsMax: whole(0, 100_000),
  leaderExposureBpsMax: whole(0, 100_000),
  dailyLossBpsMax: bpsOfWhole,
  weeklyLossBpsMax: bpsOfWhole,
  drawdownBpsMax: bpsOfWhole,
  marketBlacklist: z
    .array(z.string().check(z.regex(/^0x[0-9a-f]{64}$/, 'not a condition id')))
    .check(z.maxLength(500)),
  copyAgeMsMax: milliseconds(SECOND_MS, DAY_MS),
  bookAgeMsMax: milliseconds(100, MINUTE_MS),
  /** How long an owed exit keeps the ordinary price bounds, and how far below the leader's price it may sell after that. */
  exitPatienceMs: milliseconds(0, DAY_MS),
  exitWorseningPriceMicrosMax: priceMicros,
  exitWorseningBpsMax: bpsOfWhole,
  /** An owed exit is tried for this long (A44). */
  exitAgeMsMax: milliseconds(MINUTE_MS, 30 * DAY_MS),
};

const bufferingShape = {
  bufferEnabled: z.boolean(),
  bufferThresholdNotionalMicros: cashMicros,
  bufferFlushNotionalMicros: cashMicros,
  bufferExecNotionalMicrosMin: cashMicros,
  bufferAgeMsMax: milliseconds(100, 10 * MINUTE_MS),
  bufferQuietMs: milliseconds(50, 10 * MINUTE_MS),
};

/** How live orders are made. Paper has the fields too, so that both modes have one shape; it uses the SELL overrides and what is named so. */
const executionShape = {
  orderType: z.enum(ORDER_TYPES),
  /** Whether GTC and GTD orders, which rest at the venue, may be used (R38). */
  restingOrdersEnabled: z.boolean(),
  gtdLifeSeconds: whole(180, 86_400),
  slippageBpsBuy: bpsOfWhole,
  slippageBpsSell: bpsOfWhole,
  /** Exits may be given more room than entries (R51); null means as for entries. */
  sellMaxWorseningPriceMicros: z.nullable(priceMicros),
  sellOverMidPriceMicrosMax: z.nullable(priceMicros),
  sellSpreadPriceMicrosMax: z.nullable(priceMicros),
  /** Whether shares that no leader explains may be sold too (A13). */
  sellUnattributed: z.boolean(),
  /** Whether the idempotency key is written into the order's metadata. */
  keyInMetadata: z.boolean(),
  submitTimeoutMs: milliseconds(500, 30 * SECOND_MS),
  /** An order whose outcome is unknown can be judged absent only after it has not been seen for this long. */
  unresolvedGraceMs: milliseconds(5 * SECOND_MS, 10 * MINUTE_MS),
  /** An order that is unresolved for longer than this needs the operator. */
  unresolvedAgeMsMax: milliseconds(10 * SECOND_MS, HOUR_MS),
  /** No order is placed while the user channel has been down for longer than this. */
  channelDownMsMax: milliseconds(SECOND_MS, 10 * MINUTE_MS),
  /** How long a sale waits for shares to become final. */
  exitWaitMsMax: milliseconds(0, 10 * MINUTE_MS),
  /** Paper only: how long a copy waits besides the market's own delay; null is as long as live orders were seen to take (A55). */
  paperSubmitMs: z.nullable(milliseconds(0, 30 * SECOND_MS)),
  /** The most authenticated calls per second, well under the venue's limits (A28). */
  authCallsPerSecondMax: whole(1, 30),
  /** Live can go ON only after this long in SHADOW without a break (R102). */
  shadowMsMin: milliseconds(0, 30 * DAY_MS),
};

const overridableShape = { ...sizingShape, ...guardrailShape, ...bufferingShape };
const globalOnlyShape = { budgetedDynamicEnabled: z.boolean(), ...executionShape };

const settingsObject = z.strictObject({ ...overridableShape, ...globalOnlyShape });
export type ModeSettings = z.infer<typeof settingsObject>;

interface Contradiction {
  readonly field: keyof ModeSettings;
  readonly message: string;
}

/** Pairs of settings that are each in range but contradict one another; empty if there are none. */
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

/** Of exits (A43–A45). Also used for stored documents that lack these fields. */
const DEFAULTS_EXITS = {
  exitSizing: 'MIRROR_FRACTION',
  exitPatienceMs: MINUTE_MS,
  exitWorseningPriceMicrosMax: 100_000,
  exitWorseningBpsMax: 2_500,
  exitAgeMsMax: DAY_MS,
} as const;

/** Also used for stored documents that lack these fields. */
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
  submitTimeoutMs: 5 * SECOND_MS,
  unresolvedGraceMs: 30 * SECOND_MS,
  unresolvedAgeMsMax: 2 * MINUTE_MS,
  channelDownMsMax: 10 * SECOND_MS,
  exitWaitMsMax: 15 * SECOND_MS,
  paperSubmitMs: null,
  authCallsPerSecondMax: 10,
  shadowMsMin: HOUR_MS,
} as const;

/** Fields that stored documents can have and that nothing reads any more. */
const REMOVED_FIELDS: readonly string[] = ['fokForCorrections', 'bufferNetting'];

/**
 * A stored document in today's shape. Documents saved before a field of live execution or of exits existed get its default; a missing
 * field of any other kind is an error. Removed fields are dropped.
 */
function inTodaysShape(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  // Every object and every page reads documents: no field is copied twice.
  return withoutRemoved({ ...DEFAULTS_EXITS, ...DEFAULTS_EXECUTION, ...given });
}

/** Deletes the removed fields of this object, and returns it. */
function withoutRemoved(document: Record<string, unknown>): unknown {
  for (const field of REMOVED_FIELDS) if (field in document) delete document[field];
  return document;
}

const consistent = z.superRefine<ModeSettings>((settings, context) => {
  for (const { field, message } of contradictions(settings)) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
});

/** The complete settings of a mode. The paths of its zod errors are the field names. */
export const modeSettingsSchema = z.pipe(z.transform(inTodaysShape), settingsObject.check(consistent));

/** A leader's override: some of the overridable settings. Contradictions are checked on the merged settings. */
export const leaderOverrideSchema = z.partial(z.strictObject(overridableShape));
export type LeaderOverride = z.infer<typeof leaderOverrideSchema>;

/** A stored override: one saved by an earlier release may have removed fields, which are dropped. */
export const storedOverrideSchema = z.pipe(
  z.transform((given: unknown) =>
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? withoutRemoved({ ...given })
      : given,
  ),
  leaderOverrideSchema,
);

/** One set for both modes, so that paper predicts live (A54). What is too small for the venue is carried. */
const DEFAULTS_PAPER: ModeSettings = {
  sizingMode: 'fixedRate',
  copyRateBps: 100,
  // The venue's own minimum.
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
  carryAgeMsMax: DAY_MS,
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
  // Every source alone must be able to lead to a copy: a sweep sees a trade a minute after it at most (design.md 2).
  copyAgeMsMax: MINUTE_MS,
  bookAgeMsMax: 2 * SECOND_MS,
  bufferEnabled: false,
  bufferThresholdNotionalMicros: 250_000,
  bufferFlushNotionalMicros: 500_000,
  bufferExecNotionalMicrosMin: 100_000,
  bufferAgeMsMax: 2_500,
  bufferQuietMs: 600,
  ...DEFAULTS_EXITS,
  ...DEFAULTS_EXECUTION,
};

/** LIVE starts with a lower cap. Settings are copied between the modes only on the operator's command (A12, A25, A54). */
const DEFAULTS_LIVE: ModeSettings = { ...DEFAULTS_PAPER, maxTradeNotionalMicros: 25_000_000 };

export function defaultSettings(mode: TradingMode): ModeSettings {
  return mode === 'PAPER' ? DEFAULTS_PAPER : DEFAULTS_LIVE;
}

/** The settings in force for one leader. Contradictions are refused on write, so they are not checked here. */
export function settingsFor(global: ModeSettings, override: LeaderOverride | undefined): ModeSettings {
  if (override === undefined) return global;
  const named = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
  return { ...global, ...named };
}
