/** The exports' statements on D1 itself, which takes less than SQLite does: few SELECTs in a compound, few bound values. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportStatement } from '../../ledger/export/export-query.ts';
import { type ExportFilter, sourceOf } from '../../ledger/export/export-sources.ts';
import { readExport } from '../../ledger/export/read-export.ts';
import { createApp } from '../../worker/app.tsx';
import type { Env } from '../../worker/env.ts';
import { AT, attempt, LEADER, market } from '../ledger/records.ts';
import { writeRows } from '../ledger/write-rows.ts';

const bindings = env as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };
const MARKETS = 10;
const ATTEMPTS = 1_200;
const conditionOf = (at: number) => `0x${String(at % MARKETS).repeat(64)}`;
const PAGE = { mode: 'PAPER', after: undefined, until: undefined, limit: 1_000, skip: 0 } as const;

describe('an export on D1', () => {
  beforeAll(async () => {
    await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
    const markets = Array.from({ length: MARKETS }, (_, at) =>
      market({ tokenId: `${at}`, conditionId: conditionOf(at), title: `Will it rain in town ${at}?` }),
    );
    const attempts = Array.from({ length: ATTEMPTS }, (_, at) =>
      attempt({
        groupKey: `group-${at}`,
        idempotencyKey: `key-${at}`,
        tokenId: `${at % MARKETS}`,
        conditionId: conditionOf(at),
        decidedAtMs: AT + Math.floor(at / 3),
      }),
    );
    const rows = [...markets, ...attempts];
    await writeRows(bindings.DB, rows);
  });

  it('takes ten markets and every other filter in one statement, and reads each from its index', async () => {
    const conditionIds = Array.from({ length: MARKETS }, (_, at) => conditionOf(at));
    const narrow: ExportFilter = {
      conditionIds,
      leaderAddress: LEADER,
      decision: 'EXECUTE',
      sourceType: 'IMMEDIATE',
      reason: 'BOOK_STALE',
      sinceMs: AT,
      beforeMs: AT + 86_400_000,
    };
    const after = { atMs: AT + 10, key: 'group-31' };
    const request = { name: 'attempts', mode: 'PAPER', after, until: undefined, limit: 1_000 } as const;
    expect((await readExport(bindings.DB, { ...request, filter: narrow })).rows).toEqual([]);
    const { rows } = await readExport(bindings.DB, { ...request, filter: { conditionIds } });
    expect(rows.length).toBe(1_000);
    expect(rows[0]).toMatchObject({
      groupKey: 'group-32',
      market: 'Will it rain in town 2?',
      outcome: 'Yes',
    });
  });

  it('looks at no more rows than it gives, with the names of their markets', async () => {
    for (const filter of [
      {},
      { leaderAddress: LEADER },
      { decision: 'EXECUTE' },
      { conditionIds: [conditionOf(3)] },
    ] as const) {
      const query = { ...PAGE, filter, limit: 100, what: 'rows' } as const;
      const { results, meta } = await exportStatement(bindings.DB, sourceOf('attempts', filter), query).all();
      console.log(`rows read for 100 rows of attempts by ${JSON.stringify(filter)}: ${meta.rows_read}`);
      expect(results).toHaveLength(100);
      expect(meta.rows_read).toBeLessThanOrEqual(4 * 100 + 4);
    }
  });

  it('streams a file of several pages through the Worker', async () => {
    const secrets = {
      OPERATOR_PASSWORD: 'a-throwaway-password',
      SESSION_SECRET: 'a-throwaway-secret-of-more-than-thirty-two-characters',
      EXPORT_TOKEN: 'let-me-read-all-of-it',
    };
    const response = await createApp().request(
      'http://localhost/export/attempts.csv',
      { headers: { authorization: 'Bearer let-me-read-all-of-it' } },
      { ...bindings, ...secrets },
    );
    expect(response.status).toBe(200);
    expect((await response.text()).trim().split('\r\n')).toHaveLength(ATTEMPTS + 1);
  });
});
