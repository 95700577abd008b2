/** What D1 itself counts: rows written, indices included, for the rows of one attempt (design.md 12). */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutboxRecord } from '../../domain/records/records.ts';
import { statementsFor, writeOutbox } from '../../ledger/write/outbox-writer.ts';
import type { Env } from '../../worker/env.ts';
import {
  attempt,
  copyFill,
  copyStats,
  LEADER,
  leaderFill,
  leaderPosition,
  ledgerEntry,
  position,
  snapshot,
} from '../ledger/records.ts';

const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };

/** The counts that an attempt brings which is alone in its minute: at the worst all four are its own. */
const counted = (mode: 'PAPER' | 'LIVE', revision: number): readonly OutboxRecord[] =>
  [LEADER, ''].flatMap((leaderAddress) =>
    [0, Date.UTC(2026, 10, 20)].map((dayAtMs) => copyStats({ mode, leaderAddress, dayAtMs, revision })),
  );

async function rowsWritten(records: readonly OutboxRecord[]): Promise<number> {
  const results = await bindings.DB.batch(statementsFor(bindings.DB, records));
  return results.reduce((sum, result) => sum + result.meta.rows_written, 0);
}

describe('D1', () => {
  beforeAll(async () => {
    await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
  });

  it('writes at most 16 rows for a skipped single-fill attempt', async () => {
    const rows = await rowsWritten([
      leaderFill({ fillId: 's' }),
      attempt({ groupKey: 's', idempotencyKey: 's' }),
      leaderPosition({ tokenId: '1' }),
      ...counted('PAPER', 1),
    ]);
    console.log(`rows written for a skipped attempt: ${rows}`);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(16);
  });

  it('writes at most 45 rows for an executed copy with its snapshots', async () => {
    const rows = await rowsWritten([
      leaderFill({ fillId: 'e' }),
      attempt({ groupKey: 'e', idempotencyKey: 'e' }),
      copyFill({ fillKey: 'e:0' }),
      copyFill({ fillKey: 'e:1' }),
      ledgerEntry({ refId: 'e' }),
      position({ tokenId: '2' }),
      leaderPosition({ tokenId: '2' }),
      snapshot(),
      snapshot({ leaderAddress: `0x${'d'.repeat(40)}` }),
      // Again in the minute in which its fills come.
      ...counted('LIVE', 1),
      ...counted('LIVE', 2),
    ]);
    console.log(`rows written for an executed copy: ${rows}`);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(45);
  });

  it('changes nothing when a batch lands twice', async () => {
    const batch = [
      leaderFill({ fillId: 'twice' }),
      ledgerEntry({ refId: 'twice' }),
      position({ tokenId: '3' }),
    ];
    await writeOutbox(bindings.DB, batch);
    const count = () =>
      bindings.DB.prepare(
        'SELECT (SELECT count(*) FROM leader_fills) + (SELECT count(*) FROM ledger_entries) AS n',
      ).first('n');
    const before = await count();
    await writeOutbox(bindings.DB, batch);
    expect(await count()).toBe(before);
  });
});
