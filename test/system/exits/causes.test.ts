/** An owed exit is decided afresh when its cause ends, not only after its pause (A44). */
import { describe, expect, it } from 'vitest';
import type { WalletCore } from '../../../durable-objects/wallet/wallet-core.ts';
import { disagreements } from '../world/live-conservation.ts';
import { LiveScene, SETTLED_MS } from '../world/live-scene.ts';
import { owedOf, sharesOf } from './exit-scene.ts';

const MINUTE_MS = 60_000;
/** From now on a row is looked at by itself every five minutes. */
const LATE_MS = 65 * MINUTE_MS;

function noBids(scene: LiveScene): void {
  scene.world.exchange.setBook(scene.token, { bids: [], asks: [['0.50', '1000']] });
}

/** Forty shares are owed in each Wallet for more than an hour, and neither looks again by itself for some minutes. */
async function owingForLong(): Promise<LiveScene> {
  const scene = await LiveScene.open({ exchangeStepMs: 1_000 });
  const { world } = scene;
  await scene.copied('BUY', '400');
  await world.advance(SETTLED_MS);
  scene.trade('SELL', '400');
  noBids(scene);
  await world.advance(LATE_MS);
  const inMs = (wallet: WalletCore): number => wallet.portfolio().owedExits[0]!.nextLookAtMs! - world.nowMs;
  while (Math.min(inMs(world.paper), inMs(world.live)) < 3 * MINUTE_MS) await world.advance(10_000);
  return scene;
}

describe('an exit that has been owed for more than an hour', () => {
  it('is sold to a bid that stands for half a minute, in both Wallets', async () => {
    const scene = await owingForLong();
    scene.deepBook();
    await scene.world.advance(SETTLED_MS);
    noBids(scene);
    await scene.world.advance(1_000);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(owedOf(scene)).toEqual({ PAPER: [], LIVE: [] });
    expect(disagreements(scene)).toEqual([]);
  });

  it('waits on while the bid is below its bounds or the spread too wide, and is sold once the ask comes closer', async () => {
    const scene = await owingForLong();
    const { world } = scene;
    const looks = () => [world.paper, world.live].map((one) => one.portfolio().owedExits[0]!.looks);
    const before = looks();
    for (const [bid, ask] of [
      ['0.20', '0.21'],
      ['0.45', '0.90'],
    ] as const) {
      world.exchange.setBook(scene.token, { bids: [[bid, '1000']], asks: [[ask, '1000']] });
      await world.advance(20_000);
    }
    expect(looks()).toEqual(before);
    expect(sharesOf(scene)).toEqual({ PAPER: 40, LIVE: 40 });
    world.exchange.setBook(scene.token, { bids: [['0.45', '1000']], asks: [['0.46', '1000']] });
    await world.advance(20_000);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
  });

  it('is sold soon after the venue’s restart that turned its order away is over', async () => {
    const scene = await owingForLong();
    const { world } = scene;
    scene.fault({ channel: 'order', kind: 'restart', retryAfterS: 40 });
    scene.deepBook();
    await world.advance(20_000);
    expect(owedOf(scene).LIVE).toEqual(['40 OWED LIVE_VENUE_RESTARTING']);
    await world.advance(40_000);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(disagreements(scene)).toEqual([]);
  });

  it('is sold as soon as the account has been read after a start', async () => {
    const scene = await owingForLong();
    const { world } = scene;
    world.venue.losesCall = (name) => name.startsWith('GET ');
    world.kill('live');
    await world.advance(1_000);
    scene.deepBook();
    await world.advance(20_000);
    expect(owedOf(scene).LIVE[0]).toMatch(/^40 OWED LIVE_/);
    world.venue.losesCall = undefined;
    await world.advance(70_000);
    expect(sharesOf(scene)).toEqual({ PAPER: 0, LIVE: 0 });
    expect(disagreements(scene)).toEqual([]);
  });
});
