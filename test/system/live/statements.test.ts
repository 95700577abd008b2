/**
 * What a copy costs in SQL statements (design.md 12): state that is small lives in memory, so that a decision reads almost
 * nothing. Counted, not timed; a number that must be raised here is a cost that every copy pays.
 */
import { expect, it } from 'vitest';
import type { Side } from '../../../domain/ids.ts';
import { type CopyCost, copyCost, sumOf } from '../world/copy-cost.ts';
import { LiveScene } from '../world/live-scene.ts';

/** Each object's reads + writes before the POST leaves, and its commits. */
const short = ({ beforePost }: CopyCost): readonly string[] =>
  beforePost.map(({ object, reads, writes, commits }) => `${object}: ${reads} + ${writes}, ${commits}`);

it('a copy runs few statements before its order leaves, and waits for two commits', async () => {
  // Without a time to group in, as in the bench.
  const scene = await LiveScene.open({ system: { groupQuietMs: 0, groupAgeMsMax: 0 } });
  await scene.copied('BUY', '1000');
  const buy = await copyCost(scene, 'BUY');
  const sell = await copyCost(scene, 'SELL');
  // Lower these when they fall.
  expect(short(buy)).toEqual(['LeaderFeed: 0 + 0, 0', 'FollowedUser: 4 + 0, 0', 'live Wallet: 4 + 2, 1']);
  expect(short(sell)).toEqual(['LeaderFeed: 0 + 0, 0', 'FollowedUser: 15 + 15, 1', 'live Wallet: 3 + 2, 1']);
  for (const cost of [buy, sell]) expect(sumOf(cost.beforePost).commits).toBeLessThanOrEqual(2);
});

/** The statements of the paper Wallet in the turn in which its copy arrives. */
async function paperStatements(
  scene: LiveScene,
  side: Side,
): Promise<readonly [reads: number, writes: number]> {
  const { world } = scene;
  let arrivedAtMs: number | undefined;
  let reads = 0;
  let writes = 0;
  world.homes.beforeCall = (name) => {
    // Of the copy that arrived last: paper's is the later one.
    if (name === 'copy') arrivedAtMs = world.nowMs;
  };
  world.homes.onStatement = (object, query) => {
    if (object !== 'wallet PAPER' || world.nowMs !== arrivedAtMs) return;
    if (query.startsWith('SELECT')) reads += 1;
    else writes += 1;
  };
  scene.trade(side, '100');
  await world.advance(3_000);
  world.homes.beforeCall = undefined;
  world.homes.onStatement = undefined;
  return [reads, writes];
}

it('a copy on paper reads whether it was decided before and what was taken of the book, and otherwise writes', async () => {
  const scene = await LiveScene.open();
  await scene.copied('BUY', '1000');
  await scene.world.advance(10_000);
  expect(await paperStatements(scene, 'BUY')).toEqual([5, 13]);
  expect(await paperStatements(scene, 'SELL')).toEqual([5, 13]);
});
