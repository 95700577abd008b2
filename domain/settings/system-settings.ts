/** Settings shared by both modes: how a leader's fills become one group, the first paper deposit, and what D1 keeps. */
import { SECOND_MS } from '../time.ts';
import * as z from '../zod.ts';
import { PLANS } from './plans.ts';
import { whole } from './whole.ts';

/** $1,000,000. */
const OPENING_MICROS_MAX = 1_000_000_000_000;
/** Ten years. */
const KEPT_DAYS_MAX = 3_650;
/** Nothing younger is removed, however large the database is: figures of a week, and rows that come late, need it. */
export const KEPT_DAYS_MIN = 14;

const DEFAULT_RETENTION = {
  plan: 'FREE',
  databaseBpsMax: 7_000,
  factsDaysMax: 90,
  minuteDaysMax: 30,
  hourDaysMax: 400,
  skipDaysMax: 365,
  tradeDaysMax: 1_095,
} as const;

/** How long D1 keeps its rows. Documents of earlier releases lack these. */
const retentionShape = {
  plan: z._default(z.enum(PLANS), DEFAULT_RETENTION.plan),
  /** Of the plan's size. Rows that are not old yet are removed too where the database would grow beyond it. */
  databaseBpsMax: z._default(whole(1_000, 9_000), DEFAULT_RETENTION.databaseBpsMax),
  factsDaysMax: z._default(whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX), DEFAULT_RETENTION.factsDaysMax),
  minuteDaysMax: z._default(whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX), DEFAULT_RETENTION.minuteDaysMax),
  hourDaysMax: z._default(whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX), DEFAULT_RETENTION.hourDaysMax),
  skipDaysMax: z._default(whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX), DEFAULT_RETENTION.skipDaysMax),
  tradeDaysMax: z._default(whole(KEPT_DAYS_MIN, KEPT_DAYS_MAX), DEFAULT_RETENTION.tradeDaysMax),
};

export const systemSettingsSchema = z
  .strictObject({
    groupQuietMs: whole(0, 5 * SECOND_MS),
    groupAgeMsMax: whole(0, 10 * SECOND_MS),
    paperOpeningDepositMicros: whole(0, OPENING_MICROS_MAX),
    ...retentionShape,
    /** Off: leaders' trades are seen by sweeps alone, some seconds later, and no frame of others' trades arrives. */
    rtdsEnabled: z._default(z.boolean(), true),
  })
  .check(
    z.refine((settings) => settings.groupQuietMs <= settings.groupAgeMsMax, {
      path: ['groupQuietMs'],
      message: 'the quiet time is longer than the longest time of a group',
    }),
  );
export type SystemSettings = z.infer<typeof systemSettingsSchema>;

export const DEFAULT_SYSTEM_SETTINGS: SystemSettings = {
  groupQuietMs: 25,
  groupAgeMsMax: 250,
  paperOpeningDepositMicros: 10_000_000_000,
  ...DEFAULT_RETENTION,
  rtdsEnabled: true,
};
