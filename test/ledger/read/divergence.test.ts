/** Paper beside live: which attempts are one copy, and what a row then says (A55). */
import { describe, expect, it } from 'vitest';
import { carryId, type GroupKey } from '../../../domain/ids.ts';
import type { OutboxRecord } from '../../../domain/records/records.ts';
import type { PairRequest } from '../../../ledger/read/copy-pairs.ts';
import { type DivergenceRow, listDivergence } from '../../../ledger/read/divergence.ts';
import { openD1 } from '../d1-over-sqlite.ts';
import {
  AT,
  attempt,
  groupMember,
  LEADER,
  leaderFill,
  liveOrder,
  OTHER_LEADER,
  shadowOrder,
} from '../records.ts';
import { writeRows } from '../write-rows.ts';

const PAGE: PairRequest = {
  filter: { leaderAddress: LEADER },
  from: undefined,
  direction: 'newest',
  pageRows: 10,
  windowRows: 11,
};
const FILLED = { shareMicros: 11_900_000n, notionalMicros: 4_998_000n, feeMicros: 12_345n };
const LIVE = { mode: 'LIVE' as const, decidedAtMs: AT + 400 };

async function filled(rows: readonly OutboxRecord[]): Promise<D1Database> {
  const { d1 } = openD1();
  await writeRows(d1, rows);
  return d1;
}

async function rowsOf(...rows: readonly OutboxRecord[]): Promise<readonly DivergenceRow[]> {
  return (await listDivergence(await filled(rows), PAGE)).rows;
}

/** A copy of one leader fill by each mode, at a time of its own. */
function pair(at: number, live: Parameters<typeof attempt>[0] = {}): OutboxRecord[] {
  const own = { groupKey: `g-${at}`, idempotencyKey: `k-${at}` };
  return [
    attempt({ ...own, decidedAtMs: AT + at }),
    attempt({ ...own, ...LIVE, decidedAtMs: AT + at, ...live }),
  ];
}

describe('paper beside live', () => {
  it('is one row for a copy of both, joined by its key', async () => {
    const predicted = {
      predictedShareMicros: 11_700_000n,
      predictedNotionalMicros: 4_914_000n,
      predictedFeeMicros: 11_500n,
    };
    const [row, ...more] = await rowsOf(attempt(), attempt(LIVE), liveOrder(predicted));
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      joined: 'KEY',
      against: 'LIVE',
      mode: 'LIVE',
      reasons: [],
      leaderPriceMicros: 420_000n,
      limitPriceMicros: 430_000n,
      paper: FILLED,
      predicted: { shareMicros: 11_700_000n, notionalMicros: 4_914_000n, feeMicros: 11_500n },
      real: { shareMicros: 11_600_000n, notionalMicros: 4_872_000n, feeMicros: 11_000n },
    });
    // Less: 0.3 shares the venue's grid took, 0.1 gone; what the walker got more than was asked for is spread.
    expect(row!.parts).toEqual({
      wholeMicros: -127_345n,
      delayMicros: -42_000n,
      spreadMicros: 42_000n,
      feeMicros: -1_345n,
      roundingMicros: -126_000n,
      minimumMicros: 0n,
      capMicros: 0n,
    });
  });

  it('compares with what SHADOW predicts', async () => {
    const shadow = attempt({ ...LIVE, reasons: ['LIVE_SHADOW_ONLY'], filledShareMicros: 0n });
    const [row] = await rowsOf(attempt(), shadow, shadowOrder());
    expect(row).toMatchObject({ joined: 'KEY', against: 'SHADOW', real: row!.predicted });
    expect(row!.parts!.delayMicros).toBe(0n);
  });

  it.each([
    ['the real order where SHADOW had one before', [shadowOrder(), liveOrder()]],
    ['the real order whichever was written first', [liveOrder(), shadowOrder()]],
  ])('takes %s', async (_what, orders) => {
    const [row] = await rowsOf(attempt(), attempt(LIVE), ...orders);
    expect(row).toMatchObject({ against: 'LIVE', real: { shareMicros: 11_600_000n } });
  });

  it('lists what one mode alone copied, with the reason of the other', async () => {
    const rows = await rowsOf(
      ...pair(1, { decision: 'SKIP', reasons: ['LIVE_NO_SLOT'] }),
      ...pair(2, { decision: 'SKIP', reasons: ['BELOW_MIN_ORDER_SIZE'] }),
      attempt({ groupKey: 'g-3', idempotencyKey: 'k-3', decidedAtMs: AT + 3 }),
      attempt({ ...LIVE, groupKey: 'g-4', idempotencyKey: 'k-4', decidedAtMs: AT + 4 }),
    );
    expect(rows.map((row) => [row.mode, row.joined, row.against, ...row.reasons])).toEqual([
      ['LIVE', 'NONE', 'LIVE'],
      ['PAPER', 'NONE', 'NONE'],
      ['PAPER', 'NONE', 'NONE', 'BELOW_MIN_ORDER_SIZE'],
      ['PAPER', 'NONE', 'NONE', 'LIVE_NO_SLOT'],
    ]);
    // Only a minimum or a cap is a difference of size.
    expect(rows.map((row) => row.parts?.minimumMicros)).toEqual([
      undefined,
      undefined,
      -4_998_000n,
      undefined,
    ]);
  });

  it('leaves out what neither copied, and other leaders', async () => {
    const skip = { decision: 'SKIP' as const, reasons: ['BOOK_STALE' as const] };
    const rows = await rowsOf(
      attempt(skip),
      attempt({ ...LIVE, ...skip }),
      attempt({ leaderAddress: OTHER_LEADER, groupKey: 'other' }),
    );
    expect(rows).toEqual([]);
  });
});

