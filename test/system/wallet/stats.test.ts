/** The counts that pages show: what they say of copies, skips, sales and settlements, on paper and live, and what reaches D1. */
import { describe, expect, it } from 'vitest';
import type { CopyStatsRecord } from '../../../domain/records/records.ts';
import { LiveScene } from '../world/live-scene.ts';
import { miscounts } from '../world/recount.ts';
import { Scene } from '../world/scene.ts';
import type { World } from '../world/world.ts';

const MINUTE_MS = 60_000;
const MIDNIGHT_MS = Date.UTC(2026, 10, 24);

function row(world: World, of: Partial<CopyStatsRecord>): CopyStatsRecord | undefined {
  const found = world
    .rows('copyStats')
    .filter((one) =>
      Object.entries(of).every(([field, value]) => one[field as keyof CopyStatsRecord] === value),
    );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

const whole = (world: World, mode: 'PAPER' | 'LIVE' = 'PAPER'): CopyStatsRecord | undefined =>
  row(world, { mode, leaderAddress: '', dayAtMs: 0 });

describe('the counts of paper', () => {
  it('hold copies, skips, a sale at a profit, one at a loss and a settlement, as a recount does', async () => {
    const scene = await Scene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    await scene.copied('BUY', '1000');
    await scene.moves('0.60', '0.61');
    await scene.copied('SELL', '200');
    await scene.moves('0.40', '0.41');
    await scene.copied('SELL', '200');
    await scene.moves('0.49', '0.60');
    await scene.copied('BUY', '200');
    world.exchange.resolve(scene.conditionId, ['1', '0']);
    await world.advance(2 * MINUTE_MS);
    expect(scene.decisions()).toEqual([
      'EXECUTE',
      'EXECUTE',
      'EXECUTE',
      'SKIP SPREAD_TOO_WIDE PRICE_TOO_FAR_OVER_MID',
    ]);
    expect(whole(world)).toMatchObject({
      attempts: 4,
      executed: 3,
      skipped: 1,
      partial: 0,
      unfilled: 0,
      leaderFills: 4,
      wins: 2,
      losses: 1,
      reasons: { SPREAD_TOO_WIDE: 1, PRICE_TOO_FAR_OVER_MID: 1 },
    });
    expect(world.rows('copyStats')).toHaveLength(4);
    expect(miscounts(world)).toEqual([]);
  });
});

describe('the counts of live copies', () => {
  it('call a copy unfilled until its trades are reported minutes later, and then measure its slippage', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    scene.fault({ channel: 'reads', kind: 'late', delayMs: 4 * MINUTE_MS, count: null });
    await scene.copied('BUY', '400');
    await world.advance(2 * MINUTE_MS);
    expect(whole(world, 'LIVE')).toMatchObject({
      attempts: 1,
      executed: 1,
      unfilled: 1,
      slippage: [0, 0, 0, 0, 0, 0, 0, 0],
      // Its order was not to be found, until it was.
      reasons: { LIVE_NEVER_ARRIVED: 1 },
    });
    await world.advance(6 * MINUTE_MS);
    expect(whole(world, 'LIVE')).toMatchObject({
      attempts: 1,
      executed: 1,
      partial: 0,
      unfilled: 0,
      slippage: [0, 0, 0, 0, 1, 0, 0, 0],
      reasons: {},
    });
    expect(miscounts(world)).toEqual([]);
  });

  it('have a sale that waits for its shares as neither executed nor skipped, and take back the win of one that FAILED', async () => {
    const scene = await LiveScene.open({
      live: { exitWaitMsMax: 300_000, copyAgeMsMax: 600_000 },
      exchangeStepMs: 500,
      // The last sale is made before midnight, and FAILS after it.
      startMs: MIDNIGHT_MS - 5 * MINUTE_MS,
    });
    const { world } = scene;
    const unsettled = async (side: 'BUY' | 'SELL'): Promise<string> => {
      scene.fault({ channel: 'order', kind: 'retried' });
      await scene.copied(side, '400');
      const { tradeId } = scene.fills().at(-1)!;
      const later = [{ status: 'CONFIRMED' as const, atMs: world.nowMs + 10 * MINUTE_MS }];
      world.exchange.world.trading.trades.get(tradeId)!.ahead = later;
      return tradeId;
    };
    const purchase = await unsettled('BUY');
    await scene.moves('0.60', '0.61');
    await scene.copied('SELL', '400');
    await world.advance(MINUTE_MS);
    const waiting = { attempts: 2, executed: 1, skipped: 0, reasons: { LIVE_WAITING_FOR_SHARES: 1 } };
    expect(whole(world, 'LIVE')).toMatchObject(waiting);
    world.exchange.setTradeOutcome(purchase, 'CONFIRMED');
    await world.advance(2 * MINUTE_MS);
    expect(whole(world, 'LIVE')).toMatchObject({ attempts: 2, executed: 2, wins: 1, losses: 0, reasons: {} });
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    const sale = await unsettled('SELL');
    await world.advance(MINUTE_MS);
    expect(whole(world, 'LIVE')).toMatchObject({ attempts: 4, executed: 4, wins: 1, losses: 1 });
    expect(world.nowMs).toBeGreaterThan(MIDNIGHT_MS);
    // Without a bid what FAILED stays owed.
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.61', '1000']] });
    world.exchange.setTradeOutcome(sale, 'FAILED');
    await world.advance(2 * MINUTE_MS);
    expect(whole(world, 'LIVE')).toMatchObject({ attempts: 4, executed: 4, wins: 1, losses: 0 });
    // Nothing was decided or sold on the second day: what FAILED then is taken out of the first.
    expect(world.rows('copyStats').filter((one) => one.dayAtMs === MIDNIGHT_MS)).toEqual([]);
    expect(miscounts(world)).toEqual([]);
  });

  it('leave what somebody traded by hand out of the whole Wallet', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 500 });
    const { world, token } = scene;
    const { funderAddress: funder, exchange } = world;
    exchange.traderTrade({ funder, tokenId: token, side: 'BUY', shares: '100' });
    await world.advance(MINUTE_MS);
    await scene.moves('0.60', '0.61');
    exchange.traderTrade({ funder, tokenId: token, side: 'SELL', shares: '100' });
    await world.advance(2 * MINUTE_MS);
    expect(row(world, { mode: 'LIVE', leaderAddress: 'external', dayAtMs: 0 })).toMatchObject({
      attempts: 0,
      wins: 1,
    });
    expect(whole(world, 'LIVE')).toBeUndefined();
    expect(miscounts(world)).toEqual([]);
  });
});

describe('the drawdown', () => {
  it.each(['paper', 'live'] as const)(
    'can be measured from the highest profit that the %s Wallet reports',
    async (which) => {
      const scene = await LiveScene.open({ exchangeStepMs: 500 });
      const { world } = scene;
      await scene.copied('BUY', '400');
      await world.advance(MINUTE_MS);
      await scene.moves('0.60', '0.61');
      await world.advance(2 * MINUTE_MS);
      const { equityMicros, flowMicros } = world[which].portfolio();
      await scene.moves('0.40', '0.41');
      await world.advance(2 * MINUTE_MS);
      expect(world[which].status().peakPnlMicros).toBe(equityMicros! - flowMicros);
    },
  );
});
