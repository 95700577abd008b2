// The year bench: 400 days of five leaders with 100 fills a day each on virtual time, as rows in a database with the product's
// migrations, and the clean-up every ten minutes as cron calls it. The size is to stay below its part of the Free plan.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseLeaderAddress } from '../../domain/ids.ts';
import { DATABASE_BYTES_MAX } from '../../domain/settings/plans.ts';
import { DEFAULT_SYSTEM_SETTINGS } from '../../domain/settings/system-settings.ts';
import { DAY_MS } from '../../domain/time.ts';
import { RETENTION_EVERY_MS, retain } from '../../ledger/write/retention.ts';
import { openD1 } from '../ledger/d1-over-sqlite.ts';
import { YearRows } from './history/year-rows.ts';

const START_MS = Date.UTC(2027, 0, 1);
const SETTINGS = DEFAULT_SYSTEM_SETTINGS;

export interface YearReport {
  readonly days: number;
  readonly fillsPerDay: number;
  readonly bytesAllowed: number;
  readonly bytesMost: number;
  readonly bytesLast: number;
  readonly removedRows: number;
  /** The most rows that the clean-up wrote on one day, its deletions counted with their index entries. */
  readonly rowsRemovedDayMost: number;
  /** By day, every tenth. */
  readonly curve: readonly { readonly day: number; readonly megabytes: number }[];
  readonly met: boolean;
}

export async function measureYear(given: {
  readonly days: number;
  readonly fillsPerDay: number;
  readonly say: (line: string) => void;
}): Promise<YearReport> {
  const { days, fillsPerDay, say } = given;
  const folder = mkdtempSync(join(tmpdir(), 'year-'));
  const { d1, sqlite } = openD1(() => new DatabaseSync(join(folder, 'd1.sqlite')));
  try {
    sqlite.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -600000');
    const rows = new YearRows(sqlite, { fillsPerDay, startMs: START_MS });
    const leaders = rows.leaders.flatMap((address) => parseLeaderAddress(address) ?? []);
    const curve: { day: number; megabytes: number }[] = [];
    let [bytesMost, bytesLast, removedRows, rowsRemovedDayMost] = [0, 0, 0, 0];
    for (let day = 0; day < days; day += 1) {
      rows.writeDay(day);
      let removedToday = 0;
      for (
        let atMs = START_MS + (day + 1) * DAY_MS;
        atMs < START_MS + (day + 2) * DAY_MS;
        atMs += RETENTION_EVERY_MS
      ) {
        const done = await retain(d1, { settings: SETTINGS, leaders, nowMs: atMs });
        removedToday += done.removedRows;
        bytesLast = done.bytes ?? 0;
        bytesMost = Math.max(bytesMost, bytesLast);
      }
      removedRows += removedToday;
      rowsRemovedDayMost = Math.max(rowsRemovedDayMost, removedToday);
      if (day % 10 === 0) {
        curve.push({ day, megabytes: Math.round(bytesLast / 100_000) / 10 });
        say(`day ${day}: ${(bytesLast / 1_000_000).toFixed(1)} MB, ${removedToday} rows removed`);
      }
    }
    const bytesAllowed = (DATABASE_BYTES_MAX.FREE * SETTINGS.databaseBpsMax) / 10_000;
    return {
      ...{ days, fillsPerDay, bytesAllowed, bytesMost, bytesLast, removedRows, rowsRemovedDayMost, curve },
      met: bytesMost < bytesAllowed,
    };
  } finally {
    sqlite.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function yearText(report: YearReport): string {
  const {
    days,
    fillsPerDay,
    bytesAllowed,
    bytesMost,
    bytesLast,
    removedRows,
    rowsRemovedDayMost,
    curve,
    met,
  } = report;
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
  return [
    `${days} days of ${fillsPerDay} fills on the Free plan`,
    ...curve.map(
      (point) => `  day ${String(point.day).padStart(4)}  ${point.megabytes.toFixed(1).padStart(7)} MB`,
    ),
    `most ${megabytes(bytesMost)}, at the end ${megabytes(bytesLast)}, allowed ${megabytes(bytesAllowed)}`,
    `rows removed: ${removedRows}, on one day at most ${rowsRemovedDayMost}`,
    met ? 'Within budget.' : 'OVER BUDGET.',
  ].join('\n');
}