describe('copies with keys of their own', () => {
  const groups = ['group-a', 'group-b'] as GroupKey[];
  const fills = groups.map((groupKey, at) =>
    leaderFill({ fillId: `fill-${at}`, groupKey, eventAtMs: AT + at }),
  );
  const paper = groups.map((groupKey, at) =>
    attempt({
      groupKey,
      idempotencyKey: `k-${groupKey}`,
      decidedAtMs: AT + 10 + at,
      leaderEventAtMs: AT + at,
    }),
  );
  const carrySource = 'CARRY' as const;
  const carried = attempt({
    ...LIVE,
    groupKey: 'carry-end',
    idempotencyKey: 'k-carry',
    sourceType: carrySource,
    leaderEventAtMs: AT + 1,
    decidedAtMs: AT + 50,
    targetShareMicros: 23_800_000n,
    filledShareMicros: 23_800_000n,
    filledNotionalMicros: 9_996_000n,
    feeMicros: 24_690n,
  });
  const released = groups.map((sourceGroupKey) =>
    groupMember({ mode: 'LIVE', memberId: carryId({ mode: 'LIVE', sourceGroupKey }), groupKey: 'carry-end' }),
  );
  const skips = groups.map((groupKey, at) =>
    attempt({
      ...LIVE,
      groupKey,
      idempotencyKey: `k-${groupKey}`,
      decidedAtMs: AT + 11 + at,
      decision: 'SKIP',
      reasons: ['CARRIED'],
    }),
  );

  it('are joined by the leader’s fills: a carry of live with the copies of paper that it gathers', async () => {
    const rows = await rowsOf(...fills, ...paper, ...skips, carried, ...released);
    expect(rows.map((row) => [row.mode, row.groupKey, row.joined])).toEqual([
      ['LIVE', 'carry-end', 'FILLS'],
      ['PAPER', 'group-b', 'PART'],
      ['PAPER', 'group-a', 'PART'],
    ]);
    expect(rows[0]!.paper).toEqual({
      shareMicros: 23_800_000n,
      notionalMicros: 9_996_000n,
      feeMicros: 24_690n,
    });
    expect(rows[0]!.parts?.wholeMicros).toBe(0n);
    expect(rows.slice(1).map((row) => [row.parts, ...row.reasons])).toEqual([
      [null, 'CARRIED'],
      [null, 'CARRIED'],
    ]);
  });

  it('are joined where live buffered what paper copied at once', async () => {
    const buffered = groups.map((memberId) =>
      groupMember({ mode: 'LIVE', memberId, groupKey: 'buffer-end' }),
    );
    const live = attempt({
      ...LIVE,
      groupKey: 'buffer-end',
      idempotencyKey: 'k-buffer',
      sourceType: 'BUFFER',
      leaderEventAtMs: AT + 1,
      decidedAtMs: AT + 50,
    });
    const rows = await rowsOf(...fills, ...paper, live, ...buffered);
    expect(rows.map((row) => [row.groupKey, row.joined])).toEqual([
      ['buffer-end', 'FILLS'],
      ['group-b', 'PART'],
      ['group-a', 'PART'],
    ]);
  });

  it('are not joined with a carry of another side or token', async () => {
    const other = { ...carried, side: 'SELL' as const };
    const rows = await rowsOf(...fills, ...paper, ...skips, other, ...released);
    expect(rows.map((row) => row.joined)).toEqual(['NONE', 'NONE', 'NONE']);
  });
});

