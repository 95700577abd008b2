/** Paper waits as long as live orders were seen to take, once enough of them were answered (A55). */
import { expect, it } from 'vitest';
import { ORDERS_ENOUGH } from '../../../domain/settings/paper-wait.ts';
import { LiveScene } from '../world/live-scene.ts';

const ANSWER_MS = 250;

it('is the default until enough live orders were answered, and then their median from decision to answer', async () => {
  const scene = await LiveScene.open({ exchangeStepMs: 500, settings: { paperSubmitMs: null } });
  const { world } = scene;
  const wait = () => world.paper.status().paperWait;
  expect(wait()).toEqual({ ms: 150, from: 'DEFAULT', orders: 0 });
  scene.fault({ channel: 'order', kind: 'answer-late', delayMs: ANSWER_MS, count: null });
  for (let order = 0; order < ORDERS_ENOUGH; order += 1) await scene.copied('BUY', '200');
  expect(scene.posts()).toHaveLength(ORDERS_ENOUGH);
  expect(world.live.status().live?.answers).toEqual({ orders: ORDERS_ENOUGH, medianMs: ANSWER_MS });
  expect(wait()).toMatchObject({ ms: 150, from: 'DEFAULT' });
  // A new instance asks with its first minute.
  world.kill('wallet');
  await world.advance(61_000);
  expect(wait()).toEqual({ ms: ANSWER_MS, from: 'MEASURED', orders: ORDERS_ENOUGH });
  await scene.copied('BUY', '200');
  const copy = scene.attempts('PAPER').at(-1)!;
  expect(copy.dueAtMs! - copy.decidedAtMs).toBe(ANSWER_MS);
  expect(copy.filledShareMicros).toBe(20_000_000n);
});
