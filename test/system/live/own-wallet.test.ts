/** The operator's own wallet is no leader (A53): whoever put it into the control document, nothing of it is copied. */
import { expect, it } from 'vitest';
import { LiveScene } from '../world/live-scene.ts';

const MINUTE_MS = 60_000;

it('a fill of our own account is copied by no Wallet, though it is in the control document', async () => {
  const scene = await LiveScene.open();
  const { world } = scene;
  await world.follow(world.funderAddress);
  await scene.liveSettings({ copyRateBps: 5_000 });
  await world.advance(2_000);
  await scene.copied('BUY', '400');
  await world.advance(2 * MINUTE_MS);
  const own = world.rows('attempt').filter((row) => row.leaderAddress === world.funderAddress);
  expect(own.map((row) => [row.mode, row.decision, ...row.reasons]).sort()).toEqual([
    ['LIVE', 'SKIP', 'OWN_WALLET'],
    ['PAPER', 'SKIP', 'OWN_WALLET'],
  ]);
  expect(scene.taken()).toHaveLength(1);
  await scene.copied('SELL', '400');
  await world.advance(2 * MINUTE_MS);
  expect(scene.taken().map((order) => order.side)).toEqual(['BUY', 'SELL']);
  expect(world.live.status().ownAddresses).toContain(world.funderAddress);
});
