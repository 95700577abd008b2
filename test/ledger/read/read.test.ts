import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shares } from '../../../domain/money.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import { NO_LEADER } from '../../../domain/records/sentinels.ts';
import { type AttemptFilter, listAttempts, readAttempts } from '../../../ledger/read/attempts.ts';
import { readAsOf, readEnds, type Series } from '../../../ledger/read/curves.ts';
import {
  type Cursor,
  formatCursor,
  mergeWindows,
  newestFirst,
  parseCursor,
  upperEnd,
  type WindowRow,
} from '../../../ledger/read/keyset.ts';
import { listFills } from '../../../ledger/read/leader-fills.ts';
import { searchMarkets } from '../../../ledger/read/markets.ts';
import { listOpenPositions, readLatestSlices } from '../../../ledger/read/portfolio.ts';
import { type FakeD1, openD1 } from '../d1-over-sqlite.ts';
import {
  AT,
  attempt,
  CONDITION,
  groupMember,
  LEADER,
  leaderFill,
  market,
  OTHER_LEADER,
  position,
  snapshot,
} from '../records.ts';
import { writeRows } from '../write-rows.ts';

async function filled(records: readonly OutboxRecord[]): Promise<FakeD1> {
  const fake = openD1();
  await writeRows(fake.d1, records);
  fake.queries.length = 0;
  return fake;
}

/** Steps of the plans of every statement run since that look at a whole table or sort more than they show. */
function costlySteps({ sqlite, queries }: FakeD1): string[] {
  return queries.flatMap((query) =>
    sqlite
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map((row) => String(row.detail))
      // A list of values or a virtual table has no index to use, and is as long as what we hand in.
      .filter(
        (detail) =>
          /^(SCAN|USE TEMP B-TREE)/.test(detail) && !/VIRTUAL TABLE|CONSTANT ROW|^SCAN moment$/.test(detail),
      )
      // A scan in the order of an index stops at the limit.
      .filter((detail) => !/^SCAN \w+ USING (COVERING )?INDEX/.test(detail))
      .map((detail) => `${detail} in ${query}`),
  );
}

const MANY = Array.from({ length: 1_000 }, (_, i) =>
  attempt({
    groupKey: `g${String(i).padStart(4, '0')}`,
    idempotencyKey: `k${i}`,
    leaderAddress: i % 3 === 0 ? OTHER_LEADER : LEADER,
    decision: i % 10 === 0 ? 'EXECUTE' : 'SKIP',
    reasons: i % 10 === 0 ? [] : i === 7 ? ['CARRY_EXPIRED'] : ['SPREAD_TOO_WIDE'],
    sourceType: i % 7 === 0 ? 'BUFFER' : 'IMMEDIATE',
    conditionId: i % 5 === 0 ? `0x${'d'.repeat(64)}` : CONDITION,
    decidedAtMs: AT + Math.floor(i / 2),
  }),
);

const FILTERS: readonly Omit<AttemptFilter, 'mode'>[] = [
  {},
  { leaderAddress: OTHER_LEADER },
  { decision: 'EXECUTE' },
  { reason: 'SPREAD_TOO_WIDE' },
  { reason: 'CARRY_EXPIRED' },
  { sourceType: 'BUFFER' },
  { conditionIds: [CONDITION, `0x${'d'.repeat(64)}`] },
  { conditionIds: [`0x${'d'.repeat(64)}`], decision: 'SKIP', leaderAddress: LEADER },
  { leaderAddress: LEADER, decision: 'EXECUTE', sourceType: 'BUFFER' },
  { sinceMs: AT + 100, beforeMs: AT + 200 },
  { conditionIds: [] },
];

function expected(filter: Omit<AttemptFilter, 'mode'>): string[] {
  const { leaderAddress, decision, reason, sourceType, conditionIds, sinceMs, beforeMs } = filter;
  return MANY.filter(
    (row) =>
      (leaderAddress === undefined || row.leaderAddress === leaderAddress) &&
      (decision === undefined || row.decision === decision) &&
      (reason === undefined || row.reasons.includes(reason)) &&
      (sourceType === undefined || row.sourceType === sourceType) &&
      (conditionIds === undefined || conditionIds.includes(row.conditionId)) &&
      (sinceMs === undefined || row.decidedAtMs >= sinceMs) &&
      (beforeMs === undefined || row.decidedAtMs < beforeMs),
  )
    .map((row) => row.groupKey)
    .sort()
    .reverse();
}

const WHOLE_WALLET: Series = {
  mode: 'PAPER',
  scope: 'EXEC_GLOBAL',
  leaderAddress: NO_LEADER,
  bucket: 'MINUTE',
};

