/** What D1 keeps, and what else saves on the plan, as settings that a person reads and types. */
import type { SystemSettings } from '../../domain/settings/system-settings.ts';
import type { FieldKind } from './settings-fields.ts';

export type StorageField = keyof Pick<
  SystemSettings,
  | 'plan'
  | 'databaseBpsMax'
  | 'factsDaysMax'
  | 'minuteDaysMax'
  | 'hourDaysMax'
  | 'skipDaysMax'
  | 'tradeDaysMax'
  | 'rtdsEnabled'
>;

export const STORAGE_FIELDS = {
  plan: { kind: 'choice', label: 'Plan at Cloudflare', words: { FREE: 'Free', PAID: 'Paid' } },
  databaseBpsMax: {
    kind: 'amount',
    label: 'Keep the database below this part of the plan’s size',
    unit: 'percent',
  },
  factsDaysMax: {
    kind: 'amount',
    label: 'Facts of decisions, and refused input, are kept for',
    unit: 'days',
  },
  minuteDaysMax: { kind: 'amount', label: 'Portfolio values by the minute are kept for', unit: 'days' },
  hourDaysMax: {
    kind: 'amount',
    label: 'Portfolio values by the hour are kept for (by the day without end)',
    unit: 'days',
  },
  skipDaysMax: { kind: 'amount', label: 'Skipped copies are kept for', unit: 'days' },
  tradeDaysMax: {
    kind: 'amount',
    label: 'Leader fills, copies, orders, our fills and the ledger are kept for',
    unit: 'days',
  },
  rtdsEnabled: {
    kind: 'switch',
    label: 'Listen to the live feed of trades (RTDS); off, trades are seen some ten seconds later',
  },
} as const satisfies Record<StorageField, FieldKind & { readonly label: string }>;

/** In the order shown. */
export const STORAGE_FIELD_NAMES = Object.keys(STORAGE_FIELDS) as StorageField[]; // the keys of the record above
