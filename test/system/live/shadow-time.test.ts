/**
 * The time in SHADOW before ON (R102), as the real Wallet enforces it on the virtual clock: where it begins, what breaks it,
 * what does not, and that nothing but an operator's command goes past it.
 */
import { describe, expect, it } from 'vitest';
import type { LiveState } from '../../../domain/settings/switches.ts';
import { LiveScene } from '../world/live-scene.ts';

const MINUTE_MS = 60_000;
const TIME_MS = 10 * MINUTE_MS;
const TIME = { shadowMsMin: TIME_MS };

function opened(state: LiveState, live: { shadowMsMin?: number } = TIME): Promise<LiveScene> {
  return LiveScene.open({ state, live, follow: false, exchangeStepMs: 10_000 });
}

function refusal(scene: LiveScene): Promise<unknown> {
  return scene.press('ON').then((answer) => (answer.kind === 'refused' ? answer.reason : answer.kind));
}

describe('the step to ON', () => {
  it('is refused from OFF, whatever the time asked for, and leaves live OFF', async () => {
    for (const shadowMsMin of [0, TIME_MS]) {
      const scene = await opened('OFF', { shadowMsMin });
      expect(await refusal(scene)).toContain('switch to SHADOW first');
      expect(scene.facts()).toMatchObject({ trading: 'OFF', shadowSinceAtMs: null });
    }
  });

  it('is refused from SHADOW until its time is over, in words that say how far it is', async () => {
    const scene = await opened('SHADOW');
    const sinceMs = Number(scene.facts().shadowSinceAtMs);
    await scene.world.advance(sinceMs + 2 * MINUTE_MS - scene.world.nowMs);
    expect(await refusal(scene)).toContain('in SHADOW for 2 min of 10 min');
    await scene.world.advance(sinceMs + TIME_MS - 1 - scene.world.nowMs);
    expect(await refusal(scene)).toContain('in SHADOW for 9 min of 10 min');
    expect(scene.facts()).toMatchObject({ trading: 'SHADOW', shadowSinceAtMs: sinceMs });
    await scene.world.advance(1);
    expect(await refusal(scene)).toBe('done');
    expect(scene.facts()).toMatchObject({ trading: 'ON', shadowSinceAtMs: null });
  });

  it('takes the time that the settings ask for now', async () => {
    const scene = await opened('SHADOW');
    await scene.world.advance(MINUTE_MS);
    expect(await refusal(scene)).toContain('of 10 min');
    await scene.liveSettings({ shadowMsMin: MINUTE_MS });
    expect(await refusal(scene)).toBe('done');
  });

  it('is no step where it is ON already, and harms nothing', async () => {
    const scene = await opened('ON', { shadowMsMin: 0 });
    await scene.liveSettings(TIME);
    expect(await refusal(scene)).toBe('done');
    expect(scene.facts().trading).toBe('ON');
  });
});