describe('a copy that gathered several, long ago', () => {
  const ELSEWHERE = `0x${'e'.repeat(64)}`;
  /** Fills of the same leader in another market, and of another leader in this one. */
  const busy = (fromMs: number, part: Parameters<typeof leaderFill>[0] = { conditionId: ELSEWHERE }) =>
    Array.from({ length: 150 }, (_, at) =>
      leaderFill({
        fillId: `busy-${fromMs}-${at}`,
        groupKey: `busy-${fromMs}-${at}`,
        eventAtMs: fromMs + at,
        ...part,
      }),
    );
  const early = leaderFill({ fillId: 'fill-early', groupKey: 'early', eventAtMs: AT });
  const late = leaderFill({ fillId: 'fill-late', groupKey: 'late', eventAtMs: AT + 2_000_000 });
  const direct = ['early', 'late'].map((groupKey, at) =>
    attempt({ groupKey, idempotencyKey: `k-${groupKey}`, decidedAtMs: AT + 10 + at * 2_000_000 }),
  );
  const gathered = (part: Parameters<typeof attempt>[0] = {}) =>
    attempt({
      ...LIVE,
      groupKey: 'end',
      idempotencyKey: 'k-end',
      sourceType: 'BUFFER',
      fillCount: 2,
      leaderEventAtMs: AT + 2_000_000,
      decidedAtMs: AT + 2_000_050,
      ...part,
    });
  const members = ['early', 'late'].map((memberId) =>
    groupMember({ mode: 'LIVE', memberId, groupKey: 'end' }),
  );
  const copies = [early, late, ...direct, gathered(), ...members];
  const joined = (rows: readonly DivergenceRow[]) =>
    rows.map((row) => [row.groupKey, row.joined, row.paper?.shareMicros]);
  const WHOLE = [
    ['end', 'FILLS', 2n * FILLED.shareMicros],
    ['late', 'PART', FILLED.shareMicros],
    ['early', 'PART', FILLED.shareMicros],
  ];

  /** A later copy of the same page whose partner is looked for too. */
  const newer = attempt({
    groupKey: 'newer',
    idempotencyKey: 'k-newer',
    leaderEventAtMs: AT + 4_000_000,
    decidedAtMs: AT + 4_000_010,
  });

  it.each([
    ['after it', busy(AT + 3_000_000), [newer]],
    ['between its parts', busy(AT + 1_000_000), []],
    ['of others in its market', busy(AT + 1_000_000, { leaderAddress: OTHER_LEADER }), []],
    [
      'twice of others in its market',
      [1, 2].flatMap((at) => busy(AT + at * 700_000, { leaderAddress: OTHER_LEADER })).slice(12),
      [],
    ],
  ])('is joined with 150 fills %s', async (_what, fills, more) => {
    const rows = await rowsOf(...copies, ...fills, ...more);
    expect(joined(rows).slice(-3)).toEqual(WHOLE);
  });

  it.each([
    [60_000, 'FILLS'],
    [60_001, 'NONE'],
  ])('has fills up to a minute after the first of its group: %d ms, %s', async (ms, what) => {
    const last = leaderFill({ fillId: 'fill-late', groupKey: 'late', eventAtMs: AT + 2_000_000 + ms });
    const rows = await rowsOf(last, ...direct.slice(1), gathered({ fillCount: 1 }), ...members);
    expect(rows[0]).toMatchObject({ groupKey: 'end', joined: what });
  });

  it('is joined on a page of forty of them', async () => {
    const many = Array.from({ length: 40 }, (_, at) => [
      leaderFill({ fillId: `f-${at}`, groupKey: `g-${at}`, eventAtMs: AT + at * 100_000 }),
      attempt({ groupKey: `g-${at}`, idempotencyKey: `k-${at}`, decision: 'SKIP', reasons: ['BOOK_STALE'] }),
      attempt({
        ...{ groupKey: `p-${at}`, idempotencyKey: `p-${at}`, sourceType: 'BUFFER' as const },
        leaderEventAtMs: AT + at * 100_000,
      }),
      groupMember({ memberId: `g-${at}`, groupKey: `p-${at}` }),
      groupMember({ mode: 'LIVE', memberId: `g-${at}`, groupKey: `e-${at}` }),
      gathered({
        ...{ groupKey: `e-${at}`, idempotencyKey: `e-${at}`, fillCount: 1 },
        leaderEventAtMs: AT + at * 100_000,
      }),
    ]);
    const d1 = await filled(many.flat());
    const { rows } = await listDivergence(d1, { ...PAGE, pageRows: 40, windowRows: 200 });
    expect(rows.filter((row) => row.mode === 'LIVE').map((row) => row.joined)).toEqual(
      Array(40).fill('FILLS'),
    );
  });

  it('costs no fill of another copy on the page, and as many statements for ten leaders as for one', async () => {
    const { d1, queries } = openD1();
    const leaders = Array.from({ length: 10 }, (_, at) => `0x${String(at).repeat(40)}`);
    const own = (leaderAddress: string) => ({ leaderAddress, idempotencyKey: `k-${leaderAddress}` });
    const statements: number[] = [];
    for (const leaderAddress of leaders) {
      const at = leaders.indexOf(leaderAddress);
      await writeRows(d1, [
        leaderFill({ fillId: `f-${at}`, leaderAddress, groupKey: `g-${at}`, conditionId: `0x${at}` }),
        attempt({ ...own(leaderAddress), groupKey: `g-${at}`, conditionId: `0x${at}` }),
        gathered({ ...own(leaderAddress), groupKey: `e-${at}`, conditionId: `0x${at}`, fillCount: 3 }),
        groupMember({ mode: 'LIVE', memberId: `g-${at}`, groupKey: `e-${at}` }),
      ]);
      queries.length = 0;
      const { rows } = await listDivergence(d1, { ...PAGE, filter: {}, pageRows: 40, windowRows: 41 });
      expect(rows.filter((row) => row.joined === 'FILLS')).toHaveLength(at + 1);
      statements.push(queries.length);
    }
    // Two windows, the copies of both modes, the fills behind, where they ended in either mode, and orders.
    expect(new Set(statements)).toEqual(new Set([11]));
  });
});

