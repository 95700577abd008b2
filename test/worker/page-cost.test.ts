/** The cost of a page is in its answer, for the operator alone (design.md 12: at most 1,000 rows read per request). */
import { describe, expect, it } from 'vitest';
import { countedD1, noCost } from '../../ledger/counted-d1.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';
import { openD1 } from '../ledger/d1-over-sqlite.ts';
import { leaderFill, market } from '../ledger/records.ts';
import { signedIn } from './harness.ts';

/** The rows and statements in a Server-Timing header. */
function countsOf(response: Response): { rows: number; statements: number } {
  const found = /^db;dur=[\d.]+;desc="rows (\d+), statements (\d+)", app;dur=[\d.]+$/.exec(
    response.headers.get('server-timing') ?? '',
  );
  return { rows: Number(found?.[1]), statements: Number(found?.[2]) };
}

describe('the cost of a page', () => {
  it('is reported with every page, each for itself', async () => {
    const app = await signedIn();
    await app.get('/trades');
    const empty = countsOf(await app.get('/trades'));
    expect(empty.rows).toBeGreaterThanOrEqual(1);
    await writeOutbox(app.fake.d1, [leaderFill(), leaderFill({ fillId: 'fill-2' }), market()]);
    const full = countsOf(await app.get('/trades'));
    expect(full.rows).toBeGreaterThanOrEqual(empty.rows + 3);
    expect(countsOf(await app.get('/trades'))).toEqual(full);
  });

  it('is reported of commands and of pages that fail', async () => {
    const app = await signedIn();
    await app.get('/');
    const saved = await app.post('/config/trading', { state: 'OFF', commandId: 'command-off' });
    expect(saved.status).toBe(303);
    expect(countsOf(saved).statements).toBeGreaterThanOrEqual(3);
    app.fake.failing(true);
    const failed = await app.get('/trades');
    expect(failed.status).toBe(500);
    expect(countsOf(failed)).toEqual({ rows: 0, statements: 1 });
  });

  it('is reported only to those who are signed in', async () => {
    const app = await signedIn();
    for (const path of ['/sign-in', '/trades', '/part/dashboard', '/export/attempts.json']) {
      expect((await app.request(path)).headers.get('server-timing'), path).toBeNull();
    }
  });

  it('counts the time of calls that overlap once', async () => {
    const { d1 } = openD1();
    const cost = noCost();
    const times = [100, 150, 400, 410];
    const counted = countedD1(d1, cost, { nowMs: () => times.shift() ?? Number.NaN });
    const ask = () => counted.prepare('SELECT 1 AS one').all();
    await Promise.all([ask(), ask()]);
    await ask();
    expect(cost).toMatchObject({ busyMs: 60, statements: 3 });
  });

  it('is never counted on a statement with two columns of one name, which rows as objects would lose', async () => {
    const { d1 } = openD1();
    await expect(d1.prepare('SELECT 1 AS one, 2 AS one').all()).rejects.toThrow('two columns of one name');
  });
});