describe('the time in SHADOW', () => {
  it('survives a restart and a deploy', async () => {
    const scene = await opened('SHADOW');
    const { world } = scene;
    await world.advance(7 * MINUTE_MS);
    world.kill('live');
    await world.live.ensureRunning();
    await world.advance(3 * MINUTE_MS);
    expect(await refusal(scene)).toBe('done');
  });

  it('goes on where SHADOW is asked for again', async () => {
    const scene = await opened('SHADOW');
    const sinceMs = scene.facts().shadowSinceAtMs;
    await scene.world.advance(7 * MINUTE_MS);
    await scene.press('SHADOW');
    expect(scene.facts().shadowSinceAtMs).toBe(sinceMs);
  });

  it('begins anew after OFF, however short', async () => {
    const scene = await opened('SHADOW');
    const { world } = scene;
    await world.advance(2 * TIME_MS);
    await scene.press('OFF');
    expect(scene.facts().shadowSinceAtMs).toBeNull();
    await world.advance(1_000);
    await scene.press('SHADOW');
    expect(scene.facts().shadowSinceAtMs).toBe(world.nowMs);
    expect(await refusal(scene)).toContain('in SHADOW for 0 min of 10 min');
  });

  it.each(['a command', 'a document of D1'] as const)('begins where %s lowers ON to SHADOW', async (how) => {
    const scene = await opened('ON', { shadowMsMin: 0 });
    const { world } = scene;
    await world.advance(TIME_MS);
    await scene.liveSettings(TIME);
    if (how === 'a command') await scene.press('SHADOW');
    else await world.change((control) => ({ ...control, liveTrading: 'SHADOW' }));
    expect(scene.facts()).toMatchObject({ trading: 'SHADOW', shadowSinceAtMs: world.nowMs });
    expect(await refusal(scene)).toContain('in SHADOW for 0 min of 10 min');
    await world.advance(TIME_MS);
    expect(await refusal(scene)).toBe('done');
  });

  it('ends where a document of D1 says OFF, and no document brings it back', async () => {
    const scene = await opened('SHADOW');
    const { world } = scene;
    await world.advance(2 * TIME_MS);
    for (const liveTrading of ['OFF', 'SHADOW', 'ON'] as const) {
      await world.change((control) => ({ ...control, liveTrading }));
      expect(scene.facts()).toMatchObject({ trading: 'OFF', shadowSinceAtMs: null });
    }
    expect(await refusal(scene)).toContain('switch to SHADOW first');
  });

  it('when over, lets no document of D1 raise to ON', async () => {
    const scene = await opened('SHADOW');
    await scene.world.advance(2 * TIME_MS);
    await scene.world.change((control) => ({ ...control, liveTrading: 'ON' }));
    expect(scene.facts().trading).toBe('SHADOW');
  });

  it('of a Wallet that was in SHADOW before anybody counted begins at its first look', async () => {
    const scene = await opened('SHADOW');
    const { world } = scene;
    await world.advance(2 * TIME_MS);
    world.tamper('live', "DELETE FROM kv WHERE key = 'shadowSinceMs'");
    world.kill('live');
    await world.live.ensureRunning();
    const firstLookMs = world.nowMs;
    expect(scene.facts().shadowSinceAtMs).toBe(firstLookMs);
    expect(await refusal(scene)).toContain('in SHADOW for 0 min of 10 min');
    await world.advance(TIME_MS);
    expect(await refusal(scene)).toBe('done');
  });

  it('begins where a first document says SHADOW, or ON, which then is SHADOW', async () => {
    for (const liveTrading of ['SHADOW', 'ON'] as const) {
      const scene = await opened('OFF');
      const { world } = scene;
      world.tamper('live', "DELETE FROM kv WHERE key IN ('trading', 'control')");
      world.kill('live');
      await world.change((control) => ({ ...control, liveTrading }));
      expect(scene.facts()).toMatchObject({ trading: 'SHADOW', shadowSinceAtMs: world.nowMs });
      expect(await refusal(scene)).toContain('of 10 min');
    }
  });
});

describe('OFF', () => {
  it('is harmless when it is pressed again, and says the same', async () => {
    const scene = await LiveScene.open();
    scene.fault({ channel: 'order', kind: 'arrive-late', delayMs: 20_000 });
    await scene.copied('BUY', '400');
    const first = await scene.press('OFF');
    expect(first).toMatchObject({ kind: 'done', inFlightOrderIds: [scene.orders()[0]!.orderId] });
    expect(await scene.press('OFF')).toEqual(first);
    await scene.world.advance(2 * MINUTE_MS);
    expect(await scene.press('OFF')).toEqual({
      kind: 'done',
      state: 'OFF',
      inFlightOrderIds: [],
      cancelingOrderIds: [],
    });
    expect(scene.orders().map((order) => order.state)).toEqual(['FILLED']);
  });
});
