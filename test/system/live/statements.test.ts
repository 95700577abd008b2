/**
 * What a copy costs the Wallet in SQL statements (design.md 12): state that is small lives in memory, so that a decision reads
 * almost nothing. Counted, not timed; a number that must be raised here is a cost that every copy pays.
 */
import { expect, it } from 'vitest';
import { type Side, TRADING_MODES, type TradingMode } from '../../../domain/ids.ts';
import { LiveScene } from '../world/live-scene.ts';

interface Counts {
  reads: number;
  writes: number;
}

/** The statements of each Wallet from a copy's arrival: of live until its POST leaves, of paper in the turn that answers. */
async function statementsOf(scene: LiveScene, side: Side): Promise<Record<TradingMode, Counts>> {
  const { world } = scene;
  const counts = { LIVE: { reads: 0, writes: 0 }, PAPER: { reads: 0, writes: 0 } };
  const postsBefore = scene.posts().length;
  // Of the copy that arrived last: paper's is the later one.
  let arrivedAtMs: number | undefined;
  const isCounted = {
    LIVE: () => scene.posts().length === postsBefore,
    PAPER: () => world.nowMs === arrivedAtMs,
  };
  world.homes.beforeCall = (name) => {
    if (name === 'copy') arrivedAtMs = world.nowMs;
  };
  world.homes.onStatement = (object, query) => {
    for (const mode of TRADING_MODES)
      if (object === `wallet ${mode}` && arrivedAtMs !== undefined && isCounted[mode]())
        counts[mode][query.startsWith('SELECT') ? 'reads' : 'writes'] += 1;
  };
  scene.trade(side, '100');
  await world.advance(3_000);
  world.homes.onStatement = undefined;
  return counts;
}

it('a copy reads whether it was decided before, and otherwise only writes what it leaves behind', async () => {
  const scene = await LiveScene.open();
  await scene.copied('BUY', '1000');
  await scene.world.advance(10_000);
  // The first after a valuation and a reading of the account takes five reads more: PnL of the day and week, venue positions.
  const buy = await statementsOf(scene, 'BUY');
  expect(buy.LIVE).toEqual({ reads: 7, writes: 7 });
  expect([buy.PAPER.reads <= 8, buy.PAPER.writes <= 14, buy.PAPER.writes > 0]).toEqual([true, true, true]);
  // Of these one is the answer, and one asserts that the intent has no order; on paper, what was taken of the book.
  const sell = await statementsOf(scene, 'SELL');
  expect(sell.LIVE).toEqual({ reads: 2, writes: 6 });
  expect([sell.PAPER.reads <= 4, sell.PAPER.writes <= 14, sell.PAPER.writes > 0]).toEqual([true, true, true]);
});
