/**
 * Every statement that an object runs again and again finds its rows by an index: whatever reads a whole table costs more the
 * longer the object lives (design.md 12). The plans are those of SQLite over what a run has stored.
 */
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { MINUTE_MS } from '../../../domain/time.ts';
import { Meter, type Statement } from '../../bench/cost/meter.ts';
import { LiveScene } from '../world/live-scene.ts';

/** Tables that hold only what is still to do, or whose size has a limit: reading all of one is what is wanted. */
const READ_WHOLE = new Set([
  'outbox',
  'outbox_parked',
  'stat_note',
  'pending_fill',
  'dispatch',
  'buffered',
  'carry',
  'pending_copy',
  'queued_purchase',
  'exit_wait',
  'due',
  'venue_position',
  'live_difference',
  // Of the last seconds, and of nine days of hours.
  'takings',
  'pnl_hour',
  'sqlite_master',
  // One row a leader.
  'closed_sum',
]);

it('no repeated statement reads a whole table', async () => {
  let meter: Meter | undefined;
  const scene = await LiveScene.open({
    watcher: (nowMs) => {
      meter = new Meter(nowMs);
      return meter;
    },
  });
  const { world } = scene;
  await scene.copied('BUY', '1000');
  await world.advance(5 * MINUTE_MS);
  meter!.start();
  await scene.copied('BUY', '1000');
  await scene.copied('SELL', '500');
  await world.advance(70 * MINUTE_MS);
  await scene.copied('SELL', '1500');
  await world.advance(5 * MINUTE_MS);
  const found = [...Map.groupBy(meter!.statements, ({ object }) => object)].flatMap(([object, statements]) =>
    scansOf(statements).map((scan) => `${object.replace(/ 0x.*/, '')}: ${scan}`),
  );
  expect(found).toEqual([]);
});

/** The counted statements of one object that read a whole table, each once. */
function scansOf(statements: readonly Statement[]): readonly string[] {
  const database = new DatabaseSync(':memory:');
  for (const { query, bindings } of statements) database.prepare(query).all(...bindings);
  const repeated = new Set(statements.filter(({ counted }) => counted).map(({ query }) => query));
  return [...repeated].flatMap((query) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((detail) => isWhole(detail))
      .map((detail) => `${detail} in ${query.trim().replace(/\s+/g, ' ')}`),
  );
}

/** A partial index holds only the rows that are wanted; a list that the statement brings along is read whole. */
function isWhole(detail: string): boolean {
  const table = /^SCAN (\w+)/.exec(detail)?.[1];
  return (
    table !== undefined &&
    table !== 'CONSTANT' &&
    !detail.includes('VIRTUAL TABLE') &&
    !READ_WHOLE.has(table) &&
    !/USING.* INDEX \w+_open/.test(detail)
  );
}
