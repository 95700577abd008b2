// The exports' reads: whichever filters are set, in pages of any length, every row once and in order, by an index.
import { describe, expect, it } from 'vitest';
import { EXPORTS, type ExportName } from '../../../domain/records/exports.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { ExportRow } from '../../../ledger/export/export-page.ts';
import type { ExportFilter } from '../../../ledger/export/export-sources.ts';
import { findExportEnd, readExport } from '../../../ledger/export/read-export.ts';
import { type Cursor, formatCursor, parseCursor } from '../../../ledger/read/keyset.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import { AT, attempt, LEADER, leaderFill, market, OTHER_LEADER, position } from '../records.ts';
import { writeRows } from '../write-rows.ts';

const conditionOf = (at: number) => `0x${String(at % 9).repeat(64)}`;
const MANY = Array.from({ length: 300 }, (_, i) =>
  attempt({
    groupKey: `g${String(i).padStart(4, '0')}`,
    idempotencyKey: `k${i}`,
    leaderAddress: i % 3 === 0 ? OTHER_LEADER : LEADER,
    decision: i % 10 === 0 ? 'EXECUTE' : 'SKIP',
    reasons: i % 10 === 0 ? [] : ['SPREAD_TOO_WIDE', 'BOOK_STALE'],
    sourceType: i % 7 === 0 ? 'BUFFER' : 'IMMEDIATE',
    conditionId: conditionOf(i),
    // Many at the same moment, so that only the key distinguishes them.
    decidedAtMs: AT + Math.floor(i / 7),
  }),
);
const MANY_MARKETS = Array.from({ length: 9 }, (_, at) => conditionOf(at));

const FILTERS: readonly ExportFilter[] = [
  {},
  { leaderAddress: OTHER_LEADER },
  { decision: 'EXECUTE' },
  { decision: 'SKIP', leaderAddress: LEADER },
  { reason: 'BOOK_STALE' },
  { sourceType: 'BUFFER' },
  { conditionIds: MANY_MARKETS.slice(0, 2) },
  { conditionIds: MANY_MARKETS },
  { conditionIds: MANY_MARKETS, decision: 'SKIP', leaderAddress: LEADER, reason: 'SPREAD_TOO_WIDE' },
  { conditionIds: [] },
  { sinceMs: AT + 10, beforeMs: AT + 20 },
  { sinceMs: AT + 10, leaderAddress: LEADER },
];

function expected(filter: ExportFilter): string[] {
  const {
    leaderAddress,
    decision,
    reason,
    sourceType,
    conditionIds,
    sinceMs = 0,
    beforeMs = AT * 2,
  } = filter;
  return MANY.filter(
    (row) =>
      (leaderAddress === undefined || row.leaderAddress === leaderAddress) &&
      (decision === undefined || row.decision === decision) &&
      (reason === undefined || row.reasons.includes(reason)) &&
      (sourceType === undefined || row.sourceType === sourceType) &&
      (conditionIds === undefined || conditionIds.includes(row.conditionId)) &&
      row.decidedAtMs >= sinceMs &&
      row.decidedAtMs < beforeMs,
  ).map((row) => row.groupKey);
}

async function filled(records: readonly OutboxRecord[]): Promise<FakeD1> {
  const fake = openD1();
  await writeRows(fake.d1, records);
  fake.queries.length = 0;
  return fake;
}

interface Walk {
  readonly name: ExportName;
  readonly filter: ExportFilter;
  readonly limit: number;
  readonly until?: Cursor;
}

/** Every row of an export, page by page; the cursor goes through text, as it does in an address. */
async function walk({ d1 }: FakeD1, { name, filter, limit, until }: Walk): Promise<ExportRow[]> {
  const rows: ExportRow[] = [];
  let after: Cursor | undefined;
  for (let pages = 0; pages < 400; pages += 1) {
    const page = await readExport(d1, { name, mode: 'PAPER', filter, after, limit, until });
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
    after = parseCursor(formatCursor(page.next));
    if (after === undefined) throw new Error('a cursor that no address takes');
  }
  throw new Error('the export has no end');
}

describe('an export', () => {
  it('gives exactly what each filter asks for, oldest first, in pages of any length', async () => {
    const fake = await filled(MANY);
    for (const filter of FILTERS) {
      for (const limit of [1_000, 7, 100]) {
        const rows = await walk(fake, { name: 'attempts', filter, limit });
        const seen = rows.map((row) => row.groupKey);
        expect(seen, JSON.stringify([filter, limit])).toEqual(expected(filter));
      }
    }
  });

  it('finds where a file ends only when there is a further row', async () => {
    const fake = await filled(MANY);
    for (const filter of FILTERS) {
      const all = expected(filter);
      const request = { name: 'attempts', mode: 'PAPER', filter, after: undefined, limit: 10 } as const;
      for (const rows of [1, 10, all.length - 1, all.length, all.length + 1].filter((count) => count > 0)) {
        const end = await findExportEnd(fake.d1, request, rows);
        expect(end?.key, JSON.stringify([filter, rows])).toBe(rows < all.length ? all[rows - 1] : undefined);
        if (end === undefined) continue;
        const upTo = await walk(fake, { name: 'attempts', filter, limit: 7, until: end });
        expect(upTo.map((row) => row.groupKey)).toEqual(all.slice(0, rows));
      }
    }
  });

  it('pages through positions above and below zero, and through closed ones, without losing one', async () => {
    const rows = Array.from({ length: 60 }, (_, i) =>
      position({
        tokenId: `${i % 20}`,
        leaderAddress: [LEADER, OTHER_LEADER, 'external'][Math.floor(i / 20)]!,
        shareMicros: BigInt((i % 3) - 1) * 1_000_000n,
      }),
    );
    const fake = await filled(rows);
    const keyOf = (row: { leaderAddress?: unknown; tokenId?: unknown }) =>
      `${row.leaderAddress}:${row.tokenId}`;
    const keys = async (filter: ExportFilter) =>
      (await walk(fake, { name: 'positions', filter, limit: 7 })).map(keyOf).sort();
    const open = rows.filter((row) => row.shareMicros !== 0n);
    expect(await keys({})).toEqual(open.map(keyOf).sort());
    expect(await keys({ closed: true })).toEqual(rows.map(keyOf).sort());
    expect(await keys({ closed: true, leaderAddress: 'external' })).toHaveLength(20);
  });

  it('goes on from its time alone by the cursor of another export', async () => {
    const fake = await filled([leaderFill(), leaderFill({ fillId: 'fill-2', eventAtMs: AT + 1 })]);
    const after = { atMs: AT, key: 'two~parts' };
    const request = { name: 'leader-trades', mode: 'PAPER', after, limit: 10 } as const;
    expect((await readExport(fake.d1, request)).rows.map((row) => row.fillId)).toEqual(['fill-2']);
  });
});

