/** Faults that a review found, each as the run in which it showed. */
import { describe, expect, it } from 'vitest';
import { parseRtdsFrame } from '../../polymarket/public/leader-row.ts';
import { World, type WorldOptions } from './world/world.ts';

async function scene(options: WorldOptions) {
  const world = new World({ quietMarket: true, ...options });
  await world.start();
  const leader = world.exchange.leaders()[0]!.address;
  const token = world.exchange.markets().find((one) => one.tick === 10_000n)!.tokens[0]!;
  world.exchange.setBook(token, { bids: [['0.49', '5000']], asks: [['0.50', '5000']] });
  await world.follow(leader);
  await world.advance(20_000);
  return { world, leader, token };
}

describe('a review', () => {
  it('found that buffered groups worth nothing stopped the leader for ever; they end in a row now', async () => {
    const { world, leader, token } = await scene({ settings: { copyRateBps: 0, bufferEnabled: true } });
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '20', limitPrice: '0.50' });
    await world.advance(20_000);
    expect(world.rows('attempt').map((row) => row.reasons)).toEqual([['BUFFER_NETTED_TO_ZERO']]);
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '30', limitPrice: '0.50' });
    await world.advance(20_000);
    expect(world.rows('leaderFill').filter((row) => row.disposition === 'GROUPED')).toHaveLength(2);
  });

  it('found that a missed push was never made up for; the feed tells the FollowedUser within a minute', async () => {
    const { world, leader, token } = await scene({ settings: { copyRateBps: 1_000 } });
    const paused = world.control.followedUsers.map((user) => ({ ...user, paperEnabled: false }));
    // The operator's change is in D1, but no object was told.
    world.control = { ...world.control, version: world.control.version + 1, followedUsers: paused };
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '200', limitPrice: '0.50' });
    await world.advance(5_000);
    expect(world.rows('attempt').map((row) => row.decision)).toEqual(['EXECUTE']);
    await world.advance(70_000);
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '200', limitPrice: '0.50' });
    await world.advance(20_000);
    expect(world.rows('attempt').map((row) => row.reasons)).toEqual([[], ['USER_DISABLED']]);
  });

  it('found that a Wallet which never answers held a leader for ever; it is asked again, and decides once', async () => {
    const { world, leader, token } = await scene({ settings: { copyRateBps: 1_000 } });
    world.walletHangs = true;
    world.exchange.leaderTrade({ leader, tokenId: token, side: 'BUY', shares: '200', limitPrice: '0.50' });
    await world.advance(8_000);
    expect(world.rows('attempt')).toEqual([]);
    world.walletHangs = false;
    await world.advance(30_000);
    expect(world.rows('attempt').map((row) => row.decision)).toEqual(['EXECUTE']);
  });

  it('found that an amount which no price explains was believed; such a row is refused by name', () => {
    const row = {
      proxyWallet: `0x${'a'.repeat(40)}`,
      side: 'BUY',
      size: 1,
      price: 0.5,
      usdcSize: 1_000_000,
      asset: '123',
      conditionId: `0x${'b'.repeat(64)}`,
      transactionHash: `0x${'c'.repeat(64)}`,
      timestamp: 1_795_000_000,
    };
    const damaged = parseRtdsFrame(JSON.stringify({ topic: 'activity', type: 'trades', payload: row }));
    expect(damaged).toMatchObject({ kind: 'rows', rows: [] });
    expect(damaged.kind === 'rows' && damaged.refused[0]?.reason).toMatch(/^usdc_size/);
    const sound = parseRtdsFrame(
      JSON.stringify({ topic: 'activity', type: 'trades', payload: { ...row, usdcSize: 0.5 } }),
    );
    expect(sound.kind === 'rows' && sound.rows).toHaveLength(1);
  });
});
