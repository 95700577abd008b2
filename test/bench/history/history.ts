// Makes a whole history in an empty database that has the product's migrations, the same for the same seed, number of rows
// and minute; and names what the pages request of it.
import type { DatabaseSync } from 'node:sqlite';
import {
  writeControl,
  writeLeftovers,
  writeMarkets,
  writePositions,
  writeSnapshots,
  writeStats,
} from './holdings.ts';
import { withoutIndices } from './inserter.ts';
import { COMMON_REASON, COMMON_WORD, RARE_REASON, RARE_WORD, type Scale } from './scale.ts';
import { TradeRows } from './trades.ts';

const DAY_MS = 86_400_000;

/** Enough to keep the whole file in memory, in KiB: ids are scattered, so that every page of it is touched again. */
const CACHE_KIB = 6_000_000;

/** Places in the middle of each list, as they stand in an address. */
export interface Cursors {
  readonly paper: string;
  readonly live: string;
  readonly fills: string;
  readonly orders: string;
  readonly liveFills: string;
}

export interface HistoryNames {
  readonly busyLeader: string;
  readonly quietLeader: string;
  readonly rareLeader: string;
  readonly commonReason: string;
  readonly rareReason: string;
  readonly commonWord: string;
  readonly rareWord: string;
  /** Of a market that is traded now. */
  readonly conditionId: string;
  /** A month in the middle, as dates. */
  readonly fromDate: string;
  readonly toDate: string;
  readonly paperAttempt: { readonly leader: string; readonly group: string };
  readonly liveAttempt: { readonly leader: string; readonly group: string };
  readonly cursors: Cursors;
}

/** Fills it, all or nothing in effect: a file in which this did not end is to be thrown away. */
export function fillHistory(sqlite: DatabaseSync, scale: Scale): HistoryNames {
  sqlite.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB}`);
  withoutIndices(sqlite, () => {
    // A transaction each: the pages that a single one changes would all stay in memory.
    for (const write of [
      () => writeMarkets(sqlite, scale),
      () => new TradeRows(sqlite, scale).write(),
      () => writePositions(sqlite, scale),
      () => writeSnapshots(sqlite, scale, scale.untilMs),
      () => writeStats(sqlite, scale),
      () => writeControl(sqlite, scale),
      () => writeLeftovers(sqlite, scale),
    ]) {
      sqlite.exec('BEGIN');
      write();
      sqlite.exec('COMMIT');
    }
  });
  return namesIn(sqlite, scale);
}

function namesIn(sqlite: DatabaseSync, scale: Scale): HistoryNames {
  const { leaders, markets, fromMs, untilMs } = scale;
  const middleMs = Math.floor((fromMs + untilMs) / 2);
  const place = (table: string, time: string, key: string, where = '1'): string => {
    const row = sqlite
      .prepare(
        `SELECT ${time} AS at, ${key} AS key FROM ${table} WHERE ${where} AND ${time} < ? ORDER BY 1 DESC LIMIT 1`,
      )
      .get(middleMs);
    return row === undefined ? '' : `${row.at}~${row.key}`;
  };
  const newest = (mode: string): { leader: string; group: string } => {
    const row = sqlite
      .prepare(
        `SELECT leader_address AS leader, group_key AS "group" FROM copy_attempts
         WHERE mode = ? AND decision = 'EXECUTE' ORDER BY decided_at_ms DESC LIMIT 1`,
      )
      .get(mode);
    return { leader: String(row?.leader), group: String(row?.group) };
  };
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return {
    busyLeader: leaders[0] ?? '',
    quietLeader: leaders.at(-2) ?? '',
    rareLeader: leaders.at(-1) ?? '',
    commonReason: COMMON_REASON,
    rareReason: RARE_REASON,
    commonWord: COMMON_WORD,
    rareWord: RARE_WORD,
    conditionId: markets.at(-2)?.conditionId ?? '',
    fromDate: date(middleMs - 15 * DAY_MS),
    toDate: date(middleMs + 15 * DAY_MS),
    paperAttempt: newest('PAPER'),
    liveAttempt: newest('LIVE'),
    cursors: {
      paper: place('copy_attempts', 'decided_at_ms', 'group_key', "mode = 'PAPER'"),
      live: place('copy_attempts', 'decided_at_ms', 'group_key', "mode = 'LIVE'"),
      fills: place('leader_fills', 'event_at_ms', 'fill_id'),
      orders: place('live_orders', 'created_at_ms', 'order_key'),
      liveFills: place('live_fills', 'matched_at_ms', "order_id || '~' || trade_id"),
    },
  };
}
