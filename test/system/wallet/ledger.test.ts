/** D1 is what people read, never what trading waits for: it may be down, hang, lose answers or take a batch twice. */
import { describe, expect, it } from 'vitest';
import { toJson } from '../../../domain/json.ts';
import type { LedgerManner } from '../world/fake-ledger.ts';
import { Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

/** A buy and half a sale while D1 behaves in this manner; then D1 is well again. What people see at the end, and when it was decided. */
async function run(manner: LedgerManner): Promise<{ rows: string[]; decidedAtMs: number[] }> {
  const scene = await Scene.open();
  const { world } = scene;
  world.ledger.manner = manner;
  await scene.copied('BUY', '200');
  await world.advance(MINUTE_MS);
  await scene.copied('SELL', '100');
  await world.advance(3 * MINUTE_MS);
  world.ledger.manner = 'up';
  await world.advance(5 * MINUTE_MS);
  const kinds = ['leaderFill', 'attempt', 'copyFill', 'ledger', 'position', 'leaderPosition'] as const;
  const rows = kinds.flatMap((kind) => world.rows(kind)).map(toJson);
  return { rows: rows.sort(), decidedAtMs: scene.attempts().map((row) => row.decidedAtMs) };
}

describe('trading and D1', () => {
  it('decides at the same moments and ends in the same rows, whatever D1 does meanwhile', async () => {
    const well = await run('up');
    expect(well.decidedAtMs).toHaveLength(2);
    for (const manner of ['down', 'hangs', 'twice', 'lands-late'] as const) {
      const ill = await run(manner);
      expect(ill.decidedAtMs, manner).toEqual(well.decidedAtMs);
      expect(ill.rows, manner).toEqual(well.rows);
    }
  });

  it('has everything in D1 after an hour without it, each row once', async () => {
    const scene = await Scene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    world.ledger.manner = 'down';
    for (let count = 0; count < 12; count += 1) {
      scene.trade(count % 3 === 2 ? 'SELL' : 'BUY', '100');
      await world.advance(5 * MINUTE_MS);
    }
    expect(scene.attempts()).toHaveLength(0);
    const status = world.paper.status();
    expect(status.healthy).toBe(false);
    expect(status.outbox.depth).toBeGreaterThan(12);
    expect(status.outbox.oldestAtMs).toBeLessThan(world.nowMs - 50 * MINUTE_MS);
    world.ledger.manner = 'up';
    await world.advance(3 * MINUTE_MS);
    expect(scene.attempts()).toHaveLength(12);
    expect(world.rows('leaderFill')).toHaveLength(12);
    expect(new Set(scene.attempts().map((row) => row.decidedAtMs)).size).toBe(12);
    expect(world.paper.status().outbox.depth).toBe(0);
    expect(world.paper.status().healthy).toBe(true);
  });
});
