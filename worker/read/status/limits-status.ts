/** How much of the plan's day is used, meter by meter, and how full the database is. */
import {
  allowedPerDay,
  DATABASE_BYTES_MAX,
  METERS,
  type Plan,
  WARNED_BPS,
} from '../../../domain/settings/plans.ts';
import { readDatabaseBytes } from '../../../ledger/read/storage.ts';
import { readUsage } from '../../../ledger/read/usage.ts';
import type { LimitView, MeterName } from '../../../views/status/limits.tsx';
import type { Env } from '../../env.ts';

/** Of today, which began at midnight UTC. */
export async function limitsStatus(env: Env, plan: Plan, nowMs: number): Promise<readonly LimitView[]> {
  const [used, databaseBytes] = await Promise.all([readUsage(env.DB, nowMs), readDatabaseBytes(env.DB)]);
  const meters = METERS.map((meter) => limit(meter, used[meter], allowedPerDay(plan, meter)));
  return databaseBytes === null
    ? meters
    : [...meters, limit('databaseBytes', databaseBytes, DATABASE_BYTES_MAX[plan])];
}

function limit(name: MeterName, used: number, allowed: number): LimitView {
  const shareBps = Math.floor((used * 10_000) / allowed);
  return { name, used, allowed, shareBps, isWarned: shareBps >= WARNED_BPS };
}
