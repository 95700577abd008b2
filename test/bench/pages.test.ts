// Shows the parts of the page bench that measure nothing: a made history is what the read models expect, every address of the
// list is understood by the app, and when a page counts as within its budget.
import { describe, expect, it } from 'vitest';
import { decodeFacts } from '../../domain/explain/facts-codec.ts';
import type { ConditionId, GroupKey, IdempotencyKey, LeaderAddress, TokenId } from '../../domain/ids.ts';
import { type AttemptFilter, type AttemptRow, listAttempts, readFacts } from '../../ledger/read/attempts.ts';
import { readEnds } from '../../ledger/read/curves.ts';
import { type Cursor, parseCursor } from '../../ledger/read/keyset.ts';
import { listFills } from '../../ledger/read/leader-fills.ts';
import { listLiveFills, listOrders } from '../../ledger/read/live.ts';
import { listVenuePositions } from '../../ledger/read/live-portfolio.ts';
import { searchMarkets } from '../../ledger/read/markets.ts';
import { listOpenPositions, listShortPositions, readLatestSlices } from '../../ledger/read/portfolio.ts';
import { readControl } from '../../ledger/write/control-store.ts';
import { openD1 } from '../ledger/d1-over-sqlite.ts';
import { AT } from '../ledger/records.ts';
import { signedIn } from '../worker/harness.ts';
import { fillHistory } from './history/history.ts';
import { RARE_LEADER_ROWS, RARE_REASON, RARE_REASON_ROWS, scaleOf } from './history/scale.ts';
import { pageList } from './page-list.ts';
import { costIn, type PageAnswer, pageRow, pagesReport, pagesText } from './pages-report.ts';

const ROWS = 500;
const PAGES_MAX = 60;

function scale(seed = 'test') {
  return scaleOf({ seed, rows: ROWS, nowMs: AT });
}

function history(seed?: string) {
  const fake = openD1();
  return { ...fake, names: fillHistory(fake.sqlite, scale(seed)) };
}

/** Every attempt that the filter finds, over as many pages as it takes. */
async function everyAttempt(d1: D1Database, filter: AttemptFilter): Promise<readonly AttemptRow[]> {
  const rows: AttemptRow[] = [];
  let before: Cursor | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await listAttempts(d1, filter, before);
    rows.push(...found.rows);
    before = found.next;
    if (before === undefined) return rows;
  }
  throw new Error('the pages did not end');
}

describe('a made history', () => {
  it('has as many attempts as asked for, one in twenty of them live, over a year', async () => {
    const { d1 } = history();
    const paper = await everyAttempt(d1, { mode: 'PAPER' });
    const live = await everyAttempt(d1, { mode: 'LIVE' });
    // Beside them stand those of years ago.
    const old = 2 * RARE_LEADER_ROWS;
    expect(paper.length + live.length - 2 * old).toBe(ROWS);
    expect((live.length - old) / ROWS).toBeCloseTo(0.05, 2);
    expect(AT - (paper[0]?.decidedAtMs ?? 0)).toBeLessThan(3 * 86_400_000);
  });

  it('has the rare rows that filters are tried on', async () => {
    const { d1, names } = history();
    expect(names.rareReason).toBe(RARE_REASON);
    const rare = await everyAttempt(d1, { mode: 'PAPER', reason: RARE_REASON });
    expect(rare).toHaveLength(RARE_REASON_ROWS);
    const leader = await everyAttempt(d1, { mode: 'PAPER', leaderAddress: names.rareLeader });
    expect(leader).toHaveLength(RARE_LEADER_ROWS);
    expect(AT - (leader[0]?.decidedAtMs ?? 0)).toBeGreaterThan(2 * 365 * 86_400_000);
    const conditionIds = await searchMarkets(d1, names.rareWord);
    expect(conditionIds).toHaveLength(1);
    expect(await everyAttempt(d1, { mode: 'PAPER', conditionIds })).toHaveLength(RARE_LEADER_ROWS);
    expect(await searchMarkets(d1, names.commonWord)).toHaveLength(10);
  });

  it('has rows that every read model takes', async () => {
    const { d1, names } = history();
    const { leaders, openPositions } = scale();
    expect((await readControl(d1))?.followedUsers.map((user) => user.leaderAddress)).toEqual(leaders);
    const fills = await listFills(d1, {}, undefined);
    expect(fills.rows.every((row) => row.attempt !== undefined)).toBe(true);
    expect((await listOrders(d1, {}, undefined)).rows.length).toBeGreaterThan(10);
    expect((await listLiveFills(d1, { origin: 'EXTERNAL' }, undefined)).rows.length).toBeGreaterThan(0);
    expect(await listOpenPositions(d1, 'PAPER')).toHaveLength(openPositions);
    expect(await listVenuePositions(d1)).toHaveLength(openPositions);
    expect(await listShortPositions(d1, 'LIVE')).toHaveLength(2);
    expect((await readLatestSlices(d1, 'PAPER', leaders)).size).toBe(leaders.length);
    const series = { mode: 'LIVE', scope: 'EXEC_GLOBAL', leaderAddress: '', bucket: 'MINUTE' } as const;
    expect((await readEnds(d1, series))?.last.bucketAtMs).toBe(AT);
    for (const cursor of Object.values(names.cursors)) expect(parseCursor(cursor), cursor).toBeDefined();
  });

  it('keeps the facts of young decisions, from which they can be replayed, and none of old ones', async () => {
    const { d1, names, sqlite } = history();
    const { leader, group } = names.paperAttempt;
    const facts = await readFacts(d1, { mode: 'PAPER', leaderAddress: leader, groupKey: group });
    expect(facts?.length).toBeGreaterThan(1_000);
    const ids = {
      leaderAddress: leader as LeaderAddress,
      groupKey: group as GroupKey,
      idempotencyKey: 'key' as IdempotencyKey,
      tokenId: '1' as TokenId,
      conditionId: names.conditionId as ConditionId,
    };
    expect(decodeFacts(facts ?? '', ids).book?.asks).toHaveLength(12);
    const old = "SELECT count(*) AS n FROM copy_attempts WHERE facts <> '' AND decided_at_ms < ?";
    expect(sqlite.prepare(old).get(AT - 90 * 86_400_000)?.n).toBe(0);
  });

  it('is the same for the same seed, another for another, and leaves the schema as it was', () => {
    const rows = ({ sqlite }: ReturnType<typeof history>) =>
      sqlite.prepare('SELECT group_key, leader_address, decision FROM copy_attempts ORDER BY 1').all();
    const schema = ({ sqlite }: Pick<ReturnType<typeof history>, 'sqlite'>) =>
      sqlite
        .prepare("SELECT tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY tbl_name, rowid")
        .all();
    const made = history();
    expect(rows(history())).toEqual(rows(made));
    expect(rows(history('other'))).not.toEqual(rows(made));
    expect(schema(made)).toEqual(schema(openD1()));
  });
});

