import { expect, it } from 'vitest';
import { addedUsage, NO_USAGE, usageStatement } from '../../../ledger/write/usage.ts';
import { RequestUsage } from '../../../worker/request-usage.ts';
import { openD1 } from '../../ledger/d1-over-sqlite.ts';
import { AT } from '../../ledger/records.ts';
import { textOf, withRows, wordsIn } from '../harness.ts';
import { PAPER_WALLET } from '../statuses.ts';

it('shows the share of each daily limit on Status, and warns there and on the Dashboard from 80 % on', async () => {
  const app = await withRows([]);
  const use = (source: 'feed' | 'wallets', used: Partial<typeof NO_USAGE>, nowMs = app.nowMs) =>
    usageStatement(app.env.DB, { source, usage: addedUsage(NO_USAGE, used), nowMs }).run();
  await use('feed', { awakeMs: 50_781_000, objectRowsWritten: 30_000 });
  await use('wallets', { objectRowsWritten: 49_000, d1RowsRead: 50_000 });
  // Of the day before.
  await use('wallets', { objectRowsWritten: 99_000 }, app.nowMs - 86_400_000);
  const words = wordsIn(await textOf(app, '/status'));
  expect(words).toContain('Object rows written 79,000 100,000 79 %');
  expect(words).toContain('Object duration (GB-s) 6,500 13,000 50 %');
  expect(words).toContain('D1 rows read 50,000 5,000,000 1.0 %');
  expect(await textOf(app, '/')).not.toContain('of the plan is used');
  await use('feed', { objectRowsWritten: 1_000 });
  expect(wordsIn(await textOf(app, '/'))).toContain('Object rows written: 80 % of the plan is used.');
  expect(await textOf(app, '/status')).toContain('<span class="badge bad">80 %</span>');
});

it('counts requests and rows of D1, and writes them at most every five minutes', async () => {
  const fake = openD1();
  const usage = new RequestUsage();
  for (const minute of [0, 1, 4])
    expect(usage.count(fake.d1, { rowsRead: 10, rowsWritten: 1 }, AT + minute * 60_000)).toBeUndefined();
  await usage.count(fake.d1, { rowsRead: 10, rowsWritten: 1 }, AT + 5 * 60_000);
  expect(usage.count(fake.d1, { rowsRead: 10, rowsWritten: 1 }, AT + 6 * 60_000)).toBeUndefined();
  expect(
    fake.sqlite
      .prepare('SELECT source, worker_requests, d1_rows_read, d1_rows_written FROM usage_days')
      .all(),
  ).toEqual([{ source: 'pages', worker_requests: 4, d1_rows_read: 40, d1_rows_written: 5 }]);
});

it('says which limit of the platform is reached, what goes on meanwhile, and the way out', async () => {
  const app = await withRows([]);
  app.liveStatus = { healthy: false, limit: { limit: 'OBJECT_STORAGE', sinceAtMs: AT } };
  app.paperStatus = {
    outbox: { ...PAPER_WALLET.outbox, error: "Error: D1_ERROR: exceeded D1's daily row write limit" },
  };
  for (const path of ['/', '/status']) {
    const words = wordsIn(await textOf(app, path));
    expect(words).toContain('The storage of the objects is full. Nothing is bought,');
    expect(words).toContain('The D1 rows that may be written today are used up. Trading goes on;');
    expect(words).toContain('It begins again at midnight UTC');
  }
});

it('shows an OFF that the Wallet could not store as what it is', async () => {
  const app = await withRows([]);
  app.liveAnswer = { kind: 'done', notStored: 'Error: database or disk is full: SQLITE_FULL' };
  const response = await app.post('/live-trades/off', {});
  const words = wordsIn(await response.text());
  expect(words).toContain('OFF is in force, but the Wallet cannot store it now');
  expect(words).toContain('The storage of the objects is full.');
});
