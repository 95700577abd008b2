/**
 * Exits of a leader whose positions could not be read (A43), in both Wallets: sold by the rate at once, and corrected to the
 * fraction that the leader sold once a whole reading says what they had.
 */
import { describe, expect, it } from 'vitest';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { leaderHolds, owedOf, sharesOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;

/** The leader has bought 400 shares, of which both Wallets hold a tenth; no list of positions can be read, and the rate is 1 %. */
async function unread(): Promise<LiveScene> {
  const scene = await LiveScene.open({ exchangeStepMs: 500, follow: false });
  scene.fault({ channel: 'rest', kind: 'status', path: '/v2/positions', count: null });
  scene.deepBook();
  await scene.world.follow(scene.leader);
  await scene.world.advance(2_000);
  await scene.copied('BUY', '400');
  await scene.world.advance(SETTLED_MS);
  expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
  await scene.settings({ copyRateBps: 100 });
  await scene.liveSettings({ copyRateBps: 100 });
  return scene;
}

/** What both Wallets hold of 40 after a fraction of them is sold, on the share grid. */
function leftOf(sold: number, held: number) {
  const left = Math.round((40 - Math.floor(((40 * sold) / held) * 100) / 100) * 100) / 100;
  return { PAPER: left, LIVE: left };
}

describe('an exit by the rate', () => {
  it('is corrected to the fraction, once, when the positions can be read', async () => {
    const scene = await unread();
    const { world } = scene;
    const held = Number(leaderHolds(scene, scene.leader, scene.token));
    await scene.settings({ copyRateBps: 200 });
    await scene.liveSettings({ copyRateBps: 200 });
    await scene.copied('SELL', '300');
    await world.advance(SETTLED_MS);
    expect(sharesOf(scene)).toEqual({ PAPER: 34, LIVE: 34 });
    world.exchange.faults.clear();
    await world.advance(4 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual(leftOf(300, held));
    for (const mode of ['PAPER', 'LIVE'] as const)
      expect(scene.attempts(mode).filter((row) => row.sourceType === 'CORRECTION')).toMatchObject([
        { side: 'SELL', decision: 'EXECUTE', fillCount: 0 },
      ]);
    await world.advance(70 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual(leftOf(300, held));
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('that found no bid is owed, and the correction is owed with it, over a restart of everything', async () => {
    const scene = await unread();
    const { world } = scene;
    const held = Number(leaderHolds(scene, scene.leader, scene.token));
    scene.trade('SELL', '200');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    expect(owedOf(scene).PAPER).toEqual(['2 OWED NO_LIQUIDITY_WITHIN_BOUNDS']);
    world.exchange.faults.clear();
    for (const what of ['feed', { user: scene.leader }, 'wallet', 'live'] as const) {
      await world.advance(20_000);
      world.kill(what);
    }
    await world.advance(3 * MINUTE_MS);
    const owed = (40 - leftOf(200, held).PAPER).toFixed(2).replace(/\.?0+$/, '');
    expect(owedOf(scene)).toEqual({
      PAPER: [`${owed} OWED NO_LIQUIDITY_WITHIN_BOUNDS`],
      LIVE: [`${owed} OWED NO_LIQUIDITY_WITHIN_BOUNDS`],
    });
    scene.deepBook();
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual(leftOf(200, held));
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('that wanted too much lowers what is owed', async () => {
    const scene = await unread();
    const { world } = scene;
    await scene.settings({ copyRateBps: 3_000 });
    await scene.liveSettings({ copyRateBps: 3_000 });
    const held = Number(leaderHolds(scene, scene.leader, scene.token));
    scene.trade('SELL', '100');
    world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
    await world.advance(SETTLED_MS);
    expect(owedOf(scene).LIVE).toEqual(['30 OWED NO_LIQUIDITY_WITHIN_BOUNDS']);
    world.exchange.faults.clear();
    await world.advance(4 * MINUTE_MS);
    scene.deepBook();
    await world.advance(2 * MINUTE_MS);
    expect(sharesOf(scene)).toEqual(leftOf(100, held));
    expect(scene.decisions('LIVE')).toContain('SKIP OWED_LOWERED');
    expect(disagreements(scene)).toEqual([]);
  });
});
