/** What D1 keeps of the newest fill of an attempt (A57), and what rows and records of earlier releases say of it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CopyAttemptRecord } from '../../domain/records/records.ts';
import { readAttempts } from '../../ledger/read/attempts.ts';
import { writeOutbox } from '../../ledger/write/outbox-writer.ts';
import { migrationFiles, openD1 } from './d1-over-sqlite.ts';
import { AT, attempt, LEADER } from './records.ts';

const TIMES = { newestEventAtMs: AT + 4_000, newestDetectedAtMs: AT + 4_300, ownWaitMs: 30_025 };
const UNKNOWN = { newestEventAtMs: null, newestDetectedAtMs: null, ownWaitMs: null };
const NAME = { mode: 'PAPER', leaderAddress: LEADER, groupKey: 'group-1' } as const;

it('the times of the newest fill come back as they were written', async () => {
  const { d1 } = openD1();
  await writeOutbox(d1, [attempt(TIMES)]);
  expect(await readAttempts(d1, [NAME])).toMatchObject([TIMES]);
});

it('a record that an earlier release had put into its outbox is written, and knows none', async () => {
  const { d1 } = openD1();
  const { newestEventAtMs: _event, newestDetectedAtMs: _seen, ownWaitMs: _wait, ...earlier } = attempt();
  await writeOutbox(d1, [earlier as CopyAttemptRecord]);
  expect(await readAttempts(d1, [NAME])).toMatchObject([UNKNOWN]);
  const later = { ...earlier, revision: 2, feeMicros: 7n };
  await writeOutbox(d1, [later as CopyAttemptRecord]);
  expect(await readAttempts(d1, [NAME])).toMatchObject([{ ...UNKNOWN, revision: 2, feeMicros: 7n }]);
});

it('a row from before the columns keeps what it says, and knows none', async () => {
  const { d1, sqlite } = openD1();
  await writeOutbox(d1, [attempt()]);
  for (const column of ['newest_event_at_ms', 'newest_detected_at_ms', 'own_wait_ms'])
    sqlite.exec(`ALTER TABLE copy_attempts DROP COLUMN ${column}`);
  const before = sqlite.prepare('SELECT * FROM copy_attempts').get();
  const file = migrationFiles().find((name) => name.endsWith('_newest_fill.sql'));
  sqlite.exec(readFileSync(new URL(`../../migrations/${file}`, import.meta.url), 'utf8'));
  expect(sqlite.prepare('SELECT * FROM copy_attempts').get()).toMatchObject({ ...before });
  expect(await readAttempts(d1, [NAME])).toMatchObject([UNKNOWN]);
});
