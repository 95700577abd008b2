// What Cloudflare's two plans include and charge, as the reference's table has it (cloudflare-platform.md 3.6, read on
// 2026-11-22), and the budgets of design.md 12.

import {
  METERS as COUNTED,
  DATABASE_BYTES_MAX,
  DAYS_PER_MONTH,
  FREE_PER_DAY,
  type Metered,
  PAID_PER_MONTH,
} from '../../../domain/settings/plans.ts';

/** What is billed, of one day. */
export interface Day extends Metered {
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

const PER_MONTH = { ...PAID_PER_MONTH, logEvents: 20 * MILLION };
const PER_DAY = { ...FREE_PER_DAY, logEvents: 200_000 };

export const PRICES: Readonly<Record<Meter, Price>> = {
  workerRequests: price('workerRequests', 'Worker requests', 0.3),
  objectRequests: price('objectRequests', 'object requests', 0.15),
  // One object that is always awake is 85 % of it.
  objectGbSeconds: { ...price('objectGbSeconds', 'object duration, GB-s', 12.5), freeShareMax: 0.92 },
  objectRowsRead: price('objectRowsRead', 'object rows read', 0.001),
  objectRowsWritten: price('objectRowsWritten', 'object rows written', 1),
  d1RowsRead: price('d1RowsRead', 'D1 rows read', 0.001),
  d1RowsWritten: price('d1RowsWritten', 'D1 rows written', 1),
  logEvents: price('logEvents', 'log events', 0.6),
};

export const METERS: readonly Meter[] = [...COUNTED, 'logEvents'];

export const D1_BYTES_MAX = { free: DATABASE_BYTES_MAX.FREE, paid: DATABASE_BYTES_MAX.PAID };
/** D1 is to stay below this share of its limit. */
export const D1_SHARE_MAX = 0.7;
/** Of the Paid plan for the large load, in all. */
export const PAID_DOLLARS_MAX = 15;
const PLAN_DOLLARS = 5;
/** Messages that arrive on an outgoing socket, should they be billed: so many are one request. */
export const FRAMES_PER_REQUEST = 20;

function price(meter: Meter, name: string, dollarsPerMillion: number): Price {
  const [freePerDay, includedPerMonth] = [PER_DAY[meter], PER_MONTH[meter]];
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
