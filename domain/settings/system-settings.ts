/** Settings shared by both modes: how a leader's fills become one group, and the first paper deposit. */
import { SECOND_MS } from '../time.ts';
import * as z from '../zod.ts';
import { whole } from './whole.ts';

/** $1,000,000. */
const OPENING_MICROS_MAX = 1_000_000_000_000;

export const systemSettingsSchema = z
  .strictObject({
    groupQuietMs: whole(0, 5 * SECOND_MS),
    groupAgeMsMax: whole(0, 10 * SECOND_MS),
    paperOpeningDepositMicros: whole(0, OPENING_MICROS_MAX),
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
};
