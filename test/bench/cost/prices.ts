// What Cloudflare's two plans include and charge, as the reference's table has it (cloudflare-platform.md 3.6, read on
// 2026-11-22), and the budgets of design.md 12.

/** What is billed, of one day. */
export interface Day {
  readonly workerRequests: number;
  readonly objectRequests: number;
  readonly objectGbSeconds: number;
  readonly objectRowsRead: number;
  readonly objectRowsWritten: number;
  readonly d1RowsRead: number;
  readonly d1RowsWritten: number;
  readonly logEvents: number;
}

export type Meter = keyof Day;

interface Price {
  readonly name: string;
  /** Of the Free plan, a day. */
  readonly freePerDay: number;
  /** Of the Paid plan, a month, within its $5. */
  readonly includedPerMonth: number;
  /** Dollars for a million more. */
  readonly dollarsPerMillion: number;
  /** The share of the Free plan that the paper load may use. */
  readonly freeShareMax: number;
}

const MILLION = 1_000_000;
const EVERY_OTHER = 0.8;

export const PRICES: Readonly<Record<Meter, Price>> = {
  workerRequests: price('Worker requests', 100_000, 10 * MILLION, 0.3),
  objectRequests: price('object requests', 100_000, MILLION, 0.15),
  // One object that is always awake is 85 % of it.
  objectGbSeconds: { ...price('object duration, GB-s', 13_000, 400_000, 12.5), freeShareMax: 0.92 },
  objectRowsRead: price('object rows read', 5 * MILLION, 25_000 * MILLION, 0.001),
  objectRowsWritten: price('object rows written', 100_000, 50 * MILLION, 1),
  d1RowsRead: price('D1 rows read', 5 * MILLION, 25_000 * MILLION, 0.001),
  d1RowsWritten: price('D1 rows written', 100_000, 50 * MILLION, 1),
  logEvents: price('log events', 200_000, 20 * MILLION, 0.6),
};

export const METERS = Object.keys(PRICES) as readonly Meter[];

const GIGABYTE = 1_000_000_000;
/** Every object is billed as this much memory. */
export const OBJECT_GIGABYTES = 0.128;
export const D1_BYTES_MAX = { free: GIGABYTE / 2, paid: 10 * GIGABYTE };
/** D1 is to stay below this share of its limit. */
export const D1_SHARE_MAX = 0.7;
/** Of the Paid plan for the large load, in all. */
export const PAID_DOLLARS_MAX = 15;
const PLAN_DOLLARS = 5;
export const DAYS_PER_MONTH = 30;
/** Messages that arrive on an outgoing socket, should they be billed: so many are one request. */
export const FRAMES_PER_REQUEST = 20;

function price(name: string, freePerDay: number, includedPerMonth: number, dollarsPerMillion: number): Price {
  return { name, freePerDay, includedPerMonth, dollarsPerMillion, freeShareMax: EVERY_OTHER };
}

/** Dollars of one month beyond what is included, by meter. */
export function dollarsOf(day: Day): Readonly<Record<Meter, number>> {
  const dollars = METERS.map((meter) => {
    const { includedPerMonth, dollarsPerMillion } = PRICES[meter];
    const beyond = Math.max(0, day[meter] * DAYS_PER_MONTH - includedPerMonth);
    return [meter, (beyond / MILLION) * dollarsPerMillion] as const;
  });
  return Object.fromEntries(dollars) as Record<Meter, number>;
}

/** What a month of such days costs on the Paid plan, with its fee. */
export function paidDollars(day: Day): number {
  return Object.values(dollarsOf(day)).reduce((sum, dollars) => sum + dollars, PLAN_DOLLARS);
}
