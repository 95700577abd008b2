/**
 * Keeps D1 below its share of the plan: what is older than the settings say is added up by day and removed, the oldest first;
 * while the database is too large, also what is younger, each kind in proportion to how long it would be kept. Cron calls it
 * every ten minutes. One call is a few small statements by index, and each step is one transaction: rows go only with
 * their sums, and a call that was cut off is taken up by the next.
 */
import type { LeaderAddress } from '../../domain/ids.ts';
import { EXTERNAL_LEADER, TRADING_MODES } from '../../domain/ids.ts';
import { NO_LEADER } from '../../domain/records/sentinels.ts';
import { type Plan, youngRowsBytes } from '../../domain/settings/plans.ts';
import { KEPT_DAYS_MIN, type SystemSettings } from '../../domain/settings/system-settings.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';
import { removeMarkets } from './old-markets.ts';
import { keptMs, type RowKind, snapshotKinds, TRADE_KINDS } from './row-kinds.ts';

/** Cron calls it this often. */
export const RETENTION_EVERY_MS = 10 * MINUTE_MS;

/** Rows that one call may write, and twice that while the database is too large: a fifth of the Free plan's day at most. */
const ROWS_WRITTEN_MAX = { FREE: 150, PAID: 6_000 } as const satisfies Record<Plan, number>;
/** Rows looked at for one kind. */
const ROWS_SEEN_MAX = { FREE: 400, PAID: 3_000 } as const satisfies Record<Plan, number>;
const MARKETS_SEEN_MAX = { FREE: 20, PAID: 200 } as const satisfies Record<Plan, number>;
/** Kinds that one call removes of: with all reads it stays below the 50 statements that the Free plan gives a request. */
const KINDS_MAX = 3;
const MONTH = 'month';

export interface Retention {
  readonly settings: SystemSettings;
  /** All whose rows there may be, also those who were removed. */
  readonly leaders: readonly LeaderAddress[];
  readonly nowMs: number;
}

/** What one call did; `bytes` is null where D1 does not report its size. */
export interface Retained {
  readonly removedRows: number;
  readonly bytes: number | null;
}

/** A kind with the age of its oldest row, as a part of how long it is kept. */
interface Due {
  readonly kind: RowKind;
  readonly throughMs: number;
  readonly part: number;
}

/** Whether this minute is one in which cron calls `retain`. */
export function isRetentionDue(nowMs: number): boolean {
  return Math.floor(nowMs / MINUTE_MS) % (RETENTION_EVERY_MS / MINUTE_MS) === 4;
}

/** Removes a bounded part of what is due; throws what D1 throws, after it has tried every kind that was its turn. Harmless when repeated, and when two calls run at once: rows are added up as they go. */
export async function retain(d1: D1Database, retention: Retention): Promise<Retained> {
  const { settings, nowMs } = retention;
  const kinds = kindsOf(retention);
  const { due, bytes } = await dueKinds(d1, kinds, retention);
  const tooLarge = bytes !== null && bytes > youngRowsBytes(settings);
  let left = ROWS_WRITTEN_MAX[settings.plan] * (tooLarge ? 2 : 1);
  let removedRows = 0;
  let used = 0;
  let failed: unknown;
  for (const one of due) {
    if (used === KINDS_MAX || left < one.kind.writtenEach || (one.part <= 1 && !tooLarge)) break;
    const keptNowMs = one.part > 1 ? keptMs(one.kind, settings) : KEPT_DAYS_MIN * DAY_MS;
    const limit = Math.min(ROWS_SEEN_MAX[settings.plan], Math.floor(left / one.kind.writtenEach));
    used += 1;
    try {
      const removed = await removeOldest(d1, one, { beforeMs: nowMs - keptNowMs, limit });
      removedRows += removed;
      left -= removed * one.kind.writtenEach;
    } catch (error) {
      // A full database takes no sums, but facts can be blanked, which makes room for them.
      failed ??= error;
    }
  }
  if (isTradeTurn(nowMs)) {
    const marketsSeenMax = MARKETS_SEEN_MAX[settings.plan];
    removedRows += await removeMarkets(d1, { leaders: retention.leaders, nowMs, limit: marketsSeenMax });
  }
  if (failed !== undefined) throw failed;
  if (bytes !== null) await noteDay(d1, { dayAtMs: nowMs - (nowMs % DAY_MS), bytes, removedRows });
  return { removedRows, bytes };
}

/** The kinds take turns: those of trades in one call, in the next the snapshots of the Wallets and of one leader. */
function isTradeTurn(nowMs: number): boolean {
  return Math.floor(nowMs / RETENTION_EVERY_MS) % 2 === 0;
}

function kindsOf({ leaders, nowMs }: Retention): readonly RowKind[] {
  if (isTradeTurn(nowMs)) return TRADE_KINDS;
  const named = [EXTERNAL_LEADER, ...leaders];
  const leader = named[Math.floor(nowMs / (2 * RETENTION_EVERY_MS)) % named.length] ?? EXTERNAL_LEADER;
  return [
    ...TRADING_MODES.flatMap((mode) =>
      [NO_LEADER, leader].flatMap((leaderAddress) =>
        snapshotKinds({ mode, scope: 'EXEC_GLOBAL', leaderAddress }),
      ),
    ),
    ...snapshotKinds({ mode: 'PAPER', scope: 'SHADOW_USER', leaderAddress: leader }),
  ];
}