describe('the list of pages', () => {
  it('has only addresses that the app answers, and reports the cost of', async () => {
    const app = await signedIn();
    const names = fillHistory(app.fake.sqlite, scale());
    const list = pageList(names);
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    const wrong: string[] = [];
    for (const { name, address, partial } of list) {
      const answer = await app.get(address, partial === true ? { 'hx-request-type': 'partial' } : {});
      const { rowsRead } = costIn(answer.headers.get('server-timing'));
      // Some stand in the list before they are there.
      if (![200, 404].includes(answer.status) || !Number.isFinite(rowsRead))
        wrong.push(`${answer.status} ${name}`);
    }
    expect(wrong).toEqual([]);
  });
});

const GOOD: PageAnswer = { status: 200, rowsRead: 1_000, statements: 4, d1Ms: 9, appMs: 40, outsideMs: 60 };

function row(...answers: Partial<PageAnswer>[]) {
  return pageRow(
    { name: 'a page', address: '/a' },
    answers.map((answer) => ({ ...GOOD, ...answer })),
  );
}

describe('the page report', () => {
  it.each([
    ['ok', row({}, { appMs: 40 }, { appMs: 900, outsideMs: 999 })],
    ['too many rows', row({}, { rowsRead: 1_001 }, {})],
    ['too slow', row({ appMs: 41 }, { appMs: 41 }, {})],
    ['too many rows, too slow', row({ rowsRead: 2_000, appMs: 50 })],
    ['not there', row({ status: 404 })],
    ['failed', row({}, { status: 500 })],
    ['failed', row({ status: 303 })],
    ['cost not reported', row({ rowsRead: Number.NaN })],
  ] as const)('calls a page %s', (verdict, found) => {
    expect(found.verdict).toBe(verdict);
    const report = pagesReport({ attempts: 1_000_000, asked: 3, pages: [row({}), found], machine: 'a test' });
    expect(report.met).toBe(verdict === 'ok');
    expect(pagesText(report)).toContain(verdict === 'ok' ? 'Within budget' : 'BUDGET MISSED by 1 of 2');
    expect(pagesText(report)).toContain(verdict);
  });

  it('is not met when nothing was asked', () => {
    expect(pagesReport({ attempts: 1, asked: 3, pages: [], machine: 'a test' }).met).toBe(false);
  });

  it('reads the cost as the app writes it, and nothing from anything else', () => {
    const header = 'db;dur=3.5;desc="rows 12, statements 4", app;dur=9.0';
    expect(costIn(header)).toEqual({ rowsRead: 12, statements: 4, d1Ms: 3.5, appMs: 9 });
    expect(costIn(null).rowsRead).toBeNaN();
    expect(costIn('cache;desc=hit').rowsRead).toBeNaN();
  });
});
