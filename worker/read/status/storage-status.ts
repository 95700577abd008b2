/** How large the database is, how fast it grows, and what is removed next: for the page Status. */
import { DATABASE_BYTES_MAX, youngRowsBytes } from '../../../domain/settings/plans.ts';
import type { SystemSettings } from '../../../domain/settings/system-settings.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { readStored, type StoredKind } from '../../../ledger/read/storage.ts';
import type { StorageView } from '../../../views/status/storage.tsx';
import type { Env } from '../../env.ts';

const KEPT_DAYS = {
  facts: 'factsDaysMax',
  minutes: 'minuteDaysMax',
  skips: 'skipDaysMax',
  copies: 'tradeDaysMax',
  leaderFills: 'tradeDaysMax',
} as const satisfies Record<StoredKind, keyof SystemSettings>;

export async function storageStatus(env: Env, settings: SystemSettings): Promise<StorageView> {
  const { days, oldestAtMs } = await readStored(env.DB);
  const [newest] = days;
  const first = days.at(-1);
  const spanDays =
    newest === undefined || first === undefined ? 0 : (newest.dayAtMs - first.dayAtMs) / DAY_MS;
  const kinds = Object.entries(KEPT_DAYS) as [StoredKind, (typeof KEPT_DAYS)[StoredKind]][]; // the keys of the record above
  return {
    plan: settings.plan,
    bytes: newest?.bytes ?? null,
    planBytes: DATABASE_BYTES_MAX[settings.plan],
    shareBpsMax: settings.databaseBpsMax,
    bytesPerDay:
      spanDays > 0 && newest !== undefined && first !== undefined
        ? Math.round((newest.bytes - first.bytes) / spanDays)
        : null,
    youngRowsGo: newest !== undefined && newest.bytes > youngRowsBytes(settings),
    removedRows: days.reduce((sum, day) => sum + day.removedRows, 0),
    kinds: kinds.map(([kind, field]) => {
      const oldest = oldestAtMs[kind];
      const keptDays = settings[field];
      return {
        kind,
        keptDays,
        oldestAtMs: oldest,
        goesAtMs: oldest === null ? null : oldest + keptDays * DAY_MS,
      };
    }),
  };
}
