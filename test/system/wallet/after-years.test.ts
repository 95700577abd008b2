/**
 * What happened long ago costs nothing now: with 5,000 closed positions, a million attempts, their orders and fills, and 40,000
 * markets behind them, the objects run the same statements and read the same rows as on their second day.
 */
import type { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import { LiveScene } from '../world/live-scene.ts';

/** Rows of the past in each table, and what sets them apart from those that are still needed. Answers are kept for a week. */
const PAST: Readonly<Record<string, readonly [rows: number, set: string]>> = {
  position: [5_000, 'shares = 0, cost = 0, mark = NULL'],
  live_position: [5_000, 'shares = 0, cost = 0, mark = NULL'],
  leader_position: [5_000, "shares = 0, cost = 0, recent = ''"],
  attempt: [20_000, ''],
  live_attempt: [20_000, ''],
  ledger_ref: [50_000, ''],
  live_order: [20_000, 'open = 0'],
  live_fill: [20_000, 'final = 1'],
  fill_mark: [20_000, ''],
  source_sum: [20_000, ''],
  group_member: [20_000, ''],
  decided_member: [20_000, ''],
  market: [40_000, "open = 0, body = ''"],
};

/** Names that are no ids: whoever reads such a row for an id fails. */
function addPast(database: DatabaseSync, table: string, [rows, set]: readonly [number, string]): void {
  const columns = database.prepare(`PRAGMA table_info(${table})`).all();
  const values = columns.map(({ name, pk, type }) => {
    const known = new RegExp(`\\b${String(name)} = ([^,]+)`).exec(set)?.[1];
    if (known !== undefined) return known;
    // Closed positions are of the same leader.
    return (Number(pk) > 0 || name === 'idempotency_key') && type === 'TEXT' && name !== 'leader'
      ? `"${String(name)}" || '-past-' || n`
      : `"${String(name)}"`;
  });
  database.exec(
    `WITH RECURSIVE past(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < ${rows})
     INSERT INTO ${table} SELECT ${values.join(', ')} FROM (SELECT * FROM ${table} LIMIT 1), past`,
  );
}

interface Counted {
  readonly statements: number;
  readonly rows: number;
}

/** Two copies, marks, sweeps and a reading of the leader; counted by object. */
async function ordinaryHour(isOld: boolean): Promise<ReadonlyMap<string, Counted>> {
  const scene = await LiveScene.open({ exchangeStepMs: SECOND_MS });
  const { world } = scene;
  await scene.copied('BUY', '1000');
  await world.advance(5 * MINUTE_MS);
  if (isOld)
    for (const { database } of world.homes.made)
      for (const [table, past] of Object.entries(PAST))
        if (database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) !== undefined)
          addPast(database, table, past);
  const counted = new Map<string, Counted>();
  world.homes.onRows = (object, rows) => {
    const known = counted.get(object) ?? { statements: 0, rows: 0 };
    counted.set(object, { statements: known.statements + 1, rows: known.rows + rows });
  };
  for (const object of ['wallet', 'live', 'feed', { user: scene.leader }] as const) world.kill(object);
  await world.leaderFeed.ensureRunning();
  await scene.copied('BUY', '1000');
  await scene.copied('SELL', '500');
  await world.advance(62 * MINUTE_MS);
  await scene.copied('SELL', '1500');
  await world.advance(2 * MINUTE_MS);
  return counted;
}

it('runs as many statements and reads as many rows after years as on the second day', async () => {
  const young = await ordinaryHour(false);
  const old = await ordinaryHour(true);
  expect(young.get('wallet LIVE')?.rows).toBeGreaterThan(100);
  expect(Object.fromEntries(old)).toEqual(Object.fromEntries(young));
});