describe('the list of attempts', () => {
  it('finds exactly what each filter asks for, newest first, over as many pages as it takes', async () => {
    const { d1 } = await filled(MANY);
    for (const filter of FILTERS) {
      const seen: string[] = [];
      let before: Cursor | undefined;
      for (let pages = 0; pages < 60; pages += 1) {
        const page = await listAttempts(d1, { mode: 'PAPER', ...filter }, before);
        seen.push(...page.rows.map((row) => row.groupKey));
        before = page.next;
        if (before === undefined) break;
      }
      expect(seen, JSON.stringify(filter)).toEqual(expected(filter));
    }
  });

  it('says how far back it looked when a filter is rare, and offers to go on', async () => {
    const { d1 } = await filled(MANY);
    const page = await listAttempts(d1, { mode: 'PAPER', reason: 'CARRY_EXPIRED' }, undefined);
    expect(page.rows).toEqual([]);
    expect(page.lookedBackToMs).toBe(AT + 300);
    expect(page.next).toBeDefined();
  });

  it('never mixes the modes', async () => {
    const { d1 } = await filled([attempt(), attempt({ mode: 'LIVE', groupKey: 'live' })]);
    const page = await listAttempts(d1, { mode: 'LIVE' }, undefined);
    expect(page.rows.map((row) => row.groupKey)).toEqual(['live']);
  });

  it('throws on a reason that it does not know, rather than show a guess', async () => {
    const fake = await filled([attempt()]);
    fake.sqlite.exec(`UPDATE copy_attempts SET reasons = '["MADE_UP"]'`);
    await expect(listAttempts(fake.d1, { mode: 'PAPER' }, undefined)).rejects.toThrow();
  });
});

describe('the list of fills', () => {
  it('shows in which attempt a fill ended, also when its group went through the buffer', async () => {
    const { d1 } = await filled([
      leaderFill({ fillId: 'a', groupKey: 'small-1' }),
      leaderFill({ fillId: 'b', groupKey: 'direct', eventAtMs: AT - 1 }),
      leaderFill({ fillId: 'c', groupKey: 'waiting', eventAtMs: AT - 2 }),
      leaderFill({ fillId: 'd', groupKey: '', disposition: 'EVENT_TOO_OLD', eventAtMs: AT - 3 }),
      groupMember({ memberId: 'small-1', groupKey: 'flushed' }),
      groupMember({ memberId: 'direct', groupKey: 'direct' }),
      attempt({ groupKey: 'flushed', sourceType: 'BUFFER' }),
      attempt({ groupKey: 'direct' }),
    ]);
    const page = await listFills(d1, {}, undefined);
    expect(page.rows.map((row) => [row.fillId, row.attempt?.groupKey])).toEqual([
      ['a', 'flushed'],
      ['b', 'direct'],
      ['c', undefined],
      ['d', undefined],
    ]);
  });
});

describe('a difference between two sources', () => {
  it('is recorded, and is no fill in any list that people see', async () => {
    const { d1 } = await filled([
      leaderFill({ fillId: 'a', groupKey: '', disposition: 'HISTORY' }),
      leaderFill({ fillId: 'b', groupKey: '', disposition: 'DIFFERENCE', shareMicros: shares(1n) }),
    ]);
    for (const filter of [
      {},
      { leaderAddress: LEADER },
      { conditionIds: [CONDITION] },
      { leaderAddress: LEADER, conditionIds: [CONDITION] },
    ]) {
      const page = await listFills(d1, filter, undefined);
      expect(page.rows.map((row) => row.fillId)).toEqual(['a']);
    }
    const recorded = await d1.prepare('SELECT fill_id FROM leader_fills').all();
    expect(recorded.results).toHaveLength(2);
  });
});

describe('the fills of one leader in some markets', () => {
  it('are all found, over as many pages as it takes', async () => {
    const fills = Array.from({ length: 900 }, (_, i) =>
      leaderFill({
        fillId: `f${String(i).padStart(4, '0')}`,
        leaderAddress: i % 30 === 0 ? OTHER_LEADER : LEADER,
        conditionId: i % 2 === 0 ? CONDITION : `0x${'d'.repeat(64)}`,
        eventAtMs: AT + i,
        groupKey: '',
      }),
    );
    const { d1 } = await filled(fills);
    const seen: string[] = [];
    let before: Cursor | undefined;
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await listFills(
        d1,
        { leaderAddress: OTHER_LEADER, conditionIds: [CONDITION, 'other'] },
        before,
      );
      seen.push(...page.rows.map((row) => row.fillId));
      before = page.next;
      if (before === undefined) break;
    }
    const wanted = fills.filter((row) => row.leaderAddress === OTHER_LEADER && row.conditionId === CONDITION);
    expect(seen).toEqual(wanted.map((row) => row.fillId).reverse());
  });
});

