/** LeaderFeed knows from its sweeps which leaders' objects need the operator, so that no page has to wake them (A60). */
import { expect, it } from 'vitest';
import { COPIED_MS, Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

it('a leader whose rows do not reach the database is named while it is so', async () => {
  const scene = await Scene.open();
  const { world } = scene;
  const named = () => world.leaderFeed.status().troubles.leaders.map((one) => one.leaderAddress);
  await scene.copied('BUY', '100');
  await world.advance(2 * MINUTE_MS);
  expect(named()).toEqual([]);
  world.ledger.manner = 'down';
  await scene.copied('BUY', '100');
  await world.advance(3 * MINUTE_MS);
  expect(named()).toEqual([scene.leader]);
  world.ledger.manner = 'up';
  await world.advance(4 * MINUTE_MS + COPIED_MS);
  expect(named()).toEqual([]);
});

it('a leader whose purchases are seen too late is named, with how many', async () => {
  const scene = await Scene.open();
  const { world } = scene;
  world.exchange.faults.add({ channel: 'rtds', kind: 'silent', count: null });
  world.exchange.faults.add({ channel: 'rest', kind: 'status', path: '/activity', count: null });
  for (const shares of ['100', '101', '102']) {
    scene.trade('BUY', shares);
    await world.advance(COPIED_MS);
  }
  await world.advance(3 * MINUTE_MS);
  world.exchange.faults.clear();
  await world.advance(3 * MINUTE_MS);
  expect(world.leaderFeed.status().troubles).toMatchObject({
    count: 1,
    leaders: [{ leaderAddress: scene.leader, seenTooLate: 3 }],
  });
});
