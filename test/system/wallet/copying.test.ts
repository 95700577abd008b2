/** The way of a leader's trade to the paper Wallet, through the front door: a practice leader trades, and we look at the rows. */
import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../world/world.ts';

async function following(
  options: WorldOptions = {},
): Promise<{ world: World; leader: string; token: string; other: string }> {
  const world = new World({ ...options, settings: { copyRateBps: 1_000, ...options.settings } });
  await world.start();
  const leader = world.exchange.leaders()[0]!.address;
  const market = world.exchange.markets().find((one) => one.tick === 10_000n)!;
  const [token, other] = market.tokens;
  await world.follow(leader);
  await world.advance(2_000);
  return { world, leader, token: token!, other: other! };
}

describe('copying a leader on paper', () => {
  it('copies a leader’s buy once, though both streams and the sweep report it', async () => {
    const { world, leader, token } = await following();
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '200' });
    await world.advance(180_000);
    expect(world.rows('attempt').map((row) => [row.decision, row.reasons])).toEqual([['EXECUTE', []]]);
    expect(world.rows('leaderFill').filter((row) => row.disposition === 'GROUPED').length).toBeGreaterThan(0);
    const [entry] = world.rows('ledger').filter((row) => row.entryType === 'TRADE_FILL');
    expect(entry?.shareDeltaMicros).toBeGreaterThan(0n);
    expect(world.rows('position')[0]?.shareMicros).toBe(entry?.shareDeltaMicros);
  });
});
