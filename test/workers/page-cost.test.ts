/** The D1 that keeps count, over the real one in workerd: the same rows, and exactly the cost that D1 itself reports. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { asc } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { beforeAll, describe, expect, it } from 'vitest';
import { countedD1, noCost } from '../../ledger/counted-d1.ts';
import { listAttempts } from '../../ledger/read/attempts.ts';
import { readAsOf } from '../../ledger/read/curves.ts';
import { listDivergence } from '../../ledger/read/divergence.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import { readLeaderHoldings } from '../../ledger/read/live-portfolio.ts';
import { readMarketNames } from '../../ledger/read/markets.ts';
import { readLatestSlices } from '../../ledger/read/portfolio.ts';
import { isText } from '../../ledger/schema/columns.ts';
import { leaderFills } from '../../ledger/schema/schema.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';
import type { Env } from '../../worker/env.ts';
import {
  AT,
  attempt,
  groupMember,
  LEADER,
  leaderFill,
  leaderPosition,
  liveOrder,
  market,
  snapshot,
  TOKEN,
} from '../ledger/records.ts';
import { writeRows } from '../ledger/write-rows.ts';

const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };
const FILLS = 5;

function counted() {
  const cost = noCost();
  return { cost, d1: countedD1(bindings.DB, cost) };
}

describe('the D1 that keeps count', () => {
  beforeAll(async () => {
    await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
    const fills = Array.from({ length: FILLS }, (_, index) =>
      leaderFill({ fillId: `fill-${index}`, groupKey: `group-${index}` }),
    );
    await writeOutbox(bindings.DB, [...fills, attempt({ groupKey: 'group-1' }), market()]);
  });

  it('gives drizzle the very rows that D1 gives, and the rows read that D1 reports', async () => {
    const { cost, d1 } = counted();
    const read = (on: D1Database) => drizzle(on).select().from(leaderFills).orderBy(asc(leaderFills.fillId));
    const rows = await read(d1);
    expect(rows).toHaveLength(FILLS);
    expect(rows).toEqual(await read(bindings.DB));
    const reported = await bindings.DB.prepare('SELECT * FROM leader_fills ORDER BY fill_id').all();
    expect(cost).toMatchObject({ rowsRead: reported.meta.rows_read, statements: 1, rowsWritten: 0 });
    expect(cost.rowsRead).toBe(FILLS);
  });

  it('gives the read models what they get without it', async () => {
    const { cost, d1 } = counted();
    for (const read of [
      (on: D1Database) => listFills(on, {}, undefined),
      (on: D1Database) => listAttempts(on, { mode: 'PAPER' }, undefined),
      (on: D1Database) => readMarketNames(on, [TOKEN]),
    ]) {
      expect(await read(d1)).toEqual(await read(bindings.DB));
    }
    // Two for the fills' page and two for its outcomes, two for the attempts, one for the names.
    expect(cost.statements).toBeGreaterThanOrEqual(5);
    expect(cost.rowsRead).toBeGreaterThan(FILLS);
  });

  it('adds up a batch and reports the rows it wrote', async () => {
    const { cost, d1 } = counted();
    await writeOutbox(d1, [leaderFill({ fillId: 'one-more' }), leaderFill({ fillId: 'another' })]);
    // One for all records of a kind.
    expect(cost.statements).toBe(1);
    // The row and its three indices, twice.
    expect(cost.rowsWritten).toBe(8);
    await drizzle(d1).delete(leaderFills).where(isText(leaderFills.fillId, 'one-more'));
    await drizzle(d1).delete(leaderFills).where(isText(leaderFills.fillId, 'another'));
    expect(cost.statements).toBe(3);
  });

  it('answers first() and raw() as D1 does, also where there is no row', async () => {
    const { d1 } = counted();
    const sql = 'SELECT side, share_micros, fill_id FROM leader_fills WHERE fill_id = ?';
    for (const id of ['fill-2', 'nobody']) {
      const [ours, theirs] = [d1.prepare(sql).bind(id), bindings.DB.prepare(sql).bind(id)];
      expect(await ours.first()).toEqual(await theirs.first());
      expect(await ours.raw()).toEqual(await theirs.raw());
    }
    const one = d1.prepare(sql).bind('fill-2');
    expect(await one.first('side')).toBe('BUY');
    expect(await one.raw({ columnNames: true })).toEqual(
      await bindings.DB.prepare(sql).bind('fill-2').raw({ columnNames: true }),
    );
    await expect(one.first('nothing')).rejects.toThrow('D1_COLUMN_NOTFOUND');
  });

  it('shows that the newest slices cost one row each, however many leaders and older slices there are', async () => {
    const leaders = Array.from({ length: 300 }, (_, index) => `0x${String(index).padStart(40, '0')}`);
    const slices = leaders.flatMap((leaderAddress) =>
      [0, 60_000].map((later) => snapshot({ leaderAddress, bucketAtMs: AT + later })),
    );
    await writeRows(bindings.DB, slices);
    const { cost, d1 } = counted();
    const found = await readLatestSlices(d1, 'PAPER', leaders);
    expect(found.size).toBe(leaders.length);
    expect([...found.values()].every((slice) => slice.bucketAtMs === AT + 60_000)).toBe(true);
    expect(cost).toMatchObject({ rowsRead: leaders.length, statements: 1 });
  });

  it('shows that a curve costs one row a point, and what leaders hold one row a position', async () => {
    for (let at = 0; at < 120; at += 40) {
      const minutes = Array.from({ length: 40 }, (_, index) => (at + index) * 60_000);
      const held = minutes.map((ms) => leaderPosition({ tokenId: String(ms) }));
      await writeOutbox(
        bindings.DB,
        minutes.map((ms) => snapshot({ bucketAtMs: AT + ms })),
      );
      await writeOutbox(bindings.DB, held);
    }
    const { cost, d1 } = counted();
    const series = { mode: 'PAPER', scope: 'EXEC_GLOBAL', leaderAddress: '', bucket: 'MINUTE' } as const;
    const points = await readAsOf(d1, series, [AT - 1, AT + 30_000, AT + 600_001, AT + 9_999_999]);
    expect(points.map((point) => point.bucketAtMs - AT)).toEqual([0, 600_000, 119 * 60_000]);
    // One for each moment, also for the one before the first snapshot.
    expect(cost).toMatchObject({ rowsRead: 4, statements: 1 });
    const wanted = ['0', '60000', 'nobody'].map((tokenId) => ({ leaderAddress: LEADER, tokenId }));
    expect((await readLeaderHoldings(d1, wanted)).size).toBe(2);
    expect(cost.rowsRead - 4).toBeLessThanOrEqual(wanted.length);
  });

  it('passes on what D1 refuses, and goes on counting', async () => {
    const { cost, d1 } = counted();
    await expect(d1.prepare('SELECT * FROM nowhere').all()).rejects.toThrow('no such table');
    expect(cost).toMatchObject({ rowsRead: 0, statements: 1 });
    await d1.prepare('SELECT fill_id FROM leader_fills').all();
    expect(cost).toMatchObject({ rowsRead: FILLS, statements: 2 });
  });

  it('shows that a page of paper beside live stays under 1,000 rows, however many copies and fills there are', async () => {
    const leaderAddress = `0x${'d'.repeat(40)}`;
    const many = Array.from({ length: 400 }, (_, at) => {
      const own = { leaderAddress, groupKey: `div-${at}`, idempotencyKey: `div-${at}`, decidedAtMs: AT + at };
      const skip = { decision: 'SKIP', reasons: ['CARRIED'] } as const;
      return [
        leaderFill({ leaderAddress, fillId: `div-${at}`, groupKey: `div-${at}`, eventAtMs: AT + at }),
        attempt({ ...own, ...(at % 5 === 0 ? skip : {}) }),
        attempt({ ...own, mode: 'LIVE', ...(at % 2 === 0 ? skip : {}) }),
        liveOrder({
          leaderAddress,
          orderKey: `div-${at}`,
          orderId: `div-${at}`,
          idempotencyKey: `div-${at}`,
        }),
      ];
    });
    await writeRows(bindings.DB, many.flat());
    const { cost, d1 } = counted();
    const page = await listDivergence(d1, {
      pageRows: 15,
      windowRows: 60,
      filter: { leaderAddress },
      from: { atMs: AT + 300, key: 'div-300' },
      direction: 'newest',
    });
    expect(page.rows).toHaveLength(15);
    // 249 as measured: two windows, the attempts of both modes, and orders.
    expect(cost.rowsRead).toBeLessThanOrEqual(1_000);
  });

  it('shows the same where every copy of live gathered several, and their fills are far back', async () => {
    const leaderAddress = `0x${'e'.repeat(40)}`;
    const many = Array.from({ length: 60 }, (_, at) => {
      const own = { leaderAddress, decidedAtMs: AT + at, leaderEventAtMs: AT + 10_000 };
      const key = `far-${at}`;
      return [
        leaderFill({ leaderAddress, fillId: key, groupKey: key, eventAtMs: AT + at }),
        attempt({ ...own, groupKey: key, idempotencyKey: key }),
        attempt({
          ...own,
          ...{ mode: 'LIVE', groupKey: `end-${at}`, idempotencyKey: `end-${at}`, sourceType: 'BUFFER' },
          fillCount: 30,
        }),
        groupMember({ mode: 'LIVE', memberId: key, groupKey: `end-${at}` }),
        ...Array.from({ length: 10 }, (_none, more) =>
          leaderFill({
            leaderAddress,
            fillId: `${key}-${more}`,
            groupKey: `${key}-${more}`,
            eventAtMs: AT + 5_000,
          }),
        ),
      ];
    });
    await writeRows(bindings.DB, many.flat());
    const { cost, d1 } = counted();
    const page = await listDivergence(d1, {
      pageRows: 15,
      windowRows: 60,
      filter: { leaderAddress },
      from: undefined,
      direction: 'newest',
    });
    expect(page.rows).toHaveLength(15);
    // 588 as measured: two for each fill behind.
    expect(cost.rowsRead).toBeGreaterThan(300);
    expect(cost.rowsRead).toBeLessThanOrEqual(1_000);
  });
});