describe('every read of the pages', () => {
  it('goes by an index and sorts nothing large', async () => {
    const fake = await filled([
      ...MANY.slice(0, 200),
      leaderFill(),
      groupMember(),
      market(),
      position(),
      snapshot(),
    ]);
    const { d1 } = fake;
    const cursor = { atMs: AT + 50, key: 'g0050' };
    for (const filter of FILTERS) await listAttempts(d1, { mode: 'PAPER', ...filter }, cursor);
    const leader = { leaderAddress: LEADER };
    for (const filter of [{}, leader, { conditionIds: [CONDITION] }]) await listFills(d1, filter, cursor);
    await listFills(d1, { sinceMs: 1, beforeMs: AT * 2 }, undefined);
    await readEnds(d1, WHOLE_WALLET);
    await readAsOf(d1, WHOLE_WALLET, [AT - 1, AT]);
    await listOpenPositions(d1, 'PAPER');
    expect(costlySteps(fake)).toEqual([]);
    // The check itself bites.
    fake.queries.push('SELECT * FROM copy_attempts ORDER BY facts');
    expect(costlySteps(fake)).toHaveLength(2);
  });
});

describe('a filtered list', () => {
  const dates = { sinceMs: AT - 86_400_000, beforeMs: AT + 86_400_000 };
  const market = { conditionIds: [CONDITION] };
  const leader = { leaderAddress: LEADER };
  /** The plan of the first statement since, which is the window. */
  const planOf = ({ sqlite, queries }: FakeD1): string =>
    String(sqlite.prepare(`EXPLAIN QUERY PLAN ${queries[0]}`).get()?.detail);

  it.each([
    ['market', { ...market, ...leader, decision: 'SKIP', reason: 'BOOK_STALE', sourceType: 'BUFFER' }],
    ['market', market],
    ['leader', leader],
    ['leader', { ...leader, decision: 'SKIP', reason: 'BOOK_STALE' }],
    ['decision', { decision: 'SKIP', sourceType: 'BUFFER' }],
    ['time', { reason: 'BOOK_STALE' }],
  ] as const)(
    'of attempts between dates goes by the index of its %s, not by all of that time',
    async (lead, filter) => {
      const cursors = [undefined, { atMs: AT, key: 'g' }];
      for (const before of cursors) {
        const fake = await filled([]);
        await listAttempts(fake.d1, { mode: 'PAPER', ...filter, ...dates }, before);
        expect(planOf(fake)).toContain(`INDEX copy_attempts_${lead} (mode=? AND `);
        // From the cursor itself, not from the end of the dates down to it.
        const begins = before === undefined ? 'decided_at_ms<?)' : '(decided_at_ms,group_key)<(?,?))';
        expect(planOf(fake)).toContain(begins);
      }
    },
  );

  it.each([
    ['market', { ...market, ...leader }],
    ['leader', leader],
  ] as const)('of fills between dates goes by the index of its %s', async (lead, filter) => {
    const cursors = [undefined, { atMs: AT, key: 'g' }];
    for (const before of cursors) {
      const fake = await filled([]);
      await listFills(fake.d1, { ...filter, ...dates }, before);
      expect(planOf(fake)).toContain(`INDEX leader_fills_${lead} (`);
      const begins = before === undefined ? 'event_at_ms<?)' : '(event_at_ms,fill_id)<(?,?))';
      expect(planOf(fake)).toContain(begins);
    }
  });
});

describe('the details of a page of attempts', () => {
  it('are looked up by the whole primary key, whichever leaders are on it', async () => {
    const fake = await filled([]);
    const names = MANY.slice(0, 40).map(({ mode, leaderAddress, groupKey }) => ({
      mode,
      leaderAddress,
      groupKey,
    }));
    await readAttempts(fake.d1, names);
    const plan = fake.sqlite
      .prepare(`EXPLAIN QUERY PLAN ${fake.queries[0]}`)
      .all()
      .map((row) => String(row.detail));
    const lookups = plan.filter((step) => step.startsWith('SEARCH'));
    expect(lookups).toHaveLength(names.length);
    const wholeKey = 'USING PRIMARY KEY (mode=? AND portfolio_scope=? AND leader_address=? AND group_key=?)';
    for (const step of lookups) expect(step).toContain(wholeKey);
  });
});