describe('the pages', () => {
  const many = Array.from({ length: 30 }, (_, at) =>
    at % 3 === 0 ? pair(at, { decision: 'SKIP', reasons: ['LIVE_NO_SLOT'] }) : pair(at),
  ).flat();

  it.each(['newest', 'oldest'] as const)('miss no row and repeat none, %s first', async (direction) => {
    const d1 = await filled(many);
    const found: string[] = [];
    let from: PairRequest['from'];
    for (let page = 0; page < 40; page += 1) {
      const { rows, next } = await listDivergence(d1, {
        ...PAGE,
        direction,
        from,
        pageRows: 4,
        windowRows: 5,
      });
      found.push(...rows.map((row) => row.groupKey));
      from = next;
      if (next === undefined) break;
    }
    const keys = Array.from({ length: 30 }, (_, at) => `g-${at}`);
    expect(found).toEqual(direction === 'newest' ? keys.reverse() : keys);
  });

  it('keep to the days that are asked for', async () => {
    const d1 = await filled(many);
    const filter = { leaderAddress: LEADER, sinceMs: AT + 5, beforeMs: AT + 8 };
    const { rows } = await listDivergence(d1, { ...PAGE, filter });
    expect(rows.map((row) => row.groupKey)).toEqual(['g-7', 'g-6', 'g-5']);
    const on = { ...PAGE, filter, from: { atMs: AT + 7, key: 'g-7' } };
    expect((await listDivergence(d1, on)).rows.map((row) => row.groupKey)).toEqual(['g-6', 'g-5']);
  });
});
