/**
 * The storage of the objects is full, or a meter of the plan is used up: nothing is bought, nothing leaves that cannot be stored,
 * OFF is obeyed, the operator sees which meter, and all of it goes on by itself when a row can be stored again.
 */
import { expect, it } from 'vitest';
import { MINUTE_MS } from '../../../domain/time.ts';
import { LiveScene } from '../world/live-scene.ts';

const FULL = 'database or disk is full: SQLITE_FULL';
const stores = (query: string): boolean => /^\s*(INSERT|UPDATE)/.test(query);

/** Lets the live Wallet store nothing, or again. */
function full({ world }: LiveScene, isFull: boolean): void {
  world.homes.refusal = FULL;
  world.homes.refuses = isFull ? (object, query) => object === 'wallet LIVE' && stores(query) : undefined;
}

it('places nothing that cannot be stored, calls no more than each minute, and ends by itself', async () => {
  const scene = await LiveScene.open();
  const { world } = scene;
  await scene.copied('BUY', '1000');
  const before = scene.posts().length;
  full(scene, true);
  let calls = 0;
  world.homes.beforeCall = (name) => {
    if (name === 'copy') calls += 1;
  };
  await scene.copied('BUY', '1000');
  await world.advance(4 * MINUTE_MS);
  expect(scene.posts()).toHaveLength(before);
  expect(world.live.status()).toMatchObject({ healthy: false, limit: { limit: 'OBJECT_STORAGE' } });
  expect(calls).toBeLessThanOrEqual(12);
  full(scene, false);
  await world.advance(3 * MINUTE_MS);
  expect(world.live.status().limit).toBeNull();
  // Too old by then, and said so; the next exit is copied as ever.
  expect(world.rows('attempt').findLast(({ mode }) => mode === 'LIVE')).toMatchObject({
    decision: 'SKIP',
    reasons: ['EVENT_TOO_OLD'],
  });
  // The stream was silent for long: the next sweep sees it.
  await scene.copied('SELL', '1000');
  await world.advance(2 * MINUTE_MS);
  expect(scene.posts()).toHaveLength(before + 1);
});

it('keeps an exit until it can be stored, and sells then', async () => {
  const scene = await LiveScene.open();
  await scene.copied('BUY', '1000');
  await scene.world.advance(MINUTE_MS);
  const before = scene.posts().length;
  full(scene, true);
  await scene.copied('SELL', '1000');
  await scene.world.advance(3 * MINUTE_MS);
  expect(scene.posts()).toHaveLength(before);
  full(scene, false);
  await scene.world.advance(3 * MINUTE_MS);
  expect(scene.posts()).toHaveLength(before + 1);
  expect(scene.taken().at(-1)).toMatchObject({ side: 'SELL' });
});

it('obeys OFF although it cannot be stored, says so, and stores it as soon as it can', async () => {
  const scene = await LiveScene.open();
  const { world } = scene;
  full(scene, true);
  expect(world.live.setLive('OFF')).toMatchObject({
    kind: 'done',
    state: 'OFF',
    notStored: expect.stringContaining('SQLITE_FULL'),
  });
  expect(world.live.status().trading).toBe('OFF');
  expect(() => world.live.setLive('SHADOW')).toThrow('SQLITE_FULL');
  full(scene, false);
  await world.advance(2 * MINUTE_MS);
  world.kill('live');
  expect(world.live.status().trading).toBe('OFF');
});
