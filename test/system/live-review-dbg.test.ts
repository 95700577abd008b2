import { it } from 'vitest';
import { LiveScene } from './live-scene.ts';
const MINUTE_MS = 60_000;
const out = (...a: unknown[]): void => console.log(...a.map((x) => typeof x === 'string' ? x : JSON.stringify(x, (_k, v) => typeof v === 'bigint' ? v.toString() : v)));
it('late', async () => {
    const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'accept-then-drop' });
    scene.fault({ channel: 'user', kind: 'drop', count: null });
    scene.fault({ channel: 'reads', kind: 'late', delayMs: 4 * MINUTE_MS, count: null });
    await scene.copied('BUY', '400');
    for (let i=0;i<16;i++) { await world.advance(MINUTE_MS); out(i, scene.orders().map(o=>o.state)); }
    world.exchange.faults.clear();
    await scene.copied('SELL', '400'); out(scene.decisions('LIVE'), scene.facts().waitingExits as number);
    await world.advance(MINUTE_MS);
    out(scene.attempts('LIVE').slice(-1), scene.attempts('PAPER').slice(-1), world.stored('live','SELECT trade_id, final, doc FROM live_fill'), world.stored('live','SELECT * FROM exit_wait'));
});
