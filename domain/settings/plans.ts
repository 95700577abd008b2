/** What Cloudflare's two plans allow, as read on 2026-11-22. A day's meters begin again at midnight UTC. */

export const PLANS = ['FREE', 'PAID'] as const;
export type Plan = (typeof PLANS)[number];

const MEGABYTE = 1_000_000;
const MILLION = 1_000_000;

/** Bytes of one D1 database. */
export const DATABASE_BYTES_MAX = { FREE: 500 * MEGABYTE, PAID: 10_000 * MEGABYTE } as const satisfies Record<
  Plan,
  number
>;

/** Of the size that the settings allow: from here on young rows are removed too, so that it is never reached. */
const YOUNG_BPS = 8_500;

/** Bytes of D1 beyond which also rows go that are not old yet. */
export function youngRowsBytes(settings: { readonly plan: Plan; readonly databaseBpsMax: number }): number {
  return (((DATABASE_BYTES_MAX[settings.plan] * settings.databaseBpsMax) / 10_000) * YOUNG_BPS) / 10_000;
}

/** What a plan counts by the day that this product can count too. */
export const METERS = [
  'workerRequests',
  'objectRequests',
  'objectGbSeconds',
  'objectRowsRead',
  'objectRowsWritten',
  'd1RowsRead',
  'd1RowsWritten',
] as const;
export type Meter = (typeof METERS)[number];
export type Metered = Readonly<Record<Meter, number>>;

/** Free: calls fail beyond it until midnight UTC. */
export const FREE_PER_DAY = {
  workerRequests: 100_000,
  objectRequests: 100_000,
  objectGbSeconds: 13_000,
  objectRowsRead: 5 * MILLION,
  objectRowsWritten: 100_000,
  d1RowsRead: 5 * MILLION,
  d1RowsWritten: 100_000,
} as const satisfies Metered;

/** Paid: what $5 a month includes; more is billed. */
export const PAID_PER_MONTH = {
  workerRequests: 10 * MILLION,
  objectRequests: MILLION,
  objectGbSeconds: 400_000,
  objectRowsRead: 25_000 * MILLION,
  objectRowsWritten: 50 * MILLION,
  d1RowsRead: 25_000 * MILLION,
  d1RowsWritten: 50 * MILLION,
} as const satisfies Metered;

export const DAYS_PER_MONTH = 30;
/** Every object is billed as this much memory. */
export const OBJECT_GIGABYTES = 0.128;

/** What the plan allows of the meter on one day; on Paid a thirtieth of the month's. */
export function allowedPerDay(plan: Plan, meter: Meter): number {
  return plan === 'FREE' ? FREE_PER_DAY[meter] : PAID_PER_MONTH[meter] / DAYS_PER_MONTH;
}

/** Of a meter or of the database's size: from here on the operator is warned. */
export const WARNED_BPS = 8_000;