/** Tables that are exported in the order of their own key, which is as good as an index. */
const BY_OWN_KEY = ['venue_positions', 'audit_log', 'markets', 'day_sums'];

describe('every read of the exports', () => {
  const cursors = [undefined, ...['k', 'k~k', '7', 'k~7'].map((key) => ({ atMs: AT, key }))];
  const filters: readonly ExportFilter[] = [{}, { closed: true }, { closed: false }];

  it('goes by an index in the order of the export, whatever the filter', async () => {
    const fake = await filled([market(), ...MANY.slice(0, 20)]);
    const costly: string[] = [];
    const read = async (name: ExportName, filter: ExportFilter) => {
      for (const after of cursors) {
        const request = { name, mode: 'PAPER', filter, after, limit: 10 } as const;
        await readExport(fake.d1, request);
        await findExportEnd(fake.d1, request, 100);
      }
      costly.push(...costlySteps(fake).map((step) => `${name}: ${step}`));
      fake.queries.length = 0;
    };
    for (const name of EXPORTS) for (const filter of filters) await read(name, filter);
    for (const filter of FILTERS) await read('attempts', filter);
    for (const name of ['leader-trades', 'activities', 'live-orders', 'fills', 'ledger'] as const) {
      await read(name, { leaderAddress: LEADER });
      await read(name, { conditionIds: MANY_MARKETS });
      await read(name, { sinceMs: AT, beforeMs: AT + 1 });
    }
    expect(costly).toEqual([]);
  });

  it('is led by the index of its rarest filter', async () => {
    const fake = await filled([]);
    const planOf = async (name: ExportName, filter: ExportFilter): Promise<string> => {
      fake.queries.length = 0;
      await readExport(fake.d1, { name, mode: 'PAPER', filter, after: undefined, limit: 10 });
      return stepsOf(fake, fake.queries[0]!).join('; ');
    };
    const conditionIds = [conditionOf(1)];
    const decision = 'SKIP';
    expect(await planOf('attempts', { conditionIds, leaderAddress: LEADER, decision })).toContain(
      'copy_attempts_market',
    );
    expect(await planOf('attempts', { leaderAddress: LEADER, decision })).toContain('copy_attempts_leader');
    expect(await planOf('attempts', { decision })).toContain('copy_attempts_decision');
    expect(await planOf('attempts', { reason: 'BOOK_STALE' })).toContain('copy_attempts_time');
    expect(await planOf('leader-trades', { conditionIds, leaderAddress: LEADER })).toContain(
      'leader_fills_market',
    );
    expect(await planOf('leader-trades', { leaderAddress: LEADER })).toContain('leader_fills_leader');
    expect(await planOf('positions', {})).toContain('positions_open');
    expect(await planOf('positions', {})).toContain('positions_short');
    expect(await planOf('venue-positions', { closed: false })).toContain('venue_positions_open');
  });
});

function stepsOf({ sqlite }: FakeD1, query: string): string[] {
  return sqlite
    .prepare(`EXPLAIN QUERY PLAN ${query}`)
    .all()
    .map((row) => String(row.detail));
}

/**
 * Steps that look at a whole table or sort it. What is merged from several parts is sorted, a window of each; a list that the statement
 * brings along is scanned, with the window that it reads for each of its places.
 */
function costlySteps(fake: FakeD1): string[] {
  return fake.queries.flatMap((query) => {
    const merged = query.includes('UNION ALL');
    const listed = query.includes('json_each');

    return stepsOf(fake, query)
      .filter((step) => /^(SCAN|USE TEMP B-TREE)/.test(step))
      .filter((step) => !/^SCAN \w+ USING (COVERING )?INDEX/.test(step))
      .filter((step) => !(listed && /^SCAN (\w+ VIRTUAL TABLE|\(subquery-\d+\)$)/.test(step)))
      .filter((step) => !(merged && /^(SCAN \(subquery-\d+\)|USE TEMP B-TREE FOR ORDER BY)$/.test(step)))
      .filter((step) => !(step === 'SCAN t' && BY_OWN_KEY.some((table) => query.includes(`FROM ${table} t`))))
      .filter((step) => step !== 'SCAN control_versions')
      .map((step) => `${step} in ${query}`);
  });
}
