/** Storage that refuses every write for a while: what was due goes on by itself afterwards, and the operator sees why it did not. */
import { describe, expect, it } from 'vitest';
import { COPIED_MS, Scene } from '../world/scene.ts';

const SECONDS = 1_000;
const isWrite = (query: string): boolean => /^\s*(INSERT|UPDATE|DELETE)/.test(query);

describe('ten seconds of refused writes', () => {
  it('end no job of a Wallet: its minute comes again afterwards, and until then Status says why not', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await scene.copied('BUY', '400');
    await world.advance(30 * SECONDS);
    world.homes.refuses = (object, query) => object === 'wallet PAPER' && isWrite(query);
    await world.advance(90 * SECONDS);
    expect(world.paper.status()).toMatchObject({
      healthy: false,
      failingJobs: expect.arrayContaining([expect.stringContaining('tick: failed')]),
    });
    world.homes.refuses = undefined;
    await world.advance(120 * SECONDS);
    expect(world.paper.status()).toMatchObject({ healthy: true, failingJobs: [] });
    expect(world.nowMs - world.paper.status().lastTickAtMs!).toBeLessThanOrEqual(60 * SECONDS);
  });

  it('end no sweep: each leader is swept again afterwards', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    await world.advance(30 * SECONDS);
    world.homes.refuses = (object, query) => object === 'feed' && isWrite(query);
    await world.advance(20 * SECONDS);
    world.homes.refuses = undefined;
    const before = world.leaderFeed.status().counts.sweeps;
    await world.advance(120 * SECONDS);
    expect(world.leaderFeed.status().counts.sweeps).toBeGreaterThan(before);
    expect(world.leaderFeed.status().failingJobs).toEqual([]);
  });

  it('lose no copy: what arrives afterwards is copied, and the rows reach D1', async () => {
    const scene = await Scene.open();
    const { world } = scene;
    world.homes.refuses = (object, query) => object !== 'feed' && isWrite(query);
    await world.advance(20 * SECONDS);
    world.homes.refuses = undefined;
    await world.advance(60 * SECONDS);
    await scene.copied('BUY', '400');
    await world.advance(COPIED_MS);
    expect(scene.decisions()).toEqual(['EXECUTE']);
    expect(world.paper.status()).toMatchObject({ healthy: true, failingJobs: [] });
  });
});
