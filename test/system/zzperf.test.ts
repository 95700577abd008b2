import { it } from 'vitest';
import { LiveScene } from './live-scene.ts';
it('perf', async () => {
  const scene = await LiveScene.open({ system: { groupQuietMs: 0 }, trader: { cash: '1000000' } as never, live: { authCallsPerSecondMax: 30 } });
  const { world } = scene;
  const took: number[] = []; let start = 0; let wallet: number[] = [];
  world.atVenueCall = (name) => { if (name === 'POST /order') took.push(performance.now() - start); };
  for (let i = 0; i < 150; i += 1) {
    start = performance.now();
    await scene.hears('BUY', 100);
    await world.advance(400);
  }
  const s = took.slice(50).sort((a, b) => a - b);
  console.log('n', s.length, 'p50', s[Math.floor(s.length / 2)], 'p90', s[Math.floor(s.length * 0.9)]);
}, 120_000);
