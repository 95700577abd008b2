/** The export `divergence`: a row for each copy of paper and live with what they differ by, oldest first, all amounts in dollars. */

import { sql } from 'drizzle-orm';
import { formatMicros, mulDivRound } from '../../domain/money.ts';
import type { FillSums } from '../../domain/orders/predicted-fill.ts';
import { type DivergenceRow, listDivergence } from '../read/divergence.ts';
import { type Cursor, placed } from '../read/keyset.ts';
import { statementOf } from '../read/raw-sql.ts';
import type { ExportPage, ExportRequest, ExportRow } from './export-page.ts';

/** Few, since the fills behind copies that gathered several are looked for. */
const ROWS_MAX = 40;
/**
 * Attempts of a mode that a file reaches over after its first page: up to three pages more where the two copied apart. A page makes
 * eleven queries, fourteen at most; the Free plan, on which only paper runs, allows fifty a file.
 */
const FILE_ATTEMPTS = 50;
const MICROS = 1_000_000n;

type Columns = Readonly<Record<string, (row: DivergenceRow) => ExportRow[string]>>;

const COLUMNS = {
  decidedAt: (row) => new Date(row.decidedAtMs).toISOString(),
  leaderAddress: (row) => row.leaderAddress,
  tokenId: (row) => row.tokenId,
  conditionId: (row) => row.conditionId,
  side: (row) => row.side,
  mode: (row) => row.mode,
  groupKey: (row) => row.groupKey,
  idempotencyKey: (row) => row.idempotencyKey,
  against: (row) => row.against,
  joined: (row) => row.joined,
  reasons: (row) => [...row.reasons],
  leaderPrice: (row) => amount(row.leaderPriceMicros),
  limitPrice: (row) => amount(row.limitPriceMicros),
  paperShares: (row) => amount(row.paper?.shareMicros),
  paperPrice: (row) => priceOf(row.paper),
  paperFee: (row) => amount(row.paper?.feeMicros),
  predictedShares: (row) => amount(row.predicted?.shareMicros),
  predictedPrice: (row) => priceOf(row.predicted),
  predictedFee: (row) => amount(row.predicted?.feeMicros),
  realShares: (row) => amount(row.real?.shareMicros),
  realPrice: (row) => priceOf(row.real),
  realFee: (row) => amount(row.real?.feeMicros),
  difference: (row) => amount(row.parts?.wholeMicros),
  delay: (row) => amount(row.parts?.delayMicros),
  spread: (row) => amount(row.parts?.spreadMicros),
  fee: (row) => amount(row.parts?.feeMicros),
  rounding: (row) => amount(row.parts?.roundingMicros),
  minimum: (row) => amount(row.parts?.minimumMicros),
  cap: (row) => amount(row.parts?.capMicros),
} as const satisfies Columns;

/** One page, of at most 200 rows. */
export async function divergencePage(d1: D1Database, request: ExportRequest): Promise<ExportPage> {
  const { filter = {}, after, until, limit } = request;
  const pageRows = Math.min(limit, ROWS_MAX);
  const { rows, next } = await listDivergence(d1, {
    filter,
    from: after,
    until,
    direction: 'oldest',
    pageRows,
    windowRows: pageRows + 1,
  });
  return {
    columns: Object.keys(COLUMNS),
    rows: rows.map((row) =>
      Object.fromEntries(Object.entries(COLUMNS).map(([title, cell]) => [title, cell(row)])),
    ),
    next,
  };
}

/** Where a file that goes on after a place must end; undefined where the rest fits it. */
export async function divergenceEnd(d1: D1Database, request: ExportRequest): Promise<Cursor | undefined> {
  const { filter = {}, after } = request;
  const { leaderAddress, sinceMs, beforeMs } = filter;
  const index = leaderAddress === undefined ? 'copy_attempts_time' : 'copy_attempts_leader';
  const order = [sql.raw('decided_at_ms'), sql.raw('group_key')];
  const statements = ['PAPER', 'LIVE'].map((mode) => {
    const where = [sql`mode = ${mode}`];
    if (leaderAddress !== undefined) where.push(sql`leader_address = ${leaderAddress}`);
    if (after !== undefined) where.push(placed(order, '>', [after.atMs, after.key]));
    else if (sinceMs !== undefined) where.push(sql`decided_at_ms >= ${sinceMs}`);
    if (beforeMs !== undefined) where.push(sql`decided_at_ms < ${beforeMs}`);
    return statementOf(
      d1,
      sql`SELECT decided_at_ms AS atMs, group_key AS key FROM copy_attempts INDEXED BY ${sql.raw(index)}
         WHERE ${sql.join(where, sql` AND `)} ORDER BY decided_at_ms, group_key LIMIT 1 OFFSET ${FILE_ATTEMPTS}`,
    );
  });
  const ends = (await d1.batch<Cursor>(statements)).flatMap(({ results }) => results);
  return ends.reduce<Cursor | undefined>(
    (first, end) => (first === undefined || isBefore(end, first) ? end : first),
    undefined,
  );
}

function isBefore(left: Cursor, right: Cursor): boolean {
  return left.atMs === right.atMs ? left.key < right.key : left.atMs < right.atMs;
}

function amount(micros: bigint | null | undefined): string | null {
  return micros === null || micros === undefined ? null : formatMicros(micros);
}

/** The average price, to the nearest micro. */
function priceOf(fill: FillSums | null): string | null {
  if (fill === null || fill.shareMicros === 0n) return null;
  return formatMicros(mulDivRound(fill.notionalMicros, MICROS, fill.shareMicros));
}