describe('the portfolio', () => {
  it('is read from the newest snapshot of the whole Wallet', async () => {
    const { d1 } = await filled([
      snapshot(),
      snapshot({ bucketAtMs: AT + 60_000, equityMicros: 5n }),
      snapshot({ leaderAddress: LEADER, bucketAtMs: AT + 120_000, equityMicros: 6n }),
      snapshot({ mode: 'LIVE', bucketAtMs: AT + 180_000, equityMicros: 7n }),
    ]);
    const ends = await readEnds(d1, WHOLE_WALLET);
    expect([ends?.first.bucketAtMs, ends?.last.equityMicros]).toEqual([AT, 5n]);
    // A moment without a snapshot of its own has the last before it, each once; one before the first has none.
    const moments = [AT + 60_000, AT - 1, AT, AT + 59_999];
    expect((await readAsOf(d1, WHOLE_WALLET, moments)).map((row) => row.bucketAtMs)).toEqual([
      AT,
      AT + 60_000,
    ]);
  });

  it('has the newest slice of every leader in one statement', async () => {
    const { d1, queries } = await filled([
      snapshot({ leaderAddress: LEADER, bucketAtMs: AT }),
      snapshot({ leaderAddress: LEADER, bucketAtMs: AT + 60_000, realisedMicros: 1n }),
      snapshot({ leaderAddress: OTHER_LEADER, bucketAtMs: AT, realisedMicros: 2n }),
    ]);
    const slices = await readLatestSlices(d1, 'PAPER', [LEADER, OTHER_LEADER, `0x${'9'.repeat(40)}`]);
    expect([...slices].map(([leader, slice]) => [leader, slice.realisedMicros])).toEqual([
      [LEADER, 1n],
      [OTHER_LEADER, 2n],
    ]);
    expect(queries).toHaveLength(1);
    const ends = await readEnds(d1, { ...WHOLE_WALLET, leaderAddress: LEADER });
    expect(slices.get(LEADER)).toEqual(ends?.last);
    // Addresses stand in the text of the statement, so nothing else may.
    const hostile = await readLatestSlices(d1, 'PAPER', [`') UNION SELECT 1 --`, '', OTHER_LEADER]);
    expect([...hostile.keys()]).toEqual([OTHER_LEADER]);
  });
});

describe('the search of markets', () => {
  it('takes words in any order, by their beginnings, and nothing as a query language', async () => {
    const { d1 } = await filled([
      market(),
      market({ tokenId: '2', conditionId: `0x${'d'.repeat(64)}`, title: 'Snow in Oslo?', outcome: 'No' }),
    ]);
    expect(await searchMarkets(d1, 'lis RAI')).toEqual([CONDITION]);
    expect(await searchMarkets(d1, 'in')).toHaveLength(2);
    for (const text of ['" OR "', 'title:x', '*', 'NEAR(', '', '  ', 'lisbon NOT rain']) {
      expect(await searchMarkets(d1, text), text).toEqual([]);
    }
  });
});

describe('cursors and windows', () => {
  it('begin a list at its cursor or its date, whichever is earlier', () => {
    const at = (atMs: number): Cursor => ({ atMs, key: 'k' });
    expect(upperEnd(10, undefined)).toEqual({ beforeMs: 10, before: undefined });
    expect(upperEnd(undefined, at(9))).toEqual({ beforeMs: undefined, before: at(9) });
    expect(upperEnd(10, at(9))).toEqual({ beforeMs: undefined, before: at(9) });
    // A cursor at or after the date, as an edited address may have, ends nothing.
    for (const later of [10, 11])
      expect(upperEnd(10, at(later))).toEqual({ beforeMs: 10, before: undefined });
  });

  it('read back what they wrote, and refuse anything else', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[0-9A-Za-z:._~-]{1,60}$/), (atMs, key) => {
        expect(parseCursor(formatCursor({ atMs, key }))).toEqual({ atMs, key });
      }),
    );
    for (const text of [undefined, '', 'x', '1', '1~', '-1~a', "1~a'b", '1~a b'])
      expect(parseCursor(text)).toBeUndefined();
  });

  it('merged page by page give every hit once and in order, however the rows lie in the windows', () => {
    const row = fc.record({
      atMs: fc.integer({ min: 0, max: 20 }),
      list: fc.nat({ max: 2 }),
      hit: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        (rows, windowRows, pageRows) => {
          const all = rows.map((one, i) => ({ ...one, key: String(i).padStart(3, '0'), leaderAddress: '' }));
          const lists = [0, 1, 2].map((list) => all.filter((one) => one.list === list).sort(newestFirst));
          const seen: WindowRow[] = [];
          let before: Cursor | undefined;
          for (let pages = 0; pages < 200; pages += 1) {
            const start = before;
            const windows = lists.map((list) =>
              list.filter((one) => start === undefined || newestFirst(start, one) < 0).slice(0, windowRows),
            );
            const page = mergeWindows(windows, { windowRows, pageRows });
            seen.push(...page.rows);
            before = page.next;
            if (before === undefined) break;
          }
          const hits = all.filter((one) => one.hit).sort(newestFirst);
          expect(seen.map((one) => one.key)).toEqual(hits.map((one) => one.key));
        },
      ),
    );
  });
});