/** The kinds that have rows old enough to go at all, the most overdue first; and the size of the database. */
async function dueKinds(
  d1: D1Database,
  kinds: readonly RowKind[],
  { settings, nowMs }: Retention,
): Promise<{ readonly due: readonly Due[]; readonly bytes: number | null }> {
  const through = await placesOf(d1, nowMs);
  const oldest = await d1.batch<{ at: number }>(
    kinds.map((kind) =>
      d1
        .prepare(
          `SELECT ${kind.time} AS at FROM ${kind.table} WHERE ${kind.fixed} AND ${kind.time} > ? ORDER BY ${kind.time} LIMIT 1`,
        )
        .bind(through.get(kind.name) ?? 0),
    ),
  );
  const due = kinds.flatMap((kind, index) => {
    const at = oldest[index]?.results[0]?.at;
    if (at === undefined || nowMs - at <= KEPT_DAYS_MIN * DAY_MS) return [];
    const part = (nowMs - at) / keptMs(kind, settings);
    return [{ kind, throughMs: through.get(kind.name) ?? 0, part }];
  });
  const meta: { readonly size_after?: unknown } | undefined = oldest.at(-1)?.meta;
  const bytes = typeof meta?.size_after === 'number' ? meta.size_after : null;
  return { due: due.sort((left, right) => right.part - left.part), bytes };
}

/**
 * How far each kind was removed. With a new month the kinds that are revisited begin again: what was needed then may not be
 * needed any more.
 */
async function placesOf(d1: D1Database, nowMs: number): Promise<ReadonlyMap<string, number>> {
  const { results } = await d1
    .prepare('SELECT name, through_ms FROM maintenance')
    .all<{ name: string; through_ms: number }>();
  const places = new Map(results.map((row) => [row.name, row.through_ms]));
  const month = Math.floor(nowMs / (30 * DAY_MS));
  if ((places.get(MONTH) ?? 0) >= month) return places;
  const again = TRADE_KINDS.filter(({ isRevisited }) => isRevisited).map(({ name }) => name);
  await d1.batch([
    d1
      .prepare('DELETE FROM maintenance WHERE name IN (SELECT value FROM json_each(?))')
      .bind(JSON.stringify(again)),
    place(d1, MONTH, month),
  ]);
  for (const name of again) places.delete(name);
  return places;
}

function place(d1: D1Database, name: string, through: number): D1PreparedStatement {
  return d1
    .prepare(
      'INSERT INTO maintenance (name, through_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET through_ms = excluded.through_ms',
    )
    .bind(name, through);
}

/** Removes the oldest rows of a kind, with their sums, in one transaction; returns how many. */
async function removeOldest(
  d1: D1Database,
  { kind, throughMs }: Due,
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  const { table, time, fixed, needed } = kind;
  const seen = await d1
    .prepare(
      `SELECT ${time} AS at FROM ${table} WHERE ${fixed} AND ${time} > ? AND ${time} < ? ORDER BY ${time} LIMIT ?`,
    )
    .bind(throughMs, beforeMs, limit)
    .all<{ at: number }>();
  const last = seen.results.at(-1)?.at;
  if (last === undefined) return 0;
  // Rows of the last millisecond that the limit cut off go too: a range of time, not a count.
  const range = `${fixed} AND ${time} > ? AND ${time} <= ? AND NOT (${needed})`;
  const within = (query: string) => d1.prepare(query).bind(throughMs, last);
  const [removed] = await d1
    .batch([
      ...before(kind, range, within),
      kind.blank === undefined
        ? within(`DELETE FROM ${table} WHERE ${range}`)
        : within(`UPDATE ${table} SET ${kind.blank} = '' WHERE ${range} AND ${kind.blank} <> ''`),
      place(d1, kind.name, last),
    ])
    .then((results) => results.slice(-2));
  return removed?.meta.changes ?? 0;
}

/** What is done before the rows go: their sums are kept, and the members of their groups removed. */
function before(
  { table, time, sums, members, name }: RowKind,
  range: string,
  within: (query: string) => D1PreparedStatement,
): readonly D1PreparedStatement[] {
  if (sums === undefined) return [];
  const { mode, leader, word, notional, fee } = sums;
  const kind = name.split(':')[0] ?? name;
  const kept = within(
    `INSERT INTO day_sums (kind, mode, leader_address, day_at_ms, word, row_count, notional_micros, fee_micros)
     SELECT '${kind}', ${mode}, ${leader}, ${time} - ${time} % ${DAY_MS} AS day, ${word}, count(*), sum(${notional}), sum(${fee})
     FROM ${table} WHERE ${range} GROUP BY ${mode}, ${leader}, day, ${word}
     ON CONFLICT (kind, mode, leader_address, day_at_ms, word) DO UPDATE SET row_count = row_count + excluded.row_count,
       notional_micros = notional_micros + excluded.notional_micros, fee_micros = fee_micros + excluded.fee_micros`,
  );
  const gone = (members ?? []).map((one) =>
    within(
      `DELETE FROM group_members WHERE mode = '${one}' AND member_id IN (SELECT group_key FROM ${table} WHERE ${range})`,
    ),
  );
  return [kept, ...gone];
}

function noteDay(
  d1: D1Database,
  {
    dayAtMs,
    bytes,
    removedRows,
  }: { readonly dayAtMs: number; readonly bytes: number; readonly removedRows: number },
): Promise<D1Result> {
  return d1
    .prepare(
      `INSERT INTO storage_days (day_at_ms, bytes, removed_rows) VALUES (?, ?, ?) ON CONFLICT (day_at_ms) DO UPDATE SET
       bytes = excluded.bytes, removed_rows = removed_rows + excluded.removed_rows`,
    )
    .bind(dayAtMs, bytes, removedRows)
    .run();
}
