/** What the paper portfolio says: one opening deposit, average cost, marks, and slices that sum to the whole. */
import { describe, expect, it } from 'vitest';
import type { SnapshotRecord } from '../../../domain/records/records.ts';
import { discrepancies } from '../world/conservation.ts';
import { DOLLAR, Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

function last(rows: readonly SnapshotRecord[], leader: string): SnapshotRecord {
  return rows.filter((row) => row.leaderAddress === leader && row.bucket === 'MINUTE').at(-1)!;
}

describe('the opening', () => {
  it('is one deposit of the amount in the settings, whatever is restarted', async () => {
    const scene = await Scene.open({ system: { paperOpeningDepositMicros: 2_500_000_000 } });
    const { world } = scene;
    world.kill('wallet');
    await scene.settings({ copyRateBps: 500 });
    await world.advance(2 * MINUTE_MS);
    const deposits = world.rows('ledger').filter((row) => row.entryType === 'DEPOSIT');
    expect(deposits.map((row) => [row.refId, row.cashDeltaMicros])).toEqual([['opening', 2_500n * DOLLAR]]);
    expect(last(world.rows('snapshot'), '').equityMicros).toBe(2_500n * DOLLAR);
  });
});

describe('profit and loss', () => {
  it('is split at average cost when a part is sold', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '1000');
    await scene.moves('0.50', '0.51');
    await scene.copied('BUY', '1000');
    await scene.moves('0.60', '0.61');
    await scene.copied('SELL', '1000');
    await world.advance(2 * MINUTE_MS);
    const [position] = world.rows('position');
    const entries = world.rows('ledger').filter((row) => row.entryType === 'TRADE_FILL');
    const bought = entries.filter((row) => row.shareDeltaMicros > 0n);
    const sold = entries.filter((row) => row.shareDeltaMicros < 0n);
    const shares = bought.reduce((sum, row) => sum + row.shareDeltaMicros, 0n);
    const paid = -bought.reduce((sum, row) => sum + row.cashDeltaMicros, 0n);
    expect(sold).toHaveLength(1);
    // The cost of what was sold, rounded down, leaves the rest with the position.
    const costOut = (paid * -sold[0]!.shareDeltaMicros) / shares;
    expect(position?.realisedMicros).toBe(sold[0]!.cashDeltaMicros - costOut);
    expect(position?.costMicros).toBe(paid - costOut);
    const whole = last(world.rows('snapshot'), '');
    expect(whole.realisedMicros).toBe(position?.realisedMicros);
    expect(whole.equityMicros).toBe(whole.flowMicros + whole.realisedMicros + whole.unrealisedMicros);
    expect(discrepancies(world)).toEqual([]);
  });

  it('remembers the most that was ever invested, and the deepest fall, when both are past (W47)', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '2000');
    await world.advance(MINUTE_MS);
    const invested = last(world.rows('snapshot'), '').exposureMicros;
    await scene.moves('0.30', '0.31');
    await world.advance(2 * MINUTE_MS);
    await scene.copied('SELL', '2000');
    await world.advance(2 * MINUTE_MS);
    for (const leader of ['', scene.leader]) {
      const row = last(world.rows('snapshot'), leader);
      expect(row.exposureMicros).toBeLessThan(invested);
      expect(row.peakExposureMicros).toBeGreaterThanOrEqual(invested);
    }
    const { peakPnlMicros, deepestFall } = world.paper.status();
    const profit = last(world.rows('snapshot'), '').realisedMicros;
    expect(deepestFall!.fallMicros).toBeGreaterThanOrEqual(peakPnlMicros! - profit);
    expect(deepestFall!.fallMicros).toBeGreaterThan(0n);
  });

  it('of the leaders sums to that of the whole, paused leaders included', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    const second = world.exchange.leaders()[1]!.address;
    await world.follow(second);
    await world.advance(2_000);
    await scene.copied('BUY', '1000');
    scene.trade('BUY', '500', { leader: second });
    await world.advance(10_000);
    await scene.copied('SELL', '300');
    await scene.wish({ paperEnabled: false });
    await scene.moves('0.44', '0.45');
    // Slices whose shares do not change are written each hour.
    await world.advance(61 * MINUTE_MS);
    const rows = world.rows('snapshot').filter((row) => row.mode === 'PAPER');
    const slices = [scene.leader, second].map((leader) => last(rows, leader));
    const whole = rows.find(
      (row) =>
        row.leaderAddress === '' && row.bucket === 'MINUTE' && row.bucketAtMs === slices[0]!.bucketAtMs,
    )!;
    expect(slices[1]!.bucketAtMs).toBe(slices[0]!.bucketAtMs);
    const sum = (pick: (row: SnapshotRecord) => bigint): bigint =>
      slices.reduce((total, row) => total + pick(row), 0n);
    expect(sum((row) => row.realisedMicros)).toBe(whole.realisedMicros);
    expect(sum((row) => row.unrealisedMicros)).toBe(whole.unrealisedMicros);
    expect(sum((row) => row.exposureMicros)).toBe(whole.exposureMicros);
    expect(whole.unrealisedMicros).toBeLessThan(0n);
  });

  it('starts every curve at the same base', async () => {
    const scene = await Scene.open();
    await scene.world.advance(2 * MINUTE_MS);
    const [first] = scene.world.rows('snapshot');
    expect(first!.equityMicros - first!.flowMicros).toBe(0n);
  });
});

describe('a position without a price', () => {
  it('makes equity unknown: nothing is bought, no value is invented', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    world.tamper('wallet', 'UPDATE position SET mark = NULL');
    await scene.copied('BUY', '400');
    expect(scene.decisions()).toEqual(['EXECUTE', 'SKIP EQUITY_UNKNOWN']);
    const before = world.rows('snapshot').length;
    expect(world.paper.status().healthy).toBe(false);
    expect(world.rows('snapshot')).toHaveLength(before);
    await world.advance(MINUTE_MS);
    await scene.copied('BUY', '400');
    expect(scene.decisions().at(-1)).toBe('EXECUTE');
  });
});
