/**
 * SHADOW: the exact order that would be posted, and what paper predicts for it, without a single order leaving; and that the
 * history of it is never changed when ON comes.
 */
import { describe, expect, it } from 'vitest';
import { LiveScene } from '../world/live-scene.ts';
import { COPIED_MS } from '../world/scene.ts';

const MINUTE_MS = 60_000;

describe('SHADOW', () => {
  it('writes the order that ON would post, number for number, and posts nothing', async () => {
    const shadow = await LiveScene.open({ state: 'SHADOW' });
    await shadow.copied('BUY', '400');
    const real = await LiveScene.open({ state: 'ON' });
    await real.copied('BUY', '400');
    const [would] = shadow.orders();
    const [did] = real.orders();
    expect(shadow.posts()).toHaveLength(0);
    expect(would).toMatchObject({ shadow: true, state: 'SHADOW_ONLY', orderId: '', submits: 0 });
    expect(would!.orderKey).toBe(`shadow:${would!.idempotencyKey}`);
    for (const field of [
      'idempotencyKey',
      'side',
      'orderType',
      'limitPriceMicros',
      'makerMicros',
      'takerMicros',
      'shareMicros',
      'tickPriceMicros',
      'orderShareMicrosMin',
      'bestPriceMicros',
      'protocolVersion',
      'negRisk',
      'predictedShareMicros',
      'predictedNotionalMicros',
      'predictedFeeMicros',
      'publicBody',
    ] as const)
      expect(would![field], field).toEqual(did![field]);
    expect(would!.bookAgeMs).toBeGreaterThanOrEqual(0);
  });

  it('leaves the signature and the owner out of what is stored', async () => {
    const scene = await LiveScene.open({ state: 'SHADOW' });
    await scene.copied('BUY', '400');
    const body = scene.orders()[0]!.publicBody;
    expect(body).toContain('"makerAmount"');
    expect(body).not.toContain('signature"');
    expect(body).not.toContain('owner');
  });

  it('predicts the fill that ON then gets in the same book', async () => {
    const shadow = await LiveScene.open({ state: 'SHADOW' });
    const real = await LiveScene.open({ state: 'ON' });
    for (const scene of [shadow, real]) {
      await scene.copied('BUY', '400');
      await scene.world.advance(COPIED_MS);
    }
    const [would] = shadow.orders();
    const [fill] = real.fills();
    expect([would!.predictedShareMicros, would!.predictedNotionalMicros, would!.predictedFeeMicros]).toEqual([
      fill!.shareMicros,
      fill!.notionalMicros,
      fill!.feeMicros,
    ]);
  });

  it('books nothing and holds nothing back', async () => {
    const scene = await LiveScene.open({ state: 'SHADOW' });
    for (let trade = 0; trade < 3; trade += 1) await scene.copied('BUY', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.orders()).toHaveLength(3);
    expect(scene.fills()).toHaveLength(0);
    expect(
      scene.world.rows('ledger').filter((row) => row.mode === 'LIVE' && row.entryType === 'TRADE_FILL'),
    ).toEqual([]);
    expect(scene.decisions('LIVE')).toEqual(Array(3).fill('EXECUTE LIVE_SHADOW_ONLY'));
  });

  it('is history that ON does not touch: nothing is replayed and no row changes', async () => {
    const scene = await LiveScene.open({ state: 'SHADOW' });
    const { world } = scene;
    await scene.copied('BUY', '400');
    const before = scene.orders().map((order) => ({ ...order }));
    await scene.switchLive('ON');
    world.kill('live');
    await world.live.ensureRunning();
    await world.advance(2 * MINUTE_MS);
    expect(scene.posts()).toHaveLength(0);
    await scene.copied('BUY', '400');
    await world.advance(MINUTE_MS);
    expect(scene.orders().filter((order) => order.shadow)).toEqual(before);
    expect(scene.orders().filter((order) => !order.shadow)).toHaveLength(1);
    expect(scene.taken()).toHaveLength(1);
  });

  it('turns back: what ON has bought stays tracked and reconciled', async () => {
    const scene = await LiveScene.open();
    await scene.copied('BUY', '400');
    await scene.switchLive('SHADOW');
    await scene.world.advance(MINUTE_MS);
    expect(scene.fills().map((fill) => fill.state)).toEqual(['CONFIRMED']);
    await scene.copied('SELL', '400');
    await scene.world.advance(MINUTE_MS);
    expect(scene.posts()).toHaveLength(1);
    expect(scene.orders().map((order) => [order.shadow, order.side])).toEqual([
      [false, 'BUY'],
      [true, 'SELL'],
    ]);
  });
});
