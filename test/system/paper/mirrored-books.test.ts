/** The two books of a market are one: what a paper copy takes of Up, the next copy does not find in Down (A56). */
import { describe, expect, it } from 'vitest';
import { formatMicros } from '../../../domain/money.ts';
import { accountOf } from '../../../simulator/model/model.ts';
import { Scene } from '../world/scene.ts';

const MINUTE_MS = 60_000;

/** Fifty shares at 50 cents: asks of Up, and the same orders as bids of Down. */
function thinBooks(scene: Scene): void {
  const { exchange } = scene.world;
  exchange.setBook(scene.token, { bids: [['0.49', '100000']], asks: [['0.50', '50']] });
  exchange.setBook(scene.other, { bids: [['0.50', '50']], asks: [['0.51', '100000']] });
}

describe('a paper sale of Down after a purchase of Up', () => {
  it('finds only what the purchase left of the bids, and the rest once the market has replaced them', async () => {
    const scene = await Scene.open({ exchangeStepMs: 500 });
    const { world } = scene;
    const held = (token: string): string =>
      formatMicros(
        world.paper
          .portfolio()
          .positions.filter((one) => one.tokenId === token)
          .reduce((sum, one) => sum + one.shareMicros, 0n),
      );
    world.exchange.setBook(scene.other, { bids: [['0.50', '100000']], asks: [['0.51', '100000']] });
    scene.trade('BUY', '400', { token: scene.other });
    await world.advance(2 * MINUTE_MS);
    expect([held(scene.token), held(scene.other)]).toEqual(['0', '40']);
    scene.trade('BUY', '400');
    await world.advance(1_000);
    const all = accountOf(world.exchange.world, scene.leader).holdings.get(scene.other)!.shares;
    scene.trade('SELL', formatMicros(all), { token: scene.other });
    thinBooks(scene);
    await world.advance(8_000);
    expect([held(scene.token), held(scene.other)]).toEqual(['40', '30']);
    expect(world.paper.portfolio().owedExits.map((row) => formatMicros(row.shareMicros))).toEqual(['30']);
    await world.advance(2 * MINUTE_MS);
    expect([held(scene.token), held(scene.other)]).toEqual(['40', '0']);
  });
});
